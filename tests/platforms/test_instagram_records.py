"""What is read from Instagram's answers: edits, people, pictures and videos, single saved bodies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, Record, version_of
from recordroom.platforms import instagram
from tests.platforms.gallery import ME, SIGNED, Gallery, records_of, reel
from tests.platforms.wall import at

FIXTURES = Path(__file__).parent / "instagram"


def test_an_edit_is_told_by_content_alone(gallery: Gallery) -> None:
    before = records_of(gallery)["1"]
    gallery.comment("1", 60)
    after = records_of(gallery)["1"]
    assert (version_of(before), before.edited_at, before.valid_from) == (version_of(after), None, None)
    gallery.posts["1"]["caption"] = "corrected"
    assert version_of(records_of(gallery)["1"]) != version_of(before)


def test_a_hidden_comment_says_so(gallery: Gallery) -> None:
    gallery.comments["1"][0]["hidden"] = True
    comment = records_of(gallery)["1010"]
    assert (comment.status, comment.acted_by) == ("hidden", None)
    assert "does not say which" in (comment.status_reason or "")


def test_authors_are_known_by_their_names_where_no_id_is_given(gallery: Gallery) -> None:
    for said in (*gallery.comments["1"], *gallery.comments["1010"]):
        del said["from"]
    found = records_of(gallery)
    assert [(found[n].author_id, found[n].author_handle, found[n].author_is_account) for n in ("1010", "1011")] == [
        (None, "amy.r", False),
        (ME, "fircrestschools", True),
    ]
    for said in gallery.comments["1"]:
        del said["username"]
    assert records_of(gallery)["1010"].author_is_account is None


def test_a_renaming_is_a_version_of_the_profile(gallery: Gallery) -> None:
    before = records_of(gallery)[ME]
    gallery.account["username"] = "fircrest.district"
    after = records_of(gallery)[ME]
    assert (before.native_id, before.title) == (after.native_id, after.title)
    assert version_of(before) != version_of(after)
    assert after.links == ["https://www.instagram.com/fircrest.district/"]


# -- pictures and videos ----------------------------------------------------------------------------------------------------------


def test_a_carousel_is_kept_whole_with_each_description() -> None:
    gallery = Gallery()
    children = [{"id": f"90{n}", "media_type": "IMAGE", "media_url": SIGNED.format(n), "alt_text": f"Plow {n}"} for n in range(19)]
    children.append({"id": "999", "media_type": "VIDEO", "media_url": "https://v.example/999.mp4?oh=1", "thumbnail_url": SIGNED.format(9)})
    gallery.post(1, media_type="CAROUSEL_ALBUM", children={"data": children})
    media = records_of(gallery)["1"].media
    assert [(m.identity, m.type, m.alt_text, m.position) for m in media] == [
        *((f"90{n}", "image", f"Plow {n}", n + 1) for n in range(19)),
        ("999", "video", None, 20),
        ("999/thumbnail", "image", None, 21),
    ]
    assert all(m.url for m in media)
    gallery.posts["1"]["children"]["paging"] = {"next": f"{gallery.host}/v26.0/1/children?after=25"}
    assert "children.paging.next" in records_of(gallery)["1"].leftover


def test_a_new_signature_makes_no_other_picture(gallery: Gallery) -> None:
    reel(gallery, 5)
    gallery.post(6, media_type="CAROUSEL_ALBUM", children={"data": [{"id": "61", "media_type": "IMAGE", "media_url": SIGNED.format(6)}]})
    gallery.account["profile_picture_url"] = "https://scontent.example/v/t51.2885-19/s150x150/77_n.jpg?oh=1"
    before = records_of(gallery)
    changed = json.loads(json.dumps(gallery.posts).replace("oh=1", "oh=2").replace("scontent.cdn", "scontent-sea1-1.cdn"))
    gallery.posts, gallery.account["profile_picture_url"] = changed, "https://scontent-sea.example/v/t51.2885-19/s640x640/77_n.jpg?oh=2"
    after = records_of(gallery)
    assert {n: version_of(r) for n, r in before.items()} == {n: version_of(r) for n, r in after.items()}
    assert [m.url for m in before["5"].media] != [m.url for m in after["5"].media]


def test_a_reel_with_licensed_sound_has_no_video_but_a_reason_and_its_still_picture() -> None:
    gallery = Gallery()
    reel(gallery, 5)
    whole = records_of(gallery)["5"]
    del gallery.posts["5"]["media_url"]
    flagged = records_of(gallery)["5"]
    assert [(m.identity, m.type, bool(m.url), bool(m.missing_reason)) for m in flagged.media] == [
        ("5", "video", False, True),
        ("5/thumbnail", "image", True, False),
    ]
    assert "copyrighted" in (flagged.media[0].missing_reason or "")
    del gallery.posts["5"]["thumbnail_url"]
    assert {version_of(r) for r in (whole, flagged, records_of(gallery)["5"])} == {version_of(whole)}, "a claim is no edit"


def test_alternative_text_is_what_a_person_wrote() -> None:
    gallery = Gallery()
    ours, other = "Photo by Fircrest Schools", "Photo by Dept. of Health on November 01, 2026 tagging @ben_t"
    told = ["May be an image of snow", f"{ours} on November 1, 2026. May be an image of 2 people.", f"{other}. May be an image of text."]
    told += ["A bus. May be late.", "Photo by A. Smith. May be printed."]
    for number, text in enumerate(told):
        gallery.post(number, alt_text=text)
    assert [records_of(gallery)[str(n)].media[0].alt_text for n in range(5)] == [None, None, None, *told[3:]]


# -- parse ------------------------------------------------------------------------------------------------------------------------

SHAPE = json.loads((FIXTURES / "ordinary.json").read_text())["body"]["data"][0]


def parsed(body: Any, **context: Any) -> list[Record]:
    return list(instagram.parse(Exchange("GET", "https://graph.instagram.com/v26.0/x", 200, (), json.dumps(body).encode(), context)))


def test_a_saved_body_tells_what_it_is() -> None:
    def kinds(body: Any, url: str | None = None) -> list[str]:
        return [r.kind for r in instagram.parse(instagram.saved(orjson.dumps(body), url, None))]

    comment = {"id": "1", "timestamp": at(1), "text": "x"}
    assert kinds(comment) == kinds({"data": [comment]}) == kinds({"1": comment}) == ["comment"]
    assert kinds(comment | {"parent_id": "2"}) == kinds({"data": [comment]}, "https://g/v1/2/replies?x=1") == ["reply"]
    bare = {"id": "1", "media_type": "IMAGE"}
    assert kinds(bare) == ["post"]
    assert kinds({"data": [bare], "paging": {"next": "https://graph.facebook.com/v8.0/2/stories?x=1"}}) == ["story"]
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
    third = {"id": "6", "timestamp": at(2), "text": "y", "replies": {}}
    comment = {"id": "5", "timestamp": at(1), "text": "x", "replies": {"data": [third]}}
    assert [r.leftover for r in parsed({"data": [comment]}, account=ME, edge="comments")] == [(), ("replies",)], "of a third level"


def test_words_that_come_under_another_name_are_no_edit() -> None:
    renamed = {n: v for n, v in SHAPE.items() if n != "caption"} | {"text": SHAPE["caption"]}
    with pytest.raises(UnexpectedResponse, match=r"caption must be there, or no unknown field beside it \(text\)"):
        parsed(renamed, account=ME, edge="media")
    with pytest.raises(UnexpectedResponse, match="timestamp"):
        parsed({n: v for n, v in SHAPE.items() if n != "timestamp"}, account=ME, edge="media")
    with pytest.raises(UnexpectedResponse, match=r"text must be there"):
        parsed({"id": "5", "timestamp": at(1), "message": "x"}, account=ME, edge="comments")


@pytest.mark.parametrize(
    ("text", "mentions", "tags"),
    [
        ("Thanks @amy.r, and (@ben_t)!", ["amy.r", "ben_t"], []),
        ("Mail office@fircrest.example, @amy.r.", ["amy.r"], []),
        ("#Nieve #École, #SnowDay2 #42 &#39; a#b", [], ["Nieve", "École", "SnowDay2"]),
        ("@", [], []),
    ],
)
def test_names_and_hashtags_are_read_as_instagram_writes_them(text: str, mentions: list[str], tags: list[str]) -> None:
    [post] = parsed(SHAPE | {"caption": text}, account=ME, edge="media")
    assert (post.mentions, post.tags) == (mentions, tags)
