"""One object for the whole process, shared by its threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache, update_wrapper
from typing import Generic, TypeVar

T = TypeVar("T")


class singleton(Generic[T]):  # noqa: N801 (a decorator)
    """Let the decorated function make its object once.

    `functools.cache` does not lock: two threads that call for the first time each make one. If the object
    keeps state, starts a thread, or is compared by identity, there would be two. A failure is not remembered.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._made, self._lock = cache(make), threading.Lock()
        update_wrapper(self, make)

    def __call__(self) -> T:
        with self._lock:
            return self._made()

    def cache_clear(self) -> None:
        """Forget the object: the next call makes another."""
        with self._lock:
            self._made.cache_clear()
