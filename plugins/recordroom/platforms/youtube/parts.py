"""What videos and comments have in common: counts that are text, names and addresses in words."""

from __future__ import annotations

import re
from typing import Any

from recordroom.model import Exchange
from recordroom.platforms.answers import wrong
from recordroom.platforms.shapes import Reading
from recordroom.platforms.youtube.fields import COMMENT, COMMENT_SNIPPET, VIDEO, VIDEO_SNIPPET

_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_HANDLE = re.compile(r"(?<![\w@.])@([\w.·-]*\w)")
HASHTAG = re.compile(r"(?<![\w&])#(\w+)")


def by_us(author: str | None, reading: Reading) -> bool | None:
    return None if author is None or reading.me is None else author == reading.me


def snippet_of(item: dict[str, Any], exchange: Exchange, pointer: str) -> dict[str, Any]:
    """The snippet of a video or comment, checked."""
    shape = VIDEO_SNIPPET if item.get("kind") == "youtube#video" else COMMENT_SNIPPET
    COMMENT.check(item, exchange, pointer) if shape is COMMENT_SNIPPET else VIDEO.check(item, exchange, pointer)
    snippet: dict[str, Any] = item["snippet"]
    shape.check(snippet, exchange, f"{pointer}/snippet")
    return snippet


def number_of(holder: Any, name: str, exchange: Exchange, pointer: str) -> int | None:
    """A count, which YouTube writes as text."""
    told = holder.get(name) if isinstance(holder, dict) else holder
    if told is None:
        return None
    if not (isinstance(told, str) and told.isascii() and told.isdecimal() and len(told) < 19):
        raise wrong(exchange, f"{pointer}/{name}", "a whole number as text", told)
    return int(told)


def addresses_in(text: str) -> list[str]:
    """Addresses in plain text, without what closes a sentence."""
    return list(dict.fromkeys(found.rstrip(".,;:!?)]}'*_") for found in _ADDRESS.findall(text))) if "http" in text else []


def mentions_in(text: str) -> list[str]:
    return list(dict.fromkeys(_HANDLE.findall(text))) if "@" in text else []
