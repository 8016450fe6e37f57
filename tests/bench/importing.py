"""import.<time|memory>: an import takes as long for each record, and as much memory, however large the file.

Ours: JSON Lines of a tenth of ROWS records; reference: of half as many, which is more than is folded in
memory. Each into an account of its own, in a process of its own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

from recordroom.capture.file_import.run import ImportOrder, import_file
from recordroom.imports import registry
from recordroom.imports.files import ImportFiles
from tests.archives import make
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, at_most, in_child, in_turns, say
from tests.services import S3, Buckets

TURNS, BAR_TIME, BAR_MEMORY = 3, 1.5, 1.3


def run(ground: Ground) -> Iterator[Measure]:
    large, little = ground.rows // 10, ground.rows // 20
    turns = in_turns(TURNS, lambda: _taken(ground, large), lambda: _taken(ground, little))
    say(f"import: {turns[-1][0]}, against {turns[-1][1]}")
    yield at_most("import.time", [(ours[0], theirs[0]) for ours, theirs in turns], BAR_TIME, "s a record")
    yield at_most("import.memory", [(ours[1], theirs[1]) for ours, theirs in turns], BAR_MEMORY, "MB")


def _taken(ground: Ground, rows: int) -> tuple[float, float]:
    """(seconds a record, resident memory at most in MB)."""
    return in_child(imported, ground.s3, ground.place.folder(f"import-{rows}"), rows)


PARTS = (Part(("import.time", "import.memory"), False, run),)


def imported(s3: S3, folder: Path, rows: int) -> float:
    """Seconds a record."""
    entry = {"id": "pictures", "platform": "flickr", "url": "https://flickr.example/us", "import_only": True}
    archive, path = make(s3, Buckets(), folder, entry), folder / "export.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            item = {
                "kind": "post",
                "native_id": f"n{number:08d}",
                "text": f"What was said in post {number}. " * 6,
                "author_name": "A parent",
            }
            file.write(
                json.dumps(item | {"published_at": f"2019-02-04T{number // 3600 % 24:02d}:10:00-08:00"})
                + "\n"
            )
    began = time.perf_counter()
    files = ImportFiles(path, folder)
    order = ImportOrder(files, registry.recognize(files, "flickr"))
    done = import_file(archive.place, archive.register, archive.account("pictures"), order)
    assert (done.new, done.rejected) == (rows, 0)
    return (time.perf_counter() - began) / rows
