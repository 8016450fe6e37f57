"""Other queries to offer next to a search, each with the number of records that it finds.

The words as the name of an author; if the search finds nothing, also the words at any distance, any of them,
and each alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from luqum.tree import BaseGroup, Item, Not, Phrase, Plus, Prohibit, Proximity, SearchField, Word

from recordroom.errors import QueryError, ServiceUnavailable
from recordroom.search import client
from recordroom.search.query import terms
from recordroom.search.query.query import Query, read
from recordroom.search.query.syntax import Near, Trouble, parse, split_alternatives
from recordroom.search.query.values import read_text

MOST = 12  # words that are counted each; people do not read a longer list
_NO_NAME = re.compile(r'[*?"\\]')
_LAST_FIRST = re.compile(r"([^\s,]+), ([^\s,]+(?: [^\s,]+)?)")  # Okonjo, Mira
_OPERATORS = ("and", "or", "not", "near")


Count = Callable[[Sequence[Query]], list[int]]  # how many records each of these finds


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A query, and how many records it finds, counted as a search counts them."""

    text: str
    records: int


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The queries to offer; all except `author` only if the search finds nothing."""

    author: Suggestion | None  # None: its words are not all plain ones
    anywhere: Suggestion | None = None  # all of its words at any distance; None: it asks for that already
    any_of: Suggestion | None = None  # None: it has one word
    each: tuple[Suggestion, ...] = ()  # each word alone


def suggest(query: Query, total: int, count: Count) -> Suggestions | None:
    """Return the queries to offer next to a search.

    total: what the search finds. count: called once, and only if there is something to count. None for a
    query of nothing, of more than MOST words, or of alternatives; and if counting fails or takes too long,
    since a suggestion is no part of the result.
    """
    wanted, unwanted = _parts(query.text)
    if not 0 < len(wanted) <= MOST:
        return None
    without = " ".join(["", *unwanted])
    texts = {"author": _author(wanted, whole=not total)}
    if not total:
        said = list(dict.fromkeys(_said(wanted)))
        if len(said) > 1:
            either = " OR ".join(said)
            texts["any_of"] = f"({either})" if without else either
            texts |= {f"each {place}": one for place, one in enumerate(said)}
        if said and said != [_typed(item) for item in wanted]:
            texts["anywhere"] = " ".join(said)
    texts = {name: f"{text}{without}" for name, text in texts.items() if text}
    try:
        numbers = count([read(text) for text in texts.values()]) if texts else []
    except (QueryError, client.TooSlow, client.TooWide, ServiceUnavailable):
        return None
    found = {
        name: Suggestion(text, number) for (name, text), number in zip(texts.items(), numbers, strict=True)
    }
    each = tuple(one for name, one in found.items() if name.startswith("each"))
    return Suggestions(found.get("author"), found.get("anywhere"), found.get("any_of"), each)


def requires_all_words(text: str) -> bool:
    """Whether a query has several words that must all be there.

    No word of a phrase or of alternatives can be left out.
    """
    return len(_parts(text)[0]) > 1


def _parts(text: str) -> tuple[list[Item], list[str]]:
    """Return the items that must all be there, and those that must not, as typed.

    Nothing for a query of alternatives.
    """
    if not text.strip():
        return [], []
    sides = split_alternatives(parse(text))
    items = sides[0] if len(sides) == 1 else []
    wanted = [
        item.a if isinstance(item, Plus) else item for item in items if not isinstance(item, Not | Prohibit)
    ]
    wanted = [item for item in wanted if not isinstance(item, Word) or _is_sought(item.value)]
    unwanted = [_typed(item) for item in items if isinstance(item, Not | Prohibit)]
    return list({_typed(item): item for item in wanted}.values()), unwanted


def _is_sought(word: str) -> bool:
    return word == "*" or terms.has_words(word)


def _said(wanted: list[Item]) -> Iterator[str]:
    """Yield the items that can be searched alone, without words that were meant as operators.

    A phrase is split into its words if there is nothing else.
    """
    for item in wanted:
        if isinstance(item, Near):
            yield from (one for side in (item.left, item.right) for one in _said([side]))
        elif isinstance(item, Word):
            parts = terms.split_joined(item.value) or [_typed(item)]
            yield from (part for part in parts if part.lower() not in _OPERATORS)
        elif isinstance(item, (Phrase, Proximity)) and len(wanted) == 1:
            yield from _words_of(item)
        elif isinstance(item, SearchField) and item.name.lower() == "url" and len(wanted) == 1:
            yield _typed(item.expr)  # posts that name the address
        elif isinstance(item, BaseGroup) and isinstance(item.expr, (Word, Near)):
            yield from _said([item.expr])
        else:
            yield _typed(item)


def _words_of(item: Phrase | Proximity) -> list[str]:
    """Return the words of a phrase; the phrase itself if they are no words of a query."""
    found = read_text(item.term if isinstance(item, Proximity) else item).split()
    try:
        sides = split_alternatives(parse(" ".join(found))) if found else []
    except Trouble:
        sides = []
    plain = len(sides) == 1 and all(isinstance(one, Word) for one in sides[0])
    return found if plain else [_typed(item)]


def _author(wanted: list[Item], *, whole: bool) -> str:
    """Return the query for an author of this name; "" where a name is not written so.

    whole: whether one word may be a part of a name. Else it is a handle alone: many names have a common word.
    """
    if not all(isinstance(item, Word | Phrase) for item in wanted):
        return ""
    words = " ".join(_typed(item).strip('"') for item in wanted)
    if _NO_NAME.search(words):
        return ""
    turned = _LAST_FIRST.fullmatch(words)
    name = f"{turned[2]} {turned[1]}" if turned else words
    return f'author:"{name}"' if whole or " " in name else f'handle:"{name}"'


def _typed(item: Item) -> str:
    """Return the item as it was typed, without a ? that is punctuation."""
    text = str(item).strip()
    return terms.strip_question(text, None) if isinstance(item, Word) else text
