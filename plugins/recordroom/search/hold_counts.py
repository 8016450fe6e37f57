"""Count the records that holds cover, find their accounts, and the IDs in holds that a viewer may not see.

The count is of current versions, as a search without a query has it. A hold covers more: a record of which an
earlier version matches, and new records until its query was asked about them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from elasticsearch import Elasticsearch

from recordroom.retention import hold_entries
from recordroom.retention.clauses import Clause, join, range_clause, scope_clauses
from recordroom.retention.holds import HoldScope
from recordroom.search.access import Viewer
from recordroom.search.client import check, speaking
from recordroom.search.filters import Filters
from recordroom.search.query.query import read
from recordroom.search.retention_counts import make_filters

MOST_ACCOUNTS = 10_000  # as many as an agency can have


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


def count_dropped(
    client: Elasticsearch, alias: str, before: HoldScope, after: HoldScope, viewer: Viewer
) -> int:
    """Return how many records one scope covers and another does not; fails as `count_covered` does."""
    filters = make_filters(viewer)
    seen: list[Clause] = [*filters.clauses(viewer), _make_clause(before, filters, viewer)]
    query = {"bool": {"filter": seen, "must_not": [_make_clause(after, filters, viewer)]}}
    with speaking():
        answer = client.search(index=alias, size=0, track_total_hits=True, query=query)
    return int(answer["hits"]["total"]["value"])


def find_listed_accounts(
    client: Elasticsearch, alias: str, scopes: Mapping[str, HoldScope], viewer: Viewer
) -> dict[str, frozenset[str]]:
    """Return the accounts of the listed records, conversations, and authors, by the keys of the scopes.

    Only the records count that the viewer may see. ServiceUnavailable if Elasticsearch is away.
    """
    if not scopes:
        return {}
    wanted = {name: join(scope_clauses(_known_lists(scope, viewer))) for name, scope in scopes.items()}
    accounts = {"accounts": {"terms": {"field": "account", "size": MOST_ACCOUNTS}}}
    with speaking():
        answer = client.search(
            index=alias,
            size=0,
            query={"bool": {"filter": make_filters(viewer).clauses(viewer)}},
            aggs={"scopes": {"filters": {"filters": wanted}, "aggs": accounts}},
        )
    buckets = answer["aggregations"]["scopes"]["buckets"]
    return {
        name: frozenset(one["key"] for one in bucket["accounts"]["buckets"])
        for name, bucket in buckets.items()
    }


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


def is_any_covered(client: Elasticsearch, alias: str, lists: HoldScope, records: Collection[str]) -> bool:
    """Return whether the lists of a scope cover any of these records, hidden ones too.

    ServiceUnavailable if Elasticsearch is away.
    """
    for some in hold_entries.split_ids(sorted(records)):
        within: Clause = {"terms": {"record_id": some}}
        query = {"bool": {"filter": [within, join(scope_clauses(lists))]}}
        with speaking():
            answer = client.search(index=alias, size=0, terminate_after=1, query=query)
        if answer["hits"]["total"]["value"]:
            return True
    return False


def _make_clause(scope: HoldScope, filters: Filters, viewer: Viewer) -> Clause:
    """Return the clause of the documents that a scope covers.

    A count by a guessed ID must not confirm that a record under quarantine exists.
    """
    found = scope_clauses(_known_lists(scope, viewer))
    if scope.has_range:
        query = [filters.restrict(read(scope.query).dsl, viewer)] if scope.query else []
        found.append({"bool": {"filter": [range_clause(scope), *query]}})
    return {"bool": {"should": found, "minimum_should_match": 1}}


def _known_lists(scope: HoldScope, viewer: Viewer) -> HoldScope:
    """Return the lists of a scope without root posts under quarantine, whose replies would reveal them."""
    return HoldScope(scope.records, scope.conversations.difference(viewer.withheld_records), scope.authors)
