"""The records that one capture has seen: on disk past a few megabytes, so that memory stays flat however large the account."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator

from recordroom.model import Record


class Seen:
    """A temporary table, gone with the process: a capture that dies proves nothing absent."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")  # SQLite's own temporary file
        self._db.execute("PRAGMA cache_size = -8000")
        self._db.execute("CREATE TABLE seen (record_id TEXT PRIMARY KEY, parent_id TEXT, kind TEXT, comments INTEGER) WITHOUT ROWID")
        self._db.execute("CREATE INDEX by_parent ON seen (parent_id)")

    def add(self, records: Iterable[Record]) -> None:
        rows = [(r.record_id, r.parent_id, r.kind, (r.counts or {}).get("comments")) for r in records if not r.historical]
        self._db.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?)", rows)

    def __contains__(self, record_id: str) -> bool:
        return self._db.execute("SELECT 1 FROM seen WHERE record_id = ?", (record_id,)).fetchone() is not None

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM seen").fetchone()[0])

    def ids(self) -> Iterator[str]:
        """All ids, sorted by code points."""
        yield from (row[0] for row in self._db.execute("SELECT record_id FROM seen ORDER BY record_id"))

    def digest(self, outside: set[str]) -> tuple[int, str]:
        """(number, hex SHA-256 of the sorted ids joined by newlines) of those that are not `outside` the window."""
        digest, count = hashlib.sha256(), 0
        for record_id in self.ids():
            if record_id not in outside:
                digest.update(b"\n" if count else b"")
                digest.update(record_id.encode())
                count += 1
        return count, digest.hexdigest()

    def comment_counts(self) -> Iterator[tuple[str, int, int]]:
        """(record_id, direct answers as the platform counts them, direct answers seen) where the two differ."""
        yield from self._db.execute(
            "SELECT s.record_id, s.comments, count(c.record_id) AS ours FROM seen s LEFT JOIN seen c ON c.parent_id = s.record_id"
            " WHERE s.comments IS NOT NULL GROUP BY s.record_id HAVING s.comments <> ours ORDER BY s.record_id"
        )

    def close(self) -> None:
        self._db.close()
