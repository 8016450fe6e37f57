"""What stands beside the hits of a page: how many versions the archive has of each, and how many answers to it it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from recordroom.model import MESSAGE
from recordroom.search import node
from recordroom.search.answers import by_parent, counted
from recordroom.search.filters import barred
from recordroom.search.hits import Record
from recordroom.search.results import Searcher

HOLDERS = 100  # accounts that hold one record


@dataclass(frozen=True, slots=True)
class Beside:
    """`versions`: of (account, record_id), late ones too. `answers`: to a record_id, in any account that may be seen."""

    versions: Mapping[tuple[str, str], int]
    answers: Mapping[str, int]


def beside(searcher: Searcher, records: Iterable[Record], without: tuple[str, ...] = (), *, quarantined: bool = False) -> Beside:
    """In one request. `quarantined`: of records under quarantine too. ServiceUnavailable if Elasticsearch is away."""
    names = sorted({record["record_id"] for record in records})
    if not names:
        return Beside({}, {})
    quarantine = searcher.quarantine.now()
    hidden: list[dict[str, Any]] = [{"terms": {"account": list(without)}}] if without else []
    hidden += [barred(quarantine)] if quarantine.records and not quarantined else []
    accounts = {"terms": {"field": "account", "size": HOLDERS}}
    versions = {
        "query": {"bool": {"filter": [{"terms": {"record_id": names}}], "must_not": hidden}},
        "aggs": {"of": {"terms": {"field": "record_id", "size": len(names), **node.OF_FEW}, "aggs": {"in": accounts}}},
    }
    current = {"bool": {"filter": {"term": {"current": True}}, "must_not": [*hidden, {"term": {"kind": MESSAGE}}]}}
    bodies = (versions | {"size": 0}, by_parent(current, names))
    with node.speaking():
        found = searcher.client.msearch(searches=[part for body in bodies for part in ({"index": searcher.alias}, body)])
    for answer in found["responses"]:
        node.check(answer)
    of, to = found["responses"]
    held = ((record["key"], one) for record in of["aggregations"]["of"]["buckets"] for one in record["in"]["buckets"])
    versions_of = {(one["key"], record): one["doc_count"] for record, one in held}
    return Beside(versions_of, counted(searcher, current, to))
