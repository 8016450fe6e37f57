"""Threads against a made-up account behind the API's limits, and against faults that a well account does not make."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.local.sandbox.faces import create_app
from infra.local.sandbox.story import play, tell
from infra.local.sandbox.story.cast import THREADS_DISTRICT, THREADS_SECRET
from recordroom.capture.client import HttpClient
from recordroom.errors import (
    AccountUnavailable,
    Blocked,
    PlatformFailure,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
    UsageError,
)
from recordroom.model import Absence, Exchange, Identity, Record, canonical, version_of
from recordroom.platforms import Known, Window, threads
from tests.platforms.loom import AMY, BEN, ME, SIGNED, TOKEN, US, Loom
from tests.platforms.mutations import damaged
from tests.platforms.scripted import NOW, Answer, Chosen, Scripted, account, asked_for
from tests.platforms.wall import START, at, error

FIXTURES = Path(__file__).parent / "threads"
DISTRICT = account("threads", "https://www.threads.com/@fircrestschools", Identity(ME, "threads.com", handle=US))


def client_of(loom: Any, **more: Any) -> Scripted:
    return Scripted(loom, secrets={"token": TOKEN}, **more)


def records_of(loom: Any, window: Window | None = None) -> dict[str, Record]:
    """Records by native id."""
    fetched = threads.fetch(DISTRICT, window or Window("full"), client_of(loom, most=5000))
    return {r.native_id: r for e in fetched for r in threads.parse(e)}


@pytest.fixture
def loom() -> Loom:
    """A post with replies three deep, a quote of it, a repost; a post for a day; somebody's post that mentions the account, and what the
    account answers there."""
    loom = Loom()
    first = loom.post(1, text="Snow! @ben_t #SnowDay", topic_tag="Winter")
    a = loom.reply(first, 101)
    b = loom.reply(a, 102, US)
    loom.reply(b, 103, BEN)
    loom.post(2, is_quote_post=True, quoted_post={"id": "1"})
    loom.post(3, text=None, media_type="REPOST_FACADE", reposted_post={"id": "900"}, media_url=SIGNED.format(900))
    loom.post(4, into="ghost_posts", ghost_post_status="ACTIVE")
    loom.post(900, by=AMY, into="mentions", text="Thanks @fircrestschools")
    loom.reply("900", 104, US)
    return loom


# -- what is read ----------------------------------------------------------------------------------------------------------------


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


def test_a_parent_that_was_deleted_leaves_a_reply_without_one(loom: Loom) -> None:
    loom.gone = {"101"}
    del loom.posts["102"]["replied_to"]
    reply = records_of(loom)["102"]
    assert (reply.kind, reply.parent_id, reply.root_id) == ("reply", None, "threads:1")


@pytest.mark.parametrize(
    ("told", "status", "by"),
    [
        ("NOT_HUSHED", "visible", None),
        ("UNHUSHED", "visible", None),
        ("HIDDEN", "hidden", "agency"),
        ("BLOCKED", "hidden", "agency"),
        ("RESTRICTED", "hidden", "agency"),
        ("COVERED", "hidden", None),
    ],
)
def test_hidden_replies_stay_in_the_list_and_say_so(loom: Loom, told: str, status: str, by: str | None) -> None:
    loom.posts["101"]["hide_status"] = told
    reply = records_of(loom)["101"]
    assert (reply.status, reply.acted_by, reply.leftover) == (status, by, ())
    assert (reply.status_reason is None) == (status == "visible")
    loom.posts["101"]["hide_status"] = "SNOWED_IN"
    assert records_of(loom)["101"].leftover == ("hide_status.SNOWED_IN",)


def test_replies_that_wait_for_approval_are_held_and_those_that_were_ignored_hidden(loom: Loom) -> None:
    waits, ignored = loom.hold("1", 110), loom.hold("1", 111, "ignored")
    found = records_of(loom)
    assert [(found[n].status, found[n].acted_by, found[n].kind, found[n].parent_id) for n in (waits, ignored)] == [
        ("held", "agency", "comment", "threads:1"),
        ("hidden", "agency", "comment", "threads:1"),
    ]


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


def test_a_ghost_post_that_is_archived_is_no_removal(loom: Loom) -> None:
    before = records_of(loom)["4"]
    loom.posts["4"]["ghost_post_status"] = "ARCHIVED"
    after = records_of(loom)["4"]
    assert (before.status, after.status, after.acted_by, version_of(before)) == ("visible", "hidden", "platform", version_of(after))


def test_private_people_have_no_name(loom: Loom) -> None:
    del loom.posts["101"]["username"], loom.posts["101"]["permalink"]
    reply = records_of(loom)["101"]
    assert (reply.author_handle, reply.author_is_account, reply.url) == (None, False, None)


def test_polls_long_texts_links_and_pictures_that_move_are_read(loom: Loom) -> None:
    poll = {"option_a": "Long", "option_b": "Short", "option_a_votes_percentage": 0.4, "option_b_votes_percentage": 0.6, "total_votes": 10}
    loom.post(5, text="Which?", poll_attachment=poll, link_attachment_url="https://a.example/")
    loom.post(6, text="Read:", text_attachment={"plaintext": "A night on Route 9.", "link_attachment_url": "https://b.example/"})
    loom.post(7, text="Snow!", gif_url="https://media.example/snow.gif")
    found = records_of(loom)
    assert (found["5"].text, found["5"].links) == ("Which?\n\nLong\nShort", ["https://a.example/"])
    assert (found["6"].text, found["6"].links) == ("Read:\n\nA night on Route 9.", ["https://b.example/"])
    assert [(m.identity, m.url) for m in found["7"].media] == [("7/gif", "https://media.example/snow.gif")]
    poll |= {"option_a_votes_percentage": 0.9, "total_votes": 11}
    assert version_of(records_of(loom)["5"]) == version_of(found["5"]), "votes are no edit"


def test_a_new_signature_makes_no_other_picture(loom: Loom) -> None:
    loom.post(5, media_type="IMAGE", media_url=SIGNED.format(5), alt_text="A bus")
    loom.post(6, media_type="CAROUSEL_ALBUM", children={"data": [{"id": "61", "media_type": "IMAGE", "media_url": SIGNED.format(6)}]})
    loom.post(7, media_type="VIDEO", media_url="https://v.example/7.mp4?oh=1", thumbnail_url=SIGNED.format(7))
    before = records_of(loom)
    loom.posts = json.loads(json.dumps(loom.posts).replace("oh=1", "oh=2"))
    after = records_of(loom)
    assert {n: version_of(r) for n, r in before.items()} == {n: version_of(r) for n, r in after.items()}
    assert [(m.identity, m.type, m.alt_text) for n in "567" for m in after[n].media] == [
        ("5", "image", "A bus"),
        ("61", "image", None),
        ("7", "video", None),
        ("7/thumbnail", "image", None),
    ]
    del loom.posts["7"]["media_url"]
    assert records_of(loom)["7"].media[0].missing_reason
    assert version_of(records_of(loom)["7"]) == version_of(before["7"])


def test_an_edit_is_told_by_content_alone(loom: Loom) -> None:
    before = records_of(loom)["1"]
    loom.reply("1", 160)
    after = records_of(loom)["1"]
    assert (version_of(before), before.edited_at, before.valid_from) == (version_of(after), None, None)
    loom.posts["1"]["text"] = "corrected"
    assert version_of(records_of(loom)["1"]) != version_of(before)


# -- other people's conversations --------------------------------------------------------------------------------------------------------


def test_what_stands_in_its_own_conversation_is_read_there_alone(loom: Loom) -> None:
    loom.lists["mentions"] += ["101", "103"]
    exchanges = list(threads.fetch(DISTRICT, Window("full"), client_of(loom)))
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


@pytest.mark.parametrize("kind", ["full", "recent", "one", "history"])
def test_a_fetch_goes_on_from_any_exchange(loom: Loom, kind: str) -> None:
    for number in range(1000, 1120):
        loom.post(number)
    for number in range(2000, 2130):
        loom.reply("1010", number, US if number % 3 == 0 else AMY)
    loom.hold("1010", 3000)
    loom.lists["mentions"].append("2001")
    window = Window(kind, since=START, url="https://www.threads.com/@fircrestschools/post/D1010")
    exchanges = list(threads.fetch(DISTRICT, window, client_of(loom, most=1000)))
    whole = [{r.record_id for r in threads.parse(e)} for e in exchanges]
    assert len(set().union(*whole)) == (10 + 120 + 131 if kind != "one" else 1 + 1 + 131)
    some = {*range(8), *range(0, len(exchanges), 11), len(exchanges) - 1}  # all of them take a minute
    for number in sorted(some & {*range(len(exchanges))}):
        exchange = exchanges[number]
        assert exchange.cursor is not None
        going_on = list(threads.fetch(DISTRICT, replace(window, cursor=exchange.cursor), client_of(loom, most=1000)))
        rest = {r.record_id for e in going_on for r in threads.parse(e)}
        assert set().union(*whole) == rest.union(*whole[: number + 1])
        kinds = {r.native_id: r.kind for e in going_on for r in threads.parse(e) if r.native_id.startswith("2")}
        assert set(kinds.values()) <= {"comment", "post"}
        assert "post" not in {kinds.get(str(n)) for n in range(2000, 2130)}


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
    below = {i: sum(r.root_id == i != r.record_id and r.status != "held" for r in found.values()) for i in counted}
    assert counted == below
    assert network.invalid == []


def test_a_token_is_renewed() -> None:
    network, wanted = tell(START), account("threads", "https://www.threads.com/@cascadevalleyesd", api_url="http://social.test")
    http = HttpClient(contact="a@b.example", limit=10**8, private=True, transport=httpx.WSGITransport(create_app(network, "threads")))
    http.authorize({"token": THREADS_SECRET})
    with pytest.raises(UnexpectedResponse, match="24 hours"):
        threads.renew(wanted, http)
    network.wait(hours=25)
    fresh = threads.renew(wanted, http)
    assert fresh.values["token"] != THREADS_SECRET
    assert fresh.expires_at is not None
    assert abs(fresh.expires_at - datetime.now(UTC) - timedelta(days=60)) < timedelta(minutes=1)
    network.wait(days=61)
    with pytest.raises(TokenExpired, match=r"error 190 \(463\)"):
        threads.renew(wanted, http)


# -- limits and refusals ------------------------------------------------------------------------------------------------------------


def test_counts_are_those_of_the_insights_and_cost_nothing_else_where_they_are_refused(loom: Loom) -> None:
    found = records_of(loom)
    assert found["1"].counts == {"likes": 4, "comments": 3, "shares": 3, "views": 90}
    assert found["1"].counts_replies
    assert found["3"].counts is None, "of a repost nothing is counted"
    loom.closed = {"insights"}
    client = client_of(loom)
    exchanges = list(threads.fetch(DISTRICT, Window("full"), client))
    assert len({r.native_id for e in exchanges for r in threads.parse(e)}) == 10
    assert {e.context["short"].split(";")[0] for e in exchanges if "short" in e.context} == {
        "Threads does not give the counts of posts, with which the replies held here could be compared (error 10)"
    }
    assert len(asked_for(client, "/insights")) == 1


def test_a_throttle_while_counting_is_met_again_after_the_page_was_given_out(loom: Loom) -> None:
    loom.answers["/2/insights"] = error(4, "(#4) Application request limit reached")
    loom.answers["/1/conversation"] = error(4, "(#4) Application request limit reached")
    given: list[Exchange] = []
    with pytest.raises(Throttled):
        given.extend(threads.fetch(DISTRICT, Window("full"), client_of(loom)))
    assert {ME, "1", "2", "3", "4"} == {r.native_id for e in given for r in threads.parse(e)}
    loom.answers.clear()
    rest = records_of(loom, Window("full", cursor=given[-1].cursor))
    assert {"101", "102", "103", "104", "900"} <= set(rest)


@pytest.mark.parametrize(("edge", "lost"), [("mentions", {"900"}), ("ghost_posts", {"4"})])
def test_a_list_that_is_refused_costs_nothing_else_and_is_told(loom: Loom, edge: str, lost: set[str]) -> None:
    whole = set(records_of(loom))
    loom.closed = {edge}
    exchanges = list(threads.fetch(DISTRICT, Window("full"), client_of(loom)))
    assert {r.native_id for e in exchanges for r in threads.parse(e)} == whole - lost
    [short] = {e.context["short"] for e in exchanges if "short" in e.context}
    assert "error 10" in short


def test_conversations_that_are_refused_are_a_failure(loom: Loom) -> None:
    loom.closed = {"conversation"}
    with pytest.raises(Blocked, match="error 10"):
        records_of(loom)


def test_a_throttle_says_when_to_come_back(loom: Loom) -> None:
    used = {"X-App-Usage": '{"call_count":100}'}
    loom.answers["/threads?"] = error(4, "(#4) Application request limit reached", status=403, headers=used)
    with pytest.raises(Throttled) as told:
        records_of(loom)
    assert told.value.until == NOW + timedelta(minutes=15)


def test_a_post_that_has_just_gone_stops_nothing(loom: Loom) -> None:
    loom.answers["/1/conversation"] = error(100, "Unsupported get request.", 33)
    assert {"1", "2", "3", "104"} <= set(records_of(loom))


# -- who, by id ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["https://www.threads.com/@fircrestschools", "https://www.threads.net/@FircrestSchools/"])
def test_the_account_of_the_register_is_the_tokens(url: str) -> None:
    loom = Loom()
    identity = threads.identify(account("threads", url), client_of(loom))
    assert (identity.native_id, identity.server, identity.title, identity.handle) == (ME, "threads.com", "Fircrest Schools", US)
    loom.account["username"] = "renamed"
    assert threads.identify(account("threads", url, identity), client_of(loom)).handle == "renamed"
    with pytest.raises(AccountUnavailable, match="belongs to renamed, the register says"):
        threads.identify(account("threads", url), client_of(loom))
    with pytest.raises(Blocked, match="without a token"):
        threads.identify(DISTRICT, Scripted(loom))
    assert threads.totals(DISTRICT, client_of(loom)) is None


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
        "https://www.threads.com/@fircrestschools/post/D1",
        "https://www.threads.net/@fircrestschools/post/D1/?xmt=AQ",
        "https://www.threads.com/t/D1",
    ],
)
def test_a_permalink_brings_its_whole_conversation(loom: Loom, url: str) -> None:
    assert set(records_of(loom, Window("one", url=url))) == {ME, "1", "101", "102", "103"}


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


# -- parse ------------------------------------------------------------------------------------------------------------------------------

SHAPE = json.loads((FIXTURES / "ordinary.json").read_text())["body"]["data"][0]


def parsed(body: Any, **context: Any) -> list[Record]:
    return list(threads.parse(Exchange("GET", "https://graph.threads.net/v1.0/x", 200, (), json.dumps(body).encode(), context)))


def test_a_saved_body_tells_what_it_is() -> None:
    def kinds(body: Any, url: str | None = None) -> list[str]:
        return [r.kind for r in threads.parse(threads.saved(orjson.dumps(body), url, None))]

    bare = {"id": "1", "text": "x", "timestamp": at(1)}
    assert kinds(bare) == kinds({"data": [bare]}) == ["post"]
    reply = bare | {"is_reply": True, "root_post": {"id": "2"}, "replied_to": {"id": "2"}}
    assert kinds(reply) == kinds({"data": [reply]}, "https://graph.threads.net/v1.0/2/conversation?x=1") == ["comment"]
    assert kinds(reply | {"replied_to": {"id": "3"}}) == ["reply"]
    assert kinds({"data": [bare]}, "https://graph.threads.net/v1.0/me/mentions") == ["comment"]
    assert kinds({"id": "1", "username": "a", "threads_biography": "b"}) == ["profile"]


def test_what_nobody_decided_about_is_reported() -> None:
    [post] = parsed(SHAPE | {"mood": "sunny", "owner": {"id": ME, "shoe_size": 44}}, account=ME, edge="threads")
    assert post.leftover == ("mood", "owner.shoe_size")


def test_words_that_come_under_another_name_are_no_edit() -> None:
    renamed = {n: v for n, v in SHAPE.items() if n != "text"} | {"words": SHAPE["text"]}
    with pytest.raises(UnexpectedResponse, match=r"text must be there, or no unknown field beside it \(words\)"):
        parsed(renamed, account=ME, edge="threads")
    with pytest.raises(UnexpectedResponse, match="timestamp"):
        parsed({n: v for n, v in SHAPE.items() if n != "timestamp"}, account=ME, edge="threads")


def test_what_unicode_cannot_hold_is_repaired_and_said() -> None:
    broken, whole = parsed({"data": [SHAPE | {"text": "half \ud83d a face"}, SHAPE | {"id": "2"}]}, account=ME, edge="threads")
    assert (broken.text, broken.repaired, whole.repaired) == ("half \ufffd a face", True, False)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damage_never_breaks_a_fetch(data: st.DataObject) -> None:
    loom = Loom()
    loom.post(1)
    loom.reply("1", 101, US)
    loom.hold("1", 110)
    loom.post(4, into="ghost_posts", ghost_post_status="ACTIVE")
    loom.post(900, by=AMY, into="mentions")
    loom.reply("900", 104, US)
    turn, turns = data.draw(st.integers(0, 8)), iter(range(10**6))

    def worn(url: str) -> Answer:
        answer = loom(url)
        return Answer(json.dumps(data.draw(damaged(answer.body)))) if next(turns) == turn else answer

    window = Window("recent", since=START, changed_since=START) if data.draw(st.booleans()) else Window("full")
    try:
        for exchange in threads.fetch(DISTRICT, window, client_of(worn)):
            list(threads.parse(exchange))
            canonical(dict(exchange.context))
    except PlatformFailure:
        pass
