"""What stands beside the hits of a page: how many versions the archive has of each, and how many answers to it it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recordroom.model import MESSAGE
from recordroom.search import client
from recordroom.search.filters import barred
from recordroom.search.hits import Record
from recordroom.search.searcher import Searcher

SURE = 3_000  # different records that Elasticsearch counts without an estimate by itself
SUREST = 40_000  # and where it is asked to, which costs memory for each record

Clause = dict[str, Any]


def by_parent(query: Clause, parents: Sequence[str], sure: int = SURE) -> dict[str, Any]:
    """The search that counts; `query`: what counts as an answer to anything."""
    wanted = {"bool": {"filter": [query, {"terms": {"parent_id": list(parents)}}]}}
    records = {"cardinality": {"field": "record_id", "precision_threshold": sure}}
    of = {"terms": {"field": "parent_id", "size": len(parents), **client.OF_FEW}, "aggs": {"records": records}}
    return {"query": wanted, "size": 0, "track_total_hits": False, "aggs": {"of": of}}


def counted(searcher: Searcher, query: Clause, answer: Mapping[str, Any]) -> dict[str, int]:
    """parent -> number of answers, of those that have any: what that search answered, and of very many what it counts when it is asked
    once more. Exact below SUREST."""
    buckets = answer["aggregations"]["of"]["buckets"]
    many = [one["key"] for one in buckets if one["doc_count"] > SURE]
    if many:
        with client.speaking():
            again = searcher.client.search(index=searcher.alias, body=by_parent(query, many, SUREST))
        buckets = [*buckets, *again["aggregations"]["of"]["buckets"]]
    return {one["key"]: int(one["records"]["value"]) for one in buckets}


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
        "aggs": {"of": {"terms": {"field": "record_id", "size": len(names), **client.OF_FEW}, "aggs": {"in": accounts}}},
    }
    current = {"bool": {"filter": {"term": {"current": True}}, "must_not": [*hidden, {"term": {"kind": MESSAGE}}]}}
    bodies = (versions | {"size": 0}, by_parent(current, names))
    with client.speaking():
        found = searcher.client.msearch(searches=[part for body in bodies for part in ({"index": searcher.alias}, body)])
    for answer in found["responses"]:
        client.check(answer)
    of, to = found["responses"]
    held = ((record["key"], one) for record in of["aggregations"]["of"]["buckets"] for one in record["in"]["buckets"])
    versions_of = {(one["key"], record): one["doc_count"] for record, one in held}
    return Beside(versions_of, counted(searcher, current, to))
