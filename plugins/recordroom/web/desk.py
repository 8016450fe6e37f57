"""What every page works with: one searcher for the process, and which accounts somebody may not see."""

from __future__ import annotations

import time
from functools import cache, lru_cache

from recordroom import settings
from recordroom.airflow_setup import Right
from recordroom.archive import store
from recordroom.capture import register
from recordroom.capture.place import Archive
from recordroom.search.results import Searcher
from recordroom.web.access import Person


@cache
def place() -> Archive:
    return Archive.of(settings.load())


@cache
def searcher() -> Searcher:
    loaded = settings.load()
    return Searcher(loaded, store.archive(loaded), store.derived(loaded))


def hidden_from(person: Person) -> tuple[str, ...]:
    """Accounts that the register marks confidential, for those who may not see them. A change of its file holds at once; what only the
    archive knows, of accounts that are gone from it, is read each minute."""
    if person.may(Right.RESTRICTED):
        return ()
    file = place().settings.register_file
    stamp = file.stat().st_mtime_ns if file.exists() else 0
    return _confidential(stamp, int(time.monotonic() // 60))


@lru_cache(maxsize=1)
def _confidential(stamp: int, minute: int) -> tuple[str, ...]:  # noqa: ARG001 (what the answer is good for)
    return tuple(sorted(register.confidential(place().archive, place().settings.register_file)))
