"""The catalog of work tables and the tables of real exports agree: columns, writers, readers, and what is
dropped.
"""

from __future__ import annotations

import inspect
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from recordroom.archive import records
from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.errors import Tampered
from recordroom.exports import verification, work_tables
from recordroom.exports.database import WorkDatabase
from recordroom.exports.work_tables import ALL, WorkTable
from recordroom.search.filters import Filters
from recordroom.search.index.indexer import Index
from tests.building import DAY, Building
from tests.exports.conftest import HOUR, POST, Export

_STATEMENTS = ("create", "insert", "delete", "drop", "fetch", "count", "read_table", "read_batches")
_COLUMNS = (
    "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal"
    " ORDER BY table_name, column_index"
)
_FETCH = WorkDatabase.fetch  # without a recorder
_TYPES = {"INT": "INTEGER", "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}


@dataclass
class Recorder:
    """The work tables that exports wrote and read, by the steps that production.py calls."""

    writers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    readers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    droppers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    differences: list[str] = field(default_factory=list)

    def record(self, method: str, given: tuple[Any, ...]) -> None:
        step = step_of(inspect.stack())
        table = given[0] if given and isinstance(given[0], WorkTable) else None
        query = " ".join(str(one) for one in (given[1:] if table else given))
        for name in re.findall(r"(?:FROM|JOIN) \(?(?:FROM )?([a-z_]+)", query):
            if name in NAMES:
                self.readers[name].add(step)
        if table is not None and method == "create":
            self.writers[table.name].add(step)
        if table is not None and method == "drop":
            self.droppers[table.name].add(step)

    def compare(self, database: WorkDatabase) -> None:
        """After a statement: each table that exists has the columns of the catalog, in their order."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for name, column, type_ in _FETCH(database, _COLUMNS):
            found[name][column] = type_
        for name, columns in found.items():
            listed = {c: _TYPES.get(t, t) for c, t in NAMES[name].columns.items()} if name in NAMES else None
            if list(columns.items()) != list((listed or {}).items()):
                self.differences.append(f"{name}: {columns}, listed: {listed}")


NAMES = {table.name: table for table in ALL}
_PACKAGE = str(Path(work_tables.__file__).parent) + "/"


def step_of(stack: list[inspect.FrameInfo]) -> str:
    """The outermost function of exports that production.py called, as the catalog names it."""
    for frame in reversed(stack):
        module = frame.filename.removeprefix(_PACKAGE).removesuffix(".py").replace("/", ".")
        if frame.filename.startswith(_PACKAGE) and module not in ("production", "worker", "database"):
            if module.startswith("formats.") and frame.function == "write":
                return "formats.write"
            return "rows.RowReader" if frame.function == "__init__" else f"{module}.{frame.function}"
    return "nothing"


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    made = Recorder()

    def recording(method: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def run(database: WorkDatabase, *given: Any, **more: Any) -> Any:
            made.record(method, given)
            found = real(database, *given, **more)
            if method in ("create", "insert", "drop"):
                made.compare(database)
            return found

        def read(database: WorkDatabase, *given: Any, **more: Any) -> Iterator[Any]:
            made.record(method, given)
            yield from real(database, *given, **more)

        return read if method == "read_batches" else run

    for method in _STATEMENTS:
        monkeypatch.setattr(WorkDatabase, method, recording(method, getattr(WorkDatabase, method)))
    monkeypatch.setattr(verification, "ahead", iter)  # in this thread, so that the stack shows the step
    return made


def forge(archive: Building) -> None:
    """Alter a title in the records: its row is hashed again, its manifest compared again."""
    key = min(archive.derived.keys("records/g1/"))
    table = records.decode(archive.derived.get(key))
    column = table.schema.get_field_index("title")
    forged = table.set_column(column, table.schema.field(column), pc.if_else(True, "Forged", table["title"]))
    archive.derived.delete(key)
    archive.derived.put_new(key, records.encode(pa.table(forged)))


def test_catalog_and_exports_agree(
    archive: Building, index: Index, export: Export, recorder: Recorder
) -> None:
    """With every format, context, versions, private messages, a quarantine, and a row that is hashed again."""
    archive.capture(
        "news", [{"record_id": "wordpress:x/posts/8", "kind": "message", "text": "Snow?"}], at=DAY + 5 * HOUR
    )
    index.catch_up()
    ledger.put(archive.archive, QuarantineTarget(RECORD, "wordpress:x/posts/9"), "a home address")
    export("snow", "jsonl", out="context", context=True, filters=Filters(versions=True))
    export("", "pdf", out="pdf")
    export("NOT series:GS2016-002", "csv", out="csv")
    export("", "xlsx", out="xlsx")
    forge(archive)
    with pytest.raises(Tampered, match=r"does not match its content hash|other rows"):
        export("", "csv", out="forged", as_of=DAY + HOUR, filters=Filters(record=(POST,)))
    assert recorder.differences == []
    assert dict(recorder.writers) == {t.name: {t.writer} for t in ALL}
    assert dict(recorder.readers) == {t.name: set(t.readers) for t in ALL}
    assert dict(recorder.droppers) == {t.name: {t.dropped_by} for t in ALL if t.dropped_by}


def test_the_catalog_names_each_table_once() -> None:
    listed = [value for value in vars(work_tables).values() if isinstance(value, WorkTable)]
    assert sorted(t.name for t in listed) == sorted(t.name for t in ALL) == sorted({t.name for t in ALL})


def test_a_table_that_is_not_listed_cannot_be_made(tmp_path: Path) -> None:
    database = WorkDatabase(tmp_path / "database")
    with pytest.raises(ValueError, match="not in the catalog"):
        database.create(WorkTable("notes", "a note", {"note": "VARCHAR"}, "nothing", ()))
    with pytest.raises(ValueError, match="not a query"):
        database.fetch("SELECT 1; CREATE TABLE notes (note VARCHAR)")
    with pytest.raises(ValueError, match="not a query"):
        next(database.read_batches("CREATE TABLE notes (note VARCHAR)"))
    database.close()


def test_a_table_has_the_columns_of_the_catalog_whatever_the_query_has(tmp_path: Path) -> None:
    database = WorkDatabase(tmp_path / "database")
    database.create(work_tables.COPIED_FILES, "SELECT 'x' AS more, 1 AS path, 'a' AS sha256")
    assert database.fetch(f"FROM {work_tables.COPIED_FILES}") == [("a", "1")]
    with pytest.raises(Exception, match="path"):
        database.create(work_tables.COPIED_FILES, "SELECT 'a' AS sha256")
    database.close()
