"""Count the records that holds cover.

The count is of current versions, as a search without a query has it. A hold covers more: a record of which an
earlier version matches, and new records until its query was asked about them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from elasticsearch import Elasticsearch

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
