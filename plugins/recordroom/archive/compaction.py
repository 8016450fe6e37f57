"""Compaction: many small Parquet files become few.

Nothing is replaced: merged files get names of their own, and then the catalog names them. An account is
covered only up to an entry for which Parquet has all rows that its manifest promises: a file that an
interrupted capture did not write must not be hidden.

The next compaction, a day later, removes what a catalog made superfluous, so that readers with the old
catalog still find what it names.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.fs as pafs

from recordroom.archive import records
from recordroom.archive.records import Catalog
from recordroom.archive.store import Store

SMALL_FILES = 200  # fewer are not worth a merge
ROWS_A_FILE = 250_000


def compact(store: Store, files: pafs.FileSystem, heads: Mapping[str, tuple[int, int]]) -> int:
    """Merge the small files of the generation in force.

    heads: account -> (its last entry, the rows that its manifests promise in all).

    Returns how many files were merged.
    """
    have = _remove_replaced(store, records.catalog(store))
    if len(records.list_single_files(store, have)) < SMALL_FILES:
        return 0
    held = records.count_rows(
        records.sources(store, files, {name: number for name, (number, _) in heads.items()})
    )
    whole = {name: number for name, (number, total) in heads.items() if held[name] == total}
    covered = {
        **have.covered,
        **{name: max(number, have.covered.get(name, 0)) for name, number in whole.items()},
    }
    # Listed after `whole` was counted: a file that came in between must not be covered unread.
    small = records.list_single_files(store, have)
    done: list[str] = []
    merged = [
        put_merged(store, have.generation, records.encode(table))
        for table in _read_tables(store, small, have, covered, done)
    ]
    new = replace(have, merged=(*have.merged, *merged), covered=covered, replaced=tuple(done))
    # If a rebuild was faster, nothing names these files.
    return len(done) if records.publish(store, new) else 0


def put_merged(store: Store, generation: str, data: bytes) -> str:
    """Write a merged file and return its key."""
    key = f"records/{generation}/merged/{secrets.token_hex(8)}.parquet"
    store.put_new(key, data)
    return key


def _remove_replaced(store: Store, have: Catalog) -> Catalog:
    """Remove what the catalog in force made superfluous, and return the catalog."""
    for name in have.replaced:
        for key in list(store.keys(name)) if name.endswith("/") else [name]:
            store.delete(key)
    return have


def _read_tables(
    store: Store, keys: list[str], have: Catalog, covered: Mapping[str, int], done: list[str]
) -> Iterator[pa.Table]:
    """Yield the rows that the new catalog covers and the old one did not.

    The tables are of bounded size. done: receives the files that are covered completely.
    """
    waiting: list[pa.Table] = []
    for key in keys:
        table = records.decode(store.get(key))
        numbers = list(zip(table["account"].to_pylist(), table["ledger_number"].to_pylist(), strict=True))
        waiting.append(
            table.filter(pa.array([have.covered.get(a, 0) < n <= covered.get(a, 0) for a, n in numbers]))
        )
        if all(n <= covered.get(a, 0) for a, n in numbers):
            done.append(key)
        if sum(t.num_rows for t in waiting) >= ROWS_A_FILE:
            yield _sort(waiting)
            waiting = []
    if any(t.num_rows for t in waiting):
        yield _sort(waiting)


def _sort(tables: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables).sort_by(
        [("account", "ascending"), ("ledger_number", "ascending"), ("record_id", "ascending")]
    )
