"""Text for people: numbers with their nouns, plain lines, and JSON."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

_IRREGULAR = {"reply": "replies", "story": "stories", "entry": "entries"}


def counted(number: int, noun: str) -> str:
    """Return `1 reply` or `1,200 replies`."""
    return f"{number:,} {noun if number == 1 else _IRREGULAR.get(noun, f'{noun}s')}"


def capitalize(words: str) -> str:
    """Return a text with a capital first letter; the other letters stay as they are."""
    return words[:1].upper() + words[1:]


def replace_surrogates(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot encode, by U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


# They break a line, or control a terminal.
CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def to_one_line(text: str) -> str:
    """Put text on one line.

    Each run of white space and control characters becomes one space.
    """
    return " ".join(CONTROL_CHARACTERS.sub(" ", text).split())


def format_json(value: Any) -> str:
    """Return indented JSON for people.

    Platforms do send half of an emoji, which UTF-8 cannot encode: it appears as its escape.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONEncodeError:
        return json.dumps(value, indent=2, ensure_ascii=False).encode(errors="backslashreplace").decode()
