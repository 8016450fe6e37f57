"""Show what the platform sent about one version.

The item in the response, and its place in the evidence.

A response often has other records within an item, for example the replies to a comment. Each of these has its
own page, with its own access check; here it is named as another record and left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

from recordroom.archive import evidence
from recordroom.archive.evidence import KeptExchange
from recordroom.archive.state.record_state import EvidenceRef
from recordroom.archive.store import Store
from recordroom.canonical import sha256
from recordroom.errors import RecordroomError, Tampered, UsageError
from recordroom.imports.registry import item_at
from recordroom.model import VISIBLE, loads
from recordroom.records.evidence import (
    Excerpt,
    VersionEvidence,
    locate_version,
    read_pointer,
    read_step,
    reparse_status,
)
from recordroom.records.record import RecordVersion
from recordroom.search import client
from recordroom.search.access import Viewer
from recordroom.search.hits import mentions_any, native_id_of
from recordroom.search.masking import SURE
from recordroom.search.searcher import Searcher
from recordroom.text import format_json

BLOCK = 10_000  # ids of one request


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """An evidence object that a person may save."""

    key: str
    sha256: str
    bytes: int
    responses: int
    # responses whose records are not noted: failures, and those that report that a record was removed
    unnoted: int
    records: tuple[str, ...]  # IDs of all records in its responses, as far as they were noted
    gone: int  # how many of the records are not visible on the platform now, by the index
    barred: int  # how many are under quarantine, records that the responses name included


def describe_file(searcher: Searcher, version: RecordVersion, viewer: Viewer) -> EvidenceFile:
    """Describe the evidence object of a version.

    ServiceUnavailable if the bucket or Elasticsearch is away; Tampered if the object differs from its
    manifest.
    """
    where = version.evidence
    data = searcher.archive.get(where.key)
    if (found := sha256(data)) != where.sha256:
        raise Tampered(where.key, "does not match its manifest", where.sha256, found)
    kept = list(evidence.read_exchanges(data))
    records = tuple(sorted(set[str]().union(*map(list_noted, kept))))
    gone = sum(_count_gone(searcher, version.record["account"], records))
    unnoted = sum(1 for one in kept if not list_noted(one))
    shut = len(find_barred(viewer.quarantine.records, kept))
    return EvidenceFile(where.key, where.sha256, len(data), len(kept), unnoted, records, gone, shut)


def list_noted(kept: KeptExchange) -> set[str]:
    """Return the IDs of the records that the capture read in a response."""
    return {item["record_id"] for item in kept.metadata.get("items", ())}


def find_barred(barred: Collection[str], kept: Iterable[KeptExchange]) -> set[str]:
    """Return the quarantined records that are noted, or named in the text of the responses.

    An item may quote another record. A response without notes may be a complete list except the record that
    was removed, with the text of all others: in such a response, short IDs count too, which elsewhere could
    be any number.
    """
    found: set[str] = set()
    for one in kept:
        noted, text = list_noted(one), f"{one.exchange.url}\n{one.exchange.body.decode(errors='replace')}"
        noted |= {absence["record_id"] for absence in one.metadata.get("absences", ())}
        found |= noted.intersection(barred)
        found |= {
            name
            for name in barred
            if (len(native_id_of(name)) >= SURE or not list_noted(one)) and mentions_any(text, (name,))
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


ANOTHER = "(another record of this response)"
LONGEST = 100_000  # bytes of an answer without the record that are shown
_ENTRIES = ("item", "entry")  # RSS, Atom


@dataclass(frozen=True, slots=True)
class SentResponse:
    """A response of the platform as it is stored."""

    url: str
    status: int  # of HTTP; 0 for a piece of an imported file
    fetched_at: datetime | None
    sha256: str  # of the response
    bytes: int
    evidence: str  # the key of the evidence object
    evidence_sha256: str


@dataclass(frozen=True, slots=True)
class RemovalResponse:
    """The response that shows the status of a record that was removed."""

    sent: SentResponse
    text: str  # the complete response; "" if it has other records, or is longer than LONGEST
    others: int  # how many other records it has


@dataclass(frozen=True, slots=True)
class SourceItem:
    """The item that the platform sent for a version."""

    text: str  # the item, as indented JSON or as XML
    pointer: str  # its place in the response
    sent: SentResponse
    others: int  # how many other records of the response the viewer may know of
    sequence: int  # the version that brought it
    # the later response that made the version, if the record was asked for again
    gone: RemovalResponse | None
    status: Excerpt | None  # else the part that shows a status that is not visible, if a single part does


def read_source(
    archive: Store, version: RecordVersion, versions: Sequence[RecordVersion], viewer: Viewer
) -> SourceItem:
    """Read the item that the platform sent for a version.

    versions: all versions of the record. ArchiveError if the evidence does not have it; UsageError if it has
    no form that can be shown; ServiceUnavailable if the bucket is away.
    """
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


def _status(archive: Store, version: RecordVersion, found: VersionEvidence) -> Excerpt | None:
    """Return the part that shows the status.

    None if it cannot be read, which its proof explains.
    """
    own = version.record
    if own["status"] == VISIBLE:
        return None
    try:
        return reparse_status(archive, own["platform"], found.words, own["record_id"]).part
    except RecordroomError:
        return None


def mask_addresses(found: SourceItem, unnamed: Callable[[str], str]) -> SourceItem:
    """Return the item for a viewer who may not see everything.

    An address that was requested may name other records.
    """
    gone = found.gone and replace(found.gone, sent=_without_ids(found.gone.sent, unnamed))
    return replace(found, sent=_without_ids(found.sent, unnamed), gone=gone)


def _without_ids(sent: SentResponse, unnamed: Callable[[str], str]) -> SentResponse:
    return replace(sent, url=unnamed(sent.url))


def _gone(archive: Store, version: RecordVersion, where: EvidenceRef, viewer: Viewer) -> RemovalResponse:
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
    return format_json(loads(body)) if _is_json(body) else body.decode(errors="replace")


def _sent(kept: KeptExchange, version: RecordVersion) -> SentResponse:
    told, where = kept.exchange, version.evidence
    return SentResponse(
        told.url, told.status, told.fetched_at, sha256(told.body), len(told.body), where.key, where.sha256
    )


def _others(kept: KeptExchange, version: RecordVersion) -> set[str]:
    return {item["record_id"] for item in kept.metadata.get("items", ())} - {version.record["record_id"]}


def _is_json(body: bytes) -> bool:
    return body.lstrip()[:1] in (b"{", b"[", b'"')


def _json(kept: KeptExchange, pointer: str) -> str:
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
    return format_json(read_pointer(whole, pointer))


def _xml(body: bytes, pointer: str) -> str:
    """Return the n-th entry of a feed, or the feed without its entries."""
    try:
        root = ET.fromstring(body)  # noqa: S314 (expat of Python 3.11 refuses entities that grow; it was read as a feed before)
    except ET.ParseError as problem:
        raise UsageError(
            "the platform sent neither JSON nor XML, so the item cannot be shown here",
            "Download the complete evidence file.",
        ) from problem
    entries = [one for one in root.iter() if str(one.tag).rpartition("}")[2] in _ENTRIES]
    kind, _, number = pointer.partition("/")
    if kind == "entry" and number.isdigit() and 0 < int(number) <= len(entries):
        return ET.tostring(entries[int(number) - 1], "unicode")
    for parent in root.iter():
        for child in [one for one in parent if one in entries]:
            parent.remove(child)
    return ET.tostring(root, "unicode")
