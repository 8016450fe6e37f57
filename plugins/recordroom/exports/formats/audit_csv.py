"""The audit as CSV, safe to open in a spreadsheet.

It is written in pieces, since it may cover years.
It has the texts of the page, which `Describe` gives. A query may begin with `=`: cells.py treats it like the
text of a record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import duckdb
import orjson
import pyarrow as pa

from recordroom.archive.audit.trail import Event
from recordroom.exports.formats import cells
from recordroom.model import format_clock, moment, to_local

NAME = "WORKING-COPY_audit.csv"
COLUMNS = (
    "time",
    "time Pacific",
    "person",
    "what",
    "query",
    "understood",
    "record",
    "account",
    "found",
    "more",
    "event",
)
PIECE = 500  # events
_BOM = b"\xef\xbb\xbf"
_OWN = ("understood", "record_id", "account", "total")
# An event -> what the person did, the query, and all of it that no column has.
Describe = Callable[[Event], tuple[str, str | None, dict[str, Any]]]


def pieces(events: Iterable[Event], describe: Describe) -> Iterator[bytes]:
    """Yield the heading, then the lines."""
    rest = iter(events)
    # before the first byte, so that a failure to read is a response of its own
    some = list(islice(rest, PIECE))
    yield _BOM + ",".join(f'"{name}"' for name in (*COLUMNS, "notes")).encode() + b"\r\n"
    with duckdb.connect() as database:
        while some:
            yield _write_lines(database, [_row_of(event, describe) for event in some])
            some = list(islice(rest, PIECE))


def _write_lines(database: duckdb.DuckDBPyConnection, rows: list[list[str | None]]) -> bytes:
    names = [f"c{n}" for n in range(len(COLUMNS))]
    columns = {name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(names)}
    titles = list(zip(names, COLUMNS, strict=True))
    notes = [
        f"CASE WHEN {cells.is_changed(name)} THEN '{cells.APOSTROPHE}: {title}' END" for name, title in titles
    ]
    notes += [
        f"CASE WHEN {cells.has_controls(name)} THEN '{cells.CONTROL}: {title}' END" for name, title in titles
    ]
    line = " || ',' || ".join([*map(_cell, names), f"""'"' || concat_ws('; ', {", ".join(notes)}) || '"'"""])
    database.register("events", pa.table({"n": range(len(rows))} | columns))
    query = f"SELECT {line} || chr(13) || chr(10) FROM events ORDER BY n"  # noqa: S608 (names of ours)
    found = database.execute(query).fetchall()
    database.unregister("events")
    return "".join(row[0] for row in found).encode()


def _cell(name: str) -> str:
    apostrophe = f"CASE WHEN {cells.is_changed(name)} THEN chr(39) ELSE '' END"
    return f"""coalesce('"' || {apostrophe} || replace({cells.show_controls(name)}, '"', '""') || '"', '')"""


def _row_of(event: Event, describe: Describe) -> list[str | None]:
    """Return a cell for each of COLUMNS; None: an empty one."""
    deed, query, more = describe(event)
    own = [None if event.get(name) is None else str(event[name]) for name in _OWN]
    here = to_local(moment(event["time"]))
    when = f"{format_clock(here)} {here:%Z}"
    return [
        event["time"],
        when,
        event["actor"],
        deed,
        query,
        *own,
        orjson.dumps(more).decode() if more else None,
        event["event"],
    ]
