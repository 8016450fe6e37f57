"""The proof of one version, made now against the store, step by step: each says what was compared, and whether it is so.

It proves that what is shown is what the platform sent and this archive committed at that time. A version's hash is of its content alone
(words, links, which files with which descriptions, author, visibility): its status and the bytes of its files are compared with what the
entry tells of them. That nothing was taken out of the chain since, and that the clock was right, prove the anchors
(`recordroom verify --anchor`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from recordroom.archive import evidence, media
from recordroom.archive.ledger import Ledger, check_link, tail_of
from recordroom.archive.store import Store
from recordroom.capture.content import Reader
from recordroom.errors import ArchiveError, NotThere, PlatformFailure, RecordroomError, Tampered
from recordroom.model import version_of
from recordroom.search.placed import delta_of, placed, read
from recordroom.search.results import Searcher
from recordroom.search.showing import Version, versions_of

BEHIND = 64  # entries behind the version's own of which the links are checked


@dataclass(frozen=True, slots=True)
class Step:
    """`ok` None: it could not be done, and says nothing; `found` says why."""

    what: str
    ok: bool | None
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Proof:
    """`words`: the version whose evidence holds the words; an earlier one, where this one says that the record was gone."""

    version: Version
    words: Version
    steps: tuple[Step, ...]


def prove(searcher: Searcher, record_id: str, account: str, sequence: int, who: str | None = None, *, quarantined: bool = False) -> Proof:
    """`quarantined`: of a record under quarantine too. NotThere where there is no such version, or none that may be seen. What is wrong
    is a step that is not ok, never an exception."""
    versions = versions_of(searcher, record_id)
    found = [v for v in versions if (v.record["account"], v.record["sequence"]) == (account, sequence)]
    if not found or (record_id in searcher.quarantine.now().records and not quarantined):
        raise NotThere(f"there is no version {sequence} of {record_id} in {account}", "Take it from the record's own page.")
    words = _holder(searcher.archive, found[0], versions)
    steps = tuple(_steps(searcher.archive, found[0], versions, words))
    searcher.note("prove", who, record_id=record_id, account=account, sequence=sequence, ok=all(step.ok for step in steps))
    return Proof(found[0], words, steps)


def _steps(archive: Store, version: Version, versions: Sequence[Version], words: Version) -> Iterator[Step]:
    own = version.record
    ledger = Ledger(archive, f"capture/{own['platform']}/{own['account']}")
    yield _tried("The words that are shown have the hash of this version", lambda: (own["version"], version_of(own)))
    yield _tried("The entry follows the one before it, and those behind it follow in turn", partial(_linked, ledger, own["ledger_number"]))
    yield _tried("The entry names this version", lambda: (own["version"], str(delta_of(archive, version)[1]["version"])))
    yield _tried("The entry tells the status that is shown, by whom and how it is known", partial(_status, archive, version))
    yield _tried("The evidence is what the entry names, byte for byte", partial(_evidence, archive, version))
    yield _tried("Its words, read again from the evidence, have the hash of this version", partial(_content, archive, version, versions))
    if words is not version:
        yield from _steps_of_what_had_gone(ledger, version, words)
    for one in own["media"]:
        if one["sha256"]:
            yield _tried(f"File {one['position']} is what the entry names", partial(_file, archive, version, one))


def _holder(archive: Store, version: Version, versions: Sequence[Version]) -> Version:
    """What cannot be read was a step that does not hold."""
    try:
        return placed(archive, version, versions).holder
    except RecordroomError:
        return version


def _steps_of_what_had_gone(ledger: Ledger, version: Version, words: Version) -> Iterator[Step]:
    """Its words came with an earlier version, whose entry and evidence are others."""
    brought, number = f"version {words.record['sequence']}, which brought its words,", words.record["ledger_number"]
    yield _tried("The answer in the evidence of this version tells the status", partial(_told, ledger.store, version))
    yield _tried(f"The entry of {brought} follows the one before it, and those behind it follow in turn", partial(_linked, ledger, number))
    yield _tried(f"The evidence of {brought} is what its entry names, byte for byte", partial(_evidence, ledger.store, words))


def _tried(what: str, compare: Callable[[], tuple[str, str]]) -> Step:
    try:
        expected, found = compare()
    except Tampered as problem:
        return Step(what, False, problem.expected, problem.found)
    except (ArchiveError, PlatformFailure) as problem:
        return Step(what, False, "there, and readable", str(problem))
    except RecordroomError as problem:  # the store is away: nothing is known
        return Step(what, None, "", problem.words)
    return Step(what, expected == found, expected, found)


def _linked(ledger: Ledger, number: int) -> tuple[str, str]:
    """(the entry's hash as the next one has it, its own hash); of the newest one, its own alone."""
    last = min(ledger.head(), number + BEHIND)
    before = ledger.read(number - 1) if number > 1 else None
    entry = read(ledger, number)
    if before is not None:
        check_link(entry, tail_of(before))
    for following in ledger.entries(tail_of(entry), last):
        if following.number == number + 1 and following.previous != entry.sha256:
            return following.previous or "", entry.sha256
    return entry.sha256, entry.sha256


def _status(archive: Store, version: Version) -> tuple[str, str]:
    """The hash of a version is of its content: what became of it since stands in the entry alone."""
    return _standing(version.record), _standing(delta_of(archive, version)[1])


def _standing(told: Mapping[str, Any]) -> str:
    return "; ".join(str(told[name]) for name in ("status", "acted_by", "status_reason") if told.get(name))


def _evidence(archive: Store, version: Version) -> tuple[str, str]:
    return _hashed(archive, version.evidence.key, version.evidence.sha256)


def _told(archive: Store, version: Version) -> tuple[str, str]:
    """What was made of the answer when it came, which stands beside it in the evidence."""
    own, where, delta = version.record, version.evidence, delta_of(archive, version)[1]
    kept = evidence.read(archive, where.key, where.offset, where.length)
    said = [one for one in kept.metadata.get("absences", ()) if one["record_id"] == own["record_id"]]
    found = [f"{one['status']}; {one['reason']}" for one in said]
    return f"{delta['status']}; {delta['status_reason']}", ", ".join(found) or "nothing of this record"


def _file(archive: Store, version: Version, one: Mapping[str, Any]) -> tuple[str, str]:
    named = delta_of(archive, version)[1].get("media", {}).get(one["identity"], {}).get("sha256")
    if named != one["sha256"]:
        return one["sha256"], str(named)
    return _hashed(archive, media.key_of(named), named)


def _content(archive: Store, version: Version, versions: Sequence[Version]) -> tuple[str, str]:
    own, where = version.record, placed(archive, version, versions).words
    return own["version"], version_of(Reader(archive, own["platform"]).at(where, own["record_id"]))


def _hashed(archive: Store, key: str, expected: str) -> tuple[str, str]:
    digest = hashlib.sha256()
    for chunk in archive.open(key)[1]:
        digest.update(chunk)
    return expected, digest.hexdigest()
