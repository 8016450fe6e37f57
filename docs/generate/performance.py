"""docs/reference/performance.md: measured rates and memory, from docs/reference/performance.json."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

DATA = Path(__file__).parents[1] / "reference/performance.json"
HEAD = """# Performance

<!-- Generated from docs/reference/performance.json by `make docs`; do not edit. -->

These figures were measured on {machine}, on {date}. That is a small machine, and all services ran on it:
S3 storage, Elasticsearch, and recordroom itself.

![Curves of rates, times, and memory by the number of records](../pictures/performance.png)

To measure again on your machine, with a million records:

```bash
make bench
```

A table cell is empty if nothing was measured at that size. Rates and times depend on the machine. Memory
should not grow with the archive: compare the columns.

"""
# heading -> measure -> (what it is, unit)
PARTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "Capture": {
        "unchanged.records.time": ("Capture of an account in which nothing has changed", "s"),
        "unchanged.records.requests": ("Its requests to the S3 storage", "requests"),
        "turn.seconds": ("Run over 1,000 accounts in which nothing has changed", "s"),
        "unchanged.records.memory": ("Memory of a capture", "MB"),
    },
    "Search": {
        "search.p50": ("Search, median", "ms"),
        "search.p95": ("Search, 95th percentile", "ms"),
        "room.search": ("Page of search results, 95th percentile", "ms"),
        "room.facets": ("The page and then its filters", "ms"),
        "room.ten": ("The page with ten people at a time", "ms"),
        "terms": ("Term report of 1,000 terms", "s"),
        "terms.memory": ("Memory of a term report", "MB"),
    },
    "Export": {
        "export.csv": ("CSV, with the hash of each record checked", "records/s"),
        "export.xlsx": ("XLSX", "records/s"),
        "export.jsonl": ("JSON Lines", "records/s"),
        "export.pdf": ("PDF", "records/s"),
        "export.memory": ("Memory of a CSV export", "MB"),
    },
    "Check": {
        "verify": ("Check of the archive: every object, every chain", "MB/s"),
        "verify.full": ("Complete check: all records derived again", "s"),
        "verify.full.memory": ("Memory of a complete check", "MB"),
    },
    "Index and retention": {
        "index": ("Indexing", "records/s"),
        "rebuild.index": ("Rebuild of the index, for 1,000,000 records", "s"),
        "rebuild.index.memory": ("Memory of that", "MB"),
        "rebuild.records": ("Rebuild of the records from the evidence, for 1,000,000 records", "s"),
        "rebuild.records.memory": ("Memory of that", "MB"),
        "retention": ("Retention fields of all records", "s"),
        "retention.memory": ("Memory of that", "MB"),
    },
}


def write_page() -> str:
    """Return the page as Markdown."""
    data = {int(size): measures for size, measures in orjson.loads(DATA.read_bytes()).items()}
    newest = max(
        (one for measures in data.values() for one in measures.values()), key=lambda one: one["date"]
    )
    measured = {name for measures in data.values() for name in measures}
    parts = (
        f"## {heading}\n\n{_make_table(measures, data)}"
        for heading, measures in PARTS.items()
        if measured & measures.keys()
    )
    return HEAD.format(**newest) + "\n".join(parts)


def _make_table(measures: Mapping[str, tuple[str, str]], data: Mapping[int, Mapping[str, Any]]) -> str:
    sizes = sorted(data)
    head = "".join(f" {size:,} records |" for size in sizes)
    lines = [f"| Measure | Unit |{head}", f"|---|---|{'---:|' * len(sizes)}"]
    for name, (label, unit) in measures.items():
        cells = "".join(f" {_format(data[size].get(name))} |" for size in sizes)
        if cells.replace("|", "").strip():
            lines.append(f"| {label} | {unit} |{cells}")
    return "\n".join(lines) + "\n"


def _format(result: Mapping[str, Any] | None) -> str:
    if result is None:
        return ""
    value = float(result["ours"])
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
