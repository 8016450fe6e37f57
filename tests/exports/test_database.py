# ruff: noqa: S608 (the SQL is made of constants)
"""The work database: two threads that use it, and its memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recordroom.exports.database import MEMORY, MemoryShort, WorkDatabase
from recordroom.exports.rows import FIELDS, scan_files

ROWS = 10_000


def _use_all_memory(database: WorkDatabase) -> None:
    """Run work that no amount of memory is enough for."""

    def work() -> None:
        raise MemoryShort("too little", "")

    with pytest.raises(MemoryShort):
        database.retry_with_more_memory(work)


def test_a_query_is_complete_while_another_thread_gets_more_memory(tmp_path: Path) -> None:
    for number in range(20):
        database = WorkDatabase(tmp_path / str(number))
        with ThreadPoolExecutor(1) as pool:
            doubling = pool.submit(_use_all_memory, database)
            while not doubling.done():
                assert len(database.fetch(f"FROM range({ROWS})")) == ROWS
            doubling.result()
        database.close()


def test_a_join_reads_wide_rows_and_keeps_none(tmp_path: Path) -> None:
    """There are fewer wide rows than narrow ones, and all wide rows are more than its memory."""
    wide, group = tmp_path / "wide.parquet", 5_000
    size, groups = 4_000, MEMORY // 10
    pq.write_table(
        pa.table({"number": pa.array([], pa.int64()), "text": pa.array([], pa.string())}),
        wide.with_name(FIELDS),
    )
    with pq.ParquetWriter(wide, pa.schema([("number", pa.int64()), ("text", pa.string())])) as writer:
        for first in range(0, groups * group, group):
            numbers = range(first, first + group)
            writer.write_table(pa.table({"number": numbers, "text": [f"{n:0{size}}" for n in numbers]}))
    database = WorkDatabase(tmp_path / "database")
    database.prepare_for_wide_rows()
    narrow = f"(SELECT range AS number FROM range({3 * groups * group}))"
    batches = database.read_batches(
        f"SELECT number, text FROM {scan_files([wide])} JOIN {narrow} USING (number)"
    )
    assert sum(len(batch) for batch in batches) == groups * group
    database.close()
