"""Events that an organization holds on LinkedIn: what they are, edited, canceled, gone, refused, and named by a post."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from recordroom.errors import TokenExpired, UnexpectedResponse
from recordroom.model import UNAVAILABLE, Absence, Exchange, Record, version_of
from recordroom.platforms import Known, Window, linkedin
from tests.platforms.organization import AMY, DISTRICT, ME, START, Page, at, client_of, error, records_of, share
from tests.platforms.scripted import Answer, Scripted, asked_for

REFUSED = error(403, "ACCESS_DENIED", "Not enough permissions to access: events.FINDER-eventsByOrganizer.20260501", 100)


def known(urn: str) -> Known:
    return Known(f"linkedin:{urn}", urn, "post", root_id=f"linkedin:{urn}")


def events_of(page: Page, window: Window | None = None) -> dict[str, Record]:
    return {urn: record for urn, record in records_of(page, window).items() if ":event:" in urn}


def is_canceled(record: Record) -> bool:
    return "Canceled" in (record.text or "").splitlines()


def test_an_event_has_name_words_time_place_and_picture() -> None:
    page = Page()
    external = {"endsAt": at(60), "url": "https://meet.example/board"}
    first = page.event(7, backgroundImage="urn:li:digitalmediaAsset:D55")
    second = page.event(8, "Board meeting", type={"online": {"format": {"external": external}}}, discoveryMode="URL_ONLY")
    found = events_of(page)
    record = found[first]
    assert (record.record_id, record.kind, record.root_id) == (f"linkedin:{first}", "post", record.record_id)
    assert (record.title, record.author_id, record.author_is_account) == ("Open house", ME, True)
    lines = ["Starts: 2026-11-03T07:00:00Z", "Ends: 2026-11-03T09:00:00Z", "Place: 1 Main St, Fircrest", "Entry: PUBLIC"]
    assert record.text == "\n\n".join(["About Open house", "\n".join(lines)])
    assert record.published_at == START + timedelta(hours=7)
    assert (record.url, record.visibility) == ("https://www.linkedin.com/events/7", "LISTED")
    [picture] = record.media
    assert (picture.identity, picture.type, picture.missing_reason) == ("urn:li:image:D55", "image", None)
    assert picture.url is not None
    assert found[second].links == ["https://meet.example/board"]
    assert (found[second].text or "").splitlines()[-3:] == ["Ends: 2026-11-03T12:00:00Z", "Online: external", "Entry: PUBLIC"]
    assert found[second].visibility == "URL_ONLY"
    assert not any(record.leftover for record in found.values())


def test_words_in_several_languages_are_all_kept() -> None:
    page = Page()
    urn = page.event(1)
    page.events[1]["name"] = {"localized": {"es_US": "Puertas abiertas", "en_US": "Open house"}}
    page.events[1]["description"] = {"localized": {"en_US": {"rawText": "Come"}, "es_US": {"rawText": "Vengan"}}}
    record = events_of(page)[urn]
    assert record.title == "Open house / Puertas abiertas"
    assert (record.text or "").startswith("Come\n\nVengan\n\nStarts: ")


def test_an_edit_is_a_version_and_its_time_is_not_told() -> None:
    page = Page()
    urn = page.event(1)
    before = events_of(page)[urn]
    assert version_of(events_of(page)[urn]) == version_of(before)
    page.events[1] |= {"startsAt": at(100), "lastModified": {"actor": AMY, "time": at(90)}, "versionTag": "3"}
    after = events_of(page)[urn]
    assert version_of(after) != version_of(before)
    assert (after.edited_at, after.valid_from, after.leftover) == (None, None, ())


def test_a_canceled_event_says_so_in_lists_and_by_id() -> None:
    page = Page()
    urn, other = page.event(1), page.event(2)
    page.canceled = {1}
    found = events_of(page)
    assert (is_canceled(found[urn]), is_canceled(found[other])) == (True, False)
    answers = list(linkedin.lookup(DISTRICT, [known(urn), known(other)], client_of(page)))
    by_id = {r.native_id: r for a in answers if isinstance(a, Exchange) for r in linkedin.parse(a)}
    assert {one: version_of(record) for one, record in by_id.items()} == {one: version_of(record) for one, record in found.items()}


def test_where_events_say_themselves_that_they_are_canceled_no_other_list_is_asked_for() -> None:
    page = Page()
    urn, other = page.event(1, cancelled=True), page.event(2, cancelled=False)
    client = client_of(page)
    found = {r.native_id: r for e in linkedin.fetch(DISTRICT, Window("full"), client) for r in linkedin.parse(e)}
    assert (is_canceled(found[urn]), is_canceled(found[other])) == (True, False)
    assert len(asked_for(client, "/rest/events")) == 1


@pytest.mark.parametrize("moment", [0, 1])
def test_an_event_that_goes_or_comes_between_the_two_lists_is_not_canceled(moment: int) -> None:
    page = Page()
    page.event(1)
    page.event(2)

    def change(url: str) -> None:
        if "excludeCancelled=true" in url:
            page.events.pop(1, None) if moment == 0 else page.event(3)

    page.before = change
    assert not any(map(is_canceled, events_of(page).values()))


def test_an_event_that_is_not_found_is_unavailable() -> None:
    page = Page()
    urn = page.event(1)
    gone = "urn:li:event:5"
    answers = list(linkedin.lookup(DISTRICT, [known(gone), known(urn)], client_of(page)))
    [absence] = [a for a in answers if isinstance(a, Absence)]
    assert (absence.record_id, absence.status) == (f"linkedin:{gone}", UNAVAILABLE)
    assert [r.native_id for a in answers if isinstance(a, Exchange) for r in linkedin.parse(a)] == [urn]


@pytest.mark.parametrize("answer", [REFUSED, error(404, "NOT_FOUND"), error(400, "ILLEGAL_ARGUMENT")])
def test_where_events_are_refused_it_is_told_and_all_else_is_captured(answer: Answer) -> None:
    page = Page()
    page.post(1)
    page.comment(1, 10)
    page.answers["/rest/events"] = answer
    exchanges = list(linkedin.fetch(DISTRICT, Window("full"), client_of(page)))
    assert {r.kind for e in exchanges for r in linkedin.parse(e)} == {"profile", "post", "comment"}
    last = exchanges[-1]
    assert (last.status, list(linkedin.parse(last))) == (answer.status, [])
    assert f"no events (HTTP {answer.status}: for events the app needs" in last.context["short"]
    assert not list(linkedin.fetch(DISTRICT, Window("full", cursor=last.cursor), client_of(page)))


def test_of_events_whose_list_is_refused_nothing_is_concluded() -> None:
    page = Page()
    urn = page.event(1)
    page.answers["/rest/events"] = REFUSED
    [answer] = linkedin.lookup(DISTRICT, [known(urn)], client_of(page))
    assert isinstance(answer, Exchange)
    assert answer.context["untold"] == [f"linkedin:{urn}"]
    assert not list(linkedin.parse(answer))


def test_of_one_event_that_is_refused_nothing_is_concluded() -> None:
    page = Page()
    refused, urn = page.event(1), page.event(2)
    page.answers["/rest/events/1"] = REFUSED
    answers = list(linkedin.lookup(DISTRICT, [known(refused), known(urn)], client_of(page)))
    assert [a.context.get("untold") for a in answers if isinstance(a, Exchange)] == [[f"linkedin:{refused}"], None]
    assert [r.native_id for a in answers if isinstance(a, Exchange) for r in linkedin.parse(a)] == [urn]


def test_whoever_has_no_role_for_events_sees_no_empty_list() -> None:
    page = Page(roles=["DIRECT_SPONSORED_CONTENT_POSTER"])
    page.post(1)
    urn = page.event(1)
    exchanges = list(linkedin.fetch(DISTRICT, Window("full"), client_of(page)))
    assert "no events (no role for it" in exchanges[-1].context["short"]
    assert share(1) in {r.native_id for e in exchanges for r in linkedin.parse(e)}
    [answer] = linkedin.lookup(DISTRICT, [known(urn)], client_of(page))
    assert isinstance(answer, Exchange)
    assert answer.context["untold"] == [f"linkedin:{urn}"]


def test_other_failures_are_no_refusal() -> None:
    page = Page()
    page.answers["/rest/events"] = error(401, "EXPIRED_ACCESS_TOKEN", service=65602)
    with pytest.raises(TokenExpired):
        list(linkedin.fetch(DISTRICT, Window("full"), client_of(page)))


def test_a_window_of_days_gives_events_that_were_made_or_began_in_it() -> None:
    page = Page()
    old, coming, new = page.event(1), page.event(2, startsAt=at(900)), page.event(600)
    window = Window("recent", since=START + timedelta(hours=500), changed_since=START + timedelta(hours=690))
    assert set(events_of(page, window)) == {coming, new}
    assert set(events_of(page)) == {old, coming, new}
    del page.events[1]["created"]
    assert set(events_of(page, window)) == {old, coming, new}


def test_many_events_are_listed_to_their_end_and_a_fetch_goes_on() -> None:
    page = Page()
    for number in range(1, 251):
        page.event(number)
    page.canceled = {3, 150, 249}
    exchanges = list(linkedin.fetch(DISTRICT, Window("full"), client_of(page)))
    found = {r.native_id: r for e in exchanges for r in linkedin.parse(e) if ":event:" in r.native_id}
    assert len(found) == 250
    assert sorted(urn for urn, record in found.items() if is_canceled(record)) == [f"urn:li:event:{n}" for n in (150, 249, 3)]
    client = client_of(page)
    rest = list(linkedin.fetch(DISTRICT, Window("full", cursor=exchanges[-2].cursor), client))
    assert {r.native_id for e in rest for r in linkedin.parse(e)} == {r.native_id for r in linkedin.parse(exchanges[-1])}


def test_where_there_are_no_events_their_list_is_asked_for_once() -> None:
    client = client_of(Page())
    list(linkedin.fetch(DISTRICT, Window("full"), client))
    assert len(asked_for(client, "/rest/events")) == 1


def test_a_post_that_refers_to_an_event_names_its_record() -> None:
    page = Page()
    urn = page.event(7)
    page.post(1, content={"reference": {"id": urn}})
    found = records_of(page)
    assert found[share(1)].shared_id == found[urn].record_id
    assert found[share(1)].links == [found[urn].url]


def parsed(body: Any) -> list[Record]:
    exchange = Scripted([Answer(body)]).get("https://api.linkedin.com/rest/events/1", context={"account": ME})
    return list(linkedin.parse(exchange))


def test_what_nobody_decided_about_is_reported_and_a_name_under_another_name_is_no_edit() -> None:
    page = Page()
    page.event(1)
    [record] = parsed(page.events[1] | {"timeRange": {"start": 1}})
    assert record.leftover == ("timeRange",)
    body = {("title" if name == "name" else name): value for name, value in page.events[1].items()}
    with pytest.raises(UnexpectedResponse, match="/name"):
        parsed(body)
    for number in ("seven", "7.5", "", None, -7):
        with pytest.raises(UnexpectedResponse, match="/id"):
            parsed(page.events[1] | {"id": number})
    assert [r.native_id for r in parsed(page.events[1] | {"id": "7249812613549670400"})] == ["urn:li:event:7249812613549670400"]


def test_a_time_beyond_all_calendars_is_named() -> None:
    page = Page()
    page.event(1, startsAt=10**18)
    with pytest.raises(UnexpectedResponse, match="startsAt"):
        parsed(page.events[1])


def test_an_empty_page_of_events_that_leads_on_is_no_end_and_is_told() -> None:
    page = Page()
    for number in range(1, 151):
        page.event(number)
    links = [{"type": "application/json", "rel": "next", "href": "/rest/events?start=100"}]
    empty = Answer({"paging": {"start": 0, "count": 100, "links": links}, "elements": []})
    page.answers = {"excludeCancelled=false&start=0&": empty}
    exchanges = list(linkedin.fetch(DISTRICT, Window("full"), client_of(page)))
    found = {r.native_id for e in exchanges for r in linkedin.parse(e)}
    assert {f"urn:li:event:{number}" for number in range(101, 151)} <= found
    assert "1 empty page before the end of a list" in exchanges[-1].context["short"]
