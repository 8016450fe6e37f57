"""A corrected form of a query that cannot be read: one that can, as long as there is a word in it.

Each Trouble's own edit is tried, then the next Trouble's, and so on; where that leads nowhere, the words alone are left, if these are few.
Where there are none there is nothing to propose: everything is not what somebody meant who mistyped.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from recordroom.search.parsing import LONGEST, NO_EDIT, Trouble

TRIES = 25
WORDS = 8  # of a text of which only words can be read: of a longer one it would be a guess at what was meant
_WORD = re.compile(r"[^\W_]+")
_OPERATORS = ("AND", "OR", "NOT", "TO")


def mended(text: str, trouble: Trouble, read: Callable[[str], object]) -> str:
    """ "" where there is none. `read` raises Trouble for what cannot be read."""
    for _ in range(TRIES):
        if trouble.edit is None:
            break
        if trouble.edit == NO_EDIT:
            return ""
        start, end, new = trouble.edit
        text = re.sub(r"  +", " ", text[:start] + new + text[end:]).strip()
        if not text:
            break
        try:
            read(text)
        except Trouble as next_trouble:
            trouble = next_trouble
        else:
            return text
    words = [word for word in _WORD.findall(text[:LONGEST]) if word not in _OPERATORS]
    if len(words) > WORDS:
        return ""
    try:
        read(" ".join(words))
    except Trouble:
        return ""
    return " ".join(words)
