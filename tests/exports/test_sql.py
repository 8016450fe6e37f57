"""What DuckDB says of a row is what model.py says of it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordroom.archive import records
from recordroom.canonical import encode_row, version_of
from recordroom.exports import sql
from recordroom.model import parts_of, record_fields

NINE = "\x0b\x0e\x0f\x1a\x1b\x1c\x1d\x1e\x1f"  # whose escapes DuckDB writes in capitals
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=NINE), max_size=40)
values: dict[str, st.SearchStrategy[Any]] = {
    "keyword": text, "text": text, "integer": st.integers(-(2**63), 2**63 - 1), "boolean": st.booleans(),
    "keywords": st.lists(text, max_size=3),
    "instant": st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 30)).map(lambda d: d.replace(tzinfo=UTC)),  # noqa: DTZ001
}  # fmt: skip
for whole in ("media", "counts"):
    one = st.fixed_dictionaries({p.name: st.none() | values[p.type] for p in parts_of(whole)})
    values[whole] = st.lists(one, max_size=3) if whole == "media" else one
rows = st.fixed_dictionaries(
    {f.name: st.none() | values[f.type] for f in record_fields() if not f.derived} | {"account": text}
)


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def told(database: duckdb.DuckDBPyConnection, given: list[dict[str, Any]]) -> list[tuple[str, str]]:
    database.register("given", pa.Table.from_pylist(given, schema=records.schema()))
    statement = f"SELECT {sql.json_row()}, sha256({sql.significant_content()}) FROM given"  # noqa: S608
    return database.execute(statement).fetchall()


@given(st.lists(rows, min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_rows_of_any_content(database: duckdb.DuckDBPyConnection, given: list[dict[str, Any]]) -> None:
    for row, (line, digest) in zip(given, told(database, given), strict=True):
        assert line.encode() == encode_row(row)
        if all(m["identity"] is not None and m["type"] is not None for m in row["media"] or ()):
            assert digest == version_of(row)


def test_nine_control_characters_alone_differ(database: duckdb.DuckDBPyConnection) -> None:
    """In letters of their escapes: such rows are hashed by model.py."""
    empty = dict.fromkeys(records.schema().names) | {"account": "district"}
    codes = (*range(0xD800), *range(0xE000, 0x10000), *range(0x10000, sys.maxunicode + 1, 257))
    given = [empty | {"text": "".join(map(chr, codes[n : n + 64]))} for n in range(64, len(codes), 64)]
    given += [empty | {"text": chr(n)} for n in range(256)]
    wrong = [
        row["text"]
        for row, (_, digest) in zip(given, told(database, given), strict=True)
        if digest != version_of(row)
    ]
    assert wrong == list(NINE)
