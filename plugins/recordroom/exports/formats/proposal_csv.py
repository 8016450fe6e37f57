"""The complete list of a proposal of disposition as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from recordroom.exports.formats import csv_pieces
from recordroom.retention.exclusions import EXCLUSIONS

NAME = "WORKING-COPY_proposal.csv"
COLUMNS = (
    "account",
    "record",
    "root post",
    "series",
    "trigger",
    "day of the trigger",
    "eligible on",
    "action",
    "proposed",
    "excluded because",
)


def pieces(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Yield the heading, then the lines; rows: as proposal_list.ProposalRows has them."""
    return csv_pieces.write(COLUMNS, map(_make_cells, rows))


def _make_cells(row: Mapping[str, Any]) -> list[str | None]:
    texts = [row[name] for name in ("account", "record_id", "root_id", "series", "trigger")]
    days = [day and day.isoformat() for day in (row["trigger_on"], row["eligible_on"])]
    reasons = "; ".join(EXCLUSIONS[key].label for key in row["reasons"])
    return [*texts, *days, row["action"], "yes" if row["proposed"] else "no", reasons or None]
