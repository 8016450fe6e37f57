"""CSV as RFC 4180 says (UTF-8 with a byte order mark, CRLF, every cell that holds something in quotes), safe to open in a spreadsheet.

A line is made by DuckDB as one piece of text, so that writing is copying: that is why it costs less than Python's csv.writer on the
same cells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from recordroom.exports.as_of import Standing
from recordroom.exports.database import room
from recordroom.exports.formats import spreadsheet
from recordroom.exports.formats.columns import NUMBER, PLAIN, Column, columns
from recordroom.exports.rows import Ordered, Rows
from recordroom.exports.sql import text_of

NAME = "WORKING-COPY_records.csv"
_BOM = b"\xef\xbb\xbf"


def write(folder: Path, rows: Rows, standing: Standing, _: object = None) -> Counter[str]:
    """Write the file; the notes on its cells, counted."""
    return write_table(folder / NAME, rows, columns(standing))


def write_table(path: Path, rows: Ordered, named: Sequence[Column]) -> Counter[str]:
    names = spreadsheet.names_of(named)
    cells = ", ',', ".join(_cell(n, c) for n, c in zip(names, named, strict=True))
    line = {"line": f"concat({cells}, ',', '\"' || notes || '\"', chr(13), chr(10))", "notes": "notes"}
    headings = [c.heading for c in named] + [spreadsheet.NOTES]
    noted: Counter[str] = Counter()
    with room(path.parent), path.open("wb") as file:
        file.write(_BOM + ",".join(f'"{heading}"' for heading in headings).encode() + b"\r\n")
        for batch in rows.ordered(*spreadsheet.layers(named, apostrophes=True), line):
            file.write(text_of(batch.column("line")))
            spreadsheet.count(noted, batch.column("notes"))
    return noted


def _cell(name: str, column: Column) -> str:
    """What stands in the line, in pieces (each copy of a text costs): nothing for null, `""` for a text without characters."""
    if column.kind == NUMBER:
        return name
    mark = f"""CASE WHEN {name} IS NOT NULL THEN '"' END"""
    if column.kind == PLAIN:
        return f"{mark}, {name}, {mark}"
    apostrophe = f"CASE WHEN {name}_changed THEN chr(39) END"
    text = f"""CASE WHEN contains({name}, '"') THEN replace({name}, '"', '""') ELSE {name} END"""
    return f"{mark}, {apostrophe}, {text}, {mark}"
