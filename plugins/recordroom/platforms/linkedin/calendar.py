"""Which events LinkedIn lists: all that the organization holds, or without those that were canceled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from recordroom.errors import Blocked, PlatformFailure
from recordroom.model import Exchange
from recordroom.platforms.linkedin.restli import Api, Place, escaped
from recordroom.platforms.linkedin.roles import HOSTS, must_have_role
from recordroom.platforms.linkedin.shapes import EVENT, STAMP
from recordroom.platforms.linkedin.urns import event_urn, moment_of
from recordroom.platforms.shapes import Reading
from recordroom.platforms.unread import spared

PERMISSION = "for events the app needs LinkedIn's Event Management API, and the token the scope r_events"
Page = tuple[Exchange, list[dict[str, Any]], Place | None]  # its events, and where the list is read on


class Calendar:
    def __init__(self, api: Api, organization: str, context: Mapping[str, Any]) -> None:
        self.api, self.organization, self.context = api, organization, context

    def pages(self, place: Place, *, canceled: bool = True) -> Iterator[Page]:
        """An empty list is what whoever has no role for it is shown, too."""
        query = f"q=eventsByOrganizer&organizer={escaped(self.organization)}&excludeCancelled={'false' if canceled else 'true'}"
        for page, found, following in self.api.pages(f"events?{query}", place, event_urn, self.context):
            if not found and place.start == 0:
                must_have_role(self.api, self.organization, HOSTS)
            yield page, found, following

    def urns(self, *, canceled: bool = True) -> set[str]:
        return {event_urn(item, page) for page, found, _ in self.pages(Place(), canceled=canceled) for item in found}

    def canceled(self, listed: Iterable[Page]) -> set[str]:
        """Those of the listed events that are not where canceled ones are left out, and are still listed afterwards: they have not gone.
        Asked only about those that do not say it themselves."""
        unsaid = {event_urn(item, page) for page, found, _ in listed for item in found if item.get("cancelled") is None}
        left = unsaid - self.urns(canceled=False) if unsaid else unsaid
        return left & self.urns() if left else left


def is_late(item: dict[str, Any], page: Exchange, floor: datetime | None) -> bool:
    """Whether it was made, and began, before the window. Where LinkedIn does not say when it was made nothing is left out."""
    EVENT.check(item, page, "")
    made = Reading(page).part(STAMP, item, "created", "").get("time")
    return floor is not None and made is not None and moment_of(max(made, item.get("startsAt") or made), page) < floor


def refusal_of(failure: PlatformFailure) -> Exchange:
    """The answer that refuses the list of events, or fails to give it; else the failure itself is raised."""
    if isinstance(failure, Blocked) and failure.exchange is not None:  # who has no role for it is shown an empty list, by no error
        return failure.exchange
    return spared(failure)
