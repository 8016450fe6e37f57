"""Records from Instagram's responses: edits, people, images and videos, and saved bodies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.sandbox.model import Video
from recordroom.canonical import version_of
from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, Record
from recordroom.platforms import instagram
from tests.fault_transport import Answer, rewrite_json
from tests.platforms.contract.sandbox import Sandbox, marked
from tests.platforms.instagram.test_walk import in_comments, natives, open_talk

PLATFORM = "instagram"
FIXTURES = Path(__file__).parent
ME = "17841400000000001"
AT = "2026-11-01T01:00:00+0000"


def with_fields(native: str, **more: Any) -> Answer:
    """Let lists have these fields of that post; those that are None are left out."""

    def change(body: Any) -> Any:
        for one in body.get("data", ()):
            if one.get("id") == native:
                one.update(more)
                for name in [name for name, value in more.items() if value is None]:
                    del one[name]
        return body

    return rewrite_json(change)


def test_new_comment_is_no_edit(sandbox: Sandbox) -> None:
    post = sandbox.publish()
    before = marked(sandbox.read().values())[post.now.text]
    sandbox.comment(post)
    after = marked(sandbox.read().values())[post.now.text]
    assert (version_of(before), before.edited_at, before.valid_from) == (version_of(after), None, None)


def test_hidden_comment_is_hidden_by_an_unknown_actor(sandbox: Sandbox) -> None:
    _, (question, _) = sandbox.converse()
    sandbox.network.hide(question)
    comment = marked(sandbox.read().values())[question.now.text]
    assert (comment.status, comment.acted_by) == ("hidden", None)
    assert "does not say which" in (comment.status_reason or "")


def test_authors_without_an_id_are_recognized_by_their_names(sandbox: Sandbox) -> None:
    talk = open_talk(sandbox)
    me = sandbox.identify().known.native_id
    comment, ours = sandbox.named(talk.comment), sandbox.named(talk.ours)
    with sandbox.transport.meanwhile("/comments?", in_comments(lambda one: one.pop("from", None))):
        found = natives(sandbox)
    assert [
        (found[n].author_id, found[n].author_handle, found[n].author_is_account) for n in (comment, ours)
    ] == [
        (None, "parent", False),
        (me, "district", True),
    ]
    with sandbox.transport.meanwhile(
        "/comments?", in_comments(lambda one: [one.pop(name, None) for name in ("from", "username")])
    ):
        assert natives(sandbox)[comment].author_is_account is None


def test_author_without_a_name_is_recognized_by_its_id(sandbox: Sandbox) -> None:
    talk = open_talk(sandbox)

    def drop_names(comment: dict[str, Any]) -> None:
        del comment["username"], comment["from"]["username"]

    with sandbox.transport.meanwhile("/comments?", in_comments(drop_names)):
        found = natives(sandbox)
    assert [found[sandbox.named(post)].author_is_account for post in (talk.comment, talk.ours)] == [
        False,
        True,
    ]


def test_renaming_is_a_version_of_the_profile(sandbox: Sandbox) -> None:
    me = sandbox.identify().known.native_id
    before = natives(sandbox)[me]
    sandbox.network.rename(sandbox.us, handle="valley.district")
    after = natives(sandbox)[me]
    assert (before.native_id, before.title) == (after.native_id, after.title)
    assert version_of(before) != version_of(after)
    assert "https://www.instagram.com/valley.district/" in set(after.links) - set(before.links)


# -- images and videos
# ------------------------------------------------------------------------------------------------------------


def test_carousel_is_read_completely_with_each_description(sandbox: Sandbox) -> None:
    """The sandbox's carousels have photos only; the last one becomes a video."""
    photos = [sandbox.network.photo("instagram", f"Plow {number}") for number in range(20)]
    post = sandbox.publish(photos=photos)
    native = sandbox.named(post)

    def film(body: Any, more: dict[str, Any]) -> Any:
        for one in body.get("data", ()):
            if one.get("id") == native:
                last = one["children"]["data"][-1]
                last |= {"media_type": "VIDEO", "thumbnail_url": "https://v.example/9.jpg"}
                last.pop("alt_text")
                one["children"] |= more
        return body

    with sandbox.transport.meanwhile("/media?", rewrite_json(lambda body: film(body, {}))):
        media = natives(sandbox)[native].media
    ids = [m.identity for m in media]
    assert [(m.type, m.alt_text, m.position) for m in media] == [
        *(("image", f"Plow {number}", number + 1) for number in range(19)),
        ("video", None, 20),
        ("image", None, 21),
    ]
    assert (len(set(ids)), ids[20]) == (21, f"{ids[19]}/thumbnail")
    assert all(m.url for m in media)
    more = {"paging": {"next": f"https://graph.instagram.com/v26.0/{native}/children?after=25"}}
    with sandbox.transport.meanwhile("/media?", rewrite_json(lambda body: film(body, more))):
        assert "children.paging.next" in natives(sandbox)[native].leftover


def test_new_signature_makes_no_other_file(sandbox: Sandbox) -> None:
    photos = [sandbox.network.photo("instagram", alt) for alt in ("A bus", "Ice", "Snow")]
    posts = [
        sandbox.publish(photos=photos[:1]),
        sandbox.publish(photos=photos[1:]),
        sandbox.publish(video=Video(5)),
    ]
    before = natives(sandbox)
    sandbox.network.wait(hours=30)

    def elsewhere(body: Any) -> Any:
        """Return the profile's image in another size, from another server."""
        return json.loads(
            json.dumps(body)
            .replace("/p50x50/", "/s640x640/")
            .replace("graph.test/scontent/", "cdn-sea1.example/scontent/")
        )

    with sandbox.transport.meanwhile("", rewrite_json(elsewhere)):
        after = natives(sandbox)
    assert {n: version_of(r) for n, r in before.items()} == {n: version_of(r) for n, r in after.items()}
    for native in (sandbox.entry.known.native_id, *map(sandbox.named, posts)):
        old, new = ([m.url for m in found[native].media] for found in (before, after))
        assert old
        assert not set(old) & set(new)


def test_reel_with_licensed_sound_has_a_reason_in_place_of_its_video(sandbox: Sandbox) -> None:
    native = sandbox.named(sandbox.publish(video=Video(5)))
    complete = natives(sandbox)[native]
    with sandbox.transport.meanwhile("/media?", with_fields(native, media_url=None)):
        claimed = natives(sandbox)[native]
    assert [(m.identity, m.type, bool(m.url), bool(m.missing_reason)) for m in claimed.media] == [
        (native, "video", False, True),
        (f"{native}/thumbnail", "image", True, False),
    ]
    assert "copyrighted" in (claimed.media[0].missing_reason or "")
    with sandbox.transport.meanwhile("/media?", with_fields(native, media_url=None, thumbnail_url=None)):
        bare = natives(sandbox)[native]
    assert {version_of(record) for record in (complete, claimed, bare)} == {version_of(complete)}, (
        "a claim is no edit"
    )


@pytest.mark.parametrize(
    ("text", "is_a_persons"),
    [
        ("May be an image of snow", False),
        ("Photo by Fircrest Schools on November 1, 2026. May be an image of 2 people.", False),
        ("Photo by Dept. of Health on November 01, 2026 tagging @ben_t. May be an image of text.", False),
        ("A bus. May be late.", True),
        ("Photo by A. Smith. May be printed.", True),
    ],
)
def test_alternative_text_is_what_a_person_wrote(sandbox: Sandbox, text: str, is_a_persons: bool) -> None:
    native = sandbox.named(sandbox.publish(photos=[sandbox.network.photo("instagram", text)]))
    assert natives(sandbox)[native].media[0].alt_text == (text if is_a_persons else None)


# -- parse
# ------------------------------------------------------------------------------------------------------------

SHAPE = json.loads((FIXTURES / "ordinary.json").read_text())["body"]["data"][0]


def parsed(body: Any, **context: Any) -> list[Record]:
    return list(
        instagram.parse(
            Exchange(
                "GET", "https://graph.instagram.com/v26.0/x", 200, (), json.dumps(body).encode(), context
            )
        )
    )


def test_a_saved_body_tells_what_it_is() -> None:
    def kinds(body: Any, url: str | None = None) -> list[str]:
        return [r.kind for r in instagram.parse(instagram.saved(orjson.dumps(body), url, None))]

    comment = {"id": "1", "timestamp": AT, "text": "x"}
    assert kinds(comment) == kinds({"data": [comment]}) == kinds({"1": comment}) == ["comment"]
    assert (
        kinds(comment | {"parent_id": "2"})
        == kinds({"data": [comment]}, "https://g/v1/2/replies?x=1")
        == ["reply"]
    )
    bare = {"id": "1", "media_type": "IMAGE"}
    assert kinds(bare) == ["post"]
    assert kinds({"data": [bare], "paging": {"next": "https://graph.facebook.com/v8.0/2/stories?x=1"}}) == [
        "story"
    ]
    assert kinds(bare | {"permalink": "https://www.instagram.com/stories/district/1"}) == ["story"]
    assert kinds({"data": [bare]}, "https://g/v1/2/tags") == ["comment"]
    assert kinds({"id": "1", "username": "a", "followers_count": 3}) == ["profile"]
    inside = bare | {"comments": {"data": [comment | {"replies": {"data": [comment | {"id": "2"}]}}]}}
    found = list(instagram.parse(instagram.saved(orjson.dumps(inside), None, None)))
    assert [(r.kind, r.parent_id, r.root_id) for r in found[1:]] == [
        ("comment", "instagram:1", "instagram:1"),
        ("reply", "instagram:1", "instagram:1"),
    ]


def test_what_nobody_decided_about_is_reported() -> None:
    more = SHAPE | {"mood": "sunny", "owner": {"id": ME, "shoe_size": 44}}
    [post] = parsed(more, account=ME, edge="media")
    assert post.leftover == ("mood", "owner.shoe_size")
    third = {"id": "6", "timestamp": AT, "text": "y", "replies": {}}
    comment = {"id": "5", "timestamp": AT, "text": "x", "replies": {"data": [third]}}
    assert [r.leftover for r in parsed({"data": [comment]}, account=ME, edge="comments")] == [
        (),
        ("replies",),
    ], "of a third level"


def test_words_that_come_under_another_name_are_no_edit() -> None:
    renamed = {n: v for n, v in SHAPE.items() if n != "caption"} | {"text": SHAPE["caption"]}
    with pytest.raises(
        UnexpectedResponse, match=r"caption must be present, or no unknown field with it \(text\)"
    ):
        parsed(renamed, account=ME, edge="media")
    with pytest.raises(UnexpectedResponse, match="timestamp"):
        parsed({n: v for n, v in SHAPE.items() if n != "timestamp"}, account=ME, edge="media")
    with pytest.raises(UnexpectedResponse, match=r"text must be present"):
        parsed({"id": "5", "timestamp": AT, "message": "x"}, account=ME, edge="comments")


@pytest.mark.parametrize(
    ("text", "mentions", "tags"),
    [
        ("Thanks @amy.r, and (@ben_t)!", ["amy.r", "ben_t"], []),
        ("Mail office@fircrest.example, @amy.r.", ["amy.r"], []),
        ("#Nieve #École, #SnowDay2 #42 &#39; a#b", [], ["Nieve", "École", "SnowDay2"]),
        ("@", [], []),
    ],
)
def test_names_and_hashtags_are_read_as_instagram_writes_them(
    text: str, mentions: list[str], tags: list[str]
) -> None:
    [post] = parsed(SHAPE | {"caption": text}, account=ME, edge="media")
    assert (post.mentions, post.tags) == (mentions, tags)
