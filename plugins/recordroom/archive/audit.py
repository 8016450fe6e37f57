"""Audit events: fsynced to a local journal first, then shipped to the ledger `audit/<yyyy-mm>/<worker>`, many in one entry.

A search never waits for the bucket; what leaves the archive (exports, evidence) is shipped before the answer. A journal file left by
a process that died is shipped by the next one on this machine. An event goes into the ledger of its own month.

Shipping is idempotent: each event has its own id, and a file is
removed only after its entry was committed; a second shipment of the same file is recognised by its name in the last entry.
"""

from __future__ import annotations

import fcntl
import io
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from recordroom.archive import disk
from recordroom.archive.ledger import Entry, Ledger, Tail, actor, tail_of
from recordroom.archive.store import Store
from recordroom.errors import ArchiveError, LostRace
from recordroom.model import canonical, instant


class Journal:
    """The journal folder of this machine; one file a process, locked while its process lives. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        disk.make(folder)
        self._file: io.FileIO | None = None
        self._writing, self._shipping = threading.Lock(), threading.Lock()
        self._left: set[Path] = set()  # files of this process that it has closed, and not seen in the archive yet

    def note(self, type_: str, body: dict[str, Any], who: str | None = None) -> str:
        """Write one event durably; its id."""
        event_id = secrets.token_hex(8)
        event = {"event": event_id, "time": instant(datetime.now(UTC)), "actor": who or actor(), "type": type_, **body}
        with self._writing, disk.room_for(self.folder / "event"):
            self._write(canonical(event) + b"\n")
        return event_id

    def _write(self, line: bytes) -> None:
        """Whole and durable, or not at all: half a line in the middle of the file would make all of it unreadable."""
        file = self._file or self._open()
        size = os.fstat(file.fileno()).st_size
        try:
            while line:
                line = line[file.write(line) :]
            os.fsync(file.fileno())
        except OSError:
            file.truncate(size)
            raise

    def _open(self) -> io.FileIO:
        """A file of our own; until it is locked, another process may take it for a dead one's, ship nothing, and remove it."""
        while True:
            stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
            path = self.folder / f"{stamp}-{os.getpid()}-{secrets.token_hex(4)}.jsonl"
            file = path.open("ab", buffering=0)
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_nlink:
                self._file = file
                return file
            file.close()

    def ship(self, store: Store) -> int:
        """Ship this process's events and those that dead processes left; the number of events shipped. Whatever was noted before is in
        the archive then, whoever shipped it: two at once wait for each other. A file that cannot be read stays where it is, stops no
        other one, and is an ArchiveError at the end. Whoever notes meanwhile begins a new file, and does not wait."""
        shipped, damaged = 0, ""
        with self._shipping:
            with self._writing:
                self._close()
            for path in sorted({*self.folder.glob("*.jsonl"), *self._left}):
                try:
                    shipped += self._ship(store, path)
                except ValueError:
                    damaged = str(path)
        if damaged:
            raise ArchiveError(f"{damaged} is no journal that can be read", "Move it elsewhere, and keep it: it may hold audit events.")
        return shipped

    def _ship(self, store: Store, path: Path) -> int:
        """The number of its events; 0 where its process lives and ships for itself, or another one was faster. ValueError where it cannot
        be read."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            self._left.discard(path)
            return 0
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if path in self._left else fcntl.LOCK_NB))
            except BlockingIOError:
                return 0
            started, events = _started(path.stem), list(events_of(file.read()))
            there = path.exists()
            for month, own in _by_month(events).items() if there else ():
                _commit(store, path.stem, started, month, own)
            path.unlink(missing_ok=True)
        self._left.discard(path)
        return len(events) if there else 0

    def _close(self) -> None:
        if self._file is not None:
            self._left.add(Path(str(self._file.name)))
            self._file.close()
            self._file = None


def events_of(lines: bytes) -> Iterator[dict[str, Any]]:
    """Whole lines; a last line cut by a crash was never answered for and is left out."""
    for line in lines.split(b"\n")[:-1]:
        yield orjson.loads(line)


def _by_month(events: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """A process may live through the end of a month."""
    found: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        found.setdefault(event["time"][:7], []).append(event)
    return found


def _started(name: str) -> datetime:
    return datetime.strptime(name.split("-", maxsplit=1)[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _commit(store: Store, name: str, started: datetime, month: str, events: list[dict[str, Any]]) -> None:
    """One entry with all events of a journal file in that month, unless it is committed already."""
    ledger = Ledger(store, ledger_name(month))
    while True:
        head = ledger.head()
        last = ledger.read(head) if head else None
        if last is not None and _committed(ledger, last, name, started):
            return
        body: dict[str, Any] = {"journal": name, "events": events}
        if last is None:
            body["month_before"] = _month_before(store, month)
        try:
            ledger.append("events", body, tail_of(last) if last else Tail())
            return
        except LostRace:
            continue


def ledger_name(month: str) -> str:
    return f"audit/{month}/{socket.gethostname()}"


def _committed(ledger: Ledger, last: Entry, name: str, started: datetime) -> bool:
    """Whether a journal file was shipped before its process died: only entries since it was begun can hold it."""
    entry: Entry | None = last
    while entry is not None and entry.time >= started - timedelta(minutes=1):
        if entry.body["journal"] == name:
            return True
        entry = ledger.read(entry.number - 1) if entry.number > 1 else None
    return False


def _month_before(store: Store, month: str) -> dict[str, Any] | None:
    """The last head of this worker's chain of an earlier month (a year back at most), so that a whole month can be disposed of."""
    year, number = int(month[:4]), int(month[5:])
    for _ in range(12):
        year, number = (year, number - 1) if number > 1 else (year - 1, 12)
        ledger = Ledger(store, ledger_name(f"{year:04d}-{number:02d}"))
        head = ledger.head()
        if head:
            entry = ledger.read(head)
            return {"ledger": ledger.name, "number": head, "sha256": entry.sha256 if entry else None}
    return None
