"""`make figures`: write the last results into docs/reference/performance.json, and draw the growth curves.

Also compares the memory at the two largest sizes: it must not grow with the archive. Exit 1 if it does.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from infra.local.support.place import REPOSITORY
from tests.bench import results

DATA = REPOSITORY / "docs/reference/performance.json"
PICTURES = {
    REPOSITORY / "docs/pictures/performance.png": "default",
    REPOSITORY / "docs/pictures/performance-dark.png": "dark_background",
}
GROWTH = 1.1  # memory at the largest size over memory at the size before it
# title, what the axis shows, measure -> label
CURVES: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    (
        "Rates",
        "records per second",
        {
            "index": "index",
            "rebuild.index.rate": "rebuild the index",
            "rebuild.records.rate": "rebuild the records",
            "export.csv": "export as CSV",
        },
    ),
    (
        "Times",
        "milliseconds",
        {
            "search.p50": "search, median",
            "search.p95": "search, 95th percentile",
            "unchanged.ms": "unchanged capture",
        },
    ),
    (
        "Memory",
        "MB",
        {
            "verify.full.memory": "complete check",
            "export.memory": "export",
            "rebuild.index.memory": "rebuild the index",
            "rebuild.records.memory": "rebuild the records",
            "retention.memory": "retention fields",
        },
    ),
)


def main() -> int:
    found = results.read_all()
    DATA.write_bytes(
        orjson.dumps({str(size): found[size] for size in found}, option=orjson.OPT_INDENT_2) + b"\n"
    )
    for path, style in PICTURES.items():
        with plt.style.context(style):
            _draw(path, found)
    return _compare_memory(found)


def _draw(path: Path, found: Mapping[int, Mapping[str, Any]]) -> None:
    figure, places = plt.subplots(1, len(CURVES), figsize=(12, 3.8), layout="constrained")
    for place, (title, unit, lines) in zip(places, CURVES, strict=True):
        for (name, label), mark in zip(lines.items(), "osD^v", strict=False):
            points = [(size, value) for size in found if (value := _value(found[size], name)) is not None]
            if points:
                place.plot(*zip(*points, strict=True), marker=mark, label=label)
        _describe(place, title, unit)
    figure.savefig(path, dpi=144, transparent=True)
    plt.close(figure)


def _describe(place: Axes, title: str, unit: str) -> None:
    place.set(title=title, xlabel="records in the archive", ylabel=unit, xscale="log")
    place.set_ylim(bottom=0)
    for axis in (place.xaxis, place.yaxis):
        axis.set_major_formatter("{x:,.0f}")
    place.grid(visible=True, alpha=0.3)
    if place.get_legend_handles_labels()[0]:
        place.legend(fontsize="small")


def _value(measures: Mapping[str, Any], name: str) -> float | None:
    """Return a point of a curve. `.rate` turns seconds for a million rows into rows per second."""
    if name.endswith(".rate"):
        seconds = measures.get(name.removesuffix(".rate"))
        return 1_000_000 / float(seconds["ours"]) if seconds else None
    if name == "unchanged.ms":
        unchanged = measures.get("unchanged.records.time")
        return float(unchanged["ours"]) * 1_000 if unchanged else None
    measure = measures.get(name)
    return float(measure["ours"]) if measure else None


def _compare_memory(found: Mapping[int, Mapping[str, Any]]) -> int:
    """Print how memory grew between the two largest sizes."""
    if len(found) < 2:
        return 0
    before, last = sorted(found)[-2:]
    wrong = 0
    for name, result in found[last].items():
        if name.endswith(".memory") and name in found[before] and result["unit"] == "MB":
            ratio = result["ours"] / found[before][name]["ours"]
            wrong += ratio > GROWTH
            words = "ok" if ratio <= GROWTH else "MISSED"
            sys.stdout.write(f"{name}: {ratio:.2f} from {before:,} to {last:,} rows ({GROWTH}) {words}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
