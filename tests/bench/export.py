"""export.csv, export.memory: a CSV export of everything, from the query to the finished folder.

export.csv: rows a second with the re-hashing of each row, without the check of evidence (whose rate is
`verify`). Reference: Python's csv.writer with the same cells. A rate: ours / reference must reach the bar.

export.memory: the most resident memory of the exporting process.
"""

from __future__ import annotations

import csv
import secrets
import shutil
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import median

from tests.bench.exporting import export
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, at_least, below, in_child, in_turns, say

TURNS, BAR, MB = 2, 0.3, 512
CHUNK = 20_000


def run(ground: Ground) -> Iterator[Measure]:
    settings, folder, peaks = ground.story, ground.place.folder("exports"), []
    outs: list[Path] = []

    def ours() -> float:
        outs.append(folder / f"export-{secrets.token_hex(4)}")
        (rows, seconds, evidence), peak = in_child(export, settings, outs[-1])
        peaks.append(peak)
        say(f"exported {rows:,} rows in {seconds:.1f} s and {evidence:.1f} s for evidence, {peak:.0f} MB")
        return rows / seconds

    def reference() -> float:
        rate = _written(outs[-1])
        shutil.rmtree(outs.pop())
        return rate

    yield at_least("export.csv", in_turns(TURNS, ours, reference), BAR, "rows/s")
    yield below("export.memory", median(peaks), MB, "MB")


PARTS = (Part(("export.csv", "export.memory"), True, run),)


def _written(folder: Path) -> float:
    """Rows a second of csv.writer with the same cells; reading them is not counted."""
    [path] = folder.glob("*.csv")
    rows, seconds = 0, 0.0
    csv.field_size_limit(2**30)
    with (
        path.open(encoding="utf-8-sig", newline="") as read,
        (folder / "again.csv").open("w", encoding="utf-8-sig", newline="") as write,
    ):
        cells, writer = csv.reader(read), csv.writer(write)
        while chunk := list(islice(cells, CHUNK)):
            began = time.perf_counter()
            writer.writerows(chunk)
            seconds += time.perf_counter() - began
            rows += len(chunk)
    return rows / seconds
