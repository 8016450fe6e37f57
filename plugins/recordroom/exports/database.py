"""The work database of one export.

It is DuckDB in the work folder, with little memory and no network.
DuckDB handles complete columns: joins of narrow keys, hashing, flattening. Wide rows are never sorted or
joined in it, since that needs memory that grows with the archive: rows.py orders them in files. A join keeps
its right side in memory and reads its left side, so the smaller side is written on the right: DuckDB would
choose by estimates, and keep wide rows if there are very many narrow ones.

If MEMORY is too little (joins of very many rows, or very long texts next to each other), it is doubled, up to
MOST, before the export fails. A full disk is SpoolFull.
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
from recordroom.exports.work_tables import ALL, WorkTable

# MB, MB, threads, rows. Two queries of wide rows at a time need some 130 MB; with less, work is done twice.
MEMORY, MOST, THREADS, BATCH = 150, 4_800, 2, 2_000
_T = TypeVar("_T")
_SESSION = "SET TimeZone = 'UTC'; SET enable_progress_bar = false"  # DuckDB's own bar goes to stdout
_UNREADABLE = (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class MemoryShort(SpoolFull):
    """More memory is needed than the work database may take."""

    code = "MemoryShort"


class WorkDatabase:
    """The tables of work_tables.py, in a folder of their own.

    The database makes the folder.
    Two threads may use it. The name of its file is never used again: as long as anything of this process
    holds a database (a failure holds its frames; `read_batches` may not have been read to its end), DuckDB
    returns the same tables under that path, even if the folder was removed and made again, or waits for the
    end of that database.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock, self._memory_lock = Lock(), Lock()
        folder.mkdir()
        config: dict[str, Any] = {
            "memory_limit": f"{MEMORY}MB", "threads": THREADS, "temp_directory": str(folder / "spill"),
            "preserve_insertion_order": False, "autoinstall_known_extensions": False,
            "autoload_known_extensions": False, "enable_external_file_cache": False,
            "disabled_optimizers": "join_order,build_side_probe_side",
            # Without these two, freed memory stays resident.
            "allocator_flush_threshold": "2MB", "allocator_bulk_deallocation_flush_threshold": "2MB",
        }  # fmt: skip
        self._memory = MEMORY
        # The system's pool returns what Arrow frees, and what Python freed with it; Arrow's own keeps it.
        pa.set_memory_pool(pa.system_memory_pool())
        with translate_disk_errors(folder):
            self._connection = duckdb.connect(str(folder / f"{uuid4()}.duckdb"), config=config)
            self._connection.execute(_SESSION)

    def create(self, table: WorkTable, query: str | None = None, **given: pa.Table) -> None:
        """Make a table with the rows of `query`, or empty; one that exists is replaced.

        query: a SELECT that has each column of the table by its name; further columns are not kept.
        given: Arrow tables that the query names.
        """
        if table not in ALL:
            raise ValueError(f"{table} is not in the catalog of work tables")
        if query is None:
            content = f"({', '.join(f'{name} {type_}' for name, type_ in table.columns.items())})"
        else:
            columns = ", ".join(f"{name}::{type_} AS {name}" for name, type_ in table.columns.items())
            content = f"AS SELECT {columns} FROM ({query})"  # noqa: S608 (names and types of work_tables.py)
        self._execute(f"CREATE OR REPLACE TABLE {table} {content}", given)

    def insert(self, table: WorkTable, query: str, **given: pa.Table) -> None:
        """Add the rows of `query`, with columns and `given` as in `create`."""
        columns = ", ".join(table.columns)
        self._execute(f"INSERT INTO {table} SELECT {columns} FROM ({query})", given)  # noqa: S608 (as above)

    def delete(self, table: WorkTable, where: str) -> None:
        self._execute(f"DELETE FROM {table} WHERE {where}", {})  # noqa: S608 (as above)

    def drop(self, table: WorkTable) -> None:
        self._execute(f"DROP TABLE {table}", {})

    def _execute(self, sql: str, given: dict[str, pa.Table]) -> None:
        with self._lock:
            for name, table in given.items():
                self._connection.register(name, table)
            self.retry_with_more_memory(lambda: self._connection.execute(sql))
            for name in given:
                self._connection.unregister(name)

    def fetch(self, query: str) -> list[tuple[Any, ...]]:
        self._check_is_query(query)
        with self._lock:
            return self.retry_with_more_memory(lambda: self._connection.execute(query).fetchall())

    def count(self, query: str) -> int:
        """Return the number of rows of a query."""
        [(rows,)] = self.fetch(f"SELECT count(*) FROM ({query})")  # noqa: S608 (as above)
        return int(rows)

    def read_table(self, query: str) -> pa.Table:
        self._check_is_query(query)
        with self._lock:
            return self.retry_with_more_memory(lambda: self._connection.execute(query).to_arrow_table())

    def read_batches(self, query: str, size: int = BATCH) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a query as they come; other queries may run meanwhile."""
        with translate_disk_errors(self.folder), self._connection.cursor() as cursor:
            cursor.execute(_SESSION)
            self._check_is_query(query)
            yield from cursor.execute(query).to_arrow_reader(size)
        pa.default_memory_pool().release_unused()

    def _check_is_query(self, sql: str) -> None:
        """Keep the catalog complete: only `create` makes tables."""
        with self._connection.cursor() as cursor:
            if any(one.type != duckdb.StatementType.SELECT for one in cursor.extract_statements(sql)):
                raise ValueError(f"not a query: {sql}")

    def retry_with_more_memory(self, work: Callable[[], _T]) -> _T:
        """Return the result of `work`.

        If memory is short, it is repeated from its beginning with more.
        """
        while True:
            memory = self._memory
            try:
                with translate_disk_errors(self.folder):
                    return work()
            except MemoryShort:
                if not self._raise_memory(memory):
                    raise

    def _raise_memory(self, too_little: int) -> bool:
        """Double the memory unless another thread did; return False where that would be more than MOST.

        This needs a cursor of its own: a connection has one result, which another thread may be reading.
        """
        with self._memory_lock, self._connection.cursor() as cursor:
            if self._memory == too_little and 2 * too_little <= MOST:
                cursor.execute(f"SET memory_limit = '{2 * too_little}MB'")
                self._memory = 2 * too_little
        return self._memory > too_little

    def prepare_for_wide_rows(self) -> None:
        """Run later queries in one thread, since each thread holds some 80 MB of wide rows.

        Memory that joins of narrow rows needed in addition is taken back.
        """
        self._execute(f"SET threads = 1; SET memory_limit = '{MEMORY}MB'", {})
        self._memory = MEMORY

    def close(self) -> None:
        self._connection.close()


@contextmanager
def translate_disk_errors(folder: Path) -> Iterator[None]:
    """Name the failures of a disk.

    SpoolFull if a write of ours or DuckDB's finds no space, ArchiveError for unreadable Parquet.
    folder: a folder or file on the disk in question; its parent is named in the failure.
    """
    try:
        yield
    except (OSError, duckdb.Error) as problem:
        failure = _failure_of(folder, problem)
        if failure is None:
            raise
        raise failure from problem


def _failure_of(folder: Path, problem: Exception) -> SpoolFull | ArchiveError | None:
    """Recognize a failure by its text.

    DuckDB reports it as its own exception, or through an Arrow stream as an OSError without a number.
    """
    where, words = folder.parent, _first_line(problem)
    mend = (
        "Free disk space there, or export to another disk."
        " The same export then continues. Nothing was released."
    )
    reports_full = any(
        text in str(problem) for text in ("No space left", "File too large", "max_temp_directory_size")
    )
    if reports_full or (isinstance(problem, OSError) and problem.errno in _FULL):
        return SpoolFull("the disk is full", mend, f"{where}: {words}")
    if "Out of Memory" in str(problem):
        return MemoryShort(
            f"the export needs more than {MOST} MB of memory: {words}",
            "Export in parts, by account or by date.",
        )
    # Failures of DuckDB's reader of Parquet have no class of their own.
    if isinstance(problem, _UNREADABLE) or type(problem) is duckdb.Error:
        return ArchiveError(f"the records cannot be read: {words}", "Run `recordroom rebuild records`.")
    return None


def _first_line(problem: Exception) -> str:
    return str(problem).splitlines()[0]
