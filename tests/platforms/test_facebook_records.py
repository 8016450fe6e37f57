"""What is read from the answers about a Page: photos, videos, reels, single saved bodies, and damaged ones."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.sandbox.faces import create_app
from infra.local.sandbox.faces.facebook_sight import PERMISSIONS
from infra.local.sandbox.story import play, tell
from recordroom.capture.client import HttpClient
from recordroom.errors import PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange, Record, version_of
from recordroom.platforms import Known, Token, Window, facebook, meta_errors
from tests.platforms.scripted import Answer, Chosen, account, asked_for
from tests.platforms.wall import (
    DISTRICT,
    ME,
    START,
    TOKEN,
    Wall,
    album,
    at,
    client_of,
    records_of,
)

FIXTURES = Path(__file__).parent / "facebook"

# -- photos, videos, reels --------------------------------------------------------------------------------------------------------


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


def test_comments_on_photos_that_are_shared_stay_with_the_post_that_published_them() -> None:
    """The sharing post shows the same photos, and being newer, it is read first."""
    wall = Wall()
    album(wall, wall.post(1), range(10, 13))
    wall.comment("11", 21)
    wall.post(2, parent_id="100_1", attachments=wall.posts["100_1"]["attachments"])
    exchanges = facebook.fetch(DISTRICT, Window("full"), client_of(wall))
    told = [r for e in exchanges for r in facebook.parse(e) if r.native_id in {"11_21", "100_1", "100_2"}]
    assert [(r.native_id, r.root_id) for r in told if r.kind == "comment"] == [("11_21", "facebook:100_1")]
    assert {r.native_id: (r.counts or {})["comments"] for r in told if r.kind == "post"} == {"100_1": 1, "100_2": 0}
    assert [len(r.media) for r in told if r.kind == "post"] == [3, 3]


def test_nothing_tells_of_a_new_answer_to_a_comment_on_a_photo_among_several() -> None:
    """Its count is of comments alone, and the post's time of the last change need not be the photo's."""
    wall, plan = Wall(), Chosen(lambda _: False)
    album(wall, wall.post(1), range(10, 13))
    album(wall, wall.post(2), range(20, 23))
    wall.comment("11", 21)
    list(facebook.fetch(DISTRICT, Window("full", plan=plan), client_of(wall)))
    assert {root: all_told for root, (_, all_told) in plan.asked.items()} == {"facebook:100_1": False, "facebook:100_2": True}


def test_comments_on_a_photo_that_tells_no_number_of_them_are_asked_for() -> None:
    wall = Wall()
    album(wall, wall.post(1), range(10, 13))
    wall.comment("11", 21)

    def untold(url: str) -> Answer:
        answer = wall(url)
        if "ids=" in url:
            return Answer({native: {k: v for k, v in photo.items() if k != "comments"} for native, photo in answer.body.items()})
        return answer

    assert records_of(untold)["11_21"].root_id == "facebook:100_1"
    client = client_of(wall)
    list(facebook.fetch(DISTRICT, Window("full"), client))
    assert not [url for url in client.asked if "/10/comments" in url or "/12/comments" in url], "where it tells that there are none"


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


SHIM = "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3Dabcdefghijk&h={}"


def test_a_film_that_lies_elsewhere_is_a_link_and_its_words_are_not_the_pages() -> None:
    """Facebook calls it a video, and gives the page that plays it as its source."""
    wall = Wall()
    picture = {"image": {"src": "https://external.example/safe_image.php?x=1", "width": 720, "height": 405}}
    shared: dict[str, Any] = {
        "type": "video_share_youtube",
        "title": "Somebody's title",
        "description": "Somebody's words",
        "url": SHIM.format("AT1"),
        "target": {"url": SHIM.format("AT2")},
        "media": {**picture, "source": "https://www.youtube.com/embed/abcdefghijk?autoplay=1"},
    }
    whole = shared | {"media_type": "video", "unshimmed_url": "https://www.youtube.com/watch?v=abcdefghijk"}
    wall.posts[wall.post(1, message="Watch!")]["attachments"] = {"data": [whole]}
    wall.comment("100_1", 20, message="And this", attachment=shared)
    found = records_of(wall)
    for native, words in (("100_1", "Watch!"), ("1_20", "And this")):
        said = found[native]
        assert (said.text, said.links, said.media) == (words, ["https://www.youtube.com/watch?v=abcdefghijk"], [])


def test_a_film_of_facebooks_own_that_leads_elsewhere_is_a_film() -> None:
    wall = Wall(videos={"60": {"id": "60", "source": "https://video.example/60.mp4?oh=1"}})
    film = {
        "type": "video_inline",
        "media_type": "video",
        "title": "Enrol now",
        "url": "https://fircrest.example/enrol",
        "target": {"id": "60"},
    }
    wall.posts[wall.post(1)]["attachments"] = {"data": [film]}
    found = records_of(wall)["100_1"]
    assert ([m.url for m in found.media], found.text) == (["https://video.example/60.mp4?oh=1"], "post 1\n\nEnrol now")


@pytest.mark.parametrize("more", [{}, {"media_type": "video"}])
def test_an_animated_picture_from_elsewhere_is_the_file_that_facebook_shows(more: dict[str, str]) -> None:
    """People choose it from GIPHY or Tenor; its name is given there, and is none of their words."""
    wall = Wall()
    post, chosen = wall.post(1), "https://giphy.com/gifs/snow"
    for sign, native in (("AT1", 20), ("AT2", 21)):
        shimmed = f"https://l.facebook.com/l.php?u=https%3A%2F%2Fgiphy.com%2Fgifs%2Fsnow&h={sign}"
        media = {
            "image": {"src": f"https://external.example/{sign}.jpg", "width": 9, "height": 9},
            "source": f"https://v.example/s.mp4?{sign}",
        }
        moving = {"type": "animated_image_video", "title": "Snow GIF", "url": shimmed, "target": {"url": shimmed}, "media": media}
        wall.comment(post, native, message="", attachment=moving | more)
    found = [records_of(wall)[f"1_{native}"] for native in (20, 21)]
    assert [(r.text, r.links) for r in found] == [("", []), ("", [])]
    assert [(m.identity, m.type, m.url) for r in found for m in r.media] == [
        (chosen, "video", "https://v.example/s.mp4?AT1"),
        (chosen, "video", "https://v.example/s.mp4?AT2"),
    ]


def test_an_avatar_that_somebody_comments_with_is_a_picture() -> None:
    wall = Wall()
    shown = {"type": "avatar", "media": {"image": {"src": "https://s.example/7.png?oh=1", "width": 9, "height": 9}}, "target": {"id": "77"}}
    wall.comment(wall.post(1), 20, message="", attachment=shown)
    assert [(m.identity, m.type, m.url) for m in records_of(wall)["1_20"].media] == [("77", "image", "https://s.example/7.png?oh=1")]


def test_the_words_of_a_job_that_the_page_offered_are_its_own() -> None:
    """Such posts, of 2017 to 2023, may have no others."""
    wall = Wall()
    address = "https://www.facebook.com/job_opening/9"
    job = {"type": "job_search_job_opening", "title": "Bus driver", "description": "Mornings", "url": address, "target": {"id": "9"}}
    del wall.posts[wall.post(1)]["message"]
    wall.posts["100_1"]["attachments"] = {"data": [job]}
    said = records_of(wall)["100_1"]
    assert (said.text, said.links) == ("Bus driver\n\nMornings", [address])


def test_what_could_be_chosen_in_a_poll_is_words_of_its_post() -> None:
    """As the Graph API gave one of 2018 (PyPI package pyfacebook); an answer may be a word of the question, and have a picture."""
    wall = Wall()
    address, picture = "https://www.facebook.com/100/posts/7/", {"image": {"src": "https://cdn.example/bus.jpg", "width": 4, "height": 3}}
    parts = [
        {"type": "option", "title": "Bus", "target": {"id": "71"}, "media": picture},
        {"type": "option", "title": "Foot", "target": {"id": "72"}},
    ]
    poll = {"type": "visual_poll", "title": "By Bus or not?", "url": address, "target": {"id": "7", "url": address}}
    wall.posts[wall.post(1)]["attachments"] = {"data": [{**poll, "subattachments": {"data": parts}}]}
    said = records_of(wall)["100_1"]
    assert (said.text, said.links, said.leftover) == ("post 1\n\nBy Bus or not?\n\n- Bus\n- Foot", [], ())
    assert [(m.identity, m.url) for m in said.media] == [("71", "https://cdn.example/bus.jpg")]


def test_nothing_that_a_comment_shows_goes_without_a_trace() -> None:
    wall = Wall()
    post, address = wall.post(1), "https://www.facebook.com/{}"
    album = {"type": "album", "title": "Snow", "url": address.format("media/set/?set=a.9"), "target": {"id": "9"}}
    wall.comment(post, 20, attachment={**album, "subattachments": {"data": [wall.photo(71), wall.photo(72)]}})
    film = address.format("fircrest/videos/1")
    wall.comment(post, 21, message="", attachment={"type": "video_inline", "url": film, "target": {"url": film}})
    wall.comment(post, 22, message="", attachment={"type": "photo", "url": address.format("photo.php?fbid=8"), "target": {"id": "8"}})
    found = records_of(wall)
    assert [m.identity for m in found["1_20"].media] == ["71", "72"]
    assert [(m.identity, m.type, m.missing_reason) for n in ("1_21", "1_22") for m in found[n].media] == [
        (film, "video", "Facebook gives no address of the video"),
        ("8", "image", "Facebook gives no address of the photo"),
    ]


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
    client = HttpClient(contact="a@b.example", limit=10**8, transport=httpx.WSGITransport(create_app(network, "facebook")))
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


# -- parse ------------------------------------------------------------------------------------------------------------------------------

SHAPE = json.loads((FIXTURES / "ordinary.json").read_text())["body"]["data"][0]


def parsed(body: Any, **context: Any) -> list[Record]:
    return list(facebook.parse(Exchange("GET", "https://graph.facebook.com/v26.0/x", 200, (), json.dumps(body).encode(), context)))


@pytest.mark.parametrize(
    "item",
    [
        {
            "id": "60",
            "created_time": "2026-11-01T00:00:00+0000",
            "description": "How to enrol",
            "title": "Enrol",
            "updated_time": "2026-11-01T00:00:00+0000",
        },
        {"id": "61", "created_time": "2026-11-01T00:00:00+0000", "name": "Snow day", "link": "https://www.facebook.com/100/photos/61"},
        {"id": "62", "created_time": "2026-11-01T00:00:00+0000", "name": "Timeline photos", "count": 9},
        {
            "id": "63",
            "name": "Open day",
            "description": "Come in",
            "start_time": "2026-11-01T00:00:00+0000",
            "end_time": "2026-11-01T00:00:00+0000",
        },
    ],
    ids=("video", "photo", "album", "event"),
)
def test_what_was_saved_and_is_no_post_is_not_told_as_one_nor_as_a_page(item: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedResponse, match=r"/data/0 must be a post, story, comment, message or Page \(no event, video"):
        list(facebook.parse(facebook.saved(orjson.dumps({"data": [item]}), None, None)))


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


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["error", "data", "id"]),
        st.sampled_from([None, 1, "x", [], {}, {"code": "x"}, {"code": 190, "error_subcode": "x"}]),
    )
)
def test_whatever_an_error_says_has_a_name(body: dict[str, Any]) -> None:
    for status in (200, 400, 500):
        told = meta_errors.failure(Exchange("GET", "https://x/", status, (), json.dumps(body).encode(), fetched_at=datetime.now(UTC)))
        assert told is None or isinstance(told, PlatformFailure)
        assert told is not None or status == 200
