# ruff: noqa: S608 (the SQL is made of constants of ours, numbers, and names of files of ours)
"""Rows of records, read in full.

This module copies their files, puts rows in the order of the export, and hashes each.
A format names its columns as SQL expressions over the fields of a row and the values of CHOSEN_ROWS and
DERIVED_VALUES (`_CHOSEN`, `_DERIVED`). Each exported row is hashed on the way; one that does not hash to its
`version` stops the export with Tampered.

Rows are put in order in files, not in DuckDB: they are wide, and its sort needs memory that grows with the
export.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recordroom.archive import records
from recordroom.archive.store import Store
from recordroom.canonical import version_of
from recordroom.errors import ArchiveError, Tampered
from recordroom.exports.database import WorkDatabase, translate_disk_errors
from recordroom.exports.sql import significant_content
from recordroom.exports.work_tables import (
    CHOSEN_ROWS,
    DERIVED_VALUES,
    MISMATCHED_ROWS,
    RETENTION_VALUES,
    WITHHELD_IDS,
    WorkTable,
)
from recordroom.retention import derivation
from recordroom.search.hits import LINKS, native_id_of
from recordroom.settings import Settings

# A file without rows that has every field of record.yaml: files from before a field was added do not have it.
FIELDS = "fields.parquet"
FILES = 200  # of one query: DuckDB keeps the footers of all of them in memory


@dataclass(frozen=True, slots=True)
class RecordFiles:
    """Local copies of Parquet files that are read with one filter."""

    first: int  # number of the first of them among all files
    paths: tuple[Path, ...]
    filter: pc.Expression  # on (account, ledger_number): the rows in scope that no other file has


def copy_record_files(
    derived: Store, settings: Settings, last_entries: Mapping[str, int], folder: Path
) -> list[RecordFiles]:
    """Copy every file that may have rows of these accounts.

    Those of one filter are in parts of FILES. The folder is made.
    last_entries: account -> number of the last ledger entry in scope.
    """
    folder.mkdir()
    with translate_disk_errors(folder):
        pq.write_table(records.schema().empty_table(), folder / FIELDS)
    copied: list[RecordFiles] = []
    for source in records.sources(derived, records.file_system(settings), last_entries):
        keys = sorted(path.removeprefix(f"{derived.bucket}/") for path in source.dataset.files)
        with ThreadPoolExecutor(4) as pool:
            paths = tuple(
                pool.map(lambda key: _copy_object(derived, key, folder / key.replace("/", "~")), keys)
            )
        for start in range(0, len(paths), FILES):
            first = sum(len(files.paths) for files in copied)
            copied.append(RecordFiles(first, paths[start : start + FILES], source.filter))
    return copied


def scan_files(paths: Iterable[Path]) -> str:
    """Return the SQL that reads these files.

    It adds `file_index` (place in `paths`) and `file_row_number`.
    """
    *listed, last = (str(path).replace("'", "''") for path in paths)
    fields = str(Path(last).with_name(FIELDS))
    names = ", ".join(f"'{name}'" for name in (*listed, last, fields))
    return f"read_parquet([{names}], union_by_name = true)"


def _copy_object(derived: Store, key: str, path: Path) -> Path:
    try:
        with translate_disk_errors(path.parent), path.open("wb") as file:
            file.writelines(derived.open(key)[1])
    except ArchiveError as problem:
        mend = "Export again. The files may have been merged during this export."
        raise ArchiveError("an object cannot be copied", mend, f"{key}: {problem.full_message}") from problem
    return path


BLOCK = 2_000  # rows, some 4 MB


def write_blocks(batches: Iterable[pa.RecordBatch], folder: Path, block: int = BLOCK) -> list[int]:
    """Write rows to one file for each block of places.

    Return the blocks. The folder is made.
    The column `place` of `batches` has whole numbers from 0, each once, in any order.
    """
    folder.mkdir()
    blocks: set[int] = set()
    with translate_disk_errors(folder):
        for batch in batches:
            for number, part in _split_by_block(batch, block):
                _append(folder / str(number), part)
                blocks.add(number)
    return sorted(blocks)


def read_blocks(folder: Path, blocks: Iterable[int]) -> Iterator[pa.RecordBatch]:
    """Yield what `write_blocks` wrote, sorted by place.

    The folder is removed at the end.
    """
    with translate_disk_errors(folder):
        for number in blocks:
            yield _sort_by_place(read_block(folder / str(number)))
            (folder / str(number)).unlink()
    folder.rmdir()


def _split_by_block(batch: pa.RecordBatch, block: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    batch = _sort_by_place(batch)
    runs = pc.run_end_encode(pc.divide(batch.column("place"), block))
    start = 0
    for number, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield number, batch.slice(start, end - start)
        start = end


def _sort_by_place(batch: pa.RecordBatch) -> pa.RecordBatch:
    return batch.take(pc.sort_indices(batch.column("place")))


def _append(path: Path, part: pa.RecordBatch) -> None:
    with path.open("ab") as file, pa.ipc.new_stream(file, part.schema) as stream:
        stream.write_batch(part)


def read_block(path: Path) -> pa.RecordBatch:
    parts: list[pa.RecordBatch] = []
    with path.open("rb") as file:
        size = path.stat().st_size
        while file.tell() < size:
            parts.extend(pa.ipc.open_stream(file))
    [block] = pa.Table.from_batches(parts).combine_chunks().to_batches()
    return block


Layer = Mapping[str, str]  # column -> SQL expression over the columns of the layer before

ROWS = 100_000  # that one query reads: its memory stays small
_CHOSEN = ("sequences", "current", "first_seen_at", "published", "public", "context")
_DERIVED = ("last_seen_at", "removal_noticed_at", "accounts", "paths", "held_back", "earlier")
_RETENTION = tuple(derivation.FIELDS)
_HASHED = (
    "account", "record_id", "sequence", "version",
    "text", "title", "links", "media", "author_id", "visibility",
)  # fmt: skip
_NAMED = f"({', '.join(f'r.{name}' for name in LINKS)})"
_IS_IN_URL = f"w.name IN {_NAMED} AND contains(r.url, w.bare)"
_WITHHELD = (  # null in place of fields that name a record under quarantine
    *(f"CASE WHEN r.{n} IN (SELECT name FROM {WITHHELD_IDS}) THEN NULL ELSE r.{n} END AS {n}" for n in LINKS),
    f"CASE WHEN EXISTS (SELECT 1 FROM {WITHHELD_IDS} w WHERE {_IS_IN_URL}) THEN NULL ELSE r.url END AS url",
)


class OrderedSource(Protocol):
    """Rows that a spreadsheet is written from."""

    def read_ordered(self, *layers: Layer) -> Iterator[pa.RecordBatch]:
        """Yield the columns of the last layer, in order.

        The first layer sees the fields of the row.
        """
        ...


class RowReader:
    """Reads rows of the copied files by their place in them."""

    def __init__(
        self,
        database: WorkDatabase,
        files: Sequence[RecordFiles],
        folder: Path,
        quarantined: Iterable[str] = (),
    ) -> None:
        """Fill WITHHELD_IDS.

        folder: for temporary files.
        quarantined: IDs of records that the export may not name: a field that names one is null.
        """
        self._database = database
        self._files = files
        self._folder = folder
        names = sorted(quarantined)
        columns = {
            "name": pa.array(names, pa.string()),
            "bare": pa.array(map(native_id_of, names), pa.string()),
        }
        self._withholds = bool(names)
        database.create(WITHHELD_IDS, "FROM given", given=pa.table(columns))

    def read_ordered(self, *layers: Layer) -> Iterator[pa.RecordBatch]:
        """Yield the rows of CHOSEN_ROWS, sorted by place.

        The columns are place and those of the last layer.
        """
        folder = self._folder / "ordered"

        def write() -> list[int]:
            shutil.rmtree(folder, ignore_errors=True)
            return write_blocks(self._read_checked(layers), folder)

        return read_blocks(folder, self._database.retry_with_more_memory(write))

    def _read_checked(self, layers: Sequence[Layer]) -> Iterator[pa.RecordBatch]:
        first = {"unlike": f"sha256({significant_content()}) IS DISTINCT FROM version", **layers[0]}
        checked = [first, *({"unlike": "unlike", **layer} for layer in layers[1:])]
        rows, found = self._database.count(f"FROM {CHOSEN_ROWS}"), 0
        for batch in self.read_unordered(CHOSEN_ROWS, checked, derived=True):
            unlike = batch.filter(batch.column("unlike"))
            if len(unlike):
                self._check_again(unlike.column("place").to_pylist())
            found += len(batch)
            yield batch.drop_columns(["unlike"])
        if found != rows:
            words = f"the files of records have {found:,} of the {rows:,} rows of the export"
            raise ArchiveError(words, "Export again. Nothing was released.")

    def read_unordered(
        self, table: WorkTable, layers: Sequence[Layer], *, derived: bool = False
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a table, in no order.

        The columns are place and those of the last layer.
        table: one with the columns file, row, and place.
        derived: the first layer sees the columns of CHOSEN_ROWS, DERIVED_VALUES, and RETENTION_VALUES too,
            and `conversation`, which is the same for all records of one; fields that name a record under
            quarantine are null.
        """
        more = instead = join = ""
        if derived:
            columns = ", ".join((*_CHOSEN, *_DERIVED, *_RETENTION))
            more = f", {columns}, coalesce(r.root_id, r.record_id) AS conversation"
            instead = f" REPLACE ({', '.join(_WITHHELD)})" if self._withholds else ""
        for first, paths, between in self._plan_reads(table):
            # of each table only the part that these files need, since a join keeps all of it in memory
            part = f"file BETWEEN {first} AND {first + len(paths) - 1} AND row {between}"
            if derived:
                join = "".join(
                    f" LEFT JOIN (FROM {values} WHERE {part}) USING (file, row, place)"
                    for values in (DERIVED_VALUES, RETENTION_VALUES)
                )
            query = (
                f"SELECT r.* EXCLUDE (file, row){instead}, place{more}"
                f" FROM (SELECT *, {first} + file_index::INT AS file, file_row_number AS row"
                f" FROM {scan_files(paths)} WHERE file_row_number {between}) r"
                f" JOIN (FROM {table} WHERE {part}) c USING (file, row){join}"
            )
            for layer in layers:
                columns = ", ".join(f"{sql} AS {name}" for name, sql in layer.items())
                query = f"SELECT place, {columns} FROM ({query})"
            yield from self._database.read_batches(query)

    def _plan_reads(self, table: WorkTable) -> Iterator[tuple[int, list[Path], str]]:
        """Yield what one query reads: many small files, or a part of a large one.

        Each is (number of the first file, files, SQL condition on the row in each).
        """
        ends = dict(self._database.fetch(f"SELECT file, max(row) + 1 FROM {table} GROUP BY file"))
        for part in self._files:
            run: list[Path] = []
            first, size = part.first, 0
            for number, path in enumerate(part.paths, part.first):
                end = ends.get(number, 0)
                if run and (size + end > ROWS or len(run) == FILES or not end):
                    yield first, run, f"< {ROWS}"
                    run, size = [], 0
                if end > ROWS:
                    lows = range(0, end, ROWS)
                    yield from ((number, [path], f"BETWEEN {low} AND {low + ROWS - 1}") for low in lows)
                elif end:
                    first = number if not run else first
                    run.append(path)
                    size += end
            if run:
                yield first, run, f"< {ROWS}"

    def _check_again(self, places: Iterable[int]) -> None:
        """Hash rows by the definition in model.py; raise Tampered if it disagrees too."""
        where = f"place IN ({', '.join(map(str, places))})"
        self._database.create(MISMATCHED_ROWS, f"FROM {CHOSEN_ROWS} WHERE {where}")
        for batch in self.read_unordered(MISMATCHED_ROWS, [{name: name for name in _HASHED}]):
            for row in batch.to_pylist():
                if (found := version_of(row)) != row["version"]:
                    where = f"{row['record_id']} #{row['sequence']} of {row['account']}"
                    raise Tampered(
                        where, "its content does not match its content hash", row["version"], found
                    )
