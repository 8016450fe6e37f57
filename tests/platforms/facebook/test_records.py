"""Records from the responses about a Page: photos, videos, reels, attachments, saved bodies, and errors."""

from __future__ import annotations

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

from infra.sandbox.faces import create_app
from infra.sandbox.faces.facebook.access import PERMISSIONS, object_id
from infra.sandbox.model import Post, Video
from infra.sandbox.story import play, tell
from recordroom.canonical import version_of
from recordroom.capture.http.client import HttpClient
from recordroom.errors import PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange, Record
from recordroom.platforms import facebook
from recordroom.platforms.contract import Token, Window
from recordroom.platforms.meta import errors
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox, marked
from tests.platforms.contract.test_lookup import known
from tests.platforms.facebook.test_failures import album, refusing_ids
from tests.platforms.facebook.test_walk import asked_for, natives, page_id, video_id, with_fields
from tests.platforms.meta.errors import error
from tests.platforms.scripted import Chosen, account

PLATFORM = "facebook"
FIXTURES = Path(__file__).parent
ME, TOKEN, AT = "100", "EAAGm0PX4ZCpsBAKZD", "2026-11-01T01:00:00+0000"


def attached(sandbox: Sandbox, post: Post, *parts: dict[str, Any], **more: Any) -> Record:
    """Return the record of a post to which Facebook gives these attachments."""
    native = sandbox.named(post)
    with sandbox.transport.meanwhile("", with_fields(native, attachments={"data": list(parts)}, **more)):
        return natives(sandbox)[native]


def shown(sandbox: Sandbox, attachment: dict[str, Any], **more: Any) -> Record:
    """Return the record of a comment to which Facebook gives this attachment."""
    native = sandbox.named(sandbox.comment(sandbox.publish()))
    with sandbox.transport.meanwhile("", with_fields(native, attachment=attachment, **more)):
        return natives(sandbox)[native]


def beside(sandbox: Sandbox, post: Post, number: int, who: int | str = 0) -> Post:
    """Publish a comment on one photo of several."""
    by = who if isinstance(who, str) else sandbox.others[who]
    photo = post.now.photos[number]
    sandbox.number += 1
    text = f"Question {sandbox.number:03}"
    return sandbox.network.comment(
        by, post, text, beside=photo.number, at=post.created + timedelta(minutes=sandbox.number)
    )


# -- photos, videos, reels
# ------------------------------------------------------------------------------------------------------------


def test_photos_are_read_completely_with_their_descriptions(sandbox: Sandbox) -> None:
    post, photos = album(sandbox, 1, 70)
    found = natives(sandbox)[sandbox.named(post)]
    assert [(m.identity, m.alt_text, m.position) for m in found.media] == [
        (object_id(photo.number), f"Photo {number}", number + 1) for number, photo in enumerate(photos)
    ]
    assert {(m.width, m.height) for m in found.media} == {(64, 48)}
    assert all(m.url for m in found.media)
    assert len(asked_for(sandbox, "ids=")) == 2
    sandbox.network.wait(hours=30)
    again = natives(sandbox)[sandbox.named(post)]
    assert not {m.url for m in found.media} & {m.url for m in again.media}
    assert version_of(again) == version_of(found), "another signature is no edit"


def test_photo_is_read_in_its_largest_size(sandbox: Sandbox) -> None:
    post, [photo] = album(sandbox, 1, 1)
    sizes = [
        {"source": f"https://cdn.example/{width}.jpg", "width": width, "height": 1}
        for width in (10, 2048, 720)
    ]
    with sandbox.transport.meanwhile("", with_fields(object_id(photo.number), images=sizes)):
        [media] = natives(sandbox)[sandbox.named(post)].media
    assert (media.url, media.width) == ("https://cdn.example/2048.jpg", 2048)


def test_album_that_fills_a_page_is_asked_for_alone(sandbox: Sandbox) -> None:
    """A list of posts shows fewer of its photos than a request for one post, which allows 200."""
    post, _ = album(sandbox, 1, 90)
    native = sandbox.named(post)
    listed = natives(sandbox)[native]
    assert len(listed.media) == 90
    alone = [parse_qs(urlsplit(url).query)["fields"][0] for url in asked_for(sandbox, f"/{native}?")]
    assert ["subattachments.limit(200)" in fields for fields in alone] == [True]
    [answer] = sandbox.lookup(known(listed))
    assert isinstance(answer, Exchange)
    assert version_of(sandbox.parse([answer])[listed.record_id]) == version_of(listed)


@pytest.mark.parametrize(
    ("text", "custom", "expected"),
    [
        ("May be an image of 2 people", None, None),
        ("A yellow bus", None, "A yellow bus"),
        ("May be an image of a bus", "Our bus", "Our bus"),
    ],
)
def test_alternative_text_is_what_a_person_wrote(
    sandbox: Sandbox, text: str, custom: str | None, expected: str | None
) -> None:
    post, [photo] = album(sandbox, 1, 1)
    with sandbox.transport.meanwhile(
        "", with_fields(object_id(photo.number), alt_text=text, alt_text_custom=custom)
    ):
        assert natives(sandbox)[sandbox.named(post)].media[0].alt_text == expected


def test_comments_on_one_photo_of_several_are_below_the_post(sandbox: Sandbox) -> None:
    """A single photo has the comments of its post, which are not read twice."""
    post, _ = album(sandbox, 2)
    below = sandbox.comment(post)
    on_photo = beside(sandbox, post, 1)
    reply = sandbox.network.comment(
        sandbox.us, on_photo, "Answer 900", beside=on_photo.beside, at=on_photo.created + timedelta(hours=1)
    )
    single, [photo] = album(sandbox, 1, 1)
    alone = sandbox.comment(single)
    found, name = natives(sandbox), sandbox.named
    root = f"facebook:{name(post)}"
    assert {
        name(one): (found[name(one)].kind, found[name(one)].parent_id) for one in (below, on_photo, reply)
    } == {
        name(below): ("comment", root),
        name(on_photo): ("comment", root),
        name(reply): ("reply", f"facebook:{name(on_photo)}"),
    }
    assert {found[name(one)].root_id for one in (below, on_photo, reply)} == {root}
    assert (found[name(post)].counts or {})["comments"] == 2
    assert found[name(alone)].root_id == f"facebook:{name(single)}"
    assert not asked_for(sandbox, f"/{object_id(photo.number)}/comments")


def test_comments_on_shared_photos_stay_with_the_post_that_published_them(sandbox: Sandbox) -> None:
    """The sharing post shows the same photos, and is newer and so read first."""
    post, _ = album(sandbox, 2)
    said = beside(sandbox, post, 1)
    first = next(
        one for one in asked_body(sandbox, "/published_posts")["data"] if one["id"] == sandbox.named(post)
    )
    sharing = sandbox.publish(days=1)
    more = {"parent_id": sandbox.named(post), "attachments": first["attachments"]}
    with sandbox.transport.meanwhile("", with_fields(sandbox.named(sharing), **more)):
        exchanges = sandbox.fetch()
    names = {sandbox.named(one) for one in (said, post, sharing)}
    records = [r for e in exchanges for r in facebook.parse(e) if r.native_id in names]
    root = f"facebook:{sandbox.named(post)}"
    assert [(r.native_id, r.root_id) for r in records if r.kind == "comment"] == [(sandbox.named(said), root)]
    counts = {r.native_id: (r.counts or {})["comments"] for r in records if r.kind == "post"}
    assert counts == {sandbox.named(post): 1, sandbox.named(sharing): 0}
    assert [len(r.media) for r in records if r.kind == "post"] == [3, 3]


def asked_body(sandbox: Sandbox, part: str) -> Any:
    """Return the last response to a fetch's request whose address contains `part`."""
    return json.loads([e for e in sandbox.fetch() if part in e.url][-1].body)


def test_new_reply_to_a_comment_on_one_photo_of_several_changes_no_sign(sandbox: Sandbox) -> None:
    """Its count is of comments alone, and the time of the post's last change need not be the photo's."""
    (commented, _), (quiet, _) = album(sandbox, 1), album(sandbox, 2)
    beside(sandbox, commented, 1)
    plan = Chosen(lambda _: False)
    sandbox.fetch(Window("full", plan=plan))
    complete = {root: all_told for root, (_, all_told) in plan.asked.items()}
    assert complete == {
        f"facebook:{sandbox.named(commented)}": False,
        f"facebook:{sandbox.named(quiet)}": True,
    }


def test_comments_on_a_photo_without_a_count_are_asked_for(sandbox: Sandbox) -> None:
    post, photos = album(sandbox, 1)
    said = beside(sandbox, post, 1)

    def uncounted(body: Any) -> Any:
        for one in body.values():
            one.pop("comments", None)
        return body

    with sandbox.transport.meanwhile("ids=", rewrite_json(uncounted)):
        assert natives(sandbox)[sandbox.named(said)].root_id == f"facebook:{sandbox.named(post)}"
    sandbox.transport.asked.clear()
    sandbox.fetch()
    lists = [f"/{object_id(photo.number)}/comments" for photo in photos]
    assert [bool(asked_for(sandbox, address)) for address in lists] == [
        False,
        True,
        False,
    ], "where it says that there are none"


def test_photo_that_is_not_given_leaves_the_others_their_descriptions(sandbox: Sandbox) -> None:
    post, photos = album(sandbox, 1, 8)
    gone = error(100, "Unsupported get request. Object with ID does not exist", 33)
    with sandbox.transport.meanwhile(
        "", refusing_ids(gone, *(object_id(photos[number].number) for number in (2, 4)))
    ):
        media = natives(sandbox)[sandbox.named(post)].media
    assert [m.alt_text for m in media] == [
        None if number in (2, 4) else f"Photo {number}" for number in range(8)
    ]
    assert all(m.url for m in media)


def test_videos_are_asked_for_their_addresses_and_captions(sandbox: Sandbox) -> None:
    network = sandbox.network
    captioned, claimed = sandbox.publish(days=1, video=Video(12)), sandbox.publish(days=2, video=Video(3))
    track = network.caption(captioned, "en", "Ice", at=START - timedelta(hours=20))
    names = [sandbox.named(post) for post in (captioned, claimed)]

    def without_source(body: Any) -> Any:
        for one in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
            without_source(one)
        if isinstance(body, dict) and video_id(claimed) in (
            body.get("id"),
            (body.get("target") or {}).get("id"),
        ):
            body.pop("source", None)
            body.get("media", {}).pop("source", None)
        return body

    with sandbox.transport.meanwhile("", rewrite_json(without_source)):
        first, second = (natives(sandbox)[name] for name in names)
    assert [(m.type, bool(m.url), m.duration) for m in first.media] == [
        ("video", True, 12000),
        ("document", True, None),
    ]
    assert [(m.type, m.url) for m in second.media] == [("video", None)]
    assert second.media[0].missing_reason
    assert [set(parse_qs(urlsplit(url).query)["ids"][0].split(",")) for url in asked_for(sandbox, "ids=")][
        :1
    ] == [{video_id(captioned), video_id(claimed)}]
    before = natives(sandbox)[names[0]]
    network.wait(hours=30)
    assert version_of(natives(sandbox)[names[0]]) == version_of(before), "another signature is no edit"
    track.at = network.now()
    assert version_of(natives(sandbox)[names[0]]) != version_of(before)


def test_draft_of_captions_is_not_read(sandbox: Sandbox) -> None:
    post = sandbox.publish(video=Video(5))
    track = {
        "locale": "en_US",
        "create_time": AT,
        "uri": "https://video.example/60.srt?oh=1",
        "is_default": True,
        "id": "5",
    }
    both = {"data": [track, track | {"locale": "es_LA", "is_draft": True}]}
    with sandbox.transport.meanwhile("", with_fields(video_id(post), captions=both)):
        media = natives(sandbox)[sandbox.named(post)].media
    assert [(m.type, m.url) for m in media][1:] == [("document", "https://video.example/60.srt?oh=1")]


SHIM = "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3Dabcdefghijk&h={}"


def test_video_on_another_site_is_a_link_and_its_title_is_not_the_pages(sandbox: Sandbox) -> None:
    """Facebook calls it a video, and names the page that plays it as its source."""
    picture = {"image": {"src": "https://external.example/safe_image.php?x=1", "width": 720, "height": 405}}
    shared: dict[str, Any] = {
        "type": "video_share_youtube",
        "title": "Somebody's title",
        "description": "Somebody's words",
        "url": SHIM.format("AT1"),
        "target": {"url": SHIM.format("AT2")},
        "media": {**picture, "source": "https://www.youtube.com/embed/abcdefghijk?autoplay=1"},
    }
    complete = shared | {
        "media_type": "video",
        "unshimmed_url": "https://www.youtube.com/watch?v=abcdefghijk",
    }
    post = attached(sandbox, sandbox.publish(words="Watch!"), complete)
    comment = shown(sandbox, shared, message="And this")
    for record, words in ((post, "Watch!"), (comment, "And this")):
        assert (record.text, record.links, record.media) == (
            words,
            ["https://www.youtube.com/watch?v=abcdefghijk"],
            [],
        )


def test_video_on_facebook_that_links_elsewhere_is_a_video(sandbox: Sandbox) -> None:
    post = sandbox.publish(video=Video(5))
    film = {
        "type": "video_inline",
        "media_type": "video",
        "title": "Enrol now",
        "url": "https://fircrest.example/enrol",
        "target": {"id": video_id(post)},
    }
    found = attached(sandbox, post, film)
    assert ([(m.type, bool(m.url)) for m in found.media], found.text) == (
        [("video", True)],
        f"{post.now.text}\n\nEnrol now",
    )


@pytest.mark.parametrize("more", [{}, {"media_type": "video"}])
def test_animated_image_from_another_site_is_the_file_that_facebook_shows(
    sandbox: Sandbox, more: dict[str, str]
) -> None:
    """People choose it from GIPHY or Tenor; its name comes from there, and is not their text."""

    def moving(sign: str) -> dict[str, Any]:
        shimmed = f"https://l.facebook.com/l.php?u=https%3A%2F%2Fgiphy.com%2Fgifs%2Fsnow&h={sign}"
        media = {
            "image": {"src": f"https://external.example/{sign}.jpg", "width": 9, "height": 9},
            "source": f"https://v.example/s.mp4?{sign}",
        }
        return {
            "type": "animated_image_video",
            "title": "Snow GIF",
            "url": shimmed,
            "target": {"url": shimmed},
            "media": media,
        } | more

    found = [shown(sandbox, moving(sign), message="") for sign in ("AT1", "AT2")]
    assert [(record.text, record.links) for record in found] == [("", []), ("", [])]
    assert [(m.identity, m.type, m.url) for record in found for m in record.media] == [
        ("https://giphy.com/gifs/snow", "video", f"https://v.example/s.mp4?{sign}") for sign in ("AT1", "AT2")
    ]


def test_avatar_in_a_comment_is_an_image(sandbox: Sandbox) -> None:
    avatar = {
        "type": "avatar",
        "media": {"image": {"src": "https://s.example/7.png?oh=1", "width": 9, "height": 9}},
        "target": {"id": "77"},
    }
    media = shown(sandbox, avatar, message="").media
    assert [(m.identity, m.type, m.url) for m in media] == [("77", "image", "https://s.example/7.png?oh=1")]


def test_text_of_a_job_that_the_page_offered_is_its_own(sandbox: Sandbox) -> None:
    """Such posts, of 2017 to 2023, may have no other text."""
    address = "https://www.facebook.com/job_opening/9"
    job = {
        "type": "job_search_job_opening",
        "title": "Bus driver",
        "description": "Mornings",
        "url": address,
        "target": {"id": "9"},
    }
    post = attached(sandbox, sandbox.publish(), job, message=None)
    assert (post.text, post.links) == ("Bus driver\n\nMornings", [address])


def test_options_of_a_poll_are_text_of_its_post(sandbox: Sandbox) -> None:
    """The response is like one of 2018 (PyPI package pyfacebook).

    An option may repeat a word of the question, and have an image.
    """
    address = "https://www.facebook.com/100/posts/7/"
    picture = {"image": {"src": "https://cdn.example/bus.jpg", "width": 4, "height": 3}}
    parts = [
        {"type": "option", "title": "Bus", "target": {"id": "71"}, "media": picture},
        {"type": "option", "title": "Foot", "target": {"id": "72"}},
    ]
    poll = {
        "type": "visual_poll",
        "title": "By Bus or not?",
        "url": address,
        "target": {"id": "7", "url": address},
    }
    published = sandbox.publish()
    post = attached(sandbox, published, {**poll, "subattachments": {"data": parts}})
    assert (post.text, post.links, post.leftover) == (
        f"{published.now.text}\n\nBy Bus or not?\n\n- Bus\n- Foot",
        [],
        (),
    )
    assert [(m.identity, m.url) for m in post.media] == [("71", "https://cdn.example/bus.jpg")]


def test_nothing_that_a_comment_shows_is_lost_silently(sandbox: Sandbox) -> None:
    address = "https://www.facebook.com/{}"
    pictures = [
        {
            "type": "photo",
            "target": {"id": number},
            "media": {"image": {"src": f"https://s.example/{number}.jpg"}},
        }
        for number in ("71", "72")
    ]
    snow = {
        "type": "album",
        "title": "Snow",
        "url": address.format("media/set/?set=a.9"),
        "target": {"id": "9"},
    }
    assert [m.identity for m in shown(sandbox, {**snow, "subattachments": {"data": pictures}}).media] == [
        "71",
        "72",
    ]
    film = address.format("fircrest/videos/1")
    video = shown(sandbox, {"type": "video_inline", "url": film, "target": {"url": film}}, message="")
    photo = shown(
        sandbox,
        {"type": "photo", "url": address.format("photo.php?fbid=8"), "target": {"id": "8"}},
        message="",
    )
    assert [(m.identity, m.type, m.missing_reason) for record in (video, photo) for m in record.media] == [
        (film, "video", "Facebook gives no address of the video"),
        ("8", "image", "Facebook gives no address of the photo"),
    ]


def test_reels_that_no_list_of_posts_gives_are_read_themselves(sandbox: Sandbox) -> None:
    reel = sandbox.publish(video=Video(5, 48, 64))
    reel.likes = 3
    said = sandbox.comment(reel)
    found = natives(sandbox)
    native = f"{page_id(sandbox)}_{object_id(reel.number)}"
    record, film = found[native], video_id(reel)
    assert (record.kind, record.text, record.url) == (
        "post",
        reel.now.text,
        f"https://www.facebook.com/reel/{film}/",
    )
    assert record.counts == {"likes": 3, "comments": 1}
    assert [m.identity for m in record.media] == [film]
    comment = marked(found.values())[said.now.text]
    assert (comment.kind, comment.root_id) == ("comment", f"facebook:{native}")


def test_reel_is_read_by_its_post_where_that_is_given_by_its_id(sandbox: Sandbox) -> None:
    post, reel = sandbox.publish(), sandbox.publish(video=Video(5, 48, 64))
    native = sandbox.named(post)

    def unlisted(body: Any) -> Any:
        return body | {"data": [one for one in body["data"] if one["id"] != native]}

    sandbox.transport.rules = [
        ("/published_posts", rewrite_json(unlisted)),
        ("/feed", rewrite_json(unlisted)),
        ("/video_reels", with_fields(video_id(reel), post_id=native)),
    ]
    found = natives(sandbox)
    assert (found[native].text, found[native].kind) == (post.now.text, "post")
    assert not asked_for(sandbox, f"/{video_id(reel)}?")


def test_reel_whose_post_is_listed_is_not_asked_for(sandbox: Sandbox) -> None:
    post, reel = sandbox.publish(), sandbox.publish(video=Video(5, 48, 64))
    native = sandbox.named(post)
    with sandbox.transport.meanwhile(
        "/video_reels", with_fields(video_id(reel), post_id=native.partition("_")[2])
    ):
        found = natives(sandbox)
    assert found.keys() == {page_id(sandbox), native}
    assert not [url for part in (native, video_id(reel)) for url in asked_for(sandbox, f"/{part}?")]


def test_page_of_the_story_is_read_completely() -> None:
    network = tell(START - timedelta(days=23))
    play(network)
    network.grant("facebook", TOKEN, "facebook/cascadevalley", kind="page", scopes=list(PERMISSIONS))
    client = HttpClient(
        contact="a@b.example", limit=10**8, transport=httpx.WSGITransport(create_app(network, "facebook"))
    )
    client.authorize({"token": TOKEN})
    page = account("facebook", "https://www.facebook.com/cascadevalley", api_url="http://social.test")
    page = page.with_identity(facebook.identify(page, client))
    found = {r.native_id: r for e in facebook.fetch(page, Window("full"), client) for r in facebook.parse(e)}
    told = [post for post in network.posts.values() if post.where == "facebook" and post.status != "removed"]
    assert len(found) == 2 + len(told) > 200  # the profile, and the people whom it has blocked
    # Facebook writes a name in place of a mention
    texts = {post.now.text for post in told if "@" not in post.now.text}
    assert {text for text in texts if not any(text in (r.text or "") for r in found.values())} == set()
    assert {r.leftover for r in found.values()} == {()}
    counted = {
        r.record_id: r.counts["comments"] for r in found.values() if r.counts and "comments" in r.counts
    }
    assert counted == {
        record_id: sum(r.parent_id == record_id for r in found.values()) for record_id in counted
    }
    assert (
        sum(r.status == "hidden" for r in found.values()) == sum(post.status == "hidden" for post in told) > 0
    )
    assert facebook.inspect(page, client) == Token(consent_until=network.now() + timedelta(days=90))


# -- parse
# ------------------------------------------------------------------------------------------------------------

SHAPE = json.loads((FIXTURES / "ordinary.json").read_text())["body"]["data"][0]


def parsed(body: Any, **context: Any) -> list[Record]:
    return list(
        facebook.parse(
            Exchange("GET", "https://graph.facebook.com/v26.0/x", 200, (), json.dumps(body).encode(), context)
        )
    )


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
        {
            "id": "61",
            "created_time": "2026-11-01T00:00:00+0000",
            "name": "Snow day",
            "link": "https://www.facebook.com/100/photos/61",
        },
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
    with pytest.raises(
        UnexpectedResponse,
        match=r"/data/0 must be a post, story, comment, message, or Page \(not an event, video",
    ):
        list(facebook.parse(facebook.saved(orjson.dumps({"data": [item]}), None, None)))


def test_a_saved_body_tells_what_it_is() -> None:
    address = "https://www.facebook.com/100/posts/1/?comment_id=10"
    comment = {"created_time": AT, "message": "x", "permalink_url": f"{address}&reply_comment_id=11"}
    [reply] = facebook.parse(facebook.saved(orjson.dumps(comment), None, None))
    assert (reply.native_id, reply.kind, reply.parent_id, reply.root_id) == (
        "1_11",
        "reply",
        "facebook:1_10",
        "facebook:100_1",
    )
    bare = {"data": [{"id": "1_10", "created_time": AT, "message": "x"}]}
    assert [r.kind for r in facebook.parse(facebook.saved(orjson.dumps(bare), None, None))] == ["post"]
    for more, url in (
        ({"paging": {"next": "https://graph.facebook.com/v11.0/100_1/comments?x=1"}}, None),
        ({}, "https://g/v1/100_1/comments"),
    ):
        assert [r.kind for r in facebook.parse(facebook.saved(orjson.dumps(bare | more), url, None))] == [
            "comment"
        ]
    inline = {
        "id": "100_1",
        "created_time": AT,
        "comments": {"data": [{"id": "1_10", "created_time": AT, "message": "y"}]},
    }
    assert [
        (r.kind, r.parent_id) for r in facebook.parse(facebook.saved(orjson.dumps(inline), None, None))
    ] == [
        ("post", None),
        ("comment", "facebook:100_1"),
    ]
    with pytest.raises(UnexpectedResponse, match="id"):
        parsed({"created_time": AT, "message": "x", "like_count": 1})


def test_what_nobody_decided_about_is_reported() -> None:
    more = SHAPE | {"mood": "sunny", "from": SHAPE["from"] | {"shoe_size": 44}}
    [post] = parsed(more, account=ME, edge="published_posts")
    assert post.leftover == ("mood", "from.shoe_size")
    first, second = parsed({"data": [SHAPE, SHAPE | {"id": "100_9"}], "weather": 1}, account=ME, edge="feed")
    assert (first.leftover, second.leftover) == (("weather",), ())


def test_words_that_come_under_another_name_are_no_edit() -> None:
    renamed = {name: value for name, value in SHAPE.items() if name != "message"} | {"text": SHAPE["message"]}
    with pytest.raises(
        UnexpectedResponse, match=r"message must be present, or no unknown field with it \(text\)"
    ):
        parsed(renamed, account=ME, edge="published_posts")
    with pytest.raises(UnexpectedResponse, match="created_time"):
        parsed(
            {**{n: v for n, v in SHAPE.items() if n != "created_time"}, "created": AT},
            account=ME,
            edge="published_posts",
        )


def test_a_signed_link_is_kept_as_what_it_leads_to() -> None:
    for address, found in {
        "https://l.facebook.com/l.php?u=https%3A%2F%2Ffircrest.example%2Fa%3Fb%3Dc&h=AT3": (
            "https://fircrest.example/a?b=c"
        ),
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
        told = errors.failure(
            Exchange("GET", "https://x/", status, (), json.dumps(body).encode(), fetched_at=datetime.now(UTC))
        )
        assert told is None or isinstance(told, PlatformFailure)
        assert told is not None or status == 200
