"""What stands at a place of an answer: RFC 6901."""

from __future__ import annotations

from typing import Any

from recordroom.errors import ArchiveError


def at(value: Any, pointer: str) -> Any:
    """ArchiveError where nothing stands there."""
    try:
        for name in pointer.split("/")[1:]:
            value = value[step(value, name)]
    except (LookupError, ValueError, TypeError) as problem:
        raise ArchiveError(f"the evidence has nothing at {pointer}", "Run `recordroom verify --full`.") from problem
    return value


def step(holder: Any, name: str) -> int | str:
    return int(name) if isinstance(holder, list) else name.replace("~1", "/").replace("~0", "~")
