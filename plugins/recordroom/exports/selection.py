# ruff: noqa: S608 (the SQL is made of constants of ours, numbers, and names of files of ours)
"""Which rows are exported, and in which order.

The functions are the steps, in order; each fills narrow tables of the work database.
Elasticsearch finds the versions that match a query, and it knows only the present. The rows up to `as_of`
decide what counts then. Their number must be the one in the manifests (`rows.total`): otherwise a
file is missing, and nothing is exported. A match that was committed after `as_of` is not in KNOWN_ROWS, and
so is left out.

The current version of a record is the highest sequence that is not a late arrival. If all are late (only
imported files report the record), it is the one with the latest valid_from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from recordroom.errors import ArchiveError
from recordroom.exports.as_of import ArchiveState
from recordroom.exports.conversations import ItemInTime, number_positions
from recordroom.exports.database import WorkDatabase
from recordroom.exports.retention import make_page
from recordroom.exports.rows import RecordFiles, scan_files
from recordroom.exports.sql import key_of_record
from recordroom.exports.work_tables import (
    ACCOUNTS,
    CHOSEN_ROWS,
    CONVERSATIONS,
    FOUND_ROWS,
    ITEMS,
    KNOWN_ROWS,
    MATCHED_IDS,
    MATCHED_MESSAGES,
    PICKED_ROWS,
    POSITIONS,
    QUARANTINED_ROWS,
    THREADED_ITEMS,
    VERSION_SUMMARIES,
    WorkTable,
)
from recordroom.model import MESSAGE
from recordroom.status import CLAIM_SQL, PUBLIC_SQL

# hex IDs of versions, as search/index/documents.py makes them, and their combination (retention.py)
IdPages = Iterable[tuple[Sequence[str], int]]

# search/index/documents.py: id_of
_ID = "sha256(concat(account, chr(10), record_id, chr(10), sequence))[:32]::UUID"
_CURRENT = " WHERE sequence = current"
_BATCH = 50_000


def load_known_rows(database: WorkDatabase, files: Iterable[RecordFiles], state: ArchiveState) -> None:
    """Fill ACCOUNTS, KNOWN_ROWS, VERSION_SUMMARIES, and ITEMS from the copied files.

    ArchiveError if rows of an account are missing.
    """
    names = [chain.account for chain in state.chains]
    numbers = {"number": pa.array(range(len(names)), pa.int32()), "name": pa.array(names, pa.string())}
    database.create(ACCOUNTS, "FROM given", given=pa.table(numbers))
    database.create(KNOWN_ROWS)
    for part in files:
        scanned = scan_files(part.paths)
        entries = database.read_table(f"SELECT DISTINCT account, ledger_number FROM {scanned}").filter(
            part.filter
        )
        database.insert(
            KNOWN_ROWS,
            f"SELECT {part.first} + file_index AS file, file_row_number AS row, {_ID} AS id,"
            " number AS account,"
            f" {key_of_record('record_id')} AS record, sequence, late_arrival AS late,"
            f" {key_of_record('coalesce(root_id, record_id)')} AS root,"
            f" {key_of_record('parent_id')} AS parent, published_at, edited_at, captured_at, committed_at,"
            " CASE WHEN late_arrival THEN valid_from END AS valid_from,"
            f" ledger_number, kind, status, {PUBLIC_SQL} AS public, {CLAIM_SQL} AS claimed,"
            f" {key_of_record('platform || chr(10) || author_id')} AS author"
            f" FROM {scanned} JOIN entries USING (account, ledger_number) JOIN {ACCOUNTS} ON name = account",
            entries=entries,
        )
    _check_row_counts(database, state)
    database.create(
        VERSION_SUMMARIES,
        "SELECT account, record, max(sequence) AS sequences,"
        " coalesce(max(sequence) FILTER (WHERE NOT late), arg_max(sequence, (valid_from, sequence)))"
        " AS current,"
        f" bool_or(public) AS public FROM {KNOWN_ROWS}"
        f" SEMI JOIN (SELECT account, record FROM {KNOWN_ROWS} WHERE sequence = 2) USING (account, record)"
        " GROUP BY account, record",
    )
    database.create(
        ITEMS,
        "SELECT (row_number() OVER ())::INT AS item, account, record, root, parent,"
        " coalesce(published_at, captured_at) AS told_at, captured_at AS first_seen_at,"
        " coalesce(sequences, 1) AS sequences, coalesce(current, 1) AS current,"
        f" kind = '{MESSAGE}' AS private, coalesce(s.public, k.public) AS published"
        f" FROM {KNOWN_ROWS} k LEFT JOIN {VERSION_SUMMARIES} s USING (account, record) WHERE sequence = 1",
    )


def _check_row_counts(database: WorkDatabase, state: ArchiveState) -> None:
    found = dict(
        database.fetch(
            f"SELECT name, count(*) FROM {KNOWN_ROWS} JOIN {ACCOUNTS} ON number = account GROUP BY name"
        )
    )
    for chain in state.chains:
        have = found.get(chain.account, 0)
        if have != chain.rows:
            raise ArchiveError(
                f"{chain.account}: the records have {have:,} rows, but entry {chain.number} of"
                f" {chain.ledger} has {chain.rows:,}",
                "Run `recordroom rebuild records`, then export again. Nothing was released.",
            )


def load_matches(database: WorkDatabase, pages: IdPages, table: WorkTable = MATCHED_IDS) -> None:
    """Fill MATCHED_IDS, or `table`, with the IDs of all versions that match."""
    database.create(table)
    for ids, truth in pages:
        page = make_page(ids, truth)
        database.insert(table, "SELECT hex[:32]::UUID AS id, truth FROM given", given=page)


def exclude_quarantined(database: WorkDatabase, record_ids: Iterable[str], *, versions: bool) -> int:
    """Fill QUARANTINED_ROWS with rows of these records, removed from ITEMS.

    Return how many items of them match. Their rows stay in KNOWN_ROWS: the digest of a manifest is that of
    all rows that it brought.
    """
    given = pa.table([pa.array(sorted(record_ids), pa.string())], names=["name"])
    database.create(
        QUARANTINED_ROWS,
        f"FROM {KNOWN_ROWS} SEMI JOIN (SELECT {key_of_record('name')} AS record FROM given) USING (record)",
        given=given,
    )
    matching = database.count(
        f"SELECT DISTINCT account, record FROM {QUARANTINED_ROWS} SEMI JOIN {MATCHED_IDS} USING (id)"
        f" JOIN {ITEMS} USING (account, record){'' if versions else _CURRENT}"
    )
    database.delete(ITEMS, f"record IN (SELECT record FROM {QUARANTINED_ROWS})")
    return matching


def pick_matches(database: WorkDatabase, *, versions: bool) -> int:
    """Fill PICKED_ROWS with the rows that match.

    These are all versions, or the current ones.
    Return how many versions known at `as_of` matched, current or not.
    """
    database.create(
        FOUND_ROWS,
        f"FROM {KNOWN_ROWS} SEMI JOIN {MATCHED_IDS} USING (id) ANTI JOIN {QUARANTINED_ROWS} USING (record)",
    )
    database.drop(MATCHED_IDS)
    database.create(
        PICKED_ROWS,
        f"SELECT item, f.*, sequences, current, first_seen_at, published, FALSE AS context"
        f" FROM {FOUND_ROWS} f JOIN {ITEMS} USING (account, record){'' if versions else _CURRENT}",
    )
    return database.count(f"FROM {FOUND_ROWS}")


def count_matching_messages(database: WorkDatabase, *, versions: bool) -> int:
    """Count the versions in MATCHED_MESSAGES that are known and, unless `versions`, current."""
    count = database.count(
        f"FROM (FROM {KNOWN_ROWS} SEMI JOIN {MATCHED_MESSAGES} USING (id))"
        f" JOIN {ITEMS} USING (account, record){'' if versions else _CURRENT}"
    )
    database.drop(MATCHED_MESSAGES)
    return count


def order_rows(database: WorkDatabase) -> None:
    """Fill CHOSEN_ROWS with PICKED_ROWS in the order of the export.

    The order is
    By account; conversations by the time of their root post; in one of them each reply below its parent, by
    time.
    """
    database.create(
        CONVERSATIONS,
        "SELECT account, root, (row_number() OVER (ORDER BY account, began, root))::INT AS conversation FROM"
        " (SELECT account, root, coalesce(min(told_at) FILTER (WHERE record = root), min(told_at)) AS began"
        f" FROM {ITEMS} GROUP BY account, root)"
        f" SEMI JOIN (SELECT account, root FROM {ITEMS} SEMI JOIN {PICKED_ROWS} USING (item))"
        " USING (account, root)",
    )
    # A join, and then a sort: together they need twice the memory.
    database.create(
        THREADED_ITEMS,
        "SELECT conversation, i.item, p.item AS replied_to, i.record <> i.root AS is_reply, i.told_at,"
        " i.record"
        f" FROM {ITEMS} i JOIN {CONVERSATIONS} USING (account, root)"
        f" LEFT JOIN {ITEMS} p ON p.account = i.account AND p.root = i.root AND p.record = i.parent",
    )
    database.retry_with_more_memory(lambda: _fill_positions(database))
    database.drop(THREADED_ITEMS)
    database.create(
        CHOSEN_ROWS,
        "SELECT file, row, row_number() OVER (ORDER BY position, sequence) - 1 AS place, item, account,"
        " record, sequence, ledger_number, kind, status, sequences, sequence = p.current AS current,"
        " first_seen_at,"
        f" published, public, claimed, context FROM {PICKED_ROWS} p JOIN {POSITIONS} USING (item)",
    )


def _fill_positions(database: WorkDatabase) -> None:
    database.create(POSITIONS)
    for table in number_positions(_read_by_conversation(database)):
        database.insert(POSITIONS, "FROM given", given=table)


def _read_by_conversation(database: WorkDatabase) -> Iterator[ItemInTime]:
    """Yield items by conversation: the root post first, then by time."""
    query = (
        f"SELECT conversation, item, replied_to FROM {THREADED_ITEMS}"
        " ORDER BY conversation, is_reply, told_at, record"
    )
    for batch in database.read_batches(query, _BATCH):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
