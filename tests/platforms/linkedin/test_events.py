"""Events of an organization on LinkedIn, and the posts that name them.

The cases are their content, edits, cancellations, removals, and refusals.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from infra.sandbox.faces.linkedin.access import event_urn, image_urn, milliseconds
from infra.sandbox.model import Post
from recordroom.canonical import version_of
from recordroom.errors import TokenExpired, UnexpectedResponse
from recordroom.model import UNAVAILABLE, Absence, Exchange, Record
from recordroom.platforms import linkedin
from recordroom.platforms.contract import KnownRecord, Window
from tests.fault_transport import Answer as Rule
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox, marked, words_of
from tests.platforms.contract.test_lookup import known
from tests.platforms.linkedin.test_walk import (
    RECENT,
    error,
    give_roles,
    natives,
    on_page,
    requested,
    rewrite_list,
)
from tests.platforms.scripted import Answer, Scripted

PLATFORM = "linkedin"
ME = "urn:li:organization:100"
REFUSED = error(
    403, "ACCESS_DENIED", "Not enough permissions to access: events.FINDER-eventsByOrganizer.20260501", 100
)


def announce(
    sandbox: Sandbox, name: str = "Open house", days: float = 1, starts: datetime | None = None, **more: Any
) -> Post:
    """Publish a post about an event; the event was made with it."""
    photos = {"photos": more.pop("photos")} if "photos" in more else {}
    day = starts or START + timedelta(days=2)
    event = sandbox.network.event("linkedin", name, day, **{"place": "1 Main St", **more})
    return sandbox.publish(days, event=event, **photos)


def urn_of(post: Post) -> str:
    assert post.event is not None
    return event_urn(post.event.number)


def events_of(sandbox: Sandbox, window: Window | None = None) -> dict[str, Record]:
    return {urn: record for urn, record in natives(sandbox, window).items() if ":event:" in urn}


def known_event(urn: str) -> KnownRecord:
    return KnownRecord(f"linkedin:{urn}", urn, "post", root_id=f"linkedin:{urn}")


def is_canceled(record: Record) -> bool:
    return "Canceled" in (record.text or "").splitlines()


def rewrite_events(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Rule:
    """Return the platform's response with each event changed, in a list or by its ID."""
    return rewrite_json(
        lambda body: (
            body | {"elements": [change(one) for one in body["elements"]]}
            if "elements" in body
            else change(body)
        )
    )


def leave_out(name: str) -> Rule:
    return rewrite_events(lambda event: {key: value for key, value in event.items() if key != name})


def test_event_has_name_text_time_place_and_picture(sandbox: Sandbox) -> None:
    photo, starts = sandbox.network.photo("linkedin", "A gym"), START + timedelta(days=2)
    first = announce(sandbox, ends=starts + timedelta(hours=2), about="About it", photos=[photo])
    online: dict[str, Any] = {
        "place": "",
        "link": "https://meet.example/board",
        "ends": starts + timedelta(hours=3),
    }
    second = announce(sandbox, "Board meeting", **online)
    unlisted = rewrite_events(
        lambda event: event | {"discoveryMode": "URL_ONLY" if "online" in event["type"] else "LISTED"}
    )
    with sandbox.transport.meanwhile("/rest/events", unlisted):
        found = events_of(sandbox)
    record, meeting = found[urn_of(first)], found[urn_of(second)]
    me = sandbox.entry.known.native_id
    assert (record.record_id, record.kind, record.root_id) == (
        f"linkedin:{urn_of(first)}",
        "post",
        record.record_id,
    )
    assert (record.title, record.author_id, record.author_is_account) == ("Open house", me, True)
    place = "Place: 1 Main St, Larkspur Ridge, Washington, US"
    lines = ["Starts: 2026-11-26T18:30:00Z", "Ends: 2026-11-26T20:30:00Z", place, "Entry: PUBLIC"]
    assert record.text == "\n\n".join(["About it", "\n".join(lines)])
    assert record.published_at == first.created
    assert (record.url, record.visibility) == (
        f"https://www.linkedin.com/events/{urn_of(first).rpartition(':')[2]}",
        "LISTED",
    )
    [picture] = record.media
    assert (picture.identity, picture.type, picture.missing_reason) == (image_urn(photo), "image", None)
    assert picture.url is not None
    assert meeting.links == ["https://meet.example/board"]
    assert (meeting.text or "").splitlines()[-3:] == [
        "Ends: 2026-11-26T21:30:00Z",
        "Online: external",
        "Entry: PUBLIC",
    ]
    assert meeting.visibility == "URL_ONLY"
    assert not any(one.leftover for one in found.values())


def test_text_in_several_languages_is_kept(sandbox: Sandbox) -> None:
    urn = urn_of(announce(sandbox))
    names = {"localized": {"es_US": "Puertas abiertas", "en_US": "Open house"}}
    words = {"localized": {"en_US": {"rawText": "Come"}, "es_US": {"rawText": "Vengan"}}}
    spanish = rewrite_events(lambda event: event | {"name": names, "description": words})
    with sandbox.transport.meanwhile("/rest/events", spanish):
        record = events_of(sandbox)[urn]
    assert record.title == "Open house / Puertas abiertas"
    assert (record.text or "").startswith("Come\n\nVengan\n\nStarts: ")


def test_edit_is_a_version_without_a_time(sandbox: Sandbox) -> None:
    post = announce(sandbox)
    before = events_of(sandbox)[urn_of(post)]
    assert version_of(events_of(sandbox)[urn_of(post)]) == version_of(before)
    sandbox.network.change_event(post, starts=START + timedelta(days=3))
    with sandbox.transport.meanwhile(
        "/rest/events", rewrite_events(lambda event: event | {"versionTag": "3"})
    ):
        after = events_of(sandbox)[urn_of(post)]
    assert version_of(after) != version_of(before)
    assert (after.edited_at, after.valid_from, after.leftover) == (None, None, ())


@pytest.mark.parametrize("says_so", [True, False])
def test_canceled_event_says_so_in_lists_and_by_id(sandbox: Sandbox, *, says_so: bool) -> None:
    """If events do not say it themselves, they are compared with the list without canceled ones."""
    canceled, other = announce(sandbox), announce(sandbox)
    sandbox.network.change_event(canceled, canceled=True)
    if not says_so:
        sandbox.transport.rules = [("/rest/events", leave_out("cancelled"))]
    found = events_of(sandbox)
    assert [is_canceled(found[urn_of(post)]) for post in (canceled, other)] == [True, False]
    assert len(requested(sandbox, "/rest/events")) == (1 if says_so else 3)
    answers = sandbox.lookup(*map(known, found.values()))
    by_id = sandbox.parse(one for one in answers if isinstance(one, Exchange)).values()
    assert {record.native_id: version_of(record) for record in by_id} == {
        urn: version_of(record) for urn, record in found.items()
    }


@pytest.mark.parametrize("is_removed", [True, False])
def test_event_that_goes_or_comes_between_two_lists_is_not_canceled(
    sandbox: Sandbox, *, is_removed: bool
) -> None:
    first, _ = announce(sandbox), announce(sandbox)
    changes: list[Callable[[], object]] = [
        (lambda: sandbox.network.remove(first)) if is_removed else (lambda: announce(sandbox))
    ]

    def change(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        if "excludeCancelled=true" in str(request.url) and changes:
            changes.pop()()
        return leave_out("cancelled")(request, real)

    with sandbox.transport.meanwhile("/rest/events", change):
        found = events_of(sandbox)
    assert found
    assert changes == []
    assert not any(map(is_canceled, found.values()))


def test_event_that_is_not_found_is_unavailable(sandbox: Sandbox) -> None:
    removed, post = announce(sandbox), announce(sandbox)
    held = events_of(sandbox)
    sandbox.network.remove(removed)
    answers = sandbox.lookup(*map(known, held.values()), known_event("urn:li:event:5"))
    absences = {one.record_id: one.status for one in answers if isinstance(one, Absence)}
    assert absences == {f"linkedin:{urn}": UNAVAILABLE for urn in (urn_of(removed), "urn:li:event:5")}
    assert list(sandbox.parse(one for one in answers if isinstance(one, Exchange))) == [
        f"linkedin:{urn_of(post)}"
    ]


@pytest.mark.parametrize("answer", [REFUSED, error(404, "NOT_FOUND"), error(400, "ILLEGAL_ARGUMENT")])
def test_refused_events_are_reported_and_everything_else_is_captured(
    sandbox: Sandbox, answer: Answer
) -> None:
    post, said = sandbox.converse()
    announce(sandbox)
    with sandbox.transport.meanwhile("/rest/events", answer.instead):
        exchanges = sandbox.fetch()
        last = exchanges[-1]
        assert not sandbox.fetch(Window("full", cursor=last.cursor))
    assert words_of([post, *said]) <= set(marked(sandbox.parse(exchanges).values()))
    assert (last.status, list(linkedin.parse(last))) == (answer.status, [])
    assert f"no events (HTTP {answer.status}: the app needs" in last.context["short"]


@pytest.mark.parametrize("reason", ["scope", "role"])
def test_nothing_is_concluded_of_events_whose_list_is_refused(sandbox: Sandbox, reason: str) -> None:
    urn = urn_of(announce(sandbox))
    sandbox.identify()
    if reason == "scope":
        sandbox.network.withdraw("linkedin", "r_events")
    else:
        give_roles(sandbox, "DIRECT_SPONSORED_CONTENT_POSTER")
    exchanges = sandbox.fetch()
    assert "no events (HTTP 403" in exchanges[-1].context["short"]
    [answer] = sandbox.lookup(known_event(urn))
    assert isinstance(answer, Exchange)
    assert answer.context["untold"] == [f"linkedin:{urn}"]
    assert not list(linkedin.parse(answer))


def test_nothing_is_concluded_of_an_event_that_is_refused_while_others_are_given(sandbox: Sandbox) -> None:
    refused, given = urn_of(announce(sandbox)), urn_of(announce(sandbox))
    sandbox.identify()
    with sandbox.transport.meanwhile(f"/rest/events/{refused.rpartition(':')[2]}", REFUSED.instead):
        answers = sandbox.lookup(known_event(refused), known_event(given))
    exchanges = [one for one in answers if isinstance(one, Exchange)]
    assert [one.context.get("untold") for one in exchanges] == [[f"linkedin:{refused}"], None]
    assert list(sandbox.parse(exchanges)) == [f"linkedin:{given}"]


def test_empty_list_of_events_is_not_believed_without_a_role_that_reads_them(sandbox: Sandbox) -> None:
    """LinkedIn does not document whether the list is then refused, as in the sandbox, or empty."""
    post = announce(sandbox)
    give_roles(sandbox, "DIRECT_SPONSORED_CONTENT_POSTER")
    sandbox.identify()
    empty = Answer({"paging": {"start": 0, "count": 100, "links": []}, "elements": []})
    with sandbox.transport.meanwhile("/rest/events", empty.instead):
        exchanges = sandbox.fetch()
        [answer] = sandbox.lookup(known_event(urn_of(post)))
    assert "no events (the token's holder has no role for them" in exchanges[-1].context["short"]
    assert post.now.text in marked(sandbox.parse(exchanges).values())
    assert isinstance(answer, Exchange)
    assert answer.context["untold"] == [f"linkedin:{urn_of(post)}"]


def test_expired_token_is_no_refusal_of_events(sandbox: Sandbox) -> None:
    expired = error(401, "EXPIRED_ACCESS_TOKEN", service=65602)
    with sandbox.transport.meanwhile("/rest/events", expired.instead), pytest.raises(TokenExpired):
        sandbox.fetch()


def test_recent_window_gives_events_that_were_made_or_began_in_it(sandbox: Sandbox) -> None:
    past, soon = START - timedelta(days=60), START + timedelta(days=2)
    old = announce(sandbox, "Old", days=70, starts=past)
    coming = announce(sandbox, "Coming", days=70, starts=soon)
    new = announce(sandbox, "New", days=1, starts=past)
    assert set(events_of(sandbox, RECENT)) == {urn_of(coming), urn_of(new)}
    assert set(events_of(sandbox)) == {urn_of(old), urn_of(coming), urn_of(new)}
    with sandbox.transport.meanwhile("/rest/events", leave_out("created")):
        assert set(events_of(sandbox, RECENT)) == {urn_of(old), urn_of(coming), urn_of(new)}


def test_long_list_of_events_is_read_to_its_end_and_a_fetch_resumes(sandbox: Sandbox) -> None:
    posts = [announce(sandbox, days=1, starts=START + timedelta(hours=hour)) for hour in range(250)]
    canceled = [posts[number] for number in (3, 150, 249)]
    for post in canceled:
        sandbox.network.change_event(post, canceled=True)
    with sandbox.transport.meanwhile("/rest/events", leave_out("cancelled")):
        exchanges = sandbox.fetch()
        rest = sandbox.fetch(Window("full", cursor=exchanges[-2].cursor))
    found = {
        record.native_id: record
        for record in sandbox.parse(exchanges).values()
        if ":event:" in record.native_id
    }
    assert set(found) == {urn_of(post) for post in posts}
    assert {urn for urn, record in found.items() if is_canceled(record)} == {
        urn_of(post) for post in canceled
    }
    assert set(sandbox.parse(rest)) == set(sandbox.parse(exchanges[-1:]))


def test_empty_list_of_events_is_requested_once(sandbox: Sandbox) -> None:
    sandbox.fetch()
    assert len(requested(sandbox, "/rest/events")) == 1


def test_post_about_an_event_names_its_record(sandbox: Sandbox) -> None:
    post = announce(sandbox)
    found = natives(sandbox)
    record, event = found[sandbox.named(post)], found[urn_of(post)]
    assert (record.shared_id, record.links) == (event.record_id, [event.url])


EVENT: dict[str, Any] = {
    "id": 1,
    "organizer": ME,
    "created": {"actor": "urn:li:person:amyAMY", "time": milliseconds(START)},
    "startsAt": milliseconds(START),
    "name": {"localized": {"en_US": "Open house"}},
    "type": {"inPerson": {"address": {"line1": "1 Main St", "city": "Fircrest"}}},
    "discoveryMode": "LISTED",
    "entryCriteria": "PUBLIC",
}


def parse_event(body: Any) -> list[Record]:
    exchange = Scripted([Answer(body)]).get("https://api.linkedin.com/rest/events/1", context={"account": ME})
    return list(linkedin.parse(exchange))


def test_unknown_field_is_reported_and_a_name_under_another_name_is_no_edit() -> None:
    [record] = parse_event(EVENT | {"timeRange": {"start": 1}})
    assert record.leftover == ("timeRange",)
    body = {("title" if name == "name" else name): value for name, value in EVENT.items()}
    with pytest.raises(UnexpectedResponse, match="/name"):
        parse_event(body)
    for number in ("seven", "7.5", "", None, -7):
        with pytest.raises(UnexpectedResponse, match="/id"):
            parse_event(EVENT | {"id": number})
    assert [r.native_id for r in parse_event(EVENT | {"id": "7249812613549670400"})] == [
        "urn:li:event:7249812613549670400"
    ]


def test_time_beyond_all_calendars_is_named() -> None:
    with pytest.raises(UnexpectedResponse, match="startsAt"):
        parse_event(EVENT | {"startsAt": 10**18})


def test_empty_page_of_events_with_a_next_page_is_no_end_and_is_reported(sandbox: Sandbox) -> None:
    posts = [announce(sandbox, days=1, starts=START + timedelta(hours=hour)) for hour in range(150)]
    with sandbox.transport.meanwhile("/rest/events", on_page(0, rewrite_list(lambda _: []))):
        exchanges = sandbox.fetch()
    assert {f"linkedin:{urn_of(post)}" for post in posts[100:]} <= set(sandbox.parse(exchanges))
    assert "1 empty page before the end of a list" in exchanges[-1].context["short"]
