"""Puts wide rows into order in files, in flat memory: each row carries its place (0, 1, 2 ...), and goes to the file of its block of
places; block after block is then read, sorted and handed on. What is on disk is read once and removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from recordroom.exports.desk import room

BLOCK = 2_000  # rows, some 4 MB


def distribute(batches: Iterable[pa.RecordBatch], folder: Path, block: int = BLOCK) -> list[int]:
    """Write the rows of `batches` to files by their column `place` (whole numbers from 0, each once); the blocks. `folder` is made."""
    folder.mkdir()
    blocks: set[int] = set()
    with room(folder):
        for batch in batches:
            for number, part in _by_block(batch, block):
                _append(folder / str(number), part)
                blocks.add(number)
    return sorted(blocks)


def collect(folder: Path, blocks: Iterable[int]) -> Iterator[pa.RecordBatch]:
    """What `distribute` wrote, sorted by place; `folder` is removed at the end."""
    with room(folder):
        for number in blocks:
            yield _sorted(_read(folder / str(number)))
            (folder / str(number)).unlink()
    folder.rmdir()


def _by_block(batch: pa.RecordBatch, block: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    batch = _sorted(batch)
    runs = pc.run_end_encode(pc.divide(batch.column("place"), block))
    start = 0
    for number, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield number, batch.slice(start, end - start)
        start = end


def _sorted(batch: pa.RecordBatch) -> pa.RecordBatch:
    return batch.take(pc.sort_indices(batch.column("place")))


def _append(path: Path, part: pa.RecordBatch) -> None:
    with path.open("ab") as file, pa.ipc.new_stream(file, part.schema) as stream:
        stream.write_batch(part)


def _read(path: Path) -> pa.RecordBatch:
    parts: list[pa.RecordBatch] = []
    with path.open("rb") as file:
        size = path.stat().st_size
        while file.tell() < size:
            parts.extend(pa.ipc.open_stream(file))
    [whole] = pa.Table.from_batches(parts).combine_chunks().to_batches()
    return whole
