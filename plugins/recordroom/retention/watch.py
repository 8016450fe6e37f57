"""What is in force of the ledger `retention`, for a process that shows it."""

from __future__ import annotations

import threading
import time

from recordroom.archive.store import Store
from recordroom.retention import ledger
from recordroom.retention.ledger import RetentionState

REMEMBERED = 2.0  # seconds


class RetentionWatch:
    """The state of one archive; one for a process, whose threads may share it."""

    def __init__(self, archive: Store) -> None:
        self._archive = archive
        self._lock = threading.Lock()
        self._state = RetentionState()
        self._read_at = float("-inf")

    def now(self) -> RetentionState:
        """Return the state, at most REMEMBERED old.

        ServiceUnavailable if the bucket is away, Tampered if the ledger is not intact.
        """
        with self._lock:
            if time.monotonic() - self._read_at > REMEMBERED:
                self._state = ledger.read(self._archive, self._state)
                self._read_at = time.monotonic()
            return self._state

    def refresh(self) -> RetentionState:
        """Return the state now, for a caller that has just changed it."""
        with self._lock:
            self._read_at = float("-inf")
        return self.now()
