# ruff: noqa: S608 (the SQL is made of constants of ours and numbers)
"""A term report as CSV or XLSX, by the writers of exports.

No cell is computed or converted.
Each row says that it is a working copy. The numbers of all terms together follow those of the lines. Rows
without numbers follow: the legal matter for which it was counted (a person who may not see one counts for
none), and each thing that is not counted.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from recordroom.dates import format_second
from recordroom.exports.database import BATCH
from recordroom.exports.formats import csv_file, xlsx_file
from recordroom.exports.formats.columns import NUMBER, PLAIN, RELEASE, TEXT, Column
from recordroom.exports.rows import Layer
from recordroom.search.query.syntax import LONGEST
from recordroom.search.term_report import Row, TermReport

CSV, XLSX = "csv", "xlsx"
NAME = "WORKING-COPY_term-report"


def write_report(report: TermReport, form: str, *, of_quarantine: bool) -> bytes:
    """Return the file.

    form: CSV or XLSX.
    of_quarantine: the reader may know that records are under quarantine.
    """
    columns = _list_columns(report)
    with tempfile.TemporaryDirectory(prefix="recordroom-terms-") as folder, duckdb.connect() as database:
        table = _table_of(report, columns, list(_list_notes(report, of_quarantine=of_quarantine)))
        path, rows = Path(folder) / f"{NAME}.{form}", _TableReader(database, table)
        if form == CSV:
            csv_file.write_table(path, rows, columns)
        else:
            xlsx_file.write_table(path, rows, columns, report.at, "Terms")
        return path.read_bytes()


class _TableReader:
    """Reads a table in memory for the writers (rows.OrderedSource)."""

    def __init__(self, database: duckdb.DuckDBPyConnection, table: pa.Table) -> None:
        self._database = database
        database.register("given", table)

    def read_ordered(self, *layers: Layer) -> Iterator[pa.RecordBatch]:
        query = "SELECT * FROM given"
        for layer in layers:
            query = (
                f"SELECT place, {', '.join(f'{sql} AS {name}' for name, sql in layer.items())} FROM ({query})"
            )
        yield from self._database.execute(f"{query} ORDER BY place").to_arrow_reader(BATCH)


def _list_columns(report: TermReport) -> list[Column]:
    noun = report.noun.capitalize()
    numbers = [
        f"{noun} hit",
        "Conversations hit",
        "Unique hits",
        *(f"{noun} of {name}" for name in report.accounts),
    ]
    headings = [
        ("Release status", PLAIN),
        ("Line", NUMBER),
        ("Term", TEXT),
        ("Understood as", TEXT),
        ("Note", TEXT),
    ]
    headings += [(heading, NUMBER) for heading in numbers]
    return [Column(heading, f"v{place}", kind) for place, (heading, kind) in enumerate(headings)]


def _table_of(report: TermReport, columns: list[Column], notes: list[str]) -> pa.Table:
    lines = [*(_line_of(row, report) for row in report.rows), _total_line(report)]
    lines += [[RELEASE, None, None, None, note, *[None] * (len(columns) - 5)] for note in notes]
    types = {NUMBER: pa.int64()}
    arrays = {
        c.sql: pa.array([line[n] for line in lines], types.get(c.kind, pa.string()))
        for n, c in enumerate(columns)
    }
    return pa.table({"place": pa.array(range(len(lines)), pa.int64()), **arrays})


def _line_of(row: Row, report: TermReport) -> list[str | int | None]:
    asked = row.line.query
    words: list[str | int | None] = [
        RELEASE,
        row.line.number,
        _shorten(row.line.text),
        asked.understood if asked else None,
        row.note or None,
    ]
    if row.found is None:
        return [*words, *[None] * (3 + len(report.accounts))]
    by_account = [row.found.by_account.get(name, 0) for name in report.accounts]
    return [*words, row.found.records, row.found.conversations, row.unique, *by_account]


def _shorten(text: str) -> str:
    """Return the beginning of a line that is too long for a query.

    It is not counted, and exceeds a cell of Excel.
    """
    return (
        text
        if len(text) <= LONGEST
        else f"{text[:LONGEST]}… (the first {LONGEST:,} of {len(text):,} characters)"
    )


def _total_line(report: TermReport) -> list[str | int | None]:
    """Return the numbers of all terms together."""
    total = report.total
    return [
        RELEASE, None, None, report.understood, "all terms combined",
        total.records, total.conversations, report.unique, *total.by_account.values(),
    ]  # fmt: skip


def _list_notes(report: TermReport, *, of_quarantine: bool) -> Iterator[str]:
    """Yield the matter for which it was counted, and what the numbers do not include."""
    lacks = report.lacks
    if report.filters.matter:
        yield f"legal matter: {report.filters.matter}"
    if report.messages_left_out:
        yield f"not counted, private messages that match a term: {report.messages_left_out:,}"
    if of_quarantine and report.quarantined_left_out:
        quarantined = f"{report.noun} under quarantine that match a term"
        yield f"not counted, {quarantined}: {report.quarantined_left_out:,}"
    for one in report.unnamed:
        names = f"{one.title} ({', '.join(one.accounts)}): {one.words}"
        yield f"a search by author name may miss records: {names}"
    for gap in lacks.gaps or ():
        since = format_second(gap.opened_at)
        yield f"known gap in account {gap.account}: {gap.reason} since {since}: {gap.detail}"
    if lacks.problem:
        yield f"known gaps cannot be shown: {lacks.problem}"
    if behind := [account for account, entries in (lacks.behind or {}).items() if entries]:
        yield f"search does not have the latest captures of {', '.join(behind)} yet"
    if lacks.outdated:
        yield "another version of recordroom made the index, so a search may miss records"
