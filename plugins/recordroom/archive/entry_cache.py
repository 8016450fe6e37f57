"""Recent entries of one chain in a file on this machine, so that a capture does not read them from S3 again.

The file proves nothing by itself. Its entries name the hashes of those before them, so the reader compares
the hash of the last one with the store's (Ledger.entries).
"""

from __future__ import annotations

import logging
from pathlib import Path

import orjson

from recordroom.archive import disk
from recordroom.canonical import sha256
from recordroom.errors import SettingsError, SpoolFull

MOST_BYTES = 2_000_000  # entries behind it are read from the store; one of an unchanged account has 2 kB
_log = logging.getLogger(__name__)


class EntryCache:
    """Consecutive entries as stored, one a line, below the SHA-256 of all these lines.

    A file that is damaged on this disk must not look as if the store's entries had been replaced.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._first = 0  # number of the first of the lines; 0: the file was not read yet
        self._lines: list[bytes] = []
        self._bytes = 0
        self._is_saved = True

    def read(self, after: int) -> list[bytes]:
        """Return the entries that follow the entry `after`.

        The first call reads the file, and forgets the entries up to `after`.
        """
        if not self._first:
            self._read_file(after)
        return self._lines[after + 1 - self._first :] if after + 1 >= self._first else []

    def _read_file(self, after: int) -> None:
        self.clear(after)
        try:
            stored = self._path.read_bytes() if self._path.exists() else b""
        except OSError as problem:
            _log.warning("%s: the entries are read from the store", problem)
            stored = b""
        digest, _, lines = stored.partition(b"\n")
        if stored and digest != sha256(lines).encode():
            _log.warning("%s is damaged: the entries are read from the store", self._path)
            return
        for line in lines.splitlines():
            number = orjson.loads(line)["number"]
            if number > after:
                self.add(number, line)
        self._is_saved = True

    def clear(self, after: int) -> None:
        """Forget all entries; the next one to be added follows the entry `after`."""
        self._first, self._lines, self._bytes, self._is_saved = after + 1, [], 0, False

    def add(self, number: int, stored: bytes) -> None:
        """Keep an entry, unless the one before it is missing or there are too many bytes."""
        if number == self._first + len(self._lines) and self._bytes + len(stored) <= MOST_BYTES:
            self._lines.append(stored)
            self._bytes += len(stored)
            self._is_saved = False

    def save(self) -> None:
        """Write the file, or log why that is impossible: the next reader needs more requests then."""
        if self._is_saved:
            return
        try:
            lines = b"\n".join(self._lines)
            disk.put(self._path, sha256(lines).encode() + b"\n" + lines, durable=False)
            self._is_saved = True
        except (SpoolFull, SettingsError, OSError) as problem:
            _log.warning("%s: the next capture reads more entries from the store", problem)
