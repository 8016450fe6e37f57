"""Parquet files whose bytes follow from their rows alone, with the same version of the library.

So a list that a person saw can be made again, and its hash proves that it is the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 50_000  # in each row group


@dataclass(frozen=True, slots=True)
class RowFile:
    """What a file has."""

    rows: int
    size: int  # bytes
    sha256: str  # hex


def write(
    path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch], metadata: Mapping[str, str]
) -> RowFile:
    """Write rows, in the order in which they come.

    metadata: of the file.
    """
    described = schema.with_metadata(dict(metadata))
    rows = 0
    with pq.ParquetWriter(
        path, described, version="2.6", compression="zstd", compression_level=3, write_page_checksum=True
    ) as writer:
        for table in _regroup(schema, batches):
            writer.write_table(table.cast(described), row_group_size=ROWS)
            rows += len(table)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return RowFile(rows, path.stat().st_size, digest)


def _regroup(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Yield the rows in tables of ROWS each, whatever the batches have: row groups must not follow them."""
    rest = schema.empty_table()
    for batch in batches:
        rest = pa.concat_tables([rest, pa.Table.from_batches([batch]).cast(schema)])
        while len(rest) >= ROWS:
            yield rest.slice(0, ROWS).combine_chunks()
            rest = rest.slice(ROWS)
    if len(rest):
        yield rest.combine_chunks()
