"""What in the evidence tells how a version stands on its platform, where that is not visible.

Either the answer in which its words stand says so, at a place that the platform's parser knows; or other answers said so, and the capture
noted it beside this one; or the record was asked for again later, and its status was concluded from that answer, which may have no words
of it at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recordroom import platforms
from recordroom.archive import evidence
from recordroom.archive.evidence import Kept
from recordroom.archive.held import Place
from recordroom.archive.store import Store
from recordroom.capture.segment.parsing import EvidenceReader, parse_response
from recordroom.errors import ArchiveError, PlatformFailure
from recordroom.model import BESIDE, VISIBLE, Record, indented, loads
from recordroom.search import pointer


@dataclass(frozen=True, slots=True)
class Part:
    """`pointer`: a place in the platform's answer or, `beside`, in what the capture noted beside it; `text`: what stands there, as JSON."""

    pointer: str
    text: str
    beside: bool


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """What today's parser reads of it. `part`: None where no one place tells it."""

    status: str
    acted_by: str | None
    reason: str | None
    part: Part | None


@dataclass(frozen=True, slots=True)
class Concluded:
    """What was made of an answer when it came, which stands beside it. `http`: its status; `holds`: it has the record itself."""

    said: tuple[Mapping[str, Any], ...]
    http: int
    holds: bool


def read_again(archive: Store, platform: str, place: Place, record_id: str) -> ReadAgain:
    """Of the answer in which its words stand. ArchiveError where today's parser does not find it there."""
    record = EvidenceReader(archive, platform).at(place, record_id)
    kept = evidence.read(archive, place.key, place.offset, place.length)
    by = (record.acted_by or "unknown") if record.status != VISIBLE else None
    return ReadAgain(record.status, by, record.status_reason, _part(record, kept))


def concluded(archive: Store, platform: str, place: Place, record_id: str) -> Concluded:
    """Of an answer that was kept because it tells that something is not there as it was."""
    kept = evidence.read(archive, place.key, place.offset, place.length)
    said = tuple(one for one in kept.metadata.get("absences", ()) if one["record_id"] == record_id)
    return Concluded(said, kept.exchange.status, any(one.record_id == record_id for one in _records(platform, kept)))


def _part(record: Record, kept: Kept) -> Part | None:
    if record.status_at is None:
        return None
    beside = record.status_at.startswith(BESIDE)
    where = record.status_at.removeprefix(BESIDE)
    try:
        found = pointer.at(kept.exchange.context if beside else loads(kept.exchange.body), where)
    except (ArchiveError, ValueError):  # several answers were read as one
        return None
    return Part(where, indented(found), beside)


def _records(platform: str, kept: Kept) -> list[Record]:
    try:
        return parse_response(platforms.load(platform), kept.exchange)
    except PlatformFailure:  # an error, as most of them are
        return []
