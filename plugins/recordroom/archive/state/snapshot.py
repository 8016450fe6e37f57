"""A snapshot of an account's state, from which later folds start.

With it a capture of an unchanged account costs the same after ten years as after one. It is stored in the
derived bucket:

```
state/<platform>/<account>/<ledger number>/by-id.parquet      sorted by record_id
state/<platform>/<account>/<ledger number>/by-window.parquet  sorted by (window_at, root_id, record_id)
state/<platform>/<account>/<ledger number>/head.json          its last entry (number, hash, time); the summary
```
Both Parquet files hold the same rows (`row`: JSON of a RecordState; the other columns are the sort keys) in
small row groups, which are read by range requests. head.json is put last: without it the snapshot does not
exist. `verify --full` and `rebuild state` do not trust snapshots.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby, islice, pairwise
from pathlib import Path
from tempfile import SpooledTemporaryFile, gettempdir
from typing import IO, Any, Protocol

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recordroom.archive import disk
from recordroom.archive.ledger import Tail
from recordroom.archive.state.account_summary import AccountSummary
from recordroom.archive.state.object_reader import ObjectReader
from recordroom.archive.state.record_state import EvidenceRef, RecordState
from recordroom.archive.store import Store
from recordroom.errors import ArchiveError, DerivedDamaged
from recordroom.model import instant, moment
from recordroom.register.models import Account, Chain

FORMAT = 15
HEAD = "head.json"
ROW_GROUP = 5_000
AT_ONCE = 1_000  # records of a new snapshot that are objects at the same time
GROUPS = 4  # row groups kept in memory, a few megabytes each
IN_MEMORY = 16 << 20  # bytes of a new file, some 250,000 records; a larger one goes to the temporary folder
READ = timedelta(hours=6)  # longer than a capture takes
REMEMBERED, MONTH = timedelta(days=3), timedelta(days=32)
COLUMNS = pa.schema(
    [("record_id", pa.string()), ("window_at", pa.string()), ("root_id", pa.string()), ("row", pa.string())]
)
ORDER = {
    "by-id": [("record_id", "ascending")],
    "by-window": [("window_at", "ascending"), ("root_id", "ascending"), ("record_id", "ascending")],
}


class HasTables(Protocol):
    """States of records that `put` can read."""

    def tables(self, file: str, /) -> Iterator[pa.Table]: ...


@dataclass(slots=True)
class Snapshot:
    """A stored state, read row group by row group.

    The default is the empty state before the first entry.
    """

    store: Store | None = None  # None: the empty state
    folder: str = ""
    tail: Tail = field(default_factory=Tail)  # the last entry that is folded into it
    sums: AccountSummary = field(default_factory=AccountSummary)
    sizes: dict[str, int] = field(default_factory=dict)  # bytes of its files
    _files: dict[str, pq.ParquetFile] = field(default_factory=dict)
    _firsts: list[str] = field(default_factory=list)  # first record_id of each row group of by-id
    _groups: dict[int, dict[str, str]] = field(default_factory=dict)  # row groups read last: record_id -> row

    def get(self, wanted: list[str]) -> Iterator[RecordState]:
        """Yield the records of these record_ids, which must be sorted.

        Whole row groups are remembered: soon the same records are asked for again, and others near them.
        """
        if self.store is None or not wanted:
            return
        if not self._firsts:
            self._firsts = [self._first(index) for index in range(self._file("by-id").num_row_groups)]
        for index, record_ids in groupby(
            wanted, key=lambda record_id: bisect_right(self._firsts, record_id) - 1
        ):
            rows = self._group(index) if index >= 0 else {}
            yield from (decode_row(rows[record_id]) for record_id in record_ids if record_id in rows)

    def _group(self, index: int) -> dict[str, str]:
        rows = self._groups.pop(index, None)
        if rows is None:
            table = self._read("by-id", index, ["record_id", "row"])
            rows = dict(zip(table["record_id"].to_pylist(), table["row"].to_pylist(), strict=True))
        self._groups[index] = rows  # the newest last
        while len(self._groups) > GROUPS:
            del self._groups[next(iter(self._groups))]
        return rows

    def window(self, first: str) -> Iterator[RecordState]:
        """Yield the records whose window_at is not before `first` ("": all), sorted by `window_key`."""
        for table in self.tables("by-window", first, ["window_at", "row"]):
            rows = table.filter(pc.greater_equal(table["window_at"], first))["row"]
            yield from (decode_row(row) for row in rows.to_pylist())

    def tables(self, name: str, first: str = "", columns: list[str] | None = None) -> Iterator[pa.Table]:
        """Yield the row groups of a file that have records from `first` on."""
        if self.store is None:
            return
        file = self._file(name)
        for index in range(file.num_row_groups):
            bounds = file.metadata.row_group(index).column(1).statistics  # never left out: instants are short
            if bounds.max >= first:
                yield self._read(name, index, columns)

    def _first(self, index: int) -> str:
        bounds = self._file("by-id").metadata.row_group(index).column(0).statistics
        if bounds is not None and bounds.has_min_max:  # the writer leaves them out for very long ids
            return str(bounds.min)
        return str(self._read("by-id", index, ["record_id"])["record_id"][0])

    def _read(self, name: str, index: int, columns: list[str] | None) -> pa.Table:
        with self._undamaged(name):
            return self._file(name).read_row_group(index, columns=columns, use_threads=False)

    def _file(self, name: str) -> pq.ParquetFile:
        if name not in self._files and self.store is not None:
            key = f"{self.folder}{name}.parquet"
            source = pa.PythonFile(ObjectReader(self.store, key, self.sizes[name]), mode="r")
            with self._undamaged(name):
                self._files[name] = pq.ParquetFile(source, pre_buffer=True, page_checksum_verification=True)
        return self._files[name]

    @contextmanager
    def _undamaged(self, name: str) -> Iterator[None]:
        """Raise DerivedDamaged if a file is not what was written.

        Errors of the store pass through as they are.
        """
        key = f"{self.folder}{name}.parquet"
        try:
            yield
        except (pa.ArrowException, OSError) as problem:
            words = "a snapshot is damaged"
            raise DerivedDamaged(words, "Run `recordroom rebuild state`.", f"{key}: {problem}") from problem
        except ArchiveError as problem:
            if self.store is None or self.store.head(key) is not None:
                raise
            words = "a snapshot was removed while it was being read"
            remedy = "Try again: the next attempt reads another snapshot."
            raise DerivedDamaged(words, remedy, key) from problem


def prefix_of(account: Account | Chain) -> str:
    """Return the prefix of the keys of an account's snapshots."""
    return f"state/{account.platform}/{account.id}/"


def read_newest(store: Store, prefix: str) -> Snapshot:
    """Return the newest complete snapshot below `prefix`, or the empty one.

    Folds from either give the same state.
    """
    for folder in sorted(store.keys(prefix, folders=True), reverse=True):
        head = _read_head(store, folder)
        files = {name: store.head(f"{folder}{name}.parquet") for name in ORDER} if head is not None else {}
        sizes = {name: file.size for name, file in files.items() if file is not None}
        if head is not None and len(sizes) == len(ORDER):
            try:
                tail = Tail(head["number"], head["sha256"], moment(head["time"]))
                return Snapshot(store, folder, tail, AccountSummary(**head["sums"]), sizes)
            except (KeyError, TypeError, ValueError):
                continue  # damaged
    return Snapshot()


def _read_head(store: Store, folder: str) -> dict[str, Any] | None:
    """Return a head, or None.

    None if its writer was interrupted, if another version wrote it, and if it is damaged.
    """
    try:
        head: Any = orjson.loads(store.find(f"{folder}{HEAD}") or b"{}")
    except orjson.JSONDecodeError:
        return None
    return head if isinstance(head, dict) and head.get("format") == FORMAT else None


def remove(store: Store, folder: str) -> None:
    """Remove a snapshot, its head first.

    If this is interrupted, no snapshot remains that looks complete.
    """
    for key in sorted(store.keys(folder), key=lambda key: not key.endswith(HEAD)):
        store.delete(key)


def put(
    store: Store,
    prefix: str,
    tail: Tail,
    sums: AccountSummary,
    *,
    old: HasTables,
    fresh: Iterable[RecordState],
    passing: bool = False,
) -> Snapshot:
    """Write and return the snapshot of the state at `tail`.

    old, fresh: its records are those of `old`, replaced by those of `fresh`.
    passing: a snapshot in the middle of a fold. It may go as soon as another passing one follows: a fold of
        years writes hundreds.

    The last two snapshots are kept, and any that was the newest within READ, since another process may be
    reading it.
    """
    if tail.time is None:
        return Snapshot()  # nothing is committed yet
    folder = f"{prefix}{tail.number:012d}/"
    # an interrupted writer left it, or another version wrote it: nothing is reused
    if _read_head(store, folder) is None:
        remove(store, folder)
    rows, sizes = _build_table(fresh), dict[str, int]()
    for name, keys in ORDER.items():
        rows = rows.sort_by(keys)
        room = disk.room_for(Path(gettempdir(), "snapshot"))
        with room, SpooledTemporaryFile(IN_MEMORY, prefix="recordroom-snapshot-") as file:
            _encode(_merge(old.tables(name), rows, keys), file)
            sizes[name] = file.tell()
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            store.put_file(f"{folder}{name}.parquet", file, digest)
    del rows
    pa.default_memory_pool().release_unused()  # else the process keeps what the merge took
    sums.evidence, sums.written, sums.spent = (
        _keep_recent(sums.evidence),
        _keep_recent(sums.written),
        _keep_month(sums.spent),
    )
    head: dict[str, Any] = {
        "format": FORMAT,
        "number": tail.number,
        "sha256": tail.sha256,
        "time": instant(tail.time),
        "sums": asdict(sums),
    }
    head |= {"written": instant(datetime.now(UTC)), "passing": passing}
    store.put_new(f"{folder}{HEAD}", orjson.dumps(head))
    _remove_older(store, prefix, folder)
    return Snapshot(store, folder, tail, sums, sizes)


def _remove_older(store: Store, prefix: str, own: str) -> None:
    folders = sorted(store.keys(prefix, folders=True))
    # without those of interrupted writers
    heads = {one: found for one in folders if (found := _read_head(store, one))}
    in_use = {older for older, newer in pairwise(heads) if _may_be_read(heads[older], heads[newer])}
    for older in folders[:-2]:
        # even if other writers were faster, this writer reads its own
        if older != own and older not in in_use:
            remove(store, older)


def _may_be_read(head: dict[str, Any], newer: dict[str, Any]) -> bool:
    """Return whether a capture that began with this snapshot may still be running.

    newer: the snapshot that replaced it.
    """
    passed = head.get("passing") and newer.get("passing")
    return not passed and any(_is_recent(one["written"]) for one in (head, newer) if "written" in one)


def _is_recent(written: str) -> bool:
    """Return whether that was within READ.

    A wrong clock wrote a time in the future, which says nothing.
    """
    return timedelta(0) <= datetime.now(UTC) - moment(written) < READ


def _keep_recent(times: dict[str, str]) -> dict[str, str]:
    """Keep what is within REMEMBERED of the newest.

    At least one remains, else all earlier ones would look forgotten.
    """
    oldest = instant(moment(max(times.values())) - REMEMBERED) if times else ""
    return {name: time for name, time in times.items() if time >= oldest}


def _keep_month(spent: dict[str, Any]) -> dict[str, Any]:
    oldest = instant(moment(f"{max(spent)}:00Z") - MONTH)[:13] if spent else ""
    return {hour: kinds for hour, kinds in spent.items() if hour >= oldest}


def row_of(state: RecordState) -> tuple[str, str, str, str]:
    """Return the row of a record in the files of a snapshot."""
    return (state.record_id, state.window_at, state.window_key[1], orjson.dumps(state).decode())


def decode_row(row: str) -> RecordState:
    """Return the record in the column `row`."""
    raw = orjson.loads(row)
    content = raw.pop("content")
    return RecordState(**raw, content=EvidenceRef(**content) if content else None)


def _build_table(records: Iterable[RecordState]) -> pa.Table:
    """Return a table of all records.

    Columns take a quarter of the memory, so it is built from small tables.
    """
    left, tables = iter(records), [COLUMNS.empty_table()]
    while some := list(islice(left, AT_ONCE)):
        tables.append(pa.table(list(zip(*map(row_of, some), strict=True)), schema=COLUMNS))
    # a sort of many chunks would combine them too, and keep both
    return pa.concat_tables(tables).combine_chunks()


def _merge(old: Iterable[pa.Table], fresh: pa.Table, keys: list[tuple[str, str]]) -> Iterator[pa.Table]:
    """Merge sorted tables: yield the rows of `old`, with those of `fresh` in their place.

    No row is decoded: a large account has a million, and few of them have changed. A sort copies its rows
    twice, so it gets at most ROW_GROUP rows of `fresh`: often all of `fresh` belongs into one old table.
    """

    def place(table: pa.Table, row: int) -> tuple[str, ...]:
        return tuple(table[name][row].as_py() for name, _ in keys)

    places = list(zip(*(fresh[name].to_pylist() for name, _ in keys), strict=True))
    start = 0
    for table in old:
        end = bisect_right(places, place(table, -1))
        kept = table.filter(pc.invert(pc.is_in(table["record_id"], fresh["record_id"])))
        while end - start > ROW_GROUP:
            before = bisect_right(range(len(kept)), places[start + ROW_GROUP - 1], key=partial(place, kept))
            yield pa.concat_tables([kept.slice(0, before), fresh.slice(start, ROW_GROUP)]).sort_by(keys)
            kept, start = kept.slice(before), start + ROW_GROUP
        yield pa.concat_tables([kept, fresh.slice(start, end - start)]).sort_by(keys) if end > start else kept
        start = end
    yield fresh.slice(start)


def _encode(tables: Iterable[pa.Table], sink: IO[bytes]) -> None:
    """Write the rows as Parquet in the given order, in row groups of one size."""
    waiting = COLUMNS.empty_table()
    options: dict[str, Any] = {
        "compression": "zstd",
        "write_statistics": ["record_id", "window_at"],
        "write_page_checksum": True,
    }
    with pq.ParquetWriter(sink, COLUMNS, **options) as writer:
        for table in tables:
            waiting = pa.concat_tables([waiting, table])
            while len(waiting) >= ROW_GROUP:
                writer.write_table(waiting.slice(0, ROW_GROUP))
                waiting = waiting.slice(ROW_GROUP)
        if len(waiting):
            writer.write_table(waiting)
