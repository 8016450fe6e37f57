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
from recordroom.status import is_claim


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
        return ProofStep(what, means, False, "there, and readable", str(problem))
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


_BY = {"author": "its author", "agency": "the agency", "platform": "the platform", "unknown": "not known"}
_BESIDE = (
    "The answer that holds the words does not say this itself. Other answers of the platform said it in the"
    " same capture: what they said"
    " was noted beside this answer when it came, in the same file of evidence, and the note is as it was."
    " Those other answers are not part"
    " of this proof."
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
    why = f" It was read as: {again.reason}." if again.reason else ""
    if is_claim(own):
        return ProofComparison(
            expected, found, f"The file that was handed in was read once more just now, and claims this.{why}"
        )
    if again.part and again.part.beside:
        means = f"The whole answer was read once more just now, with what was noted beside it.{why}"
        return ProofComparison(expected, found, means, _BESIDE, again.part)
    return ProofComparison(
        expected,
        found,
        f"The whole answer of the platform was read once more just now, and says this itself.{why}",
        part=again.part,
    )


def compare_conclusion(archive: Store, version: RecordVersion) -> ProofComparison:
    """Compare the status with what the capture concluded from the response, which is stored next to it."""
    own, where = version.record, version.evidence
    place = EvidenceRef(where.key, where.offset, where.length, own["warc_record_id"], own["pointer"])
    again = evidence.read_conclusion(archive, own["platform"], place, own["record_id"])
    means = (
        "The platform was asked for this record again. What was concluded from its answer was written"
        " beside it in the evidence. The"
        f" answer, with the HTTP status {again.http},"
        f" {'holds the record too' if again.holds else 'does not hold the record'}."
    )
    limit = (
        "The conclusion is compared with what the entry says, and not drawn anew: whoever judges it reads"
        " the answer itself."
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
    """Return a status in words: `Status: hidden. By whom: the agency. How that is known: ...`"""
    return (
        f"Status: {status}."
        + (f" By whom: {_BY.get(by, by)}." if by else "")
        + (f" How that is known: {why}" if why else "")
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
        "The words that are shown have the hash of this version",
        "A hash is a fingerprint of 64 signs. It was worked out just now from the words, links, files,"
        " author and audience that the"
        " record's page shows; were one letter another, it would be another.",
        lambda: ProofComparison(own["version"], version_of(own)),
    )
    yield run_step(f"Its entry {_FOLLOWS}", _CHAIN, partial(_linked, ledger, own["ledger_number"]))
    yield run_step(
        "The entry names this version",
        "What was written down in the ledger when this was captured is the same fingerprint.",
        lambda: ProofComparison(own["version"], str(read_delta(archive, version)[1]["version"])),
    )
    yield run_step(
        "The entry tells the status that is shown, by whom and how it is known",
        "Whether it was visible, hidden or gone is no part of the fingerprint. What the page says of that"
        " is what was written down then.",
        partial(compare_entry, archive, version),
    )
    yield run_step(
        "The evidence is what the entry names, byte for byte", _EVIDENCE, partial(_evidence, archive, version)
    )
    yield run_step(
        "Its words, read again from the evidence, have the hash of this version",
        "What came then was read once more just now, and gives the same words, links, files, author"
        " and audience.",
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
                f"File {one['position']} is what the entry names",
                _OF_A_FILE,
                partial(_file, archive, version, one),
            )


_PLACES = "Which answer of the platform brought its words"
_OF_PLACES = (
    "Where a record had gone, its words came with an earlier answer than its status, and both are checked."
)
_TELLS = "The evidence of this version tells its status"
_FOLLOWS = "follows the one before it, and those behind it follow in turn"
_CHAIN = (
    "The ledger is a numbered list of what each capture brought. Each entry holds the fingerprint of the"
    " one before it: none can be changed"
    " or taken out without the next ones showing it. Looked at were this one, the one before it and up to"
    f" {BEHIND} behind it."
)
_OF_A_FILE = (
    "The fingerprint of the picture, film or other file that the archive keeps is the one that was written"
    " down then."
)
_EVIDENCE = (
    "The evidence is the file in which answers of the platform, and pieces of files that were handed in,"
    " are kept as they came. Its"
    " fingerprint is the one that the entry wrote down then: nothing in it was changed since."
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
    brought = f"version {words.record['sequence']}, which brought its words,"
    number = words.record["ledger_number"]
    yield run_step(f"The entry of {brought} {_FOLLOWS}", _CHAIN, partial(_linked, ledger, number))
    yield run_step(
        f"The evidence of {brought} is what its entry names, byte for byte",
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
