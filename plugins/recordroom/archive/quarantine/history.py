"""Every period of quarantine.

Each with who put a record or a file there, who released it, when, and both reasons.

Searches ask only for the quarantine in force (watch.py). This history is for people; it continues reading the
ledger where it stopped last.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from recordroom.archive.ledger import Ledger, Tail, tail_of
from recordroom.archive.quarantine.ledger import (
    FILE,
    LIFTED,
    NAME,
    PUT,
    RECORD,
    QuarantineEntry,
    QuarantineTarget,
    read_entry,
)
from recordroom.archive.store import Store


@dataclass(frozen=True, slots=True)
class QuarantinePeriod:
    """A period of quarantine that ended."""

    thing: QuarantineTarget
    put: QuarantineEntry
    lifted: QuarantineEntry


class QuarantineHistory:
    """All periods of one archive; one for a process, whose threads may share it."""

    def __init__(self, archive: Store) -> None:
        self._ledger = Ledger(archive, NAME)
        self._tail = Tail()
        self._lock = threading.Lock()
        self._standing: dict[QuarantineTarget, QuarantineEntry] = {}
        self._over: list[QuarantinePeriod] = []
        self._acts: dict[int | str, QuarantineEntry] = {}

    def list_ended(self) -> list[QuarantinePeriod]:
        """Return the periods that ended, newest first.

        Tampered if the ledger is not intact; ServiceUnavailable if the bucket is away.
        """
        with self._lock:
            self._read()
            return self._over[::-1]

    def of(
        self, things: Collection[QuarantineTarget]
    ) -> list[tuple[QuarantineTarget, QuarantineEntry, QuarantineEntry | None]]:
        """Return every period of these targets, by the entries that began and ended it.

        None in place of the last entry: it has not ended. Fails as `list_ended` does.
        """
        with self._lock:
            self._read()
            over = [(stay.thing, stay.put, stay.lifted) for stay in self._over if stay.thing in things]
            there = [(thing, bar, None) for thing, bar in self._standing.items() if thing in things]
        return sorted([*over, *there], key=lambda stay: stay[1].number)

    def acts(self) -> Mapping[int | str, QuarantineEntry]:
        """Return every act, by the number of its entry and by that entry's nonce.

        Fails as `list_ended` does.
        """
        with self._lock:
            self._read()
            return dict(self._acts)

    def _read(self) -> None:
        for entry in self._ledger.entries(self._tail):
            self._tail, bar = tail_of(entry), read_entry(entry)
            self._acts[entry.number] = self._acts[entry.nonce] = bar
            for thing in (
                QuarantineTarget(kind, entry.body[kind]) for kind in (RECORD, FILE) if kind in entry.body
            ):
                if entry.type == PUT:
                    self._standing[thing] = bar
                elif entry.type == LIFTED and thing in self._standing:
                    self._over.append(QuarantinePeriod(thing, self._standing.pop(thing), bar))
