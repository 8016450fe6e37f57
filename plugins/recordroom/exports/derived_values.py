# ruff: noqa: S608 (the SQL is made of constants of ours)
"""Values of exported rows that follow from other rows.

`removal_noticed_at`: captured_at of the first row of a run that reports the record as removed or unavailable.
`last_seen_at`: the last capture that saw the record before.
`accounts`: all accounts in scope that have the record; null where there is only one.
`paths`: of its media files that were copied; `held_back`: which of its files are under quarantine.
`earlier`: the author of the version before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import pyarrow as pa

from recordroom.exports.database import WorkDatabase
from recordroom.exports.rows import RowReader
from recordroom.exports.sql import key_of_record
from recordroom.exports.work_tables import (
    ACCOUNTS,
    CHOSEN_ROWS,
    COPIED_FILES,
    DERIVED_VALUES,
    ITEMS,
    KNOWN_ROWS,
    LAST_SIGHTINGS,
    MEDIA_FILES,
    PREVIOUS_AUTHORS,
    PREVIOUS_ROWS,
    QUARANTINED_FILES,
    REMOVAL_NOTICES,
    REMOVED_ROWS,
    SHARED_RECORDS,
)

VersionKey = tuple[str, str, int]  # account, record_id, sequence
LastSeen = Callable[[Sequence[VersionKey]], Mapping[VersionKey, datetime]]

_GONE = "status IN ('removed', 'unavailable')"
_AUTHOR = ("author_id", "author_name")
_KEY = ("account", "record_id", "sequence")
PART = 500_000  # rows of one statement: the lists of their media files stay in memory
_SIGHTINGS = pa.schema(
    [
        ("account", pa.string()),
        ("record_id", pa.string()),
        ("sequence", pa.int64()),
        ("seen_at", pa.timestamp("us", tz="UTC")),
    ]
)


def derive_values(database: WorkDatabase, rows: RowReader, last_seen: LastSeen, *, authors: bool) -> None:
    """Fill DERIVED_VALUES.

    It has a row for each exported one that has any of these values.
    last_seen: returns when the records of these versions, which report a removal, were last seen.
    authors: fill `earlier`; the rows before are read for it.
    """
    _fill_removal_notices(database)
    _fill_shared_records(database)
    database.create(REMOVED_ROWS, f"FROM {CHOSEN_ROWS} WHERE {_GONE}")
    database.retry_with_more_memory(lambda: _fill_last_sightings(database, rows, last_seen))
    _fill_previous_authors(database, rows, wanted=authors)
    database.create(DERIVED_VALUES)
    for start in range(0, database.count(f"FROM {CHOSEN_ROWS}"), PART):
        _add_values(database, f"place BETWEEN {start} AND {start + PART - 1}")


def _add_values(database: WorkDatabase, part: str) -> None:
    """Add the values of the rows of one part to DERIVED_VALUES."""
    database.insert(
        DERIVED_VALUES,
        "SELECT file, row, place, accounts, noticed_at AS removal_noticed_at, s.seen_at AS last_seen_at,"
        " paths, held_back, earlier"
        f" FROM (FROM {CHOSEN_ROWS} WHERE {part}) LEFT JOIN {PREVIOUS_AUTHORS} USING (place)"
        f" LEFT JOIN {SHARED_RECORDS} USING (record) LEFT JOIN {REMOVAL_NOTICES} USING (item, sequence)"
        f" LEFT JOIN {LAST_SIGHTINGS} s USING (account, record, sequence)"
        " LEFT JOIN (SELECT place, list(path ORDER BY number) AS paths,"
        f" list(q.sha256 IS NOT NULL ORDER BY number) AS held_back FROM (FROM {MEDIA_FILES} WHERE {part}) f"
        f" LEFT JOIN {COPIED_FILES} c USING (sha256) LEFT JOIN {QUARANTINED_FILES} q ON q.sha256 = f.sha256"
        " GROUP BY place) USING (place)"
        " WHERE accounts IS NOT NULL OR noticed_at IS NOT NULL OR s.seen_at IS NOT NULL OR paths IS NOT NULL"
        " OR earlier IS NOT NULL",
    )


def _fill_removal_notices(database: WorkDatabase) -> None:
    database.create(
        REMOVAL_NOTICES,
        "SELECT item, sequence,"
        " first_value(captured_at) OVER (PARTITION BY item, run ORDER BY sequence) AS noticed_at"
        f" FROM (SELECT item, sequence, captured_at, {_GONE} AS gone,"
        f" sum((NOT ({_GONE}))::INT) OVER (PARTITION BY item ORDER BY sequence) AS run"
        f" FROM {KNOWN_ROWS} JOIN {ITEMS} USING (account, record)"
        f" SEMI JOIN (SELECT item FROM {CHOSEN_ROWS} WHERE {_GONE}) USING (item) WHERE NOT late) WHERE gone",
    )


def _fill_shared_records(database: WorkDatabase) -> None:
    database.create(
        SHARED_RECORDS,
        "SELECT record, list(name ORDER BY account) AS accounts"
        f" FROM {ITEMS} JOIN {ACCOUNTS} ON number = account"
        f" SEMI JOIN (SELECT record FROM {ITEMS} GROUP BY record HAVING count(*) > 1) USING (record)"
        " GROUP BY record",
    )


def _fill_last_sightings(database: WorkDatabase, rows: RowReader, last_seen: LastSeen) -> None:
    database.create(LAST_SIGHTINGS)
    for batch in rows.read_unordered(REMOVED_ROWS, [{name: name for name in _KEY}]):
        found = last_seen(list(zip(*(batch.column(name).to_pylist() for name in _KEY), strict=True)))
        columns = zip(*((*key, at) for key, at in found.items()), strict=True) if found else ((), (), (), ())
        arrays = [pa.array(values, field.type) for values, field in zip(columns, _SIGHTINGS, strict=True)]
        database.insert(
            LAST_SIGHTINGS,
            f"SELECT number AS account, {key_of_record('record_id')} AS record, sequence, seen_at"
            f" FROM given JOIN {ACCOUNTS} ON name = given.account",
            given=pa.table(arrays, schema=_SIGHTINGS),
        )


def _fill_previous_authors(database: WorkDatabase, rows: RowReader, *, wanted: bool) -> None:
    database.create(
        PREVIOUS_ROWS,
        f"SELECT k.file, k.row, place FROM {CHOSEN_ROWS} c JOIN {KNOWN_ROWS} k USING (account, record)"
        f" WHERE {str(wanted).upper()} AND c.sequence > 1 AND k.sequence < c.sequence AND NOT k.late"
        " QUALIFY row_number() OVER (PARTITION BY place ORDER BY k.sequence DESC) = 1",
    )
    database.retry_with_more_memory(lambda: _read_previous_authors(database, rows))
    database.drop(PREVIOUS_ROWS)


def _read_previous_authors(database: WorkDatabase, rows: RowReader) -> None:
    database.create(PREVIOUS_AUTHORS)
    for batch in rows.read_unordered(PREVIOUS_ROWS, [{name: name for name in _AUTHOR}]):
        author = ", ".join(f"'{name}': {name}" for name in _AUTHOR)
        given = pa.Table.from_batches([batch])
        database.insert(PREVIOUS_AUTHORS, f"SELECT place, {{{author}}} AS earlier FROM given", given=given)
