"""The desk of one export: a DuckDB database in its work folder, small in memory, spilling to the same disk, reaching nowhere else.

DuckDB does what is done to whole columns (joins of narrow keys, hashing, flattening). What is wide is never sorted or joined in it,
since that would need memory that grows with the archive: rows.py does that in files. Where MEMORY is not enough (joins of very many
rows, or very long texts side by side) it is doubled, up to MOST, rather than to fail. A full disk is SpoolFull.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar
from uuid import uuid4

import duckdb
import pyarrow as pa

from recordroom.errors import ArchiveError, SpoolFull

MEMORY, MOST, THREADS, BATCH = 100, 3_200, 2, 2_000  # MB, MB, threads, rows
_T = TypeVar("_T")
_SESSION = "SET TimeZone = 'UTC'; SET enable_progress_bar = false"  # DuckDB's own bar goes to stdout
_UNREADABLE = (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class MemoryShort(SpoolFull):
    """More memory is needed than the desk has."""

    code = "MemoryShort"


class Desk:
    """`folder` is empty and the desk's own. Two threads may work at it. Its file's name is never used again: as long as anything of this
    process holds a desk (a failure holds its frames; `batches` may not have been read to their end), DuckDB gives its tables again under
    its path, even where the folder was removed and made anew, or waits for ever for its end.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock()
        folder.mkdir()
        config: dict[str, Any] = {
            "memory_limit": f"{MEMORY}MB", "threads": THREADS, "temp_directory": str(folder / "spill"), "preserve_insertion_order": False,
            "autoinstall_known_extensions": False, "autoload_known_extensions": False, "enable_external_file_cache": False,
            "allocator_flush_threshold": "2MB", "allocator_bulk_deallocation_flush_threshold": "2MB",  # else freed memory stays resident
        }  # fmt: skip
        self._memory = MEMORY
        pa.set_memory_pool(pa.system_memory_pool())  # what it frees can be given back, and what Python freed with it; its own keeps it
        with room(folder):
            self._connection = duckdb.connect(str(folder / f"{uuid4()}.duckdb"), config=config)
            self._connection.execute(_SESSION)

    def run(self, sql: str, parameters: list[Any] | None = None, **tables: pa.Table) -> None:
        """Execute; `tables` can be named in the SQL."""
        with self._lock:
            for name, table in tables.items():
                self._connection.register(name, table)
            self.enough(lambda: self._connection.execute(sql, parameters))
            for name in tables:
                self._connection.unregister(name)

    def all(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        with self._lock:
            return self.enough(lambda: self._connection.execute(sql, parameters).fetchall())

    def table(self, sql: str) -> pa.Table:
        with self._lock:
            return self.enough(lambda: self._connection.execute(sql).to_arrow_table())

    def batches(self, sql: str, size: int = BATCH) -> Iterator[pa.RecordBatch]:
        """The rows of a query as they come; other queries may run meanwhile."""
        with room(self.folder), self._connection.cursor() as cursor:
            cursor.execute(_SESSION)
            yield from cursor.execute(sql).to_arrow_reader(size)
        pa.default_memory_pool().release_unused()

    def enough(self, work: Callable[[], _T]) -> _T:
        """The result of `work`, which can be done again from its beginning: it is, with more memory, where memory was short."""
        while True:
            try:
                with room(self.folder):
                    return work()
            except MemoryShort:
                if not self.widen():
                    raise

    def widen(self) -> bool:
        """Double the memory; False where that would be more than MOST."""
        self._memory *= 2
        if self._memory <= MOST:
            self._connection.execute(f"SET memory_limit = '{self._memory}MB'")
        return self._memory <= MOST

    def one_thread(self) -> None:
        """From now on: each thread holds some 80 MB of wide rows."""
        self.run("SET threads = 1")

    def close(self) -> None:
        self._connection.close()


@contextmanager
def room(folder: Path) -> Iterator[None]:
    """Turns "no space left", of a write of ours or of DuckDB's, into SpoolFull, and Parquet that cannot be read into ArchiveError."""
    try:
        yield
    except (OSError, duckdb.Error) as problem:
        named = _named(folder, problem)
        if named is None:
            raise
        raise named from problem


def _named(folder: Path, problem: Exception) -> SpoolFull | ArchiveError | None:
    """The failure by its name: DuckDB tells in words, as its own exception or through an arrow stream as an OSError without number."""
    where, words = folder.parent, _first_line(problem)
    mend = "Make room there, or export to another disk; begun again, it goes on. Nothing was handed over."
    told_full = any(said in str(problem) for said in ("No space left", "File too large", "max_temp_directory_size"))
    if told_full or (isinstance(problem, OSError) and problem.errno in _FULL):
        return SpoolFull("no room to work", mend, f"{where}: {words}")
    if "Out of Memory" in str(problem):
        return MemoryShort(f"more memory is needed than {MOST} MB: {words}", "Export in parts: by account, or by days.")
    if isinstance(problem, _UNREADABLE) or type(problem) is duckdb.Error:  # what its reader of Parquet meets has no class of its own
        return ArchiveError(f"the records cannot be read: {words}", "Run `recordroom rebuild records`.")
    return None


def _first_line(problem: Exception) -> str:
    return str(problem).splitlines()[0]
