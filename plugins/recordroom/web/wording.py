"""What became of words: a difference word by word, as a reader would mark it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

KEPT, GONE, NEW = "kept", "gone", "new"
MOST = 4_000  # words of a text that are compared; beyond it the whole text stands as gone and as new
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    how: str
    text: str


def difference(before: str, after: str) -> Iterator[Piece]:
    """The text `after`, with what it lost in its place."""
    a, b = _WORDS.findall(before), _WORDS.findall(after)
    if len(a) + len(b) > 2 * MOST:
        yield from (Piece(GONE, before), Piece(NEW, after))
        return
    for what, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if what == "equal":
            yield Piece(KEPT, "".join(b[b1:b2]))
            continue
        if a2 > a1:
            yield Piece(GONE, "".join(a[a1:a2]))
        if b2 > b1:
            yield Piece(NEW, "".join(b[b1:b2]))
