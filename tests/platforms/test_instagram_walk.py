"""Instagram's walk against a made-up account behind the API's limits: what is asked for, in which order, and where it goes on."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from infra.local.sandbox.faces import create_app
from infra.local.sandbox.story import play, tell
from infra.local.sandbox.story.cast import INSTAGRAM_DISTRICT
from recordroom.capture.client import HttpClient
from recordroom.model import version_of
from recordroom.platforms import Window, instagram
from tests.platforms.gallery import AMY, BEN, DISTRICT, FACEBOOKS, LOGINS, ME, OURS, Gallery, client_of, records_of
from tests.platforms.scripted import Chosen, account, asked_for
from tests.platforms.wall import START, at


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("window", [Window("full"), Window("history"), Window("recent", since=START)])
def test_posts_comments_and_replies_have_their_places(gallery: Gallery, window: Window, login: str) -> None:
    gallery.login = login
    found = records_of(gallery, window)
    placed = {n: (r.kind, r.parent_id, r.root_id, r.author_id, r.author_is_account) for n, r in found.items()}
    first = "instagram:1"
    assert placed == {
        ME: ("profile", None, None, ME, True),
        "1": ("post", None, first, ME, True),
        "1010": ("comment", first, first, AMY, False),
        "1011": ("reply", "instagram:1010", first, ME, True),
        "1012": ("reply", "instagram:1010", first, BEN, False),
        "2": ("post", None, "instagram:2", ME, True),
        "700": ("story", None, "instagram:700", ME, True),
        "3": ("comment", None, "instagram:3", None, False),
    }
    assert (found["1"].mentions, found["1"].tags, found["1"].counts) == (["ben_t"], ["SnowDay"], {"likes": 1, "comments": 3})
    assert found["1"].counts_replies
    assert found["3"].counts == {"likes": 1}, "its comments are not given, and not to be compared with what is"
    assert {r.leftover for r in found.values()} == {()}


def test_stories_are_read_first_for_they_live_a_day(gallery: Gallery) -> None:
    assert instagram.PLATFORM.every <= timedelta(hours=1)
    client = client_of(gallery)
    list(instagram.fetch(DISTRICT, Window("history"), client))
    assert [urlsplit(url).path.rpartition("/")[2] for url in client.asked][:5] == ["me", "stories", "comments", "tags", "media"]


def test_only_conversations_that_are_wanted_are_read(gallery: Gallery) -> None:
    """A post that counts no comments may have hidden ones: its turn comes too. Replies beyond their comment belong to the conversation."""
    gallery.pages_of_replies = 1
    plan = Chosen(lambda _: True)
    for exchange in instagram.fetch(DISTRICT, Window("full", plan=plan), client_of(gallery)):
        assert exchange.context.get("root") not in plan.whole, "not before the last of its answers"
    assert plan.asked == {"instagram:700": (0, True), "instagram:1": (3, False), "instagram:2": (0, True)}
    assert sorted(plan.whole) == sorted(plan.asked)
    plan, client = Chosen(lambda root: root != "instagram:1"), client_of(gallery)
    list(instagram.fetch(DISTRICT, Window("full", plan=plan), client))
    assert [urlsplit(url).path for url in client.asked if "/comments" in url or "/replies" in url] == [
        "/v26.0/700/comments",
        "/v26.0/2/comments",
    ]


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize(("within", "number"), [(50, 130), (25, 25), (25, 26), (50, 60)])
def test_replies_that_do_not_fit_into_their_comment_are_read_by_its_edge(within: int, number: int, tells: bool) -> None:
    gallery = Gallery(pages_of_replies=within, tells=tells)
    first = gallery.post(1)
    above = gallery.comment(first, 1000)
    few = gallery.comment(first, 1001)
    gallery.comment(few, 1002)
    for n in range(number):
        gallery.comment(above, 2000 + n)
    found = records_of(gallery)
    replies = [r for r in found.values() if r.parent_id == "instagram:1000"]
    assert (len(replies), {r.kind for r in replies}, {r.root_id for r in replies}) == (number, {"reply"}, {"instagram:1"})
    client = client_of(gallery)
    list(instagram.fetch(DISTRICT, Window("full"), client))
    assert asked_for(client, "/1000/replies")
    assert not asked_for(client, "/1001/replies")


def test_a_reply_without_its_parents_id_is_known_by_the_list_that_it_stands_in() -> None:
    gallery = Gallery(pages_of_replies=25)
    first = gallery.post(1)
    above = gallery.comment(first, 1000)
    for n in range(70):
        gallery.comment(above, 2000 + n)
    for reply in gallery.comments[above]:
        del reply["parent_id"]
    assert {r.parent_id for n, r in records_of(gallery).items() if n[0] == "2"} == {"instagram:1000"}


def test_five_thousand_comments_are_read_whole_in_as_few_requests_as_can_be() -> None:
    gallery = Gallery()
    first = gallery.post(1)
    for n in range(4000):
        gallery.comment(first, 10_000 + n)
    for n in range(1000):
        gallery.comment(str(10_000 + n * 3), 20_000 + n)
    client = client_of(gallery)
    exchanges = list(instagram.fetch(DISTRICT, Window("history"), client))
    found = {r.native_id: r for e in exchanges for r in instagram.parse(e)}
    assert Counter(r.kind for r in found.values()) == {"comment": 4000, "reply": 1000, "post": 1, "profile": 1}
    assert found["1"].counts == {"likes": 1, "comments": 5000}
    assert len(client.asked) == 4 + 80
    assert {parse_qs(urlsplit(url).query)["limit"][0] for url in asked_for(client, "/comments?")} == {"50"}


def test_the_token_stands_in_no_address_and_in_no_cursor() -> None:
    gallery = Gallery(pages_of_replies=25)
    for number in range(1, 250):
        gallery.post(number, comments_count=0)
    first = gallery.post(300)
    above = gallery.comment(first, 1000)
    for n in range(70):
        gallery.comment(above, 2000 + n)
        gallery.comment(first, 3000 + n)
    client = client_of(gallery)
    exchanges = list(instagram.fetch(DISTRICT, Window("full"), client))
    assert any(OURS.encode() in e.body for e in exchanges)  # paging.next has it (the client scrubs bodies)
    assert all(sent == {"Authorization": f"Bearer {OURS}"} for sent in client.sent)
    assert not any(OURS in url for url in client.asked)
    assert not any(OURS in (e.cursor or "") or OURS in e.url or OURS in json.dumps(e.context) for e in exchanges)
    assert len({r.native_id for e in exchanges for r in instagram.parse(e)}) == 1 + 250 + 1 + 140


def test_a_recent_window_asks_for_the_last_days_and_ends_where_they_end() -> None:
    gallery = Gallery()
    for number in range(1, 700):
        gallery.post(number)
        gallery.tag(number + 10_000, timestamp=at(number))
    gallery.posts["3"]["timestamp"] = at(3)
    window = Window("recent", since=START + timedelta(hours=500))
    client = client_of(gallery)  # `since` is ignored here, as it may be
    found = {r.native_id for e in instagram.fetch(DISTRICT, window, client) for r in instagram.parse(e)}
    assert {str(n) for n in range(500, 700)} <= found
    assert len(asked_for(client, "/media")) == len(asked_for(client, "/tags")) == 3
    assert parse_qs(urlsplit(asked_for(client, "/media")[0]).query)["since"] == [str(int(window.since.timestamp()))] if window.since else ""


def test_the_sandboxes_account_is_read_whole() -> None:
    """Written by another hand, from the same published descriptions; with tokens of both logins."""
    network = tell(START)
    play(network)
    scopes = ["instagram_basic", "instagram_manage_comments"]
    network.grant("instagram", FACEBOOKS, INSTAGRAM_DISTRICT, kind="system", scopes=scopes)
    business = ["instagram_business_basic", "instagram_business_manage_comments"]
    network.grant("instagram", OURS, INSTAGRAM_DISTRICT, kind="instagram", scopes=business)
    told = [p for p in network.posts.values() if p.where == "instagram" and p.status != "removed"]
    told = [p for p in told if p.kind != "story" or network.now() - p.created < timedelta(hours=24)]
    known = account("instagram", "https://www.instagram.com/cascadevalleyesd", api_url="http://social.test")
    versions = []
    for token in (OURS, FACEBOOKS):
        http = HttpClient(contact="a@b.example", limit=10**8, transport=httpx.WSGITransport(create_app(network, "instagram")))
        http.authorize({"token": token})
        known = known.identified(instagram.identify(known, http))
        found = {r.native_id: r for e in instagram.fetch(known, Window("full"), http) for r in instagram.parse(e)}
        assert len(found) == 1 + len(told) > 160
        assert {p.now.text for p in told} == {r.text for r in found.values() if r.kind != "profile"}
        assert {r.leftover for r in found.values()} == {()}
        counted = {r.record_id: r.counts["comments"] for r in found.values() if r.counts and "comments" in r.counts}
        visible = [r for r in found.values() if r.status == "visible"]
        assert counted == {i: sum(r.root_id == i != r.record_id for r in visible) for i in counted}
        assert sum(r.status == "hidden" for r in found.values()) == sum(post.status == "hidden" for post in told) > 0
        totals = instagram.totals(known, http)
        assert totals is not None
        assert totals.kinds == {"post": sum(r.kind == "post" for r in found.values())}
        versions.append({n: version_of(r) for n, r in found.items()})
    assert versions[0] == versions[1], "the login makes no difference"
    assert network.invalid == []
