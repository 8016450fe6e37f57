"""The records that one capture has seen, but for those that nobody looks for: on disk past a few megabytes, so that memory
stays flat however large the account."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from recordroom.model import ABSENT_STATUSES, VISIBLE, Record, is_looked_for


class Answers(NamedTuple):
    """The answers to a record, as the platform counts them and as they were seen: all of its conversation where `whole`, else direct ones.
    `aside`: those seen of which it is not known whether its count holds them."""

    record_id: str
    root_id: str
    theirs: int
    ours: int
    aside: int
    whole: int


class Seen:
    """A temporary table, gone with the process: a capture that dies proves nothing absent. `counted`: statuses of answers that the
    platform's counts of answers hold (Platform.counted); `counted_for`: who can see what they hold (Platform.counted_for)."""

    def __init__(self, counted: Collection[str] | None = None, counted_for: Collection[str] | None = None) -> None:
        self._counted, self._counted_for = counted, counted_for
        self._db = sqlite3.connect("")  # SQLite's own temporary file
        self._db.execute("PRAGMA cache_size = -8000")
        self._db.execute(
            "CREATE TABLE seen (record_id TEXT PRIMARY KEY, parent_id TEXT, root_id TEXT, comments INTEGER, whole INTEGER,"
            " ours INTEGER, aside INTEGER, over INTEGER) WITHOUT ROWID"
        )
        self._db.execute("CREATE INDEX by_parent ON seen (parent_id)")
        self._db.execute("CREATE INDEX by_root ON seen (root_id)")

    def add(self, records: Iterable[Record]) -> None:
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
        """All ids, sorted by code points."""
        yield from (row[0] for row in self._db.execute("SELECT record_id FROM seen ORDER BY record_id"))

    def over(self) -> list[str]:
        """Those of which the platform told only that they are shown no more, as of a story whose day is over."""
        return [row[0] for row in self._db.execute("SELECT record_id FROM seen WHERE over ORDER BY record_id")]

    def digest(self, outside: set[str]) -> tuple[int, str]:
        """(number, hex SHA-256 of the sorted ids joined by newlines) of those that are not `outside` the window."""
        digest, count = hashlib.sha256(), 0
        for record_id in self.ids():
            if record_id not in outside:
                digest.update(b"\n" if count else b"")
                digest.update(record_id.encode())
                count += 1
        return count, digest.hexdigest()

    def comment_counts(self) -> Iterator[Answers]:
        """Of the records whose answers the platform counts, those of which it counts another number than was seen."""
        found = self._db.execute(
            "SELECT record_id, coalesce(root_id, record_id), comments,"
            " CASE WHEN whole THEN (SELECT count(*) FROM seen a WHERE a.root_id = s.record_id AND a.ours)"
            " ELSE (SELECT count(*) FROM seen a WHERE a.parent_id = s.record_id AND a.ours) END AS number,"
            " CASE WHEN whole THEN (SELECT count(*) FROM seen a WHERE a.root_id = s.record_id AND a.aside)"
            " ELSE (SELECT count(*) FROM seen a WHERE a.parent_id = s.record_id AND a.aside) END, whole"
            " FROM seen s WHERE comments IS NOT NULL AND comments <> number ORDER BY record_id"
        )
        yield from (Answers(*row) for row in found)

    def close(self) -> None:
        self._db.close()
