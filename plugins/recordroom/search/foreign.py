"""Notation of other search languages: signs of proximity (`w/5`, `pre/3`, `NEAR`), root expander (`!`).

Sources: LexisNexis ("Terms & Connectors" of help.lexisnexis.com), dtSearch, and NEAR of Microsoft's KQL. A
sign of proximity is joined with its two neighbors before AND is read: `parsing.alternatives` returns them as
one item.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from luqum.tree import BaseGroup, Item, Word

KQL_NEAR = 8  # words between, where NEAR names no number: KQL's own default
SENTENCE, PARAGRAPH = 25, 75  # words that are proposed in the place of what the index does not know
_SLASH = "\uff0f"  # replaces a slash that begins a sign: luqum takes `/` there for a regular expression
_UNITS = "s|p|sent|para|seg"
_LEADING_SLASH = re.compile(
    rf"""("(?:[^\\"]|\\.)*"|\\.)|(?<![^\s()])/(?=(?:\d+|{_UNITS})[,;]?(?![^\s()]))""",
    re.IGNORECASE | re.DOTALL,
)
_SIGN = re.compile(
    rf"(?:(?P<name>w|n|near|within|onear|pre)/|{_SLASH})(?:(?P<between>[0-9]+)|(?P<unit>{_UNITS}))[,;]?",
    re.IGNORECASE,
)
# NEAR(5), NEAR(n=5), Google's AROUND(5): whether the words are in order
_KQL = {"NEAR": False, "ONEAR": True, "AROUND": False}
_IN_PARENTHESES = re.compile(r"(?:n=)?(\d+)")
# within five words of
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ROOT = re.compile(r"([^\W\d_]{3,})!+[,;]?")
_IDLE_ROOT = re.compile(r"(?!\u00a1).*?\w!+(?!\w)")  # O'Brien!, but not ¡hielo!


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of proximity."""

    text: str  # as it was typed
    between: int | None  # words between the two sides at most; None: it names a sentence or a paragraph
    in_order: bool
    instead: str = ""  # the sign to propose where `between` is None
    size: int = 1  # items of the query that it is made of


class Near(Item):  # type: ignore[misc]  # luqum has no types
    """Two sides of a sign of proximity, as one item of luqum's tree."""

    _children_attrs = ("left", "right")

    def __init__(self, left: Item, right: Item, sign: Sign, **more: Any) -> None:
        super().__init__(**more)
        self.left, self.right, self.sign = left, right, sign

    def __str__(self, head_tail: bool = False) -> str:
        left, right = str(self.left).strip(), str(self.right).strip()
        return str(self._head_tail(f"{left} {self.sign.text} {right}", head_tail))


def with_slashes(text: str) -> str:
    """A query whose `/5` and `/s` outside of quotes are words to luqum."""
    return _LEADING_SLASH.sub(lambda found: found[1] or _SLASH, text)


def sign_of(word: str) -> Sign | None:
    """The sign that a word is by itself: `w/5`, `pre/3`, `/5`, `/s`."""
    found = _SIGN.fullmatch(word)
    if found is None:
        return None
    text, in_order = word.replace(_SLASH, "/").rstrip(",;"), (found["name"] or "").lower() in ("pre", "onear")
    if found["between"]:
        return Sign(text, int(found["between"]), in_order)
    between = SENTENCE if found["unit"].lower() in ("s", "sent") else PARAGRAPH
    return Sign(text, None, in_order, f"{'pre' if in_order else 'w'}/{between}")


def join_near(side: list[Item]) -> list[Item]:
    """Join each sign of proximity with its neighbors. A sign without both stays a word.

    side: items that must all occur.
    """
    joined: list[Item] = []
    at = 0
    while at < len(side):
        sign = sign_at(side, at)
        after = at + sign.size if sign else len(side)
        if sign and joined and after < len(side) and sign_at(side, after) is None:
            left, right = joined.pop(), side[after]
            size = right.pos + right.size - left.pos
            joined.append(Near(left, right, sign, pos=left.pos, size=size, head=left.head, tail=right.tail))
            at = after + 1
        else:
            joined.append(side[at])
            at += 1
    return joined


def root_of(word: str) -> str:
    """`threat` of `threat!`, which finds what begins so; "" where it is no such word."""
    found = _ROOT.fullmatch(word)
    return found[1] if found else ""


def has_idle_root(word: str) -> bool:
    """Whether a word has a ! behind it that is punctuation: `O'Brien!`, `covid19!`, `AB!`."""
    return not root_of(word) and bool(_IDLE_ROOT.match(word))


def find_quoted_sign(phrase: str) -> str:
    """Return the first sign of proximity between the words of a quoted phrase, where it counts as letters; "" if none."""
    return next((word for word in phrase.split()[1:-1] if sign_of(word)), "")


def note(word: str) -> str:
    """What to know of a word that is no sign, but looks like one; "" where it does not."""
    if word == "NEAR":
        return '"NEAR" is a word here: as a sign of proximity it stands between two words'
    if word.lower() == "near":
        return f'"{word}" is a word here; the sign of proximity is NEAR, as in snow NEAR/5 closed'
    return ""


def sign_at(side: list[Item], at: int) -> Sign | None:
    """Return the sign that begins at this item, which may be several words: `within 3 words of`."""
    word = _word(side, at)
    if word in _KQL:
        number = _IN_PARENTHESES.fullmatch(_word_in_parentheses(side, at + 1))
        if number:
            return Sign(f"{word}({number[0]})", int(number[1]), _KQL[word], size=2)
        return Sign(word, KQL_NEAR, _KQL[word]) if word != "AROUND" else None
    return _sign_in_words(side, at) or sign_of(word)


def _sign_in_words(side: list[Item], at: int) -> Sign | None:
    """`within 3 words of`."""
    said = [_word(side, at + n) for n in range(4)]
    within, number, words, of = (one.lower() for one in said)
    between = _number(number)
    if within != "within" or words not in ("word", "words") or of != "of" or between is None:
        return None
    return Sign(" ".join(said), between, in_order=False, size=4)


def _number(word: str) -> int | None:
    if re.fullmatch(r"[0-9]+", word):
        return int(word)
    return _NUMBERS.index(word) + 1 if word in _NUMBERS else None


def _word(side: list[Item], at: int) -> str:
    """ "" where no word stands there."""
    return str(side[at].value) if at < len(side) and isinstance(side[at], Word) else ""


def _word_in_parentheses(side: list[Item], at: int) -> str:
    item = side[at] if at < len(side) else None
    return str(item.expr.value) if isinstance(item, BaseGroup) and isinstance(item.expr, Word) else ""
