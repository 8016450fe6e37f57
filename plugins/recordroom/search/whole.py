"""A whole evidence object: what it holds beside the record that somebody looks at, before they may save it.

It is the file as the archive keeps it: every response of one segment of a capture, with the words of everybody in it, whatever became of
them since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from recordroom.archive import evidence
from recordroom.archive.evidence import Kept
from recordroom.archive.unnaming import SURE
from recordroom.errors import Tampered
from recordroom.model import sha256
from recordroom.search import node
from recordroom.search.hits import bare, names
from recordroom.search.results import Searcher
from recordroom.search.showing import Version

BLOCK = 10_000  # ids of one request


@dataclass(frozen=True, slots=True)
class Whole:
    """`records`: ids of all records that its responses hold, as far as that was noted: of an answer that says that something had gone, or
    that tells of a failure, nothing is (`unnoted`: how many these are). `gone`: how many of the records are not visible on the platform
    now, as far as the index tells; `barred`: how many are under quarantine, what the answers name beside their records among them."""

    key: str
    sha256: str
    bytes: int
    responses: int
    unnoted: int
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
    records = tuple(sorted(set[str]().union(*map(_noted, kept))))
    gone, unnoted = sum(_gone(searcher, version.record["account"], records)), sum(1 for one in kept if not _noted(one))
    shut = len(_barred(searcher.quarantine.now().records, kept))
    return Whole(where.key, where.sha256, len(data), len(kept), unnoted, records, gone, shut)


def _noted(kept: Kept) -> set[str]:
    return {item["record_id"] for item in kept.metadata.get("items", ())}


def _barred(barred: Collection[str], kept: Iterable[Kept]) -> set[str]:
    """What is noted, and what is named beside it: an item may quote another record; and where nothing was noted, an answer may be a whole
    list without the one that had gone, with the words of all others. There a number of few digits counts too, which elsewhere is any."""
    found: set[str] = set()
    for one in kept:
        noted, text = _noted(one), f"{one.exchange.url}\n{one.exchange.body.decode(errors='replace')}"
        noted |= {absence["record_id"] for absence in one.metadata.get("absences", ())}
        found |= noted.intersection(barred)
        found |= {name for name in barred if (len(bare(name)) >= SURE or not _noted(one)) and names(text, (name,))}
    return found


def _gone(searcher: Searcher, account: str, records: tuple[str, ...]) -> Iterator[int]:
    for start in range(0, len(records), BLOCK):
        named: list[dict[str, Any]] = [{"terms": {"record_id": records[start : start + BLOCK]}}, {"term": {"account": account}}]
        query = {"bool": {"filter": [*named, {"term": {"current": True}}], "must_not": [{"term": {"status": "visible"}}]}}
        with node.speaking():
            yield int(searcher.client.count(index=searcher.alias, query=query)["count"])
