"""Compare two texts word by word, as a reader would mark the changes.

People who edit a text choose what is compared here, so the time must be bounded. It grows with the number of
differences (Myers, "An O(ND) Difference Algorithm and Its Variations", 1986). The time of difflib grows with
the cube of a repeated word: a minute for a thousand of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

KEPT, GONE, NEW = "kept", "gone", "new"
# beyond either limit, the complete old text counts as deleted and the complete new text as new
MOST = 8_000  # words, spaces, and characters of both texts that are compared
MOST_CHANGED = 500  # of these that may be deleted or new
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class DiffPiece:
    """A part of the compared texts."""

    how: str  # KEPT, GONE, or NEW
    text: str  # with its spaces


def compare_texts(before: str, after: str) -> Iterator[DiffPiece]:
    """Yield the text `after`, with deleted words at their place."""
    a, b = _WORDS.findall(before), _WORDS.findall(after)
    found = _find_steps(a, b) if len(a) + len(b) <= MOST else None
    if found is None:
        yield from (DiffPiece(GONE, before), DiffPiece(NEW, after))
        return
    for kept, some in groupby(found, key=lambda step: step[0] == KEPT):
        steps = list(some)
        for how in (KEPT,) if kept else (GONE, NEW):
            if text := "".join(word for what, word in steps if what == how):
                yield DiffPiece(how, text)


def _find_steps(a: Sequence[str], b: Sequence[str]) -> list[tuple[str, str]] | None:
    """Return the fewest steps that turn `a` into `b`, each with its word.

    None if more than MOST_CHANGED steps are not KEPT.
    """
    # line (deleted words minus new words) -> how far a path on it leads in `a`
    furthest, ways = {1: 0}, list[dict[int, int]]()
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
    """Return whether the furthest path on this line ends with a new word.

    Otherwise it ends with a deleted word.
    """
    return line == -changed or (line != changed and furthest[line - 1] < furthest[line + 1])


def _trace_steps(a: Sequence[str], b: Sequence[str], ways: Sequence[dict[int, int]]) -> list[tuple[str, str]]:
    """Follow the paths back from the end, and return the steps in order."""
    found: list[tuple[str, str]] = []
    x, y = len(a), len(b)
    for changed in range(len(ways) - 1, -1, -1):
        furthest, line = ways[changed], x - y
        new = _comes_by_insertion(furthest, line, changed)
        before = furthest[line + 1] if new else furthest[line - 1]
        start = before if new else before + 1  # where the kept words after this change begin
        while x > start:
            x, y = x - 1, y - 1
            found.append((KEPT, a[x]))
        if changed:
            x, y = (x, y - 1) if new else (x - 1, y)
            found.append((NEW, b[y]) if new else (GONE, a[x]))
    return found[::-1]
