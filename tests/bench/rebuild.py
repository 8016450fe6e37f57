"""rebuild.index, rebuild.records: seconds of one command each over a million rows, and its most resident
memory. What it must do is asserted.

The index that is in force serves until the new one is whole: it is searched all the while, and each search
must find the same. Both say how far they are. Records are derived from evidence that was captured, and each
manifest's rows must have the digest that it promises.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event, Thread

from recordroom.archive import records, store
from recordroom.capture.workspace import Workspace
from recordroom.jobs.context import JobContext
from recordroom.jobs.maintenance import rebuild_records
from recordroom.search.filters import Filters
from recordroom.search.index.indexer import Index
from recordroom.search.searcher import Searcher
from recordroom.settings import Settings
from tests.archives import register_of
from tests.bench.archives import Crowds
from tests.bench.crowd import ACCOUNT
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, below, in_child, say
from tests.viewers import officer

PAUSE, MB, MILLION = 0.5, 512, 1_000_000
INDEX_SECONDS, RECORDS_SECONDS = 130, 300  # the client alone takes 68 s for the index


def index(ground: Ground) -> Iterator[Measure]:
    settings = ground.story
    searcher = Searcher(settings, store.archive(settings), store.derived(settings))
    expected = searcher.page("", Filters(versions=True), viewer=officer(searcher)).total
    ended = Event()
    totals = []

    def search() -> None:
        while not ended.wait(PAUSE):
            totals.append(searcher.page("", Filters(versions=True), viewer=officer(searcher)).total)

    meanwhile = Thread(target=search)
    meanwhile.start()
    try:
        (rows, told, seconds), peak = in_child(rebuild_index, settings)
    finally:
        ended.set()
        meanwhile.join()
    say(
        f"rebuilt the index: {rows:,} rows in {seconds:.0f} s, {peak:.0f} MB, told {told} times;"
        f" {len(totals)} searches meanwhile"
    )
    assert rows == expected
    assert told > 0
    assert set(totals) == {expected}
    yield below("rebuild.index", seconds * MILLION / rows, INDEX_SECONDS, "s for 1,000,000 rows")
    yield below("rebuild.index.memory", peak, MB, "MB")


def rebuild_index(settings: Settings) -> tuple[int, int, float]:
    """(rows, how often it told its progress, seconds)."""
    told: list[int] = []
    report = Index(settings, store.archive(settings), store.derived(settings)).rebuild(
        lambda rows, _: told.append(rows)
    )
    return report.rows, len(told), report.seconds


def records_(ground: Ground) -> Iterator[Measure]:
    crowds = ground.crowd
    before = records.catalog(store.derived(crowds.together)).generation
    (rows, told, seconds, after), peak = in_child(rebuild_all, crowds)
    say(f"rebuilt the records: {rows:,} rows in {seconds:.0f} s, {peak:.0f} MB, told {told} times")
    assert rows >= ground.rows
    assert told > 0
    assert after != before
    yield below("rebuild.records", seconds * MILLION / rows, RECORDS_SECONDS, "s for 1,000,000 rows")
    yield below("rebuild.records.memory", peak, MB, "MB")


def rebuild_all(crowds: Crowds) -> tuple[int, int, float, str]:
    """(rows, how often it told its progress, seconds, the new generation)."""
    told: list[int] = []
    room = JobContext(
        Workspace.of(crowds.together), register_of(*({"id": name, **ACCOUNT} for name in crowds.sizes)), ""
    )
    began = time.perf_counter()
    rebuilt = rebuild_records(room, lambda rows, _: told.append(rows))
    return rebuilt.rows, len(told), time.perf_counter() - began, rebuilt.generation


PARTS = (
    Part(("rebuild.index", "rebuild.index.memory"), True, index),
    Part(("rebuild.records", "rebuild.records.memory"), True, records_),
)
