"""State facts about records that no capture shows. Nothing here destroys anything.

A statement is an entry of the ledger `retention` and an event of the audit, which has it first. Whether it
counts for a record is decided by retention/statements.py, then and later. If less protects any record after
it, or after its revocation, it counts only after a second person approved it (approvals.py).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from recordroom import clock, dates
from recordroom.errors import NotThere, UsageError
from recordroom.model import moment, to_local
from recordroom.records import approvals
from recordroom.records.approvals import ActKind, ChangedMeanwhile
from recordroom.records.classification import MOST
from recordroom.records.holds import LONGEST_REASON, check_text, list_accounts
from recordroom.records.retention_preview import Preview, summarize
from recordroom.retention import hold_entries, statements
from recordroom.retention.derivation import NOT_WITHDRAWN, PUBLISHED, UNCONFIRMED
from recordroom.retention.holds import Act, HoldScope
from recordroom.retention.models import EVENT
from recordroom.retention.statements import CONFIRMATION, EVENT_DAY, KINDS, WITHDRAWAL, Statement
from recordroom.retention.validity import Validity
from recordroom.search.access import Viewer
from recordroom.search.index.retention import Change, RetentionHeads, read_heads
from recordroom.search.searcher import Searcher

LONGEST_EVIDENCE = 20_000  # characters
KIND = ActKind("statement", "statements", statements.STATED, statements.APPROVED, statements.REVOKED)


@dataclass(frozen=True, slots=True)
class StatementOrder:
    """What a person states."""

    kind: str
    scope: HoldScope  # records, conversations, authors, and accounts; a confirmation: records and accounts
    reason: str
    on: date | None = None  # the day that is stated, in the agency's time zone
    evidence: str = ""  # what was seen, and where the evidence is kept
    series: str | None = None  # of an event: disposition authority number


@dataclass(frozen=True, slots=True)
class StatementPreview:
    """What a statement changes, as one viewer may know it."""

    found: Preview
    still_published: int  # records for which it does not count: the last capture found them public


def preview_statement(searcher: Searcher, order: StatementOrder, viewer: Viewer) -> StatementPreview:
    """Return what the statement would change; UsageError if it cannot be made."""
    return _check(searcher, order, viewer)[1]


def state(searcher: Searcher, order: StatementOrder, viewer: Viewer, *, seen: str | None = None) -> Statement:
    """Store a statement; it counts at once, unless a second person must approve it.

    seen: fingerprint of the preview that the person saw.

    UsageError if it cannot be made, ChangedMeanwhile if it would change something else than was seen;
    ServiceUnavailable if the bucket or Elasticsearch is away: nothing was stored then.
    """
    checked = searcher.retention.refresh()
    order, changes = _check(searcher, order, viewer)
    _check_seen(seen, changes.found)

    def preview_again() -> Preview:
        again = preview_statement(searcher, order, viewer).found
        _check_seen(seen, again)
        return again

    covered = changes.found.covered
    act_id = secrets.token_hex(16)
    searcher.note("statement", viewer.name, statement=act_id, kind=order.kind, act=act_id)
    parts = hold_entries.split_scope(order.scope)
    for number, scope in enumerate(parts, 1):
        body: dict[str, Any] = {"act_id": act_id, "part": number, "parts": len(parts)}
        body["scope"] = scope.to_body()
        if number == 1:
            body |= {"kind": order.kind, "reason": order.reason, "covered": dict(sorted(covered.items()))}
            body |= {"on": order.on.isoformat()} if order.on else {}
            body |= {"evidence": order.evidence} if order.evidence else {}
            body |= {"series": order.series} if order.series else {}
            body |= {"shortens": True} if changes.found.needs_approval else {}
        nonce = act_id if number == 1 else ""
        checked = approvals.store_part(
            searcher, KIND, body, viewer, checked=checked, preview_again=preview_again, nonce=nonce
        )
    return searcher.retention.refresh().statements[act_id]


def _check_seen(seen: str | None, found: Preview) -> None:
    """Raise ChangedMeanwhile if the statement changes something else than the person saw."""
    if seen is not None and seen != found.fingerprint:
        raise ChangedMeanwhile(
            "the statement would change other records or dates than you saw, so nothing was stored",
            "Look at what it changes now, and state it again.",
        )


def approve(searcher: Searcher, statement_id: str, reason: str, viewer: Viewer) -> Statement:
    """Approve a statement, or its revocation, that protects records less, as a second person.

    ChangedMeanwhile if something else waits by then.
    """
    checked = searcher.retention.refresh()
    statement = find_statement(searcher, statement_id, viewer)
    body = approvals.make_approval(KIND, statement, reason, viewer)
    act = secrets.token_hex(16)
    searcher.note("statement approved", viewer.name, statement=statement.id, act=act)
    approvals.store(searcher, KIND, body, viewer, checked=checked, nonce=act)
    return searcher.retention.refresh().statements[statement.id]


def revoke(searcher: Searcher, statement_id: str, reason: str, viewer: Viewer) -> Statement:
    """Revoke a statement: it no longer counts, or not after a second person approved that.

    ChangedMeanwhile if other decisions or statements change meanwhile; ServiceUnavailable if the bucket or
    Elasticsearch is away: nothing was done then.
    """
    checked = searcher.retention.refresh()
    statement = find_statement(searcher, statement_id, viewer)
    body = approvals.make_revocation(searcher, KIND, statement, reason, viewer)
    act = secrets.token_hex(16)
    searcher.note("statement revoked", viewer.name, statement=statement.id, act=act)
    approvals.store(searcher, KIND, body, viewer, checked=checked, nonce=act)
    return searcher.retention.refresh().statements[statement.id]


def keep(searcher: Searcher, statement_id: str, reason: str, viewer: Viewer) -> Statement:
    """Withdraw a revocation that waits for a second person: the statement stays in force."""
    checked = searcher.retention.refresh()
    statement = find_statement(searcher, statement_id, viewer)
    body = approvals.make_keeping(KIND, statement, reason)
    act = secrets.token_hex(16)
    searcher.note("statement kept", viewer.name, statement=statement.id, act=act)
    approvals.store(searcher, KIND, body, viewer, checked=checked, nonce=act)
    return searcher.retention.refresh().statements[statement.id]


def may_read(statement: Statement, viewer: Viewer) -> bool:
    """Return whether the viewer may learn of a statement: its texts can speak of all that it covers."""
    scope, withheld = statement.scope, viewer.withheld_records
    return {*statement.covered, *scope.accounts}.isdisjoint(viewer.hidden_accounts) and not any(
        name in withheld for name in scope.records | scope.conversations
    )


def find_statement(searcher: Searcher, statement_id: str, viewer: Viewer) -> Statement:
    """Return a statement that was not revoked; NotThere if the viewer knows of none."""
    found = searcher.retention.refresh().statements.get(statement_id)
    if found is None or not may_read(found, viewer):
        raise NotThere("there is no such statement", "Use a link on the page Statements.")
    if found.validity.revoked:
        raise UsageError("this statement was revoked already", "No action is needed.")
    return found


def _check(
    searcher: Searcher, order: StatementOrder, viewer: Viewer
) -> tuple[StatementOrder, StatementPreview]:
    """Return the order with its texts trimmed, and what it changes."""
    if order.kind not in KINDS:
        raise UsageError(f"there is no kind of statement {order.kind!r}", f"Kinds: {', '.join(KINDS)}.")
    heads = read_heads(searcher.archive, RetentionHeads(searcher.retention.refresh(), 0, {}))
    _check_scope(searcher, order, viewer, heads)
    _check_day(order)
    _check_series(order, heads)
    evidence = order.evidence.strip()
    if order.kind == WITHDRAWAL and not evidence:
        raise UsageError(
            "the evidence is missing", "Enter what was seen, and where the evidence of it is kept."
        )
    if len(evidence) > LONGEST_EVIDENCE:
        words = f"the evidence has {len(evidence):,} characters"
        raise UsageError(words, f"The limit is {LONGEST_EVIDENCE:,}. Say where the complete text is kept.")
    order = replace(order, reason=check_text("reason", order.reason, LONGEST_REASON), evidence=evidence)
    now = Validity(Act("", clock.now()))
    drafted = Statement("0" * 32, order.kind, order.scope, now, order.on, "", order.series)
    changes = list(approvals.list_changes(searcher, KIND, drafted, heads.state))
    seen = [one for one in changes if viewer.may_see(one.record_id, one.account)]
    _check_records(order, seen)
    _check_last_capture(searcher, order, seen)
    published = sum(one.after.get("retention_trigger") == PUBLISHED for one in seen)
    return order, StatementPreview(summarize(changes, viewer, heads.state.policy.rules), published)


def _check_scope(searcher: Searcher, order: StatementOrder, viewer: Viewer, heads: RetentionHeads) -> None:
    scope = order.scope
    lists = HoldScope(scope.records, scope.conversations, scope.authors, scope.accounts)
    if scope != lists or scope.is_empty:
        raise UsageError(
            "a statement names records, conversations, authors, or accounts", "Name at least one of them."
        )
    if order.kind == CONFIRMATION and (scope.conversations or scope.authors):
        raise UsageError("a confirmation names records or accounts", "Name one of them.")
    if len(scope.records) > MOST:
        raise UsageError(f"these are {len(scope.records):,} records", f"The limit is {MOST:,}. Split them.")
    if any(name in viewer.withheld_records for name in scope.records | scope.conversations):
        raise NotThere("there is no such record", "Use its record ID.")
    known = list_accounts(searcher.archive) if scope.accounts else frozenset()
    for name in sorted(scope.accounts):
        if name not in known or name in viewer.hidden_accounts:
            raise UsageError(f"there is no account {name!r}", "Choose accounts of the register.")
        closed_on = heads.find_account(name).closed_on
        if order.kind == WITHDRAWAL and (closed_on is None or closed_on >= clock.today()):
            raise UsageError(
                "the register does not say that each of these accounts is closed",
                "State the withdrawal of single records, or have the last day of the account entered in the"
                " register first.",
            )


def _check_day(order: StatementOrder) -> None:
    if order.on and order.on > clock.today():
        raise UsageError(f"{dates.format_day(order.on)} is in the future", "Enter the day as it was.")
    if order.on and order.kind == CONFIRMATION:
        raise UsageError("a confirmation of an import has no day", "Leave the day out.")
    if not order.on and (order.kind == EVENT_DAY or (order.kind == WITHDRAWAL and order.scope.accounts)):
        what = (
            "of the event" if order.kind == EVENT_DAY else "from which the public could not see the account"
        )
        raise UsageError("the day is missing", f"Enter the day {what}.")


def _check_series(order: StatementOrder, heads: RetentionHeads) -> None:
    if order.kind != EVENT_DAY:
        if order.series:
            raise UsageError("only the statement of an event names a series", "Leave the series out.")
        return
    rules = heads.state.policy.rules
    with_event = sorted(dan for dan, rule in rules.items() if rule.trigger == EVENT)
    if order.series not in with_event:
        raise UsageError(
            f"no schedule in force has a series {order.series!r} whose period begins with an event",
            f"Such series: {', '.join(with_event) or 'none'}.",
        )


def _check_records(order: StatementOrder, changes: list[Change]) -> None:
    """Raise UsageError if the index lacks a record, or if the statement cannot count for any."""
    found = {one.record_id for one in changes}
    if missing := sorted(order.scope.records - found):
        raise UsageError(f"the index has no record {missing[0]!r}", "Check the record IDs.")
    if not found:
        raise UsageError("the index has none of these records", "Check what you named.")
    triggers = [one.after.get("retention_trigger") for one in changes]
    if order.kind != WITHDRAWAL:
        return
    if all(one == PUBLISHED for one in triggers):
        raise UsageError(
            "the last capture found these records public, so they are not withdrawn",
            "Capture the account again. If the capture no longer finds them, state the withdrawal then.",
        )
    if not order.on and any(one in (NOT_WITHDRAWN, UNCONFIRMED) for one in triggers):
        raise UsageError(
            "no capture shows when these records disappeared, because they come from a file",
            "Enter the day from which the public could not see them.",
        )


def _check_last_capture(searcher: Searcher, order: StatementOrder, changes: list[Change]) -> None:
    """Raise UsageError if a capture found records of a closed account after the day that is stated.

    A row is written when a record changes, so its rows alone do not show until when it was public.
    """
    if order.kind != WITHDRAWAL or order.on is None:
        return
    public = {one.account for one in changes if one.before.get("retention_trigger") == PUBLISHED}
    for ledger_name, mark in searcher.status_reader.read_marks(again=True).chains.items():
        times = [moment(final["time"]) for final in mark.finals.values() if final["time"]]
        if ledger_name.rpartition("/")[2] in public & order.scope.accounts and times:
            last = to_local(max(times)).date()
            if order.on < last:
                raise UsageError(
                    f"the capture of {dates.format_day(last)} still found records of the account public",
                    "Enter that day or a later one.",
                )
