"""CSV by RFC 4180, safe to open in a spreadsheet.

It is UTF-8 with a byte order mark, has CRLF, and quotes every filled cell.
DuckDB makes a line as one piece of text, so that writing is copying: it costs less than Python's csv.writer
on the same cells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from recordroom.exports.database import translate_disk_errors
from recordroom.exports.formats import spreadsheet
from recordroom.exports.formats.columns import NUMBER, PLAIN, Column, list_columns
from recordroom.exports.rows import OrderedSource, RowReader
from recordroom.exports.sql import bytes_of

NAME = "WORKING-COPY_records.csv"
_BOM = b"\xef\xbb\xbf"


def write(folder: Path, rows: RowReader, *_: object) -> Counter[str]:
    """Write the file; return the notes on its cells, counted."""
    return write_table(folder / NAME, rows, list_columns())


def write_table(path: Path, rows: OrderedSource, columns: Sequence[Column]) -> Counter[str]:
    """Write any table; return the notes on its cells, counted."""
    names = spreadsheet.names_of(columns)
    cells = ", ',', ".join(_cell(n, c) for n, c in zip(names, columns, strict=True))
    line = {"line": f"concat({cells}, ',', '\"' || notes || '\"', chr(13), chr(10))", "notes": "notes"}
    headings = [c.heading for c in columns] + [spreadsheet.NOTES]
    noted: Counter[str] = Counter()
    with translate_disk_errors(path.parent), path.open("wb") as file:
        file.write(_BOM + ",".join(f'"{heading}"' for heading in headings).encode() + b"\r\n")
        for batch in rows.read_ordered(*spreadsheet.make_layers(columns, apostrophes=True), line):
            file.write(bytes_of(batch.column("line")))
            spreadsheet.count_notes(noted, batch.column("notes"))
    return noted


def _cell(name: str, column: Column) -> str:
    """Return the SQL of the cell in pieces, since each copy of a text costs time.

    Null gives nothing, a text without characters gives `""`.
    """
    if column.kind == NUMBER:
        return name
    mark = f"""CASE WHEN {name} IS NOT NULL THEN '"' END"""
    if column.kind == PLAIN:
        return f"{mark}, {name}, {mark}"
    apostrophe = f"CASE WHEN {name}_changed THEN chr(39) END"
    text = f"""CASE WHEN contains({name}, '"') THEN replace({name}, '"', '""') ELSE {name} END"""
    return f"{mark}, {apostrophe}, {text}, {mark}"
