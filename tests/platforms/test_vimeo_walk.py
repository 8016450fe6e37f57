"""Vimeo's walk against a made-up account behind the API's limits: what is asked for, in which order, and where it goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from infra.local.sandbox.faces import create_app
from infra.local.sandbox.story import play, tell
from infra.local.sandbox.story.cast import VIMEO_SECRET
from recordroom.capture.client import HttpClient
from recordroom.errors import PlatformFailure, UnexpectedResponse
from recordroom.model import Record
from recordroom.platforms import Window, vimeo
from recordroom.platforms.vimeo.listing import FILMS_PER_PAGE
from recordroom.platforms.vimeo.platform import ACCEPT
from tests.platforms.scripted import Answer, Chosen, account, asked_for, read_of
from tests.platforms.studio import API, BEN, DISTRICT, START, TOKEN, Studio, at, client_of, error, records_of

RECENT = Window("recent", since=START + timedelta(hours=500), changed_since=START + timedelta(hours=690))


@pytest.mark.parametrize("window", [Window("full"), Window("history"), Window("recent", since=START)])
def test_a_parent_is_told_by_the_address_alone(studio: Studio, window: Window) -> None:
    found = records_of(studio, window)
    film = "vimeo:videos/1"
    assert {name: (r.kind, r.parent_id, r.root_id, r.author_is_account) for name, r in found.items()} == {
        "users/100": ("profile", None, None, True),
        "videos/1": ("post", None, film, True),
        "comments/10": ("comment", film, film, False),
        "comments/11": ("reply", "vimeo:comments/10", film, True),
        "comments/12": ("reply", "vimeo:comments/10", film, False),
        "comments/13": ("reply", "vimeo:comments/12", film, False),
        "videos/2": ("post", None, "vimeo:videos/2", True),
    }
    assert (found["videos/1"].counts, found["comments/10"].counts) == ({"comments": 1, "likes": 0, "views": 0}, {"comments": 2})


def test_relative_links_are_followed_below_the_address_of_the_api(studio: Studio) -> None:
    for number in range(100, 330):
        studio.comment("1", number)
        studio.video(number + 1000)
    for district, base in ((DISTRICT, API), (replace(DISTRICT, api_url="http://127.0.0.1:8709/vimeo"), "http://127.0.0.1:8709/vimeo")):
        client = client_of(lambda url, base=base: studio(url.replace(base, API)))
        found = {r.record_id for e in vimeo.fetch(district, Window("full"), client) for r in vimeo.parse(e)}
        assert len(found) == 1 + 232 + 4 + 230
        assert all(url.startswith(f"{base}/") for url in client.asked)
    with pytest.raises(UnexpectedResponse, match="must be addresses that begin with /"):
        records_of(Studio(answers={"/me/videos": Answer({"data": [], "paging": {"next": "https://evil.example/videos?page=2"}})}))


def test_every_request_names_its_fields_and_version_and_no_address_has_the_token(studio: Studio) -> None:
    studio.track("1", 50)
    studio.album(60, "1")
    client = client_of(studio)
    exchanges = list(vimeo.fetch(DISTRICT, Window("full"), client))
    assert all(parse_qs(urlsplit(url).query).get("fields") for url in client.asked)
    assert all(sent == {"Authorization": f"Bearer {TOKEN}", "Accept": ACCEPT} for sent in client.sent)
    assert not any(TOKEN in url for url in client.asked)
    assert not any(TOKEN in (e.cursor or "") or TOKEN in json.dumps(e.context) for e in exchanges)


def test_videos_without_comments_cost_no_request(studio: Studio) -> None:
    studio.video(3, privacy={"view": "anybody", "comments": "nobody"})
    client = client_of(studio)
    list(vimeo.fetch(DISTRICT, Window("full"), client))
    assert [urlsplit(url).path for url in asked_for(client, "/comments")] == [
        "/videos/1/comments",
        "/videos/1/comments/10/replies",
        "/videos/1/comments/12/replies",
    ]


@pytest.mark.parametrize("refusal", [error(403, 3200, "Comments are off"), error(404, 5000, "Not found")])
def test_comments_that_are_switched_off_stop_nothing_and_stay_counted(studio: Studio, refusal: Answer) -> None:
    studio.videos["1"]["privacy"]["comments"] = "nobody"
    assert {"comments/10", "comments/13"} <= set(records_of(studio))  # what was said before is read
    studio.answers["/videos/1/comments?"] = refusal
    found = records_of(studio)
    assert set(found) == {"users/100", "videos/1", "videos/2"}
    assert found["videos/1"].counts == {"comments": 1, "likes": 0, "views": 0}  # the core makes a gap of the difference


@pytest.mark.parametrize("kind", ["full", "recent", "one", "history"])
def test_a_fetch_goes_on_from_any_exchange(kind: str) -> None:
    studio = Studio(events={"1": {"uri": "/live_events/1", "title": "Board", "created_time": at(1)}})
    for number in range(1, 60):
        studio.video(number)
    for number in range(2000, 2250):
        studio.comment("57", number)
    for number in range(3000, 3120):
        studio.comment("57", number, BEN, "2001")
    studio.track("56", 70)
    studio.album(80, "1", "2")
    window = Window(kind, since=START, url="https://vimeo.com/57")
    exchanges = list(vimeo.fetch(DISTRICT, window, client_of(studio)))
    whole = [{r.record_id for r in vimeo.parse(e)} for e in exchanges]
    assert len(set().union(*whole)) == (1 + 59 + 250 + 120 + 2 if kind != "one" else 1 + 1 + 250 + 120)
    for number, exchange in enumerate(exchanges):
        assert exchange.cursor is not None
        again = vimeo.fetch(DISTRICT, replace(window, cursor=exchange.cursor), client_of(studio))
        rest = {r.record_id for e in again for r in vimeo.parse(e)}
        assert set().union(*whole) == rest.union(*whole[: number + 1])


def test_a_recent_window_reads_what_was_published_or_changed_in_it_and_stops() -> None:
    studio = Studio()
    for number in range(1, 700):
        studio.video(number)
    studio.videos["20"]["modified_time"] = at(695)
    studio.comment("20", 1010)
    studio.comment("21", 1011)  # nothing tells of it: the nightly sweep reads it
    studio.comment("650", 1012)
    client = client_of(studio)
    found = {r.record_id.partition(":")[2] for e in vimeo.fetch(DISTRICT, RECENT, client) for r in vimeo.parse(e)}
    assert found == {"users/100", "videos/20", "comments/1010", "comments/1012"} | {f"videos/{n}" for n in range(500, 700)}
    assert len(asked_for(client, "/me/videos")) == -(-201 // FILMS_PER_PAGE) == 9
    long_ago = replace(RECENT, changed_since=START + timedelta(hours=400))
    assert "videos/400" in records_of(studio, long_ago)


def test_only_wanted_conversations_are_read_and_their_ends_are_told(studio: Studio) -> None:
    studio.comment("2", 40)
    studio.video(3)
    plan = Chosen(lambda root: root != "vimeo:videos/2")
    given: list[str] = []
    for exchange in vimeo.fetch(DISTRICT, Window("full", plan=plan), client_of(studio)):
        assert "vimeo:videos/1" not in plan.whole or "comments/13" in given
        given += [r.record_id.partition(":")[2] for r in vimeo.parse(exchange)]
    assert {"comments/10", "comments/13"} <= set(given)
    assert "comments/40" not in given
    assert plan.asked == {"vimeo:videos/1": (1, False), "vimeo:videos/2": (1, False), "vimeo:videos/3": (0, True)}
    assert plan.whole == ["vimeo:videos/3", "vimeo:videos/1"]
    refused = Chosen(lambda _: True)
    studio.answers["/videos/1/comments?"] = error(403, 3200, "Comments are off")
    list(vimeo.fetch(DISTRICT, Window("full", plan=refused), client_of(studio)))
    assert "vimeo:videos/1" not in refused.whole


def test_new_comments_on_old_videos_are_seen_by_their_number_alone() -> None:
    studio = Studio()
    for number in range(1, 700):
        studio.video(number)
    for number in (20, 21, 650):
        studio.comment(str(number), number + 1000)
    plan = Chosen(lambda root: root != "vimeo:videos/21")
    client = client_of(studio)
    found = {r.record_id.partition(":")[2] for e in vimeo.fetch(DISTRICT, replace(RECENT, plan=plan), client) for r in vimeo.parse(e)}
    assert found == {"users/100", "videos/20", "comments/1020", "comments/1650"} | {f"videos/{n}" for n in range(500, 700)}
    assert plan.asked["vimeo:videos/21"] == (1, False)
    assert len([url for url in asked_for(client, "/me/videos") if "per_page=100" in url]) == 7
    assert not [url for url in asked_for(client, "/me/videos") if "per_page=100" in url and "name" in url]


def test_a_removal_that_shifts_the_pages_hides_nothing() -> None:
    studio = Studio()
    for number in range(1, 101):
        studio.video(number)
    for number in range(1000, 1300):
        studio.comment("100", number)

    def remove(url: str) -> None:
        page = parse_qs(urlsplit(url).query).get("page")
        if page == ["2"] and "/me/videos" in url and "99" in studio.videos:
            del studio.videos["99"], studio.videos["98"]
        if page == ["2"] and "/comments" in url and len(studio.comments["100"]) == 300:
            del studio.comments["100"][0:10]

    studio.before = remove
    found = records_of(studio)
    assert {f"videos/{n}" for n in range(1, 98)} <= set(found)
    assert {f"comments/{n}" for n in range(1000, 1300)} <= set(found)


def test_a_removal_between_an_interruption_and_its_end_hides_nothing() -> None:
    studio = Studio()
    for number in range(1, 3 * FILMS_PER_PAGE):
        studio.video(number)
    seen: list[Record] = []
    for exchange in vimeo.fetch(DISTRICT, Window("history"), client_of(studio)):
        seen += vimeo.parse(exchange)
        if exchange.cursor and "page=2" in exchange.cursor:
            break
    first = next(r.record_id for r in seen if r.kind == "post")
    del studio.videos[first.removeprefix("vimeo:videos/")]
    rest = vimeo.fetch(DISTRICT, Window("history", cursor=exchange.cursor), client_of(studio))
    found = {r.record_id for r in (*seen, *(r for e in rest for r in vimeo.parse(e)))}
    assert {f"vimeo:videos/{number}" for number in studio.videos} <= found


def test_the_sandboxes_account_is_read_whole() -> None:
    """Written by another hand, from the same published description."""
    network = tell(START)
    play(network)
    client = HttpClient(contact="a@b.example", limit=10**8, transport=httpx.WSGITransport(create_app(network, "vimeo")))
    client.authorize({"token": VIMEO_SECRET})
    films = account("vimeo", "https://vimeo.com/cascadevalley", api_url="http://films.test")
    films = films.identified(vimeo.identify(films, client))
    found = {r.record_id: r for e in vimeo.fetch(films, Window("full"), client) for r in vimeo.parse(e)}
    told = [post for post in network.posts.values() if post.where == "vimeo" and post.status != "removed"]
    assert len(found) == 2 + len(told) > 30
    assert {post.now.text for post in told} <= {r.text for r in found.values()}
    assert {r.leftover for r in found.values()} == {()}
    counted = {r.record_id: r.counts["comments"] for r in found.values() if r.counts and "comments" in r.counts}
    assert counted == {record_id: sum(r.parent_id == record_id for r in found.values()) for record_id in counted}
    assert {m.missing_reason for r in found.values() for m in r.media} == {None}
    assert network.invalid == []


def test_one_odd_comment_keeps_nothing_behind_it_from_being_read() -> None:
    studio = Studio()
    for number in (1, 2):
        studio.video(number)
        studio.comment(str(number), 10 + number)
    studio.comment("2", 13, under=studio.comment("2", 14, text=None))
    told, unread = read_of(vimeo.fetch(DISTRICT, Window("full"), client_of(studio)), vimeo.parse)
    found = {record.record_id for record in told}
    assert (unread, {f"vimeo:{n}" for n in ("videos/1", "videos/2", "comments/11", "comments/13")} <= found) == (1, True)


@pytest.mark.parametrize("odd", [{"tags": 5}, {"duration": "1:00"}, {"download": [{"link": 5}]}])
def test_one_odd_video_keeps_nothing_behind_it_from_being_read(odd: dict[str, Any]) -> None:
    studio = Studio()
    for number in (1, 2):
        studio.video(number)
        studio.comment(str(number), 10 + number)
    studio.videos["2"] |= odd
    told, unread = read_of(vimeo.fetch(DISTRICT, Window("full"), client_of(studio)), vimeo.parse)
    found = {record.record_id for record in told}
    assert (unread, {"vimeo:comments/11", "vimeo:comments/12"} <= found) == (1, True)


@pytest.mark.parametrize("refusal", [error(404, 2969, "The requested page could not be found"), error(400, 2204, "Invalid page")])
def test_a_list_that_became_shorter_than_where_it_was_to_be_read_on_is_read_from_its_head(refusal: Answer) -> None:
    """What an address of a page beyond the last one is answered with is not documented."""
    studio = Studio()
    for number in range(1, 3 * FILMS_PER_PAGE):
        studio.video(number)
    before = list(vimeo.fetch(DISTRICT, Window("history"), client_of(studio)))
    cursor = next(e.cursor for e in before if e.cursor and "page=3" in e.cursor)
    for number in range(1, 2 * FILMS_PER_PAGE):
        del studio.videos[str(number)]
    studio.answers["page=3"] = refusal
    found = {r.record_id for e in vimeo.fetch(DISTRICT, Window("history", cursor=cursor), client_of(studio)) for r in vimeo.parse(e)}
    assert found == {f"vimeo:videos/{number}" for number in studio.videos}
    studio.answers["/me/videos"] = refusal
    with pytest.raises(PlatformFailure):
        list(vimeo.fetch(DISTRICT, Window("history", cursor=cursor), client_of(studio)))
