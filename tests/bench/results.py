"""The last result of each measure at each size, in `.local/bench/results`."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from infra.local.support.place import REPOSITORY
from tests.bench.measure import Measure

RESULTS = REPOSITORY / ".local/bench/results"


def save(rows: int, measures: Iterable[Measure]) -> None:
    """Replace the results of these measures at this size; the others stay."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path, now = RESULTS / f"{rows}.json", f"{datetime.now(UTC):%Y-%m-%d}"
    kept = read(path)
    kept |= {one.name: one.told() | {"date": now, "machine": describe_machine()} for one in measures}
    path.write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2))


def read(path: Path) -> dict[str, Any]:
    """Return name -> result of one size."""
    found: dict[str, Any] = orjson.loads(path.read_bytes()) if path.exists() else {}
    return found


def read_all() -> dict[int, dict[str, Any]]:
    """Return size -> name -> result."""
    return {
        int(path.stem): read(path) for path in sorted(RESULTS.glob("*.json"), key=lambda one: int(one.stem))
    }


def describe_machine() -> str:
    """Return the processors and memory of this machine, as the table names it."""
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE)
    assert memory is not None
    name = re.sub(r"\s+", " ", model[1]) if model else platform.machine()
    return f"{os.cpu_count()} × {name}, {int(memory[1]) / 2**20:.0f} GB"
