"""States of records on this machine's disk, for a fold that only reads.

A fold of years has more changes than memory should hold, and a reader puts nothing in the bucket.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from heapq import merge
from itertools import islice
from pathlib import Path

import pyarrow as pa

from recordroom.archive import disk
from recordroom.archive.state.record_state import RecordState
from recordroom.archive.state.snapshot import AT_ONCE, COLUMNS, ORDER, ROW_GROUP, Snapshot, decode_row, row_of

CACHE = 16 << 10  # kilobytes of the database in memory


class ScratchStates:
    """The records of a snapshot, replaced by those in a temporary database.

    It is read like a snapshot. Its file is removed together with this object.
    """

    def __init__(self, base: Snapshot) -> None:
        self._base = base
        self._db = sqlite3.connect("", check_same_thread=False)
        self._db.executescript(
            f"PRAGMA cache_size = -{CACHE};"
            "PRAGMA journal_mode = OFF;"
            "CREATE TABLE states"
            " (record_id TEXT PRIMARY KEY, window_at TEXT, root_id TEXT, row TEXT) WITHOUT ROWID;"
        )

    def put(self, states: Iterable[RecordState]) -> None:
        """Add states, or replace them."""
        left = iter(states)
        while some := [row_of(state) for state in islice(left, AT_ONCE)]:
            with _room_for_states():
                self._db.executemany("INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?)", some)

    def get(self, wanted: list[str]) -> Iterator[RecordState]:
        """Yield the records of these record_ids, which must be sorted."""
        others = []
        for record_id in wanted:
            found = self._db.execute("SELECT row FROM states WHERE record_id = ?", (record_id,)).fetchone()
            if found is None:
                others.append(record_id)
            else:
                yield decode_row(found[0])
        yield from self._base.get(others)

    def window(self, first: str) -> Iterator[RecordState]:
        """Yield the records whose window_at is not before `first` ("": all), sorted by `window_key`."""
        newer = (decode_row(row) for *_, row in self._select("by-window", first))
        last = ""
        # of two with the same key, the newer one comes first
        for record in merge(newer, self._base.window(first), key=lambda record: record.window_key):
            if record.record_id != last:
                yield record
            last = record.record_id

    def rows(self, file: str) -> Iterator[tuple[str, ...]]:
        """Yield all rows as a file of a snapshot has them."""
        for table in self._base.tables("by-id"):
            some = zip(*(column.to_pylist() for column in table.columns), strict=True)
            with _room_for_states():
                self._db.executemany("INSERT OR IGNORE INTO states VALUES (?, ?, ?, ?)", some)
        self._base = Snapshot()
        return self._select(file)

    def tables(self, file: str) -> Iterator[pa.Table]:
        """Yield all rows as tables, in the order of a file of a snapshot."""
        left = self.rows(file)
        while some := list(islice(left, ROW_GROUP)):
            yield pa.table(list(zip(*some, strict=True)), schema=COLUMNS)

    def _select(self, file: str, first: str = "") -> Iterator[tuple[str, ...]]:
        order = ", ".join(name for name, _ in ORDER[file])
        words = f"SELECT * FROM states WHERE window_at >= ? ORDER BY {order}"  # noqa: S608 (constants)
        with _room_for_states():  # a sort needs as much again
            yield from self._db.execute(words, (first,))


@contextmanager
def _room_for_states() -> Iterator[None]:
    """Raise SpoolFull for "no space left"."""
    # where SQLite puts temporary files
    with disk.room_for(Path(os.environ.get("TMPDIR", "/var/tmp"), "states")):  # noqa: S108
        try:
            yield
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorcode != sqlite3.SQLITE_FULL:
                raise
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from problem
