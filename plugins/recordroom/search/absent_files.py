"""Which files of an account's records the archive does not have, by the reason that stands with each."""

from __future__ import annotations

from dataclasses import dataclass

from recordroom.search import node
from recordroom.search.filters import Filters
from recordroom.search.pasted import quoted
from recordroom.search.results import Searcher

MOST = 50  # reasons: some name a size or an answer of a server


@dataclass(frozen=True, slots=True)
class Absent:
    """`reasons`: (why, how many records have a file of which it is said), the most first. Records, not files: the index keeps each reason
    of a record once. `more`: there are further reasons."""

    reasons: tuple[tuple[str, int], ...]
    more: bool


def because(reason: str) -> str:
    """The query for the records of which a file is not there for that reason."""
    return f"missing_reason:{quoted(reason)}"


def absent_files(searcher: Searcher, filters: Filters) -> Absent:
    """Exact: one shard holds the index. ServiceUnavailable if Elasticsearch is away, or there is no index yet."""
    body = {
        "size": 0,
        "query": {"bool": {"filter": filters.clauses(searcher.quarantine.now())}},
        "aggs": {"reasons": {"terms": {"field": "media.missing_reason", "size": MOST}}},
    }
    with node.speaking():
        found = searcher.client.search(index=searcher.alias, body=body)["aggregations"]["reasons"]
    return Absent(tuple((bucket["key"], bucket["doc_count"]) for bucket in found["buckets"]), found["sum_other_doc_count"] > 0)
