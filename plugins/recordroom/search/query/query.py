"""Queries in Lucene syntax, read by luqum and turned into Elasticsearch's own query language, whose parser never sees what people type.

- Words side by side must all occur (AND). AND is read before OR: `a OR b c` is `a OR (b AND c)`; `understood` says so.
- A word is sought in text, title and alternative text, in any of its English and Spanish forms, without accents and case;
  `"a phrase"` in that order, `"a phrase"~3` with up to three words between, `exact:"..."` letter by letter.
- `#tag`, `@handle` and emoji are found as such, not as the words that they contain.
- The address of a post, or the id of a record, that stands alone is the query that finds it.
- `ice w/5 closed`, `pre/3`, `NEAR`, and `within 3 words of` ask for words near each other (syntax.py),
  `threat!` for the word and what begins with it.
- `*` and `?` stand for letters, except a `?` at the end of a word; `word~` also finds what differs in a letter
  or two; `field:value`, `field:[a TO b]`, `field:>=a`.

`read(text)` gives a Query or raises QueryError with the place and a corrected form that can itself be read, whatever the text is. Types are
checked here, so that Elasticsearch is never sent what it would refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recordroom.errors import QueryError
from recordroom.model import repair
from recordroom.search.query.permalinks import query_of
from recordroom.search.query.syntax import Trouble, mended, parse, seen
from recordroom.search.query.translation import Translation

EVERYTHING = "every record"


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it was read."""

    text: str  # as typed, without invisible characters; of a pasted address or id the query for it
    dsl: dict[str, Any]  # Elasticsearch's query
    understood: str  # the query in words, and what a person should know about how it was read
    doubts: tuple[str, ...] = ()  # sentences on why a result of nothing may not be what was asked for
    marks: dict[str, Any] | None = None  # the query that marks words in hits; None: `dsl`


def read(text: str) -> Query:
    """The query of a text; an empty one is every record. QueryError names the place and a query that can be read."""
    text = seen(repair(text))
    try:
        return _read(text)
    except Trouble as trouble:
        pasted = _pasted(text)
        if pasted is not None:
            return pasted
        raise QueryError(trouble.message, text, min(trouble.position, len(text)), mended(text, trouble, _read)) from None


def _pasted(text: str) -> Query | None:
    """The query for what was pasted; None for what is none of it, or cannot stand in a query either."""
    meant = query_of(text)
    try:
        return _read(meant) if meant else None
    except Trouble:
        return None


def _read(text: str) -> Query:
    if not text.strip():
        return Query(text, {"match_all": {}}, EVERYTHING)
    translation = Translation(text)
    tree = parse(text)
    dsl, words = translation.whole(tree)
    marks = Translation(text, to_mark=True).whole(tree)[0] if translation.has_near else None
    return Query(text, dsl, ". ".join([words, *translation.notes]), tuple(translation.doubts), marks)
