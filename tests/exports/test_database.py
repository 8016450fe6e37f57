"""The work database, used by two threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recordroom.exports.database import MemoryShort, WorkDatabase

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
