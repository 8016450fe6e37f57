# ruff: noqa: S608 (the SQL is made of constants of ours, numbers, and names of files of ours)
"""The chosen rows, whole and in order: each re-hashed to its `version` on the way, then put in order in files.

A format says which columns it wants as SQL expressions over the row's own fields and what selection.py derived (`sequences`, `current`,
`first_seen_at`, `published`, `public`, `last_seen_at`, `removal_noticed_at`, `accounts`, `paths`, `held_back`, `earlier`). A row that
does not hash to its version stops the export: Tampered.
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
from recordroom.errors import ArchiveError, Tampered
from recordroom.exports.database import Desk, room
from recordroom.exports.sql import significant
from recordroom.model import version_of
from recordroom.search.hits import LINKS, bare
from recordroom.settings import Settings

FIELDS = "fields.parquet"  # no rows, but every field of record.yaml: files from before a field was added lack it


@dataclass(frozen=True, slots=True)
class Copies:
    """Files with one filter on (account, ledger_number): the rows that count and that no other copy holds. `first`: the number of the
    first of them among all files."""

    first: int
    paths: tuple[Path, ...]
    filter: pc.Expression


def copy(derived: Store, settings: Settings, upto: Mapping[str, int], folder: Path) -> list[Copies]:
    """Copy every file that may hold rows of these accounts up to these ledger numbers into `folder`."""
    folder.mkdir()
    with room(folder):
        pq.write_table(records.schema().empty_table(), folder / FIELDS)
    copies: list[Copies] = []
    for source in records.sources(derived, records.file_system(settings), upto):
        keys = sorted(path.removeprefix(f"{derived.bucket}/") for path in source.dataset.files)
        with ThreadPoolExecutor(4) as pool:
            paths = tuple(pool.map(lambda key: _copy(derived, key, folder / key.replace("/", "~")), keys))
        copies.append(Copies(sum(len(c.paths) for c in copies), paths, source.filter))
    return copies


def scan(paths: Iterable[Path]) -> str:
    """These files in SQL: their columns, `file_index` (place in `paths`) and `file_row_number`."""
    *listed, last = (str(path).replace("'", "''") for path in paths)
    fields = str(Path(last).with_name(FIELDS))
    names = ", ".join(f"'{name}'" for name in (*listed, last, fields))
    return f"read_parquet([{names}], union_by_name = true)"


def _copy(derived: Store, key: str, path: Path) -> Path:
    try:
        with room(path.parent), path.open("wb") as file:
            file.writelines(derived.open(key)[1])
    except ArchiveError as problem:
        mend = "Export again: the files may just have been merged."
        raise ArchiveError("an object cannot be copied", mend, f"{key}: {problem.told}") from problem
    return path


BLOCK = 2_000  # rows, some 4 MB


def distribute(batches: Iterable[pa.RecordBatch], folder: Path, block: int = BLOCK) -> list[int]:
    """Write the rows of `batches` to files by their column `place` (whole numbers from 0, each once); the blocks. `folder` is made."""
    folder.mkdir()
    blocks: set[int] = set()
    with room(folder):
        for batch in batches:
            for number, part in _by_block(batch, block):
                _append(folder / str(number), part)
                blocks.add(number)
    return sorted(blocks)


def collect(folder: Path, blocks: Iterable[int]) -> Iterator[pa.RecordBatch]:
    """What `distribute` wrote, sorted by place; `folder` is removed at the end."""
    with room(folder):
        for number in blocks:
            yield _sorted(_read(folder / str(number)))
            (folder / str(number)).unlink()
    folder.rmdir()


def _by_block(batch: pa.RecordBatch, block: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    batch = _sorted(batch)
    runs = pc.run_end_encode(pc.divide(batch.column("place"), block))
    start = 0
    for number, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield number, batch.slice(start, end - start)
        start = end


def _sorted(batch: pa.RecordBatch) -> pa.RecordBatch:
    return batch.take(pc.sort_indices(batch.column("place")))


def _append(path: Path, part: pa.RecordBatch) -> None:
    with path.open("ab") as file, pa.ipc.new_stream(file, part.schema) as stream:
        stream.write_batch(part)


def _read(path: Path) -> pa.RecordBatch:
    parts: list[pa.RecordBatch] = []
    with path.open("rb") as file:
        size = path.stat().st_size
        while file.tell() < size:
            parts.extend(pa.ipc.open_stream(file))
    [whole] = pa.Table.from_batches(parts).combine_chunks().to_batches()
    return whole


Layer = Mapping[str, str]  # column -> SQL expression over the columns of the layer before

FILES, ROWS = 500, 50_000  # that one query reads: its memory stays small
_CHOSEN = ("sequences", "current", "first_seen_at", "published", "public", "context")
_EXTRA = ("last_seen_at", "removal_noticed_at", "accounts", "paths", "held_back", "earlier")
_HASHED = ("account", "record_id", "sequence", "version", "text", "title", "links", "media", "author_id", "visibility")


_NAMED = f"({', '.join(f'r.{name}' for name in LINKS)})"
_WITHHELD = (  # what stands in the place of fields that name a record under quarantine
    *(f"CASE WHEN r.{name} IN (SELECT name FROM withheld) THEN NULL ELSE r.{name} END AS {name}" for name in LINKS),
    f"CASE WHEN EXISTS (SELECT 1 FROM withheld w WHERE w.name IN {_NAMED} AND contains(r.url, w.bare)) THEN NULL ELSE r.url END AS url",
)


class Ordered(Protocol):
    """What a spreadsheet is written from."""

    def ordered(self, *layers: Layer) -> Iterator[pa.RecordBatch]:
        """Batches of the columns of the last layer, in order. The first layer sees the fields of the row."""
        ...


class Rows:
    """`barred`: ids of records under quarantine that the reader of the export may not learn: a field that names one is null."""

    def __init__(self, desk: Desk, copies: Sequence[Copies], folder: Path, barred: Iterable[str] = ()) -> None:
        self._desk = desk
        self._copies = copies
        self._folder = folder
        names = sorted(barred)
        columns = {"name": pa.array(names, pa.string()), "bare": pa.array(map(bare, names), pa.string())}
        self._withholds = bool(names)
        desk.run("CREATE TABLE withheld AS FROM given", given=pa.table(columns))

    def ordered(self, *layers: Layer) -> Iterator[pa.RecordBatch]:
        """Batches of place and the columns of the last layer, sorted by place. The first layer sees the fields of the row."""
        folder = self._folder / "ordered"

        def read() -> list[int]:
            shutil.rmtree(folder, ignore_errors=True)
            return distribute(self._checked(layers), folder)

        return collect(folder, self._desk.enough(read))

    def _checked(self, layers: Sequence[Layer]) -> Iterator[pa.RecordBatch]:
        first = {"unlike": f"sha256({significant()}) IS DISTINCT FROM version", **layers[0]}
        for batch in self.unordered("chosen", [first, *({"unlike": "unlike", **layer} for layer in layers[1:])], derived=True):
            unlike = batch.filter(batch.column("unlike"))
            if len(unlike):
                self._check_again(unlike.column("place").to_pylist())
            yield batch.drop_columns(["unlike"])

    def unordered(self, table: str, layers: Sequence[Layer], *, derived: bool = False) -> Iterator[pa.RecordBatch]:
        """Batches of place and the last layer's columns of the rows that `table` (file, row, place) names, in no order. `derived`: the
        first layer sees what selection.py derived, too, and `conversation`, which is the same for all records of one; what names a record
        under quarantine is null in it."""
        more = f", {', '.join((*_CHOSEN, *_EXTRA))}, coalesce(r.root_id, r.record_id) AS conversation" if derived else ""
        instead = f" REPLACE ({', '.join(_WITHHELD)})" if derived and self._withholds else ""
        for first, paths, between in self._reads(table):
            query = (
                f"SELECT r.* EXCLUDE (file, row){instead}, place{more}"
                f" FROM (SELECT *, {first} + file_index::INT AS file, file_row_number AS row FROM {scan(paths)}"
                f" WHERE file_row_number {between}) r"
                f" JOIN (FROM {table} WHERE file BETWEEN {first} AND {first + len(paths) - 1} AND row {between}) c USING (file, row)"
                f"{' LEFT JOIN extra USING (place)' if more else ''}"
            )
            for layer in layers:
                query = f"SELECT place, {', '.join(f'{sql} AS {name}' for name, sql in layer.items())} FROM ({query})"
            yield from self._desk.batches(query)

    def _reads(self, table: str) -> Iterator[tuple[int, list[Path], str]]:
        """(number of the first file, files, rows of each) of what one query reads: many small files, or a part of a large one."""
        ends = dict(self._desk.all(f"SELECT file, max(row) + 1 FROM {table} GROUP BY file"))
        for part in self._copies:
            run: list[Path] = []
            first, size = part.first, 0
            for number, path in enumerate(part.paths, part.first):
                end = ends.get(number, 0)
                if run and (size + end > ROWS or len(run) == FILES or not end):
                    yield first, run, f"< {ROWS}"
                    run, size = [], 0
                if end > ROWS:
                    yield from ((number, [path], f"BETWEEN {low} AND {low + ROWS - 1}") for low in range(0, end, ROWS))
                elif end:
                    first = number if not run else first
                    run.append(path)
                    size += end
            if run:
                yield first, run, f"< {ROWS}"

    def _check_again(self, places: Iterable[int]) -> None:
        """Hash rows by the one definition; Tampered if it disagrees too."""
        self._desk.run(f"CREATE OR REPLACE TABLE doubted AS FROM chosen WHERE place IN ({', '.join(map(str, places))})")
        for batch in self.unordered("doubted", [{name: name for name in _HASHED}]):
            for row in batch.to_pylist():
                if (found := version_of(row)) != row["version"]:
                    where = f"{row['record_id']} #{row['sequence']} of {row['account']}"
                    raise Tampered(where, "its content does not hash to its version", row["version"], found)
