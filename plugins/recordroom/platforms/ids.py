"""Ids of all that a walk met: of an account with a million answers they fill no memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable


class Ids:
    """A set of them, in SQLite's own temporary file past two megabytes, gone with the process."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.execute("CREATE TABLE ids (id TEXT PRIMARY KEY) WITHOUT ROWID")

    def update(self, ids: Iterable[str]) -> None:
        self._db.executemany("INSERT OR IGNORE INTO ids VALUES (?)", ((one,) for one in ids))

    def __contains__(self, one: str) -> bool:
        return self._db.execute("SELECT 1 FROM ids WHERE id = ?", (one,)).fetchone() is not None
