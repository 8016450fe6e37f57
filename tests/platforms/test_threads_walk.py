"""Threads' walk against a made-up account behind the API's limits: whose conversations are read, in which order, and where it goes on."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from infra.local.sandbox.faces import create_app
from infra.local.sandbox.story import play, tell
from infra.local.sandbox.story.cast import THREADS_DISTRICT, THREADS_SECRET
from recordroom.capture.client import HttpClient
from recordroom.errors import Throttled, UnexpectedResponse
from recordroom.platforms import Window, threads
from tests.platforms.loom import AMY, DISTRICT, ME, US, Loom, client_of, records_of
from tests.platforms.scripted import NOW, Answer, Chosen, account, asked_for
from tests.platforms.wall import START, at, error


@pytest.mark.parametrize("window", [Window("full"), Window("history"), Window("recent", since=START)])
def test_posts_and_replies_at_every_depth_have_their_places(loom: Loom, window: Window) -> None:
    found = records_of(loom, window)
    placed = {n: (r.kind, r.parent_id, r.root_id, r.author_id, r.author_is_account) for n, r in found.items()}
    first = "threads:1"
    assert placed == {
        ME: ("profile", None, None, ME, True),
        "1": ("post", None, first, ME, True),
        "101": ("comment", first, first, None, False),
        "102": ("reply", "threads:101", first, ME, True),
        "103": ("reply", "threads:102", first, None, False),
        "2": ("post", None, "threads:2", ME, True),
        "3": ("post", None, "threads:3", ME, True),
        "4": ("story", None, "threads:4", ME, True),
        "900": ("comment", None, "threads:900", None, False),
        "104": ("post", "threads:900", "threads:900", ME, True),
    }
    assert (found["1"].mentions, found["1"].tags, found["2"].shared_id, found["3"].shared_id) == (
        ["ben_t"],
        ["Winter", "SnowDay"],
        first,
        "threads:900",
    )
    assert (found["3"].media, found["3"].text) == ([], ""), "a repost is somebody else's"
    assert {r.leftover for r in found.values()} == {()}


def test_a_conversation_is_one_flat_list_oldest_first(loom: Loom) -> None:
    client = client_of(loom)
    list(threads.fetch(DISTRICT, Window("full"), client))
    asked = [urlsplit(url).path for url in asked_for(client, "/conversation")]
    assert asked == ["/v1.0/2/conversation", "/v1.0/1/conversation"], "none below a reply, or a repost"
    assert parse_qs(urlsplit(asked_for(client, "/conversation")[0]).query)["reverse"] == ["false"]


def test_five_thousand_replies_in_threads_ten_deep_are_read_whole() -> None:
    loom, above = Loom(), "1"
    loom.post(1)
    for n in range(5000):
        above = loom.reply("1" if n % 10 == 0 else above, 10_000 + n, timestamp=(START + timedelta(minutes=n)).isoformat())
    client = client_of(loom)
    found = {r.native_id: r for e in threads.fetch(DISTRICT, Window("history"), client) for r in threads.parse(e)}
    assert Counter(r.kind for r in found.values()) == {"comment": 500, "reply": 4500, "post": 1, "profile": 1}
    assert {r.root_id for r in found.values() if r.kind != "profile"} == {"threads:1"}
    assert found["1"].counts == {"likes": 4, "comments": 5000, "shares": 3, "views": 90}
    assert len(asked_for(client, "/conversation")) == 51, "the last page tells a cursor too"


def test_the_next_page_is_asked_for_by_its_cursor_for_no_address_is_given(loom: Loom) -> None:
    for number in range(1000, 1250):
        loom.post(number)
    client = client_of(loom, most=1000)
    exchanges = list(threads.fetch(DISTRICT, Window("full"), client))
    assert len({r.native_id for e in exchanges for r in threads.parse(e)}) == 10 + 250
    assert [parse_qs(urlsplit(url).query).get("after") for url in asked_for(client, "/threads?")] == [None, ["100"], ["200"], ["300"]]
    assert not any(b'"next"' in e.body for e in exchanges)
    assert len(asked_for(client, "/ghost_posts")) == 1, "a list of one page has no cursor"


@pytest.mark.parametrize("edge", ["threads", "1/conversation"])
def test_an_empty_page_that_tells_a_cursor_is_no_end(edge: str) -> None:
    loom = Loom()
    loom.post(1)
    for number in range(1000, 1250):
        loom.reply("1", number) if edge == "1/conversation" else loom.post(number)
    whole = records_of(loom)

    def emptied(url: str) -> Answer:
        del loom.answers["after=100"]
        told = loom(url)
        loom.answers["after=100"] = emptied
        return Answer({**told.body, "data": []}) if f"/{edge}?" in url else told

    loom.answers["after=100"] = emptied
    exchanges = list(threads.fetch(DISTRICT, Window("full"), client_of(loom, most=5000)))
    assert len({r.record_id for e in exchanges for r in threads.parse(e)}) == len(whole) - 100
    words = "Threads gave 1 empty page before the end of the list of posts, which may lack some"
    told = [e.context["short"] for e in exchanges if "short" in e.context]
    assert (words in told[-1]) if edge == "threads" else not told, "else the numbers differ"


def test_an_empty_page_that_tells_its_own_place_again_is_the_last() -> None:
    loom = Loom()
    for number in range(1000, 1250):
        loom.post(number)
    whole = len(records_of(loom))
    loom.answers["after=200"] = lambda _: Answer({"data": [], "paging": {"cursors": {"after": "200"}}})
    assert len(records_of(loom)) == whole - 50


def test_empty_pages_without_end_are_a_failure(loom: Loom) -> None:
    def emptied(url: str) -> Answer:
        after = int(parse_qs(urlsplit(url).query).get("after", ["0"])[0])
        return Answer({"data": [], "paging": {"cursors": {"after": str(after + 1)}}})

    loom.answers["/threads?"] = emptied
    client = client_of(loom)
    with pytest.raises(UnexpectedResponse, match="20 empty pages in a row"):
        list(threads.fetch(DISTRICT, Window("full"), client))
    assert len(asked_for(client, "/threads?")) == 20


def test_only_conversations_that_are_wanted_are_read() -> None:
    """Whether there are replies is a sign, not of further ones; where there is none, some may wait, on young posts above all."""
    loom = Loom()
    for days in (1, 6, 8, 20):
        loom.post(days, timestamp=(NOW - timedelta(days=days)).isoformat())
    loom.reply("20", 120)
    for window in (Window("full"), Window("recent", since=NOW - timedelta(days=30))):
        plan = Chosen(lambda _: True)
        for exchange in threads.fetch(DISTRICT, replace(window, plan=plan), client_of(loom)):
            assert exchange.context.get("root") not in plan.whole, "not before the last of its answers"
        assert plan.asked == {"threads:1": (0, False), "threads:6": (0, False), "threads:8": (0, True), "threads:20": (1, False)}
        assert sorted(plan.whole) == sorted(plan.asked)
    plan, client = Chosen(lambda root: root in ("threads:1", "threads:8")), client_of(loom)
    list(threads.fetch(DISTRICT, Window("full", plan=plan), client))
    for edge in ("/conversation", "/pending_replies"):
        assert {urlsplit(url).path.split("/")[2] for url in asked_for(client, edge)} == {"1", "8"}


def test_an_older_post_on_which_the_account_answers_is_read_whatever_the_plan_says(loom: Loom) -> None:
    loom.post(50, timestamp=(START - timedelta(days=90)).isoformat())
    loom.reply("50", 150)
    loom.reply("50", 151, US, timestamp=START.isoformat())
    plan = Chosen(lambda root: root != "threads:50")
    window = Window("recent", since=START - timedelta(days=30), changed_since=START - timedelta(hours=1), plan=plan)
    assert {"150", "151"} <= records_of(loom, window).keys()


def test_a_recent_window_ends_where_the_last_days_end() -> None:
    loom = Loom(heeds=False)
    for number in range(1, 700):
        loom.post(number)
    client = client_of(loom, most=2000)
    window = Window("recent", since=START + timedelta(hours=500))
    found = {r.native_id for e in threads.fetch(DISTRICT, window, client) for r in threads.parse(e)}
    assert {str(n) for n in range(500, 700)} <= found
    assert len(asked_for(client, "/threads?")) == 3
    assert not asked_for(client, "/insights"), "each time would be too often"


def test_an_address_that_died_meanwhile_begins_the_list_anew(loom: Loom) -> None:
    for number in range(1000, 1250):
        loom.post(number)
    cursor = next(e.cursor for e in threads.fetch(DISTRICT, Window("history"), client_of(loom)) if e.context.get("edge") == "threads")

    def once(_: str) -> Answer:
        del loom.answers["after=100"]
        return error(100, "(#100) Invalid cursors values")

    loom.answers["after=100"] = once
    assert len(records_of(loom, Window("history", cursor=cursor))) >= 250


def test_the_sandboxes_account_is_read_whole() -> None:
    """Written by another hand, from the same published descriptions."""
    network = tell(START)
    play(network)
    http = HttpClient(contact="a@b.example", limit=10**8, private=True, transport=httpx.WSGITransport(create_app(network, "threads")))
    http.authorize({"token": THREADS_SECRET})
    known = account("threads", "https://www.threads.com/@cascadevalleyesd", api_url="http://social.test")
    known = known.identified(threads.identify(known, http))
    found = {r.native_id: r for e in threads.fetch(known, Window("full"), http) for r in threads.parse(e)}
    told = [p for p in network.posts.values() if p.where == "threads" and p.status != "removed"]
    own = {p.key for p in told if p.author == THREADS_DISTRICT}
    ours = [p for p in told if p.key in own or p.root in own or "@cascadevalleyesd" in p.now.text]
    assert len(found) == 1 + len(ours) > 200
    assert {p.now.text for p in ours} - {r.text for r in found.values()} == {p.now.text for p in ours if p.poll or p.attached}
    assert {r.leftover for r in found.values()} == {()}
    assert Counter(r.status for r in found.values())["held"] == sum(p.status == "held" for p in ours) > 0
    counted = {r.record_id: r.counts["comments"] for r in found.values() if r.counts}
    below = {i: sum(r.root_id == i != r.record_id and r.status == "visible" for r in found.values()) for i in counted}
    assert counted == below
    assert network.invalid == []


# -- other people's conversations -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fails_at", [b"nothing", b"SnowDay"])
def test_what_stands_in_its_own_conversation_is_read_there_alone(loom: Loom, fails_at: bytes) -> None:
    """Also where Threads fails at its first post each time."""
    loom.lists["mentions"] += ["101", "103"]

    def answer(url: str) -> Answer:
        told = loom(url)
        return error(1, "An unknown error occurred", status=500) if fails_at in told.bytes else told

    exchanges = list(threads.fetch(DISTRICT, Window("full"), client_of(answer)))
    read = Counter(r.native_id for e in exchanges for r in threads.parse(e))
    assert max(read.values()) == 1
    assert {n: records_of(loom)[n].kind for n in ("101", "102", "103")} == {"101": "comment", "102": "reply", "103": "reply"}


def test_a_fresh_reply_or_mention_tells_that_an_old_post_is_talked_about_again() -> None:
    loom = Loom()
    old = loom.post(10)
    loom.reply(old, 20)
    for number in range(500, 510):
        loom.post(number)
    window = Window("recent", since=START + timedelta(hours=400), changed_since=START + timedelta(hours=600))
    assert set(records_of(loom, window)) == {ME} | {str(n) for n in range(500, 510)}
    ours = loom.reply(old, 590, US)
    assert "10" not in records_of(loom, window), "it was written before the last capture"
    loom.posts[ours]["timestamp"] = at(601)
    loom.reply(old, 602)
    found = records_of(loom, window)
    assert {"10", "20", "590", "602"} <= set(found)
    assert (found["590"].kind, found["590"].parent_id) == ("comment", "threads:10")
    del loom.posts[ours]
    loom.lists["replies"] = []
    named = loom.reply(old, 603, AMY, text="Really, @fircrestschools?")
    loom.lists["mentions"] = [named]
    assert {"10", "20", "603"} <= set(records_of(loom, window))


@pytest.mark.parametrize("code", [10, 100, 200])
def test_roots_that_this_token_must_not_see_are_other_peoples(loom: Loom, code: int) -> None:
    loom.answers["/900?"] = error(code, "(#10) Application does not have permission", 33 if code == 100 else None)
    found = records_of(loom, Window("recent", since=START))
    assert (found["104"].kind, found["104"].root_id) == ("post", "threads:900")
    loom.answers["/900?"] = error(4, "limit")
    with pytest.raises(Throttled):
        records_of(loom, Window("recent", since=START))


@pytest.mark.parametrize("answer", [error(1, "An unknown error occurred", status=500), Answer("<h1>Bad gateway", 502), Answer("<p>")])
def test_an_older_post_of_which_threads_fails_to_tell_whose_it_is_is_taken_for_the_accounts_own(loom: Loom, answer: Answer) -> None:
    """What stands below it is read as far as it is given, and the lack is told; all else is captured."""
    loom.post(50, timestamp=(START - timedelta(days=90)).isoformat())
    loom.reply("50", 151, US, timestamp=START.isoformat())
    window = Window("recent", since=START - timedelta(days=30), changed_since=START - timedelta(hours=1))
    whole = records_of(loom, window)
    loom.answers["/50?"] = answer
    exchanges = list(threads.fetch(DISTRICT, window, client_of(loom)))
    found = {r.native_id: r for e in exchanges for r in threads.parse(e)}
    assert whole.keys() - found.keys() == {"50"}
    assert (found["151"].kind, found["151"].parent_id) == ("comment", "threads:50")
    assert any("threads:50 and does not give it" in e.context.get("short", "") for e in exchanges)
