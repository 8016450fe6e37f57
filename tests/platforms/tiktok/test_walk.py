"""A crawl of an account on TikTok: videos, comments, replies, what it leaves out, and where it resumes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest

from infra.sandbox.faces import create_app, native_id
from infra.sandbox.faces.tiktok.entities import SORTED, open_id
from infra.sandbox.story import play, tell
from infra.sandbox.story.cast import TIKTOK_DISTRICT, TIKTOK_SECRET
from recordroom.capture.http.client import HttpClient
from recordroom.platforms import tiktok
from recordroom.platforms.contract import Window
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox, marked, words_of
from tests.platforms.scripted import Chosen, account

PLATFORM = "tiktok"


def paths(sandbox: Sandbox) -> list[str]:
    return [urlsplit(url).path.removeprefix("/open_api/v1.3/business/") for url in sandbox.transport.asked]


def endless(sandbox: Sandbox) -> Any:
    """Let TikTok report of every list of comments that there are more."""
    places = count(10**6)
    return sandbox.transport.meanwhile(
        "/comment/list/",
        rewrite_json(lambda body: body | {"data": body["data"] | {"has_more": True, "cursor": next(places)}}),
    )


def test_short_and_empty_pages_are_not_the_end(sandbox: Sandbox) -> None:
    """Comments that are shown to no one are left out of their page."""
    video = sandbox.publish()
    written = [sandbox.comment(video) for _ in range(100)]
    removed = written[10:70]
    for comment in removed:
        sandbox.network.remove(comment)
    exchanges = sandbox.fetch()
    assert words_of(written) - words_of(removed) <= set(marked(sandbox.parse(exchanges).values()))
    pages = [orjson.loads(exchange.body)["data"] for exchange in exchanges]
    assert [len(page["comments"]) for page in pages if "comments" in page] == [10, 0, 20, 10]
    assert "short" not in exchanges[-1].context


def test_comments_that_are_given_twice_are_read_once(sandbox: Sandbox) -> None:
    video = sandbox.publish()
    written = [sandbox.comment(video) for _ in range(SORTED + 60)]
    exchanges = sandbox.fetch()
    given = [record.record_id for exchange in exchanges for record in sandbox.connector.parse(exchange)]
    assert len(given) > len(set(given))
    assert words_of(written) <= set(marked(sandbox.parse(exchanges).values()))
    assert "short" not in exchanges[-1].context


def test_a_list_that_only_repeats_itself_is_given_up_and_said_to_be_short(sandbox: Sandbox) -> None:
    first, second = sandbox.publish(days=2), sandbox.publish(days=1)
    written = [sandbox.comment(video) for video in (first, second) for _ in range(20)]
    plan = Chosen(lambda _: True)
    with endless(sandbox):
        exchanges = sandbox.fetch(Window("full", plan=plan))
    assert words_of(written) <= set(marked(sandbox.parse(exchanges).values()))
    told = str(exchanges[-1].context["short"])
    assert told.startswith(f"TikTok repeated comments in 2 lists (first: {sandbox.named(second)})")
    assert plan.whole == [], "neither was read to its end"


def test_replies_beyond_three_have_a_list_of_their_own(sandbox: Sandbox) -> None:
    video = sandbox.publish()
    few, many = sandbox.comment(video), sandbox.comment(video)
    below_few = [sandbox.comment(few, 1) for _ in range(2)]
    below_many = [sandbox.comment(many, 1) for _ in range(40)]
    found = marked(sandbox.read().values())
    for comment, below in ((few, below_few), (many, below_many)):
        assert {found[words].parent_id for words in words_of(below)} == {
            f"tiktok:comments/{sandbox.named(comment)}"
        }
    asked = [
        parse_qs(urlsplit(url).query)["comment_id"][0]
        for url in sandbox.transport.asked
        if "/reply/list/" in url
    ]
    assert set(asked) == {sandbox.named(many)}


def test_the_window_of_the_last_days_stops_at_older_videos(sandbox: Sandbox) -> None:
    for day in range(60):
        sandbox.comment(sandbox.publish(days=day / 2 + 0.1))
    found = sandbox.read(Window("recent", since=START - timedelta(days=5, hours=3))).values()
    # up to the first page with older ones only, which are kept anyway
    assert paths(sandbox).count("video/list/") == 2
    assert [sum(r.kind == kind for r in found) for kind in ("post", "comment")] == [40, 11]


def test_counts_are_compared_where_comments_are_read(sandbox: Sandbox) -> None:
    new, old = sandbox.publish(days=1), sandbox.publish(days=50)
    sandbox.comment(sandbox.comment(new))
    found = marked(sandbox.read(Window("recent", since=START - timedelta(days=5))).values())
    counts = found[new.now.text].counts or {}
    assert set(counts) == {"likes", "shares", "views", "comments"}
    assert counts["comments"] == 2
    assert found[new.now.text].counts_replies
    assert "comments" not in (found[old.now.text].counts or {})


@pytest.mark.parametrize("goes", ["video", "comment"])
def test_what_goes_while_it_is_read_stops_nothing(sandbox: Sandbox, goes: str) -> None:
    """The capture may continue from a cursor of long ago."""
    stays, gone = sandbox.publish(days=2), sandbox.publish(days=1)
    lasting, top = sandbox.comment(stays), sandbox.comment(gone)
    for _ in range(5):
        sandbox.comment(top)
    exchanges = sandbox.fetch()[:3]
    assert "/comment/list/" in exchanges[-1].url
    sandbox.network.remove(gone if goes == "video" else top)
    sandbox.transport.asked.clear()
    rest = sandbox.fetch(Window("full", cursor=exchanges[-1].cursor))
    assert words_of([stays, gone, top, lasting]) <= set(marked(sandbox.parse([*exchanges, *rest]).values()))
    assert "comment/reply/list/" in paths(sandbox)


def test_a_video_whose_comments_are_not_wanted_has_no_count_to_compare(sandbox: Sandbox) -> None:
    unwanted, wanted = sandbox.converse(days=2)[0], sandbox.converse(days=1)[0]
    name = sandbox.named(unwanted)
    found = marked(
        sandbox.read(Window("full", plan=Chosen(lambda root: root != f"tiktok:videos/{name}"))).values()
    )
    assert not [url for url in sandbox.transport.asked if f"video_id={name}" in url]
    assert ["comments" in (found[post.now.text].counts or {}) for post in (unwanted, wanted)] == [False, True]


def test_the_sandboxes_account_is_read_whole() -> None:
    """Another person wrote the sandbox from the same published descriptions."""
    network = tell(datetime(2026, 11, 24, 18, 30, tzinfo=UTC))
    play(network)
    transport = httpx.WSGITransport(create_app(network, "tiktok"))
    client = HttpClient(contact="a@b.example", limit=10**8, transport=transport)
    client.authorize({"user": open_id(TIKTOK_DISTRICT), "token": TIKTOK_SECRET})
    entry = account("tiktok", "https://www.tiktok.com/@cascadevalley", api_url="http://tiktok.test")
    entry = entry.with_identity(tiktok.identify(entry, client))
    found = {r.native_id: r for e in tiktok.fetch(entry, Window("full"), client) for r in tiktok.parse(e)}
    told = [p for p in network.posts.values() if p.where == "tiktok" and p.status in ("visible", "hidden")]
    assert set(found) == {open_id(TIKTOK_DISTRICT), *(native_id(network, post) for post in told)}
    assert {r.leftover for r in found.values()} == {()}
    assert {r.text for r in found.values() if r.kind != "profile"} == {post.now.text for post in told}
    counted = {r.record_id: r.counts["comments"] for r in found.values() if r.kind == "post" and r.counts}
    visible = [r for r in found.values() if r.status == "visible"]
    assert counted == {video: sum(r.root_id == video != r.record_id for r in visible) for video in counted}
    assert (
        sum(r.status == "hidden" for r in found.values()) == sum(post.status == "hidden" for post in told) > 0
    )
    totals = tiktok.totals(entry, client)
    assert totals is not None
    assert totals.kinds == {"own": sum(r.tally == "own" for r in found.values())}
    assert network.invalid == []
