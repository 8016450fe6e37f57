"""Audit events: first in a local journal, then in a ledger.

An event is fsynced to the journal, then shipped to the ledger `audit/<yyyy-mm>/<worker>` of its own month,
many in one entry. A search never waits for the bucket; an event of data that leaves the archive (exports,
evidence) is shipped before the response. The next process on this machine ships a journal file that an
interrupted process left.

Shipping is idempotent: each event has its own id, and a file is removed only after its entry was committed. A
second shipment of a file is recognized by its name in the last entry.

The readable events of a damaged file are shipped, and the file is renamed and kept: it stops nothing else,
and an audit event reports it.
"""

from __future__ import annotations

import fcntl
import io
import os
import re
import secrets
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from recordroom.archive import disk
from recordroom.archive.ledger import Entry, Ledger, Tail, actor, tail_of
from recordroom.archive.store import Store
from recordroom.canonical import encode_canonical, sha256
from recordroom.errors import LostRace
from recordroom.model import instant, moment

ASIDE = ".damaged"
# parts of every event
_FORMS = {
    "event": re.compile("[0-9a-f]{16}"),
    "time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    "actor": re.compile(".+", re.DOTALL),
    "type": re.compile(".+", re.DOTALL),
}


class Journal:
    """The journal folder of this machine.

    Each process has one file, locked while the process lives. Threads may share it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        disk.make(folder)
        self._file: io.FileIO | None = None
        self._writing, self._shipping = threading.Lock(), threading.Lock()
        self._left: set[Path] = set()  # closed files of this process that are not in the archive yet

    def note(self, type_: str, body: dict[str, Any], who: str | None = None) -> str:
        """Write one event durably and return its id."""
        event_id = secrets.token_hex(8)
        self._put(
            {
                "event": event_id,
                "time": instant(datetime.now(UTC)),
                "actor": who or actor(),
                "type": type_,
                **body,
            }
        )
        return event_id

    def note_deed(self, type_: str, body: dict[str, Any], who: str, deed: str, at: datetime) -> None:
        """Write the event of an act that one process begins and another may finish.

        Each of them writes the same event, so that it is reported once.
        """
        self._put(
            {"event": sha256(deed.encode())[:16], "time": instant(at), "actor": who, "type": type_, **body}
        )

    def _put(self, event: dict[str, Any]) -> None:
        with self._writing, disk.room_for(self.folder / "event"):
            self._write(encode_canonical(event) + b"\n")

    def _write(self, line: bytes) -> None:
        """Write a complete line durably, or nothing: half a line would damage the file."""
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
        """Make a file of our own.

        Until it is locked, another process may take it for that of an interrupted one, ship nothing, and
        remove it.
        """
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
        """Ship the events of this process and of interrupted ones; return their number.

        All that was noted before is then in the archive, whichever process shipped it: two calls at once wait
        for each other. Events that are noted meanwhile go to a new file and do not wait.
        """
        with self._shipping:
            with self._writing:
                self._close()
            return sum(
                self._ship(store, path) for path in sorted({*self.folder.glob("*.jsonl"), *self._left})
            )

    def _ship(self, store: Store, path: Path) -> int:
        """Ship a file and return the number of its events.

        0 if its process lives and ships for itself, or another one was faster.
        """
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
            events, damaged = _events_of(path.stem, file.read())
            there = path.exists()
            for month, own in _group_by_month(events).items() if there else ():
                _commit(store, path.stem, _parse_start(path.stem), month, own)
            if damaged and there:
                aside = path.rename(path.with_suffix(ASIDE))
                self.note("journal damaged", {"file": aside.name, "lines": damaged, "shipped": len(events)})
            path.unlink(missing_ok=True)
        self._left.discard(path)
        return len(events) if there else 0

    def _close(self) -> None:
        if self._file is not None:
            self._left.add(Path(str(self._file.name)))
            self._file.close()
            self._file = None


def describe_damaged(folder: Path) -> str:
    """Return a sentence that names the damaged files in that folder.

    It is "" if there is none.
    """
    names = sorted(path.name for path in folder.glob(f"*{ASIDE}"))
    if not names:
        return ""
    return (
        "Audit journals were damaged. Their readable events are in the archive, and the damaged files are "
        f"kept next to the journals: {', '.join(names)}"
    )


def _events_of(name: str, lines: bytes) -> tuple[list[dict[str, Any]], int]:
    """Return `read_lines` of a file.

    Nothing is readable if the file's name is not a journal's.
    """
    events, damaged = read_lines(lines)
    try:
        _parse_start(name)
    except ValueError:
        return [], damaged + len(events)
    return events, damaged


def read_lines(lines: bytes) -> tuple[list[dict[str, Any]], int]:
    """Return the events, and how many lines are none.

    An interrupted write may have cut the last line; that event was never confirmed, and it is left out.
    """
    told = [_parse_event(line) for line in lines.split(b"\n")[:-1]]
    return [event for event in told if event is not None], told.count(None)


def _parse_event(line: bytes) -> dict[str, Any] | None:
    try:
        event = orjson.loads(line)
    except ValueError:
        return None
    return event if is_event(event) else None


def is_event(told: object) -> bool:
    """Return whether this has the parts of every event, at a time that exists.

    One changed bit on a disk makes a November 31.
    """
    if not isinstance(told, dict):
        return False
    return all(
        isinstance(told.get(name), str) and form.fullmatch(told[name]) for name, form in _FORMS.items()
    ) and _is_time(told["time"])


def _is_time(text: str) -> bool:
    try:
        return instant(moment(text)) == text
    except ValueError:
        return False


def _group_by_month(events: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Group the events by month: a process may live through the end of one."""
    found: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        found.setdefault(event["time"][:7], []).append(event)
    return found


def _parse_start(name: str) -> datetime:
    """Return when the journal file of that name was begun."""
    return datetime.strptime(name.split("-", maxsplit=1)[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _commit(store: Store, name: str, started: datetime, month: str, events: list[dict[str, Any]]) -> None:
    """Commit one entry with all events of a journal file in that month.

    Nothing is done if it is committed already.
    """
    ledger = Ledger(store, ledger_name(month))
    while True:
        head = ledger.head()
        last = ledger.read(head) if head else None
        if last is not None and _is_committed(ledger, last, name, started):
            return
        body: dict[str, Any] = {"journal": name, "events": events}
        if last is None:
            body["month_before"] = _find_month_before(store, month)
        try:
            ledger.append("events", body, tail_of(last) if last else Tail())
            return
        except LostRace:
            continue


def ledger_name(month: str) -> str:
    """Return the name of this machine's ledger of a month."""
    return f"audit/{month}/{socket.gethostname()}"


def _is_committed(ledger: Ledger, last: Entry, name: str, started: datetime) -> bool:
    """Return whether a journal file was shipped before its process was interrupted.

    Only entries since the file was begun can contain it.
    """
    entry: Entry | None = last
    while entry is not None and entry.time >= started - timedelta(minutes=1):
        if entry.body["journal"] == name:
            return True
        entry = ledger.read(entry.number - 1) if entry.number > 1 else None
    return False


def _find_month_before(store: Store, month: str) -> dict[str, Any] | None:
    """Return the last head of this worker's chain of an earlier month.

    It is searched a year back. With it a complete month can be disposed of.
    """
    year, number = int(month[:4]), int(month[5:])
    for _ in range(12):
        year, number = (year, number - 1) if number > 1 else (year - 1, 12)
        ledger = Ledger(store, ledger_name(f"{year:04d}-{number:02d}"))
        head = ledger.head()
        if head:
            entry = ledger.read(head)
            return {"ledger": ledger.name, "number": head, "sha256": entry.sha256 if entry else None}
    return None
