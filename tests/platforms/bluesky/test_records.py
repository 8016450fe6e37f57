"""Bluesky's fields in a record: who hid it, its labels, and unusual values."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from recordroom.model import Exchange
from recordroom.platforms import bluesky
from recordroom.platforms.contract import Window
from tests.fault_transport import rewrite_json
from tests.platforms.bluesky.account import (
    AMY,
    FIXTURES,
    SHAPE,
    SINCE,
    change_posts,
    change_threads,
    did_of,
    read,
)
from tests.platforms.contract.sandbox import Sandbox

PLATFORM = "bluesky"
WINDOWS = [Window("full"), Window("recent", since=SINCE)]


def test_hidden_replies_are_kept_and_marked_as_hidden(sandbox: Sandbox) -> None:
    top = sandbox.publish(days=9)
    shown, omitted = sandbox.comment(top), sandbox.comment(top)
    for reply in (shown, omitted):
        sandbox.network.hide(reply)
    sandbox.transport.rules = [change_threads(sandbox, [omitted])]
    found = {name: (record.status, record.acted_by) for name, record in read(sandbox).items()}
    assert [found[sandbox.named(one)] for one in (shown, omitted, top)] == [
        ("hidden", "agency"),
        ("hidden", "agency"),
        ("visible", None),
    ]


def test_unknown_fields_at_each_level_are_reported() -> None:
    facet = {"index": {"byteStart": 0, "byteEnd": 1}, "features": [{"$type": "app.bsky.richtext.facet#glow"}]}
    record = SHAPE["record"] | {
        "mood": "sunny",
        "facets": [facet],
        "embed": {"$type": "app.bsky.embed.hologram"},
    }
    body = {"posts": [SHAPE | {"record": record, "sparkle": 1}]}
    (found,) = bluesky.parse(bluesky.saved(orjson.dumps(body), None, None))
    assert found.leftover == (
        "post.sparkle",
        "record.mood",
        "record.facets.features.app.bsky.richtext.facet#glow",
        "record.embed.app.bsky.embed.hologram",
    )


def test_facets_count_in_bytes_and_may_be_wrong() -> None:
    def mentioned(start: int, end: int) -> list[str]:
        mention = {"$type": "app.bsky.richtext.facet#mention", "did": AMY}
        record = SHAPE["record"] | {
            "text": "❄️ ¡Día! @amy.test",
            "facets": [{"index": {"byteStart": start, "byteEnd": end}, "features": [mention]}],
        }
        return next(
            iter(bluesky.parse(bluesky.saved(orjson.dumps(SHAPE | {"record": record}), None, None)))
        ).mentions

    begin = len("❄️ ¡Día! ".encode())
    assert mentioned(begin, begin + 9) == ["amy.test", AMY]
    for start, end in ((0, 2), (5, 3), (900, 999), (-4, 2)):
        assert AMY in mentioned(start, end)


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window.kind)
@pytest.mark.parametrize(
    "claim",
    ["2024-02-31T00:00:00.000Z", "2024-01-01T24:00:00Z", "9999-12-31T23:59:59-01:00", "2024-01-01T00:00:00"],
)
def test_time_that_does_not_exist_makes_no_conversation_unreadable(
    sandbox: Sandbox, window: Window, claim: str
) -> None:
    top = sandbox.publish(days=9)
    odd, plain, own = sandbox.comment(top), sandbox.comment(top), sandbox.publish(days=8)
    sandbox.transport.rules = [
        change_posts(
            sandbox, [(one, lambda post: post["record"].update(createdAt=claim)) for one in (odd, own)]
        )
    ]
    found = read(sandbox, window)
    first, second, third = (found[sandbox.named(one)] for one in (odd, plain, own))
    assert (first.published_at, first.leftover) == (None, ("record.createdAt: no date",))
    assert (third.published_at, second.leftover) == (None, ())


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window.kind)
def test_first_instant_of_the_calendar_is_kept(sandbox: Sandbox, window: Window) -> None:
    """This is Go's zero time: some programs of the network write it for a missing time."""
    top = sandbox.publish(days=9)
    odd, own = sandbox.comment(top), sandbox.publish(days=8)

    def date(post: dict[str, Any]) -> None:
        post["record"]["createdAt"] = "0001-01-01T00:00:00Z"

    sandbox.transport.rules = [change_posts(sandbox, [(odd, date), (own, date)])]
    found = read(sandbox, window)
    assert found[sandbox.named(odd)].published_at == datetime(1, 1, 1, tzinfo=UTC)
    assert window.kind == "recent" or found[sandbox.named(own)].published_at == datetime(1, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "media",
    [
        {"$type": "app.bsky.embed.recordWithMedia"},
        {"$type": "app.bsky.embed.record", "record": 5},
        {"$type": "x.y.z", "a": []},
        {},
    ],
)
def test_unknown_media_next_to_a_quote_spoil_nothing(sandbox: Sandbox, media: dict[str, Any]) -> None:
    quote = {"$type": "x", "record": {"uri": "at://did:plc:x/app.bsky.feed.post/1", "cid": "c"}}
    embed = {"$type": "app.bsky.embed.recordWithMedia", "record": quote, "media": media}
    odd = sandbox.publish()
    sandbox.transport.rules = [
        change_posts(sandbox, [(odd, lambda post: post["record"].update(embed=embed))])
    ]
    record = read(sandbox)[sandbox.named(odd)]
    assert record.shared_id == "bluesky:at://did:plc:x/app.bsky.feed.post/1"
    assert record.leftover == (f"record.embed.media.{media.get('$type')}",)


@pytest.mark.parametrize("other", [{"$type": "x.y.z", "a": []}, {"$type": "app.bsky.embed.gallery#film"}])
def test_unknown_item_of_a_gallery_spoils_nothing(sandbox: Sandbox, other: dict[str, Any]) -> None:
    blob = {"$type": "blob", "ref": {"$link": "bafkreicat"}, "mimeType": "image/png", "size": 1}
    picture = {
        "$type": "app.bsky.embed.gallery#image",
        "image": blob,
        "alt": "A cat",
        "aspectRatio": {"width": 2, "height": 1},
    }
    embed = {"$type": "app.bsky.embed.gallery", "items": [other, picture]}
    odd = sandbox.comment(sandbox.publish())
    sandbox.transport.rules = [
        change_posts(sandbox, [(odd, lambda post: post["record"].update(embed=embed))])
    ]
    record = read(sandbox)[sandbox.named(odd)]
    assert [(m.identity, m.alt_text, m.position) for m in record.media] == [("bafkreicat", "A cat", 1)]
    assert record.leftover == (f"record.embed.items.{other['$type']}",)


def test_labels_of_an_account_apply_to_its_posts_and_its_profile(sandbox: Sandbox) -> None:
    top, author = sandbox.publish(days=9), did_of(sandbox, sandbox.others[0])
    spam, warned, both = (sandbox.comment(top) for _ in range(3))

    def label(value: str, source: str = "did:plc:moderation") -> dict[str, str]:
        return {"src": source, "val": value, "uri": author, "cts": "2026-11-24T08:00:00Z"}

    def relabel(post: dict[str, Any], own: list[dict[str, str]], authors: list[dict[str, str]]) -> None:
        post["labels"], post["author"]["labels"] = own, authors

    changed = change_posts(
        sandbox,
        [
            (spam, lambda post: relabel(post, [], [label("spam")])),
            (warned, lambda post: relabel(post, [], [label("rude"), label("!hide", author)])),
            (both, lambda post: relabel(post, [label("!hide")], [label("spam")])),
        ],
    )
    profile = rewrite_json(lambda body: body | {"labels": [label("!takedown")]})
    sandbox.transport.rules = [("app.bsky.actor.getProfile?", profile), changed]
    found = read(sandbox)
    names = [*map(sandbox.named, (spam, warned, both)), f"at://{sandbox.entry.known.native_id}"]
    assert [(found[name].status, found[name].acted_by) for name in names] == [
        ("spam", "platform"),
        ("visible", None),
        ("hidden", "platform"),
        ("hidden", "platform"),
    ]
    assert found[sandbox.named(spam)].status_reason == "its author is labelled spam by did:plc:moderation"


@pytest.mark.parametrize("kind", [None, 7, [], ["app.bsky.embed.images"], {}])
def test_media_whose_type_is_no_name_are_reported(kind: Any) -> None:
    """The network accepts any type, and the post is read anyway."""
    saved = json.loads((FIXTURES / "media.json").read_text())
    body = saved.get("body", saved)
    post = body["posts"][0]
    quote = {"$type": "app.bsky.embed.record", "record": {"uri": post["uri"], "cid": post["cid"]}}
    post["record"]["embed"] = {
        "$type": "app.bsky.embed.recordWithMedia",
        "record": quote,
        "media": {"$type": kind},
    }
    context = saved.get("context", {})
    first = next(
        iter(
            bluesky.parse(
                Exchange("GET", "https://public.api.bsky.app/x", 200, (), json.dumps(body).encode(), context)
            )
        )
    )
    assert any(name.startswith("record.embed.media.") for name in first.leftover)
