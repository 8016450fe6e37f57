"""What stands at a place of an answer: RFC 6901."""

from __future__ import annotations

import json
from typing import Any

import orjson

from recordroom.errors import ArchiveError


def at(value: Any, pointer: str) -> Any:
    """ArchiveError where nothing stands there."""
    try:
        for name in pointer.split("/")[1:]:
            value = value[step(value, name)]
    except (LookupError, ValueError, TypeError) as problem:
        raise ArchiveError(f"the evidence has nothing at {pointer}", "Run `recordroom verify --full`.") from problem
    return value


def indented(value: Any) -> str:
    """As JSON for people; half of an emoji, which platforms do send and UTF-8 cannot hold, stands as its escape."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONEncodeError:
        return json.dumps(value, indent=2, ensure_ascii=False).encode(errors="backslashreplace").decode()


def step(holder: Any, name: str) -> int | str:
    return int(name) if isinstance(holder, list) else name.replace("~1", "/").replace("~0", "~")
