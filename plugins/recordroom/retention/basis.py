"""What proposals are derived from: ledgers up to given entries, so that a list can be made again later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from recordroom.archive import gaps as gap_ledger
from recordroom.archive.gaps import Gaps
from recordroom.archive.ledger import Ledger, capture_chains
from recordroom.archive.quarantine import ledger as quarantine_ledger
from recordroom.archive.quarantine.ledger import Quarantine
from recordroom.archive.store import Store
from recordroom.errors import DerivedDamaged
from recordroom.register.validation import name_entries
from recordroom.retention import all_records, derivation, ledger
from recordroom.retention.all_records import AllRecords
from recordroom.retention.derivation import Inputs
from recordroom.retention.drafting import Drafting, DraftInputs
from recordroom.retention.exclusions import (
    HidingGap,
    list_certain_holds,
    list_hiding_gaps,
    list_released_holds,
)
from recordroom.retention.ledger import RetentionState
from recordroom.retention.models import RegisteredAccount
from recordroom.retention.proposals import Heads, list_objected
from recordroom.settings import Settings

_REGISTER = "register"


@dataclass(frozen=True, slots=True)
class DraftBasis:
    """The ledgers up to `heads`."""

    heads: Heads
    state: RetentionState
    entries: Mapping[str, Mapping[str, Any]]  # account -> its entry in the register
    quarantine: Quarantine
    gaps: tuple[HidingGap, ...]
    rows: Mapping[str, int]  # account -> its rows up to its entry of `heads`

    @property
    def owners(self) -> dict[str, str]:
        """Account -> its owner, as far as the register names one."""
        given = ((name, entry.get("owner")) for name, entry in self.entries.items())
        return {name: owner for name, owner in given if isinstance(owner, str) and owner}

    def make_inputs(self) -> Inputs:
        """Return the inputs of the retention fields."""
        accounts = {name: RegisteredAccount.parse(entry) for name, entry in self.entries.items()}
        state = self.state
        acts = state.holds.values(), state.decisions.values(), state.statements.values()
        return derivation.make_inputs(state.policy, accounts, *acts)


def find_heads(archive: Store) -> Heads:
    """Return the present heads, with those of all accounts that were ever captured."""

    def head(name: str) -> int:
        return Ledger(archive, name).head()

    # The accounts first: the ledgers that protect records are then at least as new.
    accounts = {chain.id: head(chain.ledger) for chain in capture_chains(archive)}
    single = [head(name) for name in (ledger.NAME, _REGISTER, quarantine_ledger.NAME, gap_ledger.NAME)]
    return Heads(single[0], single[1], single[2], single[3], accounts)


def read_basis(archive: Store, heads: Heads) -> DraftBasis:
    """Return the ledgers up to these heads. Tampered if one of them is not intact."""
    entry = Ledger(archive, _REGISTER).entry(heads.register) if heads.register else None
    known = Gaps(archive)
    known.load(heads.gap)
    chains = {chain.id: Ledger(archive, chain.ledger) for chain in capture_chains(archive)}
    return DraftBasis(
        heads,
        ledger.read(archive, upto=heads.retention),
        dict(name_entries(entry.body["accounts"])) if entry else {},
        quarantine_ledger.read(archive, upto=heads.quarantine),
        tuple(list_hiding_gaps(known.known)),
        {
            name: chains[name].entry(number).body["rows"]["total"]
            for name, number in heads.accounts.items()
            if number
        },
    )


@contextmanager
def open_records(basis: DraftBasis, derived: Store, settings: Settings) -> Iterator[AllRecords]:
    """Yield the records of the accounts of a basis.

    DerivedDamaged if rows are missing: one of them may say that a record returned.
    """
    with all_records.load(derived, settings, basis.heads.accounts) as records:
        _check_row_counts(basis, records.count_rows())
        yield records


def _check_row_counts(basis: DraftBasis, found: Mapping[str, int]) -> None:
    for name, wanted in basis.rows.items():
        if found.get(name, 0) != wanted:
            raise DerivedDamaged(
                f"{wanted:,} rows of an account are expected, and {found.get(name, 0):,} are there",
                "Run `recordroom rebuild records`. If a capture runs now, try again after it.",
                name,
            )


@contextmanager
def open_drafting(
    basis: DraftBasis, today: date, derived: Store, settings: Settings, objected_lists: tuple[Path, ...]
) -> Iterator[Drafting]:
    """Yield the records of the accounts of a basis, with what excludes each of them.

    objected_lists: local copies of the lists of proposals with an objection to everything.
    """
    holds, quarantine = basis.state.holds.values(), basis.quarantine
    with_files = all_records.find_with_files(derived, settings, basis.heads.accounts, quarantine.files.keys())
    ids, _ = list_objected(basis.state.proposals)
    inputs = DraftInputs(
        today,
        basis.make_inputs(),
        basis.owners,
        tuple(list_certain_holds(holds)),
        tuple(list_released_holds(holds, today)),
        basis.gaps,
        frozenset(quarantine.records) | with_files,
        ids,
        objected_lists,
        basis.state.policy.one_time_lists,
    )
    with open_records(basis, derived, settings) as records:
        yield Drafting(records, inputs)
