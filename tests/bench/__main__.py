"""`make bench [ROWS=1000000] [ONLY=parse,index]`: is it as quick, and as small in memory, as it must be?

Progress goes to stderr; stdout has a table, and as its last line one JSON object: name -> {ours, reference,
ratio, bar, ok, unit}. Exit 1 where a bar is missed. Real services, the code that runs in earnest, and nothing
in it that knows of this.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from infra.local.support.place import REPOSITORY
from tests.bench import (
    day,
    deep,
    export,
    first,
    holding,
    importing,
    index,
    parse,
    rebuild,
    results,
    retention,
    room,
    search,
    terms,
    turn,
    unchanged,
    verify,
)
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, say

ROWS = 1_000_000
PARTS: tuple[Part, ...] = (
    *parse.PARTS, *index.PARTS, *verify.PARTS, *unchanged.PARTS, *rebuild.PARTS, *search.PARTS, *terms.PARTS,
    *room.PARTS, *export.PARTS, *retention.PARTS, *holding.PARTS, *day.PARTS, *first.PARTS, *deep.PARTS, *importing.PARTS,
    *turn.PARTS,
)  # fmt: skip


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # services are stopped then too
    logging.disable(logging.WARNING)
    rows, only = int(os.environ.get("ROWS") or ROWS), (os.environ.get("ONLY") or "").replace(",", " ").split()
    chosen = [
        part
        for part in PARTS
        if (only or not part.if_named) and any(_wanted(name, only) for name in part.names)
    ]
    if not chosen:
        sys.stderr.write(
            f"ONLY={' '.join(only)}: there is no such measure. Measures:"
            f" {', '.join(n for p in PARTS for n in p.names)}\n"
        )
        return 2
    found: list[Measure] = []
    with ExitStack() as stack:
        cache = Path(os.environ.get("RECORDROOM_CACHE") or REPOSITORY / ".local/cache").resolve()
        ground = Ground(rows, cache, stack, any(part.reads_archives for part in chosen))
        for part in chosen:
            for measure in part.run(ground):
                say(f"{measure.name}: {measure.told()}")
                if _wanted(measure.name, only):
                    found.append(measure)
                    results.save(rows, [measure])
    return _tell(found)


def _wanted(name: str, only: list[str]) -> bool:
    return not only or any(name == one or name.startswith(f"{one}.") for one in only)


def _tell(found: list[Measure]) -> int:
    table = Table("", *("ours", "reference", "ratio", "spread", "bar", "unit", ""))
    for m in found:
        spread = f"{m.spread[0]:.2f} to {m.spread[1]:.2f}" if m.spread else ""
        numbers = [f"{n:,.4g}" if n is not None else "" for n in (m.ours, m.reference, m.ratio)]
        table.add_row(
            m.name,
            *numbers,
            spread,
            f"{m.bar:g}" if m.bar is not None else "",
            m.unit,
            "ok" if m.ok else "MISSED",
        )
    Console(width=140).print(table)
    sys.stdout.write(orjson.dumps({m.name: m.told() for m in found}).decode() + "\n")
    return 0 if all(m.ok for m in found) else 1


if __name__ == "__main__":
    sys.exit(main())
