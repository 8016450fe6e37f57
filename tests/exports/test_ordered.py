"""Rows are put into order in files."""

from __future__ import annotations

import random
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from recordroom.exports.rows import read_blocks, write_blocks


@given(st.integers(0, 200), st.integers(1, 60), st.integers(1, 60), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_any_order_becomes_the_order_of_places(rows: int, size: int, block: int, dice: random.Random) -> None:
    places = list(range(rows))
    dice.shuffle(places)
    batches = [
        pa.record_batch({"place": part, "text": [f"é{place}" for place in part]})
        for part in (places[n : n + size] for n in range(0, rows, size))
    ]
    with TemporaryDirectory() as folder:
        work = Path(folder) / "work"
        found = list(read_blocks(work, write_blocks(batches, work, block)))
        assert list(Path(folder).iterdir()) == []
    assert [t for batch in found for t in batch.column("text").to_pylist()] == [f"é{n}" for n in range(rows)]
    assert all(len(batch) <= block for batch in found)
