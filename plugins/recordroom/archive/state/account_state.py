"""The state of an account: the fold over the manifests in its capture ledger.

Captures compare what they fetch with this state and never read rows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime

from recordroom.archive.entry_cache import EntryCache
from recordroom.archive.ledger import Entry, Ledger, tail_of
from recordroom.archive.state import snapshot
from recordroom.archive.state.account_summary import AccountSummary
from recordroom.archive.state.record_fold import RecordFold
from recordroom.archive.state.record_state import RecordState
from recordroom.archive.state.snapshot import Snapshot
from recordroom.archive.state.summary_fold import SummaryFold
from recordroom.archive.store import Store
from recordroom.errors import DerivedDamaged
from recordroom.model import instant
from recordroom.register.models import Account, Chain

SNAPSHOT_ENTRIES, SNAPSHOT_DELTAS = 200, 5_000  # after which the end of a capture writes a snapshot
PENDING = 25_000  # changes of records, 4 KB each, that a running capture keeps in memory
FOLDED = 4_000  # the same for a fold that only reads, which moves them to disk
_log = logging.getLogger(__name__)


class AccountState:
    """The summary of an account and the states of its records.

    It starts from the newest snapshot. If many entries follow that, its changes leave memory, which stays
    flat: a writer puts snapshots in the derived bucket, a reader moves them to a temporary database.

    A damaged snapshot stops no writer: it folds the ledger from its first entry, which gives the same state.
    `damage` then says what cannot be read, and the next snapshot replaces it. A reader gets DerivedDamaged.
    """

    def __init__(
        self,
        archive: Store,
        derived: Store,
        account: Account | Chain,
        *,
        trust_snapshot: bool = True,
        writes: bool = False,
        upto: int | None = None,
        cache: EntryCache | None = None,
    ) -> None:
        """Read the state.

        trust_snapshot: False folds from the first entry of the ledger.
        writes: the caller commits entries.
        upto: number of the last entry to fold; None: the last one of the ledger.
        cache: of the entries since the snapshot, on this machine; see `keep_entries`.
        """
        self.archive, self.derived, self.account = archive, derived, account
        self.ledger = Ledger(archive, account.ledger, cache)
        self.prefix = snapshot.prefix_of(account)
        self.damage = ""
        self._writes = writes
        base = snapshot.read_newest(derived, self.prefix) if trust_snapshot else Snapshot()
        self.tail = base.tail  # of the last entry that was folded
        self._summary, self._records = SummaryFold(base.sums), RecordFold(base)
        self.reload(upto)

    @property
    def sums(self) -> AccountSummary:
        return self._summary.sums

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot from which the fold continues."""
        return self._records.snapshot

    def reload(self, upto: int | None = None) -> None:
        """Fold the entries that were committed since."""
        for entry in self.ledger.entries(self.tail, upto):
            self.fold(entry)
            # some 40 MB in a first capture: free before the snapshot is merged and the next entry is read
            del entry
            self.limit_memory()

    def limit_memory(self) -> None:
        """Move the changes out of memory if there are many."""
        if not self.is_large:
            return
        if self._writes:
            self._move_to_snapshot(passing=True)
        else:
            self.move_to_disk()

    def move_to_disk(self) -> None:
        """Move all changes from memory to a temporary database, for a fold that only reads."""
        self._records.move_to_disk()

    def rows(self, file: str) -> Iterator[tuple[str, ...]]:
        """Yield all records as the rows of a file of a snapshot; the changes leave memory."""
        return self._records.move_to_disk().rows(file)

    def fold(self, entry: Entry) -> None:
        """Fold the next entry; a writer calls this for the entry that it has just committed.

        Records come before the summary: what is missing now was last seen by the captures before this one.
        """
        try:
            self._records.fold(entry.body, self.sums.finals)
        except DerivedDamaged as damage:
            self._refold(damage)
            self._records.fold(entry.body, self.sums.finals)
        self._summary.fold(entry)
        self.tail = tail_of(entry)

    def _refold(self, damage: DerivedDamaged) -> None:
        """Replace a damaged snapshot by the fold of the ledger.

        It ends with the last entry that was folded.
        """
        if not self._writes:
            raise damage
        self.damage = damage.full_message
        _log.warning("%s: the state is read from the ledger, from its first entry", damage.full_message)
        number = self.tail.number
        complete = AccountState(self.archive, self.derived, self.account, trust_snapshot=False, upto=number)
        self._records = complete._records

    def get(self, record_ids: Iterable[str]) -> dict[str, RecordState]:
        """Return the states of these records, without those that were never captured."""
        wanted = set(record_ids)
        try:
            return self._records.get(wanted)
        except DerivedDamaged as damage:
            self._refold(damage)
            return self._records.get(wanted)

    def window(self, since: datetime | None) -> Iterator[RecordState]:
        """Yield all records whose `window_at` is not before `since` (None: all).

        They are sorted by `window_key`.
        """
        first, last = instant(since) if since else "", ("", "", "")
        try:
            for record in self._records.read_window(first):
                last = record.window_key
                yield record
        except DerivedDamaged as damage:
            self._refold(damage)
            yield from (record for record in self._records.read_window(first) if record.window_key > last)

    @property
    def is_large(self) -> bool:
        """Whether so many changes are in memory that the fold must continue from a new snapshot."""
        return self._records.pending >= (PENDING if self._writes else FOLDED)

    def keep_entries(self) -> None:
        """Save the entries since the snapshot on this machine, if the caller gave a cache."""
        if self.ledger.cache is not None:
            self.ledger.cache.save()

    def snapshot_due(self) -> bool:
        """Return whether the end of a capture should write a snapshot."""
        entries = self.tail.number - self.snapshot.tail.number
        return bool(self.damage) or entries >= SNAPSHOT_ENTRIES or self._records.deltas >= SNAPSHOT_DELTAS

    def put_snapshot(self) -> None:
        """Write the state as a new snapshot, merged with the old one.

        The fold continues from it with empty memory.
        """
        self._move_to_snapshot(passing=False)

    def _move_to_snapshot(self, *, passing: bool) -> None:
        try:
            base = self._put_on(passing=passing)
        except DerivedDamaged as damage:
            self._refold(damage)
            base = self._put_on(passing=passing)
        self._records.rebase(base)

    def _put_on(self, *, passing: bool) -> Snapshot:
        # Changes stay in memory until the bucket has the snapshot: the fold may continue if the put fails.
        old, fresh = self._records.states, self._records.read_changed()
        return snapshot.put(
            self.derived, self.prefix, self.tail, self.sums, old=old, fresh=fresh, passing=passing
        )
