"""Checks the rows in the derived bucket against the manifests (11.1). It needs the package pyarrow.

It imports nothing of recordroom. The numbers in comments are sections of archive-format.md.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow.parquet as pq
from sources import Source

Row = dict[str, Any]


def plain(value: Any) -> Any:  # 4: nulls left out, instants as text
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, datetime):
        at = value.astimezone(UTC)
        return f"{at.year:04}-{at:%m-%dT%H:%M:%S.%fZ}"
    return value


def canonical(value: Any) -> bytes:  # 4
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def check(manifests: Iterable[dict[str, Any]], derived: Source) -> Iterator[tuple[str, str]]:
    """Yield (name, problem) of each manifest whose rows are not what it promises."""
    rows = read(derived)
    for entry in manifests:
        body, name = entry["body"], f"records of {entry['body']['account']}, entry {entry['number']}"
        own = rows.get((body["account"], entry["number"]), [])
        own.sort(key=lambda row: (row["record_id"], row["sequence"]))
        told = sorted(numbers(delta) for delta in body["deltas"] if "sequence" in delta)
        if [numbers(row) for row in own] != told:
            yield name, "the rows are not those of the manifest, by their numbers"
        # a later parser may have read more in the same evidence
        if all(row["parser"] == body["versions"]["parser"] for row in own):
            text = b"\n".join(map(canonical, own))
            if hashlib.sha256(text).hexdigest() != body["rows"]["sha256"]:
                yield name, "the rows do not have the hash that the manifest promises"


def read(derived: Source) -> dict[tuple[str, int], list[Row]]:
    """Return (account, number of the manifest) -> its rows."""
    keys = [key for key, _, _ in derived.list() if key.startswith("records/")]
    catalog: dict[str, Any] = {"generation": "g1", "merged": [], "covered": {}}
    if "records/catalog.json" in keys:
        catalog = json.loads(derived.get("records/catalog.json")[0])
    single = [key for key in keys if key.startswith(f"records/{catalog['generation']}/captured=")]
    rows: dict[tuple[str, int], list[Row]] = {}
    for key in (*catalog["merged"], *single):
        for row in map(plain, pq.read_table(io.BytesIO(derived.get(key)[0])).to_pylist()):
            covered = catalog["covered"].get(row["account"], 0)
            if key in catalog["merged"] or row["ledger_number"] > covered:
                rows.setdefault((row["account"], row["ledger_number"]), []).append(row)
    return rows


def numbers(one: dict[str, Any]) -> tuple[str, int, str]:
    return one["record_id"], one["sequence"], one["version"]
