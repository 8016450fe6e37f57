# ruff: noqa: S608 (the SQL is made of constants of ours and numbers)
"""A term report as CSV or XLSX, by the writers of exports: no cell is computed or converted, each row says that it is a working copy."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from recordroom.exports import csv_file, xlsx_file
from recordroom.exports.columns import NUMBER, PLAIN, RELEASE, TEXT, Column
from recordroom.exports.desk import BATCH
from recordroom.exports.rows import Layer
from recordroom.search.term_report import Report, Row

CSV, XLSX = "csv", "xlsx"
NAME = "WORKING-COPY_term-report"


def data(report: Report, form: str) -> bytes:
    """The file. `form`: CSV or XLSX."""
    named = _columns(report)
    with tempfile.TemporaryDirectory(prefix="recordroom-terms-") as folder, duckdb.connect() as database:
        path, rows = Path(folder) / f"{NAME}.{form}", _Table(database, _table(report, named))
        if form == CSV:
            csv_file.write_table(path, rows, named)
        else:
            xlsx_file.write_table(path, rows, named, report.at, "Terms")
        return path.read_bytes()


class _Table:
    """A table in memory, as the writers read one."""

    def __init__(self, database: duckdb.DuckDBPyConnection, table: pa.Table) -> None:
        self._database = database
        database.register("given", table)

    def ordered(self, *layers: Layer) -> Iterator[pa.RecordBatch]:
        query = "SELECT * FROM given"
        for layer in layers:
            query = f"SELECT place, {', '.join(f'{sql} AS {name}' for name, sql in layer.items())} FROM ({query})"
        yield from self._database.execute(f"{query} ORDER BY place").to_arrow_reader(BATCH)


def _columns(report: Report) -> list[Column]:
    noun = report.noun.capitalize()
    numbers = [f"{noun} hit", "Conversations hit", "Unique hits", *(f"{noun} of {name}" for name in report.accounts)]
    headings = [("Release status", PLAIN), ("Line", NUMBER), ("Term", TEXT), ("Understood as", TEXT), ("Note", TEXT)]
    headings += [(heading, NUMBER) for heading in numbers]
    return [Column(heading, f"v{place}", kind) for place, (heading, kind) in enumerate(headings)]


def _table(report: Report, named: list[Column]) -> pa.Table:
    lines = [*(_line(row, report) for row in report.rows), _last(report)]
    types = {NUMBER: pa.int64()}
    arrays = {c.sql: pa.array([line[n] for line in lines], types.get(c.kind, pa.string())) for n, c in enumerate(named)}
    return pa.table({"place": pa.array(range(len(lines)), pa.int64()), **arrays})


def _line(row: Row, report: Report) -> list[str | int | None]:
    asked = row.line.query
    words: list[str | int | None] = [RELEASE, row.line.number, row.line.text, asked.understood if asked else None, row.note or None]
    if row.found is None:
        return [*words, *[None] * (3 + len(report.accounts))]
    by_account = [row.found.by_account.get(name, 0) for name in report.accounts]
    return [*words, row.found.records, row.found.conversations, row.unique, *by_account]


def _last(report: Report) -> list[str | int | None]:
    """All terms together."""
    total = report.total
    return [
        RELEASE, None, None, report.understood, "all terms together", total.records, total.conversations, report.unique,
        *total.by_account.values(),
    ]  # fmt: skip
