"""Counts shown next to each hit: its archived versions, and the replies to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch

from recordroom.model import MESSAGE
from recordroom.search.access import Viewer
from recordroom.search.client import OF_FEW, Dsl, check, speaking
from recordroom.search.hits import Record

EXACT = 3_000  # different records up to which Elasticsearch counts exactly by default
EXACT_AT_MOST = 40_000  # the same where a request asks for it, which costs memory for each record
HOLDERS = 100  # accounts that have one record


@dataclass(frozen=True, slots=True)
class HitCounts:
    """Counts for the hits of a page."""

    # (account, record_id) -> archived versions, late arrivals included
    versions: Mapping[tuple[str, str], int]
    replies: Mapping[str, int]  # record_id -> replies in all accounts that the viewer may see


def count_versions_and_replies(
    client: Elasticsearch, index: str, records: Iterable[Record], viewer: Viewer
) -> HitCounts:
    """Count both in one request. ServiceUnavailable if Elasticsearch is away."""
    names = sorted({record["record_id"] for record in records})
    if not names:
        return HitCounts({}, {})
    hidden = viewer.exclude_hidden()
    accounts = {"terms": {"field": "account", "size": HOLDERS}}
    by_record = {"terms": {"field": "record_id", "size": len(names), **OF_FEW}, "aggs": {"in": accounts}}
    versions = {
        "query": {"bool": {"filter": [{"terms": {"record_id": names}}], "must_not": hidden}},
        "aggs": {"of": by_record},
        "size": 0,
    }
    current = {
        "bool": {"filter": {"term": {"current": True}}, "must_not": [*hidden, {"term": {"kind": MESSAGE}}]}
    }
    bodies = (versions, build_reply_count(current, names))
    with speaking():
        found = client.msearch(searches=[part for body in bodies for part in ({"index": index}, body)])
    for answer in found["responses"]:
        check(answer)
    counted, replies = found["responses"]
    held = (
        (one["key"], own) for one in counted["aggregations"]["of"]["buckets"] for own in one["in"]["buckets"]
    )
    versions_of = {(own["key"], record): own["doc_count"] for record, own in held}
    return HitCounts(versions_of, read_reply_count(client, index, current, replies))


def build_reply_count(query: Dsl, parents: Sequence[str], exact: int = EXACT) -> Dsl:
    """Build the search that counts the replies to each parent.

    query: what counts as a reply. exact: different records up to which the count is exact.
    """
    wanted = {"bool": {"filter": [query, {"terms": {"parent_id": list(parents)}}]}}
    records = {"cardinality": {"field": "record_id", "precision_threshold": exact}}
    of = {"terms": {"field": "parent_id", "size": len(parents), **OF_FEW}, "aggs": {"records": records}}
    return {"query": wanted, "size": 0, "track_total_hits": False, "aggs": {"of": of}}


def read_reply_count(
    client: Elasticsearch, index: str, query: Dsl, answer: Mapping[str, Any]
) -> dict[str, int]:
    """Read parent -> number of replies from the response.

    Parents without any are absent.

    Parents with very many replies are counted again, so that numbers are exact below EXACT_AT_MOST.
    """
    buckets = answer["aggregations"]["of"]["buckets"]
    many = [one["key"] for one in buckets if one["doc_count"] > EXACT]
    if many:
        with speaking():
            again = client.search(index=index, body=build_reply_count(query, many, EXACT_AT_MOST))
        buckets = [*buckets, *again["aggregations"]["of"]["buckets"]]
    return {one["key"]: int(one["records"]["value"]) for one in buckets}
