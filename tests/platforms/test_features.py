"""Each yes in the table of features has a fixture or a test of that platform, each no has a reason."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from recordroom.platforms.features import FEATURES
from recordroom.platforms.registry import list_names, load

Row = dict[str, Any]
HERE = Path(__file__).parent


@cache
def rows_of(platform: str) -> list[Row]:
    """Return all expected records of a platform's fixtures."""
    told = [json.loads(path.read_text("utf-8")) for path in sorted((HERE / platform).glob("*.records.json"))]
    return [row for rows in told if isinstance(rows, list) for row in rows]


@cache
def cases_of(platform: str) -> list[tuple[Any, list[Row]]]:
    """Return (response, its expected records) of the fixtures in JSON."""
    paths = {
        path: path.with_name(f"{path.stem}.records.json") for path in sorted((HERE / platform).glob("*.json"))
    }
    told = [
        (json.loads(path.read_text("utf-8")), json.loads(rows.read_text("utf-8")))
        for path, rows in paths.items()
        if rows.exists()
    ]
    return [(body, rows) for body, rows in told if isinstance(rows, list)]


def _media(row: Row, kind: str) -> bool:
    return any(media["type"] == kind and not media.get("missing_reason") for media in row.get("media") or ())


def _captions(row: Row) -> bool:
    """Return whether there is a video with a file of its text, which Bluesky stores as a blob."""
    files = [f"{m['identity']} {m.get('url')}" for m in row.get("media") or () if m["type"] == "document"]
    return _media(row, "video") and any(re.search(r"\.vtt|\.srt|sync\.getBlob", file) for file in files)


PROOFS: dict[str, Callable[[Row], bool]] = {
    "profile": lambda row: row.get("kind") == "profile",
    "posts": lambda row: row.get("kind") == "post",
    "stories": lambda row: row.get("kind") == "story",
    "comments": lambda row: row.get("kind") == "comment",
    "replies": lambda row: row.get("kind") == "reply",
    "others": lambda row: row.get("kind") in ("post", "comment") and row.get("author_is_account") is False and not row.get("parent_id"),
    "names": lambda row: row.get("kind") in ("comment", "reply") and bool(row.get("author_name")),
    "pictures": lambda row: _media(row, "image"),
    "films": lambda row: _media(row, "video"),
    "captions": _captions,
    "alt": lambda row: any(media.get("alt_text") for media in row.get("media") or ()),
    "edited": lambda row: bool(row.get("edited_at")),
    "history": lambda row: bool(row.get("historical")),
    "hidden": lambda row: row.get("status") == "hidden",
    "held": lambda row: row.get("status") in ("held", "spam"),
    "counts": lambda row: bool(row.get("counts")),
    "messages": lambda row: row.get("kind") == "message",
    "moderation": lambda row: row.get("title") == "Moderation",
}  # fmt: skip


def _within(body: Any, *names: str) -> Iterator[Any]:
    """Yield the values with these names at any depth."""
    for name, value in body.items() if isinstance(body, dict) else ():
        if name in names:
            yield from value if isinstance(value, list) else [value]
        yield from _within(value, *names)
    for one in body if isinstance(body, list) else ():
        yield from _within(one, *names)


def _are_told(words: list[str], rows: list[Row]) -> bool:
    """Return whether one record has all of the words in its title or text."""
    return bool(words) and any(
        all(word in f"{row.get('title')}\n{row.get('text')}" for word in words) for row in rows
    )


def _has_poll(body: Any, rows: list[Row]) -> bool:
    polls = [poll for poll in _within(body, "poll", "polls", "poll_attachment") if isinstance(poll, dict)]
    lettered = [
        [told for name, told in poll.items() if name in ("option_a", "option_b", "option_c", "option_d")]
        for poll in polls
    ]
    listed = [
        [str(o.get("title") or o.get("label") or o.get("text")) for o in poll.get("options", ())]
        for poll in polls
    ]
    return any(_are_told(options, rows) for options in lettered + listed)


def _has_event(body: Any, rows: list[Row]) -> bool:
    return any(
        _are_told([event["name"]], rows)
        for event in _within(body, "event")
        if isinstance(event, dict) and event.get("name")
    )


IN_AN_ANSWER = {"polls": _has_poll, "events": _has_event}
REMOVED = "capture/everywhere/test_life.py::test_a_comment_removed_by_its_author"
BY_TEST = {  # features that no single response can prove
    **{("removed", platform): REMOVED for platform in ("bluesky", "linkedin", "wordpress")},
    (
        "removed",
        "x",
    ): "capture/test_x_life.py::test_what_is_deleted_and_what_only_cannot_be_seen_any_more_are_told_apart",
    (
        "events",
        "linkedin",
    ): "platforms/linkedin/test_events.py::test_event_has_name_text_time_place_and_picture",
    ("events", "vimeo"): "platforms/vimeo/test_records.py::test_live_events_are_read_where_the_plan_has_them",
    (
        "others",
        "linkedin",
    ): (
        "platforms/linkedin/test_walk.py::test_posts_of_others_that_mention_the_page_or_share_its_posts_are_comments"
    ),
    (
        "captions",
        "youtube",
    ): "platforms/youtube/test_records.py::test_captions_made_by_a_person_are_files_of_their_video",
}


def _is_there(test: str) -> bool:
    file, _, name = test.partition("::")
    tree = ast.parse((HERE.parent / file).read_text("utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body)


@pytest.mark.parametrize("platform", list_names())
@pytest.mark.parametrize("feature", FEATURES)
def test_what_is_captured_is_proved_and_what_is_not_has_a_reason(platform: str, feature: str) -> None:
    module = load(platform)
    lacks = {**module.PLATFORM.not_offered, **module.PLATFORM.not_captured}
    proved = (
        any(map(PROOFS.get(feature, lambda _: False), rows_of(platform)))
        or any(IN_AN_ANSWER[feature](*case) for case in cases_of(platform) if feature in IN_AN_ANSWER)
        or (feature, platform) in BY_TEST
    )
    if feature in lacks:
        assert lacks[feature]
        assert not proved or lacks[feature].startswith("only "), "it is captured after all"
        return
    assert proved, f"nothing proves that {platform} captures {feature}"


@pytest.mark.parametrize("test", sorted(set(BY_TEST.values())))
def test_the_tests_that_prove_the_rest_are_there(test: str) -> None:
    assert _is_there(test)


@pytest.mark.parametrize("platform", list_names())
def test_nothing_is_lacked_that_is_no_feature_and_nothing_twice(platform: str) -> None:
    told = load(platform).PLATFORM
    assert {*told.not_offered, *told.not_captured} <= set(FEATURES)
    assert not told.not_offered.keys() & told.not_captured.keys()
    assert told.reads_messages == ("messages" not in {**told.not_offered, **told.not_captured})
