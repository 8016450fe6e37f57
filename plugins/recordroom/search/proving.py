"""The proof of one version, made now against the store, step by step: each says what was compared, and whether it is so.

It proves that what is shown is what the platform sent and this archive committed at that time. A version's hash is of its content alone
(words, links, which files with which descriptions, author, visibility): its status and the bytes of its files are compared with what the
entry tells of them. That nothing was taken out of the chain since, and that the clock was right, prove the anchors
(`recordroom verify --anchor`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from recordroom.archive import media
from recordroom.archive.held import Place
from recordroom.archive.ledger import Entry, Ledger, check_link, tail_of
from recordroom.archive.store import Store
from recordroom.capture.content import Reader
from recordroom.errors import ArchiveError, NotThere, PlatformFailure, RecordroomError, Tampered
from recordroom.model import version_of
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


def prove(
    searcher: Searcher, record_id: str, account: str, sequence: int, who: str | None = None, *, quarantined: bool = False
) -> tuple[Version, list[Step]]:
    """`quarantined`: of a record under quarantine too. NotThere where there is no such version, or none that may be seen. What is wrong
    is a step that is not ok, never an exception."""
    found = [v for v in versions_of(searcher, record_id) if (v.record["account"], v.record["sequence"]) == (account, sequence)]
    if not found or (record_id in searcher.quarantine.now().records and not quarantined):
        raise NotThere(f"there is no version {sequence} of {record_id} in {account}", "Take it from the record's own page.")
    steps = list(_steps(searcher.archive, found[0]))
    searcher.note("prove", who, record_id=record_id, account=account, sequence=sequence, ok=all(step.ok for step in steps))
    return found[0], steps


def _steps(archive: Store, version: Version) -> Iterator[Step]:
    own, place = version.record, version.evidence
    ledger = Ledger(archive, f"capture/{own['platform']}/{own['account']}")
    yield _tried("The words that are shown have the hash of this version", lambda: (own["version"], version_of(own)))
    yield _tried("The entry follows the one before it, and those behind it follow in turn", partial(_linked, ledger, own["ledger_number"]))
    yield _tried("The entry names this version", partial(_named, ledger, version))
    yield _tried("The entry tells the status that is shown, by whom and how it is known", partial(_status, ledger, version))
    yield _tried("The evidence is what the entry names, byte for byte", partial(_hashed, archive, place.key, place.sha256))
    yield _tried("Its words, read again from the evidence, have the hash of this version", partial(_content, ledger, version))
    for one in own["media"]:
        if one["sha256"]:
            yield _tried(f"File {one['position']} is what the entry names", partial(_file, ledger, version, one))


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
    entry = _read(ledger, number)
    if before is not None:
        check_link(entry, tail_of(before))
    for following in ledger.entries(tail_of(entry), last):
        if following.number == number + 1 and following.previous != entry.sha256:
            return following.previous or "", entry.sha256
    return entry.sha256, entry.sha256


def _named(ledger: Ledger, version: Version) -> tuple[str, str]:
    return version.record["version"], str(_delta(ledger, version)["version"])


def _status(ledger: Ledger, version: Version) -> tuple[str, str]:
    """The hash of a version is of its content: what became of it since stands in the entry alone."""
    return _standing(version.record), _standing(_delta(ledger, version))


def _standing(told: Mapping[str, Any]) -> str:
    return "; ".join(str(told[name]) for name in ("status", "acted_by", "status_reason") if told.get(name))


def _file(ledger: Ledger, version: Version, one: Mapping[str, Any]) -> tuple[str, str]:
    named = _delta(ledger, version).get("media", {}).get(one["identity"], {}).get("sha256")
    if named != one["sha256"]:
        return one["sha256"], str(named)
    return _hashed(ledger.store, media.key_of(named), named)


def _content(ledger: Ledger, version: Version) -> tuple[str, str]:
    """A version of status alone has the content of an earlier one, whose place the entry names."""
    own, place, delta = version.record, version.evidence, _delta(ledger, version)
    where = Place(place.key, place.offset, place.length, own["warc_record_id"], own["pointer"])
    if delta.get("content"):
        where = Place(**delta["content"])
    return own["version"], version_of(Reader(ledger.store, own["platform"]).at(where, own["record_id"]))


def _delta(ledger: Ledger, version: Version) -> Mapping[str, Any]:
    """What the entry says of this version; ArchiveError where it says nothing: then the index is not of this archive."""
    own = version.record
    for delta in _read(ledger, own["ledger_number"]).body.get("deltas", ()):
        if (delta["record_id"], delta.get("sequence")) == (own["record_id"], own["sequence"]):
            found: Mapping[str, Any] = delta
            return found
    words = f"entry {own['ledger_number']} of {ledger.name} has no version {own['sequence']} of {own['record_id']}"
    raise ArchiveError(words, "Run `recordroom rebuild index`, then `recordroom verify`.")


def _read(ledger: Ledger, number: int) -> Entry:
    entry = ledger.read(number)
    if entry is None:
        raise ArchiveError(f"entry {number} of {ledger.name} is not there", "Run `recordroom verify`.")
    return entry


def _hashed(archive: Store, key: str, expected: str) -> tuple[str, str]:
    digest = hashlib.sha256()
    for chunk in archive.open(key)[1]:
        digest.update(chunk)
    return expected, digest.hexdigest()
