"""Decide on the records series of records. Nothing here destroys anything.

A decision is an entry of the ledger `retention` and an event of the audit. If it gives any record an earlier
date than it has, or a date to a record that was to be kept permanently, it counts only after a second person
approved it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from recordroom import clock
from recordroom.archive.ledger import actor
from recordroom.errors import NotThere, UsageError
from recordroom.records.holds import LONGEST_REASON, check_text
from recordroom.retention import decisions, hold_entries, ledger
from recordroom.retention.decisions import Decision
from recordroom.retention.holds import Act, HoldScope
from recordroom.retention.ledger import RetentionState
from recordroom.retention.models import RETAIN
from recordroom.search.access import Viewer
from recordroom.search.filters import Filters
from recordroom.search.index.retention import Change, preview, read_heads
from recordroom.search.searcher import Searcher

MOST = 1_000_000  # records of one decision


@dataclass(frozen=True, slots=True)
class ClassificationOrder:
    """What a person decides."""

    series: str | None  # disposition authority number; None: undetermined, so retain
    scope: HoldScope  # records, conversations, and authors
    reason: str
    query: str = ""  # the search whose results these records are; for information


@dataclass(slots=True)
class Preview:
    """What a decision changes."""

    records: int = 0  # in an account each; all that the decision covers
    changed: int = 0  # of these, those with another series or date
    shortened: int = 0  # get an earlier date, or a date instead of permanent retention
    dated: int = 0  # get a date, and had none
    on_hold: int = 0


def find_records(searcher: Searcher, query: str, filters: Filters, viewer: Viewer) -> frozenset[str]:
    """Return the IDs of the records that a search finds now.

    QueryError or UsageError if it cannot be used.
    """
    hits = searcher.stream(query, filters, viewer=viewer).hits
    found = frozenset(hit.record["record_id"] for hit in hits)
    if not found:
        raise UsageError("the search finds no record", "Change the search.")
    return found


def preview_decision(searcher: Searcher, order: ClassificationOrder, viewer: Viewer) -> Preview:
    """Return what the decision would change; UsageError if it cannot be made."""
    order = _check(searcher, order, viewer)
    return _summarize(_list_changes(searcher, order))


def decide(searcher: Searcher, order: ClassificationOrder, viewer: Viewer) -> Decision:
    """Store a decision; it counts at once, unless a second person must approve it.

    UsageError if it cannot be made; ServiceUnavailable if the bucket or Elasticsearch is away: nothing was
    stored then.
    """
    order = _check(searcher, order, viewer)
    shortens = _summarize(_list_changes(searcher, order)).shortened > 0
    act_id = secrets.token_hex(16)
    searcher.note("classification", viewer.name, decision=act_id, series=order.series, act=act_id)
    parts = hold_entries.split_scope(order.scope)
    for number, scope in enumerate(parts, 1):
        body: dict[str, Any] = {
            "act_id": act_id, "part": number, "parts": len(parts), "series": order.series,
            "scope": scope.to_body(), "reason": order.reason,
        }  # fmt: skip
        body |= {"query": order.query} if order.query else {}
        body |= {"shortens": True} if shortens else {}
        _append(searcher, decisions.DECIDED, body, viewer, act_id if number == 1 else "")
    return searcher.retention.refresh().decisions[act_id]


def approve(searcher: Searcher, decision_id: str, reason: str, viewer: Viewer) -> Decision:
    """Approve a decision that shortens a period, as a second person."""
    decision = find_decision(searcher, decision_id)
    if not decision.waits_for_approval:
        raise UsageError("this decision needs no approval", "No action is needed.")
    if (viewer.name or actor()) == decision.decided.who:
        raise UsageError(
            "a decision that shortens a period is approved by a second person", "Ask another person."
        )
    body = {"act_id": decision.id, "approves": True, "reason": check_text("reason", reason, LONGEST_REASON)}
    searcher.note("classification approved", viewer.name, decision=decision.id)
    _append(searcher, decisions.APPROVED, body, viewer)
    return searcher.retention.refresh().decisions[decision.id]


def revoke(searcher: Searcher, decision_id: str, reason: str, viewer: Viewer) -> Decision:
    """Revoke a decision: it no longer counts."""
    decision = find_decision(searcher, decision_id)
    body = {"act_id": decision.id, "revokes": True, "reason": check_text("reason", reason, LONGEST_REASON)}
    searcher.note("classification revoked", viewer.name, decision=decision.id)
    _append(searcher, decisions.REVOKED, body, viewer)
    return searcher.retention.refresh().decisions[decision.id]


def find_decision(searcher: Searcher, decision_id: str) -> Decision:
    """Return a decision that was not revoked; NotThere if there is none."""
    decision = searcher.retention.refresh().decisions.get(decision_id)
    if decision is None:
        raise NotThere("there is no such decision", "`recordroom retention decisions` lists them.")
    if decision.revoked:
        raise UsageError("this decision was revoked already", "No action is needed.")
    return decision


def _check(searcher: Searcher, order: ClassificationOrder, viewer: Viewer) -> ClassificationOrder:
    scope = order.scope
    if scope.has_range or scope.is_empty:
        raise UsageError(
            "a decision names records, conversations, or authors",
            "Name them, or use the results of a search.",
        )
    if len(scope.records) > MOST:
        raise UsageError(f"these are {len(scope.records):,} records", f"The limit is {MOST:,}. Split them.")
    rules = searcher.retention.refresh().policy.rules
    if order.series is not None and order.series not in rules:
        known = ", ".join(sorted(rules)) or "none: put a retention file in force first"
        raise UsageError(f"no schedule in force has the series {order.series!r}", f"Known: {known}.")
    if any(name in viewer.withheld_records for name in scope.records | scope.conversations):
        raise NotThere("there is no such record", "Use its record ID.")
    return replace(order, reason=check_text("reason", order.reason, LONGEST_REASON))


def _list_changes(searcher: Searcher, order: ClassificationOrder) -> Iterator[Change]:
    """Yield what the decision changes for each record, as if it counted already."""
    heads = read_heads(searcher.archive)
    now = Decision("0" * 32, order.series, order.scope, Act("", clock.now()), 0)
    made = {**heads.state.decisions, now.id: now}
    after = replace(heads, state=replace(heads.state, decisions=made))
    return preview(searcher.client, searcher.alias, heads, after, order.scope)


def _summarize(changes: Iterator[Change]) -> Preview:
    found = Preview()
    for change in changes:
        before, after = change.before, change.after
        found.records += 1
        found.on_hold += bool(after.get("on_hold"))
        found.changed += before != after
        then, now = before.get("eligible_on"), after.get("eligible_on")
        was_kept = before.get("retention_action") == RETAIN
        found.dated += now is not None and then is None
        found.shortened += now is not None and (was_kept or (then is not None and now < then))
    if not found.records:
        raise UsageError("the index has none of these records", "Check their IDs.")
    return found


def _append(searcher: Searcher, type_: str, body: dict[str, Any], viewer: Viewer, nonce: str = "") -> None:
    def make(state: RetentionState) -> dict[str, Any]:
        known = state.decisions.get(body["act_id"])
        if type_ != decisions.DECIDED and (known is None or known.revoked):
            raise UsageError("the decision was revoked meanwhile", "No action is needed.")
        if type_ == decisions.DECIDED and body["series"] not in (None, *state.policy.rules):
            raise UsageError("the schedules changed meanwhile", "Decide again.")
        return body

    ledger.append(searcher.archive, type_, make, viewer.name, nonce, known=searcher.retention.now())
