"""Decide on the records series of records. Nothing here destroys anything.

A decision is an entry of the ledger `retention` and an event of the audit. If less protects any record after
it, or after its revocation (retention/protection.py), it counts only after a second person approved it
(approvals.py).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

from recordroom import clock
from recordroom.errors import NotThere, UsageError
from recordroom.records import approvals
from recordroom.records.approvals import ActKind, ChangedMeanwhile
from recordroom.records.holds import LONGEST_REASON, check_text
from recordroom.records.retention_preview import Preview
from recordroom.records.secondary_copies import check_primary
from recordroom.retention import decisions, hold_entries
from recordroom.retention.decisions import Decision
from recordroom.retention.holds import Act, HoldScope
from recordroom.retention.ledger import RetentionState
from recordroom.retention.validity import Validity
from recordroom.search.access import Viewer
from recordroom.search.filters import Filters
from recordroom.search.searcher import Searcher
from recordroom.text import counted

MOST = 1_000_000  # records of one decision
KIND = ActKind("decision", "decisions", decisions.DECIDED, decisions.APPROVED, decisions.REVOKED)


@dataclass(frozen=True, slots=True)
class ClassificationOrder:
    """What a person decides."""

    series: str | None  # disposition authority number; None: undetermined, so retain
    scope: HoldScope  # records, conversations, and authors
    reason: str
    query: str = ""  # the search whose results these records are; for information
    filters: Filters | None = None  # of that search; None: no search
    primary: str = ""  # record ID of the primary, if these records are secondary copies


def find_records(searcher: Searcher, query: str, filters: Filters, viewer: Viewer) -> frozenset[str]:
    """Return the IDs of the records that a search finds now, as far as the viewer may see them.

    QueryError or UsageError if it cannot be used.
    """
    found = searcher.find_ids(query, filters, viewer=viewer, most=MOST)
    if not found:
        raise UsageError("the search finds no record", "Change the search.")
    return found


def preview_decision(searcher: Searcher, order: ClassificationOrder, viewer: Viewer) -> Preview:
    """Return what the decision would change; UsageError if it cannot be made."""
    return _prepare(searcher, order, viewer)[2]


def decide(
    searcher: Searcher, order: ClassificationOrder, viewer: Viewer, *, seen: str | None = None
) -> Decision:
    """Store a decision; it counts at once, unless a second person must approve it.

    seen: fingerprint of the preview that the person saw.

    UsageError if it cannot be made, ChangedMeanwhile if it would change something else than was seen;
    ServiceUnavailable if the bucket or Elasticsearch is away: nothing was decided then.
    """
    order, state, found = _prepare(searcher, order, viewer)
    _check_seen(seen, found)

    def preview_again() -> Preview:
        again = preview_decision(searcher, order, viewer)
        _check_seen(seen, again)
        return again

    act_id = secrets.token_hex(16)
    searcher.note("classification", viewer.name, decision=act_id, series=order.series, act=act_id)
    parts = hold_entries.split_scope(order.scope)
    for number, scope in enumerate(parts, 1):
        body: dict[str, Any] = {
            "act_id": act_id, "part": number, "parts": len(parts), "series": order.series,
            "scope": scope.to_body(), "reason": order.reason,
        }  # fmt: skip
        if number == 1:
            body |= _describe_origin(order, found)
        nonce = act_id if number == 1 else ""
        state = approvals.store_part(
            searcher, KIND, body, viewer, checked=state, preview_again=preview_again, nonce=nonce
        )
    return searcher.retention.refresh().decisions[act_id]


def _check_seen(seen: str | None, found: Preview) -> None:
    """Raise ChangedMeanwhile if the decision changes something else than the person saw."""
    if seen is not None and seen != found.fingerprint:
        raise ChangedMeanwhile(
            f"{_describe_difference(seen, found)}, so nothing was decided",
            "Look at what the decision changes now, and decide again.",
        )


def _describe_difference(seen: str, found: Preview) -> str:
    before, now = seen.partition("-")[0], str(found.records)
    if before != now:
        return (
            f"the decision would cover {counted(found.records, 'record')} now, and {before} when you saw it"
        )
    return "the decision would change other records or other dates than you saw"


def _describe_origin(order: ClassificationOrder, found: Preview) -> dict[str, Any]:
    """Return what only the first entry of a decision has."""
    body: dict[str, Any] = {"covered": dict(sorted(found.covered.items()))}
    body |= {"query": order.query} if order.query else {}
    body |= {"filters": order.filters.to_audit()} if order.filters is not None else {}
    body |= {"primary": order.primary} if order.primary else {}
    return body | ({"shortens": True} if found.needs_approval else {})


def approve(searcher: Searcher, decision_id: str, reason: str, viewer: Viewer) -> Decision:
    """Approve a decision, or its revocation, that protects records less, as a second person.

    ChangedMeanwhile if something else waits by then.
    """
    checked = searcher.retention.refresh()
    decision = find_decision(searcher, decision_id, viewer)
    body = approvals.make_approval(KIND, decision, reason, viewer)
    searcher.note("classification approved", viewer.name, decision=decision.id)
    approvals.store(searcher, KIND, body, viewer, checked=checked)
    return searcher.retention.refresh().decisions[decision.id]


def revoke(searcher: Searcher, decision_id: str, reason: str, viewer: Viewer) -> Decision:
    """Revoke a decision: it no longer counts, or not after a second person approved that.

    ChangedMeanwhile if other decisions or statements change meanwhile; ServiceUnavailable if the bucket or
    Elasticsearch is away: nothing was done then.
    """
    checked = searcher.retention.refresh()
    decision = find_decision(searcher, decision_id, viewer)
    body = approvals.make_revocation(searcher, KIND, decision, reason, viewer)
    searcher.note("classification revoked", viewer.name, decision=decision.id)
    approvals.store(searcher, KIND, body, viewer, checked=checked)
    return searcher.retention.refresh().decisions[decision.id]


def keep(searcher: Searcher, decision_id: str, reason: str, viewer: Viewer) -> Decision:
    """Withdraw a revocation that waits for a second person: the decision stays in force."""
    checked = searcher.retention.refresh()
    decision = find_decision(searcher, decision_id, viewer)
    body = approvals.make_keeping(KIND, decision, reason)
    searcher.note("classification kept", viewer.name, decision=decision.id)
    approvals.store(searcher, KIND, body, viewer, checked=checked)
    return searcher.retention.refresh().decisions[decision.id]


def find_decision(searcher: Searcher, decision_id: str, viewer: Viewer) -> Decision:
    """Return a decision that was not revoked; NotThere if there is none that the viewer may read."""
    decision = searcher.retention.refresh().decisions.get(decision_id)
    if decision is None or not may_read(decision, viewer):
        raise NotThere("there is no such decision", "Use a link on the page Decisions.")
    if decision.validity.revoked:
        raise UsageError("this decision was revoked already", "No action is needed.")
    return decision


def may_read(decision: Decision, viewer: Viewer) -> bool:
    """Return whether the viewer may see more than that the decision exists.

    That is, whether they may see any record that it covered.
    """
    scope, hidden = decision.scope, viewer.hidden_accounts
    if scope.records and not (scope.conversations or scope.authors):
        withheld = viewer.withheld_records
        if all(name in withheld for name in scope.records):
            return False
    return not hidden or any(account not in hidden for account in decision.covered)


def _prepare(
    searcher: Searcher, order: ClassificationOrder, viewer: Viewer
) -> tuple[ClassificationOrder, RetentionState, Preview]:
    """Return the order as it can be stored, the state of the ledger, and what the order changes."""
    order = _check(searcher, order, viewer)
    state = searcher.retention.now()
    if order.primary:
        check_primary(searcher, order.primary, order.scope, state, viewer)
    drafted = Decision("0" * 32, order.series, order.scope, Validity(Act("", clock.now())))
    found = approvals.preview_act(searcher, KIND, drafted, state, viewer)
    if not found.records:
        raise UsageError("the index has none of these records", "Check their IDs.")
    if unknown := len(order.scope.records - found.ids):
        raise UsageError(
            f"the index does not have {unknown:,} of these records",
            "Check their IDs. If they were captured just now, try again in a few minutes.",
        )
    return order, state, found


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
    return replace(
        order, reason=check_text("reason", order.reason, LONGEST_REASON), primary=order.primary.strip()
    )
