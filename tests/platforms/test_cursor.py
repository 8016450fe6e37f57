"""Cursors of another version of recordroom: unknown fields are kept, and unreadable cursors refused.

A refusal covers the complete cursor.
"""

from __future__ import annotations

import json
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from recordroom.platforms.cursor import CursorPart, StoredCursor, UnreadableCursor
from recordroom.platforms.registry import list_names, load
from tests.capture.stored_archives.accounts import entries_of, platform_of

ARCHIVE = Path("tests/capture/stored_archives/2026-11.tar.xz")


@cache
def stored() -> dict[str, str]:
    """Return platform -> the cursor of an unfinished first capture, as an archive has it."""
    found = {}
    for body in entries_of(ARCHIVE, "archive/ledger/capture/"):
        if body.get("cursor"):
            found[platform_of(body["account"])] = body["cursor"]
    return found


WALKED = sorted(stored())


def read(platform: str, cursor: str) -> StoredCursor:
    found = load(platform).read_cursor(cursor)
    assert isinstance(found, StoredCursor)
    return found


def with_unknown(told: dict[str, Any], part: CursorPart) -> dict[str, Any]:
    """Return it with a field of a later version in it, and in each of its parts."""
    changed = {
        name: with_unknown(told[name], value)
        for name, value in vars(part).items()
        if isinstance(value, CursorPart)
    }
    return told | changed | {"a_later_field": {"of": ["a", 1]}}


def test_every_platform_of_that_time_has_a_cursor_in_the_stored_archive() -> None:
    assert len(WALKED) == 11  # all of 2026-11 but the feed, whose cursor is an address


@pytest.mark.parametrize("platform", WALKED)
def test_a_stored_cursor_is_written_back_as_it_is(platform: str) -> None:
    assert json.loads(read(platform, stored()[platform]).cursor) == json.loads(stored()[platform])


@pytest.mark.parametrize("platform", WALKED)
def test_unknown_fields_are_written_back(platform: str) -> None:
    cursor = stored()[platform]
    later = with_unknown(json.loads(cursor), read(platform, cursor))
    assert json.loads(read(platform, json.dumps(later)).cursor) == later


@pytest.mark.parametrize("platform", WALKED)
def test_a_cursor_with_a_field_of_another_type_is_refused(platform: str) -> None:
    """The message names the field and no value: text that a person wrote must not reach a manifest."""
    cursor = stored()[platform]
    for field in fields(read(platform, cursor)):
        if field.name != "unknown":
            with pytest.raises(UnreadableCursor, match=field.name) as refused:
                read(platform, json.dumps(json.loads(cursor) | {field.name: 0.5}))
            assert "0.5" not in str(refused.value)


@pytest.mark.parametrize("cursor", ["", "no JSON", "[]", "null", '"text"'])
@pytest.mark.parametrize("platform", list_names())
def test_what_is_no_cursor_is_refused(platform: str, cursor: str) -> None:
    with pytest.raises(UnreadableCursor):
        load(platform).read_cursor(cursor)


@pytest.mark.parametrize(
    ("platform", "field", "value"),
    [
        ("facebook", "edge", "a_later_list"), ("instagram", "edge", "a_later_list"),
        ("linkedin", "edge", "a_later_list"), ("threads", "edge", "tags"), ("vimeo", "edge", "a_later_list"),
        ("x", "stage", "a_later_stage"), ("wordpress", "queue", [["a_later_step", "posts", {}]]),
        ("facebook", "threads", [["1", "post"]]),
        ("youtube", "lists", [["videoId", "1", "published", "later"]]),
        ("mastodon", "contexts", [["1", "post"]]),
    ],
)  # fmt: skip
def test_a_list_or_an_item_that_this_version_does_not_know_is_refused(
    platform: str, field: str, value: object
) -> None:
    """LinkedIn's crawl would have taken an unknown list for the end of all lists."""
    with pytest.raises(UnreadableCursor, match=field):
        read(platform, json.dumps(json.loads(stored()[platform]) | {field: value}))


def test_half_of_an_emoji_in_a_cursor_is_read() -> None:
    """The reports of what was not given have a platform's words, which may be cut inside a character."""
    told = json.loads(stored()["tiktok"]) | {"unread": {"number": 1, "first": "tiktok:videos/1: Sn\ud83d"}}
    found = read("tiktok", json.dumps(told))
    assert json.loads(found.cursor)["unread"]["first"] == "tiktok:videos/1: Sn\ufffd"
