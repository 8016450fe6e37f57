"""How an account on TikTok is walked: videos, their comments and answers, what is left out, and where a fetch goes on."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest

from infra.local.sandbox.faces import create_app, native_id
from infra.local.sandbox.faces.tiktok_ids import open_id
from infra.local.sandbox.story import play, tell
from infra.local.sandbox.story.cast import TIKTOK_DISTRICT, TIKTOK_SECRET
from recordroom.capture.client import HttpClient
from recordroom.platforms import Window, tiktok
from tests.platforms import tiktok_net
from tests.platforms.scripted import Chosen, account
from tests.platforms.tiktok_net import DISTRICT, NOW, SORTED, Net, client_of, fetched, paths, records

net, busy = tiktok_net.net, tiktok_net.busy  # a TikTok, where the folder's own is an X


def test_short_and_empty_pages_are_not_the_end(net: Net) -> None:
    video = net.video(1)
    written = {net.comment(video) for _ in range(100)}
    exchanges = fetched(net)
    assert written <= set(records(exchanges))
    assert any(not orjson.loads(e.body)["data"].get("comments", True) for e in exchanges)
    assert "short" not in exchanges[-1].context


def test_comments_that_are_given_twice_are_read_once(net: Net) -> None:
    video = net.video(1)
    written = {net.comment(video) for _ in range(SORTED + 60)}
    client = client_of(net)
    exchanges = fetched(net, client=client)
    assert written <= set(records(exchanges))
    assert "short" not in exchanges[-1].context


def test_a_list_that_only_repeats_itself_is_given_up_and_said_to_be_short(net: Net) -> None:
    net.endless = True
    first, second = net.video(2), net.video(1)
    written = {net.comment(video) for video in (first, second) for _ in range(20)}
    exchanges = fetched(net)
    assert written <= set(records(exchanges))
    assert str(exchanges[-1].context["short"]).startswith(f"TikTok went on repeating comments of 2 lists (first: {second})")


def test_answers_beyond_three_have_a_list_of_their_own(net: Net) -> None:
    video = net.video(1)
    few, many = net.comment(video), net.comment(video)
    written = {net.comment(video, few) for _ in range(2)} | {net.comment(video, many) for _ in range(40)}
    client = client_of(net)
    found = records(fetched(net, client=client))
    assert written <= set(found)
    assert {found[one].parent_id for one in written} == {f"tiktok:comments/{few}", f"tiktok:comments/{many}"}
    asked = [parse_qs(urlsplit(url).query)["comment_id"][0] for url in client.asked if "/reply/list/" in url]
    assert set(asked) == {many}


def test_a_fetch_goes_on_from_any_exchange(busy: Net) -> None:
    whole = fetched(busy)
    for i, exchange in enumerate(whole[:-1]):
        rest = fetched(busy, Window("full", cursor=exchange.cursor))
        assert [e.url for e in rest] == [e.url for e in whole[i + 1 :]], exchange.url


def test_the_window_of_the_last_days_stops_at_older_videos(net: Net) -> None:
    for day in range(60):
        net.comment(net.video(day / 2))
    client = client_of(net)
    found = records(fetched(net, Window("recent", since=NOW - timedelta(days=5, hours=1)), client))
    assert paths(client).count("video/list/") == 2  # up to the first page that holds older ones only, which are kept all the same
    assert [sum(r.kind == kind for r in found.values()) for kind in ("post", "comment")] == [40, 11]


def test_counts_are_compared_where_comments_are_read(net: Net) -> None:
    new, old = net.video(1), net.video(50)
    net.comment(new, net.comment(new))
    found = records(fetched(net, Window("recent", since=NOW - timedelta(days=5))))
    assert found[new].counts == {"likes": 3, "shares": 1, "views": 90, "comments": 2}
    assert found[new].counts_replies
    assert "comments" not in (found[old].counts or {})


@pytest.mark.parametrize("goes", ["video", "comment"])
def test_what_goes_while_it_is_read_stops_nothing(net: Net, goes: str) -> None:
    """Also where a capture goes on from a cursor of long ago."""
    stays, gone = net.video(2), net.video(1)
    lasting, top = net.comment(stays), net.comment(gone)
    for _ in range(5):
        net.comment(gone, top)
    exchanges = list(itertools.islice(tiktok.fetch(DISTRICT, Window("full"), client_of(net)), 3))
    if goes == "video":
        net.gone(gone)
    else:
        net.comments[gone] = []
    client = client_of(net)
    rest = fetched(net, Window("full", cursor=exchanges[-1].cursor), client)
    assert {stays, gone, top, lasting} <= set(records([*exchanges, *rest]))
    assert "comment/reply/list/" in paths(client)


def test_only_conversations_that_are_wanted_are_read(net: Net) -> None:
    silent, unwanted, wanted = net.video(3), net.video(2), net.video(1)
    for video in (unwanted, wanted):
        top = net.comment(video)
        for _ in range(5):
            net.comment(video, top)
    plan = Chosen(lambda root: root != f"tiktok:videos/{unwanted}")
    client = client_of(net)
    found = records(fetched(net, Window("full", plan=plan), client))
    assert plan.asked == {f"tiktok:videos/{video}": (count, False) for video, count in ((wanted, 6), (unwanted, 6), (silent, 0))}
    assert list(dict.fromkeys(plan.whole)) == [f"tiktok:videos/{video}" for video in (wanted, silent)]
    assert not [url for url in client.asked if f"video_id={unwanted}" in url]
    assert "comments" not in (found[unwanted].counts or {})


def test_a_list_that_was_given_up_was_not_read(net: Net) -> None:
    net.endless = True
    net.comment(net.video(1))
    plan = Chosen(lambda _: True)
    fetched(net, Window("full", plan=plan))
    assert plan.whole == []


def test_the_sandboxes_account_is_read_whole() -> None:
    """Written by another hand, from the same published descriptions."""
    network = tell(datetime(2026, 11, 24, 18, 30, tzinfo=UTC))
    play(network)
    transport = httpx.WSGITransport(create_app(network, "tiktok"))
    client = HttpClient(contact="a@b.example", limit=10**8, transport=transport)
    client.authorize({"user": open_id(TIKTOK_DISTRICT), "token": TIKTOK_SECRET})
    entry = account("tiktok", "https://www.tiktok.com/@cascadevalley", api_url="http://tiktok.test")
    entry = entry.identified(tiktok.identify(entry, client))
    found = {r.native_id: r for e in tiktok.fetch(entry, Window("full"), client) for r in tiktok.parse(e)}
    told = [p for p in network.posts.values() if p.where == "tiktok" and p.status in ("visible", "hidden")]
    assert set(found) == {open_id(TIKTOK_DISTRICT), *(native_id(network, post) for post in told)}
    assert {r.leftover for r in found.values()} == {()}
    assert {r.text for r in found.values() if r.kind != "profile"} == {post.now.text for post in told}
    counted = {r.record_id: r.counts["comments"] for r in found.values() if r.kind == "post" and r.counts}
    visible = [r for r in found.values() if r.status == "visible"]
    assert counted == {video: sum(r.root_id == video != r.record_id for r in visible) for video in counted}
    assert sum(r.status == "hidden" for r in found.values()) == sum(post.status == "hidden" for post in told) > 0
    totals = tiktok.totals(entry, client)
    assert totals is not None
    assert totals.kinds == {"own": sum(r.tally == "own" for r in found.values())}
    assert network.invalid == []
