"""The audit as CSV, safe to open in a spreadsheet.

It has the texts of the page, which `Describe` gives. A query may begin with `=`: cells.py treats it like the
text of a record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson

from recordroom.archive.audit.trail import Event
from recordroom.exports.formats import csv_pieces
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
_OWN = ("understood", "record_id", "account", "total")
# An event -> what the person did, the query, and all of it that no column has.
Describe = Callable[[Event], tuple[str, str | None, dict[str, Any]]]


def pieces(events: Iterable[Event], describe: Describe) -> Iterator[bytes]:
    """Yield the heading, then the lines."""
    return csv_pieces.write(COLUMNS, (_row_of(event, describe) for event in events))


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
