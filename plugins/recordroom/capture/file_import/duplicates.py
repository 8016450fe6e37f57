"""Possible duplicates: imported records that match one under another id.

They have the same text at about the same time, or the time of one that was edited since. They are proposed to
people, never merged.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow.compute as pc

from recordroom.archive.records import batches, file_system, sources
from recordroom.archive.state.account_state import AccountState
from recordroom.capture.workspace import Workspace
from recordroom.imports.contract import MADE
from recordroom.model import Record
from recordroom.register.models import Account

MINUTES = 10
SECONDS = 10  # for records without text: two images of ten minutes are two images
_FIRST, _LAST = -62_135_596_800, 253_402_300_799  # seconds of the calendar: 0001-01-01, 9999-12-31
_COLUMNS = ["record_id", "kind", "text", "published_at", "author_name"]


@dataclass(frozen=True, slots=True)
class PossibleDuplicate:
    """A pair of records."""

    record_id: str  # of the import
    like: str  # of the archive
    seconds: int  # between their times


class DuplicateSearch:
    """The records of an import that were not archived under their ids.

    It is on disk past a few megabytes.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.execute("PRAGMA cache_size = -16000")
        self._db.execute("CREATE TABLE new (text BLOB, at INTEGER, record_id TEXT, author TEXT)")
        self._db.execute("CREATE TABLE posts (at INTEGER, record_id TEXT, author TEXT)")
        self._db.execute("CREATE TABLE imported (record_id TEXT PRIMARY KEY, kind TEXT) WITHOUT ROWID")
        self._db.execute("CREATE TABLE said (words TEXT, of TEXT, PRIMARY KEY (words, of)) WITHOUT ROWID")

    def add(self, record: Record, *, new: bool) -> None:
        """Note a record of the import.

        A record without text can match only if its id was made from its content: another id of the platform's
        is another item. A post with such an id may have been edited: it also matches what was published in
        the same second.

        new: it was not archived under its id.
        """
        self._db.execute("INSERT OR IGNORE INTO imported VALUES (?, ?)", (record.record_id, record.kind))
        if new and record.published_at and (record.text or record.native_id.startswith(MADE)):
            said = _digest(record.kind, record.text)
            row = (said, int(record.published_at.timestamp()), record.record_id, _name(record.author_name))
            self._db.execute("INSERT INTO new VALUES (?, ?, ?, ?)", row)
            if record.kind == "post" and record.text and record.native_id.startswith(MADE):
                self._db.execute("INSERT INTO posts VALUES (?, ?, ?)", row[1:])

    def find(
        self, workspace: Workspace, account: Account, state: AccountState
    ) -> Iterator[PossibleDuplicate]:
        """Yield duplicates among the account's rows, each pair once."""
        first, last = self._db.execute("SELECT min(at), max(at) FROM new").fetchone()
        if first is None or not state.tail.number:
            return
        self._db.execute("CREATE INDEX by_text ON new (text, at)")
        self._db.execute("CREATE INDEX by_time ON posts (at)")
        seen: set[tuple[str, str]] = set()
        for batch in batches(
            sources(workspace.derived, file_system(workspace.settings), {account.id: state.tail.number}),
            _COLUMNS,
        ):
            at = batch.column("published_at")
            near = pc.and_(
                pc.greater_equal(at, _moment(first - MINUTES * 60)),
                pc.less_equal(at, _moment(last + MINUTES * 60)),
            )
            for row in batch.filter(near).to_pylist():
                for twin in self._like(row):
                    if (twin.record_id, twin.like) not in seen:
                        seen.add((twin.record_id, twin.like))
                        yield twin

    def _like(self, row: dict[str, str | datetime | None]) -> Iterator[PossibleDuplicate]:
        text, at = row["text"], row["published_at"]
        if not isinstance(at, datetime) or self.has(str(row["record_id"])):
            return
        when = int(at.timestamp())
        author = _name(row["author_name"])
        apart = MINUTES * 60 if text else SECONDS
        query = (
            "SELECT record_id, at, author FROM new WHERE text = ? AND at BETWEEN ? AND ? ORDER BY record_id"
        )
        found = self._db.execute(query, (_digest(row["kind"], text), when - apart, when + apart)).fetchall()
        if text and row["kind"] == "post":
            found += self._db.execute(
                "SELECT record_id, at, author FROM posts WHERE at = ? ORDER BY record_id", (when,)
            ).fetchall()
        for record_id, other, name in found:
            if not name or not author or name == author:
                yield PossibleDuplicate(record_id, str(row["record_id"]), abs(when - other))

    def is_first(self, words: str, of: str) -> bool:
        """Return whether this is the first call for these words of that record or file."""
        return self._db.execute("INSERT OR IGNORE INTO said VALUES (?, ?)", (words, of)).rowcount == 1

    def has(self, record_id: str) -> bool:
        """Return whether a record was noted."""
        return self.kind_of(record_id) is not None

    def kind_of(self, record_id: str) -> str | None:
        """Return the kind under which a record was noted; None if it was not."""
        found = self._db.execute("SELECT kind FROM imported WHERE record_id = ?", (record_id,)).fetchone()
        return found[0] if found else None

    @property
    def count(self) -> int:
        """How many records were noted."""
        return int(self._db.execute("SELECT count(*) FROM imported").fetchone()[0])

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the sorted record ids of the import, joined by newlines."""
        digest = hashlib.sha256()
        for number, (record_id,) in enumerate(
            self._db.execute("SELECT record_id FROM imported ORDER BY record_id")
        ):
            digest.update((b"\n" if number else b"") + record_id.encode())
        return digest.hexdigest()

    def close(self) -> None:
        """Delete the tables."""
        self._db.close()


def _digest(kind: object, text: object) -> bytes:
    """Return a hash of the text; of a record without text, its kind."""
    return (
        hashlib.sha256(" ".join(text.split()).encode()).digest()
        if isinstance(text, str) and text
        else str(kind).encode()
    )


def _name(text: object) -> str:
    return " ".join(text.split()).casefold() if isinstance(text, str) else ""


def _moment(seconds: int) -> datetime:
    """Return the time, as near as the calendar allows.

    Programs write the first moment of the year 1 if they know no date.
    """
    return datetime.fromtimestamp(min(max(seconds, _FIRST), _LAST), UTC)
