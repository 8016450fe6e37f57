"""The quarantine in force, for each process that shows records.

The ledger is read every few seconds, and the last known quarantine is never forgotten.

- The ledger is read at most every two seconds, so that every process hides within seconds what one process
  hides.
- While the bucket is away, the last known quarantine stays in force; nothing can be added to it meanwhile. A
  slow bucket delays a search by two seconds at most.
- This machine's disk has a copy, for processes that start while the bucket is away. Without a copy, or if no
  process has confirmed it for a day, no record is shown.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from recordroom.archive import disk
from recordroom.archive.ledger import Tail
from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import Quarantine, QuarantineEntry
from recordroom.archive.store import Store
from recordroom.errors import RecordroomError, ServiceUnavailable
from recordroom.model import instant, moment

REMEMBERED = 2.0  # seconds
PATIENCE = 2.0  # seconds that a search waits for the bucket
FIRST = 30.0  # seconds that it waits where nothing is known yet
DAY = 86_400.0  # seconds for which a copy is good that no process confirms
_log = logging.getLogger(__name__)


class QuarantineSnapshot:
    """The quarantine as it was when a request first asked for it, and the same at each later call.

    A page must not show in one part what another part leaves out. Threads of one request may share it.
    """

    def __init__(self, read: Callable[[], Quarantine]) -> None:
        """read: returns the quarantine in force; called once."""
        self._read = read
        self._lock = threading.Lock()
        self._found: Quarantine | None = None

    @property
    def quarantine(self) -> Quarantine:
        """The quarantine; fails as the function that reads it does, and reads again at the next call."""
        with self._lock:
            if self._found is None:
                self._found = self._read()
            return self._found

    def renew(self) -> QuarantineSnapshot:
        """Return a snapshot that has not been taken yet."""
        return QuarantineSnapshot(self._read)


class QuarantineWatch:
    """The quarantine of one archive; one for a process, whose threads may share it.

    folder: a local one that only this user can read.
    """

    def __init__(self, archive: Store, folder: Path) -> None:
        self._archive = archive
        self._path = folder / f"quarantine-{archive.bucket.replace('/', '-')}.json"
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._done.set()
        self._reading = False
        self._began = self._ended = float("-inf")
        self._known: Quarantine | None = None
        self._confirmed = 0.0  # when, by this machine's clock, the ledger last said so
        self.problem = ""  # why the ledger could not be read when it was last looked at

    def now(self) -> Quarantine:
        """Return the quarantine in force.

        ServiceUnavailable if it is not known: nothing may be shown then.
        """
        with self._lock:
            if self._known is None or time.time() - self._confirmed >= DAY:
                self._known, self._confirmed = self._copy() or (None, 0.0)
            known = self._known
            if not self._reading and time.monotonic() - self._ended > REMEMBERED:
                self._reading, self._began = True, time.monotonic()
                self._done.clear()
                threading.Thread(target=self._look, daemon=True).start()
        patience = PATIENCE if known is not None else FIRST
        self._done.wait(max(0.0, self._began + patience - time.monotonic()))
        found = self._known
        if found is None:
            words = (
                "it is not known which records are under quarantine, so no records are shown:"
                f" {self.problem or 'the bucket does not respond'}"
            )
            raise ServiceUnavailable(words, "Try again when the archive's bucket responds.")
        return found

    def snapshot(self) -> QuarantineSnapshot:
        """Return the quarantine for one request."""
        return QuarantineSnapshot(self.now)

    def refresh(self) -> Quarantine:
        """Return the quarantine in force now, for a caller that has just changed it."""
        self._done.wait(PATIENCE)  # a look that is under way may have begun before
        with self._lock:
            if not self._reading:
                self._ended = float("-inf")
        return self.now()

    def _look(self) -> None:
        try:
            before = self._known or Quarantine()
            if before.tail.number == 0:
                # a bucket that is not there must not look like one without quarantine
                self._archive.require()
            found = ledger.read(self._archive, before)
            with self._lock:
                self._known, self._confirmed, self.problem = found, time.time(), ""
            self._keep(found)
        except RecordroomError as problem:
            self.problem = problem.public_message
            _log.warning("the last known quarantine stays in force: %s", problem)
        except Exception as problem:
            self.problem = f"an error in the program ({type(problem).__name__}): inform the administrator"
            raise
        finally:
            with self._lock:
                self._reading, self._ended = False, time.monotonic()
                self._done.set()

    def _keep(self, found: Quarantine) -> None:
        """Write the copy, unless another process knows more, and confirm it."""
        disk.make(self._path.parent)
        there = self._copy()
        if there is None or there[0].tail.number < found.tail.number:
            # processes of this machine keep it at the same time
            part = self._path.with_suffix(f".{secrets.token_hex(4)}")
            with disk.room_for(part):
                part.write_bytes(_written(found))
                part.rename(self._path)
        os.utime(self._path)

    def _copy(self) -> tuple[Quarantine, float] | None:
        """Return the copy and the time at which it was confirmed.

        None if there is no valid one.
        """
        try:
            confirmed = self._path.stat().st_mtime
            return (_read(self._path.read_bytes()), confirmed) if time.time() - confirmed < DAY else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as problem:
            _log.warning("%s cannot be read, and is written again: %s", self._path, type(problem).__name__)
            return None


def _written(found: Quarantine) -> bytes:
    tail = found.tail
    told = {
        "number": tail.number,
        "sha256": tail.sha256,
        "time": instant(tail.time) if tail.time else None,
        "newest": found.newest,
    }
    return orjson.dumps(told | {"records": _told(found.records), "files": _told(found.files)})


def _told(bars: Mapping[str, QuarantineEntry]) -> dict[str, dict[str, object]]:
    return {name: asdict(bar) | {"at": instant(bar.at)} for name, bar in bars.items()}


def _read(data: bytes) -> Quarantine:
    raw = orjson.loads(data)
    records, files = ({name: _bar(told) for name, told in raw[kind].items()} for kind in ("records", "files"))
    tail = Tail(raw["number"], raw["sha256"], moment(raw["time"]) if raw["time"] else None)
    return Quarantine(tail, records, files, raw["newest"])


def _bar(told: Mapping[str, Any]) -> QuarantineEntry:
    return QuarantineEntry(**{**told, "at": moment(told["at"]), "left": tuple(told.get("left", ()))})
