"""Code that reads an archive from end to end has few of its pieces in memory.

That is so however many pieces there are and however slow the caller is.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from recordroom.archive import ledger, records, verify
from recordroom.archive.ledger import Ledger, Tail, tail_of
from recordroom.archive.read_ahead import read_ahead
from recordroom.archive.records import Source, batches
from recordroom.archive.store import Store
from recordroom.model import record_fields

MANY = 30  # pieces; a reader without a limit has them all at once


def settled(number: Callable[[], int]) -> int:
    """The value once it no longer changes: the reader has then read as far ahead as it may."""
    last, since = number(), time.monotonic()
    while time.monotonic() - since < 0.3:
        if (now := number()) != last:
            last, since = now, time.monotonic()
        time.sleep(0.01)
    return last


@pytest.fixture(scope="module")
def chain(bucket: Store) -> Ledger:
    """Entries, and nothing else."""
    found, tail = Ledger(bucket, "audit/2026-01/many"), Tail()
    for number in range(MANY):
        tail = tail_of(found.append("events", {"n": number}, tail))
    return found


def test_results_come_in_order_and_few_wait() -> None:
    started: list[int] = []

    def read(item: int) -> int:
        started.append(item)
        return item

    for number, result in enumerate(read_ahead(read, range(MANY), threads=3, ahead=5)):
        assert result == number
        assert len(started) <= number + 1 + 5
    assert sorted(started) == list(range(MANY))
    assert list(read_ahead(read, [], threads=3, ahead=5)) == []


def test_a_failure_comes_in_its_turn() -> None:
    found = read_ahead(lambda n: 1 // (n - 3), range(MANY), threads=3, ahead=5)
    assert [next(found) for _ in range(3)] == [-1, -1, -1]
    with pytest.raises(ZeroDivisionError):
        next(found)


def test_few_entries_are_fetched_before_they_are_needed(
    chain: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a first capture have megabytes each: 64 of them took two gigabytes."""
    fetched, find = [], Store.find

    def noting(store: Store, key: str) -> bytes | None:
        fetched.append(key)
        return find(store, key)

    monkeypatch.setattr(Store, "find", noting)
    entries = chain.entries()
    assert [next(entries).number for _ in range(ledger.FEW + 1)] == list(range(1, ledger.FEW + 2))
    assert settled(lambda: len(fetched)) <= ledger.FEW + 1 + ledger.AHEAD
    assert [entry.number for entry in entries] == list(range(ledger.FEW + 2, MANY + 1))


def test_an_entry_that_was_yielded_is_the_callers_alone(chain: Ledger) -> None:
    """A caller that drops it before the next one comes never has two of them, of some 40 MB each."""
    entries = chain.entries()
    for number in range(1, MANY + 1):
        entry = next(entries)
        assert (entry.number, sys.getrefcount(entry)) == (number, 2)  # `entry`, and the argument
        del entry


def test_pyarrow_gives_memory_back_to_the_system() -> None:
    """Its own allocator keeps what each of its threads has freed."""
    code = "import recordroom, pyarrow; print(pyarrow.default_memory_pool().backend_name)"
    known = {name: value for name, value in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"}
    found = subprocess.run(
        [sys.executable, "-c", code], env=known, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "system"


def test_verify_holds_few_entries(chain: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    ahead: list[int] = []
    open_ = Store.open

    def noting(store: Store, key: str, *more: Any) -> tuple[bool, Iterator[bytes]]:
        opened.append(key)
        return open_(store, key, *more)

    def slow(checked: int, _: int) -> None:
        if checked == 1:
            ahead.append(settled(lambda: len(opened)))

    monkeypatch.setattr(Store, "open", noting)
    report = verify.verify(chain.store, progress=slow)
    assert (report.problems, report.checked) == ([], MANY)
    assert ahead[0] <= 1 + verify.ENTRIES_AHEAD


@pytest.mark.parametrize("one_request", [0, records.ONE_REQUEST])
def test_few_rows_are_read_before_they_are_needed(
    one_request: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scan of the dataset reads all of them while the caller hashes the first."""
    monkeypatch.setattr(records, "ONE_REQUEST", one_request)
    text, rows = "x" * 20_000, 50
    columns = {f.name: [None] * rows for f in record_fields() if not f.derived}
    for number in range(MANY):
        known = {"account": ["one"] * rows, "ledger_number": [number + 1] * rows}
        known["text"] = [f"{number} {k} {text}" for k in range(rows)]
        pq.write_table(pa.table(columns | known, schema=records.schema()), tmp_path / f"{number:03}.parquet")
    paths = sorted(str(path) for path in tmp_path.iterdir())
    dataset = ds.dataset(paths, schema=records.schema(), format="parquet")
    wanted = (ds.field("account") == "one") & (ds.field("ledger_number") > 2)
    before = pa.total_allocated_bytes()
    found = batches([Source(dataset, wanted)])
    first = next(found)
    assert settled(pa.total_allocated_bytes) - before < MANY * rows * len(text) / 3
    numbers = [number for batch in (first, *found) for number in batch["ledger_number"].to_pylist()]
    assert numbers == [number for number in range(3, MANY + 1) for _ in range(rows)]
