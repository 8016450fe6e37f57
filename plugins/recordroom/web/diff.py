"""What became of words: a difference word by word, as a reader would mark it.

Whoever edits a text chooses what is compared here. The time is bounded by what differs (Myers, "An O(ND)
Difference Algorithm and Its Variations", 1986): difflib's grows with the cube of a word that repeats, a
minute for a thousand of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

KEPT, GONE, NEW = "kept", "gone", "new"
MOST = 8_000  # words, spaces and signs of both texts that are compared
MOST_CHANGED = 500  # of these that may be gone or new; beyond either the whole text stands as gone and as new
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    how: str
    text: str


def compare_texts(before: str, after: str) -> Iterator[Piece]:
    """The text `after`, with what it lost in its place."""
    a, b = _WORDS.findall(before), _WORDS.findall(after)
    found = _find_steps(a, b) if len(a) + len(b) <= MOST else None
    if found is None:
        yield from (Piece(GONE, before), Piece(NEW, after))
        return
    for kept, some in groupby(found, key=lambda step: step[0] == KEPT):
        told = list(some)
        for how in (KEPT,) if kept else (GONE, NEW):
            if text := "".join(word for what, word in told if what == how):
                yield Piece(how, text)


def _find_steps(a: Sequence[str], b: Sequence[str]) -> list[tuple[str, str]] | None:
    """The fewest that make `b` of `a`, each with its word; None where more than MOST_CHANGED are no KEPT."""
    furthest, ways = (
        {1: 0},
        list[dict[int, int]](),
    )  # by what is gone less what is new: how far that leads in `a`
    for changed in range(MOST_CHANGED + 1):
        ways.append(dict(furthest))
        for line in range(-changed, changed + 1, 2):
            x = furthest[line + 1] if _comes_by_insertion(furthest, line, changed) else furthest[line - 1] + 1
            while x < len(a) and x - line < len(b) and a[x] == b[x - line]:
                x += 1
            furthest[line] = x
            if x >= len(a) and x - line >= len(b):
                return _trace_steps(a, b, ways)
    return None


def _comes_by_insertion(furthest: dict[int, int], line: int, changed: int) -> bool:
    """Whether the way that leads furthest on this line comes by a new word, not by one that is gone."""
    return line == -changed or (line != changed and furthest[line - 1] < furthest[line + 1])


def _trace_steps(a: Sequence[str], b: Sequence[str], ways: Sequence[dict[int, int]]) -> list[tuple[str, str]]:
    """From the end to the beginning, and turned around."""
    found: list[tuple[str, str]] = []
    x, y = len(a), len(b)
    for changed in range(len(ways) - 1, -1, -1):
        furthest, line = ways[changed], x - y
        new = _comes_by_insertion(furthest, line, changed)
        before = furthest[line + 1] if new else furthest[line - 1]
        start = before if new else before + 1  # where what is kept begins, behind this change
        while x > start:
            x, y = x - 1, y - 1
            found.append((KEPT, a[x]))
        if changed:
            x, y = (x, y - 1) if new else (x - 1, y)
            found.append((NEW, b[y]) if new else (GONE, a[x]))
    return found[::-1]
