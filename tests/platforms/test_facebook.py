"""Facebook Pages against a made-up Page behind the Graph API's limits, and against faults that a well Page does not make."""

from __future__ import annotations

import copy
import json
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
from infra.local.sandbox.faces.facebook_sight import PERMISSIONS
from infra.local.sandbox.story import play, tell
from recordroom.capture.client import HttpClient
from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange, Identity, Record, canonical, version_of
from recordroom.platforms import Known, Token, Window, facebook, meta
from tests.platforms.mutations import damaged
from tests.platforms.scripted import NOW, Answer, Scripted, account
from tests.platforms.wall import AMY, BEN, HOST, ME, START, TOKEN, Wall, at, error

FIXTURES = Path(__file__).parent / "facebook"
DISTRICT = account("facebook", "https://www.facebook.com/FircrestSchools", Identity(ME, "facebook.com"))
RECENT = Window("recent", since=START + timedelta(hours=500), changed_since=START + timedelta(hours=690))


def client_of(wall: Any, **more: Any) -> Scripted:
    return Scripted(wall, secrets={"token": TOKEN}, **more)


def records_of(wall: Any, window: Window | None = None) -> dict[str, Record]:
    """Records by native id."""
    return {r.native_id: r for e in facebook.fetch(DISTRICT, window or Window("full"), client_of(wall)) for r in facebook.parse(e)}


def asked_for(client: Scripted, part: str) -> list[str]:
    return [url for url in client.asked if part in url]


@pytest.fixture
def wall() -> Wall:
    """A post with a comment, an answer to it and one to that; a post without any; a visitor's post that the Page answers."""
    wall = Wall()
    first = wall.post(1)
    above = wall.comment(first, 10)
    wall.comment(first, 11, ME, above)
    wall.comment(first, 12, BEN, above)
    wall.post(2)
    visitor = wall.post(3, AMY)
    wall.comment(visitor, 13, ME)
    return wall


# -- what is read ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [Window("full"), Window("history"), Window("recent", since=START)])
def test_posts_comments_and_replies_have_their_places(wall: Wall, window: Window) -> None:
    found = records_of(wall, window)
    placed = {n: (r.kind, r.parent_id, r.root_id, r.author_is_account) for n, r in found.items() if r.title != "Moderation"}
    first, visitor = "facebook:100_1", "facebook:100_3"
    assert placed == {
        "100": ("profile", None, None, True),
        "100_1": ("post", None, first, True),
        "1_10": ("comment", first, first, False),
        "1_11": ("reply", "facebook:1_10", first, True),
        "1_12": ("reply", "facebook:1_10", first, False),
        "100_2": ("post", None, "facebook:100_2", True),
        "100_3": ("comment", None, visitor, False),
        "3_13": ("reply", visitor, visitor, True),
    }
    assert found["100_1"].counts == {"comments": 1}
    assert found["1_10"].counts == {"comments": 2, "likes": 0}


def test_comments_are_asked_for_as_one_stream_oldest_first(wall: Wall) -> None:
    client = client_of(wall)
    list(facebook.fetch(DISTRICT, Window("full"), client))
    threads = [parse_qs(urlsplit(url).query) for url in asked_for(client, "/comments")]
    assert threads
    for query in threads:
        assert (query["filter"], query["order"], query["live_filter"]) == (["stream"], ["chronological"], ["no_filter"])
        assert "parent{id}" in query["fields"][0]


def test_the_default_filter_would_lose_the_replies(wall: Wall) -> None:
    plain = Scripted(lambda url: wall(url.replace("filter=stream", "filter=toplevel")), secrets={"token": TOKEN})
    found = {r.native_id for e in facebook.fetch(DISTRICT, Window("full"), plain) for r in facebook.parse(e)}
    assert not found & {"1_11", "1_12"}


def test_posts_without_comments_cost_no_request(wall: Wall) -> None:
    client = client_of(wall)
    list(facebook.fetch(DISTRICT, Window("full"), client))
    assert not asked_for(client, "/100_2/comments")
    wall.posts["100_2"]["updated_time"] = at(900)  # something moved it: a comment that the count leaves out
    list(facebook.fetch(DISTRICT, Window("full"), client))
    assert asked_for(client, "/100_2/comments")


def test_the_token_stands_in_no_address_and_in_no_cursor() -> None:
    wall = Wall()
    for number in range(1, 250):
        wall.comment(wall.post(number), number + 1000)
    for number in range(2000, 2350):
        wall.comment("100_249", number)
    client = client_of(wall)
    exchanges = list(facebook.fetch(DISTRICT, Window("full"), client))
    assert any(TOKEN.encode() in e.body for e in exchanges)  # paging.next has it (the client scrubs bodies)
    assert all(sent == {"Authorization": f"Bearer {TOKEN}"} for sent in client.sent)
    assert not any(TOKEN in url for url in client.asked)
    assert not any(TOKEN in (e.cursor or "") or TOKEN in e.url or TOKEN in json.dumps(e.context) for e in exchanges)
    assert len({r.native_id for e in exchanges for r in facebook.parse(e)}) == 2 + 249 + 249 + 350


@pytest.mark.parametrize("kind", ["full", "recent", "one", "history"])
def test_a_fetch_goes_on_from_any_exchange(kind: str) -> None:
    wall = Wall(unlisted={"100_77"}, nowhere={"100_300", "100_301"}, reels=[{"id": n} for n in ("300", "301", "302")])
    wall.videos["302"] = {"id": "302", "created_time": at(302), "description": "a reel"}
    for number in (300, 301, *range(1, 130, 2)):
        wall.post(number, AMY if number % 5 == 0 else ME)
    for number in range(2000, 2250):
        wall.comment("100_127", number)
    for number in range(3000, 3120):
        wall.comment("100_125", number, BEN, "125_3000" if number > 3000 else None)
    wall.posts["100_121"]["attachments"] = {"data": [{"type": "album", "subattachments": {"data": [wall.photo(n) for n in (7, 8)]}}]}
    wall.comment("7", 4000)
    window = Window(kind, since=START, url="https://www.facebook.com/fircrest/posts/127/")
    exchanges = list(facebook.fetch(DISTRICT, window, client_of(wall)))
    whole = [{r.record_id for r in facebook.parse(e)} for e in exchanges]
    assert len(set().union(*whole)) == {"one": 252, "recent": 440}.get(kind, 441)
    for number, exchange in enumerate(exchanges):
        assert exchange.cursor is not None
        rest = {
            r.record_id
            for e in facebook.fetch(DISTRICT, replace(window, cursor=exchange.cursor), client_of(wall))
            for r in facebook.parse(e)
        }
        assert set().union(*whole) == rest.union(*whole[: number + 1])


def test_an_address_that_died_meanwhile_begins_the_list_anew() -> None:
    wall = Wall()
    for number in range(1, 250):
        wall.post(number)
    second = list(facebook.fetch(DISTRICT, Window("history"), client_of(wall)))[2]
    wall.answers["after=100"] = error(100, "(#100) Invalid cursor")
    with pytest.raises(UnexpectedResponse, match="Invalid cursor"):
        records_of(wall, Window("history", cursor=second.cursor))

    def once(_: str) -> Answer:
        del wall.answers["after=100"]
        return error(100, "(#100) Invalid cursor")

    wall.answers["after=100"] = once
    assert len(records_of(wall, Window("history", cursor=second.cursor))) == 250


def test_a_recent_window_reads_the_last_days_and_older_posts_that_a_comment_has_moved() -> None:
    wall = Wall()
    for number in range(1, 700):
        wall.post(number)
    wall.comment("100_20", 695)  # new, on an old post
    wall.comment("100_21", 100)
    wall.comment("100_600", 650)
    client = client_of(wall)
    found = {r.native_id: r for e in facebook.fetch(DISTRICT, RECENT, client) for r in facebook.parse(e)}
    assert set(found) == {ME, "100_20", "20_695", "600_650"} | {f"100_{n}" for n in range(500, 700)}
    assert found["20_695"].root_id == "facebook:100_20"
    assert all("until=" in url for url in asked_for(client, "/feed") if "since=" not in url)
    quiet = client_of(wall)
    assert "100_20" not in {
        r.native_id for e in facebook.fetch(DISTRICT, replace(RECENT, changed_since=None), quiet) for r in facebook.parse(e)
    }
    assert not [url for url in asked_for(quiet, "/feed") if "until=" in url]


def test_a_glance_at_older_posts_has_an_end() -> None:
    wall = Wall()
    for number in range(1, 1300):
        wall.post(number)
    window = replace(RECENT, since=START + timedelta(hours=1290))
    client = client_of(wall)
    list(facebook.fetch(DISTRICT, window, client))
    assert len([url for url in asked_for(client, "/feed") if "until=" in url or "after=" in url]) == facebook.GLANCE


def test_hidden_and_expired_posts_are_asked_for(wall: Wall) -> None:
    client = client_of(wall)
    list(facebook.fetch(DISTRICT, Window("full"), client))
    lists = [parse_qs(urlsplit(url).query) for edge in ("/published_posts", "/feed") for url in asked_for(client, edge)]
    assert [(q["include_hidden"], q["show_expired"], q["limit"]) for q in lists] == [(["true"], ["true"], ["100"])] * 2


def test_posts_that_only_tag_the_page_are_kept_and_their_conversations_are_not() -> None:
    wall = Wall()
    elsewhere = wall.post(5, AMY, AMY)
    wall.comment(elsewhere, 50, BEN)
    client = client_of(wall)
    found = {r.native_id: r for e in facebook.fetch(DISTRICT, Window("full"), client) for r in facebook.parse(e)}
    assert (found["200_5"].kind, found["200_5"].author_is_account, found["200_5"].counts) == ("comment", False, None)
    assert "5_50" not in found
    assert not asked_for(client, "/200_5/comments")


def test_an_author_who_is_not_told_stays_unknown() -> None:
    wall = Wall()
    wall.comment(wall.post(1), 10)
    del wall.comments["100_1"][0]["from"], wall.posts["100_1"]["from"]
    wall.post(2, AMY)
    visitor = copy.deepcopy(wall.posts["100_2"])
    [comment] = facebook.parse(Exchange("GET", "", 200, (), orjson.dumps(visitor | {"from": None}), {"account": ME, "edge": "feed"}))
    assert (comment.kind, comment.author_id, comment.author_is_account) == ("comment", None, None)
    body, context = orjson.dumps({"data": [wall.posts["100_1"]]}), {"account": ME, "edge": "published_posts"}
    [post] = facebook.parse(Exchange("GET", "", 200, (), body, context))
    assert (post.kind, post.author_id, post.author_is_account) == ("post", None, True)


def test_what_is_not_published_yet_is_no_record_and_an_advertisement_is_one() -> None:
    wall = Wall()
    wall.post(1, is_published=False, scheduled_publish_time=1795000000)
    wall.post(2, is_published=False)
    found = records_of(wall)
    assert "100_1" not in found
    assert (found["100_2"].visibility, found["100_2"].tally) == ("unpublished", None)


def test_an_edit_is_told_by_content_alone(wall: Wall) -> None:
    before = records_of(wall)["100_1"]
    wall.comment("100_1", 60)
    after = records_of(wall)["100_1"]
    assert (version_of(before), before.edited_at, before.valid_from) == (version_of(after), after.edited_at, after.valid_from)
    assert (after.edited_at, after.valid_from) == (None, None)
    wall.posts["100_1"]["message"] = "corrected"
    assert version_of(records_of(wall)["100_1"]) != version_of(before)


# -- photos, videos, reels --------------------------------------------------------------------------------------------------------


def album(wall: Wall, native: str, numbers: range) -> None:
    parts = [wall.photo(n, alt_text_custom=f"photo {n}") for n in numbers]
    wall.posts[native]["attachments"] = {
        "data": [{"type": "album", "media_type": "album", "title": "Photos", "subattachments": {"data": parts}}]
    }


def test_photos_come_whole_at_full_size_and_with_their_texts() -> None:
    wall = Wall()
    album(wall, wall.post(1), range(10, 80))
    client = client_of(wall)
    found = {r.native_id: r for e in facebook.fetch(DISTRICT, Window("full"), client) for r in facebook.parse(e)}
    media = found["100_1"].media
    assert [(m.identity, m.alt_text, m.position) for m in media] == [(str(n), f"photo {n}", n - 9) for n in range(10, 80)]
    assert {(m.url or "").split("/")[3] for m in media} == {"full"}
    assert {(m.width, m.height) for m in media} == {(2048, 1536)}
    assert len(asked_for(client, "ids=")) == 2
    signed = json.loads(json.dumps(wall.photos).replace("?oh=1", "?oh=2"))
    wall.photos = signed
    assert version_of(records_of(wall)["100_1"]) == version_of(found["100_1"])


def test_an_album_that_fills_a_page_is_asked_for_alone() -> None:
    wall = Wall()
    album(wall, wall.post(1), range(1000, 1130))

    def limited(url: str) -> Answer:
        answer = wall(url)
        query = parse_qs(urlsplit(url).query).get("fields", [""])[0]
        if "subattachments" in query:
            most = int(query.partition("subattachments.limit(")[2].partition(")")[0])
            body = copy.deepcopy(answer.body)
            for post in body.get("data", [body]):
                for attachment in (post.get("attachments") or {}).get("data", ()):
                    attachment["subattachments"]["data"] = attachment["subattachments"]["data"][:most]
            return Answer(body)
        return answer

    assert len(records_of(limited)["100_1"].media) == 130
    known = [Known("facebook:100_1", "100_1", "post", None, "facebook:100_1")]
    [answer] = facebook.lookup(DISTRICT, known, client_of(limited))
    assert isinstance(answer, Exchange)
    [post] = facebook.parse(answer)
    assert version_of(post) == version_of(records_of(limited)["100_1"])


def test_alternative_text_is_what_a_person_wrote() -> None:
    wall = Wall()
    told = (("May be an image of 2 people", None), ("A yellow bus", None), ("May be an image of a bus", "Our bus"))
    for number, (text, custom) in enumerate(told):
        photo = wall.photo(number + 50, alt_text=text, alt_text_custom=custom)
        wall.posts[wall.post(number)]["attachments"] = {"data": [photo]}
    found = records_of(wall)
    assert [found[f"100_{n}"].media[0].alt_text for n in range(3)] == [None, "A yellow bus", "Our bus"]


def test_comments_on_one_photo_of_several_stand_below_the_post() -> None:
    wall = Wall()
    album(wall, wall.post(1), range(10, 13))
    wall.comment("100_1", 20)
    above = wall.comment("11", 21)
    wall.comment("11", 22, ME, above)
    single = wall.post(2)
    wall.posts[single]["attachments"] = {"data": [wall.photo(30)]}
    wall.comment("30", 23)  # a single photo's comments are those of its post: here none
    found = records_of(wall)
    assert {n: (found[n].kind, found[n].parent_id) for n in ("1_20", "11_21", "11_22")} == {
        "1_20": ("comment", "facebook:100_1"),
        "11_21": ("comment", "facebook:100_1"),
        "11_22": ("reply", "facebook:11_21"),
    }
    assert {found[n].root_id for n in ("1_20", "11_21", "11_22")} == {"facebook:100_1"}
    assert found["100_1"].counts == {"comments": 2}
    assert "30_23" not in found


def test_a_photo_that_cannot_be_seen_leaves_the_others_their_texts() -> None:
    wall = Wall(gone={"12", "14"})
    album(wall, wall.post(1), range(10, 18))
    media = records_of(wall)["100_1"].media
    assert [m.alt_text for m in media] == [None if n in (12, 14) else f"photo {n}" for n in range(10, 18)]
    assert all(m.url for m in media)


def test_videos_are_asked_for_their_addresses_and_captions() -> None:
    track = {"locale": "en_US", "create_time": at(1), "uri": "https://video.example/60.srt?oh=1", "is_default": True, "id": "5"}
    wall = Wall(videos={"60": {"id": "60", "source": "https://video.example/60.mp4?oh=1", "length": 12.345}, "61": {"id": "61"}})
    wall.videos["60"]["captions"] = {"data": [track, track | {"locale": "es_LA", "is_draft": True}]}
    wall.videos["62"] = {"id": "62", "source": "https://video.example/62.mp4?oh=9"}
    for number in (60, 61, 62):
        media = {"image": {"src": "https://scontent.example/1.jpg"}} | ({"source": "https://video.example/62.mp4"} if number == 62 else {})
        part = {"type": "video_inline", "media_type": "video", "target": {"id": str(number)}, "media": media}
        wall.posts[wall.post(number)]["attachments"] = {"data": [part]}
    client = client_of(wall)
    posts = {r.native_id: r for e in facebook.fetch(DISTRICT, Window("full"), client) for r in facebook.parse(e)}
    assert [(m.type, m.url, m.duration) for n in (60, 61, 62) for m in posts[f"100_{n}"].media] == [
        ("video", "https://video.example/60.mp4?oh=1", 12345),
        ("document", "https://video.example/60.srt?oh=1", None),
        ("video", None, None),
        ("video", "https://video.example/62.mp4", None),
    ]
    assert posts["100_61"].media[0].missing_reason
    assert [parse_qs(urlsplit(url).query)["ids"] for url in asked_for(client, "ids=")] == [["62,61,60"]]
    wall.videos["60"]["captions"]["data"][0]["uri"] = "https://video.example/60.srt?oh=2"
    assert version_of(records_of(wall)["100_60"]) == version_of(posts["100_60"])
    wall.videos["60"]["captions"]["data"][0]["create_time"] = at(900)
    assert version_of(records_of(wall)["100_60"]) != version_of(posts["100_60"])


def test_reels_that_no_list_gives_are_read_by_their_posts_or_themselves() -> None:
    wall = Wall(nowhere={"100_5"}, reels=[{"id": "900", "post_id": "100_5"}, {"id": "901", "post_id": "6"}, {"id": "902"}])
    wall.post(5, message="a reel")
    wall.post(6)
    wall.videos["902"] = {"id": "902", "created_time": at(9), "description": "a reel alone", "source": "https://v.example/902.mp4"}
    wall.videos["902"] |= {"permalink_url": "/reel/902/", "likes": {"summary": {"total_count": 3}}}
    wall.comment("902", 70)
    found = records_of(wall)
    assert (found["100_5"].text, found["100_5"].kind) == ("a reel", "post")
    assert (found["100_902"].text, found["100_902"].url, found["100_902"].counts) == (
        "a reel alone",
        "https://www.facebook.com/reel/902/",
        {"likes": 3, "comments": 1},
    )
    assert [m.identity for m in found["100_902"].media] == ["902"]
    assert (found["902_70"].kind, found["902_70"].root_id) == ("comment", "facebook:100_902")


def test_the_sandboxes_page_is_read_whole() -> None:
    """Written by another hand, from the same published descriptions."""
    network = tell(START)
    play(network)
    network.grant("facebook", TOKEN, "facebook/cascadevalley", kind="page", scopes=list(PERMISSIONS))
    client = HttpClient(contact="a@b.example", limit=10**8, private=True, transport=httpx.WSGITransport(create_app(network, "facebook")))
    client.authorize({"token": TOKEN})
    page = account("facebook", "https://www.facebook.com/cascadevalley", api_url="http://social.test")
    page = page.identified(facebook.identify(page, client))
    found = {r.native_id: r for e in facebook.fetch(page, Window("full"), client) for r in facebook.parse(e)}
    told = [post for post in network.posts.values() if post.where == "facebook" and post.status != "removed"]
    assert len(found) == 2 + len(told) > 200  # the profile, and whom it has blocked
    texts = {post.now.text for post in told if "@" not in post.now.text}  # Facebook writes a name where somebody is named
    assert {text for text in texts if not any(text in (r.text or "") for r in found.values())} == set()
    assert {r.leftover for r in found.values()} == {()}
    counted = {r.record_id: r.counts["comments"] for r in found.values() if r.counts and "comments" in r.counts}
    assert counted == {record_id: sum(r.parent_id == record_id for r in found.values()) for record_id in counted}
    assert sum(r.status == "hidden" for r in found.values()) == sum(post.status == "hidden" for post in told) > 0
    assert facebook.inspect(page, client) == Token(consent_until=network.now() + timedelta(days=90))


# -- limits ---------------------------------------------------------------------------------------------------------------------------


def test_a_year_that_fills_the_list_is_told_to_the_core() -> None:
    def words_of(number: int) -> set[str]:
        wall = Wall()
        for n in range(number):
            wall.post(n, created_time=(START - timedelta(hours=n)).isoformat())
        return {e.context.get("short", "") for e in facebook.fetch(DISTRICT, Window("full"), client_of(wall, most=5000))}

    assert words_of(facebook.CUT_FROM - 1) == {""}
    assert f"{facebook.CUT_FROM} of 2026" in max(words_of(facebook.CUT_FROM))


def test_too_much_data_halves_the_page_and_it_stays_so() -> None:
    wall = Wall()
    for number in range(1, 120):
        wall.post(number)
    client = client_of(lambda url: _at_most(30, wall, url))
    found = {r.native_id for e in facebook.fetch(DISTRICT, Window("full"), client) for r in facebook.parse(e)}
    assert len(found) == 121
    limits = [int(parse_qs(urlsplit(url).query)["limit"][0]) for url in asked_for(client, "published_posts")]
    assert limits == [100, 50, 25, 25, 25, 25, 25]
    with pytest.raises(UnexpectedResponse, match="reduce the amount"):
        records_of(lambda url: _at_most(0, wall, url))


def test_too_much_data_on_a_later_page_or_by_id_is_halved_too() -> None:
    wall = Wall()
    for number in range(1, 250):
        wall.post(number)
    client = client_of(lambda url: _at_most(60 if "after=" in url else 100, wall, url))
    assert len({r.native_id for e in facebook.fetch(DISTRICT, Window("full"), client) for r in facebook.parse(e)}) == 251
    known = [Known(f"facebook:100_{n}", f"100_{n}", "post", None, f"facebook:100_{n}") for n in range(1, 41)]
    client = client_of(lambda url: _too_much() if url.count("%2C100_") > 12 else wall(url))
    answers = list(facebook.lookup(DISTRICT, known, client))
    assert {r.native_id for e in answers if isinstance(e, Exchange) for r in facebook.parse(e)} == {k.native_id for k in known}


def _at_most(most: int, wall: Wall, url: str) -> Answer:
    limit = parse_qs(urlsplit(url).query).get("limit", ["0"])[0]
    return _too_much() if int(limit) > most else wall(url)


def _too_much() -> Answer:
    return error(1, "Please reduce the amount of data you're asking for, then retry your request", status=500)


USED = {
    "app": ({"X-App-Usage": '{"call_count":91,"total_cputime":15,"total_time":12}'}, timedelta(minutes=15)),
    "time of the app": ({"X-App-Usage": '{"call_count":1,"total_cputime":15,"total_time":99.5}'}, timedelta(minutes=15)),
    "page": (
        {"X-Business-Use-Case-Usage": '{"100":[{"type":"pages","call_count":95,"total_cputime":1,"estimated_time_to_regain_access":42}]}'},
        timedelta(minutes=42),
    ),
    "too long": (
        {"X-Business-Use-Case-Usage": '{"100":[{"type":"pages","total_cputime":100,"estimated_time_to_regain_access":99999999}]}'},
        timedelta(hours=25),
    ),
}


@pytest.mark.parametrize("header", USED)
def test_a_limit_nearly_reached_ends_the_segment_after_the_answer_that_told_it(wall: Wall, header: str) -> None:
    headers, pause = USED[header]
    wall.answers["/comments"] = lambda url: Answer({"data": wall.comments[url.split("/")[4]]}, headers=headers)
    given: list[Exchange] = []
    with pytest.raises(Throttled, match="% of what the platform allows") as told:
        given.extend(facebook.fetch(DISTRICT, Window("full"), client_of(wall)))
    assert {"1_10", "1_11", "1_12"} <= {r.native_id for e in given for r in facebook.parse(e)} or "3_13" in {
        r.native_id for e in given for r in facebook.parse(e)
    }
    assert given[-1].url.split("/")[-1].startswith("comments")
    assert told.value.until == NOW + pause
    rest = {
        r.native_id
        for e in facebook.fetch(DISTRICT, Window("full", cursor=given[-1].cursor), client_of(Wall(wall.posts, wall.comments)))
        for r in facebook.parse(e)
    }
    assert rest | {r.native_id for e in given for r in facebook.parse(e)} == set(records_of(Wall(wall.posts, wall.comments)))


def test_photos_of_a_page_that_is_there_are_asked_for_all_the_same() -> None:
    """Else a Page that lives near its limit would never have any."""
    wall = Wall(headers={"X-App-Usage": '{"call_count":95}'})
    album(wall, wall.post(1), range(10, 13))
    given: list[Exchange] = []
    with pytest.raises(Throttled):
        given.extend(facebook.fetch(DISTRICT, Window("full"), client_of([wall(f"{HOST}/v26.0/100"), *[error(4, "limit")] * 9])))
    with pytest.raises(Throttled):
        given.extend(facebook.fetch(DISTRICT, Window("full", cursor=facebook._Todo("published_posts").cursor), client_of(wall)))
    assert [m.alt_text for e in given for r in facebook.parse(e) if r.native_id == "100_1" for m in r.media] == [
        "photo 10",
        "photo 11",
        "photo 12",
    ]


def test_where_photos_cannot_be_asked_for_the_other_posts_are_given_out_and_these_are_asked_for_later() -> None:
    wall = Wall()
    album(wall, wall.post(1), range(10, 13))
    wall.comment(wall.post(2), 20)
    wall.answers["ids=10"] = error(4, "(#4) Application request limit reached")
    wall.answers["/100_1?"] = error(4, "(#4) Application request limit reached")
    given: list[Exchange] = []
    with pytest.raises(Throttled):
        given.extend(facebook.fetch(DISTRICT, Window("history"), client_of(wall)))
    assert {r.native_id for e in given for r in facebook.parse(e)} == {ME, "100_2", "2_20"}
    wall.answers.clear()
    rest = {r.native_id: r for r in records_of(wall, Window("history", cursor=given[-1].cursor)).values()}
    assert [m.alt_text for m in rest["100_1"].media] == ["photo 10", "photo 11", "photo 12"]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-App-Usage": '{"call_count":89,"total_cputime":15,"total_time":12}'},
        {"X-App-Usage": "busy"},
        {"X-App-Usage": "[99]"},
        {"X-App-Usage": '{"call_count":"99"}', "X-Business-Use-Case-Usage": '{"100":[99, {"call_count": null}], "7": 99}'},
        {"X-App-Usage": "{" * 5000},
    ],
)
def test_a_limit_that_is_far_or_cannot_be_read_stops_nothing(wall: Wall, headers: dict[str, str]) -> None:
    wall.headers = headers
    assert len(records_of(wall)) == 9


# -- failures -------------------------------------------------------------------------------------------------------------------------

ERRORS: dict[str, tuple[Answer, type[PlatformFailure], str]] = {
    "app limit": (error(4, "(#4) Application request limit reached", status=403), Throttled, "error 4"),
    "user limit": (error(17, "(#17) User request limit reached"), Throttled, "error 17"),
    "page limit": (error(32, "(#32) Page request limit reached"), Throttled, "error 32"),
    "custom limit": (error(613, "(#613) Calls to this api have exceeded the rate limit."), Throttled, "error 613"),
    "business limit": (error(80001, "(#80001) There have been too many calls to this Page account"), Throttled, "error 80001"),
    "429": (error(99, "slow down", status=429), Throttled, "slow down"),
    "no token": (error(104, "An access token is required to request this resource.", status=401), TokenExpired, "error 104"),
    "session": (error(102, "Session key invalid"), TokenExpired, "error 102"),
    "permission": (error(10, "(#10) This endpoint requires the 'pages_read_engagement' permission", status=403), Blocked, "error 10"),
    "permissions": (error(200, "(#200) Provide valid app ID"), Blocked, "error 200"),
    "missing permission": (error(283, "Requires extended permission: pages_read_user_content"), Blocked, "error 283"),
    "blocked": (error(368, "The action attempted has been deemed abusive"), Blocked, "error 368"),
    "public content": (error(100, "(#100) Pages Public Content Access requires either app secret proof or an app token"), Blocked, "100"),
    "gone": (error(100, "Unsupported get request.", 33), AccountUnavailable, r"error 100 \(33\)"),
    "gone in words": (error(100, "(#100) Object does not exist, cannot be loaded due to missing permission"), AccountUnavailable, "100"),
    "alias": (error(803, "(#803) Some of the aliases you requested do not exist: fircrest", status=404), AccountUnavailable, "error 803"),
    "parameter": (error(100, "(#100) Tried accessing nonexisting field (mood)"), UnexpectedResponse, "nonexisting field"),
    "unknown": (error(1, "An unknown error occurred", status=500), UnexpectedResponse, "error 1"),
    "service": (error(2, "Service temporarily unavailable", status=503), UnexpectedResponse, "error 2"),
    "without a code": (Answer({"error": {"message": "Sorry"}}, 400), UnexpectedResponse, "Sorry"),
    "in a success": (error(190, "Session has expired", 463, status=200), TokenExpired, "error 190"),
    "HTML": (Answer("<!DOCTYPE html><title>Sorry</title>"), UnexpectedResponse, "HTML instead of JSON"),
    "HTML with a status": (Answer("<!DOCTYPE html>", 503), UnexpectedResponse, "503"),
    "another status": (Answer("", 302), UnexpectedResponse, "302"),
    "nothing": (Answer(""), UnexpectedResponse, "nothing instead of JSON"),
    "a list": (Answer([]), UnexpectedResponse, "found"),
    "no list": (Answer({"posts": []}), UnexpectedResponse, "found"),
    "a date without its zone": (
        Answer({"data": [{"id": "100_1", "created_time": "2026-11-01T10:00:00"}]}),
        UnexpectedResponse,
        "created_time",
    ),
    "a next page that is none": (Answer({"data": [], "paging": {"next": "http://["}}), UnexpectedResponse, "paging/next"),
    "paging that is none": (Answer({"data": [], "paging": []}), UnexpectedResponse, "paging"),
}


@pytest.mark.parametrize("fault", ERRORS)
def test_a_fault_is_named_and_carries_its_answer(wall: Wall, fault: str) -> None:
    answer, kind, words = ERRORS[fault]
    wall.answers["/published_posts"] = answer
    with pytest.raises(kind, match=words) as told:
        records_of(wall)
    assert isinstance(told.value, PlatformFailure)
    assert told.value.exchange is not None
    assert told.value.exchange.body == answer.bytes
    if b'"error"' in answer.bytes:
        assert "fields=" not in told.value.message


def test_a_throttle_says_when_to_come_back() -> None:
    stated = '{"100":[{"type":"pages","call_count":100,"total_cputime":25,"total_time":25,"estimated_time_to_regain_access":19}]}'
    for headers, pause in (
        ({"X-Business-Use-Case-Usage": stated}, timedelta(minutes=19)),
        ({"Retry-After": "120"}, timedelta(minutes=2)),
        ({"X-App-Usage": '{"call_count":100}'}, timedelta(minutes=15)),
    ):
        wall = Wall(answers={"/published_posts": error(80001, "too many calls", status=400, headers=headers)})
        with pytest.raises(Throttled) as told:
            records_of(wall)
        assert told.value.until == NOW + pause


@pytest.mark.parametrize(
    ("subcode", "words"),
    [
        (458, "consent again"),
        (460, "changed the password"),
        (463, "run out"),
        (464, "confirm it"),
        (467, "revoked"),
        (492, "no role"),
        (7, "new token"),
    ],
)
def test_a_dead_token_says_what_to_do(subcode: int, words: str) -> None:
    wall = Wall(answers={"/me": error(190, "Error validating access token", subcode, 401)})
    with pytest.raises(TokenExpired) as told:
        facebook.identify(DISTRICT, client_of(wall))
    assert words in told.value.mend


def test_what_was_read_before_a_fault_was_given_out(wall: Wall) -> None:
    wall.answers["/100_1/comments"] = error(4, "(#4) Application request limit reached")
    given: list[Exchange] = []
    with pytest.raises(Throttled):
        given.extend(facebook.fetch(DISTRICT, Window("full"), client_of(wall)))
    assert {"100", "100_1", "100_2"} <= {r.native_id for e in given for r in facebook.parse(e)}


def test_a_post_that_has_just_gone_stops_nothing(wall: Wall) -> None:
    wall.answers["/100_1/comments"] = error(100, "Unsupported get request.", 33)
    assert {"100_1", "100_2", "100_3", "3_13"} <= set(records_of(wall))


def test_pages_that_repeat_or_never_end_are_named() -> None:
    page = {
        "data": [{"id": "100_1", "created_time": at(1)}],
        "paging": {"next": "https://graph.facebook.com/v26.0/100/published_posts?after=1"},
    }
    with pytest.raises(UnexpectedResponse, match=r"same page|leads back"):
        records_of(Wall(answers={"/published_posts": Answer(page)}))


# -- who, how many, by id ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://www.facebook.com/FircrestSchools",
        "https://facebook.com/fircrest.schools/",
        "https://www.facebook.com/100",
        "https://www.facebook.com/profile.php?id=100",
        "https://www.facebook.com/p/Fircrest-Schools-100/",
        "https://www.facebook.com/pages/Fircrest-Schools/100",
    ],
)
def test_the_page_of_the_register_is_the_tokens(url: str) -> None:
    identity = facebook.identify(account("facebook", url), client_of(Wall()))
    assert (identity.native_id, identity.server, identity.title, identity.handle) == (
        ME,
        "facebook.com",
        "Fircrest Schools",
        "FircrestSchools",
    )


def test_a_persons_token_is_refused_in_words(wall: Wall) -> None:
    """With it comments come back as {"data": []} and HTTP 200: they would look deleted."""
    wall.holder = AMY
    empty = [e for e in facebook.fetch(DISTRICT, Window("full"), client_of(wall)) if e.context.get("edge") == "comments"]
    assert empty
    assert not any(list(facebook.parse(e)) for e in empty)
    for refusal in (None, error(100, "(#100) Tried accessing nonexisting field (username) on node type (User)")):
        if refusal is not None:
            wall.answers["username"] = refusal
        with pytest.raises(Blocked, match="no Page but a person") as told:
            facebook.identify(account("facebook", "https://www.facebook.com/FircrestSchools"), client_of(wall))
        assert "the Page's own token" in told.value.mend
    with pytest.raises(Blocked, match="without a token"):
        facebook.identify(DISTRICT, Scripted(wall))


def test_a_fault_while_asking_whose_token_it_is_is_that_fault() -> None:
    answers = [error(2, "Service temporarily unavailable", status=503), Answer({"id": ME})]
    with pytest.raises(UnexpectedResponse, match="temporarily"):
        facebook.identify(DISTRICT, client_of(answers))


def test_another_page_is_refused_and_a_renamed_one_is_followed() -> None:
    other = account("facebook", "https://www.facebook.com/LarkspurAthletics")
    with pytest.raises(AccountUnavailable, match="LarkspurAthletics") as told:
        facebook.identify(other, client_of(Wall()))
    assert "https://www.facebook.com/100" in told.value.mend
    assert facebook.identify(other.identified(Identity(ME, "facebook.com")), client_of(Wall())).native_id == ME
    with pytest.raises(AccountUnavailable):
        facebook.identify(other.identified(Identity("999", "facebook.com")), client_of(Wall()))


def test_totals_are_the_platforms_where_it_counts(wall: Wall) -> None:
    totals = facebook.totals(DISTRICT, client_of(wall))
    assert totals is not None
    assert totals.kinds == {"own": 2}
    assert sum(r.tally == "own" for r in records_of(wall).values()) == 2
    assert facebook.totals(DISTRICT, client_of([Answer({"data": []})])) is None


def known(native: str, kind: str = "comment", root: str = "100_1") -> Known:
    return Known(f"facebook:{native}", native, kind, f"facebook:{root}", f"facebook:{root}")


def test_what_cannot_be_seen_is_unavailable_and_the_rest_is_read(wall: Wall) -> None:
    for number in range(20, 90):
        wall.comment("100_1", number)
    wall.gone = {"1_20", "1_55", "100_2"}
    asked = [
        Known("facebook:100_1", "100_1", "post", None, "facebook:100_1"),
        Known("facebook:100_2", "100_2", "post", None, "facebook:100_2"),
    ]
    asked += [Known("facebook:100_3", "100_3", "comment", None, "facebook:100_3"), Known("facebook:100", "100", "profile")]
    asked += [known(f"1_{n}") for n in range(20, 90)] + [known("1_11", "reply")]
    client = client_of(wall)
    answers = list(facebook.lookup(DISTRICT, asked, client))
    gone = {a.record_id: (a.status, a.acted_by) for a in answers if isinstance(a, Absence)}
    assert gone == {f"facebook:{n}": ("unavailable", None) for n in wall.gone}
    found = {r.native_id: r for e in answers if isinstance(e, Exchange) for r in facebook.parse(e)}
    assert set(found) == {k.native_id for k in asked} - wall.gone
    assert (found["1_11"].kind, found["1_11"].parent_id, found["1_11"].root_id) == ("reply", "facebook:100_1", "facebook:100_1")
    assert (found["100_3"].kind, found["100_3"].root_id) == ("comment", "facebook:100_3")
    assert all(b"does not exist" in a.exchange.body for a in answers if isinstance(a, Absence))
    assert len(client.asked) < 40
    assert not list(facebook.lookup(DISTRICT, [], client))


def test_an_id_that_an_answer_for_many_leaves_out_is_asked_for_alone(wall: Wall) -> None:
    wall.answers["ids="] = lambda _: Answer({"1_10": wall.seen("1_10")})
    answers = list(facebook.lookup(DISTRICT, [known("1_10"), known("1_11", "reply"), known("1_99")], client_of(wall)))
    assert [a.record_id for a in answers if isinstance(a, Absence)] == ["facebook:1_99"]
    assert {r.native_id for e in answers if isinstance(e, Exchange) for r in facebook.parse(e)} == {"1_10", "1_11"}


def test_error_100_about_the_request_is_no_absence(wall: Wall) -> None:
    for words in ("(#100) Tried accessing nonexisting field (mood)", "(#100) param fields must be an array."):
        wall.answers["/1_10"] = error(100, words)
        with pytest.raises(UnexpectedResponse):
            list(facebook.lookup(DISTRICT, [known("1_10")], client_of(wall)))
    for answer in (error(4, "limit"), error(190, "dead", 463), error(10, "permission")):
        wall.answers["/1_10"] = answer
        with pytest.raises((Throttled, TokenExpired, Blocked)):
            list(facebook.lookup(DISTRICT, [known("1_10")], client_of(wall)))


def test_a_post_taken_back_to_a_later_day_is_hidden(wall: Wall) -> None:
    wall.posts["100_1"] |= {"is_published": False, "scheduled_publish_time": 1795000000}
    answers = list(facebook.lookup(DISTRICT, [Known("facebook:100_1", "100_1", "post", None, "facebook:100_1")], client_of(wall)))
    assert [(a.status, a.acted_by) for a in answers if isinstance(a, Absence)] == [("hidden", "agency")]


@pytest.mark.parametrize(
    "url",
    [
        "https://www.facebook.com/fircrest/posts/1",
        "https://www.facebook.com/100/posts/1/?comment_id=10",
        "https://www.facebook.com/fircrest/posts/the-buses-are-late/1/",
        "https://m.facebook.com/permalink.php?story_fbid=1&id=100",
        "https://www.facebook.com/photo?fbid=40&set=a.1",
        "https://www.facebook.com/photo.php?fbid=40",
        "https://www.facebook.com/fircrest/photos/a.441/40/?type=3",
        "https://www.facebook.com/reel/50",
        "https://www.facebook.com/fircrest/videos/50/",
        "https://www.facebook.com/fircrest/videos/a-title/50/",
        "https://www.facebook.com/watch/?v=50",
        "https://www.facebook.com/fircrest/videos/51/",
    ],
)
def test_a_permalink_brings_its_whole_conversation(wall: Wall, url: str) -> None:
    wall.photos["40"] = {"id": "40", "page_story_id": "100_1"}
    wall.videos = {"50": {"id": "50", "post_id": "1"}, "51": {"id": "51"}}
    wall.posts["100_51"] = wall.posts["100_1"] | {"id": "100_51"}
    wall.comments["100_51"] = wall.comments["100_1"]
    post = "100_51" if "51" in url else "100_1"
    assert set(records_of(wall, Window("one", url=url))) == {ME, post, "1_10", "1_11", "1_12"}


@pytest.mark.parametrize(
    "url",
    [
        "https://www.facebook.com/fircrest",
        "https://elsewhere.example/fircrest/posts/1",
        "https://notfacebook.com/fircrest/posts/1",
        "https://www.facebook.com/permalink.php?story_fbid=1&id=999",
        "https://www.facebook.com/fircrest/posts/999",
        "https://www.facebook.com/photo?fbid=999",
        "https://www.facebook.com/fircrest/posts/pfbid02abc",
        "http://[",
        "",
    ],
)
def test_another_address_is_none_of_a_post(wall: Wall, url: str) -> None:
    with pytest.raises(UsageError):
        records_of(wall, Window("one", url=url))


# -- parse ------------------------------------------------------------------------------------------------------------------------------

SHAPE = json.loads((FIXTURES / "ordinary.json").read_text())["body"]["data"][0]


def parsed(body: Any, **context: Any) -> list[Record]:
    return list(facebook.parse(Exchange("GET", "https://graph.facebook.com/v26.0/x", 200, (), json.dumps(body).encode(), context)))


def test_a_saved_body_tells_what_it_is() -> None:
    address = "https://www.facebook.com/100/posts/1/?comment_id=10"
    comment = {"created_time": at(1), "message": "x", "permalink_url": f"{address}&reply_comment_id=11"}
    [reply] = facebook.parse(facebook.saved(orjson.dumps(comment), None, None))
    assert (reply.native_id, reply.kind, reply.parent_id, reply.root_id) == ("1_11", "reply", "facebook:1_10", "facebook:100_1")
    bare = {"data": [{"id": "1_10", "created_time": at(1), "message": "x"}]}
    assert [r.kind for r in facebook.parse(facebook.saved(orjson.dumps(bare), None, None))] == ["post"]
    for more, url in (
        ({"paging": {"next": "https://graph.facebook.com/v11.0/100_1/comments?x=1"}}, None),
        ({}, "https://g/v1/100_1/comments"),
    ):
        assert [r.kind for r in facebook.parse(facebook.saved(orjson.dumps(bare | more), url, None))] == ["comment"]
    inline = {"id": "100_1", "created_time": at(1), "comments": {"data": [{"id": "1_10", "created_time": at(2), "message": "y"}]}}
    assert [(r.kind, r.parent_id) for r in facebook.parse(facebook.saved(orjson.dumps(inline), None, None))] == [
        ("post", None),
        ("comment", "facebook:100_1"),
    ]
    with pytest.raises(UnexpectedResponse, match="id"):
        parsed({"created_time": at(1), "message": "x", "like_count": 1})


def test_what_nobody_decided_about_is_reported() -> None:
    more = SHAPE | {"mood": "sunny", "from": SHAPE["from"] | {"shoe_size": 44}}
    [post] = parsed(more, account=ME, edge="published_posts")
    assert post.leftover == ("mood", "from.shoe_size")
    first, second = parsed({"data": [SHAPE, SHAPE | {"id": "100_9"}], "weather": 1}, account=ME, edge="feed")
    assert (first.leftover, second.leftover) == (("weather",), ())


def test_words_that_come_under_another_name_are_no_edit() -> None:
    renamed = {name: value for name, value in SHAPE.items() if name != "message"} | {"text": SHAPE["message"]}
    with pytest.raises(UnexpectedResponse, match=r"message must be there, or no unknown field beside it \(text\)"):
        parsed(renamed, account=ME, edge="published_posts")
    with pytest.raises(UnexpectedResponse, match="created_time"):
        parsed({**{n: v for n, v in SHAPE.items() if n != "created_time"}, "created": at(1)}, account=ME, edge="published_posts")


def test_what_unicode_cannot_hold_is_repaired_and_said() -> None:
    broken, whole = parsed({"data": [SHAPE | {"message": "half \ud83d a face"}, SHAPE | {"id": "100_2"}]}, account=ME, edge="feed")
    assert (broken.text, broken.repaired, whole.repaired) == ("half \ufffd a face", True, False)


def test_a_signed_link_is_kept_as_what_it_leads_to() -> None:
    for address, found in {
        "https://l.facebook.com/l.php?u=https%3A%2F%2Ffircrest.example%2Fa%3Fb%3Dc&h=AT3": "https://fircrest.example/a?b=c",
        "https://fircrest.example/": "https://fircrest.example/",
        "http://[": "http://[",
    }.items():
        attachment = {
            "type": "share",
            "media_type": "link",
            "title": "not ours",
            "url": address,
            "media": {"image": {"src": "https://x/y"}},
        }
        [post] = parsed(SHAPE | {"attachments": {"data": [attachment]}}, account=ME, edge="feed")
        assert (post.links, post.media, "not ours" in (post.text or "")) == ([found], [], False)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damage_never_breaks_a_fetch(data: st.DataObject) -> None:
    wall = Wall(reels=[{"id": "902"}], videos={"902": {"id": "902", "created_time": at(9), "source": "https://v.example/902.mp4"}})
    album(wall, wall.post(1), range(10, 12))
    wall.comment("100_1", 20)
    wall.comment("11", 21)
    wall.post(2, AMY)
    turn, turns = data.draw(st.integers(0, 9)), iter(range(10**6))

    def worn(url: str) -> Answer:
        answer = wall(url)
        return Answer(json.dumps(data.draw(damaged(answer.body)))) if next(turns) == turn else answer

    try:
        for exchange in facebook.fetch(DISTRICT, Window("full"), client_of(worn)):
            list(facebook.parse(exchange))
            canonical(dict(exchange.context))
    except PlatformFailure:
        pass


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["error", "data", "id"]),
        st.sampled_from([None, 1, "x", [], {}, {"code": "x"}, {"code": 190, "error_subcode": "x"}]),
    )
)
def test_whatever_an_error_says_has_a_name(body: dict[str, Any]) -> None:
    for status in (200, 400, 500):
        told = meta.failure(Exchange("GET", "https://x/", status, (), json.dumps(body).encode(), fetched_at=datetime.now(UTC)))
        assert told is None or isinstance(told, PlatformFailure)
        assert told is not None or status == 200
