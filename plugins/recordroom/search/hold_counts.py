"""Count the records that holds cover, and find the IDs in holds that a viewer may not see.

The count is of current versions, as a search without a query has it. A hold covers more: a record of which an
earlier version matches, and new records until its query was asked about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from elasticsearch import Elasticsearch

from recordroom.retention import hold_entries
from recordroom.retention.clauses import Clause, range_clause, scope_clauses
from recordroom.retention.holds import HoldScope
from recordroom.search.access import Viewer
from recordroom.search.client import check, speaking
from recordroom.search.filters import Filters
from recordroom.search.query.query import read
from recordroom.search.retention_counts import make_filters


def count_covered(
    client: Elasticsearch, alias: str, scopes: Sequence[HoldScope], viewer: Viewer
) -> list[int]:
    """Return how many records each scope covers, as far as the viewer may see them.

    QueryError if a query cannot be used; ServiceUnavailable if Elasticsearch is away, there is no index yet,
    or the quarantine is not known.
    """
    if not scopes:
        return []
    filters = make_filters(viewer)
    seen: list[Any] = filters.clauses(viewer)
    searches: list[dict[str, Any]] = []
    for scope in scopes:
        query = {"bool": {"filter": [*seen, _make_clause(scope, filters, viewer)]}}
        searches += [{"index": alias}, {"size": 0, "track_total_hits": True, "query": query}]
    with speaking():
        answers = client.msearch(searches=searches)["responses"]
    for answer in answers:
        check(answer)
    return [answer["hits"]["total"]["value"] for answer in answers]


def find_hidden_ids(client: Elasticsearch, alias: str, ids: Iterable[str], viewer: Viewer) -> set[str]:
    """Return the IDs of records and of root posts that only hidden accounts have.

    ServiceUnavailable if Elasticsearch is away.
    """
    hidden, shown = set[str](), set[str]()
    for accounts in viewer.exclude_accounts():
        for some in hold_entries.split_ids(sorted(ids)):
            terms = {"include": some, "size": len(some)}
            aggs = {field: {"terms": {"field": field, **terms}} for field in ("record_id", "root_id")}
            for found, kind in ((hidden, "filter"), (shown, "must_not")):
                body = {"size": 0, "query": {"bool": {kind: [accounts]}}, "aggs": aggs}
                with speaking():
                    answer = client.search(index=alias, body=body)["aggregations"]
                found.update(bucket["key"] for field in aggs for bucket in answer[field]["buckets"])
    return hidden - shown


def count_unmatched(client: Elasticsearch, alias: str, scope: HoldScope, viewer: Viewer) -> int:
    """Return how many of the listed records and root posts match no record that the viewer may see.

    ServiceUnavailable if Elasticsearch is away.
    """
    seen = make_filters(viewer).clauses(viewer)
    unmatched = 0
    for field, ids in (("record_id", scope.records), ("root_id", scope.conversations)):
        for some in hold_entries.split_ids(sorted(ids)):
            terms = {"field": field, "include": some, "size": len(some)}
            body = {"size": 0, "query": {"bool": {"filter": seen}}, "aggs": {"found": {"terms": terms}}}
            with speaking():
                found = client.search(index=alias, body=body)["aggregations"]["found"]["buckets"]
            unmatched += len(some) - len({one["key"] for one in found}.difference(viewer.withheld_records))
    return unmatched


def _make_clause(scope: HoldScope, filters: Filters, viewer: Viewer) -> Clause:
    """Return the clause of the documents that a scope covers.

    A count by a guessed ID must not confirm that a record under quarantine exists.
    """
    known = scope.conversations.difference(viewer.withheld_records)
    lists = HoldScope(scope.records, known, scope.authors)
    found = scope_clauses(lists)
    if scope.has_range:
        query = [filters.restrict(read(scope.query).dsl, viewer)] if scope.query else []
        found.append({"bool": {"filter": [range_clause(scope), *query]}})
    return {"bool": {"should": found, "minimum_should_match": 1}}
