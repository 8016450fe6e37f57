# ruff: noqa: S608 (the SQL is made of constants of ours)
"""How many rows and records an export contains, as the receipt reports them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recordroom.exports.database import WorkDatabase
from recordroom.exports.work_tables import ACCOUNTS, CHOSEN_ROWS
from recordroom.model import VISIBLE

# Keys of the receipt's `by_status`, stored in receipts: labels.py has the words that people read.
NARROWER = f"{VISIBLE} to a narrower audience"
CLAIM = " (says a file that was handed in)"  # the end of a key
_STATUS = (
    f"CASE WHEN status = '{VISIBLE}' AND NOT public THEN '{NARROWER}' ELSE status END"
    f" || CASE WHEN claimed THEN '{CLAIM}' ELSE '' END"
)


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Counts of the exported rows."""

    rows: int
    records: int  # different record IDs
    context_rows: int  # rows that the query did not find
    context_records: int
    by_account_and_kind: Mapping[str, Mapping[str, int]]  # account -> kind -> rows
    by_status: Mapping[str, int]  # status in words of the receipt -> rows

    @property
    def found_rows(self) -> int:
        return self.rows - self.context_rows

    def describe(self) -> dict[str, Any]:
        """Return the counts with the keys of the receipt."""
        return {
            "rows": self.rows,
            "records": self.records,
            "context": {"rows": self.context_rows, "records": self.context_records},
            "by_account_and_kind": self.by_account_and_kind,
            "by_status": self.by_status,
        }


def count_rows(database: WorkDatabase) -> RowCounts:
    """Count the rows of CHOSEN_ROWS."""
    by_kind: dict[str, dict[str, int]] = {}
    kinds = (
        f"SELECT name, kind, count(*) FROM {CHOSEN_ROWS} JOIN {ACCOUNTS} ON number = account"
        " GROUP BY ALL ORDER BY ALL"
    )
    for account, kind, count in database.fetch(kinds):
        by_kind.setdefault(account, {})[kind] = count
    statuses = f"SELECT {_STATUS} AS told, count(*) FROM {CHOSEN_ROWS} GROUP BY told ORDER BY told"
    totals = f"SELECT count(*), count(DISTINCT record) FROM {CHOSEN_ROWS}"
    [(rows, records)] = database.fetch(totals)
    [(context_rows, context_records)] = database.fetch(f"{totals} WHERE context")
    return RowCounts(rows, records, context_rows, context_records, by_kind, dict(database.fetch(statuses)))
