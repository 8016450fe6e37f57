"""Prove one version of a record against the archive, step by step.

Each step reports what was compared, in words for readers who are not programmers, and whether it holds.

The proof shows that a page has what the platform sent, or what someone submitted, and what this archive
committed at that time. The hash of a version covers its content alone (text, links, files with their
descriptions, author, visibility). Its status and the bytes of its files are compared with its ledger entry; a
status that is not visible is also compared with the evidence that shows it. Two things are proved by the
anchors instead (`recordroom verify --anchor`): that no entry was removed from the chain since, and that the
clock was right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from recordroom.archive import media
from recordroom.archive.ledger import Ledger, check_link, tail_of
from recordroom.archive.state.record_state import EvidenceRef
from recordroom.archive.store import Store
from recordroom.canonical import version_of
from recordroom.capture.segment.parsing import EvidenceReader
from recordroom.errors import ArchiveError, PlatformFailure, RecordroomError, ServiceUnavailable, Tampered
from recordroom.model import VISIBLE
from recordroom.records import evidence
from recordroom.records.evidence import Excerpt, locate_version, read_delta, read_entry
from recordroom.records.record import RecordVersion, find_version
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher
from recordroom.status import is_claim, name_status


@dataclass(frozen=True, slots=True)
class ProofComparison:
    """The result of a comparison."""

    expected: str
    found: str
    means: str = ""  # what it shows, if only the comparison can say
    limit: str = ""  # what it does not show
    part: Excerpt | None = None  # the platform's own text about it


@dataclass(frozen=True, slots=True)
class ProofStep:
    """One step of a proof."""

    what: str
    means: str  # what it shows, in words for readers who are not programmers
    ok: bool | None  # None: the step could not be done and shows nothing; `found` says why
    expected: str
    found: str
    limit: str = ""
    part: Excerpt | None = None


def run_step(what: str, means: str, compare: Callable[[], ProofComparison]) -> ProofStep:
    """Run a comparison, and turn its failure into a step."""
    try:
        found = compare()
    except Tampered as problem:
        return ProofStep(what, means, False, problem.expected, problem.found)
    except (ArchiveError, PlatformFailure) as problem:
        return ProofStep(what, means, False, "present and readable", str(problem))
    except RecordroomError as problem:  # the store is away: nothing is known
        return ProofStep(what, means, None, "", problem.public_message)
    return ProofStep(
        what,
        means or found.means,
        found.expected == found.found,
        found.expected,
        found.found,
        found.limit,
        found.part,
    )


_BY = {"author": "its author", "agency": "the agency", "platform": "the platform", "unknown": "unknown"}
_BESIDE = (
    "The response with the text does not report this status itself. Other responses in the same capture"
    " reported it, and the capture recorded that next to this response, in the same evidence file. This"
    " record is unchanged. The other responses are not part of this proof."
)


def compare_entry(archive: Store, version: RecordVersion) -> ProofComparison:
    """Compare the status of a version with its ledger entry.

    The hash covers the content alone.
    """
    return ProofComparison(_all(version.record), _all(read_delta(archive, version)[1]))


def compare_status(
    archive: Store, version: RecordVersion, versions: Sequence[RecordVersion]
) -> ProofComparison:
    """Compare the status with the complete response that has the text of the version, parsed again.

    How the status is known is not compared: a later parser may word it differently.
    """
    own, delta = version.record, read_delta(archive, version)[1]
    again = evidence.reparse_status(
        archive, own["platform"], locate_version(archive, version, versions).words, own["record_id"]
    )
    expected, found = _stands(delta["status"], delta.get("acted_by")), _stands(again.status, again.acted_by)
    why = f" Source of the status: {again.reason}." if again.reason else ""
    if is_claim(own):
        return ProofComparison(
            expected, found, f"The submitted file was read again just now: “Found” is what it claims.{why}"
        )
    if again.part and again.part.beside:
        means = f"The complete response was read again just now, with the record next to it.{why}"
        return ProofComparison(expected, found, means, _BESIDE, again.part)
    return ProofComparison(
        expected,
        found,
        f"The complete response was read again just now: “Found” is what it reports.{why}",
        part=again.part,
    )


def compare_conclusion(archive: Store, version: RecordVersion) -> ProofComparison:
    """Compare the status with what the capture concluded from the response, which is stored next to it."""
    own, where = version.record, version.evidence
    place = EvidenceRef(where.key, where.offset, where.length, own["warc_record_id"], own["pointer"])
    again = evidence.read_conclusion(archive, own["platform"], place, own["record_id"])
    means = (
        "The capture requested this record from the platform again. It recorded its conclusion next to the"
        f" response, in the evidence file. The response, with HTTP status {again.http},"
        f" {'also contains the record' if again.holds else 'does not contain the record'}."
    )
    limit = (
        "This step compares the recorded conclusion with the ledger entry. It does not repeat the conclusion:"
        " to judge it, read the response."
    )
    return ProofComparison(
        _all(read_delta(archive, version)[1]),
        " ".join(map(_noted, again.said)) or "nothing of this record",
        means,
        limit,
    )


def _noted(one: Mapping[str, Any]) -> str:
    by = None if one["status"] == VISIBLE else one.get("acted_by") or "unknown"
    return _stands(one["status"], by, one["reason"])


def _all(row: Mapping[str, Any]) -> str:
    return _stands(row["status"], row.get("acted_by"), row.get("status_reason"))


def _stands(status: str, by: str | None, why: str | None = None) -> str:
    """Return a status in words: `Status: hidden. By: the agency. Source: ...`"""
    return (
        f"Status: {name_status(status)}."
        + (f" By: {_BY.get(by, by)}." if by else "")
        + (f" Source: {why}" if why else "")
    )


BEHIND = 64  # entries after the version's own whose links are checked


@dataclass(frozen=True, slots=True)
class RecordProof:
    """The proof of one version."""

    version: RecordVersion
    # the version whose evidence has the text; an earlier one if this one reports that the record was removed
    words: RecordVersion
    steps: tuple[ProofStep, ...]
    at: datetime  # when the proof was made


def prove_version(
    searcher: Searcher, record_id: str, account: str, sequence: int, viewer: Viewer
) -> RecordProof:
    """Prove one version, and record that in the audit journal.

    NotThere if there is no such version, or none that the viewer may see. What is wrong is a step that is not
    ok, never an exception.
    """
    found, versions = find_version(searcher, record_id, account, sequence, viewer)
    try:
        words, away = _holder(searcher.archive, found, versions), ""
    except ServiceUnavailable as problem:
        words, away = found, problem.public_message
    steps = tuple(_steps(searcher.archive, found, versions, words))
    steps += (ProofStep(_PLACES, _OF_PLACES, None, "", away),) if away else ()
    searcher.note(
        "prove",
        viewer.name,
        record_id=record_id,
        account=account,
        sequence=sequence,
        ok=all(step.ok for step in steps),
    )
    return RecordProof(found, words, steps, datetime.now(UTC))


def _steps(
    archive: Store, version: RecordVersion, versions: Sequence[RecordVersion], words: RecordVersion
) -> Iterator[ProofStep]:
    own = version.record
    ledger = Ledger(archive, f"capture/{own['platform']}/{own['account']}")
    yield run_step(
        "The text shown has the hash of this version",
        "A hash is a fingerprint of 64 characters. It was computed just now from the text, title,"
        " links, files, author's ID, and audience on the record's page. Any other letter would give another"
        " hash.",
        lambda: ProofComparison(own["version"], version_of(own)),
    )
    yield run_step(f"The ledger entry {_FOLLOWS}", _CHAIN, partial(_linked, ledger, own["ledger_number"]))
    yield run_step(
        "The ledger entry names this version",
        "The ledger entry that was written at the capture must have the same hash.",
        lambda: ProofComparison(own["version"], str(read_delta(archive, version)[1]["version"])),
    )
    yield run_step(
        "The ledger entry has the status that is shown, with its source",
        "The hash does not cover the status (visible, hidden, or removed, for example). The status on the"
        " page must be the one that was recorded at the capture.",
        partial(compare_entry, archive, version),
    )
    yield run_step(
        "The evidence file is the one that the ledger entry names",
        _EVIDENCE,
        partial(_evidence, archive, version),
    )
    yield run_step(
        "The text, read again from the evidence file, has the hash of this version",
        "The data that was received then was read again just now. It must give the same text, title,"
        " links, files, author's ID, and audience.",
        partial(_content, archive, version, versions),
    )
    try:
        again = _was_asked_again(archive, version)
    except ServiceUnavailable as problem:
        yield ProofStep(_TELLS, "", None, "", problem.public_message)
        again = False
    if again:
        yield run_step(_TELLS, "", partial(compare_conclusion, archive, version))
    elif own["status"] != VISIBLE:
        yield run_step(_TELLS, "", partial(compare_status, archive, version, versions))
    if words is not version:
        yield from _steps_of_the_words(ledger, words)
    for one in own["media"]:
        if one["sha256"]:
            yield run_step(
                f"File {one['position']} is the one that the ledger entry names",
                _OF_A_FILE,
                partial(_file, archive, version, one),
            )


_PLACES = "The response of the platform with the text"
_OF_PLACES = (
    "If a record was removed, its text came with an earlier response than its status. Both are checked."
)
_TELLS = "The evidence of this version has its status"
_FOLLOWS = "is linked to the entry before it, and the entries after it are linked in order"
_CHAIN = (
    "The ledger is a numbered list of the results of each capture. Each entry has the hash of the entry"
    " before it, so a changed or missing entry shows in the entries after it. This step checked this entry,"
    f" the entry before it, and up to {BEHIND} entries after it."
)
_OF_A_FILE = "The archived image, video, or other file must have the hash that was recorded at the capture."
_EVIDENCE = (
    "The evidence file has the responses of the platform, or pieces of submitted files, exactly as received."
    " Its hash must be the one that the ledger entry recorded: then no byte of it was changed since."
)


def _holder(archive: Store, version: RecordVersion, versions: Sequence[RecordVersion]) -> RecordVersion:
    """Return the version whose evidence has the text.

    Evidence that cannot be read is a step of the proof that fails; an unavailable store shows nothing.
    """
    try:
        return locate_version(archive, version, versions).holder
    except ServiceUnavailable:
        raise
    except RecordroomError:
        return version


def _was_asked_again(archive: Store, version: RecordVersion) -> bool:
    """Whether the capture asked for the record again.

    Its evidence is then the response that shows its status, and its text came with an earlier version.
    """
    try:
        return bool(read_delta(archive, version)[1].get("content"))
    except ServiceUnavailable:
        raise
    except RecordroomError:
        return False


def _steps_of_the_words(ledger: Ledger, words: RecordVersion) -> Iterator[ProofStep]:
    """Yield the steps for the earlier version that has the text.

    Its entry and its evidence are separate.
    """
    brought = f"version {words.record['sequence']}, which has the text,"
    number = words.record["ledger_number"]
    yield run_step(f"The ledger entry of {brought} {_FOLLOWS}", _CHAIN, partial(_linked, ledger, number))
    yield run_step(
        f"The evidence file of {brought} is the one that its ledger entry names",
        _EVIDENCE,
        partial(_evidence, ledger.store, words),
    )


def _linked(ledger: Ledger, number: int) -> ProofComparison:
    """Compare the hash of an entry with the one that the next entry has of it.

    The newest entry is compared with its own hash.
    """
    last = min(ledger.head(), number + BEHIND)
    before = ledger.read(number - 1) if number > 1 else None
    entry = read_entry(ledger, number)
    if before is not None:
        check_link(entry, tail_of(before))
    for following in ledger.entries(tail_of(entry), last):
        if following.number == number + 1 and following.previous != entry.sha256:
            return ProofComparison(following.previous or "", entry.sha256)
    return ProofComparison(entry.sha256, entry.sha256)


def _evidence(archive: Store, version: RecordVersion) -> ProofComparison:
    return _hashed(archive, version.evidence.key, version.evidence.sha256)


def _file(archive: Store, version: RecordVersion, one: Mapping[str, Any]) -> ProofComparison:
    named = read_delta(archive, version)[1].get("media", {}).get(one["identity"], {}).get("sha256")
    if named != one["sha256"]:
        return ProofComparison(one["sha256"], str(named))
    return _hashed(archive, media.key_of(named), named)


def _content(archive: Store, version: RecordVersion, versions: Sequence[RecordVersion]) -> ProofComparison:
    own, where = version.record, locate_version(archive, version, versions).words
    return ProofComparison(
        own["version"], version_of(EvidenceReader(archive, own["platform"]).at(where, own["record_id"]))
    )


def _hashed(archive: Store, key: str, expected: str) -> ProofComparison:
    digest = hashlib.sha256()
    for chunk in archive.open(key)[1]:
        digest.update(chunk)
    return ProofComparison(expected, digest.hexdigest())
