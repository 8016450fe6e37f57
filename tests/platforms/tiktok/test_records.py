"""TikTok's fields in a record, and unknown fields."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import tiktok
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import Sandbox, marked

PLATFORM = "tiktok"

FIXTURES = Path(__file__).parent


def test_who_hid_a_comment_is_not_known(sandbox: Sandbox) -> None:
    _, (question, _) = sandbox.converse()
    sandbox.network.hide(question)
    comment = marked(sandbox.read().values())[question.now.text]
    assert (comment.status, comment.acted_by) == ("hidden", None)
    assert (comment.status_reason or "").startswith("status HIDDEN")


def test_a_status_that_nobody_knows_is_told_and_the_comment_counts_as_visible(sandbox: Sandbox) -> None:
    video = sandbox.publish()
    shown, unknown = sandbox.comment(video), sandbox.comment(video)

    def rename(body: Any) -> Any:
        for one in body["data"].get("comments", ()):
            one["status"] = "FRIENDS_ONLY" if one["text"] == unknown.now.text else one["status"]
        return body

    with sandbox.transport.meanwhile("/comment/list/", rewrite_json(rename)):
        found = marked(sandbox.read().values())
    told = [(found[one.now.text].status, found[one.now.text].leftover) for one in (shown, unknown)]
    assert told == [("visible", ()), ("visible", ("status.FRIENDS_ONLY",))]


def exchange_of(case: str) -> Exchange:
    wrapped = orjson.loads((FIXTURES / f"{case}.json").read_bytes())
    return Exchange(
        "GET", wrapped["request"]["url"], 200, (), orjson.dumps(wrapped["body"]), wrapped["context"]
    )


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
        list(
            tiktok.parse(
                replace(
                    exchange,
                    body=exchange.body.replace(b'"video_duration":31.7', b'"video_duration":' + length),
                )
            )
        )


def test_copies_do_not_change_what_is_parsed() -> None:
    exchange = exchange_of("media")
    context = copy.deepcopy(exchange.context)
    list(tiktok.parse(exchange))
    assert exchange.context == context
