"""LinkedIn's Events API: the events that an organization holds, for a token with the scope for it whose
member has a role there.

Source: learn.microsoft.com/en-us/linkedin/marketing/event-management/events. An event is not to be had before
a post has announced it, and is deleted with that post; its background is an image whose letters also name it
as an asset. An event is held in a place, or online at an address elsewhere. What no public word settles, and
how it is here: all states, canceled events and private ones are listed where no filter is told, the first to
begin first; without a role that reads events both the list and the event are forbidden; an event that lasts
until nobody knows when is over when it has begun. It differs from the real one in this: there are no live
streams, forms and attendees.
"""

import re
from datetime import datetime
from functools import partial
from typing import Any

from flask import Response

from infra.sandbox.faces import linkedin_errors as errors
from infra.sandbox.faces.common import Refusal, Routes
from infra.sandbox.faces.linkedin_face import Json, Parameters, RestliFace
from infra.sandbox.faces.linkedin_organizations import LOCALE, localized
from infra.sandbox.faces.linkedin_sight import HOSTS, Sight
from infra.sandbox.faces.linkedin_urns import (
    account_urn,
    event_id,
    image_urn,
    milliseconds,
    person_urn,
    post_urn,
)
from infra.sandbox.model import Event, Post

SCOPES, RESOURCE, BY_ORGANIZER = ("r_events", "rw_events"), "events", "FINDER-eventsByOrganizer"
FILTERS = ("organizer", "excludeCancelled", "timeBasedFilter", "entryCriteria", "sortOrder")
STATES, ORDERS, CRITERIA = (
    ("PAST", "ONGOING", "UPCOMING"),
    ("START_TIME_ASC", "START_TIME_DESC"),
    ("PUBLIC", "PRIVATE"),
)
Held = tuple[Post, Event]  # the post that announced it, and the event


class Events(RestliFace):
    def routes(self) -> Routes:
        return {"/rest/events": self.events, "/rest/events/<number>": self.event}

    def events(self) -> Response:
        sight, asked = self.sight(), self.asked("start", "count", "q", *FILTERS)
        self.need(sight, SCOPES, RESOURCE, BY_ORGANIZER)
        if asked.get("q") != "eventsByOrganizer":
            raise Refusal(*errors.NO_METHOD)
        organizer = sight.organization(str(asked.get("organizer", "")).removeprefix("urn:li:organization:"))
        if organizer is None:
            raise Refusal(*errors.BAD_QUERY)
        if not sight.administers(organizer, HOSTS):
            raise errors.forbidden(RESOURCE, BY_ORGANIZER, self.version())
        found = [one for one in held(sight) if one[0].author == organizer.key and self.wanted(one[1], asked)]
        newest = self.choice(asked, "sortOrder", *ORDERS) == ORDERS[1]
        found.sort(key=lambda one: (one[1].starts, one[1].number), reverse=newest)
        return self.page("Event", found, partial(event_json, sight), asked, total=False)

    def wanted(self, event: Event, asked: Parameters) -> bool:
        span = asked.get("timeBasedFilter", {})
        state, criteria = (
            self.choice(span, "lifeCycleState", "", *STATES),
            self.choice(asked, "entryCriteria", "", *CRITERIA),
        )
        canceled = self.choice(asked, "excludeCancelled", "false", "true") == "true" and event.canceled
        fits = state in ("", state_of(event, self.network.now())) and criteria in (
            "",
            CRITERIA[event.private],
        )
        return fits and not canceled

    def choice(self, asked: Any, name: str, *words: str) -> str:
        """One of the words, the first where none is told."""
        told = asked.get(name, words[0]) if hasattr(asked, "get") else None
        if told not in words:
            raise Refusal(*errors.BAD_QUERY)
        return str(told)

    def event(self, number: str) -> Response:
        sight, _ = self.sight(), self.asked()
        self.need(sight, SCOPES, RESOURCE, "GET")
        found = next((one for one in held(sight) if str(event_id(one[1].number)) == number), None)
        if found is None:
            raise errors.missing(number)
        if not sight.administers(self.network.accounts[found[0].author], HOSTS):
            raise errors.forbidden(RESOURCE, "GET", self.version())
        return self.answer("Event", event_json(sight, found))


def held(sight: Sight) -> list[Held]:
    here = (
        post for post in sight.network.posts.values() if post.where == "linkedin" and post.status == "visible"
    )
    return [
        (post, post.event)
        for post in here
        if post.event and not sight.network.accounts[post.author].suspended
    ]


def state_of(event: Event, now: datetime) -> str:
    return STATES[2] if event.starts > now else STATES[1] if event.ends and event.ends > now else STATES[0]


def event_json(sight: Sight, one: Held) -> Json:
    post, event = one
    organizer = sight.network.accounts[post.author]
    actor = person_urn(f"an administrator of {organizer.key}")
    told: Json = {
        "id": event_id(event.number),
        "name": localized(event.name),
        "vanityName": f"{re.sub('[^a-z0-9-]', '', event.name.lower())}-6{event_id(event.number)}",
        "organizer": account_urn(organizer),
        "startsAt": milliseconds(event.starts),
        "type": type_json(event, f"https://www.{organizer.handle}.test"),
        "discoveryMode": "LISTED",
        "entryCriteria": CRITERIA[event.private],
        "cancelled": event.canceled,
        "created": {"actor": actor, "time": milliseconds(post.created)},
        "lastModified": {"actor": actor, "time": milliseconds(event.changed or post.created)},
        "ugcPost": post_urn(post),
    }
    if event.about:
        told["description"] = rich(event.about)
    if post.now.photos:
        told["backgroundImage"] = (
            f"urn:li:digitalmediaAsset:{image_urn(post.now.photos[0]).rpartition(':')[2]}"
        )
    return told


def type_json(event: Event, site: str) -> Json:
    ends = {"endsAt": milliseconds(event.ends)} if event.ends else {}
    if not event.place:
        return {"online": {"format": {"external": {**ends, "url": event.link or site}}}}
    address = {
        "line1": event.place,
        "city": "Larkspur Ridge",
        "geographicArea": "Washington",
        "country": "US",
    }
    return {"inPerson": {**ends, "address": address, **({"url": event.link} if event.link else {})}}


def rich(text: str) -> Json:
    return {"localized": {"en_US": {"rawText": text}}, "preferredLocale": LOCALE}
