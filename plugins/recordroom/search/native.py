"""What the platform sent about one version: the item itself as it stood in the response, and how it lies in the evidence.

A response often holds other records within an item (the answers to a comment, for one). Each has a page of its own, which its own rights
guard; here it is named as another record and left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from xml.etree import ElementTree as ET

from recordroom.archive import evidence
from recordroom.archive.evidence import Kept
from recordroom.archive.state.record_state import Place
from recordroom.archive.store import Store
from recordroom.errors import RecordroomError, UsageError
from recordroom.imports import item_at
from recordroom.model import VISIBLE, indented, loads, sha256
from recordroom.search import status_told
from recordroom.search.placed import Placed, placed
from recordroom.search.pointer import at, step
from recordroom.search.showing import Version
from recordroom.search.status_told import Part

ANOTHER = "(another record of this response stands here)"
LONGEST = 100_000  # bytes of an answer without the record that are shown
_ENTRIES = ("item", "entry")  # RSS, Atom


@dataclass(frozen=True, slots=True)
class Sent:
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
class Gone:
    """The answer that tells the status of something that had gone. `text`: all of it, "" where other records stand in it, or where it is
    longer than LONGEST; `others`: how many."""

    sent: Sent
    text: str
    others: int


@dataclass(frozen=True, slots=True)
class Native:
    """`text`: the item, as indented JSON or as XML. `pointer`: its place in the answer. `others`: how many records of the answer
    beside this one may be known of. `sequence`: the version that brought it; `gone`: what was answered when it was asked for later, where
    that made the version; else `status`: what tells the status of what is not visible, where that stands in one place."""

    text: str
    pointer: str
    sent: Sent
    others: int
    sequence: int
    gone: Gone | None
    status: Part | None


def native(archive: Store, version: Version, versions: Sequence[Version], barred: Collection[str] = ()) -> Native:
    """`versions`: all of the record. `barred`: records of which whoever asks may not know. ArchiveError where the evidence does not hold
    it; UsageError where it is of no form that can be shown; ServiceUnavailable if the bucket is away."""
    found = placed(archive, version, versions)
    kept = evidence.read(archive, found.words.key, found.words.offset, found.words.length)
    body, pointer = kept.exchange.body, found.words.pointer
    text = item_at(kept.exchange, pointer) if "import" in kept.exchange.context else None
    if text is None:
        text = _json(kept, pointer) if _is_json(body) else _xml(body, pointer)
    gone = _gone(archive, version, found.told, barred) if found.told else None
    others = _others(kept, version).difference(barred)
    status = None if gone else _status(archive, version, found)
    return Native(text, pointer, _sent(kept, found.holder), len(others), found.holder.record["sequence"], gone, status)


def _status(archive: Store, version: Version, found: Placed) -> Part | None:
    """What cannot be read again is shown all the same; its proof says why."""
    own = version.record
    if own["status"] == VISIBLE:
        return None
    try:
        return status_told.read_again(archive, own["platform"], found.words, own["record_id"]).part
    except RecordroomError:
        return None


def as_told(found: Native, unnamed: Callable[[str], str]) -> Native:
    """For whoever may not see all (archive/unnaming.py): what was asked for may name other records."""
    gone = found.gone and replace(found.gone, sent=_without_ids(found.gone.sent, unnamed))
    return replace(found, sent=_without_ids(found.sent, unnamed), gone=gone)


def _without_ids(sent: Sent, unnamed: Callable[[str], str]) -> Sent:
    return replace(sent, url=unnamed(sent.url))


def _gone(archive: Store, version: Version, where: Place, barred: Collection[str]) -> Gone:
    kept = evidence.read(archive, where.key, where.offset, where.length)
    others = _others(kept, version)
    return Gone(_sent(kept, version), "" if others else _whole(kept.exchange.body), len(others.difference(barred)))


def _whole(body: bytes) -> str:
    if len(body) > LONGEST:
        return ""
    return indented(loads(body)) if _is_json(body) else body.decode(errors="replace")


def _sent(kept: Kept, version: Version) -> Sent:
    told, where = kept.exchange, version.evidence
    return Sent(told.url, told.status, told.fetched_at, sha256(told.body), len(told.body), where.key, where.sha256)


def _others(kept: Kept, version: Version) -> set[str]:
    return {item["record_id"] for item in kept.metadata.get("items", ())} - {version.record["record_id"]}


def _is_json(body: bytes) -> bool:
    return body.lstrip()[:1] in (b"{", b"[", b'"')


def _json(kept: Kept, pointer: str) -> str:
    whole = loads(kept.exchange.body)
    within = [item["pointer"] for item in kept.metadata.get("items", ()) if item["pointer"].startswith(f"{pointer}/")]
    for other in sorted(within, key=len, reverse=True):
        above, _, name = other.rpartition("/")
        holder = at(whole, above)
        holder[step(holder, name)] = ANOTHER
    return indented(at(whole, pointer))


def _xml(body: bytes, pointer: str) -> str:
    """The n-th entry of a feed, or the feed without its entries."""
    try:
        root = ET.fromstring(body)  # noqa: S314 (expat of Python 3.11 refuses entities that grow; it was read as a feed before)
    except ET.ParseError as problem:
        raise UsageError("what was sent is neither JSON nor XML, and is not shown here", "Save the whole evidence.") from problem
    entries = [one for one in root.iter() if str(one.tag).rpartition("}")[2] in _ENTRIES]
    kind, _, number = pointer.partition("/")
    if kind == "entry" and number.isdigit() and 0 < int(number) <= len(entries):
        return ET.tostring(entries[int(number) - 1], "unicode")
    for parent in root.iter():
        for child in [one for one in parent if one in entries]:
            parent.remove(child)
    return ET.tostring(root, "unicode")
