"""Compares an account's snapshot with the fold of its chain from the first entry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from itertools import zip_longest
from typing import Any

from recordroom.archive.ledger import Entry, key_of
from recordroom.archive.state import snapshot
from recordroom.archive.state.account_state import AccountState
from recordroom.archive.state.account_summary import AccountSummary
from recordroom.archive.state.snapshot import Snapshot, decode_row
from recordroom.archive.store import Store
from recordroom.archive.verify import ArchiveProblem
from recordroom.canonical import encode_canonical, sha256
from recordroom.errors import ArchiveError, DerivedDamaged, Tampered
from recordroom.register.models import Chain


class SnapshotCheck:
    """Folds a chain entry by entry, and compares the state with the snapshot where that ends.

    What was found is in `problems`.
    """

    def __init__(self, archive: Store, derived: Store, account: Chain) -> None:
        """Read the newest snapshot; captures that end later put others."""
        self.problems: list[ArchiveProblem] = []
        self._name = f"state/{account.platform}/{account.id}"
        self._is_stopped = False
        self._read_newest = partial(snapshot.read_newest, derived, snapshot.prefix_of(account))
        self._snapshot = self._read_newest()
        self._folded = AccountState(archive, derived, account, trust_snapshot=False, upto=0)

    def fold(self, entry: Entry) -> None:
        """Fold the next entry."""
        if self._is_stopped:
            return
        with self._noting_errors():
            self._folded.fold(entry)
            self._folded.limit_memory()
            if entry.number == self._snapshot.tail.number:
                self._compare_unless_replaced(entry)

    def finish(self) -> None:
        """Fold what is left after the last entry, up to the snapshot."""
        with self._noting_errors():
            while not self._is_stopped and self._snapshot.tail.number > self._folded.tail.number:
                folded = self._folded.tail.number
                for entry in self._folded.ledger.entries(self._folded.tail):
                    self.fold(entry)
                if self._folded.tail.number == folded:
                    break
        if self._is_stopped:
            return
        with self._noting_errors():
            self._folded.move_to_disk()
            number = self._snapshot.tail.number
            if number > self._folded.tail.number:
                words = "an entry that existed is missing now: the ledger was cut"
                raise Tampered(key_of(self._folded.ledger.name, number), words, "present", "absent")

    @contextmanager
    def _noting_errors(self) -> Iterator[None]:
        """Note an error as a problem; nothing is folded after it."""
        try:
            yield
        except Tampered as problem:
            self._is_stopped = True
            self.problems.append(
                ArchiveProblem(problem.key, problem.problem, problem.expected, problem.found)
            )
        except ArchiveError as problem:
            self._is_stopped = True
            self.problems.append(ArchiveProblem(self._name, f"{problem.full_message}; {problem.mend}"))

    def _compare_unless_replaced(self, entry: Entry) -> None:
        """Compare the snapshot, or take a newer one if this one is gone.

        Captures go on, and a first capture soon removes the snapshots before its last ones.
        """
        try:
            self._compare(entry)
        except DerivedDamaged:
            newest = self._read_newest()
            if newest.tail.number <= entry.number:
                raise
            self._snapshot = newest

    def _compare(self, entry: Entry) -> None:
        """Compare both files of the snapshot, and its sums, with the state at its last entry."""
        stored, expected = self._snapshot, self._snapshot.tail.sha256
        if expected != entry.sha256:
            words = "it is not the entry that was last read here"
            raise Tampered(key_of(entry.ledger, entry.number), words, str(expected), entry.sha256)
        wrong = self._find_wrong_record("by-window")
        if wrong is not None:
            self._add(f"the snapshot of {wrong} is wrong")
        if (
            self._find_wrong_record("by-id") is not None
            if wrong is None
            else _sum(stored, "by-id") != _sum(stored, "by-window")
        ):
            self._add("the snapshot's two files have different rows")
        ours, theirs = _sums(self._folded.sums), _sums(stored.sums)
        parts = [part for part in ours if ours[part] != theirs[part]]
        if parts:
            values = [str([sums[part] for part in parts]) for sums in (ours, theirs)]
            self._add(f"the snapshot's sums are wrong ({', '.join(parts)})", *values)

    def _find_wrong_record(self, file: str) -> str | None:
        """Return the first record that a file of the snapshot has otherwise; None if all agree."""
        for ours, theirs in zip_longest(self._folded.rows(file), _rows(self._snapshot, file)):
            # the same state may have its keys in another order
            if ours != theirs and (
                ours is None
                or theirs is None
                or ours[:-1] != theirs[:-1]
                or decode_row(ours[-1]) != decode_row(theirs[-1])
            ):
                return str((ours or theirs)[0])
        return None

    def _add(self, words: str, expected: str = "", found: str = "") -> None:
        words += "; run `recordroom rebuild state`"
        self.problems.append(ArchiveProblem(self._name, words, expected, found))


def _rows(stored: Snapshot, file: str) -> Iterator[tuple[str, ...]]:
    for table in stored.tables(file):
        yield from zip(*(column.to_pylist() for column in table.columns), strict=True)


def _sum(stored: Snapshot, file: str) -> int:
    """Return a sum over the rows of a file, in whatever order.

    Both files of a snapshot have the same bytes of each row.
    """
    return sum(int(sha256(encode_canonical(row)), 16) for row in _rows(stored, file))


def _sums(sums: AccountSummary) -> dict[str, Any]:
    """Return the sums without what a snapshot keeps of the last days only."""
    return {
        name: value for name, value in asdict(sums).items() if name not in ("evidence", "written", "spent")
    }
