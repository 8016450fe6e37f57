"""The network itself: the same story makes the same network, and a file restores it.

No platform does what the real one cannot.
"""

import zlib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.sandbox import model
from infra.sandbox.faces import native_id
from infra.sandbox.films import film
from infra.sandbox.model import Post
from infra.sandbox.moderation import Unsupported
from infra.sandbox.network import Network
from infra.sandbox.pictures import picture
from infra.sandbox.story import play, tell


def everything(network: Network) -> dict[str, Any]:
    keyed = {**network.posts, **network.messages, **network.accounts, **network.albums}
    listed = {
        name: model.to_json(getattr(network, name))
        for name in ("tokens", "blocks", "mutes", "domain_blocks", "filters")
    }
    return {key: model.to_json(one) for key, one in keyed.items()} | listed


def shelves(network: Network) -> dict[str, dict[str, list[str]]]:
    """Return the keys of the items on each shelf."""
    named = {name: getattr(network, name) for name in ("heads", "talk", "children", "written", "sharing")}
    return {
        name: {key: [one.key for one in found] for key, found in shelf.items() if found}
        for name, shelf in named.items()
    }


def test_the_same_story_is_the_same_network(first_act: Network) -> None:
    again = tell(first_act.start)
    assert everything(again) == everything(first_act)
    assert len(again.posts) > 400


def test_a_file_brings_it_back_and_goes_on(first_act: Network, second_act: Network, tmp_path: Path) -> None:
    tell(first_act.start, path=tmp_path / "state.json")
    loaded = Network.load(tmp_path / "state.json")
    assert everything(loaded) == everything(first_act)
    assert shelves(loaded) == shelves(first_act)
    play(loaded)
    assert everything(loaded) == everything(second_act)
    assert everything(Network.load(tmp_path / "state.json")) == everything(second_act)


def test_each_post_stands_where_it_is_looked_for(second_act: Network) -> None:
    found, posts = shelves(second_act), second_act.posts.values()

    def expected(keys: Callable[[Post], list[str | None]]) -> dict[str, list[str]]:
        shelf = defaultdict(list)
        for post in posts:
            for key in filter(None, keys(post)):
                shelf[key].append(post.key)
        return dict(shelf)

    assert found["heads"] == expected(lambda post: [] if post.root else [post.where])
    assert found["talk"] == expected(lambda post: [post.root])
    assert found["written"] == expected(lambda post: [post.author])
    assert found["sharing"] == expected(lambda post: [post.quote, post.repost])
    assert {key: sorted(keys) for key, keys in found["children"].items()} == {
        key: sorted(keys) for key, keys in expected(lambda post: [post.parent]).items()
    }


def test_whatever_is_published_is_in_the_file_at_once(network: Network, tmp_path: Path) -> None:
    network.path = tmp_path / "state.json"
    us, bo = "mastodon/district", "mastodon/bo"

    def kept(post: Post) -> Post:
        assert everything(Network.load(network.path or tmp_path)) == everything(network)
        return post

    post = kept(network.publish(us, "Closed today"))
    kept(network.repost(bo, post))
    kept(network.comment(bo, post, "Why?"))
    sent = kept(network.message(bo, us, "Look", shared=post))
    answer = kept(network.message(us, bo, "Yes", shared=post, answers=sent))
    assert network.sharing[post.key][1:] == [sent, answer]


def test_private_messages_and_settings_outlive_a_restart(network: Network, tmp_path: Path) -> None:
    network.path = tmp_path / "state.json"
    sent = network.name(
        "question",
        network.message(
            "facebook/ana", "facebook/district", "?", photos=[network.photo("facebook", "A map")]
        ),
    )
    network.message("facebook/district", "facebook/ana", "!", answers=sent)
    network.block("facebook/district", "facebook/ana")
    network.mute("x/district", "x/ana")
    network.block_domain("mastodon/district", "elsewhere.test")
    network.filter_words("mastodon/district", "Rude", ["darn", "heck"])
    network.filter_words("mastodon/district", "Sold", ["cheap"])
    network.filter_words("mastodon/district", "Rude", ["heck"], contexts=["thread"], action="hide")
    network.filter_words("mastodon/district", "Sold", [])
    loaded = Network.load(network.path)
    assert everything(loaded) == everything(network)
    assert loaded.named("question") == sent
    assert [(one.title, one.words, one.contexts, one.action) for one in loaded.filters] == [
        ("Rude", ["heck"], ["thread"], "hide")
    ]
    loaded.mute("x/district", "x/ana", muted=False)
    loaded.block("facebook/district", "facebook/ana", blocked=False)
    assert (loaded.mutes, loaded.blocks) == ([], [])


def test_conversations_are_of_two_and_what_was_said_last_comes_first(network: Network) -> None:
    district, ana, bo = "instagram/district", "instagram/ana", "instagram/bo"
    first = network.message(ana, district, "Hello?")
    network.message(bo, ana, "Between us")
    network.message(bo, district, "And I?")
    last = network.message(district, ana, "Hello!")
    found = network.conversations(district)
    assert [(who, [one.now.text for one in said]) for who, said in found.items()] == [
        (ana, ["Hello!", "Hello?"]),
        (bo, ["And I?"]),
    ]
    network.unsend(last)
    assert list(network.conversations(district)) == [bo, ana]
    network.unsend(first)
    assert list(network.conversations(district)) == [bo]
    assert not any(one.kind == "message" for one in network.posts.values())


def test_who_can_write_to_whom(network: Network) -> None:
    assert native_id(network, network.message("linkedin/ana", "linkedin/district", "?")) == ""
    with pytest.raises(Unsupported, match="youtube has no private messages"):
        network.message("youtube/ana", "youtube/district", "?")
    with pytest.raises(Unsupported, match="no sign-in on feed/news"):
        network.expire_token("feed/news")
    with pytest.raises(Unsupported, match="who is elsewhere"):
        network.message("x/ana", "instagram/district", "?")
    with pytest.raises(Unsupported, match="remove it"):
        network.unsend(network.publish("x/ana", "Public"))
    with pytest.raises(Unsupported, match="facebook cannot filter words"):
        network.filter_words("facebook/district", "Rude", ["darn"])
    with pytest.raises(Unsupported, match="instagram cannot mute anybody"):
        network.mute("instagram/district", "instagram/ana")


def test_act_2_is_played_once(first_act: Network) -> None:
    network = tell(first_act.start)
    play(network)
    once = everything(network)
    assert play(network) == {"act": 2}
    assert everything(network) == once


def test_act_2_changes_a_little_of_everything(first_act: Network, second_act: Network) -> None:
    """The removals in each place are too few for a mass absence: under 5 percent, and under 20."""
    tokened = ("facebook", "instagram", "threads", "linkedin", "youtube", "vimeo", "x", "tiktok")
    for where in ("wordpress/district", "feed/news", "bluesky", "mastodon", *tokened):
        before = {
            key: one for key, one in first_act.posts.items() if one.where == where and one.status != "removed"
        }
        after = {key: one for key, one in second_act.posts.items() if one.where == where}
        removed = [key for key in before if after[key].status == "removed"]
        edited = [key for key in before if len(after[key].versions) > len(before[key].versions)]
        assert 1 <= len(removed) <= min(20, len(before) * 0.05), where
        assert len(edited) == 2, where
        assert len(after) > len(before)


def test_the_story_has_what_a_first_capture_must_meet(first_act: Network) -> None:
    posts = first_act.posts.values()
    assert {one.status for one in posts} >= {
        "visible",
        "hidden",
        "held",
        "spam",
        "trashed",
        "removed",
        "private",
        "draft",
    }
    assert any(one.poll for one in posts)
    assert any(one.quote for one in posts)
    assert any(one.repost for one in posts)
    assert any(one.wall for one in posts)
    assert {one.video.height > one.video.width for one in posts if one.video} == {True, False}
    assert first_act.albums
    assert {one.language for one in posts} == {"en", "es"}
    assert all(photo.alt for one in posts for photo in one.now.photos)
    assert max(one.created for one in posts) < first_act.start


def test_the_story_has_private_messages_and_words_about_the_district(
    first_act: Network, second_act: Network
) -> None:
    said = first_act.conversations("facebook/cascadevalley")
    assert [(who, len(words)) for who, words in said.items()] == [
        ("facebook/ingrid", 2),
        ("facebook/mira", 5),
    ]
    assert second_act.conversations("facebook/cascadevalley")["facebook/mira"][0].created > first_act.start
    private = [one for one in first_act.posts.values() if one.visibility == "direct"]
    assert {one.author for one in private} == {
        "mastodon/jonasfeldt@harborlight.test",
        "mastodon/cascadevalley",
    }
    assert all(first_act.named(f"{where}:mention").parent is None for where in ("bluesky", "mastodon"))


def test_no_platform_does_what_it_cannot(network: Network) -> None:
    post = network.publish("mastodon/district", "x")
    for verb in (network.hide, network.hold, network.spam, network.trash):
        with pytest.raises(Unsupported, match="mastodon cannot"):
            verb(post)
    entry = network.publish("feed/news/desk", "x")
    with pytest.raises(Unsupported, match="a feed has no comments"):
        network.comment("feed/news/desk", entry, "y")
    for key in ("feed/news/desk", "wordpress/district/editor"):
        with pytest.raises(Unsupported, match="its owner's own"):
            network.suspend(key)


def test_films_are_files_of_their_kind() -> None:
    """The boxes of an MP4 follow each other to its end, and the table of frames points at JPEG images."""
    data = film("seed", 37, 21, 2)
    assert data == film("seed", 37, 21, 2) != film("other", 37, 21, 2)
    names, at = [], 0
    while at < len(data):
        names.append(data[at + 4 : at + 8])
        at += int.from_bytes(data[at : at + 4], "big")
    assert (names, at) == ([b"ftyp", b"moov", b"mdat"], len(data))
    first, count = data.index(b"stco") + 12, data.index(b"stsz") + 12
    assert data[int.from_bytes(data[first : first + 4], "big") :][:2] == b"\xff\xd8"
    assert int.from_bytes(data[count : count + 4], "big") == 4


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_pictures_are_files_of_their_kind(kind: str) -> None:
    data = picture(kind, "seed", 37, 21)
    assert data == picture(kind, "seed", 37, 21) != picture(kind, "other", 37, 21)
    if kind == "png":
        start = data.index(b"IDAT") + 4
        pixels = zlib.decompress(data[start : start + int.from_bytes(data[start - 8 : start - 4], "big")])
        assert len(pixels) == 21 * (1 + 37 * 3)
        assert (int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")) == (37, 21)
    else:
        frame = data.index(b"\xff\xc0")
        assert (
            int.from_bytes(data[frame + 5 : frame + 7], "big"),
            int.from_bytes(data[frame + 7 : frame + 9], "big"),
        ) == (21, 37)
        assert data.endswith(b"\xff\xd9")


def test_a_lone_surrogate_is_served_as_an_escape(network: Network, open_face: Any) -> None:
    """No good server sends it, but JSON can contain it, and a client must handle it."""
    network.publish("mastodon/district", "half \ud83d of a pair \x00 and NUL")
    network.publish("wordpress/district/editor", "half \ud83d of a pair", title="x")
    mastodon, wordpress = open_face(network, "mastodon"), open_face(network, "wordpress/district")
    account = mastodon.get("/api/v1/accounts/lookup?acct=district").json()["id"]
    assert rb"half \ud83d of a pair \u0000" in mastodon.get(f"/api/v1/accounts/{account}/statuses").content
    assert rb"half \ud83d of a pair" in wordpress.get("/wp-json/wp/v2/posts").content
