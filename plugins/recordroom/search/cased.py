"""Values that are compared whole, without case, in every script: Elasticsearch's `case_insensitive` knows no letters but A to Z, so that
what holds others is asked for by a regular expression with each of their forms."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

LONGEST = 1_000  # characters of an expression that Elasticsearch takes (index.max_regex_length)


def is_beyond_a_to_z(value: str) -> bool:
    """Whether it has a letter with an upper and a lower case that is none of these."""
    return not value.isascii() and any(len(_cases(c)) > 1 for c in value)


def pattern(value: str) -> str:
    """A regular expression of Elasticsearch's for these very letters in either case."""
    return "".join(map(_letter, value))


def query(path: str, pattern: str) -> dict[str, Any]:
    return {"regexp": {path: {"value": pattern, "flags": "NONE", "case_insensitive": True}}}


def _letter(c: str) -> str:
    if c.isascii():
        return c if c.isalnum() else f"\\{c}"
    cases = _cases(c)
    return f"[{cases}]" if len(cases) > 1 else c


@lru_cache(maxsize=4096)
def _cases(c: str) -> str:
    """All its forms, in the same order for each of them; "" for a letter of A to Z. The dotted \u0130 and the sharp s have but one."""
    return "".join(sorted({one for one in (c, c.lower(), c.upper()) if len(one) == 1 and not one.isascii()}))
