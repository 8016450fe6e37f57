"""Read proposals of disposition as a viewer may see them, and object to them. Nothing here destroys anything.

An objection is an entry of the ledger `retention` and an event of the audit, like a hold. It counts whenever
it is made; after the last day it is late, and counts anyway.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from recordroom.archive.store import Store
from recordroom.errors import DerivedDamaged, NotThere, UsageError
from recordroom.records.holds import LONGEST_REASON, check_text
from recordroom.retention import hold_entries, ledger, proposal_list, proposals
from recordroom.retention.ledger import RetentionState
from recordroom.retention.proposal_list import ProposalRows
from recordroom.retention.proposals import DispositionProposal, Objection, RecordCounts, sum_counts
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher

MOST = 100_000  # record IDs of one objection


def list_proposals(searcher: Searcher, viewer: Viewer) -> list[DispositionProposal]:
    """Return the proposals with an account that the viewer may see, the newest first."""
    found = searcher.retention.now().proposals.values()
    return [one for one in reversed(list(found)) if list_accounts(one, viewer)]


def find_proposal(searcher: Searcher, proposal_id: str, viewer: Viewer) -> DispositionProposal:
    """Return a proposal; NotThere if there is none that the viewer may see."""
    found = searcher.retention.refresh().proposals.get(proposal_id)
    if found is None or not list_accounts(found, viewer):
        raise NotThere("there is no such proposal", "Use a link on the page Proposals.")
    return found


def list_accounts(proposal: DispositionProposal, viewer: Viewer) -> list[str]:
    """Return the accounts of a proposal that the viewer may see."""
    return [name for name in proposal.accounts if name not in viewer.hidden_accounts]


def count_records(proposal: DispositionProposal, viewer: Viewer) -> RecordCounts:
    """Return the counts as at drafting, without accounts and quarantine that the viewer may not see."""
    seen = list_accounts(proposal, viewer)
    counts = (one for name, one in proposal.counts.items() if name in seen)
    return sum_counts(counts, with_quarantine=viewer.sees_quarantine)


@contextmanager
def open_rows(searcher: Searcher, proposal: DispositionProposal, viewer: Viewer) -> Iterator[ProposalRows]:
    """Yield the rows of the complete list that the viewer may see.

    DerivedDamaged if the list is missing, or is not the one that the ledger names.
    """
    with TemporaryDirectory(prefix="recordroom-proposal-") as folder:
        path = Path(folder) / "list.parquet"
        proposal_list.fetch(searcher.derived, proposal, path)
        hidden = viewer.hidden_accounts, viewer.withheld_records
        with proposal_list.open_rows(path, *hidden, with_quarantine=viewer.sees_quarantine) as rows:
            yield rows


def object_to(
    searcher: Searcher, proposal_id: str, records: frozenset[str], reason: str, viewer: Viewer
) -> Objection:
    """Object to everything that a proposal proposes, or to some records of its list.

    records: their IDs; none: everything.

    UsageError if the reason is missing, or if the list has no such record.
    """
    proposal = find_proposal(searcher, proposal_id, viewer)
    reason = check_text("reason", reason, LONGEST_REASON)
    if len(records) > MOST:
        raise UsageError(f"these are {len(records):,} records", f"The limit is {MOST:,}. Split them.")
    _check_records(searcher, proposal, records, viewer)
    act_id = secrets.token_hex(16)
    searcher.note("objection", viewer.name, proposal=proposal.id, act=act_id)
    parts: list[dict[str, Any]] = [{"records": some} for some in hold_entries.split_ids(sorted(records))]
    parts = parts or [{"everything": True}]
    for number, part in enumerate(parts, 1):
        body = {"proposal": proposal.id, "act_id": act_id, "part": number, "parts": len(parts)}
        body |= {"reason": reason} | part
        nonce = act_id if number == 1 else ""
        ledger.append(
            searcher.archive, proposals.OBJECTED, lambda _, body=body: body, viewer.name, nonce,  # type: ignore[misc]
            known=searcher.retention.now(),
        )  # fmt: skip
    return searcher.retention.refresh().proposals[proposal.id].objections[act_id]


def _check_records(
    searcher: Searcher, proposal: DispositionProposal, records: frozenset[str], viewer: Viewer
) -> None:
    """Raise UsageError for a record that the list does not have, or that the viewer may not see.

    If the list cannot be read now, the objection is taken anyway: it protects.
    """
    if not records:
        return
    with suppress(DerivedDamaged), open_rows(searcher, proposal, viewer) as rows:
        missing = sorted(records - rows.find(records))
        if missing:
            raise UsageError(
                f"the list of the proposal has no record {missing[0]!r}",
                "Copy record IDs from the list. Without IDs, the objection is to everything.",
            )


def withdraw(
    searcher: Searcher, proposal_id: str, objection_id: str, reason: str, viewer: Viewer
) -> Objection:
    """Withdraw an objection: it no longer counts."""
    proposal = find_proposal(searcher, proposal_id, viewer)
    objection = proposal.objections.get(objection_id)
    if objection is None:
        raise NotThere("there is no such objection", "Use a link on the page of the proposal.")
    if not objection.in_force:
        raise UsageError("this objection was withdrawn already", "No action is needed.")
    body = {
        "proposal": proposal.id,
        "act_id": objection.id,
        "withdraws": True,
        "reason": check_text("reason", reason, LONGEST_REASON),
    }
    act = secrets.token_hex(16)
    searcher.note("objection withdrawn", viewer.name, proposal=proposal.id, objection=objection.id, act=act)

    def make(state: RetentionState) -> dict[str, Any]:
        if not state.proposals[proposal.id].objections[objection.id].in_force:
            raise UsageError("this objection was withdrawn meanwhile", "No action is needed.")
        return body

    type_ = proposals.OBJECTION_WITHDRAWN
    ledger.append(searcher.archive, type_, make, viewer.name, act, known=searcher.retention.now())
    return searcher.retention.refresh().proposals[proposal.id].objections[objection.id]


def is_objected(derived: Store, state: RetentionState, account: str, record_id: str) -> bool:
    """Return whether an objection in force covers a record.

    In doubt it does: a list that cannot be read may have the record.
    """
    ids, complete = proposals.list_objected(state.proposals)
    if record_id in ids:
        return True
    concerned = [one for one in complete if account in one.accounts]
    return any(_is_proposed(derived, one, record_id) for one in concerned)


def _is_proposed(derived: Store, proposal: DispositionProposal, record_id: str) -> bool:
    with TemporaryDirectory(prefix="recordroom-proposal-") as folder:
        path = Path(folder) / "list.parquet"
        try:
            proposal_list.fetch(derived, proposal, path)
        except DerivedDamaged:
            return True
        with proposal_list.open_rows(path, (), (), with_quarantine=True) as rows:
            return bool(rows.find([record_id], proposed=True))
