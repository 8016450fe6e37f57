"""Records as Parquet in the derived bucket: one row for each sequence.

schemas/record.yaml defines the columns. records/catalog.json names the generation in force, its merged files,
and how far they reach.

```
records/catalog.json
records/<generation>/captured=<yyyy-mm>/<capture>-<segment>-<entry>.parquet   rows of one manifest
records/<generation>/merged/<nonce>.parquet                                   rows of many segments
```
A reader takes the merged files, and of each segment's file the rows whose entry number is above what the
merged files cover for that account. Nothing is trusted to be complete: `verify` and exports compare row
counts with `rows.total` of the manifests.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from recordroom.archive.read_ahead import read_ahead
from recordroom.archive.store import Store
from recordroom.canonical import encode_canonical, encode_row, sha256
from recordroom.errors import ArchiveError, DerivedDamaged, ServiceUnavailable
from recordroom.model import Field, parts_of, record_fields
from recordroom.settings import Settings

CATALOG = "records/catalog.json"
FIRST_GENERATION = "g1"
SMALL = 16 << 10  # bytes of rows, about a dozen posts
ROW_GROUP, BATCH = 10_000, 1_000  # rows: as they are written, and read
READERS = 2  # files, and row groups of some 10 MB each, that are read at once
ONE_REQUEST = 1 << 20  # bytes: a file up to this size is fetched at once, not column by column

_TYPES: dict[str, pa.DataType] = {
    "keyword": pa.string(),
    "text": pa.string(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "instant": pa.timestamp("us", tz="UTC"),
    "keywords": pa.list_(pa.string()),
}


@dataclass(frozen=True, slots=True)
class Catalog:
    """Which files of rows are in force."""

    generation: str = FIRST_GENERATION
    merged: tuple[str, ...] = ()
    # account -> ledger number up to which `merged` has its rows
    covered: Mapping[str, int] = field(default_factory=dict)
    # keys, or folders, that this catalog made superfluous; the next compaction removes them
    replaced: tuple[str, ...] = ()
    etag: str | None = None  # for the next replacement


@cache
def schema() -> pa.Schema:
    """Return the Parquet schema, derived from schemas/record.yaml."""
    return pa.schema([pa.field(f.name, _arrow_type(f)) for f in record_fields() if not f.derived])


def _arrow_type(f: Field) -> pa.DataType:
    if f.type == "media":
        return pa.list_(pa.struct([pa.field(p.name, _TYPES[p.type]) for p in parts_of("media")]))
    if f.type == "counts":
        return pa.struct([pa.field(p.name, _TYPES[p.type]) for p in parts_of("counts")])
    return _TYPES[f.type]


def sort_lines(rows: Iterable[Mapping[str, Any]]) -> list[bytes]:
    """Return the canonical rows sorted by (record_id, sequence).

    A row may be freed once it is read: it takes six times the memory of its line.
    """
    lines = [(row["record_id"], row["sequence"], encode_row(row)) for row in rows]
    lines.sort(key=itemgetter(0, 1))
    return [line for _, _, line in lines]


def join_lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the canonical rows sorted by (record_id, sequence), joined by newlines."""
    return b"\n".join(sort_lines(rows))


def rows_digest(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the hex SHA-256 of `join_lines`, which manifests promise."""
    return sha256(join_lines(rows))


def name_of(manifest: Mapping[str, Any], number: int) -> str:
    """Return the name of the file of a manifest's rows.

    number: of the manifest's entry. If two writers commit one segment, it has two entries.
    """
    return f"{manifest['capture_id']}-{manifest['segment']}-{number}"


def key_at(generation: str, name: str) -> str:
    """Return the key of the file of that name."""
    return f"records/{generation}/captured={name[:4]}-{name[4:6]}/{name}.parquet"


def key_of(generation: str, manifest: Mapping[str, Any], number: int) -> str:
    """Return the key of the file of a manifest's rows."""
    return key_at(generation, name_of(manifest, number))


def encode(table: pa.Table) -> bytes:
    """Return Parquet.

    The few rows of an ordinary capture are mostly headers: compressed they are hardly smaller, and take three
    times as long to write and half as long again to read.
    """
    sink = io.BytesIO()
    compression = "zstd" if table.nbytes > SMALL else "none"
    pq.write_table(table, sink, compression=compression, row_group_size=ROW_GROUP, write_page_checksum=True)
    return sink.getvalue()


class RowWriter:
    """Writes Parquet of rows that come table by table. Only what is encoded stays in memory.

    It is compressed always: how many rows there will be is not known at the beginning.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._sink = io.BytesIO()
        self._writer = pq.ParquetWriter(self._sink, schema(), compression="zstd", write_page_checksum=True)

    def add(self, table: pa.Table) -> None:
        """Write the rows of a table, if it has any, as row groups of their own."""
        if table.num_rows:
            self._writer.write_table(table, row_group_size=ROW_GROUP)
            self.rows += table.num_rows

    def encode(self) -> bytes:
        """Return the file. Nothing can be added then."""
        self._writer.close()
        return self._sink.getvalue()


def decode(data: bytes) -> pa.Table:
    """Read Parquet.

    ArchiveError if checksums show damage; older files have none.
    """
    with name_errors():
        return pq.read_table(io.BytesIO(data), schema=schema(), page_checksum_verification=True)


def table_of(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schema())


def put(store: Store, generation: str, capture_id: str, segment: int, rows: pa.Table) -> str:
    """Write a manifest's rows (at least one) and return the key.

    An object of that name that another version of pyarrow wrote stays as it is.
    """
    key = key_of(generation, {"capture_id": capture_id, "segment": segment}, rows["ledger_number"][0].as_py())
    store.put_new(key, encode(rows))
    return key


def catalog(store: Store) -> Catalog:
    """Read the catalog; DerivedDamaged if that is impossible."""
    found = store.find_tagged(CATALOG)
    if found is None:
        return Catalog()
    stored, etag = found
    try:
        raw = json.loads(stored)
        return Catalog(
            raw["generation"], tuple(raw["merged"]), dict(raw["covered"]), tuple(raw["replaced"]), etag
        )
    except (ValueError, KeyError, TypeError) as problem:
        raise DerivedDamaged(
            f"{CATALOG} cannot be read: {problem}", "Run `recordroom rebuild records`."
        ) from problem


def read_replaceable(store: Store) -> Catalog:
    """Return the catalog that a rebuild replaces.

    A damaged catalog still has an etag, and its generation is one of those with a folder: the last of them
    represents it, and all are superfluous then.
    """
    found = store.find_tagged(CATALOG)
    try:
        return catalog(store)
    except DerivedDamaged:
        folders = tuple(store.keys("records/", folders=True))
        names = [folder.split("/")[1] for folder in folders]
        return Catalog(
            max(names, key=generation_number, default=FIRST_GENERATION),
            replaced=folders,
            etag=found and found[1],
        )


def generation_number(generation: str) -> int:
    return int(re.sub("[^0-9]", "", generation) or 0)


def publish(store: Store, new: Catalog) -> bool:
    """Put the catalog in force; False if another writer has since put one."""
    told = {
        "generation": new.generation,
        "merged": list(new.merged),
        "covered": dict(new.covered),
        "replaced": list(new.replaced),
    }
    return store.replace(CATALOG, encode_canonical({"format": 1, **told}), new.etag)


@dataclass(frozen=True, slots=True)
class Source:
    """Parquet files of one generation."""

    dataset: ds.Dataset
    filter: pc.Expression  # leaves out rows that merged files already have


def file_system(settings: Settings) -> pafs.S3FileSystem:
    key, secret = settings.s3_access_key, settings.s3_secret_key
    return pafs.S3FileSystem(
        access_key=key.get_secret_value() if key else None,
        secret_key=secret.get_secret_value() if secret else None,
        endpoint_override=settings.s3_endpoint,
        region=settings.s3_region,
        connect_timeout=5,
        request_timeout=120,
    )


def sources(store: Store, files: pafs.FileSystem, upto: Mapping[str, int]) -> list[Source]:
    """Return the rows of accounts up to a ledger number, as at most two datasets.

    files: pyarrow's own S3 file system, on the same bucket as `store`.
    upto: account -> number of the last entry; accounts that are not in it are left out.
    """
    have = catalog(store)
    found: list[Source] = []
    if have.merged:
        found.append(_open_source(store, files, list(have.merged), _rows_upto(upto, {})))
    single_files = list_single_files(store, have)
    if single_files:
        found.append(_open_source(store, files, single_files, _rows_upto(upto, have.covered)))
    return found


def list_single_files(store: Store, have: Catalog) -> list[str]:
    """List the files of one manifest's rows each, in order."""
    return sorted(k for k in store.keys(f"records/{have.generation}/captured=") if k.endswith(".parquet"))


def _open_source(store: Store, files: pafs.FileSystem, keys: list[str], wanted: pc.Expression) -> Source:
    paths = [f"{store.bucket}/{k}" for k in keys]
    return Source(ds.dataset(paths, schema=schema(), format="parquet", filesystem=files), wanted)


def _rows_upto(upto: Mapping[str, int], covered: Mapping[str, int]) -> pc.Expression:
    account, number = ds.field("account"), ds.field("ledger_number")
    wanted = ds.scalar(False)
    for name, last in sorted(upto.items()):
        first = covered.get(name, 0)
        if last > first:
            wanted = wanted | ((account == name) & (number > first) & (number <= last))
    return wanted


def count_rows(found: list[Source]) -> Counter[str]:
    """Count the rows of each account, in one pass.

    To open every file again for each account would take hours.
    """
    told = Counter[str]()
    for batch in batches(found, ["account"]):
        names, numbers = pc.value_counts(batch["account"]).flatten()
        told.update(dict(zip(names.to_pylist(), numbers.to_pylist(), strict=True)))
    return told


def batches(found: list[Source], columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Yield all rows in batches, file after file, each in its own order.

    Row groups are read one by one, a few ahead. A scan of the dataset would not wait for a slow caller, and
    would hold all rows in memory.
    """
    for source in found:
        with name_errors():
            for table in _read_row_groups(source, columns):
                yield from table.to_batches(max_chunksize=BATCH)


def _read_row_groups(source: Source, columns: list[str] | None) -> Iterator[pa.Table]:
    def split(path: str) -> list[ds.ParquetFileFragment]:
        """Return the row groups that may hold wanted rows.

        They are outside the dataset, which would keep the footers of all its files.
        """
        with source.dataset.filesystem.open_input_file(path) as file:
            small = file.read_buffer() if file.size() <= ONE_REQUEST else None
        where = (pa.BufferReader(small),) if small is not None else (path, source.dataset.filesystem)
        fragment = source.dataset.format.make_fragment(*where)
        groups: list[ds.ParquetFileFragment] = fragment.split_by_row_group(source.filter, schema())
        return groups

    def read(group: ds.ParquetFileFragment) -> pa.Table:
        return group.to_table(schema(), columns, source.filter, use_threads=False)  # READERS are enough

    files = read_ahead(split, source.dataset.files, threads=READERS, ahead=READERS)
    return read_ahead(read, chain.from_iterable(files), threads=READERS, ahead=READERS)


@contextmanager
def name_errors() -> Iterator[None]:
    """Convert pyarrow's errors to ours.

    Its readers report damage as invalid data or an OSError. Its S3 client reports everything as an OSError of
    many lines.
    """
    try:
        yield
    except (pa.ArrowException, OSError) as problem:
        words = str(problem).partition("\n")[0]
        if isinstance(problem, FileNotFoundError) or "AWS Error" in words:
            mend = "Start the store. If it is running, run `recordroom rebuild records`."
            raise ServiceUnavailable("records cannot be read", mend, words) from problem
        raise ArchiveError(
            "a file of rows is damaged", "Run `recordroom rebuild records`.", words
        ) from problem
