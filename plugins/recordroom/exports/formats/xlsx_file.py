"""XLSX by XlsxWriter in constant memory.

Every text is written as a text: never a formula, address, or number.
- A sheet holds 1,048,575 rows below its headings; further rows are in further sheets.
- A text longer than a cell of Excel holds (32,767 UTF-16 units) is complete in a numbered file of the folder
  LONG_TEXT; the cell names it.
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
from recordroom.exports.as_of import ArchiveState
from recordroom.exports.database import translate_disk_errors
from recordroom.exports.formats import spreadsheet
from recordroom.exports.formats.cells import LONG, LONGEST
from recordroom.exports.formats.columns import NUMBER, Column, list_columns
from recordroom.exports.rows import OrderedSource, RowReader

NAME = "WORKING-COPY_records.xlsx"
LONG_TEXT = "WORKING-COPY_long-text"
ROWS = 1_048_575  # of a sheet, without its headings
WIDTH = 26  # of a column, in digits: enough for a time with its zone


def write(folder: Path, rows: RowReader, state: ArchiveState, _: object = None) -> Counter[str]:
    """Write the file; return the notes on its cells, counted."""
    return write_table(folder / NAME, rows, list_columns(), state.as_of, "Records")


def write_table(
    path: Path, rows: OrderedSource, columns: Sequence[Column], as_of: datetime, title: str
) -> Counter[str]:
    """Write any table; return the notes on its cells, counted.

    title: of the sheets, which are numbered.
    """
    noted: Counter[str] = Counter()
    with translate_disk_errors(path.parent):
        book = _Book(path, columns, as_of, noted, title)
        names = (*spreadsheet.names_of(columns), "notes")
        for batch in rows.read_ordered(*spreadsheet.make_layers(columns, apostrophes=False)):
            spreadsheet.count_notes(noted, batch.column("notes"))
            for values in zip(*(batch.column(name).to_pylist() for name in names), strict=True):
                book.add(values)
        book.close()
    return noted


class _Book:
    """The workbook that is being written."""

    def __init__(
        self, path: Path, columns: Sequence[Column], as_of: datetime, noted: Counter[str], title: str
    ) -> None:
        self._folder = path.parent
        self._title = title
        self._columns = columns
        self._noted = noted
        self._book = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)})
        self._book.use_zip64()
        self._book.set_properties(
            {"created": as_of.replace(tzinfo=None), "title": "WORKING COPY, not reviewed for release"}
        )
        self._bold = self._book.add_format({"bold": True})
        self._plain = self._book.add_format()
        self._rows, self._long = 0, 0
        self._sheet = self._add_sheet()

    def add(self, values: Sequence[Any]) -> None:
        """Add a row: a value for each column, then its notes."""
        if self._rows == ROWS:
            self._add_filters()
            self._sheet = self._add_sheet()
        self._rows += 1
        *cells, notes = values
        row_notes = [notes] if notes else []
        for number, (column, value) in enumerate(zip(self._columns, cells, strict=True)):
            if value is None:
                continue
            if column.kind == NUMBER:
                self._check(self._sheet.write_number(self._rows, number, value))
                continue
            if _count_units(value) > LONGEST:
                value = self._write_long_text(value)  # noqa: PLW2901
                row_notes.append(f"{column.heading}: {LONG}")
                self._noted[row_notes[-1]] += 1
            self._write_text(number, value)
        if row_notes:
            self._write_text(len(self._columns), "; ".join(row_notes))

    def close(self) -> None:
        self._add_filters()
        try:
            self._book.close()
        except FileCreateError as problem:
            raise problem.args[0] from problem  # the OSError within

    def _add_filters(self) -> None:
        """Add filters at the headings, over all rows of the sheet that ends."""
        self._sheet.autofilter(0, 0, self._rows, len(self._columns))

    def _add_sheet(self) -> Worksheet:
        sheet = self._book.add_worksheet(f"{self._title} {len(self._book.worksheets()) + 1}")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(self._columns), WIDTH)
        for number, heading in enumerate((*(c.heading for c in self._columns), spreadsheet.NOTES)):
            self._check(sheet.write_string(0, number, heading, self._bold))
        self._rows = 0
        return sheet

    def _write_text(self, number: int, value: str) -> None:
        if value.startswith("<r>") and value.endswith("</r>"):  # XlsxWriter reads it as its own markup
            self._check(self._sheet.write_rich_string(self._rows, number, value[0], self._plain, value[1:]))
        else:
            self._check(self._sheet.write_string(self._rows, number, value))

    def _write_long_text(self, text: str) -> str:
        """Write an overlong text to a file of its own; return the text of the cell."""
        self._long += 1
        name = f"{LONG_TEXT}/{self._long:06d}.txt"
        (self._folder / LONG_TEXT).mkdir(exist_ok=True)
        (self._folder / name).write_bytes(text.encode())
        return f"[{len(text):,} characters; the complete text is in {name}]"

    def _check(self, code: int) -> None:
        if code:
            raise ArchiveError(
                f"XlsxWriter rejected a cell in row {self._rows} ({code})",
                "Export as JSON Lines (jsonl) instead, and report this error.",
            )


def _count_units(text: str) -> int:
    """Return the number of UTF-16 code units."""
    return len(text) + sum(c > "\uffff" for c in text) if len(text) * 2 > LONGEST else len(text)
