"""An object that threads share exists once, however many ask for it first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from typing import Any

import pytest

from recordroom import settings
from recordroom.archive import store
from recordroom.singletons import singleton
from recordroom.web import deps

THREADS = 4


def asked_at_once(get: Callable[[], object]) -> list[object]:
    """The objects that threads get if they ask at the same moment."""
    start = threading.Barrier(THREADS)

    def ask(_: int) -> object:
        start.wait()
        return get()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(ask, range(THREADS)))


class Slow:
    """Is not made before another one is in the making, or a moment has passed."""

    def __init__(self, *_: Any) -> None:
        self.settings = self.archive = self.journal = self
        with suppress(threading.BrokenBarrierError):
            self.together.wait(0.3)

    together: threading.Barrier


@pytest.fixture
def slow() -> type[Slow]:
    Slow.together = threading.Barrier(2)
    return Slow


def test_it_is_made_once(slow: type[Slow]) -> None:
    made = singleton(slow)
    first = asked_at_once(made)
    assert first == [made()] * THREADS
    made.cache_clear()
    assert made() not in first


def test_a_failure_is_not_remembered() -> None:
    tries = count(1)

    @singleton
    def connection() -> int:
        """One that the first caller does not get."""
        if next(tries) == 1:
            raise OSError("not yet")
        return 5

    with pytest.raises(OSError, match="not yet"):
        connection()
    assert (connection(), connection(), next(tries)) == (5, 5, 3)
    assert connection.__doc__ == "One that the first caller does not get."


@pytest.mark.parametrize(
    ("get", "made"),
    [
        (deps.get_recent_views, "recordroom.web.deps.RecentViews"),
        (deps._get_overview, "recordroom.web.deps.Overview"),
        (store.session, "recordroom.archive.store.boto3.Session"),
    ],
    ids=["the looks that the audit has", "the overview", "the session of the store"],
)
def test_threads_share_what_the_process_has_once(
    slow: type[Slow], monkeypatch: pytest.MonkeyPatch, get: Any, made: str
) -> None:
    get.cache_clear()
    monkeypatch.setattr(made, lambda *_, **__: slow())
    try:
        assert len(set(map(id, asked_at_once(get)))) == 1
    finally:
        get.cache_clear()


def test_one_thread_ships_the_audit_of_a_process(slow: type[Slow], monkeypatch: pytest.MonkeyPatch) -> None:
    shipping = list[object]()
    monkeypatch.setattr(settings, "load", lambda: None)
    monkeypatch.setattr(store, "archive", lambda _: None)
    monkeypatch.setattr(store, "derived", lambda _: None)
    monkeypatch.setattr(deps, "Searcher", slow)
    monkeypatch.setattr(deps, "_ship_journal", shipping.append)
    deps.get_searcher.cache_clear()
    try:
        found = asked_at_once(deps.get_searcher)
        assert set(found) == {deps.get_searcher()}
        assert shipping == [deps.get_searcher()]
    finally:
        deps.get_searcher.cache_clear()
