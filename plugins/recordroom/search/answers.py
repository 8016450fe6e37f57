"""How many answers each of some records has: different records, however many accounts hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recordroom.search import node
from recordroom.search.results import Searcher

SURE = 3_000  # different records that Elasticsearch counts without an estimate by itself
SUREST = 40_000  # and where it is asked to, which costs memory for each record

Clause = dict[str, Any]


def by_parent(query: Clause, parents: Sequence[str], sure: int = SURE) -> dict[str, Any]:
    """The search that counts; `query`: what counts as an answer to anything."""
    wanted = {"bool": {"filter": [query, {"terms": {"parent_id": list(parents)}}]}}
    records = {"cardinality": {"field": "record_id", "precision_threshold": sure}}
    of = {"terms": {"field": "parent_id", "size": len(parents), **node.OF_FEW}, "aggs": {"records": records}}
    return {"query": wanted, "size": 0, "track_total_hits": False, "aggs": {"of": of}}


def counted(searcher: Searcher, query: Clause, answer: Mapping[str, Any]) -> dict[str, int]:
    """parent -> number of answers, of those that have any: what that search answered, and of very many what it counts when it is asked
    once more. Exact below SUREST."""
    buckets = answer["aggregations"]["of"]["buckets"]
    many = [one["key"] for one in buckets if one["doc_count"] > SURE]
    if many:
        with node.speaking():
            again = searcher.client.search(index=searcher.alias, body=by_parent(query, many, SUREST))
        buckets = [*buckets, *again["aggregations"]["of"]["buckets"]]
    return {one["key"]: int(one["records"]["value"]) for one in buckets}
