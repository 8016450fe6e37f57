"""Audit events: fsynced to a local journal first, then shipped to the ledger `audit/<yyyy-mm>/<worker>`, many in one entry.

A search never waits for the bucket; what leaves the archive (exports, evidence) is shipped before the answer. A journal file left by
a process that died is shipped by the next one on this machine. An event goes into the ledger of its own month.

Shipping is idempotent: each event has its own id, and a file is
removed only after its entry was committed; a second shipment of the same file is recognised by its name in the last entry.

Of a damaged file what can be read is shipped, and the file is kept aside as it is: it stops nothing else, and the audit tells of it.
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
_FORMS = {
    "event": re.compile("[0-9a-f]{16}"),
    "time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    "actor": re.compile(".+", re.DOTALL),
    "type": re.compile(".+", re.DOTALL),
}  # what every event has


class Journal:
    """The journal folder of this machine; one file a process, locked while its process lives. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        disk.make(folder)
        self._file: io.FileIO | None = None
        self._writing, self._shipping = threading.Lock(), threading.Lock()
        self._left: set[Path] = (
            set()
        )  # files of this process that it has closed, and not seen in the archive yet

    def note(self, type_: str, body: dict[str, Any], who: str | None = None) -> str:
        """Write one event durably; its id."""
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
        """The event of a deed that one begins and another may finish: whoever writes it down again writes the same one, and it is told
        once."""
        self._put(
            {"event": sha256(deed.encode())[:16], "time": instant(at), "actor": who, "type": type_, **body}
        )

    def _put(self, event: dict[str, Any]) -> None:
        with self._writing, disk.room_for(self.folder / "event"):
            self._write(encode_canonical(event) + b"\n")

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
        the archive then, whoever shipped it: two at once wait for each other. Whoever notes meanwhile begins a new file, and does not
        wait."""
        with self._shipping:
            with self._writing:
                self._close()
            return sum(
                self._ship(store, path) for path in sorted({*self.folder.glob("*.jsonl"), *self._left})
            )

    def _ship(self, store: Store, path: Path) -> int:
        """The number of its events; 0 where its process lives and ships for itself, or another one was faster."""
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
            for month, own in _by_month(events).items() if there else ():
                _commit(store, path.stem, _started(path.stem), month, own)
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
    """In words which files of that folder were damaged and are kept, until somebody takes them away; "" where none is."""
    names = sorted(path.name for path in folder.glob(f"*{ASIDE}"))
    if not names:
        return ""
    return f"What can be read of damaged journals of the audit is in the archive; their files are kept beside them: {', '.join(names)}"


def _events_of(name: str, lines: bytes) -> tuple[list[dict[str, Any]], int]:
    """As `read_lines`; of a file that is no journal of ours by its name nothing can be read."""
    events, damaged = read_lines(lines)
    try:
        _started(name)
    except ValueError:
        return [], damaged + len(events)
    return events, damaged


def read_lines(lines: bytes) -> tuple[list[dict[str, Any]], int]:
    """(the events, how many lines are none); a last line cut by a crash was never answered for and is left out."""
    told = [_event(line) for line in lines.split(b"\n")[:-1]]
    return [event for event in told if event is not None], told.count(None)


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        event = orjson.loads(line)
    except ValueError:
        return None
    return event if is_event(event) else None


def is_event(told: object) -> bool:
    """Whether it says what every event says, and at a time that there is: a digit that a disk has turned makes a 31st of November."""
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
