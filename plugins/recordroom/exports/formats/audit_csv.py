"""The audit as CSV, safe to open in a spreadsheet, in pieces: it may be of years. It has the words of the page, which `InWords` gives.

Whoever searches writes queries, and a query may begin with `=`: the same is done about it as about a record's text (cells.py).
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
InWords = Callable[
    [Event], tuple[str, str | None, dict[str, Any]]
]  # what somebody did, the query, and what no column has of it


def pieces(events: Iterable[Event], in_words: InWords) -> Iterator[bytes]:
    """The heading, then the lines."""
    rest = iter(events)
    some = list(
        islice(rest, PIECE)
    )  # before the first byte: what cannot be read at all is then an answer of its own
    yield _BOM + ",".join(f'"{name}"' for name in (*COLUMNS, "notes")).encode() + b"\r\n"
    with duckdb.connect() as desk:
        while some:
            yield _lines(desk, [_row(event, in_words) for event in some])
            some = list(islice(rest, PIECE))


def _lines(desk: duckdb.DuckDBPyConnection, rows: list[list[str | None]]) -> bytes:
    names = [f"c{n}" for n in range(len(COLUMNS))]
    table = pa.table(
        {"n": range(len(rows))}
        | {name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(names)}
    )
    notes = [
        f"CASE WHEN {cells.is_changed(name)} THEN '{cells.APOSTROPHE}: {title}' END"
        for name, title in zip(names, COLUMNS, strict=True)
    ]
    notes += [
        f"CASE WHEN {cells.has_controls(name)} THEN '{cells.CONTROL}: {title}' END"
        for name, title in zip(names, COLUMNS, strict=True)
    ]
    line = " || ',' || ".join([*map(_cell, names), f"""'"' || concat_ws('; ', {", ".join(notes)}) || '"'"""])
    desk.register("events", table)
    found = desk.execute(f"SELECT {line} || chr(13) || chr(10) FROM events ORDER BY n").fetchall()  # noqa: S608 (names of ours)
    desk.unregister("events")
    return "".join(row[0] for row in found).encode()


def _cell(name: str) -> str:
    apostrophe = f"CASE WHEN {cells.is_changed(name)} THEN chr(39) ELSE '' END"
    return f"""coalesce('"' || {apostrophe} || replace({cells.shown(name)}, '"', '""') || '"', '')"""


def _row(event: Event, in_words: InWords) -> list[str | None]:
    """A cell for each of COLUMNS; None leaves it empty."""
    did, asked, more = in_words(event)
    own = [None if event.get(name) is None else str(event[name]) for name in _OWN]
    here = to_local(moment(event["time"]))
    when = f"{format_clock(here)} {here:%Z}"
    return [
        event["time"],
        when,
        event["actor"],
        did,
        asked,
        *own,
        orjson.dumps(more).decode() if more else None,
        event["event"],
    ]
