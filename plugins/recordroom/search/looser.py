"""What a search that finds nothing would find with less: with any of its words, and with each of them alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from luqum.tree import Item, Not, Plus, Prohibit

from recordroom.errors import QueryError
from recordroom.search import node
from recordroom.search.filters import Filters
from recordroom.search.parsing import parse
from recordroom.search.query import Query, read
from recordroom.search.results import Searcher
from recordroom.search.translation import alternatives

MOST = 12  # words of which each is counted; with more nobody reads the list


@dataclass(frozen=True, slots=True)
class Found:
    """A query, and how many records it finds, counted as a search counts them."""

    text: str
    records: int


@dataclass(frozen=True, slots=True)
class Looser:
    any_of: Found
    each: tuple[Found, ...]


def looser(searcher: Searcher, query: Query, filters: Filters) -> Looser | None:
    """In one request, within the same filters; None for a query of one word, of more than MOST, or of alternatives, and where counting
    takes too long: it is an offer, and no part of the answer."""
    wanted, unwanted = _parts(query.text)
    if not 1 < len(wanted) <= MOST:
        return None
    either = " OR ".join(wanted)
    texts = [*wanted, either if not unwanted else f"({either}) {' '.join(unwanted)}"]
    try:
        queries = [read(text) for text in texts]
        numbers = _numbers(searcher, queries, filters)
    except (QueryError, node.TooSlow, node.TooWide):
        return None
    found = [Found(text, number) for text, number in zip(texts, numbers, strict=True)]
    return Looser(found[-1], tuple(found[:-1]))


def _parts(text: str) -> tuple[list[str], list[str]]:
    """What must all be there, and what must not, each as it was typed; nothing of a query of alternatives."""
    if not text.strip():
        return [], []
    sides = alternatives(parse(text))
    items = sides[0] if len(sides) == 1 else []
    wanted = [_typed(item.a if isinstance(item, Plus) else item) for item in items if not isinstance(item, Not | Prohibit)]
    return list(dict.fromkeys(wanted)), [_typed(item) for item in items if isinstance(item, Not | Prohibit)]


def _typed(item: Item) -> str:
    return str(item).strip()


def _numbers(searcher: Searcher, queries: list[Query], filters: Filters) -> list[int]:
    each = {"each": {"filters": {"filters": [query.dsl for query in queries]}}}
    within: dict[str, Any] = {"bool": {"filter": filters.clauses(searcher.quarantine.now())}}
    body = {"size": 0, "track_total_hits": False, "query": within, "aggs": each, **searcher.patience}
    with node.speaking():
        [answer] = searcher.client.msearch(searches=[{"index": searcher.alias}, body])["responses"]
    node.check(answer)
    return [bucket["doc_count"] for bucket in answer["aggregations"]["each"]["buckets"]]
