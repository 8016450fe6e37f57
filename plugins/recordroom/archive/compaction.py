"""Compaction: many small Parquet files become few. Nothing is replaced: merged files get names of their own, then the catalog says so.

Readers that hold the old catalog still find what it names: files that are no longer named are removed a day later.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa

from recordroom.archive import records
from recordroom.archive.records import Catalog
from recordroom.archive.store import Store

SMALL_FILES = 200  # fewer are not worth a merge
ROWS_A_FILE = 250_000


def compact(store: Store, heads: dict[str, int]) -> int:
    """Merge the small files of the generation in force; the number merged. `heads`: for each account the ledger number whose rows, and
    those of all entries before it, are known to lie in Parquet."""
    have = records.catalog(store)
    small = sorted(k for k in store.keys(f"records/{have.generation}/captured=") if k.endswith(".parquet"))
    if len(small) < SMALL_FILES:
        return 0
    covered = {**have.covered, **{name: max(number, have.covered.get(name, 0)) for name, number in heads.items()}}
    merged = [put_merged(store, have.generation, table) for table in _tables(store, small, have, covered)]
    if not records.publish(store, replace(have, merged=(*have.merged, *merged), covered=covered)):
        return 0  # another compaction or a rebuild was faster; these files are not named by anything
    return len(small)


def put_merged(store: Store, generation: str, table: pa.Table) -> str:
    key = f"records/{generation}/merged/{secrets.token_hex(8)}.parquet"
    store.put_new(key, records.encode(table))
    return key


def _tables(store: Store, keys: list[str], have: Catalog, covered: dict[str, int]) -> Iterator[pa.Table]:
    """Rows that the new catalog covers and the old one did not, in tables of a bounded size, sorted by account and record."""
    waiting: list[pa.Table] = []
    for key in keys:
        table = records.decode(store.get(key))
        wanted = [
            have.covered.get(account, 0) < number <= covered.get(account, 0)
            for account, number in zip(table["account"].to_pylist(), table["ledger_number"].to_pylist(), strict=True)
        ]
        waiting.append(table.filter(pa.array(wanted)))
        if sum(t.num_rows for t in waiting) >= ROWS_A_FILE:
            yield _sorted(waiting)
            waiting = []
    if any(t.num_rows for t in waiting):
        yield _sorted(waiting)


def _sorted(tables: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables).sort_by([("account", "ascending"), ("ledger_number", "ascending"), ("record_id", "ascending")])
