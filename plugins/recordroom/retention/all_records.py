# ruff: noqa: S608 (the SQL is made of constants of ours)
"""The retention fields of every record, computed from the rows in Parquet.

A database in memory has the few columns that count. It moves what exceeds MEMORY to a temporary folder:
memory stays flat however large the archive.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from recordroom.archive import records
from recordroom.archive.store import Store
from recordroom.retention import derivation
from recordroom.retention.derivation import FIELDS, Inputs
from recordroom.settings import Settings
from recordroom.status import CLAIM_SQL, PUBLIC_SQL

MEMORY = "200MB"
_STORED = (
    "account", "record_id", "sequence", "late_arrival", "kind", "status", "visibility", "source",
    "published_at", "edited_at", "captured_at", "committed_at", "root_id", "platform", "author_id",
    "ledger_number",
)  # fmt: skip
# The columns of derivation.ROWS from those of a stored row. Those that only holds need are computed when they
# are read, and take no memory.
_COLUMNS = (
    "account, record_id AS record, sequence, late_arrival AS late, kind, status,"
    f" {PUBLIC_SQL} AS public, {CLAIM_SQL} AS claimed, published_at, edited_at, captured_at, committed_at,"
    " root_id, platform, author_id, ledger_number"
)
_COMPUTED = (
    "coalesce(root_id, record) AS root, platform || chr(10) || author_id AS author, account AS account_name"
)
_CHANGED = (
    "series", "retention_trigger", "retention_trigger_on", "eligible_on", "retention_action", "on_hold",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChangeCount:
    """How many records of an account change in the same way."""

    account: str
    series_before: str | None
    series_after: str | None
    records: int
    gain_date: int  # had no date, and get one
    lose_date: int
    earlier: int  # get an earlier date
    later: int


class AllRecords:
    """The rows of an archive, as far as retention needs them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Take the connection of a database whose relation `rows` has the columns of derivation.ROWS."""
        self.connection = connection

    def count_rows(self) -> dict[str, int]:
        """Return account -> its rows."""
        return dict(self.connection.execute("SELECT account, count(*) FROM rows GROUP BY account").fetchall())

    def count_changes(self, before: Inputs, after: Inputs) -> list[ChangeCount]:
        """Return what changes if `after` takes the place of `before`, by account and series."""
        self._compare(before, after)
        dates = "b.eligible_on IS {} AND a.eligible_on IS {}"
        counts = self.connection.execute(
            "SELECT account, b.series, a.series, count(*),"
            f" count(*) FILTER ({dates.format('NULL', 'NOT NULL')}),"
            f" count(*) FILTER ({dates.format('NOT NULL', 'NULL')}),"
            " count(*) FILTER (a.eligible_on < b.eligible_on),"
            " count(*) FILTER (a.eligible_on > b.eligible_on)"
            " FROM changes GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        return [ChangeCount(*one) for one in counts]

    def list_changes(self, before: Inputs, after: Inputs) -> Iterator[dict[str, Any]]:
        """Yield each record that changes: account, record_id, before, and after."""
        self._compare(before, after)
        reader = self.connection.execute(
            "SELECT account, record AS record_id, b AS before, a AS after FROM changes ORDER BY ALL"
        ).to_arrow_reader(5_000)
        for batch in reader:
            yield from batch.to_pylist()

    def _compare(self, before: Inputs, after: Inputs) -> None:
        fields = ", ".join(f"{name} := {name}" for name in _CHANGED)
        for name, inputs in (("b", before), ("a", after)):
            query = derivation.fields("rows", inputs)
            packed = f"SELECT account, record, struct_pack({fields}) AS {name} FROM ({query})"
            self.fill(f"fields_{name}", packed, inputs)
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE changes AS SELECT * FROM fields_b"
            " JOIN fields_a USING (account, record) WHERE a IS DISTINCT FROM b"
        )

    def fill(self, table: str, query: str, inputs: Inputs) -> None:
        """Make a temporary table of a query, which may name the tables of the inputs."""
        with derivation.registered(self.connection, inputs):
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {query}")

    def derive(self, inputs: Inputs, size: int = 50_000) -> Iterator[pa.RecordBatch]:
        """Yield the retention fields of all records, in the order of account and record."""
        self.fill("fields", derivation.fields("rows", inputs), inputs)
        columns = ", ".join(FIELDS)
        yield from self.connection.execute(
            f"SELECT account, record AS record_id, {columns} FROM fields ORDER BY account, record"
        ).to_arrow_reader(size)


def find_with_files(
    derived: Store, settings: Settings, upto: Mapping[str, int], files: Collection[str]
) -> frozenset[str]:
    """Return the IDs of the records with one of these files (hex SHA-256) in any version.

    upto: as in `load`.
    """
    if not files:
        return frozenset()
    found: set[str] = set()
    sources = records.sources(derived, records.file_system(settings), upto)
    for batch in records.batches(sources, ["record_id", "media"]):
        pairs = zip(batch["record_id"].to_pylist(), batch["media"].to_pylist(), strict=True)
        found.update(name for name, media in pairs if any(one["sha256"] in files for one in media or ()))
    return frozenset(found)


@contextmanager
def load(derived: Store, settings: Settings, upto: Mapping[str, int]) -> Iterator[AllRecords]:
    """Yield the records of these accounts.

    upto: account -> number of the last entry of its ledger that counts.
    """
    with tempfile.TemporaryDirectory(prefix="recordroom-retention-") as folder:
        config: dict[str, Any] = {
            "memory_limit": MEMORY, "threads": 2, "temp_directory": folder,
            "preserve_insertion_order": False, "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }  # fmt: skip
        with duckdb.connect(":memory:", config=config) as connection:
            connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
            found = records.sources(derived, records.file_system(settings), upto)
            schema = pa.schema([records.schema().field(name) for name in _STORED])
            rows = pa.RecordBatchReader.from_batches(schema, records.batches(found, list(_STORED)))
            connection.register("stored", rows)
            connection.execute(f"CREATE TABLE loaded AS SELECT {_COLUMNS} FROM stored")
            connection.unregister("stored")
            connection.execute(f"CREATE VIEW rows AS SELECT *, {_COMPUTED} FROM loaded")
            yield AllRecords(connection)
