"""What the table of features says yes to is proved by a fixture of that platform, or by its code; what it says no to has a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from infra.local.place import REPOSITORY
from recordroom.platforms import load, names
from recordroom.platforms.features import FEATURES

Row = dict[str, Any]
HERE = Path(__file__).parent
PLATFORMS = REPOSITORY / "plugins/recordroom/platforms"


@cache
def rows_of(platform: str) -> list[Row]:
    """All that is expected of a platform's fixtures."""
    told = [json.loads(path.read_text("utf-8")) for path in sorted((HERE / platform).glob("*.records.json"))]
    return [row for rows in told if isinstance(rows, list) for row in rows]


def sources_of(platform: str) -> list[Path]:
    """Its file, or those of its folder."""
    return [*PLATFORMS.glob(f"{platform}.py"), *PLATFORMS.glob(f"{platform}/*.py")]


def _media(row: Row, kind: str) -> bool:
    return any(media["type"] == kind and not media.get("missing_reason") for media in row.get("media") or ())


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
    "captions": lambda row: (_media(row, "video") and _media(row, "document")) or "texttracks" in str(row.get("media")),
    "alt": lambda row: any(media.get("alt_text") for media in row.get("media") or ()),
    "edited": lambda row: bool(row.get("edited_at")),
    "history": lambda row: bool(row.get("historical")),
    "hidden": lambda row: row.get("status") == "hidden",
    "held": lambda row: row.get("status") in ("held", "spam"),
    "counts": lambda row: bool(row.get("counts")),
    "messages": lambda row: row.get("kind") == "message",
    "moderation": lambda row: row.get("title") == "Moderation",
}  # fmt: skip
BY_CODE = {  # what no single answer can prove: the platform's own words for it, which its connector reads
    "removed": "REMOVED",
    "polls": "poll",
    "events": "event",
    "captions": "caption",
    "others": "mention|tagged|visitor|reshare",
    "films": "enclosure",
}


@pytest.mark.parametrize("platform", names())
@pytest.mark.parametrize("feature", FEATURES)
def test_what_is_captured_is_proved_and_what_is_not_has_a_reason(platform: str, feature: str) -> None:
    module = load(platform)
    lacks = {**module.PLATFORM.not_offered, **module.PLATFORM.not_captured}
    if feature in lacks:
        assert lacks[feature]
        partly = feature in BY_CODE or lacks[feature].startswith("only ")
        assert partly or not any(map(PROOFS.get(feature, lambda _: False), rows_of(platform))), "it is captured after all"
        return
    proved = feature in PROOFS and any(map(PROOFS[feature], rows_of(platform)))
    words = BY_CODE.get(feature, "")
    code = "\n".join(path.read_text("utf-8") for path in sources_of(platform))
    assert proved or any(word in code for word in words.split("|") if word), f"nothing proves that {platform} captures {feature}"


@pytest.mark.parametrize("platform", names())
def test_nothing_is_lacked_that_is_no_feature_and_nothing_twice(platform: str) -> None:
    told = load(platform).PLATFORM
    assert {*told.not_offered, *told.not_captured} <= set(FEATURES)
    assert not told.not_offered.keys() & told.not_captured.keys()
    assert told.reads_messages == ("messages" not in {**told.not_offered, **told.not_captured})
