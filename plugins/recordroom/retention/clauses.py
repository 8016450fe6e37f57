"""Which documents of the index an entry of the ledger `retention` can concern, as Elasticsearch's clauses.

In doubt a clause covers more: documents are derived again, and only those that differ are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from recordroom.archive.ledger import Entry
from recordroom.model import instant
from recordroom.retention import decisions, hold_entries, proposals, statements
from recordroom.retention.holds import Hold, HoldScope
from recordroom.retention.ledger import RetentionState

Clause = dict[str, Any]
EVERYTHING: Clause = {"match_all": {}}
_MOST_TERMS = 10_000  # IDs in one clause; Elasticsearch takes 65,536


def list_clauses(entry: Entry, state: RetentionState) -> list[Clause]:
    """Return the clauses of what an entry can concern; none if it changes no field.

    state: after this entry, or later.
    """
    if entry.type in (hold_entries.ACKNOWLEDGED, hold_entries.CLOSED, *proposals.TYPES):
        return []
    if entry.type in decisions.TYPES or entry.type in statements.TYPES:
        made = state.decisions if entry.type in decisions.TYPES else state.statements
        act = made.get(entry.body["act_id"])
        last = entry.body.get("part", 1) == entry.body.get("parts", 1)  # until then it does not count
        return scope_clauses(act.scope) if act and last else []
    hold = state.holds.get(entry.body.get("act_id", ""))
    if entry.type not in hold_entries.TYPES:
        return [EVERYTHING]
    if hold is None:
        return []
    if entry.type == hold_entries.CAUGHT:
        listed = HoldScope(records=frozenset(entry.body["records"]))
        return [*scope_clauses(listed), *_new_since(hold)]
    return [clause for scope in (hold.scope, *hold.earlier) for clause in scope_clauses(scope)]


def _new_since(hold: Hold) -> list[Clause]:
    """Return the clause of the accounts and dates of a hold: what its query did not find is free now."""
    return [range_clause(hold.scope)] if hold.scope.has_range else []


def scope_clauses(scope: HoldScope) -> list[Clause]:
    """Return clauses of which a document that a scope covers matches at least one."""
    found: list[Clause] = [{"terms": {"record_id": some}} for some in _split(sorted(scope.records))]
    for some in _split(sorted(scope.conversations)):
        found += [{"terms": {"root_id": some}}, {"terms": {"record_id": some}}]
    by_platform: dict[str, list[str]] = {}
    for platform, author in sorted(scope.authors):
        by_platform.setdefault(platform, []).append(author)
    for platform, authors in by_platform.items():
        found += [
            {"bool": {"filter": [{"term": {"platform": platform}}, {"terms": {"author_id": some}}]}}
            for some in _split(authors)
        ]
    return [*found, *([range_clause(scope)] if scope.has_range else [])]


def range_clause(scope: HoldScope) -> Clause:
    """Return the clause of the accounts and dates of a scope, as holds._range_condition has them in SQL."""
    parts: list[Clause] = []
    if scope.accounts:
        parts.append({"terms": {"account": sorted(scope.accounts)}})
    bounds = {name: instant(at) for name, at in (("gte", scope.from_), ("lte", scope.to)) if at}
    if bounds:
        undated = {"bool": {"must_not": {"exists": {"field": "published_at"}}}}
        within = [{"range": {name: bounds}} for name in ("published_at", "edited_at")]
        parts.append({"bool": {"should": [undated, *within]}})
    return {"bool": {"filter": parts}} if parts else EVERYTHING


def join(clauses: Sequence[Clause]) -> Clause:
    """Return the clause of what matches any of these."""
    return EVERYTHING if EVERYTHING in clauses else {"bool": {"should": list(clauses)}}


def _split(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while some := list(islice(rest, _MOST_TERMS)):
        yield some
