"""The complete list of a proposal: a Parquet object of the derived bucket, whose hash is in the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from recordroom.archive.store import Store
from recordroom.errors import DerivedDamaged
from recordroom.retention import derivation
from recordroom.retention.exclusions import QUARANTINE
from recordroom.retention.proposals import DispositionProposal

FOLDER = "retention/proposals/"
SCHEMA = pa.schema(
    [
        ("account", pa.string()),
        ("record_id", pa.string()),
        ("root_id", pa.string()),
        ("series", pa.string()),
        ("trigger", pa.string()),
        ("trigger_on", pa.date32()),
        ("eligible_on", pa.date32()),
        ("action", pa.string()),
        ("proposed", pa.bool_()),
        ("reasons", pa.list_(pa.string())),  # keys of EXCLUSIONS
    ]
)
SOME = 500  # rows that are read together


def key_of(proposal_id: str) -> str:
    """Return the key of the list of a proposal."""
    return f"{FOLDER}{proposal_id}.parquet"


def is_stored(derived: Store, proposal: DispositionProposal) -> bool:
    """Return whether the list is in the derived bucket."""
    return derived.head(proposal.list.key) is not None


def fetch(derived: Store, proposal: DispositionProposal, path: Path) -> None:
    """Copy the list to a local file.

    DerivedDamaged if it is missing, or is not what the ledger names.
    """
    listed = proposal.list
    if not is_stored(derived, proposal):
        raise DerivedDamaged(
            "the list of a proposal is missing",
            "The nightly DAG `retention` makes it again from the archive. Start that DAG to have it now.",
            listed.key,
        )
    digest = hashlib.sha256()
    _, pieces = derived.open(listed.key)
    with path.open("wb") as file:
        for piece in pieces:
            digest.update(piece)
            file.write(piece)
    if digest.hexdigest() != listed.sha256:
        raise DerivedDamaged(
            "the list of a proposal is not the one that the ledger names",
            "Remove the object from the derived bucket. The nightly DAG `retention` makes it again.",
            listed.key,
        )


class ProposalRows:
    """The rows of a list that one viewer may see: dicts with the columns of SCHEMA."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Take a database with the relation `visible`."""
        self._database = connection

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield all rows in the order of the list."""
        yield from self._read("SELECT * FROM visible ORDER BY account, record_id", [])

    def sample(self, number: int, reason: str = "") -> list[dict[str, Any]]:
        """Return some rows, always the same: proposed ones, or excluded ones with a reason."""
        test, values = ("list_contains(reasons, ?)", [reason]) if reason else ("proposed", [])
        query = f"SELECT * FROM visible WHERE {test} ORDER BY md5(record_id), account LIMIT {number:d}"  # noqa: S608 (a test of ours)
        return list(self._read(query, values))

    def find(self, record_ids: Collection[str], *, proposed: bool = False) -> frozenset[str]:
        """Return which of these IDs the list has. proposed: as proposed records."""
        self._database.register("wanted", pa.table({"record_id": pa.array(sorted(record_ids), pa.string())}))
        test = "WHERE proposed" if proposed else ""
        query = f"SELECT DISTINCT record_id FROM visible JOIN wanted USING (record_id) {test}"  # noqa: S608 (a test of ours)
        return frozenset(row[0] for row in self._database.execute(query).fetchall())

    def _read(self, query: str, values: list[str]) -> Iterator[dict[str, Any]]:
        for batch in self._database.execute(query, values).to_arrow_reader(SOME):
            yield from batch.to_pylist()


@contextmanager
def open_rows(
    path: Path, hidden_accounts: Collection[str], withheld_records: Collection[str], *, with_quarantine: bool
) -> Iterator[ProposalRows]:
    """Yield the rows of a local copy, without those of these accounts, and without these records.

    with_quarantine: with what was under quarantine at drafting, also because of a file.
    """
    with derivation.open_memory() as database:
        for name, hidden in (("hidden_accounts", hidden_accounts), ("withheld_records", withheld_records)):
            database.register(name, pa.table({"name": pa.array(sorted(hidden), pa.string())}))
        database.from_parquet(str(path)).create_view("listed")
        seen = "" if with_quarantine else f" AND NOT list_contains(reasons, '{QUARANTINE}')"
        query = (
            "SELECT * FROM listed WHERE account NOT IN (SELECT name FROM hidden_accounts)"
            " AND record_id NOT IN (SELECT name FROM withheld_records)"
        )
        database.execute(f"CREATE TEMP VIEW visible AS {query}{seen}")
        yield ProposalRows(database)
