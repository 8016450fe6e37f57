"""XLSX by XlsxWriter in constant memory. Every text is written as a text: never a formula, an address or a number.

- A sheet holds 1,048,575 rows below its headings; the next ones follow in further sheets.
- A text longer than a cell of Excel holds (32,767 UTF-16 units) stands whole in a numbered file in a folder beside; the cell names it.
- The file's date is `as_of` and its members are dated 1980, so that equal rows give equal bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.worksheet import Worksheet

from recordroom.errors import ArchiveError
from recordroom.exports.as_of import Standing
from recordroom.exports.database import room
from recordroom.exports.formats import spreadsheet
from recordroom.exports.formats.cells import LONG, LONGEST
from recordroom.exports.formats.columns import NUMBER, Column, columns
from recordroom.exports.rows import Ordered, Rows

NAME = "WORKING-COPY_records.xlsx"
LONG_TEXT = "WORKING-COPY_long-text"
ROWS = 1_048_575  # of a sheet, without its headings
WIDTH = 26  # of a column, in digits: a time with its zone is seen whole


def write(folder: Path, rows: Rows, standing: Standing, _: object = None) -> Counter[str]:
    """Write the file; the notes on its cells, counted."""
    return write_table(folder / NAME, rows, columns(standing), standing.as_of, "Records")


def write_table(
    path: Path, rows: Ordered, named: Sequence[Column], as_of: datetime, title: str
) -> Counter[str]:
    """`title`: of the sheets, which are numbered."""
    noted: Counter[str] = Counter()
    with room(path.parent):
        book = _Book(path, named, as_of, noted, title)
        for batch in rows.ordered(*spreadsheet.layers(named, apostrophes=False)):
            spreadsheet.count(noted, batch.column("notes"))
            for values in zip(
                *(batch.column(name).to_pylist() for name in (*spreadsheet.names_of(named), "notes")),
                strict=True,
            ):
                book.add(values)
        book.close()
    return noted


class _Book:
    def __init__(
        self, path: Path, named: Sequence[Column], made: datetime, noted: Counter[str], title: str
    ) -> None:
        self._folder = path.parent
        self._title = title
        self._named = named
        self._noted = noted
        self._book = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)})
        self._book.use_zip64()
        self._book.set_properties(
            {"created": made.replace(tzinfo=None), "title": "WORKING COPY, not reviewed for release"}
        )
        self._bold = self._book.add_format({"bold": True})
        self._plain = self._book.add_format()
        self._rows, self._long = 0, 0
        self._sheet = self._next_sheet()

    def add(self, values: Sequence[Any]) -> None:
        """A row: a value for each column, then its notes."""
        if self._rows == ROWS:
            self._offer_filters()
            self._sheet = self._next_sheet()
        self._rows += 1
        *cells_, notes = values
        said = [notes] if notes else []
        for number, (column, value) in enumerate(zip(self._named, cells_, strict=True)):
            if value is None:
                continue
            if column.kind == NUMBER:
                self._check(self._sheet.write_number(self._rows, number, value))
                continue
            if _units(value) > LONGEST:
                value = self._put_aside(value)  # noqa: PLW2901
                said.append(f"{column.heading}: {LONG}")
                self._noted[said[-1]] += 1
            self._text(number, value)
        if said:
            self._text(len(self._named), "; ".join(said))

    def close(self) -> None:
        self._offer_filters()
        try:
            self._book.close()
        except FileCreateError as problem:
            raise problem.args[0] from problem  # the OSError within

    def _offer_filters(self) -> None:
        """At the headings, over all rows of the sheet that ends."""
        self._sheet.autofilter(0, 0, self._rows, len(self._named))

    def _next_sheet(self) -> Worksheet:
        sheet = self._book.add_worksheet(f"{self._title} {len(self._book.worksheets()) + 1}")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(self._named), WIDTH)
        for number, heading in enumerate((*(c.heading for c in self._named), spreadsheet.NOTES)):
            self._check(sheet.write_string(0, number, heading, self._bold))
        self._rows = 0
        return sheet

    def _text(self, number: int, value: str) -> None:
        if value.startswith("<r>") and value.endswith(
            "</r>"
        ):  # XlsxWriter takes such a text for markup of its own
            self._check(self._sheet.write_rich_string(self._rows, number, value[0], self._plain, value[1:]))
        else:
            self._check(self._sheet.write_string(self._rows, number, value))

    def _put_aside(self, text: str) -> str:
        """Write an over-long text to a file of its own; what the cell says."""
        self._long += 1
        name = f"{LONG_TEXT}/{self._long:06d}.txt"
        (self._folder / LONG_TEXT).mkdir(exist_ok=True)
        (self._folder / name).write_bytes(text.encode())
        return f"[{len(text):,} characters, whole in {name}]"

    def _check(self, code: int) -> None:
        if code:
            raise ArchiveError(
                f"XlsxWriter refused a cell in row {self._rows} ({code})", "Export as jsonl, and report this."
            )


def _units(text: str) -> int:
    """UTF-16 code units."""
    return len(text) + sum(c > "\uffff" for c in text) if len(text) * 2 > LONGEST else len(text)
