"""The archive as of a moment.

It is the last entry of each capture chain in scope by then, the register, the gaps, and the ledger
`retention`.
All that an export reports follows from these entries and from those before them: equal `as_of`, equal
entries. Only an entry that is being put at `as_of` itself can come later and still count: production.py looks
again at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from recordroom.archive.gaps import Gap, Gaps
from recordroom.archive.ledger import Ledger, capture_chains
from recordroom.archive.store import Store
from recordroom.exports.labels import make_account_labels
from recordroom.register.validation import name_entries
from recordroom.retention import ledger
from recordroom.retention.ledger import RetentionState
from recordroom.retention.models import RegisteredAccount
from recordroom.search.scope import list_platforms

InScope = Callable[[str, str], bool]  # (account, platform) -> whether the export may read it


@dataclass(frozen=True, slots=True)
class ChainState:
    """The capture chain of one account as of a moment.

    The receipt has these fields under these names.
    """

    account: str
    platform: str
    number: int  # of the last entry
    sha256: str  # of the last entry
    time: datetime  # of the last entry
    rows: int  # of the account, up to the last entry

    @property
    def ledger(self) -> str:
        return f"capture/{self.platform}/{self.account}"


@dataclass(frozen=True, slots=True)
class ArchiveState:
    """The archive as of a moment."""

    as_of: datetime
    chains: tuple[ChainState, ...]  # by account
    agency: Mapping[str, str]  # as the register names it
    accounts: Mapping[str, RegisteredAccount]  # captured ones, as the register had them then
    uncaptured: tuple[str, ...]  # accounts in scope without a committed capture by then
    gaps: tuple[Gap, ...]  # open then
    account_names: Mapping[str, str] = field(default_factory=dict)  # account -> its label for people
    retention: RetentionState = field(default_factory=RetentionState)  # of the ledger `retention`

    def limited_to(self, accounts: Collection[str] | None) -> ArchiveState:
        """Return the state with gaps and uncaptured accounts of these alone.

        None: unchanged.
        accounts: those that have all records that were chosen. Every chain in scope stays.
        """
        if accounts is None:
            return self
        gaps = tuple(gap for gap in self.gaps if gap.account in accounts)
        return replace(
            self, gaps=gaps, uncaptured=tuple(name for name in self.uncaptured if name in accounts)
        )

    @property
    def last_entries(self) -> dict[str, int]:
        """Account -> number of its last entry."""
        return {chain.account: chain.number for chain in self.chains}


def read_archive_state(
    archive: Store, as_of: datetime, in_scope: InScope, named: Collection[str] = ()
) -> ArchiveState:
    """Read the archive as of a moment.

    named: accounts that were asked for by name, which may have been added since. Other accounts that were
        added since are not reported: who asks for the same moment again gets the same.
    """
    chains = read_chain_states(archive, as_of, in_scope)
    register = Ledger(archive, "register").last_by(as_of)
    body = register.body if register else {"agency": {}, "accounts": []}
    entries, platforms = dict(name_entries(body["accounts"])), list_platforms(register)
    scope = {name for name in entries if in_scope(name, platforms[name])}
    captured = {chain.account for chain in chains}
    accounts = {name: RegisteredAccount.parse(entries.get(name, {})) for name in captured}
    known = Gaps(archive)
    with_gaps = {gap.account for gap in known.all() if in_scope(gap.account, platforms.get(gap.account, ""))}
    gaps = sorted(known.as_of(as_of, captured | with_gaps), key=lambda g: (g.account, g.opened_at, g.gap_id))
    begun = capture_chains(archive) if named else ()
    since = {chain.id for chain in begun if chain.id in named and in_scope(chain.id, chain.platform)}
    uncaptured = tuple(sorted((scope | since) - captured))
    platforms |= {chain.account: chain.platform for chain in chains} | {c.id: c.platform for c in begun}
    named_here = captured.union(uncaptured, (gap.account for gap in gaps))
    labels = make_account_labels(named_here, entries, platforms)
    retention = ledger.read(archive, until=as_of)
    return ArchiveState(as_of, chains, body["agency"], accounts, uncaptured, tuple(gaps), labels, retention)


def read_chain_states(archive: Store, as_of: datetime, in_scope: InScope) -> tuple[ChainState, ...]:
    """Return every chain in scope that had begun by `as_of`, by account."""
    found = []
    for chain in capture_chains(archive):
        last = Ledger(archive, chain.ledger).last_by(as_of) if in_scope(chain.id, chain.platform) else None
        if last is not None:
            rows = last.body["rows"]["total"]
            found.append(ChainState(chain.id, chain.platform, last.number, last.sha256, last.time, rows))
    return tuple(sorted(found, key=lambda c: c.account))
