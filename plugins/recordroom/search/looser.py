"""What a search that finds nothing would find otherwise: with any of its words, with each of them alone, and as the name of an author."""

from __future__ import annotations

import re
from dataclasses import dataclass

from luqum.tree import Item, Not, Phrase, Plus, Prohibit, Word

from recordroom.errors import QueryError, ServiceUnavailable
from recordroom.search import node
from recordroom.search.filters import Filters
from recordroom.search.parsing import parse
from recordroom.search.query import Query, read
from recordroom.search.results import Searcher
from recordroom.search.translation import alternatives

MOST = 12  # words of which each is counted; with more nobody reads the list
_NO_NAME = re.compile(r'[*?"\\]')


@dataclass(frozen=True, slots=True)
class Found:
    """A query, and how many records it finds, counted as a search counts them."""

    text: str
    records: int


@dataclass(frozen=True, slots=True)
class Looser:
    """`any_of` None: of a query of one word. `author` None: its words are not all plain ones."""

    any_of: Found | None
    each: tuple[Found, ...]
    author: Found | None


def looser(searcher: Searcher, query: Query, filters: Filters) -> Looser | None:
    """In one request, within the same filters; None for a query of nothing, of more than MOST, or of alternatives, and where counting
    fails or takes too long: it is an offer, and no part of the answer."""
    wanted, unwanted = _parts(query.text)
    if not 0 < len(wanted) <= MOST:
        return None
    typed = [_typed(item) for item in wanted]
    name, without = _name(wanted), " ".join(["", *unwanted])
    texts = [f"{name}{without}"] if name else []
    if len(typed) > 1:
        either = " OR ".join(typed)
        texts += [*(f"{one}{without}" for one in typed), f"({either}){without}" if without else either]
    try:
        numbers = _numbers(searcher, [read(text) for text in texts], filters) if texts else []
    except (QueryError, node.TooSlow, node.TooWide, ServiceUnavailable):
        return None
    found = [Found(text, number) for text, number in zip(texts, numbers, strict=True)]
    author = found.pop(0) if name else None
    return Looser(found[-1] if found else None, tuple(found[:-1]), author)


def wants_all(text: str) -> bool:
    """Whether there are several words, all of which must be there; of alternatives and of a phrase no word can be left out so."""
    return len(_parts(text)[0]) > 1


def _parts(text: str) -> tuple[list[Item], list[str]]:
    """What must all be there, and what must not, as it was typed; nothing of a query of alternatives."""
    if not text.strip():
        return [], []
    sides = alternatives(parse(text))
    items = sides[0] if len(sides) == 1 else []
    wanted = [item.a if isinstance(item, Plus) else item for item in items if not isinstance(item, Not | Prohibit)]
    return list({_typed(item): item for item in wanted}.values()), [_typed(item) for item in items if isinstance(item, Not | Prohibit)]


def _name(wanted: list[Item]) -> str:
    """The query for an author who is called so; "" where a name is not written so."""
    if not all(isinstance(item, Word | Phrase) for item in wanted):
        return ""
    words = " ".join(_typed(item).strip('"') for item in wanted)
    return "" if _NO_NAME.search(words) else f'author:"{words}"'


def _typed(item: Item) -> str:
    return str(item).strip()


def _numbers(searcher: Searcher, queries: list[Query], filters: Filters) -> list[int]:
    """A search each: to filter what is in scope by every word would go through all of the scope, which may be the whole index."""
    clauses = filters.clauses(searcher.quarantine.now())
    with node.speaking():
        answers = searcher.client.msearch(searches=[part for query in queries for part in searcher.counting(query, clauses)])["responses"]
    for answer in answers:
        node.check(answer)
    return [answer["hits"]["total"]["value"] for answer in answers]
