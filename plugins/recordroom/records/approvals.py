"""Approve and revoke decisions and statements: what protects records less needs a second person.

retention/validity.py has the rule; here it is checked before an entry is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from recordroom import clock
from recordroom.archive.ledger import actor
from recordroom.errors import UsageError
from recordroom.people import is_same_person
from recordroom.records.holds import LONGEST_REASON, check_text
from recordroom.records.retention_preview import Preview, is_weakening, summarize
from recordroom.retention import ledger
from recordroom.retention.decisions import Decision
from recordroom.retention.holds import Act
from recordroom.retention.ledger import RetentionState
from recordroom.retention.statements import Statement
from recordroom.search.access import Viewer
from recordroom.search.index.retention import (
    Change,
    Deriver,
    RetentionHeads,
    preview,
    preview_later,
    read_heads,
)
from recordroom.search.searcher import Searcher

ApprovableAct = Decision | Statement


class ChangedMeanwhile(UsageError):
    """An act would change something else than the person saw, or than was checked; it was not stored."""

    code = "ChangedMeanwhile"


@dataclass(frozen=True, slots=True)
class ApprovalChange:
    """What the approval of an act changes for a record in an account."""

    change: Change
    is_weakened: bool  # less protects the record than before


@dataclass(frozen=True, slots=True)
class ActKind:
    """A kind of act that a second person may have to approve."""

    noun: str  # `decision`
    field: str  # of RetentionState: act_id -> act
    made: str  # types of the entries
    approved: str
    revoked: str

    def list_acts(self, state: RetentionState) -> Mapping[str, ApprovableAct]:
        """Return the acts of this kind by their IDs."""
        found: Mapping[str, ApprovableAct] = getattr(state, self.field)
        return found


def list_changes(
    searcher: Searcher, kind: ActKind, act: ApprovableAct, state: RetentionState
) -> Iterator[Change]:
    """Yield what changes for each record if an act takes the place of what the state has of it.

    A decision on conversations or authors also covers records that come later, so these follow.
    """
    heads = read_heads(searcher.archive, RetentionHeads(state, 0, {}))
    made: dict[str, Any] = {kind.field: {**kind.list_acts(heads.state), act.id: act}}
    old, new = Deriver(heads), Deriver(replace(heads, state=replace(heads.state, **made)))
    covered = set()
    for change in preview(searcher.client, searcher.alias, old, new, act.scope):
        covered.add(change.account)
        yield change
    if isinstance(act, Decision):
        yield from preview_later(old, new, act.scope, covered)


def preview_act(
    searcher: Searcher, kind: ActKind, act: ApprovableAct, state: RetentionState, viewer: Viewer
) -> Preview:
    """Return what changes if an act takes the place of what the state has of it."""
    return summarize(list_changes(searcher, kind, act, state), viewer, state.policy.rules)


def preview_approval(searcher: Searcher, kind: ActKind, act: ApprovableAct, viewer: Viewer) -> Preview:
    """Return what an act, or its revocation, that waits for approval changes once it is approved."""
    return preview_act(searcher, kind, _imagine_approval(act), searcher.retention.now(), viewer)


def list_approval_changes(
    searcher: Searcher, kind: ActKind, act: ApprovableAct, viewer: Viewer
) -> Iterator[ApprovalChange]:
    """Yield what the approval of an act, or of its revocation, changes for each record that it covers.

    Records that the viewer may not see are left out.
    """
    state = searcher.retention.now()
    for change in list_changes(searcher, kind, _imagine_approval(act), state):
        if change.record_id and viewer.may_see(change.record_id, change.account):
            yield ApprovalChange(change, is_weakened=is_weakening(change, state.policy.rules))


def _imagine_approval(act: ApprovableAct) -> ApprovableAct:
    return replace(act, validity=act.validity.approve(Act("", clock.now())))


def is_own(act: ApprovableAct, viewer: Viewer) -> bool:
    """Return whether the viewer made the act, or asked for the revocation that waits."""
    validity = act.validity
    return is_same_person(viewer.name or actor(), (validity.waiting or validity.made).who)


def make_approval(kind: ActKind, act: ApprovableAct, reason: str, viewer: Viewer) -> dict[str, Any]:
    """Return the body of an approval; UsageError if the viewer cannot approve."""
    if not act.validity.waiting:
        raise UsageError(f"this {kind.noun} needs no approval", "No action is needed.")
    if is_own(act, viewer):
        raise UsageError("what protects records less is approved by a second person", "Ask another person.")
    reason = check_text("reason", reason, LONGEST_REASON)
    return {"act_id": act.id, "approves": True, "reason": reason}


def make_revocation(
    searcher: Searcher, kind: ActKind, act: ApprovableAct, reason: str, viewer: Viewer
) -> dict[str, Any]:
    """Return the body of a revocation, which says whether it protects records less.

    UsageError if one waits already.
    """
    if act.validity.revoking:
        raise UsageError("the revocation waits for a second person already", "Ask another person.")
    reason = check_text("reason", reason, LONGEST_REASON)
    body: dict[str, Any] = {"act_id": act.id, "revokes": True, "reason": reason}
    if act.counts:
        drafted = replace(act, validity=act.validity.revoke(Act("", clock.now())))
        found = preview_act(searcher, kind, drafted, searcher.retention.now(), viewer)
        body |= {"shortens": True} if found.needs_approval else {}
    return body


def make_keeping(kind: ActKind, act: ApprovableAct, reason: str) -> dict[str, Any]:
    """Return the body that withdraws a revocation; UsageError if none waits."""
    if not act.validity.revoking:
        raise UsageError(f"no revocation of this {kind.noun} waits", "No action is needed.")
    reason = check_text("reason", reason, LONGEST_REASON)
    return {"act_id": act.id, "revokes": False, "reason": reason}


def store(
    searcher: Searcher,
    kind: ActKind,
    body: dict[str, Any],
    viewer: Viewer,
    *,
    checked: RetentionState,
    nonce: str = "",
) -> None:
    """Append an approval or a revocation.

    body: with the act_id. checked: the state for which it was checked.

    ChangedMeanwhile if what waits, or what protects the records, changed since.
    """
    type_ = kind.approved if body.get("approves") else kind.revoked

    def make(state: RetentionState) -> dict[str, Any]:
        check_unchanged(kind, type_, body, checked, state)
        return body

    ledger.append(searcher.archive, type_, make, viewer.name, nonce, known=searcher.retention.refresh())


def store_part(
    searcher: Searcher,
    kind: ActKind,
    body: dict[str, Any],
    viewer: Viewer,
    *,
    checked: RetentionState,
    preview_again: Callable[[], Preview],
    nonce: str = "",
) -> RetentionState:
    """Append a part of a decision or a statement, and return the state that it follows.

    Each of two simultaneous acts may be harmless alone, and protect records less after the other one. So the
    first part of the later one is checked again.

    checked: the state for which the act was checked.
    preview_again: returns what it changes now, or raises an error to refuse it.

    ChangedMeanwhile if acts were revoked since, or made after the first part, which says already whether a
    second person must approve.
    """
    follows = checked

    def make(state: RetentionState) -> dict[str, Any]:
        nonlocal follows
        check_unchanged(kind, kind.made, body, checked, state)
        follows = state
        others = _list_states(state) - _list_states(checked)
        if body["part"] == 1 and others:
            return body | ({"shortens": True} if preview_again().needs_approval else {})
        if any(counts for _, counts in others):
            raise ChangedMeanwhile(
                f"other acts were stored meanwhile, so this {kind.noun} is incomplete and does not count",
                "Look at what it changes now, and do it again.",
            )
        return body

    known = searcher.retention.refresh()  # of many parts, none is read again for each
    ledger.append(searcher.archive, kind.made, make, viewer.name, nonce, known=known)
    return follows


def check_unchanged(
    kind: ActKind, type_: str, body: Mapping[str, Any], checked: RetentionState, now: RetentionState
) -> None:
    """Raise ChangedMeanwhile if an act may take protection away that it did not take when it was checked.

    Several decisions or statements on a record protect each other: each alone can go without a loss.
    """
    if type_ == kind.made:
        is_outdated = _list_revoked(now) != _list_revoked(checked)
    elif body.get("revokes"):
        is_outdated = (now.decisions, now.statements) != (checked.decisions, checked.statements)
    else:
        then = kind.list_acts(checked)[body["act_id"]].validity
        is_outdated = kind.list_acts(now)[body["act_id"]].validity != then
    if is_outdated or now.policy != checked.policy:
        raise ChangedMeanwhile(
            "other decisions or statements changed meanwhile, so nothing was stored",
            "Look at what this changes now, and do it again.",
        )


def _list_states(state: RetentionState) -> set[tuple[str, bool]]:
    """Return (ID, whether it counts) of each act."""
    acts: list[ApprovableAct] = [*state.decisions.values(), *state.statements.values()]
    return {(one.id, one.counts) for one in acts}


def _list_revoked(state: RetentionState) -> set[str]:
    acts: list[ApprovableAct] = [*state.decisions.values(), *state.statements.values()]
    return {one.id for one in acts if one.validity.revoked}
