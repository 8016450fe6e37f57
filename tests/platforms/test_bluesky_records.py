"""What becomes of Bluesky's fields in a record: who hid it, its labels, and what is odd in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from recordroom.model import Exchange
from recordroom.platforms import Window, bluesky
from tests.platforms.bluesky_net import AMY, FIXTURES, ME, SHAPE, START, Network, records_of
from tests.platforms.scripted import Answer, Scripted


def test_hidden_replies_are_kept_and_said_to_be_hidden() -> None:
    network = Network()
    top = network.add(ME, 1)
    shown, omitted = network.add(AMY, 2, top), network.add(AMY, 3, top)
    network.hidden = [shown, omitted]
    node = network.node

    def without(uri: str, depth: int) -> dict[str, Any]:
        made = node(uri, depth)
        made["replies"] = [r for r in made.get("replies", ()) if r["post"]["uri"] != omitted]
        return made

    network.node = without  # type: ignore[method-assign]
    found = records_of(Scripted(network), Window("full"))
    assert {u: (found[u].status, found[u].acted_by) for u in (shown, omitted)} == dict.fromkeys((shown, omitted), ("hidden", "agency"))
    assert found[top].status == "visible"


def test_what_nobody_decided_about_is_reported() -> None:
    facet = {"index": {"byteStart": 0, "byteEnd": 1}, "features": [{"$type": "app.bsky.richtext.facet#glow"}]}
    record = SHAPE["record"] | {"mood": "sunny", "facets": [facet], "embed": {"$type": "app.bsky.embed.hologram"}}
    body = {"posts": [SHAPE | {"record": record, "sparkle": 1}]}
    (found,) = bluesky.parse(bluesky.saved(orjson.dumps(body), None, None))
    assert found.leftover == (
        "post.sparkle",
        "record.mood",
        "record.facets.features.app.bsky.richtext.facet#glow",
        "record.embed.app.bsky.embed.hologram",
    )


def test_facets_count_in_bytes_and_may_lie() -> None:
    def mentioned(start: int, end: int) -> list[str]:
        mention = {"$type": "app.bsky.richtext.facet#mention", "did": AMY}
        record = SHAPE["record"] | {
            "text": "❄️ ¡Día! @amy.test",
            "facets": [{"index": {"byteStart": start, "byteEnd": end}, "features": [mention]}],
        }
        return next(iter(bluesky.parse(bluesky.saved(orjson.dumps(SHAPE | {"record": record}), None, None)))).mentions

    begin = len("❄️ ¡Día! ".encode())
    assert mentioned(begin, begin + 9) == ["amy.test", AMY]
    for start, end in ((0, 2), (5, 3), (900, 999), (-4, 2)):
        assert AMY in mentioned(start, end)


@pytest.mark.parametrize("claim", ["2024-02-31T00:00:00.000Z", "2024-01-01T24:00:00Z", "9999-12-31T23:59:59-01:00", "2024-01-01T00:00:00"])
def test_a_time_that_there_is_not_spoils_no_conversation(claim: str) -> None:
    network = Network()
    top = network.add(ME, 1)
    odd, plain = network.add(AMY, 2, top, createdAt=claim), network.add(AMY, 3, top)
    own = network.add(ME, 4, createdAt=claim)
    for window in (Window("full"), Window("recent", since=START)):
        found = records_of(Scripted(network), window)
        assert {odd, plain, own} <= set(found)
        assert (found[odd].published_at, found[odd].leftover) == (None, ("record.createdAt: no date",))
        assert (found[own].published_at, found[plain].leftover) == (None, ())


@pytest.mark.parametrize(
    "media", [{"$type": "app.bsky.embed.recordWithMedia"}, {"$type": "app.bsky.embed.record", "record": 5}, {"$type": "x.y.z", "a": []}, {}]
)
def test_what_the_network_takes_beside_a_quote_spoils_nothing(media: dict[str, Any]) -> None:
    network = Network()
    quote = {"$type": "x", "record": {"uri": "at://did:plc:x/app.bsky.feed.post/1", "cid": "c"}}
    odd = network.add(ME, 1, embed={"$type": "app.bsky.embed.recordWithMedia", "record": quote, "media": media})
    record = records_of(Scripted(network), Window("full"))[odd]
    assert record.shared_id == "bluesky:at://did:plc:x/app.bsky.feed.post/1"
    assert record.leftover == (f"record.embed.media.{media.get('$type')}",)


@pytest.mark.parametrize("other", [{"$type": "x.y.z", "a": []}, {"$type": "app.bsky.embed.gallery#film"}])
def test_what_the_network_takes_among_the_pictures_of_a_gallery_spoils_nothing(other: dict[str, Any]) -> None:
    network, blob = Network(), {"$type": "blob", "ref": {"$link": "bafkreicat"}, "mimeType": "image/png", "size": 1}
    picture = {"$type": "app.bsky.embed.gallery#image", "image": blob, "alt": "A cat", "aspectRatio": {"width": 2, "height": 1}}
    top = network.add(ME, 1)
    odd = network.add(AMY, 2, top, embed={"$type": "app.bsky.embed.gallery", "items": [other, picture]})
    record = records_of(Scripted(network), Window("full"))[odd]
    assert [(m.identity, m.alt_text, m.position) for m in record.media] == [("bafkreicat", "A cat", 1)]
    assert record.leftover == (f"record.embed.items.{other['$type']}",)


def test_labels_of_an_account_count_for_what_it_wrote_and_for_its_profile() -> None:
    def label(value: str, source: str = "did:plc:moderation") -> dict[str, str]:
        return {"src": source, "val": value, "uri": AMY, "cts": "2026-11-24T08:00:00Z"}

    network = Network()
    top = network.add(ME, 1)
    spam, warned, both = (network.add(AMY, key, top) for key in (2, 3, 4))
    network.posts[spam]["author"]["labels"] = [label("spam")]
    network.posts[warned]["author"]["labels"] = [label("rude"), label("!hide", AMY)]
    network.posts[both] |= {"labels": [label("!hide")], "author": network.posts[both]["author"] | {"labels": [label("spam")]}}
    profile = json.loads((FIXTURES / "ordinary-profile.json").read_text()) | {"did": ME, "labels": [label("!takedown")]}
    network.answers["app.bsky.actor.getProfile"] = Answer(profile)
    found = records_of(Scripted(network), Window("full"))
    assert {u: (found[u].status, found[u].acted_by) for u in (spam, warned, both, f"at://{ME}")} == {
        spam: ("spam", "platform"),
        warned: ("visible", None),
        both: ("hidden", "platform"),
        f"at://{ME}": ("hidden", "platform"),
    }
    assert found[spam].status_reason == "its author is labelled spam by did:plc:moderation"


@pytest.mark.parametrize("kind", [None, 7, [], ["app.bsky.embed.images"], {}])
def test_media_beside_a_quote_of_a_kind_that_is_no_name_is_left_over(kind: Any) -> None:
    """The network takes anything there: the post is read all the same."""
    saved = json.loads((FIXTURES / "media.json").read_text())
    body = saved.get("body", saved)
    post = body["posts"][0]
    quote = {"$type": "app.bsky.embed.record", "record": {"uri": post["uri"], "cid": post["cid"]}}
    post["record"]["embed"] = {"$type": "app.bsky.embed.recordWithMedia", "record": quote, "media": {"$type": kind}}
    context = saved.get("context", {})
    first = next(iter(bluesky.parse(Exchange("GET", "https://public.api.bsky.app/x", 200, (), json.dumps(body).encode(), context))))
    assert any(name.startswith("record.embed.media.") for name in first.leftover)


def test_the_first_instant_of_the_calendar_is_kept_as_it_was_said() -> None:
    """Go's zero time: some programs of the network write it where they have no time."""
    network = Network()
    top = network.add(ME, 1)
    odd, own = network.add(AMY, 2, top, createdAt="0001-01-01T00:00:00Z"), network.add(ME, 3, createdAt="0001-01-01T00:00:00Z")
    for window in (Window("full"), Window("recent", since=START)):
        found = records_of(Scripted(network), window)
        assert found[odd].published_at == datetime(1, 1, 1, tzinfo=UTC)
        assert window.kind == "recent" or found[own].published_at == datetime(1, 1, 1, tzinfo=UTC)
