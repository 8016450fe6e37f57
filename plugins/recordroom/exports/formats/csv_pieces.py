"""A table of texts as CSV, safe to open in a spreadsheet, in pieces, since it may be long.

cells.py says what is changed in cells; the last column notes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import duckdb
import pyarrow as pa

from recordroom.exports.formats import cells

PIECE = 500  # rows
Row = Sequence[str | None]  # a cell for each column; None: an empty one
_BOM = b"\xef\xbb\xbf"


def write(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield the heading, then the lines."""
    rest = iter(rows)
    # before the first byte, so that a failure to read is a response of its own
    some = list(islice(rest, PIECE))
    yield _BOM + ",".join(f'"{name}"' for name in (*columns, "notes")).encode() + b"\r\n"
    with duckdb.connect() as database:
        while some:
            yield _write_lines(database, columns, some)
            some = list(islice(rest, PIECE))


def _write_lines(database: duckdb.DuckDBPyConnection, headings: Sequence[str], rows: list[Row]) -> bytes:
    names = [f"c{n}" for n in range(len(headings))]
    columns = {name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(names)}
    titles = list(zip(names, headings, strict=True))
    notes = [
        f"CASE WHEN {cells.is_changed(name)} THEN '{cells.APOSTROPHE}: {title}' END" for name, title in titles
    ]
    notes += [
        f"CASE WHEN {cells.has_controls(name)} THEN '{cells.CONTROL}: {title}' END" for name, title in titles
    ]
    line = " || ',' || ".join([*map(_cell, names), f"""'"' || concat_ws('; ', {", ".join(notes)}) || '"'"""])
    database.register("pieces", pa.table({"n": range(len(rows))} | columns))
    query = f"SELECT {line} || chr(13) || chr(10) FROM pieces ORDER BY n"  # noqa: S608 (names of ours)
    found = database.execute(query).fetchall()
    database.unregister("pieces")
    return "".join(row[0] for row in found).encode()


def _cell(name: str) -> str:
    apostrophe = f"CASE WHEN {cells.is_changed(name)} THEN chr(39) ELSE '' END"
    return f"""coalesce('"' || {apostrophe} || replace({cells.show_controls(name)}, '"', '""') || '"', '')"""
