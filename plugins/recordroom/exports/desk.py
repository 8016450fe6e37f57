"""The desk of one export: a DuckDB database in its work folder, small in memory, spilling to the same disk, reaching nowhere else.

DuckDB does what is done to whole columns (joins of narrow keys, hashing, flattening). What is wide is never sorted or joined in it,
since that would need memory that grows with the archive: ordered.py does that in files. A full disk is SpoolFull, named as such.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from recordroom.errors import ArchiveError, SpoolFull

MEMORY, THREADS, BATCH = "200MB", 2, 2_000
_SESSION = "SET TimeZone = 'UTC'; SET enable_progress_bar = false"  # DuckDB's own bar goes to stdout
_UNREADABLE = (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Desk:
    """`folder` is empty and the desk's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        config: dict[str, Any] = {
            "memory_limit": MEMORY, "threads": THREADS, "temp_directory": str(folder / "spill"), "preserve_insertion_order": False,
            "autoinstall_known_extensions": False, "autoload_known_extensions": False,
            "allocator_flush_threshold": "1MB", "allocator_bulk_deallocation_flush_threshold": "1MB",  # else freed memory stays resident
        }  # fmt: skip
        with room(folder):
            self._connection = duckdb.connect(str(folder / "desk.duckdb"), config=config)
            self._connection.execute(_SESSION)

    def run(self, sql: str, parameters: list[Any] | None = None, **tables: pa.Table) -> None:
        """Execute; `tables` can be named in the SQL."""
        with room(self.folder):
            for name, table in tables.items():
                self._connection.register(name, table)
            self._connection.execute(sql, parameters)
            for name in tables:
                self._connection.unregister(name)

    def all(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        with room(self.folder):
            return self._connection.execute(sql, parameters).fetchall()

    def table(self, sql: str) -> pa.Table:
        with room(self.folder):
            return self._connection.execute(sql).to_arrow_table()

    def batches(self, sql: str, size: int = BATCH) -> Iterator[pa.RecordBatch]:
        """The rows of a query as they come; other queries may run meanwhile."""
        with room(self.folder), self._connection.cursor() as cursor:
            cursor.execute(_SESSION)
            yield from cursor.execute(sql).to_arrow_reader(size)

    @contextmanager
    def one_thread(self) -> Iterator[None]:
        """What each thread holds of wide rows is some 80 MB: where time matters less, one is enough."""
        self.run("SET threads = 1")
        yield
        self.run(f"SET threads = {THREADS}")

    def close(self) -> None:
        self._connection.close()


@contextmanager
def room(folder: Path) -> Iterator[None]:
    """Turns "no space left", of a write of ours or of DuckDB's, into SpoolFull, and Parquet that cannot be read into ArchiveError."""
    try:
        yield
    except OSError as problem:
        if problem.errno in _FULL or _says_full(problem):
            raise _full(folder, problem) from problem
        raise
    except duckdb.Error as problem:
        if isinstance(problem, duckdb.OutOfMemoryException) or _says_full(problem):
            raise _full(folder, problem) from problem
        if not isinstance(problem, _UNREADABLE):
            raise
        raise ArchiveError(f"the records cannot be read: {_first_line(problem)}", "Run `recordroom rebuild records`.") from problem


def _says_full(problem: Exception) -> bool:
    """DuckDB's words, as such or through an arrow stream (an OSError without a number)."""
    return any(words in str(problem) for words in ("No space left", "File too large", "Out of Memory"))


def _full(folder: Path, problem: Exception) -> SpoolFull:
    mend = "Make room there, or name another --out; the same command goes on. Nothing was handed over."
    return SpoolFull(f"no room to work in {folder.parent}: {_first_line(problem)}", mend)


def _first_line(problem: Exception) -> str:
    return str(problem).splitlines()[0]
