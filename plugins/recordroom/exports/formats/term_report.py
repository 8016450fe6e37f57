# ruff: noqa: S608 (the SQL is made of constants of ours and numbers)
"""A term report as CSV or XLSX, by the writers of exports: no cell is computed or converted, each row says that it is a working copy.

The numbers of all terms together stand below those of the lines, and below these, without numbers, a row for the
matter of counsel that it was counted for (who may not see one counts for none), and one for each thing that is not counted.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from recordroom import dates
from recordroom.exports.database import BATCH
from recordroom.exports.formats import csv_file, xlsx_file
from recordroom.exports.formats.columns import NUMBER, PLAIN, RELEASE, TEXT, Column
from recordroom.exports.rows import Layer
from recordroom.search.query.syntax import LONGEST
from recordroom.search.term_report import Report, Row
from recordroom.text import counted

CSV, XLSX = "csv", "xlsx"
NAME = "WORKING-COPY_term-report"


def data(report: Report, form: str, *, of_quarantine: bool) -> bytes:
    """The file. `form`: CSV or XLSX. `of_quarantine`: whether whoever gets it may know that something is under quarantine."""
    named = _columns(report)
    with tempfile.TemporaryDirectory(prefix="recordroom-terms-") as folder, duckdb.connect() as database:
        table = _table(report, named, list(_notes(report, of_quarantine=of_quarantine)))
        path, rows = Path(folder) / f"{NAME}.{form}", _Table(database, table)
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
            query = (
                f"SELECT place, {', '.join(f'{sql} AS {name}' for name, sql in layer.items())} FROM ({query})"
            )
        yield from self._database.execute(f"{query} ORDER BY place").to_arrow_reader(BATCH)


def _columns(report: Report) -> list[Column]:
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


def _table(report: Report, named: list[Column], notes: list[str]) -> pa.Table:
    lines = [*(_line(row, report) for row in report.rows), _all(report)]
    lines += [[RELEASE, None, None, None, note, *[None] * (len(named) - 5)] for note in notes]
    types = {NUMBER: pa.int64()}
    arrays = {
        c.sql: pa.array([line[n] for line in lines], types.get(c.kind, pa.string()))
        for n, c in enumerate(named)
    }
    return pa.table({"place": pa.array(range(len(lines)), pa.int64()), **arrays})


def _line(row: Row, report: Report) -> list[str | int | None]:
    asked = row.line.query
    words: list[str | int | None] = [
        RELEASE,
        row.line.number,
        _beginning(row.line.text),
        asked.understood if asked else None,
        row.note or None,
    ]
    if row.found is None:
        return [*words, *[None] * (3 + len(report.accounts))]
    by_account = [row.found.by_account.get(name, 0) for name in report.accounts]
    return [*words, row.found.records, row.found.conversations, row.unique, *by_account]


def _beginning(text: str) -> str:
    """Of a line that is too long for a query: it is not counted, and a cell of Excel has no room for all of it."""
    return (
        text
        if len(text) <= LONGEST
        else f"{text[:LONGEST]}… (the first {LONGEST:,} of {len(text):,} characters)"
    )


def _all(report: Report) -> list[str | int | None]:
    """All terms together."""
    total = report.total
    return [
        RELEASE, None, None, report.understood, "all terms together", total.records, total.conversations, report.unique,
        *total.by_account.values(),
    ]  # fmt: skip


def _notes(report: Report, *, of_quarantine: bool) -> Iterator[str]:
    """What it was counted for, and what the numbers lack."""
    lacks = report.lacks
    if report.filters.matter:
        yield f"matter of counsel: {report.filters.matter}"
    if report.messages_left_out:
        yield f"not counted: {counted(report.messages_left_out, 'private message')} that any term finds"
    if of_quarantine and report.quarantined_left_out:
        yield f"not counted: {counted(report.quarantined_left_out, report.noun[:-1])} under quarantine that any term finds"
    for one in report.unnamed:
        yield f"not everybody is found by a name: {one.title} ({', '.join(one.accounts)}): {one.words}"
    for gap in lacks.gaps or ():
        yield f"known gap in account {gap.account}: {gap.reason} since {dates.format_both_zones(gap.opened_at)}: {gap.detail}"
    if lacks.problem:
        yield f"what is lacking is not known: {lacks.problem}"
    if behind := [account for account, entries in (lacks.behind or {}).items() if entries]:
        yield f"the index lacks the last captures of {', '.join(behind)}"
    if lacks.outdated:
        yield "another version of recordroom made the index, and words may be missed in it"
