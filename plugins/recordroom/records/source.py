"""What the platform sent about one version: the item itself as it stood in the response, and how it lies in the evidence.

A response often holds other records within an item (the answers to a comment, for one). Each has a page of its own, which its own rights
guard; here it is named as another record and left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

from recordroom.archive import evidence
from recordroom.archive.evidence import Kept
from recordroom.archive.state.record_state import Place
from recordroom.archive.store import Store
from recordroom.errors import RecordroomError, Tampered, UsageError
from recordroom.imports.registry import item_at
from recordroom.model import VISIBLE, indented, loads, sha256
from recordroom.records.evidence import (
    Excerpt,
    VersionEvidence,
    locate_version,
    read_pointer,
    read_step,
    reparse_status,
)
from recordroom.records.record import Version
from recordroom.search import client
from recordroom.search.access import Viewer
from recordroom.search.hits import mentions_any, native_id_of
from recordroom.search.masking import SURE
from recordroom.search.searcher import Searcher

BLOCK = 10_000  # ids of one request


@dataclass(frozen=True, slots=True)
class EvidenceFile:
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


def describe_file(searcher: Searcher, version: Version, viewer: Viewer) -> EvidenceFile:
    """ServiceUnavailable if the bucket or Elasticsearch is away; Tampered where it is not what its manifest names."""
    where = version.evidence
    data = searcher.archive.get(where.key)
    if (found := sha256(data)) != where.sha256:
        raise Tampered(where.key, "is not what its manifest names", where.sha256, found)
    kept = list(evidence.exchanges(data))
    records = tuple(sorted(set[str]().union(*map(_noted, kept))))
    gone, unnoted = (
        sum(_count_gone(searcher, version.record["account"], records)),
        sum(1 for one in kept if not _noted(one)),
    )
    shut = len(_barred(viewer.quarantine.records, kept))
    return EvidenceFile(where.key, where.sha256, len(data), len(kept), unnoted, records, gone, shut)


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
        found |= {
            name
            for name in barred
            if (len(native_id_of(name)) >= SURE or not _noted(one)) and mentions_any(text, (name,))
        }
    return found


def _count_gone(searcher: Searcher, account: str, records: tuple[str, ...]) -> Iterator[int]:
    for start in range(0, len(records), BLOCK):
        named: list[dict[str, Any]] = [
            {"terms": {"record_id": records[start : start + BLOCK]}},
            {"term": {"account": account}},
        ]
        query = {
            "bool": {
                "filter": [*named, {"term": {"current": True}}],
                "must_not": [{"term": {"status": "visible"}}],
            }
        }
        with client.speaking():
            yield int(searcher.client.count(index=searcher.alias, query=query)["count"])


ANOTHER = "(another record of this response stands here)"
LONGEST = 100_000  # bytes of an answer without the record that are shown
_ENTRIES = ("item", "entry")  # RSS, Atom


@dataclass(frozen=True, slots=True)
class SentResponse:
    """An answer of the platform as it is kept: its SHA-256 and size, and the evidence that it lies in. `status`: of HTTP; 0 where it is a
    piece of an imported file."""

    url: str
    status: int
    fetched_at: datetime | None
    sha256: str
    bytes: int
    evidence: str
    evidence_sha256: str


@dataclass(frozen=True, slots=True)
class RemovalResponse:
    """The answer that tells the status of something that had gone. `text`: all of it, "" where other records stand in it, or where it is
    longer than LONGEST; `others`: how many."""

    sent: SentResponse
    text: str
    others: int


@dataclass(frozen=True, slots=True)
class SourceItem:
    """`text`: the item, as indented JSON or as XML. `pointer`: its place in the answer. `others`: how many records of the answer
    beside this one may be known of. `sequence`: the version that brought it; `gone`: what was answered when it was asked for later, where
    that made the version; else `status`: what tells the status of what is not visible, where that stands in one place."""

    text: str
    pointer: str
    sent: SentResponse
    others: int
    sequence: int
    gone: RemovalResponse | None
    status: Excerpt | None


def read_source(archive: Store, version: Version, versions: Sequence[Version], viewer: Viewer) -> SourceItem:
    """`versions`: all of the record. ArchiveError where the evidence does not hold
    it; UsageError where it is of no form that can be shown; ServiceUnavailable if the bucket is away."""
    found = locate_version(archive, version, versions)
    kept = evidence.read(archive, found.words.key, found.words.offset, found.words.length)
    body, pointer = kept.exchange.body, found.words.pointer
    text = item_at(kept.exchange, pointer) if "import" in kept.exchange.context else None
    if text is None:
        text = _json(kept, pointer) if _is_json(body) else _xml(body, pointer)
    gone = _gone(archive, version, found.told, viewer) if found.told else None
    others = _others(kept, version).difference(viewer.withheld_records)
    status = None if gone else _status(archive, version, found)
    return SourceItem(
        text, pointer, _sent(kept, found.holder), len(others), found.holder.record["sequence"], gone, status
    )


def _status(archive: Store, version: Version, found: VersionEvidence) -> Excerpt | None:
    """What cannot be read again is shown all the same; its proof says why."""
    own = version.record
    if own["status"] == VISIBLE:
        return None
    try:
        return reparse_status(archive, own["platform"], found.words, own["record_id"]).part
    except RecordroomError:
        return None


def mask_addresses(found: SourceItem, unnamed: Callable[[str], str]) -> SourceItem:
    """For whoever may not see all (search/masking.py): what was asked for may name other records."""
    gone = found.gone and replace(found.gone, sent=_without_ids(found.gone.sent, unnamed))
    return replace(found, sent=_without_ids(found.sent, unnamed), gone=gone)


def _without_ids(sent: SentResponse, unnamed: Callable[[str], str]) -> SentResponse:
    return replace(sent, url=unnamed(sent.url))


def _gone(archive: Store, version: Version, where: Place, viewer: Viewer) -> RemovalResponse:
    kept = evidence.read(archive, where.key, where.offset, where.length)
    others = _others(kept, version)
    return RemovalResponse(
        _sent(kept, version),
        "" if others else _whole(kept.exchange.body),
        len(others.difference(viewer.withheld_records)),
    )


def _whole(body: bytes) -> str:
    if len(body) > LONGEST:
        return ""
    return indented(loads(body)) if _is_json(body) else body.decode(errors="replace")


def _sent(kept: Kept, version: Version) -> SentResponse:
    told, where = kept.exchange, version.evidence
    return SentResponse(
        told.url, told.status, told.fetched_at, sha256(told.body), len(told.body), where.key, where.sha256
    )


def _others(kept: Kept, version: Version) -> set[str]:
    return {item["record_id"] for item in kept.metadata.get("items", ())} - {version.record["record_id"]}


def _is_json(body: bytes) -> bool:
    return body.lstrip()[:1] in (b"{", b"[", b'"')


def _json(kept: Kept, pointer: str) -> str:
    whole = loads(kept.exchange.body)
    within = [
        item["pointer"]
        for item in kept.metadata.get("items", ())
        if item["pointer"].startswith(f"{pointer}/")
    ]
    for other in sorted(within, key=len, reverse=True):
        above, _, name = other.rpartition("/")
        holder = read_pointer(whole, above)
        holder[read_step(holder, name)] = ANOTHER
    return indented(read_pointer(whole, pointer))


def _xml(body: bytes, pointer: str) -> str:
    """The n-th entry of a feed, or the feed without its entries."""
    try:
        root = ET.fromstring(body)  # noqa: S314 (expat of Python 3.11 refuses entities that grow; it was read as a feed before)
    except ET.ParseError as problem:
        raise UsageError(
            "what was sent is neither JSON nor XML, and is not shown here", "Save the whole evidence."
        ) from problem
    entries = [one for one in root.iter() if str(one.tag).rpartition("}")[2] in _ENTRIES]
    kind, _, number = pointer.partition("/")
    if kind == "entry" and number.isdigit() and 0 < int(number) <= len(entries):
        return ET.tostring(entries[int(number) - 1], "unicode")
    for parent in root.iter():
        for child in [one for one in parent if one in entries]:
            parent.remove(child)
    return ET.tostring(root, "unicode")
