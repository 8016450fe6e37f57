"""A snapshot of the fold of an account's manifests, in the derived bucket: an unchanged account costs the same, however old.

```
state/<platform>/<account>/<ledger number>/by-id.parquet       sorted by record_id
state/<platform>/<account>/<ledger number>/by-window.parquet   sorted by (window_at, root_id, record_id)
state/<platform>/<account>/<ledger number>/head.json           number, hash and time of the entry that it stands for, and the sums
```
Both files hold the same rows (`row`: JSON of Held) in small row groups that are read by ranges. head.json is put last: without it
the snapshot does not exist. `verify --full` and `rebuild state` do not trust it.
"""

from __future__ import annotations

import io
import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recordroom.archive.held import Held, Place, Sums
from recordroom.archive.ledger import Tail
from recordroom.archive.store import Store
from recordroom.model import instant, moment

ROW_GROUP = 5_000
REMEMBERED = timedelta(days=3)
_COLUMNS = pa.schema([("record_id", pa.string()), ("window_at", pa.string()), ("row", pa.string())])


class Ranges(io.RawIOBase):
    """A seekable, read-only file over range requests to one object."""

    def __init__(self, store: Store, key: str, size: int) -> None:
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

    store: Store | None = None
    folder: str = ""
    tail: Tail = field(default_factory=Tail)
    sums: Sums = field(default_factory=Sums)
    _files: dict[str, pq.ParquetFile] = field(default_factory=dict)

    def get(self, wanted: list[str]) -> Iterator[Held]:
        """Rows of these record_ids (sorted), from the row groups that can hold them."""
        if self.store is None or not wanted:
            return
        file = self._file("by-id")
        groups = [i for i in range(file.num_row_groups) if _may_hold(file.metadata.row_group(i).column(0).statistics, wanted)]
        for group in groups:
            table = file.read_row_group(group, columns=["record_id", "row"])
            chosen = table.filter(pc.is_in(table["record_id"], pa.array(wanted)))
            yield from (_decode(row) for row in chosen["row"].to_pylist())

    def window(self, first: str, by: str = "by-window") -> Iterator[Held]:
        """Rows whose window_at is not before `first` ("": all), in the order of the file `by`, one row group after the other."""
        if self.store is None:
            return
        file = self._file(by)
        for index in range(file.num_row_groups):
            bounds = file.metadata.row_group(index).column(1).statistics
            if bounds.max < first:  # instants are short: their bounds are always there
                continue
            table = file.read_row_group(index, columns=["window_at", "row"])
            for at, row in zip(table["window_at"].to_pylist(), table["row"].to_pylist(), strict=True):
                if at >= first:
                    yield _decode(row)

    def _file(self, name: str) -> pq.ParquetFile:
        if name not in self._files and self.store is not None:
            key = f"{self.folder}{name}.parquet"
            head = self.store.head(key)
            source = Ranges(self.store, key, head.size if head else 0)
            self._files[name] = pq.ParquetFile(pa.PythonFile(source, mode="r"), pre_buffer=True)
        return self._files[name]


def newest(store: Store, prefix: str) -> Snapshot:
    """The newest whole snapshot below `prefix`, or an empty one."""
    for folder in sorted(store.keys(prefix, folders=True), reverse=True):
        stored = store.find(f"{folder}head.json")
        if stored is not None:  # else a writer died before its snapshot was whole
            head = json.loads(stored)
            tail = Tail(head["number"], head["sha256"], moment(head["time"]))
            return Snapshot(store, folder, tail, Sums(**head["sums"]))
    return Snapshot()


def put(store: Store, prefix: str, tail: Tail, sums: Sums, *, by_id: Iterator[Held], by_window: Iterator[Held]) -> None:
    """Write a snapshot for the fold up to `tail`; only the last two are kept."""
    if tail.time is None:
        return  # nothing is committed yet
    folder = f"{prefix}{tail.number:012d}/"
    store.put_new(f"{folder}by-id.parquet", _encode(by_id))
    store.put_new(f"{folder}by-window.parquet", _encode(by_window))
    sums.evidence, sums.written = _recent(sums.evidence), _recent(sums.written)
    head = {"format": 1, "number": tail.number, "sha256": tail.sha256, "time": instant(tail.time), "sums": asdict(sums)}
    store.put_new(f"{folder}head.json", orjson.dumps(head))
    for old in sorted(store.keys(prefix, folders=True))[:-2]:
        for key in list(store.keys(old)):
            store.delete(key)


def _recent(times: dict[str, str]) -> dict[str, str]:
    """Those within REMEMBERED of the newest: at least one stays, or everything before it would look forgotten."""
    oldest = instant(moment(max(times.values())) - REMEMBERED) if times else ""
    return {name: time for name, time in times.items() if time >= oldest}


def _may_hold(bounds: pq.Statistics | None, wanted: list[str]) -> bool:
    if bounds is None or not bounds.has_min_max:  # left out by the writer for very long ids
        return True
    at = bisect_left(wanted, bounds.min)
    return at < len(wanted) and wanted[at] <= bounds.max


def _decode(row: str) -> Held:
    raw = orjson.loads(row)
    content = raw.pop("content")
    return Held(**raw, content=Place(**content) if content else None)


def _encode(rows: Iterable[Held]) -> bytes:
    """Parquet of rows in the given order, written row group by row group."""
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, _COLUMNS, compression="zstd") as writer:
        group: list[dict[str, str]] = []
        for held in rows:
            group.append({"record_id": held.record_id, "window_at": held.window_at, "row": orjson.dumps(asdict(held)).decode()})
            if len(group) == ROW_GROUP:
                writer.write_table(pa.Table.from_pylist(group, schema=_COLUMNS))
                group = []
        if group:
            writer.write_table(pa.Table.from_pylist(group, schema=_COLUMNS))
    return sink.getvalue()
