"""Signs of other search languages, which lists of terms have that lawyers drew up for them: here they are letters, and a query that says
nothing of it would find nothing, and hide why.

w/5, pre/3, near/5, NEAR and the root expander ! are those of Westlaw, Lexis and dtSearch.
"""

from __future__ import annotations

import re

_NEAR = re.compile(r"(?:w|n|pre|near|onear|within)/(?:\d{1,3}|[sp])", re.IGNORECASE)


def note(word: str) -> str:
    """What to write in the place of `word`, one as it was typed; "" where it is no such sign."""
    if word == "NEAR" or _NEAR.fullmatch(word):
        return f'"{word}" is a word here; words near each other are asked for in quotes, as "snow closure"~5'
    if len(word) > 1 and word.endswith("!") and word[:-1].isalpha():
        return f'"{word}" is one word here; every word that begins so is {word[:-1]}*'
    return ""
