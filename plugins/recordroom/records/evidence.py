"""Find a version in the evidence.

The place of its text, and the response that shows its status.

These are two places if the capture asked the platform for a record that was removed: an earlier version
brought the text, and the response has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recordroom.archive import evidence
from recordroom.archive.evidence import KeptExchange
from recordroom.archive.ledger import Entry, Ledger
from recordroom.archive.state.record_state import EvidenceRef
from recordroom.archive.store import Store
from recordroom.capture.segment.parsing import EvidenceReader, parse_response
from recordroom.errors import ArchiveError, PlatformFailure
from recordroom.model import BESIDE, VISIBLE, Record, loads
from recordroom.platforms import registry
from recordroom.records.record import RecordVersion
from recordroom.text import format_json


def read_pointer(value: Any, pointer: str) -> Any:
    """Return the value at a JSON pointer. ArchiveError if there is none."""
    try:
        for name in pointer.split("/")[1:]:
            value = value[read_step(value, name)]
    except (LookupError, ValueError, TypeError) as problem:
        raise ArchiveError(
            f"the evidence has nothing at {pointer}", "Run `recordroom verify --full`."
        ) from problem
    return value


def read_step(holder: Any, name: str) -> int | str:
    return int(name) if isinstance(holder, list) else name.replace("~1", "/").replace("~0", "~")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of the evidence."""

    # its place in the platform's response, or in the note of the capture next to it
    pointer: str
    text: str  # the value there, as JSON
    beside: bool


@dataclass(frozen=True, slots=True)
class ReparsedStatus:
    """The status that today's parser reads from a response."""

    status: str
    acted_by: str | None
    reason: str | None
    part: Excerpt | None  # the part that shows it; None if no single part does


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A conclusion that the capture drew from a response, and stored next to it."""

    said: tuple[Mapping[str, Any], ...]  # one entry for each conclusion about the record
    http: int  # the status of the response
    holds: bool  # whether the response has the record itself


def reparse_status(archive: Store, platform: str, place: EvidenceRef, record_id: str) -> ReparsedStatus:
    """Parse the response that has the text of a version again.

    ArchiveError if today's parser does not find it there.
    """
    record = EvidenceReader(archive, platform).at(place, record_id)
    kept = evidence.read(archive, place.key, place.offset, place.length)
    by = (record.acted_by or "unknown") if record.status != VISIBLE else None
    return ReparsedStatus(record.status, by, record.status_reason, _part(record, kept))


def read_conclusion(archive: Store, platform: str, place: EvidenceRef, record_id: str) -> Conclusion:
    """Read the conclusion from a response that shows that a record is not there as it was."""
    kept = evidence.read(archive, place.key, place.offset, place.length)
    said = tuple(one for one in kept.metadata.get("absences", ()) if one["record_id"] == record_id)
    return Conclusion(
        said, kept.exchange.status, any(one.record_id == record_id for one in _records(platform, kept))
    )


def _part(record: Record, kept: KeptExchange) -> Excerpt | None:
    if record.status_at is None:
        return None
    beside = record.status_at.startswith(BESIDE)
    where = record.status_at.removeprefix(BESIDE)
    try:
        found = read_pointer(kept.exchange.context if beside else loads(kept.exchange.body), where)
    except (ArchiveError, ValueError):  # several answers were read as one
        return None
    return Excerpt(where, format_json(found), beside)


def _records(platform: str, kept: KeptExchange) -> list[Record]:
    try:
        return parse_response(registry.load(platform), kept.exchange)
    except PlatformFailure:  # an error, as most of them are
        return []


@dataclass(frozen=True, slots=True)
class VersionEvidence:
    """The places of one version in ledger and evidence."""

    entry: Entry
    delta: Mapping[str, Any]  # what the entry records of the version
    words: EvidenceRef  # where its content is
    holder: RecordVersion  # the version that brought the content: the version itself, or an earlier one
    told: EvidenceRef | None  # the response that shows the status; None if it is the one with the content


def locate_version(
    archive: Store, version: RecordVersion, versions: Sequence[RecordVersion]
) -> VersionEvidence:
    """Find a version in ledger and evidence.

    versions: all versions of the record. ArchiveError if the ledger does not name the version, or if none of
    them brought its content: the index is then of another archive, or incomplete.
    """
    own, where = version.record, version.evidence
    entry, delta = read_delta(archive, version)
    place = EvidenceRef(where.key, where.offset, where.length, own["warc_record_id"], own["pointer"])
    if not delta.get("content"):
        return VersionEvidence(entry, delta, place, version, None)
    words = EvidenceRef(**delta["content"])
    brought = [
        v
        for v in versions
        if v.record["account"] == own["account"] and _place(v) == (words.key, words.warc_record_id)
    ]
    if not brought:
        problem = (
            f"no version of {own['record_id']} in {own['account']} has the text of version {own['sequence']}"
        )
        raise ArchiveError(problem, "Run `recordroom rebuild index`, then `recordroom verify`.")
    return VersionEvidence(entry, delta, words, brought[0], place)


def read_delta(archive: Store, version: RecordVersion) -> tuple[Entry, Mapping[str, Any]]:
    """Read the ledger entry of a version, and what the entry records of it."""
    own = version.record
    ledger = Ledger(archive, f"capture/{own['platform']}/{own['account']}")
    entry = read_entry(ledger, own["ledger_number"])
    for delta in entry.body.get("deltas", ()):
        if (delta["record_id"], delta.get("sequence")) == (own["record_id"], own["sequence"]):
            return entry, delta
    words = (
        f"entry {own['ledger_number']} of {ledger.name} has no version {own['sequence']} of"
        f" {own['record_id']}"
    )
    raise ArchiveError(words, "Run `recordroom rebuild index`, then `recordroom verify`.")


def read_entry(ledger: Ledger, number: int) -> Entry:
    """Read a ledger entry. ArchiveError if it is missing."""
    entry = ledger.read(number)
    if entry is None:
        raise ArchiveError(f"entry {number} of {ledger.name} is missing", "Run `recordroom verify`.")
    return entry


def _place(version: RecordVersion) -> tuple[str, str]:
    return version.evidence.key, version.record["warc_record_id"]
