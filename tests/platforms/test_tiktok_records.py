"""What becomes of TikTok's fields in a record, and of those that nobody knows."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import tiktok
from tests.platforms import tiktok_net
from tests.platforms.tiktok_net import Net, fetched, records

net = tiktok_net.net  # a TikTok, where the folder's own is an X


FIXTURES = Path(__file__).parent / "tiktok"


def test_who_hid_a_comment_is_not_known(net: Net) -> None:
    video = net.video(1)
    hidden = net.comment(video, status="HIDDEN")
    comment = records(fetched(net))[hidden]
    assert (comment.status, comment.acted_by) == ("hidden", None)
    assert (comment.status_reason or "").startswith("status HIDDEN")


def test_a_status_that_nobody_knows_is_told_and_the_comment_counts_as_visible(net: Net) -> None:
    video = net.video(1)
    shown, unknown = net.comment(video), net.comment(video, status="FRIENDS_ONLY")
    found = records(fetched(net))
    assert [(found[c].status, found[c].leftover) for c in (shown, unknown)] == [("visible", ()), ("visible", ("status.FRIENDS_ONLY",))]


def exchange_of(case: str) -> Exchange:
    wrapped = orjson.loads((FIXTURES / f"{case}.json").read_bytes())
    return Exchange("GET", wrapped["request"]["url"], 200, (), orjson.dumps(wrapped["body"]), wrapped["context"])


@pytest.mark.parametrize(
    ("case", "old", "new"),
    [
        ("ordinary", "item_id", "video_id"),
        ("ordinary", "create_time", "created"),
        ("ordinary", "caption", "words"),
        ("replies", "text", "words"),
        ("replies", "comment_id", "id"),
        ("ordinary-profile", "username", "name"),
    ],
)
def test_a_field_under_another_name_is_named(case: str, old: str, new: str) -> None:
    exchange = exchange_of(case)
    renamed = replace(exchange, body=exchange.body.replace(f'"{old}":'.encode(), f'"{new}":'.encode()))
    with pytest.raises(UnexpectedResponse):
        list(tiktok.parse(renamed))


@pytest.mark.parametrize("length", [b"NaN", b"1e999"])
def test_a_length_that_is_none_is_named(length: bytes) -> None:
    exchange = exchange_of("ordinary")
    with pytest.raises(UnexpectedResponse, match="video_duration"):
        list(tiktok.parse(replace(exchange, body=exchange.body.replace(b'"video_duration":31.7', b'"video_duration":' + length))))


def test_what_nobody_decided_about_is_reported() -> None:
    exchange = exchange_of("replies")
    body = orjson.loads(exchange.body)
    body["data"]["comments"][0]["mood"] = "glad"
    first, *rest = tiktok.parse(replace(exchange, body=orjson.dumps(body)))
    assert first.leftover == ("mood",)
    assert not [r for r in rest if r.leftover]


def test_what_unicode_cannot_hold_is_repaired_and_said() -> None:
    exchange = exchange_of("ordinary")
    body = exchange.body.replace(b'"caption":"', b'"caption":"\\ud83d ', 1)
    first, *rest = tiktok.parse(replace(exchange, body=body))
    assert first.repaired
    assert (first.text or "").startswith("\ufffd ")
    assert not any(r.repaired for r in rest)


def test_copies_do_not_change_what_is_parsed() -> None:
    exchange = exchange_of("media")
    context = copy.deepcopy(exchange.context)
    list(tiktok.parse(exchange))
    assert exchange.context == context
