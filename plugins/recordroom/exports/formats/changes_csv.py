"""What an act on retention changes for each record as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recordroom.exports.formats import csv_pieces
from recordroom.records.approvals import ApprovalChange

NAME = "WORKING-COPY_changes.csv"
_FIELDS = ("series", "series_decided", "retention_trigger", "retention_trigger_on", "eligible_on")
FIELDS = {name: name.replace("_", " ") for name in (*_FIELDS, "retention_action", "on_hold")}
COLUMNS = (
    "account",
    "record",
    "changed",
    "protected less",
    *(f"{title} {when}" for title in FIELDS.values() for when in ("now", "after")),
)


def pieces(changes: Iterable[ApprovalChange]) -> Iterator[bytes]:
    """Yield the heading, then a line for each record in each account."""
    return csv_pieces.write(COLUMNS, map(_make_cells, changes))


def _make_cells(one: ApprovalChange) -> list[str | None]:
    before, after = one.change.before, one.change.after
    answers = [_write(before != after), _write(one.is_weakened)]
    both = [_write(fields.get(name)) for name in FIELDS for fields in (before, after)]
    return [one.change.account, one.change.record_id, *answers, *both]


def _write(value: str | bool | None) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return None if value is None else str(value)
