"""The record files of an export, copied once from the derived bucket: both passes over them then read the same bytes, whatever
compaction does meanwhile, and DuckDB streams them in little memory (pyarrow's own scan of a million rows took 300 to 500 MB, this 110).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from recordroom.archive import records
from recordroom.archive.store import Store
from recordroom.errors import ArchiveError
from recordroom.exports.desk import room
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
