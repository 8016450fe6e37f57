# ruff: noqa: S608 (the SQL is made of constants of ours)
"""Of each chosen version the author of the one before it, as the platform gave it: a name that differs makes no version and stands in no
`changed`, and yet a reader sees two names."""

from __future__ import annotations

import pyarrow as pa

from recordroom.exports.desk import Desk
from recordroom.exports.rows import Rows

_AUTHOR = ("author_id", "author_name")


def load(desk: Desk, rows: Rows, *, wanted: bool) -> None:
    """Fill `earlier` (place, earlier): the author of the version with which the one at this place was compared. Empty unless it is
    `wanted`: those rows are read for it."""
    desk.run(
        "CREATE TABLE compared AS SELECT k.file, k.row, place FROM chosen c JOIN known k USING (account, record)"
        f" WHERE {str(wanted).upper()} AND c.sequence > 1 AND k.sequence < c.sequence AND NOT k.late"
        " QUALIFY row_number() OVER (PARTITION BY place ORDER BY k.sequence DESC) = 1"
    )
    desk.enough(lambda: _load(desk, rows))
    desk.run("DROP TABLE compared")


def _load(desk: Desk, rows: Rows) -> None:
    desk.run("CREATE OR REPLACE TABLE earlier (place BIGINT, earlier STRUCT(author_id VARCHAR, author_name VARCHAR))")
    for batch in rows.unordered("compared", [{name: name for name in _AUTHOR}]):
        desk.run(
            "INSERT INTO earlier SELECT place, {'author_id': author_id, 'author_name': author_name} FROM given",
            given=pa.Table.from_batches([batch]),
        )
