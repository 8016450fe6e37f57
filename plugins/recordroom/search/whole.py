"""A whole evidence object: what it holds beside the record that somebody looks at, before they may save it.

It is the file as the archive keeps it: every response of one segment of a capture, with the words of everybody in it, whatever became of
them since.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from recordroom.archive import evidence
from recordroom.errors import Tampered
from recordroom.model import sha256
from recordroom.search import node
from recordroom.search.results import Searcher
from recordroom.search.showing import Version

BLOCK = 10_000  # ids of one request


@dataclass(frozen=True, slots=True)
class Whole:
    """`records`: ids of all records that its responses hold. `gone`: how many of these are not visible on the platform now, as far as the
    index tells; `barred`: how many are under quarantine."""

    key: str
    sha256: str
    bytes: int
    responses: int
    records: tuple[str, ...]
    gone: int
    barred: int


def whole(searcher: Searcher, version: Version) -> Whole:
    """ServiceUnavailable if the bucket or Elasticsearch is away; Tampered where it is not what its manifest names."""
    where = version.evidence
    data = searcher.archive.get(where.key)
    if (found := sha256(data)) != where.sha256:
        raise Tampered(where.key, "is not what its manifest names", where.sha256, found)
    kept = list(evidence.exchanges(data))
    records = tuple(sorted({item["record_id"] for one in kept for item in one.metadata.get("items", ())}))
    barred = searcher.quarantine.now().records
    gone = sum(_gone(searcher, version.record["account"], records))
    return Whole(where.key, where.sha256, len(data), len(kept), records, gone, sum(1 for one in records if one in barred))


def _gone(searcher: Searcher, account: str, records: tuple[str, ...]) -> Iterator[int]:
    for start in range(0, len(records), BLOCK):
        named: list[dict[str, Any]] = [{"terms": {"record_id": records[start : start + BLOCK]}}, {"term": {"account": account}}]
        query = {"bool": {"filter": [*named, {"term": {"current": True}}], "must_not": [{"term": {"status": "visible"}}]}}
        with node.speaking():
            yield int(searcher.client.count(index=searcher.alias, query=query)["count"])
