"""Where a version lies in the evidence: its words, and the answer that tells its status.

These are two places where the platform was asked for something that had gone: the words are those that an earlier version brought, and
the answer has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recordroom.archive.ledger import Entry, Ledger
from recordroom.archive.state.record_state import Place
from recordroom.archive.store import Store
from recordroom.errors import ArchiveError
from recordroom.search.showing import Version


@dataclass(frozen=True, slots=True)
class Placed:
    """`entry`, `delta`: what the ledger says of the version. `words`: where its content lies, which `holder` brought, the version itself
    or an earlier one. `told`: the answer that tells the status, where that is another one than the words stand in."""

    entry: Entry
    delta: Mapping[str, Any]
    words: Place
    holder: Version
    told: Place | None


def placed(archive: Store, version: Version, versions: Sequence[Version]) -> Placed:
    """`versions`: all of the record. ArchiveError where the ledger says nothing of it, or none of them brought its words: then the index is
    not of this archive, or not whole."""
    own, where = version.record, version.evidence
    entry, delta = delta_of(archive, version)
    place = Place(where.key, where.offset, where.length, own["warc_record_id"], own["pointer"])
    if not delta.get("content"):
        return Placed(entry, delta, place, version, None)
    words = Place(**delta["content"])
    brought = [v for v in versions if v.record["account"] == own["account"] and _place(v) == (words.key, words.warc_record_id)]
    if not brought:
        problem = f"no version of {own['record_id']} in {own['account']} brought the words of version {own['sequence']}"
        raise ArchiveError(problem, "Run `recordroom rebuild index`, then `recordroom verify`.")
    return Placed(entry, delta, words, brought[0], place)


def delta_of(archive: Store, version: Version) -> tuple[Entry, Mapping[str, Any]]:
    """What the ledger says of a version."""
    own = version.record
    ledger = Ledger(archive, f"capture/{own['platform']}/{own['account']}")
    entry = read(ledger, own["ledger_number"])
    for delta in entry.body.get("deltas", ()):
        if (delta["record_id"], delta.get("sequence")) == (own["record_id"], own["sequence"]):
            return entry, delta
    words = f"entry {own['ledger_number']} of {ledger.name} has no version {own['sequence']} of {own['record_id']}"
    raise ArchiveError(words, "Run `recordroom rebuild index`, then `recordroom verify`.")


def read(ledger: Ledger, number: int) -> Entry:
    entry = ledger.read(number)
    if entry is None:
        raise ArchiveError(f"entry {number} of {ledger.name} is not there", "Run `recordroom verify`.")
    return entry


def _place(version: Version) -> tuple[str, str]:
    return version.evidence.key, version.record["warc_record_id"]
