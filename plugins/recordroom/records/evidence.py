"""Where a version lies in the evidence: its words, and the answer that tells its status.

These are two places where the platform was asked for something that had gone: the words are those that an earlier version brought, and
the answer has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recordroom import platforms
from recordroom.archive import evidence
from recordroom.archive.evidence import Kept
from recordroom.archive.ledger import Entry, Ledger
from recordroom.archive.state.record_state import Place
from recordroom.archive.store import Store
from recordroom.capture.content import Reader, records_in
from recordroom.errors import ArchiveError, PlatformFailure
from recordroom.model import BESIDE, VISIBLE, Record, indented, loads
from recordroom.records.record import Version


def read_pointer(value: Any, pointer: str) -> Any:
    """ArchiveError where nothing stands there."""
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
    """`pointer`: a place in the platform's answer or, `beside`, in what the capture noted beside it; `text`: what stands there, as JSON."""

    pointer: str
    text: str
    beside: bool


@dataclass(frozen=True, slots=True)
class ReparsedStatus:
    """What today's parser reads of it. `part`: None where no one place tells it."""

    status: str
    acted_by: str | None
    reason: str | None
    part: Excerpt | None


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What was made of an answer when it came, which stands beside it. `http`: its status; `holds`: it has the record itself."""

    said: tuple[Mapping[str, Any], ...]
    http: int
    holds: bool


def reparse_status(archive: Store, platform: str, place: Place, record_id: str) -> ReparsedStatus:
    """Of the answer in which its words stand. ArchiveError where today's parser does not find it there."""
    record = Reader(archive, platform).at(place, record_id)
    kept = evidence.read(archive, place.key, place.offset, place.length)
    by = (record.acted_by or "unknown") if record.status != VISIBLE else None
    return ReparsedStatus(record.status, by, record.status_reason, _part(record, kept))


def read_conclusion(archive: Store, platform: str, place: Place, record_id: str) -> Conclusion:
    """Of an answer that was kept because it tells that something is not there as it was."""
    kept = evidence.read(archive, place.key, place.offset, place.length)
    said = tuple(one for one in kept.metadata.get("absences", ()) if one["record_id"] == record_id)
    return Conclusion(
        said, kept.exchange.status, any(one.record_id == record_id for one in _records(platform, kept))
    )


def _part(record: Record, kept: Kept) -> Excerpt | None:
    if record.status_at is None:
        return None
    beside = record.status_at.startswith(BESIDE)
    where = record.status_at.removeprefix(BESIDE)
    try:
        found = read_pointer(kept.exchange.context if beside else loads(kept.exchange.body), where)
    except (ArchiveError, ValueError):  # several answers were read as one
        return None
    return Excerpt(where, indented(found), beside)


def _records(platform: str, kept: Kept) -> list[Record]:
    try:
        return records_in(platforms.load(platform), kept.exchange)
    except PlatformFailure:  # an error, as most of them are
        return []


@dataclass(frozen=True, slots=True)
class VersionEvidence:
    """`entry`, `delta`: what the ledger says of the version. `words`: where its content lies, which `holder` brought, the version itself
    or an earlier one. `told`: the answer that tells the status, where that is another one than the words stand in."""

    entry: Entry
    delta: Mapping[str, Any]
    words: Place
    holder: Version
    told: Place | None


def locate_version(archive: Store, version: Version, versions: Sequence[Version]) -> VersionEvidence:
    """`versions`: all of the record. ArchiveError where the ledger says nothing of it, or none of them brought its words: then the index is
    not of this archive, or not whole."""
    own, where = version.record, version.evidence
    entry, delta = read_delta(archive, version)
    place = Place(where.key, where.offset, where.length, own["warc_record_id"], own["pointer"])
    if not delta.get("content"):
        return VersionEvidence(entry, delta, place, version, None)
    words = Place(**delta["content"])
    brought = [
        v
        for v in versions
        if v.record["account"] == own["account"] and _place(v) == (words.key, words.warc_record_id)
    ]
    if not brought:
        problem = f"no version of {own['record_id']} in {own['account']} brought the words of version {own['sequence']}"
        raise ArchiveError(problem, "Run `recordroom rebuild index`, then `recordroom verify`.")
    return VersionEvidence(entry, delta, words, brought[0], place)


def read_delta(archive: Store, version: Version) -> tuple[Entry, Mapping[str, Any]]:
    """What the ledger says of a version."""
    own = version.record
    ledger = Ledger(archive, f"capture/{own['platform']}/{own['account']}")
    entry = read_entry(ledger, own["ledger_number"])
    for delta in entry.body.get("deltas", ()):
        if (delta["record_id"], delta.get("sequence")) == (own["record_id"], own["sequence"]):
            return entry, delta
    words = f"entry {own['ledger_number']} of {ledger.name} has no version {own['sequence']} of {own['record_id']}"
    raise ArchiveError(words, "Run `recordroom rebuild index`, then `recordroom verify`.")


def read_entry(ledger: Ledger, number: int) -> Entry:
    entry = ledger.read(number)
    if entry is None:
        raise ArchiveError(f"entry {number} of {ledger.name} is not there", "Run `recordroom verify`.")
    return entry


def _place(version: Version) -> tuple[str, str]:
    return version.evidence.key, version.record["warc_record_id"]
