"""The records that one capture has seen, on disk so that memory stays small."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from recordroom.model import ABSENT_STATUSES, VISIBLE, Record, is_looked_for


class ReplyCounts(NamedTuple):
    """The replies to a record, as the platform counts them and as they were seen."""

    record_id: str
    root_id: str
    theirs: int  # the platform's count
    ours: int  # seen
    aside: int  # seen, and it is not known whether the platform counts them
    whole: int  # 1: all replies of the conversation are counted, 0: direct ones


class SeenRecords:
    """A temporary table of the records that absences are looked for among.

    It is gone with the process: a capture that is interrupted proves nothing absent.
    """

    def __init__(
        self, counted: Collection[str] | None = None, counted_for: Collection[str] | None = None
    ) -> None:
        """Create an empty table.

        counted: statuses of replies that the platform counts (Platform.counted_statuses).
        counted_for: who can see what it counts (Platform.counted_visibilities).
        """
        self._counted, self._counted_for = counted, counted_for
        self._db = sqlite3.connect("")  # SQLite's own temporary file
        self._db.execute("PRAGMA cache_size = -8000")
        self._db.execute(
            "CREATE TABLE seen (record_id TEXT PRIMARY KEY, parent_id TEXT, root_id TEXT, comments INTEGER,"
            " whole INTEGER, ours INTEGER, aside INTEGER, over INTEGER) WITHOUT ROWID"
        )
        self._db.execute("CREATE INDEX by_parent ON seen (parent_id)")
        self._db.execute("CREATE INDEX by_root ON seen (root_id)")

    def add(self, records: Iterable[Record]) -> None:
        """Add the live records of a response."""
        rows = [
            (
                r.record_id,
                r.parent_id,
                None if r.root_id == r.record_id else r.root_id,
                (r.counts or {}).get("comments"),
                r.counts_replies,
                ours := (counted := self._counted_for is None or r.visibility in self._counted_for)
                and r.status in (self._counted or (VISIBLE,)),
                counted and not ours and self._counted is None,
                r.status in ABSENT_STATUSES,
            )
            for r in records
            if not r.historical and is_looked_for(r.kind, r.record_id)
        ]
        self._db.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def __contains__(self, record_id: str) -> bool:
        return self._db.execute("SELECT 1 FROM seen WHERE record_id = ?", (record_id,)).fetchone() is not None

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM seen").fetchone()[0])

    def ids(self) -> Iterator[str]:
        """Yield all ids, sorted by code points."""
        yield from (row[0] for row in self._db.execute("SELECT record_id FROM seen ORDER BY record_id"))

    def shown_no_longer(self) -> list[str]:
        """Return the ids of records that the platform reports as shown no longer."""
        return [
            row[0] for row in self._db.execute("SELECT record_id FROM seen WHERE over ORDER BY record_id")
        ]

    def digest(self, outside: set[str]) -> tuple[int, str]:
        """Return (number, hex SHA-256 of the sorted ids, joined by newlines).

        outside: ids that do not belong to the window.
        """
        digest, count = hashlib.sha256(), 0
        for record_id in self.ids():
            if record_id not in outside:
                digest.update(b"\n" if count else b"")
                digest.update(record_id.encode())
                count += 1
        return count, digest.hexdigest()

    def differing_counts(self) -> Iterator[ReplyCounts]:
        """Yield the records whose platform counts another number of replies than was seen."""
        found = self._db.execute(
            "SELECT record_id, coalesce(root_id, record_id), comments,"
            " CASE WHEN whole THEN (SELECT count(*) FROM seen a WHERE a.root_id = s.record_id AND a.ours)"
            " ELSE (SELECT count(*) FROM seen a WHERE a.parent_id = s.record_id AND a.ours) END AS number,"
            " CASE WHEN whole THEN (SELECT count(*) FROM seen a WHERE a.root_id = s.record_id AND a.aside)"
            " ELSE (SELECT count(*) FROM seen a WHERE a.parent_id = s.record_id AND a.aside) END, whole"
            " FROM seen s WHERE comments IS NOT NULL AND comments <> number ORDER BY record_id"
        )
        yield from (ReplyCounts(*row) for row in found)

    def close(self) -> None:
        """Delete the table."""
        self._db.close()
