"""The quarantine: records and media files that only people with the right for it may see.

Each act is an entry of the ledger `quarantine`, with who did it, when, and why. Nothing else in the archive
changes: one entry hides, a later one may show again. A record is meant with all versions, in every account
that has it; a file with every place that shows it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from recordroom.archive import media
from recordroom.archive.ledger import Entry, Ledger, Tail, tail_of
from recordroom.archive.store import Store
from recordroom.errors import UsageError

NAME = "quarantine"
PUT, LIFTED = "quarantined", "lifted"  # types of entries
RECORD, FILE = "record_id", "sha256"  # what an entry names
LEFT = "copies_left"  # of an entry: records that copy this one and stay shown on purpose
MOST = 10_000  # of either kind at a time: every query names them all
LONGEST = 2_000  # characters of a reason
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class QuarantineTarget:
    """A record or a file that is put under quarantine or released."""

    kind: str  # RECORD or FILE
    name: str  # its record ID, or the hex SHA-256 of its bytes


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """Why a record or a file is under quarantine, who put it there, and since when."""

    reason: str
    who: str
    at: datetime
    number: int  # of the entry in the ledger
    left: tuple[str, ...] = ()  # IDs of records that copy it, which that person left as they are


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The records and files under quarantine, as of the ledger up to `tail`."""

    tail: Tail = field(default_factory=Tail)
    records: Mapping[str, QuarantineEntry] = field(default_factory=dict)  # by record ID
    files: Mapping[str, QuarantineEntry] = field(default_factory=dict)  # by the hex SHA-256 of their bytes
    newest: int = 0  # the number of the last entry that put something under quarantine

    def of(self, kind: str) -> Mapping[str, QuarantineEntry]:
        return self.records if kind == RECORD else self.files


def read(archive: Store, before: Quarantine | None = None, upto: int | None = None) -> Quarantine:
    """Return the quarantine in force.

    `before`: one in force earlier, from which the ledger is read on. upto: number of the last entry that
    counts.

    Tampered if the ledger is not intact.
    """
    found = before or Quarantine()
    barred = {RECORD: dict(found.records), FILE: dict(found.files)}
    for entry in Ledger(archive, NAME).entries(found.tail, upto):
        found = replace(
            found, tail=tail_of(entry), newest=entry.number if entry.type == PUT else found.newest
        )
        for kind, bars in barred.items():
            if entry.type == PUT and kind in entry.body:
                bars[entry.body[kind]] = read_entry(entry)
            elif entry.type == LIFTED and kind in entry.body:
                bars.pop(entry.body[kind], None)
    return replace(found, records=barred[RECORD], files=barred[FILE])


def read_entry(entry: Entry) -> QuarantineEntry:
    reason, left = entry.body.get("reason", "(no reason given)"), tuple(entry.body.get(LEFT, ()))
    return QuarantineEntry(reason, entry.actor, entry.at, entry.number, left)


def check(
    archive: Store, known: Quarantine, type_: str, things: Sequence[QuarantineTarget], reason: str
) -> None:
    """Raise UsageError if one of these acts would be refused.

    Then none of them may be done.

    known: the quarantine in force.
    """
    _said(reason)
    for thing in things:
        if type_ == PUT:
            _must_be_a_file(archive, thing)
        _check(known.of(thing.kind), type_, thing.name, sum(one.kind == thing.kind for one in things))


def put(
    archive: Store, thing: QuarantineTarget, reason: str, who: str | None = None, nonce: str = "", *,
    left: Sequence[str] = (), known: Quarantine | None = None,
) -> Entry:  # fmt: skip
    """Put a record or a file under quarantine.

    The caller has checked that a record exists. nonce: of the entry, as Ledger.append takes it. left: see
    QuarantineEntry. known: a quarantine in force earlier, from which the ledger is read on. UsageError if it
    is under quarantine already, or no file of the archive.
    """
    _must_be_a_file(archive, thing)
    more = {LEFT: sorted(left)} if left else {}
    return _append(archive, PUT, thing, reason, who=who, nonce=nonce, known=known, more=more)


def lift(
    archive: Store,
    thing: QuarantineTarget,
    reason: str,
    who: str | None = None,
    nonce: str = "",
    *,
    known: Quarantine | None = None,
) -> Entry:
    """Release a record or a file. UsageError if it is not under quarantine."""
    return _append(archive, LIFTED, thing, reason, who=who, nonce=nonce, known=known)


def _must_be_a_file(archive: Store, thing: QuarantineTarget) -> None:
    if thing.kind == FILE and (
        not _SHA256.fullmatch(thing.name) or archive.head(media.key_of(thing.name)) is None
    ):
        raise UsageError(
            f"the archive has no file {thing.name!r}", "Use its SHA-256, which is shown with its record."
        )


def _append(
    archive: Store, type_: str, thing: QuarantineTarget, reason: str, *,
    who: str | None, nonce: str, known: Quarantine | None, more: Mapping[str, Any] = MappingProxyType({}),
) -> Entry:  # fmt: skip
    reason = _said(reason)
    state = {"known": known or Quarantine()}

    def load() -> Tail:
        state["known"] = read(archive, state["known"])
        return state["known"].tail

    def make() -> dict[str, Any]:
        _check(state["known"].of(thing.kind), type_, thing.name)
        return {thing.kind: thing.name, "reason": reason, **more}

    entry = Ledger(archive, NAME).append_next(type_, make, load, who, nonce)
    assert entry is not None  # noqa: S101 (there is always something to say)
    return entry


def _said(reason: str) -> str:
    reason = reason.strip()
    if not reason or len(reason) > LONGEST:
        raise UsageError(
            "a reason is required" if not reason else f"the reason has {len(reason):,} characters", _WHY
        )
    return reason


_WHY = (
    f"Give a reason of at most {LONGEST:,} characters, without the text that must be hidden: the ledger keeps"
    " it permanently."
)


def refuse_absent(name: str) -> UsageError:
    return UsageError(
        f"{name} is not under quarantine", "Its quarantine was lifted, or it was never under quarantine."
    )


def _check(barred: Mapping[str, QuarantineEntry], type_: str, name: str, more: int = 1) -> None:
    """Raise UsageError if an act would be refused.

    `more`: how many of this kind are put there together.
    """
    if type_ == LIFTED and name not in barred:
        raise refuse_absent(name)
    if type_ == PUT and name in barred:
        bar = barred[name]
        raise UsageError(
            f"{name} is under quarantine already, since {bar.at:%Y-%m-%d %H:%M} UTC, by {bar.who}",
            "No action is needed.",
        )
    if type_ == PUT and len(barred) + more > MOST:
        mend = (
            "Lift the quarantine where it is not needed. To hide a whole account, set `confidential` in its"
            " entry of the register."
        )
        raise UsageError(f"{MOST:,} are under quarantine, the most that a search can leave out", mend)
