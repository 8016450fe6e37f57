"""Gaps: what is known to be missing.

An entry of the ledger `gap` opens each gap, and another closes it; to open an open gap adds nothing. All
accounts share the ledger, so that reading one account's gaps would mean reading everyone's of all years. The
fold is therefore kept in the derived bucket, `state/gaps/<ledger number>.json`, and continued from there.
`verify --full` and `rebuild state` do not trust it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import orjson

from recordroom.archive.ledger import Entry, Ledger, Tail, tail_of
from recordroom.archive.store import Store
from recordroom.canonical import sha256
from recordroom.model import instant, moment
from recordroom.register import models
from recordroom.register.models import Explanation
from recordroom.stored_texts import code_of, meanings, text

NAME = "gap"
# A snapshot follows so many entries: each capture of an account with gaps reads the entries behind it.
SNAPSHOTS, SNAPSHOT_ENTRIES, SNAPSHOT_FORMAT = "state/gaps/", 3, 3
FAILED = "capture-failed: "  # followed by the code of the failure
# Suffix of a reason that was found while the whole account was read: a recent capture does not fill that gap.
WHOLE = " (whole account)"
MESSAGES = "private-messages"
# The archive has what captures committed; search and exports do not show it yet.
ROWS_WAIT = "rows-not-written"
# Followed by the id of the capture. No later capture can read what was missed then.
MISSED = f"{models.MESSAGES_MISSED}: "
POSTS_MISSED = f"{models.POSTS_MISSED}: "  # the same for a list that shows only its newest entries
NOT_CAPTURED = f"{models.NOT_CAPTURED}: "  # the same for a time without captures
OF_A_CAPTURE = (MISSED, POSTS_MISSED, NOT_CAPTURED)
_NUMBER = re.compile(r"\d+(?:,\d{3})*")
TOLD_ANEW = "told-anew"  # the code of `how` if a gap is closed and opened at once with another detail
OF_CAPTURES = (
    models.MASS_ABSENCE,
    models.COUNTS_DIFFER,
    f"{models.COUNTS_DIFFER}{WHOLE}",
    models.PLATFORM_LIMIT,
    f"{models.PLATFORM_LIMIT}{WHOLE}",
    MESSAGES,
    "torn-evidence",
    ROWS_WAIT,
)


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap, as it was opened and closed last."""

    gap_id: str  # made of account and reason: the same omission is the same gap
    account: str
    reason: str
    detail: str
    from_: datetime | None  # start of the time that it covers; None: unknown
    to: datetime | None  # end of that time; None: unknown, or still open
    opened_at: datetime
    closed_at: datetime | None = None
    how: str = ""  # how it was closed

    def overlaps(self, start: datetime | None, end: datetime | None) -> bool:
        """Return whether something published in [start, end] may be missing.

        An unknown bound reaches everywhere.
        """
        return (start is None or self.to is None or self.to >= start) and (
            end is None or self.from_ is None or self.from_ <= end
        )


def gap_id(account: str, reason: str) -> str:
    """Return the id of the gap of an account and a reason, which is always the same."""
    return sha256(f"{account}\n{reason}".encode())[:16]


class Gaps:
    """The fold of the ledger `gap`.

    It starts from the first entry, or from the newest snapshot in `derived`.
    """

    def __init__(self, archive: Store, derived: Store | None = None) -> None:
        self.ledger = Ledger(archive, NAME)
        self._derived = derived
        self._begun = False  # whether the newest snapshot was read
        self._kept = 0  # number of the last entry in the newest snapshot
        self._tail = Tail()
        self._gaps: dict[str, Gap] = {}
        self._before: list[Gap] = []  # earlier openings of gaps that opened again

    def load(self, upto: int | None = None) -> Tail:
        """Fold new entries, up to the number `upto`; return the tail for the next entry."""
        if self._derived is not None and not self._begun:
            self._take_snapshot(self._derived)
        self._begun = True
        for entry in self.ledger.entries(self._tail, upto):
            self._fold(entry)
        return self._tail

    def _fold(self, entry: Entry) -> None:
        body, name = entry.body, entry.body["gap_id"]
        if entry.type == "opened":
            if name in self._gaps:
                self._before.append(self._gaps[name])
            said = (body["account"], body["reason"], body.get("detail", ""))
            self._gaps[name] = Gap(
                name, *said, _parse_moment(body.get("from")), _parse_moment(body.get("to")), entry.at
            )
        else:
            self._gaps[name] = replace(self._gaps[name], closed_at=entry.at, how=body["how"])
        self._tail = tail_of(entry)

    def _take_snapshot(self, derived: Store) -> None:
        newest = max(derived.keys(SNAPSHOTS), default=None)
        found = None if newest is None else derived.find(newest)
        try:
            raw = orjson.loads(found or b"{}")
        except orjson.JSONDecodeError:
            raw = {}  # removed meanwhile, or damaged: the fold from the first entry is the same
        if raw.get("format") == SNAPSHOT_FORMAT:
            self._tail = Tail(raw["number"], raw["sha256"], moment(raw["time"]))
            self._kept = self._tail.number
            self._gaps = {gap.gap_id: gap for gap in map(_decode_gap, raw["gaps"])}
            self._before = [_decode_gap(gap) for gap in raw["before"]]

    def put_snapshot(self, derived: Store) -> None:
        """Write a snapshot and keep only the last two."""
        if self._tail.time is None:
            return
        raw: dict[str, Any] = {
            "format": SNAPSHOT_FORMAT,
            "number": self._tail.number,
            "sha256": self._tail.sha256,
            "time": instant(self._tail.time),
        }
        raw |= {
            "gaps": [_encode_gap(gap) for gap in self._gaps.values()],
            "before": [_encode_gap(gap) for gap in self._before],
        }
        derived.put_new(f"{SNAPSHOTS}{self._tail.number:012d}.json", orjson.dumps(raw))
        self._kept = self._tail.number
        for key in sorted(derived.keys(SNAPSHOTS))[:-2]:
            derived.delete(key)

    def _append(self, type_: str, make: Callable[[], dict[str, Any] | None]) -> None:
        entry = self.ledger.append_next(type_, make, self.load)
        if entry is not None:
            self._fold(entry)
        if self._derived is not None and self._tail.number - self._kept >= SNAPSHOT_ENTRIES:
            self.put_snapshot(self._derived)

    def open_(
        self,
        account: str,
        reason: str,
        detail: str,
        from_: datetime | None = None,
        to: datetime | None = None,
    ) -> str:
        """Open a gap unless it is open; return its id."""
        name = gap_id(account, reason)
        body: dict[str, Any] = {"gap_id": name, "account": account, "reason": reason, "detail": detail}
        body |= {k: instant(v) for k, v in (("from", from_), ("to", to)) if v is not None}
        self._append("opened", lambda: None if self._is_open(name) else body)
        return name

    def close(self, account: str, reason: str, how: str) -> None:
        """Close a gap if it is open; `how` says what filled it."""
        name = gap_id(account, reason)
        self._append(
            "closed",
            lambda: {"gap_id": name, "account": account, "how": how} if self._is_open(name) else None,
        )

    def _is_open(self, name: str) -> bool:
        return name in self._gaps and self._gaps[name].closed_at is None

    @property
    def known(self) -> list[Gap]:
        """All gaps that were loaded."""
        return [*self._before, *self._gaps.values()]

    def all(self) -> list[Gap]:
        """Load and return all gaps."""
        self.load()
        return self.known

    def open_now(self, accounts: Iterable[str] | None = None) -> list[Gap]:
        """Return the open gaps (of some accounts)."""
        wanted = None if accounts is None else set(accounts)
        return [g for g in self.all() if g.closed_at is None and (wanted is None or g.account in wanted)]

    def as_of(self, when: datetime, accounts: Iterable[str]) -> list[Gap]:
        """Return the gaps that were known and open at `when`.

        Exports of equal `as_of` thus name equal gaps.
        """
        wanted = set(accounts)
        return [
            g
            for g in self.all()
            if g.account in wanted and g.opened_at <= when and (g.closed_at is None or g.closed_at > when)
        ]


class AccountGaps:
    """The gaps of one account during a capture.

    ids: those that are open, as its last manifest says and as this capture changes it, so that an account
        without gaps never reads the ledger.
    opened: those that this capture opened.

    The ledger is read once, and new entries before each entry of this capture's own. The next capture
    considers what others settle meanwhile.
    """

    def __init__(self, archive: Store, derived: Store, account: str, ids: Iterable[str]) -> None:
        self._gaps = Gaps(archive, derived)
        self._account = account
        self.ids = list(ids)
        self.opened: list[str] = []
        self._is_read = False

    def reload(self) -> None:
        """Take the open gaps from the ledger.

        If a capture was interrupted between its gap and its manifest, no manifest names the gap.
        """
        self._is_read = False
        self.ids = [
            g.gap_id
            for g in self._load_open()
            if g.reason in OF_CAPTURES or g.reason.startswith((FAILED, *OF_A_CAPTURE))
        ]

    def _load_own(self) -> list[Gap]:
        if not self._is_read:
            self._gaps.load()
            self._is_read = True
        return [gap for gap in self._gaps.known if gap.account == self._account]

    def _load_open(self) -> list[Gap]:
        return [gap for gap in self._load_own() if gap.closed_at is None]

    def open(
        self, reason: str, detail: str, from_: datetime | None = None, to: datetime | None = None
    ) -> None:
        name = gap_id(self._account, reason)
        if name not in self.ids:
            self._gaps.open_(self._account, reason, detail, from_, to)
            self.opened.append(name)
            self.ids.append(name)

    def find_open(self, reason: str) -> Gap | None:
        """Return the gap of that reason if it is among `ids`.

        An account without gaps reads no ledger for it. If a rebuild has closed the gap since the last
        manifest, it leaves `ids`, so that it can open again.
        """
        name = gap_id(self._account, reason)
        if name not in self.ids:
            return None
        found = next((gap for gap in self._load_open() if gap.gap_id == name), None)
        if found is None:
            self.ids.remove(name)
        return found

    def open_missed(
        self,
        reason: str,
        capture_id: str,
        detail: str,
        from_: datetime | None,
        to: datetime | None,
        *,
        named: bool = False,
    ) -> None:
        """Open a gap of posts that no later capture can read.

        A capture that was interrupted before its manifest may have reported the beginning of the same time:
        this gap replaces that one.

        named: the detail says what was missed. Then this gap replaces only one with the same detail (what
            another names may be removed by now), and a capture opens one for each different detail.
        """
        own = f"{reason}{capture_id}"
        told = [gap for gap in self._load_open() if gap.reason.startswith(reason)]
        said = meanings(detail, numbers=True)
        before = [gap for gap in told if not named or meanings(gap.detail, numbers=True) == said]
        if any(gap.reason.startswith(own) for gap in before):
            return
        number = sum(gap.reason.startswith(own) for gap in told) + 1
        self.open(own if number == 1 else f"{own}, {number}", detail, from_, to)
        for gap in before if from_ is not None else ():
            if gap.from_ == from_:
                self._gaps.close(self._account, gap.reason, text(TOLD_ANEW))
                self.ids = [name for name in self.ids if name != gap.gap_id]

    def open_or_update(self, reason: str, detail: str, *, numbers: bool = False) -> None:
        """Open a gap whose detail says what is missing.

        If it is open with another detail, it is closed and opened again: else what is newly missing would not
        be reported.

        numbers: whether a difference in numbers alone counts.
        """
        name = gap_id(self._account, reason)
        if name in self.ids:
            said = next((gap.detail for gap in self._load_open() if gap.gap_id == name), None)
            if said is None:  # an interrupted capture had closed it
                self.ids.remove(name)
            elif meanings(said, numbers=numbers) != meanings(detail, numbers=numbers):
                self.close(reason, text(TOLD_ANEW))
        self.open(reason, detail)

    def extend(self, reason: str, detail: str) -> None:
        """Open a gap that stays open for good, or extend it.

        What is newly missing is appended to what was missing before, also if an earlier capture was
        interrupted before it did so.
        """
        name = gap_id(self._account, reason)
        last = next((told[-1] for told in group_openings(self._load_own()) if told[-1].gap_id == name), None)
        is_open = last is not None and last.closed_at is None
        said = last.detail if last and (is_open or code_of(last.how) == TOLD_ANEW) else ""
        if is_open and name not in self.ids:
            self.ids.append(name)
        is_told = meanings(detail, numbers=True) <= meanings(said, numbers=True)
        self.open_or_update(
            reason, said if is_told else f"{said}; {detail}" if said else detail, numbers=True
        )

    def close(self, reason: str, how: str) -> None:
        name = gap_id(self._account, reason)
        if name in self.ids:
            self._gaps.close(self._account, reason, how)
            self.ids.remove(name)

    def settle(
        self, reasons: str, explanation: Explanation | None, reaches: Callable[[datetime], bool]
    ) -> None:
        """Close gaps that the agency explained; reopen those that it no longer explains.

        reasons: what the reasons of these gaps begin with.
        reaches: whether the explanation covers a time.
        """
        for first, *_, last in ([told[0], *told] for told in group_openings(self._load_own())):
            if not first.reason.startswith(reasons):
                continue
            reached = explanation is not None and reaches(first.opened_at)
            if explanation is not None and reached and last.closed_at is None:
                self.close(last.reason, explanation.closing_text)
            elif not reached and code_of(last.how) == "register-says":
                self.open(last.reason, last.detail, last.from_, last.to)

    def was_reported(self, reason: str, detail: str, reaches: Callable[[datetime], bool]) -> bool:
        """Return whether a gap of this reason reported the same, numbers apart.

        It may have been found in any window, at a time that `reaches`.
        """
        said = meanings(detail)
        told = (gap for gap in self._load_own() if gap.reason.removesuffix(WHOLE) == reason)
        return any(meanings(gap.detail) == said and reaches(gap.opened_at) for gap in told)


def group_openings(gaps: Iterable[Gap]) -> list[list[Gap]]:
    """Return a list of openings for each gap, the last one last."""
    found: dict[str, list[Gap]] = {}
    for gap in gaps:
        found.setdefault(gap.gap_id, []).append(gap)
    return list(found.values())


def find_open(gaps: Iterable[Gap]) -> list[Gap]:
    """Return the gaps that are open, as they are shown to people.

    Every list and count of open gaps uses this function.
    """
    return merge_windows(gap for gap in gaps if gap.closed_at is None)


def merge_windows(gaps: Iterable[Gap]) -> list[Gap]:
    """Merge the gaps of recent and full captures, as they are shown to people.

    If both windows miss the same, it is one gap, known since the first report.
    """
    found: dict[tuple[str, str], Gap] = {}
    for gap in gaps:
        key = (gap.account, gap.reason.removesuffix(WHOLE))
        found[key] = gap if key not in found else _merge_pair(found[key], gap, key[1])
    return list(found.values())


def _merge_pair(one: Gap, other: Gap, reason: str) -> Gap:
    recent, whole = (one, other) if other.reason.endswith(WHOLE) else (other, one)
    more = recent.detail
    # A detail consists of sentences; those of recent captures are often among those of full ones.
    if reason == models.PLATFORM_LIMIT:
        more = "; ".join(
            part
            for part in more.split("; ")
            if not any(_covers_sentence(other, part) for other in whole.detail.split("; "))
        )
    detail = whole.detail if more in ("", whole.detail) else f"{whole.detail} (of the last days: {more})"
    from_ = min(one.from_, other.from_) if one.from_ and other.from_ else None
    to = max(one.to, other.to) if one.to and other.to else None
    return replace(
        whole, reason=reason, detail=detail, from_=from_, to=to, opened_at=min(one.opened_at, other.opened_at)
    )


def _covers_sentence(sentence: str, other: str) -> bool:
    """Return whether the other sentence says the same with no larger number.

    Which record it names first does not count.
    """
    numbers = zip(_find_numbers(sentence), _find_numbers(other), strict=False)
    same = meanings(sentence, examples=False) == meanings(other, examples=False)
    return same and all(most >= number for most, number in numbers)


def _find_numbers(sentence: str) -> list[int]:
    """Return the numbers of a text in an order that no wording changes."""
    said = sorted(meanings(sentence, numbers=True, examples=False))
    return [int(found.replace(",", "")) for one in said for part in one for found in _NUMBER.findall(part)]


def _parse_moment(text: str | None) -> datetime | None:
    return None if text is None else moment(text)


def rebuild(archive: Store, derived: Store) -> int:
    """Fold the ledger from its first entry and write a new snapshot.

    Returns the number of its last entry.
    """
    for key in list(derived.keys(SNAPSHOTS)):
        derived.delete(key)
    gaps = Gaps(archive)
    number = gaps.load().number
    gaps.put_snapshot(derived)
    return number


def _encode_gap(gap: Gap) -> dict[str, Any]:
    # `asdict` copies each, and takes ten times as long
    values = ((field.name, getattr(gap, field.name)) for field in fields(Gap))
    return {name: instant(value) if isinstance(value, datetime) else value for name, value in values}


def _decode_gap(told: dict[str, Any]) -> Gap:
    times = {name: _parse_moment(told[name]) for name in ("from_", "to", "closed_at")}
    return Gap(**{**told, **times, "opened_at": moment(told["opened_at"])})
