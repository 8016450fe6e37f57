"""Draft proposals of disposition, and keep the retention fields of all records as Parquet.

Nothing here is executed: a proposal is an entry of the ledger `retention`, and its list an object of the
derived bucket. The list is stored first, the entry last: a list without an entry is ignored.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pyarrow as pa

from recordroom import __version__, clock
from recordroom.archive.audit.journal import Journal
from recordroom.archive.store import Store
from recordroom.errors import DerivedDamaged, ServiceUnavailable
from recordroom.jobs.context import JobContext
from recordroom.jobs.holds import WHO
from recordroom.retention import basis as bases
from recordroom.retention import ledger, proposal_list, proposals, row_file
from recordroom.retention.basis import DraftBasis
from recordroom.retention.derivation import FIELDS
from recordroom.retention.drafting import Drafting
from recordroom.retention.holds import Act
from recordroom.retention.ledger import RetentionState
from recordroom.retention.proposals import (
    TIME_TO_OBJECT,
    AccountCounts,
    DispositionProposal,
    ListObject,
    ProposalSubject,
    list_objected,
    sum_counts,
)
from recordroom.retention.row_file import RowFile

FIELDS_KEY = "retention/fields.parquet"
TRIES = 5  # the ledger may change while a proposal is drafted
_TYPES = {"VARCHAR": pa.string(), "BOOLEAN": pa.bool_(), "DATE": pa.date32()}
_FIELDS_SCHEMA = pa.schema(
    [
        ("account", pa.string()),
        ("record_id", pa.string()),
        *((name, _TYPES[type_]) for name, type_ in FIELDS.items()),
    ]
)
IsWanted = Callable[[RetentionState, ProposalSubject], bool]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a proposal of a subject would have."""

    subject: ProposalSubject
    counts: dict[str, AccountCounts]  # by account
    proposal: DispositionProposal | None = None  # if it was drafted

    @property
    def proposed(self) -> int:
        """How many records it proposes."""
        return sum_counts(self.counts.values(), with_quarantine=True).proposed


def derive_fields(context: JobContext) -> tuple[RowFile, bool]:
    """Derive the retention fields of all records, and store them as Parquet.

    Return what the file has, and whether it differs from the one before.
    """
    place = context.place
    basis = bases.read_basis(place.archive, bases.find_heads(place.archive))
    with TemporaryDirectory(prefix="recordroom-retention-") as folder:
        path = Path(folder) / "fields.parquet"
        with bases.open_records(basis, place.derived, place.settings) as records:
            heads = {"heads": orjson.dumps(basis.heads.to_body()).decode()}
            written = row_file.write(path, _FIELDS_SCHEMA, records.derive(basis.make_inputs()), heads)
        return written, _replace(place.derived, path, written)


def _replace(derived: Store, path: Path, written: RowFile) -> bool:
    """Store the fields, unless they are stored; return whether they were not."""
    before = derived.head(FIELDS_KEY)
    if before is not None and before.sha256 == written.sha256:
        return False
    with path.open("rb") as file:
        stored = derived.replace_file(FIELDS_KEY, file, written.sha256, before.etag if before else None)
    if not stored:
        raise ServiceUnavailable("another run stored the retention fields meanwhile", "Run it again.")
    return True


def draft_due(context: JobContext) -> list[Draft]:
    """Draft each proposal that is due."""
    today = clock.today()
    return draft(context, lambda state, one: proposals.is_due(state.proposals, one, today), WHO)


def draft(context: JobContext, is_wanted: IsWanted, who: str | None = None) -> list[Draft]:
    """Draft proposals; return what was found, also where nothing can be proposed.

    is_wanted: of each series or list with an owner; asked again before an entry is stored.
    who: None: the user of this machine.

    ServiceUnavailable if the ledger changes again and again meanwhile.
    """
    done: dict[ProposalSubject, Draft] = {}
    for _ in range(TRIES):
        with _open(context) as (basis, drafting):
            for subject in drafting.list_subjects():
                if subject in done or not is_wanted(basis.state, subject):
                    continue
                found = Draft(subject, drafting.count(subject))
                if found.proposed:
                    proposal = _store_list(context, basis, drafting, found)
                    is_current, found = _append(
                        context, basis, replace(found, proposal=proposal), is_wanted, who
                    )
                    if not is_current:
                        break
                done[subject] = found
            else:
                return list(done.values())
    raise ServiceUnavailable(
        "holds or decisions changed each time while a proposal was drafted", "Try again later."
    )


def preview(context: JobContext, is_wanted: IsWanted) -> list[Draft]:
    """Return what `draft` would draft; nothing is stored."""
    with _open(context) as (basis, drafting):
        wanted = [one for one in drafting.list_subjects() if is_wanted(basis.state, one)]
        return [Draft(one, drafting.count(one)) for one in wanted]


@contextmanager
def _open(context: JobContext) -> Iterator[tuple[DraftBasis, Drafting]]:
    place = context.place
    basis = bases.read_basis(place.archive, bases.find_heads(place.archive))
    with _open_basis(context, basis, clock.today()) as drafting:
        yield basis, drafting


@contextmanager
def _open_basis(context: JobContext, basis: DraftBasis, today: date) -> Iterator[Drafting]:
    place = context.place
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="recordroom-proposals-")))
        _, complete = list_objected(basis.state.proposals)
        paths = tuple(folder / f"{one.id}.parquet" for one in complete)
        for one, path in zip(complete, paths, strict=True):
            proposal_list.fetch(place.derived, one, path)
        yield stack.enter_context(bases.open_drafting(basis, today, place.derived, place.settings, paths))


def _append(
    context: JobContext, basis: DraftBasis, found: Draft, is_wanted: IsWanted, who: str | None
) -> tuple[bool, Draft]:
    """Store the entry of a draft.

    Return whether the ledger still was as it was read, and the draft, with its proposal if it is stored.
    """
    proposal, is_current = found.proposal, True
    assert proposal is not None  # noqa: S101 (its list is stored)
    archive, journal = context.place.archive, Journal(context.place.settings.journal)
    journal.note("proposal", {"proposal": proposal.id, "act": proposal.id}, who)

    def make(state: RetentionState) -> dict[str, Any] | None:
        nonlocal is_current
        is_current = _follows(basis.state, state)
        return proposals.to_body(proposal) if is_current and is_wanted(state, found.subject) else None

    entry = ledger.append(archive, proposals.DRAFTED, make, who, proposal.id, known=basis.state)
    journal.ship(archive)
    return is_current, found if entry else replace(found, proposal=None)


def _follows(then: RetentionState, now: RetentionState) -> bool:
    """Return whether nothing was decided since; further proposals decide nothing."""
    same = replace(now, tail=then.tail, proposals=then.proposals) == then
    return same and list_objected(now.proposals) == list_objected(then.proposals)


def _store_list(
    context: JobContext, basis: DraftBasis, drafting: Drafting, found: Draft
) -> DispositionProposal:
    """Store the list of a draft; return the proposal that names it."""
    act_id, today, owner = secrets.token_hex(16), drafting.today, found.subject.owner
    key = proposal_list.key_of(act_id)
    with TemporaryDirectory(prefix="recordroom-proposals-") as folder:
        path = Path(folder) / "list.parquet"
        written = drafting.write_list(found.subject, path)
        _put(context.place.derived, key, path, written.sha256)
    accounts = tuple(sorted(name for name in basis.heads.accounts if basis.owners.get(name) == owner))
    return DispositionProposal(
        act_id,
        found.subject,
        accounts,
        Act("", clock.now()),
        today,
        today + TIME_TO_OBJECT,
        basis.heads.limited_to(accounts),
        found.counts,
        ListObject(key, written.sha256, written.size, written.rows),
        __version__,
    )


def _put(derived: Store, key: str, path: Path, sha256: str) -> None:
    with path.open("rb") as file:
        if not derived.put_file(key, file, sha256):
            raise DerivedDamaged("another list has the key of a proposal's list", "Remove that object.", key)


def restore_lists(context: JobContext) -> list[str]:
    """Make the lists again that are missing in the derived bucket, each from its own heads.

    Return why lists are still missing, in words: another version of recordroom makes other bytes.
    """
    place, problems = context.place, []
    for proposal in ledger.read(place.archive).proposals.values():
        try:
            if not proposal_list.is_stored(place.derived, proposal):
                _restore(context, proposal)
        except DerivedDamaged as problem:
            problems.append(str(problem))
    return problems


def _restore(context: JobContext, proposal: DispositionProposal) -> None:
    basis = bases.read_basis(context.place.archive, proposal.heads)
    with (
        TemporaryDirectory(prefix="recordroom-proposals-") as folder,
        _open_basis(context, basis, proposal.drafted_on) as drafting,
    ):
        path = Path(folder) / "list.parquet"
        written = drafting.write_list(proposal.subject, path)
        if written.sha256 != proposal.list.sha256:
            raise DerivedDamaged(
                f"recordroom {__version__} cannot make the list of a proposal again as recordroom"
                f" {proposal.made_by} made it",
                "Restore the object from a backup of the derived bucket, or run the version that made it.",
                proposal.list.key,
            )
        _put(context.place.derived, proposal.list.key, path, written.sha256)
