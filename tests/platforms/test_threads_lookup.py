"""What is asked for on Threads by its id or its address, and what is said of what is not there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from recordroom.errors import Blocked, Throttled, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange, version_of
from recordroom.platforms import Known, Window, threads
from tests.platforms.loom import AMY, DISTRICT, ME, Loom, client_of, records_of
from tests.platforms.scripted import NOW
from tests.platforms.wall import error


def known(native: str, kind: str = "comment", root: str = "1", began: datetime | None = None) -> Known:
    return Known(f"threads:{native}", native, kind, f"threads:{root}" if native != root else None, f"threads:{root}", began)


def test_what_cannot_be_seen_is_unavailable_and_the_rest_is_read(loom: Loom) -> None:
    loom.gone = {"101", "2"}
    asked = [known("1", "post"), known("2", "post", "2"), known("101"), known("102", "reply"), known("104", "post", "900")]
    asked.append(Known(f"threads:{ME}", ME, "profile"))
    answers = list(threads.lookup(DISTRICT, asked, client_of(loom)))
    gone = {a.record_id: (a.status, a.acted_by, a.ended) for a in answers if isinstance(a, Absence)}
    assert gone == {f"threads:{n}": ("unavailable", None, False) for n in loom.gone}
    found = {r.native_id: r for e in answers if isinstance(e, Exchange) for r in threads.parse(e)}
    assert set(found) == {"1", "102", "104", ME}
    listed = records_of(loom)
    assert {n: version_of(r) for n, r in found.items()} == {n: version_of(listed[n]) for n in found}, "by id as in a list"
    assert (found["102"].kind, found["102"].parent_id) == ("reply", "threads:1"), "as first seen"
    assert not list(threads.lookup(DISTRICT, [], client_of(loom)))


def test_a_reply_that_waits_is_not_read_as_if_it_were_published(loom: Loom) -> None:
    waits = loom.hold("1", 110)
    del loom.posts[waits]["hide_status"]
    answers = list(threads.lookup(DISTRICT, [known(waits), known("101")], client_of(loom)))
    found = {r.native_id: r.status for e in answers if isinstance(e, Exchange) for r in threads.parse(e)}
    assert found == {waits: "held", "101": "visible"}
    loom.answers["/pending_replies"] = error(4, "limit")
    with pytest.raises(Throttled):
        list(threads.lookup(DISTRICT, [known(waits)], client_of(loom)))


@pytest.mark.parametrize("code", [10, 100])  # for want of a permission; or the post above is gone
def test_what_waited_or_was_ignored_is_not_called_published_where_the_list_of_what_waits_is_refused(loom: Loom, code: int) -> None:
    waits, ignored = loom.hold("1", 110), loom.hold("1", 111, "ignored")
    loom.answers["/pending_replies"] = error(code, "no")
    held = [replace(known(waits), status="held"), replace(known(ignored), status="hidden")]

    def told() -> list[str | None]:
        answers = list(threads.lookup(DISTRICT, [*held, known("101")], client_of(loom)))
        read = [(r.native_id, r.status) for e in answers if isinstance(e, Exchange) for r in threads.parse(e)]
        assert read == [("101", "visible")]
        return [a.status if isinstance(a, Absence) else next(iter(a.context.get("untold", ())), None) for a in answers]

    assert told() == [*(one.record_id for one in held), None]
    loom.gone = {waits, ignored}
    assert told() == ["unavailable", "unavailable", None]


def test_a_ghost_post_that_is_given_no_longer_ended(loom: Loom) -> None:
    loom.gone = {"4"}
    day = timedelta(hours=24)
    for began, ended in ((NOW - day, True), (NOW - day + timedelta(seconds=1), False)):
        [absence] = threads.lookup(DISTRICT, [known("4", "story", "4", began)], client_of(loom))
        assert isinstance(absence, Absence)
        assert (absence.ended, absence.acted_by) == (ended, "platform" if ended else None)


def test_mentions_are_looked_for_in_the_whole_list_for_only_it_knows_them(loom: Loom) -> None:
    for number in range(5000, 5230):
        loom.post(number, by=AMY, into="mentions")
    loom.gone = {"5100"}
    loom.lists["mentions"].append("101")
    asked = [Known(f"threads:{n}", n, "comment", None, f"threads:{n}") for n in ("900", "5100", "5229")]
    answers = list(threads.lookup(DISTRICT, asked, client_of(loom)))
    assert [(a.record_id, a.status) for a in answers if isinstance(a, Absence)] == [("threads:5100", "unavailable")]
    found = {r.native_id: r.kind for e in answers if isinstance(e, Exchange) for r in threads.parse(e)}
    assert {"900", "5229"} <= set(found)
    assert "101" not in found, "it stands in the account's own conversation"


def test_error_100_about_the_request_is_no_absence(loom: Loom) -> None:
    loom.answers["/101?"] = error(100, "(#100) Tried accessing nonexisting field (mood)")
    with pytest.raises(UnexpectedResponse):
        list(threads.lookup(DISTRICT, [known("101")], client_of(loom)))
    for answer in (error(4, "limit"), error(190, "dead", 463), error(10, "permission")):
        loom.answers["/101?"] = answer
        with pytest.raises((Throttled, TokenExpired, Blocked)):
            list(threads.lookup(DISTRICT, [known("101")], client_of(loom)))


@pytest.mark.parametrize(
    "url",
    [
        "https://www.threads.com/@fircrestschools",
        "https://elsewhere.example/@fircrestschools/post/D1",
        "https://notthreads.com/t/D1",
        "https://www.threads.com/@fircrestschools/post/D999",
        "https://www.threads.com/@amy.r/post/D900",
        "http://[",
        "",
    ],
)
def test_another_address_is_none_of_a_post(loom: Loom, url: str) -> None:
    with pytest.raises(UsageError):
        records_of(loom, Window("one", url=url))
