"""Whose look at a record's files the audit has already: a page of ten pictures, or a film that is sent in a hundred pieces, is one event.

Each process remembers for an hour what it has told; another one, or a later one, tells it once more.
"""

from __future__ import annotations

import threading
import time

HOUR = 3_600.0  # seconds
MOST = 50_000  # looks that are remembered
Look = tuple[str, ...]


class Opened:
    """Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[Look, float] = {}

    def tell(self, *look: str) -> None:
        """The audit has it from now on: who, which record, and of a single file which."""
        now = time.monotonic()
        with self._lock:
            if len(self._until) >= MOST:
                self._until = {one: until for one, until in self._until.items() if until > now}
            if len(self._until) >= MOST:
                self._until = {}
            self._until[look] = now + HOUR

    def knows(self, *look: str) -> bool:
        with self._lock:
            return self._until.get(look, 0.0) > time.monotonic()
