# ruff: noqa: S608 (the SQL is made of constants of ours, numbers, and names of files of ours)
"""Which rows are exported, and in which order: narrow tables on the desk.

Elasticsearch tells which versions match the query; it holds the present. What counts at `as_of` comes from the rows up to it:
- `known`: every row of the accounts in scope up to `as_of`, where it stands (file, row) and little else. Their number must be what
  the manifests say (`rows.total`), else a file is missing and nothing is exported.
- `item`: one for each (account, record_id) as first seen: how many sequences it has, whether one of them was public, and
  which is current: the highest that is not a late arrival; where all are (only imported files tell of it) the one with the latest
  valid_from.
- `barred`: the rows of records under quarantine. They are no items, so that nothing which is made of items knows of them.
- `picked`: the rows that match and, unless all versions are asked for, are current at `as_of`; their context, where it is asked for
  (context.py).
- `chosen`: these, each with its place in the export; `extra`: what is derived for those few that have a history.
A match that was committed after `as_of` is not in `known` and so falls out by itself.

Ids are kept as 128 bits of their SHA-256 and accounts as numbers (in the order of their names): joins of a million rows then take
some 100 MB instead of several times as much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import pyarrow as pa

from recordroom.errors import ArchiveError
from recordroom.exports.as_of import Standing
from recordroom.exports.conversations import arrange
from recordroom.exports.database import Desk
from recordroom.exports.formats.cells import literal
from recordroom.exports.rows import Copies, Rows, scan
from recordroom.model import MESSAGE, VISIBLE
from recordroom.status import API, FOR_ALL

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
    desk.run(
        "CREATE OR REPLACE TABLE earlier (place BIGINT, earlier STRUCT(author_id VARCHAR, author_name VARCHAR))"
    )
    for batch in rows.unordered("compared", [{name: name for name in _AUTHOR}]):
        desk.run(
            "INSERT INTO earlier SELECT place, {'author_id': author_id, 'author_name': author_name} FROM given",
            given=pa.Table.from_batches([batch]),
        )


Match = tuple[str, str, int]  # account, record_id, sequence
LastSeen = Callable[[Sequence[Match]], Mapping[Match, datetime]]

_GONE = "status IN ('removed', 'unavailable')"
_FOR_ALL = ", ".join(literal(word) for word in ("", *sorted(FOR_ALL)))
_PUBLIC = f"status = '{VISIBLE}' AND lower(coalesce(visibility, '')) IN ({_FOR_ALL})"  # status.py: is_public
_CLAIMED = f"coalesce(source, '{API}') <> '{API}'"  # the same: is_claim
_MATCH = ("account", "record_id", "sequence")
_SEEN = pa.schema(
    [
        ("account", pa.string()),
        ("record_id", pa.string()),
        ("sequence", pa.int64()),
        ("seen_at", pa.timestamp("us", tz="UTC")),
    ]
)
_ID = "sha256(concat(account, chr(10), record_id, chr(10), sequence))[:32]::UUID"  # search/index/documents.py: id_of


def load_known(desk: Desk, copies: Iterable[Copies], standing: Standing) -> None:
    """Fill `accounts`, `known` and `item`. ArchiveError if an account's rows are not all there."""
    names = [chain.account for chain in standing.chains]
    numbers = pa.table(
        {"number": pa.array(range(len(names)), pa.int32()), "name": pa.array(names, pa.string())}
    )
    desk.run("CREATE TABLE accounts AS FROM numbers", numbers=numbers)
    desk.run(
        "CREATE TABLE known (file INT, row BIGINT, id UUID, account INT, record UUID, sequence INT, late BOOLEAN, root UUID, parent UUID,"
        " published_at TIMESTAMPTZ, captured_at TIMESTAMPTZ, valid_from TIMESTAMPTZ, ledger_number BIGINT, kind VARCHAR, status VARCHAR,"
        " public BOOLEAN, claimed BOOLEAN)"
    )
    for part in copies:
        entries = desk.table(f"SELECT DISTINCT account, ledger_number FROM {scan(part.paths)}").filter(
            part.filter
        )
        desk.run(
            f"INSERT INTO known SELECT {part.first} + file_index, file_row_number, {_ID}, number, {_key('record_id')}, sequence,"
            f" late_arrival, {_key('coalesce(root_id, record_id)')}, {_key('parent_id')}, published_at, captured_at,"
            f" CASE WHEN late_arrival THEN valid_from END, ledger_number, kind, status, {_PUBLIC}, {_CLAIMED}"
            f" FROM {scan(part.paths)} JOIN entries USING (account, ledger_number) JOIN accounts ON name = account",
            entries=entries,
        )
    _check_count(desk, standing)
    desk.run(
        "CREATE TABLE changed AS SELECT account, record, max(sequence) AS sequences,"
        " coalesce(max(sequence) FILTER (WHERE NOT late), arg_max(sequence, (valid_from, sequence))) AS current,"
        " bool_or(public) AS public"
        " FROM known SEMI JOIN (SELECT account, record FROM known WHERE sequence = 2) USING (account, record) GROUP BY account, record"
    )
    desk.run(
        "CREATE TABLE item AS SELECT (row_number() OVER ())::INT AS item, account, record, root, parent,"
        " coalesce(published_at, captured_at) AS told_at, captured_at AS first_seen_at, coalesce(sequences, 1) AS sequences,"
        f" coalesce(current, 1) AS current, kind = '{MESSAGE}' AS private,"
        " coalesce(changed.public, known.public) AS published FROM known LEFT JOIN changed USING (account, record) WHERE sequence = 1"
    )


def _check_count(desk: Desk, standing: Standing) -> None:
    found = dict(desk.all("SELECT name, count(*) FROM known JOIN accounts ON number = account GROUP BY name"))
    for chain in standing.chains:
        have = found.get(chain.account, 0)
        if have != chain.rows:
            raise ArchiveError(
                f"{chain.account}: {have:,} rows are in the records, {chain.rows:,} by entry {chain.number} of {chain.ledger}",
                "Run `recordroom rebuild records`, then export again. Nothing was handed over.",
            )


def match(desk: Desk, ids: Iterable[Sequence[str]]) -> None:
    """Fill `matched` from the ids of all versions that match (pages of hex ids as search/index/documents.py makes them)."""
    desk.run("CREATE TABLE matched (id UUID)")
    for page in ids:
        desk.run(
            "INSERT INTO matched SELECT id[:32]::UUID FROM page",
            page=pa.table([pa.array(page, pa.string())], names=["id"]),
        )


def bar(desk: Desk, records: Iterable[str], *, versions: bool) -> int:
    """Fill `barred` with the rows of these records and take them out of `item`; how many records of it match. In `known` their rows stay: a
    manifest's digest is that of all rows that it brought."""
    named = pa.table([pa.array(sorted(records), pa.string())], names=["name"])
    desk.run(
        f"CREATE TABLE barred AS FROM known SEMI JOIN (SELECT {_key('name')} AS record FROM named) USING (record)",
        named=named,
    )
    which = "" if versions else " WHERE sequence = current"
    query = f"SELECT DISTINCT account, record FROM barred SEMI JOIN matched USING (id) JOIN item USING (account, record){which}"
    [(count,)] = desk.all(f"SELECT count(*) FROM ({query})")
    desk.run("DELETE FROM item WHERE record IN (SELECT record FROM barred)")
    return int(count)


def pick(desk: Desk, *, versions: bool) -> int:
    """Fill `picked` from `known` and `matched`; how many rows known at `as_of` matched, current or not."""
    desk.run("CREATE TABLE found AS FROM known SEMI JOIN matched USING (id) ANTI JOIN barred USING (record)")
    desk.run("DROP TABLE matched")
    which = "" if versions else " WHERE sequence = current"
    desk.run(
        "CREATE TABLE picked AS SELECT item, f.* EXCLUDE (id, root, parent, published_at, captured_at, valid_from, late),"
        f" sequences, current, first_seen_at, published, FALSE AS context FROM found f JOIN item USING (account, record){which}"
    )
    return int(desk.all("SELECT count(*) FROM found")[0][0])


def count_messages(desk: Desk, ids: Iterable[Sequence[str]], *, versions: bool) -> int:
    """How many private messages that match are in `known`, and, unless all versions are asked for, are current at `as_of`."""
    match(desk, ids)
    which = "" if versions else " WHERE sequence = current"
    [(count,)] = desk.all(
        f"SELECT count(*) FROM (FROM known SEMI JOIN matched USING (id)) JOIN item USING (account, record){which}"
    )
    desk.run("DROP TABLE matched")
    return int(count)


def arrange_chosen(desk: Desk) -> int:
    """Fill `chosen` from `picked`; the number of rows."""
    desk.run(
        "CREATE TABLE conversation AS SELECT account, root, (row_number() OVER (ORDER BY account, began, root))::INT AS conversation FROM"
        " (SELECT account, root, coalesce(min(told_at) FILTER (WHERE record = root), min(told_at)) AS began FROM item"
        " GROUP BY account, root)"
        " SEMI JOIN (SELECT account, root FROM item SEMI JOIN picked USING (item)) USING (account, root)"
    )
    desk.enough(lambda: _position(desk))
    desk.run(
        "CREATE TABLE chosen AS SELECT file, row, row_number() OVER (ORDER BY position, sequence) - 1 AS place, item, account, record,"
        " sequence, ledger_number, kind, status, sequences, sequence = p.current AS current, first_seen_at, published, public, claimed,"
        " context FROM picked p JOIN position USING (item)"
    )
    return int(desk.all("SELECT count(*) FROM chosen")[0][0])


def _position(desk: Desk) -> None:
    desk.run("CREATE OR REPLACE TABLE position (item INT, position INT)")
    for table in arrange(_by_conversation(desk)):
        desk.run("INSERT INTO position FROM arranged", arranged=table)


def _by_conversation(desk: Desk) -> Iterator[tuple[int, int, int | None]]:
    """(conversation, item, parent's item): the first post first, then by time."""
    query = (
        "SELECT conversation, i.item, p.item FROM item i JOIN conversation USING (account, root)"
        " LEFT JOIN item p ON p.account = i.account AND p.root = i.root AND p.record = i.parent"
        " ORDER BY conversation, i.record <> i.root, i.told_at, i.record"
    )
    for batch in desk.batches(query, 50_000):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def derive(desk: Desk, rows: Rows, last_seen: LastSeen, *, authors: bool) -> None:
    """Fill `extra`, a row for each chosen one of which there is more to say. `last_seen` tells when what is gone was last there.

    `removal_noticed_at`: captured_at of the first of a run of rows that say gone. `accounts`: all accounts in scope that hold the record,
    null where there is but one. `paths`: of its media files, where media.py copied them; `held_back`: which of them are shut.
    `earlier`: where `authors` are wanted, that of the version before it.
    """
    desk.run(
        "CREATE TABLE noticed AS SELECT item, sequence, first_value(captured_at) OVER (PARTITION BY item, run ORDER BY sequence) AS at"
        f" FROM (SELECT item, sequence, captured_at, {_GONE} AS gone, sum((NOT ({_GONE}))::INT) OVER (PARTITION BY item ORDER BY sequence)"
        f" AS run FROM known JOIN item USING (account, record) SEMI JOIN (SELECT item FROM chosen WHERE {_GONE}) USING (item)"
        " WHERE NOT late) WHERE gone"
    )
    desk.run(
        "CREATE TABLE shared AS SELECT record, list(name ORDER BY account) AS accounts FROM item JOIN accounts ON number = account"
        " SEMI JOIN (SELECT record FROM item GROUP BY record HAVING count(*) > 1) USING (record) GROUP BY record"
    )
    desk.run(f"CREATE TABLE gone AS FROM chosen WHERE {_GONE}")
    desk.enough(lambda: _see(desk, rows, last_seen))
    load(desk, rows, wanted=authors)
    desk.run(
        "CREATE TABLE extra AS SELECT place, accounts, n.at AS removal_noticed_at, s.seen_at AS last_seen_at, paths, held_back, earlier"
        " FROM chosen LEFT JOIN earlier USING (place)"
        " LEFT JOIN shared USING (record) LEFT JOIN noticed n USING (item, sequence) LEFT JOIN seen s USING (account, record, sequence)"
        " LEFT JOIN (SELECT place, list(path ORDER BY number) AS paths, list(s.sha256 IS NOT NULL ORDER BY number) AS held_back"
        " FROM file f LEFT JOIN copied c USING (sha256) LEFT JOIN shut s ON s.sha256 = f.sha256 GROUP BY place) USING (place)"
        " WHERE accounts IS NOT NULL OR n.at IS NOT NULL OR s.seen_at IS NOT NULL OR paths IS NOT NULL OR earlier IS NOT NULL"
    )


def _see(desk: Desk, rows: Rows, last_seen: LastSeen) -> None:
    """Fill `seen` from what is told of the rows of `gone`."""
    desk.run("CREATE OR REPLACE TABLE seen (account INT, record UUID, sequence INT, seen_at TIMESTAMPTZ)")
    for batch in rows.unordered("gone", [{name: name for name in _MATCH}]):
        found = last_seen(list(zip(*(batch.column(name).to_pylist() for name in _MATCH), strict=True)))
        columns = (
            zip(*((*match, at) for match, at in found.items()), strict=True) if found else ((), (), (), ())
        )
        given = pa.table(
            [pa.array(values, field.type) for values, field in zip(columns, _SEEN, strict=True)], schema=_SEEN
        )
        desk.run(
            f"INSERT INTO seen SELECT number, {_key('record_id')}, sequence, seen_at FROM given JOIN accounts ON name = account",
            given=given,
        )


def _key(record_id: str) -> str:
    return f"sha256({record_id})[:32]::UUID"
