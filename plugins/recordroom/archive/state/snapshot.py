"""A snapshot of the fold of an account's manifests, in the derived bucket: an unchanged account costs the same, however old.

```
state/<platform>/<account>/<ledger number>/by-id.parquet       sorted by record_id
state/<platform>/<account>/<ledger number>/by-window.parquet   sorted by (window_at, root_id, record_id)
state/<platform>/<account>/<ledger number>/head.json           number, hash and time of the entry that it stands for, and the sums
```
Both files hold the same rows (`row`: JSON of Held; the other columns are what they are sorted by) in small row groups that are read by
ranges. head.json is put last: without it the snapshot does not exist. `verify --full` and `rebuild state` do not trust it, and keep theirs
in a folder of their own meanwhile (archive/state/snapshot.py).
"""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
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
from recordroom.archive.state.record_state import Held, Place, Sums
from recordroom.archive.store import Store
from recordroom.errors import DerivedDamaged
from recordroom.model import instant, moment


class Sized(Protocol):
    @property
    def size(self) -> int: ...


class Shelf(Protocol):
    """What a snapshot asks of a Store."""

    def put_new(self, key: str, body: bytes) -> bool: ...
    def put_file(self, key: str, file: IO[bytes], sha256: str) -> bool: ...
    def find(self, key: str) -> bytes | None: ...
    def head(self, key: str) -> Sized | None: ...
    def get_range(self, key: str, start: int, length: int) -> bytes: ...
    def keys(self, prefix: str, *, folders: bool = False) -> Iterator[str]: ...
    def delete(self, key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _Size:
    size: int


class Scratch:
    """A Shelf in a temporary folder, which goes with this object."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="recordroom-fold-")
        self._root = Path(self._folder.name)

    def put_new(self, key: str, body: bytes) -> bool:
        path = self._root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return True

    def put_file(self, key: str, file: IO[bytes], sha256: str) -> bool:  # noqa: ARG002 (nobody else writes here)
        path = self._root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        return True

    def find(self, key: str) -> bytes | None:
        path = self._root / key
        return path.read_bytes() if path.is_file() else None

    def head(self, key: str) -> _Size | None:
        path = self._root / key
        return _Size(path.stat().st_size) if path.is_file() else None

    def get_range(self, key: str, start: int, length: int) -> bytes:
        with (self._root / key).open("rb") as file:
            file.seek(start)
            return file.read(length)

    def keys(self, prefix: str, *, folders: bool = False) -> Iterator[str]:
        """Below a prefix that ends with a slash."""
        folder = self._root / prefix
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.is_dir() == folders:
                yield f"{prefix}{path.name}{'/' if folders else ''}"

    def delete(self, key: str) -> None:
        (self._root / key).unlink()


FORMAT = 15
HEAD = "head.json"
ROW_GROUP = 5_000
AT_ONCE = 1_000  # records of a new snapshot that are objects at the same time
GROUPS = 4  # kept in memory, a few megabytes each
IN_MEMORY = 16 << 20  # bytes of a new file, of some 250,000 records; a larger one goes to the temporary folder
READ = timedelta(hours=6)  # longer than a capture takes
REMEMBERED, MONTH = timedelta(days=3), timedelta(days=32)
_COLUMNS = pa.schema([("record_id", pa.string()), ("window_at", pa.string()), ("root_id", pa.string()), ("row", pa.string())])
_ORDER = {
    "by-id": [("record_id", "ascending")],
    "by-window": [("window_at", "ascending"), ("root_id", "ascending"), ("record_id", "ascending")],
}


class Ranges(io.RawIOBase):
    """A seekable, read-only file over range requests to one object."""

    def __init__(self, store: Shelf, key: str, size: int) -> None:
        super().__init__()
        self._store, self._key, self._size, self._at = store, key, size, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        length = self._size - self._at if size < 0 else min(size, self._size - self._at)
        if length <= 0:
            return b""
        data = self._store.get_range(self._key, self._at, length)
        self._at += len(data)
        return data


@dataclass(slots=True)
class Snapshot:
    """`store` None: the empty snapshot before the first entry."""

    store: Shelf | None = None
    folder: str = ""
    tail: Tail = field(default_factory=Tail)
    sums: Sums = field(default_factory=Sums)
    _files: dict[str, pq.ParquetFile] = field(default_factory=dict)
    _firsts: list[str] = field(default_factory=list)  # record_id of each row group of by-id
    _groups: dict[int, dict[str, str]] = field(default_factory=dict)  # the row groups read last: record_id -> row

    def get(self, wanted: list[str]) -> Iterator[Held]:
        """Rows of these record_ids (sorted). What is near them is remembered: neighbours, and they themselves, are soon asked for."""
        if self.store is None or not wanted:
            return
        if not self._firsts:
            self._firsts = [self._first(index) for index in range(self._file("by-id").num_row_groups)]
        for index, record_ids in groupby(wanted, key=lambda record_id: bisect_right(self._firsts, record_id) - 1):
            rows = self._group(index) if index >= 0 else {}
            yield from (_decode(rows[record_id]) for record_id in record_ids if record_id in rows)

    def _group(self, index: int) -> dict[str, str]:
        rows = self._groups.pop(index, None)
        if rows is None:
            table = self._read("by-id", index, ["record_id", "row"])
            rows = dict(zip(table["record_id"].to_pylist(), table["row"].to_pylist(), strict=True))
        self._groups[index] = rows  # the newest last
        while len(self._groups) > GROUPS:
            del self._groups[next(iter(self._groups))]
        return rows

    def window(self, first: str, by: str = "by-window") -> Iterator[Held]:
        """Rows whose window_at is not before `first` ("": all), in the order of the file `by`, one row group after the other."""
        for table in self.tables(by, first, ["window_at", "row"]):
            yield from (_decode(row) for row in table.filter(pc.greater_equal(table["window_at"], first))["row"].to_pylist())

    def tables(self, name: str, first: str = "", columns: list[str] | None = None) -> Iterator[pa.Table]:
        """The row groups of a file, but for those that hold nothing from `first` on."""
        if self.store is None:
            return
        file = self._file(name)
        for index in range(file.num_row_groups):
            if file.metadata.row_group(index).column(1).statistics.max >= first:  # instants are short: their bounds are always there
                yield self._read(name, index, columns)

    def _first(self, index: int) -> str:
        bounds = self._file("by-id").metadata.row_group(index).column(0).statistics
        if bounds is not None and bounds.has_min_max:  # left out by the writer for very long ids
            return str(bounds.min)
        return str(self._read("by-id", index, ["record_id"])["record_id"][0])

    def _read(self, name: str, index: int, columns: list[str] | None) -> pa.Table:
        with self._undamaged(name):
            return self._file(name).read_row_group(index, columns=columns, use_threads=False)

    def _file(self, name: str) -> pq.ParquetFile:
        if name not in self._files and self.store is not None:
            key = f"{self.folder}{name}.parquet"
            head = self.store.head(key)
            if head is None:
                words = "a snapshot is gone that was being read"
                raise DerivedDamaged(words, "Begin again: the next look starts from another one.", key)
            source = pa.PythonFile(Ranges(self.store, key, head.size), mode="r")
            with self._undamaged(name):
                self._files[name] = pq.ParquetFile(source, pre_buffer=True, page_checksum_verification=True)
        return self._files[name]

    @contextmanager
    def _undamaged(self, name: str) -> Iterator[None]:
        """DerivedDamaged where what is read meanwhile is not what was written. What the store says goes through pyarrow as it is."""
        try:
            yield
        except (pa.ArrowException, OSError) as problem:
            words = f"{self.folder}{name}.parquet: {problem}"
            raise DerivedDamaged("a snapshot is damaged", "Run `recordroom rebuild state`.", words) from problem


def newest(store: Store, prefix: str) -> Snapshot:
    """The newest whole snapshot below `prefix`, or an empty one: the fold from an earlier one, or from the first entry, is the same."""
    for folder in sorted(store.keys(prefix, folders=True), reverse=True):
        head = _head(store, folder)
        if head is not None and all(store.head(f"{folder}{name}.parquet") for name in _ORDER):
            try:
                tail = Tail(head["number"], head["sha256"], moment(head["time"]))
                return Snapshot(store, folder, tail, Sums(**head["sums"]))
            except (KeyError, TypeError, ValueError):
                continue  # damaged
    return Snapshot()


def _head(store: Shelf, folder: str) -> dict[str, Any] | None:
    """None where a writer died before its snapshot was whole, where it is an older version's, and where it is damaged."""
    try:
        head: Any = orjson.loads(store.find(f"{folder}{HEAD}") or b"{}")
    except orjson.JSONDecodeError:
        return None
    return head if isinstance(head, dict) and head.get("format") == FORMAT else None


def remove(store: Shelf, folder: str) -> None:
    """The head first: whoever dies in between leaves no snapshot, and none that looks whole."""
    for key in sorted(store.keys(folder), key=lambda key: not key.endswith(HEAD)):
        store.delete(key)


def put(store: Shelf, prefix: str, tail: Tail, sums: Sums, *, old: Snapshot, fresh: Iterable[Held], passing: bool = False) -> Snapshot:
    """Write a snapshot for the fold up to `tail`: `old`, with `fresh` in place of what it has of these records. The last two are kept,
    and what was the newest within READ, since another process may be reading it; but for what is `passing` and followed by the like: a fold
    of years leaves hundreds behind."""
    if tail.time is None:
        return old  # nothing is committed yet
    folder = f"{prefix}{tail.number:012d}/"
    if _head(store, folder) is None:  # what is there is a dead writer's, or another version's: nothing of it is reused
        remove(store, folder)
    rows = _table(fresh)
    for name, keys in _ORDER.items():
        rows = rows.sort_by(keys)
        room = disk.room_for(Path(gettempdir(), "snapshot"))
        with room, SpooledTemporaryFile(IN_MEMORY, prefix="recordroom-snapshot-") as file:
            _encode(_merged(old.tables(name), rows, keys), file)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            store.put_file(f"{folder}{name}.parquet", file, digest)
    del rows
    pa.default_memory_pool().release_unused()  # else the process keeps what the merge took
    sums.evidence, sums.written, sums.spent = _recent(sums.evidence), _recent(sums.written), _this_month(sums.spent)
    head: dict[str, Any] = {
        "format": FORMAT,
        "number": tail.number,
        "sha256": tail.sha256,
        "time": instant(tail.time),
        "sums": asdict(sums),
    }
    head |= {"written": instant(datetime.now(UTC)), "passing": passing}
    store.put_new(f"{folder}{HEAD}", orjson.dumps(head))
    folders = sorted(store.keys(prefix, folders=True))
    heads = {one: found for one in folders if (found := _head(store, one))}  # a dead writer left none
    in_use = {older for older, newer in pairwise(heads) if _may_be_read(heads[older], heads[newer])}
    for older in folders[:-2]:
        if older != folder and older not in in_use:  # others were faster: whoever wrote this one reads it now
            remove(store, older)
    return Snapshot(store, folder, tail, sums)


def _may_be_read(head: dict[str, Any], newer: dict[str, Any]) -> bool:
    """Whether a capture that began with it, before `newer` took its place, may still go on."""
    passed = head.get("passing") and newer.get("passing")
    return not passed and any(_is_recent(one["written"]) for one in (head, newer) if "written" in one)


def _is_recent(written: str) -> bool:
    """A time that lies ahead was written by a clock that was wrong."""
    return timedelta(0) <= datetime.now(UTC) - moment(written) < READ


def _recent(times: dict[str, str]) -> dict[str, str]:
    """Those within REMEMBERED of the newest: at least one stays, or everything before it would look forgotten."""
    oldest = instant(moment(max(times.values())) - REMEMBERED) if times else ""
    return {name: time for name, time in times.items() if time >= oldest}


def _this_month(spent: dict[str, Any]) -> dict[str, Any]:
    oldest = instant(moment(f"{max(spent)}:00Z") - MONTH)[:13] if spent else ""
    return {hour: kinds for hour, kinds in spent.items() if hour >= oldest}


def _decode(row: str) -> Held:
    raw = orjson.loads(row)
    content = raw.pop("content")
    return Held(**raw, content=Place(**content) if content else None)


def _table(rows: Iterable[Held]) -> pa.Table:
    """A table of all, made of small ones: written as columns the rows take a quarter of the memory."""
    left, tables = iter(rows), [_COLUMNS.empty_table()]
    while some := list(islice(left, AT_ONCE)):
        columns = list(zip(*((h.record_id, h.window_at, h.window_key[1], orjson.dumps(h).decode()) for h in some), strict=True))
        tables.append(pa.table(columns, schema=_COLUMNS))
    return pa.concat_tables(tables).combine_chunks()  # a sort of many chunks would combine them too, and keep both


def _merged(old: Iterable[pa.Table], fresh: pa.Table, keys: list[tuple[str, str]]) -> Iterator[pa.Table]:
    """Yield sorted tables that hold the rows of `old` with those of `fresh` in their place.

    No row is decoded: a large account has a million, and few have changed. A sort copies its rows twice, so it gets ROW_GROUP rows of
    `fresh` at most: often all of `fresh` belongs into one of the old tables.
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
    """Write rows as Parquet in the given order, in row groups of the same size."""
    waiting = _COLUMNS.empty_table()
    options: dict[str, Any] = {"compression": "zstd", "write_statistics": ["record_id", "window_at"], "write_page_checksum": True}
    with pq.ParquetWriter(sink, _COLUMNS, **options) as writer:
        for table in tables:
            waiting = pa.concat_tables([waiting, table])
            while len(waiting) >= ROW_GROUP:
                writer.write_table(waiting.slice(0, ROW_GROUP))
                waiting = waiting.slice(ROW_GROUP)
        if len(waiting):
            writer.write_table(waiting)
