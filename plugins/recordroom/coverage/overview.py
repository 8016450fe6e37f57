"""All accounts as they stand, for pages that many look at: remembered for a few seconds, and read on from what is known.

The first look of a process reads each account's snapshot and the entries since; every later one asks each ledger whether anything came.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from recordroom.archive.gaps import Gap, Gaps, find_open
from recordroom.archive.quarantine.ledger import Quarantine
from recordroom.archive.state.account_state import SNAPSHOT_ENTRIES, Overall
from recordroom.archive.state.record_state import Sums
from recordroom.capture.completeness import Line
from recordroom.coverage import counts
from recordroom.coverage.account_status import SumsOf, Told, known, names, told_of
from recordroom.coverage.calendar import Day, calendar
from recordroom.jobs import maintenance, schedule
from recordroom.jobs.context import JobContext
from recordroom.model import ZONE
from recordroom.register.models import Account, Chain, Problem, is_named
from recordroom.search.masking import make_mask

REMEMBERED = 10.0  # seconds
READERS = 8  # accounts that are read at once


@dataclass(frozen=True, slots=True)
class Standing:
    """One account. `entry`: None where the register has none that is sound; `counted`: what differs, None where nobody ever counted;
    `gaps`: the open ones, as search and exports tell them; `called`: by which names it was known, and since when."""

    name: str
    told: Told
    entry: Account | None
    warnings: tuple[Problem, ...]
    counted: tuple[Line, ...] | None
    gaps: tuple[Gap, ...]
    days: tuple[Day, ...]
    called: tuple[dict[str, Any], ...]

    @property
    def lacking(self) -> bool | None:
        """Whether something is known to be lacking; None: nobody has counted."""
        if self.told["lacking_files"]:
            return True
        if self.counted is None or any(line[3].startswith(counts.UNKNOWN) for line in self.counted):
            return True if self.gaps else None
        return any(line[3].startswith(counts.LACKING) for line in self.counted)

    @property
    def approved(self) -> bool:
        return bool(self.entry and self.entry.approved_by and self.entry.approved_on and self.entry.approval_evidence)


@dataclass(frozen=True, slots=True)
class Look:
    """`alarm`: why the register in force is not its file, or ""."""

    at: datetime
    accounts: tuple[Standing, ...]
    alarm: str

    def without(self, hidden: Collection[str], quarantine: Quarantine | None) -> Look:
        """For somebody who may see nothing of these accounts, and of what is under quarantine; None: who may see all of that. The words of
        an alarm may name an account, those of a gap, a failure, a difference and a file a record."""
        if not hidden and quarantine is None:
            return self
        alarm = "The register's file is not in force; the last valid register stays in force." if self.alarm and hidden else self.alarm
        unnamed = make_mask(quarantine.records if quarantine else (), hidden)
        seen = (one for one in self.accounts if one.name not in hidden)
        return replace(self, accounts=tuple(_unnamed(one, unnamed, hidden) for one in seen), alarm=alarm)


def _unnamed(one: Standing, unnamed: Callable[[str], str], hidden: Collection[str]) -> Standing:
    """A warning that names a hidden account (one at the same address) is none of their business: even without the name it would tell that
    there is one."""
    gaps = tuple(replace(gap, detail=unnamed(gap.detail)) for gap in one.gaps)
    lines = one.counted and tuple((unnamed(what), theirs, ours, unnamed(why)) for what, theirs, ours, why in one.counted)
    warnings = tuple(warned for warned in one.warnings if not is_named(f"{warned.message} {warned.mend}", hidden))
    return replace(one, told=_each(one.told, unnamed), warnings=warnings, gaps=gaps, counted=lines)


def _each(value: Any, unnamed: Callable[[str], str]) -> Any:
    """Whatever words stand in it, at any depth."""
    if isinstance(value, Mapping):
        return {name: _each(one, unnamed) for name, one in value.items()}
    if isinstance(value, list):
        return [_each(one, unnamed) for one in value]
    return unnamed(value) if isinstance(value, str) else value


class Overview:
    """One for a process, whose threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Overall, int]] = {}  # and with how many entries it was folded anew
        self._gaps: Gaps | None = None
        self._look: Look | None = None
        self._register: object = None
        self._read_at = float("-inf")

    def look(self, room: JobContext) -> Look:
        """ServiceUnavailable if the bucket is away."""
        with self._lock:
            fresh = time.monotonic() - self._read_at < REMEMBERED and self._register is room.register
            if self._look is None or not fresh:
                self._look = self._read(room)
                self._register, self._read_at = room.register, time.monotonic()
            return self._look

    def _read(self, room: JobContext) -> Look:
        self._gaps = self._gaps or Gaps(room.place.archive, room.place.derived)
        gaps, waiting, now = self._gaps.all(), maintenance.list_waiting(room), datetime.now(UTC)
        open_now = [gap for gap in gaps if gap.closed_at is None]
        own: dict[str, list[Gap]] = {}  # of years there are very many, of all accounts
        for gap in gaps:
            own.setdefault(gap.account, []).append(gap)
        sums_of = _read_once(lambda account: self._sums(room, account))

        def stand(name: str) -> Standing:
            told = told_of(room, name, open_now, sums_of) | {"waiting": waiting.get(name)}
            return self._standing(room, name, told, own.get(name, []), now)

        with ThreadPoolExecutor(READERS) as pool:
            return Look(now, tuple(pool.map(stand, names(room, open_now, waiting))), room.alarm)

    def _sums(self, room: JobContext, account: Account | Chain) -> Sums:
        """Tampered where the chain is broken, at each look."""
        found, made = self._known.get(account.ledger, (None, 0))
        if found is None or found.tail.number - made > 2 * SNAPSHOT_ENTRIES:  # what is remembered of each entry ends with a snapshot
            found = Overall(room.place.archive, room.place.derived, account)
            self._known[account.ledger] = found, found.tail.number
        else:
            found.reload()
        return found.sums

    def _standing(self, room: JobContext, name: str, told: Told, gaps: list[Gap], now: datetime) -> Standing:
        account = known(room, name)
        entry = account if isinstance(account, Account) else None
        folded = self._known.get(account.ledger) if account else None
        sums = folded[0].sums if folded else Sums()
        counted = entry is not None and (entry in schedule.open_accounts(room) or told["completeness"] is not None)
        return Standing(
            name,
            told,
            entry,
            tuple(room.register.warned(name)),
            tuple(counts.lines(entry, told)) if counted and entry else None,
            tuple(find_open(gaps)),
            tuple(calendar(entry, sums.days, gaps, now.astimezone(ZONE).date())),
            tuple(dict(one) for one in sums.called),
        )


def _read_once(sums_of: SumsOf) -> SumsOf:
    """Return a function that reads each account once: the first thread that asks reads, the others wait for it.

    Accounts that share a credential ask for each other's sums at the same time. Two threads that read the same
    chain would both add its new entries to the same sums.
    """
    lock, results = threading.Lock(), dict[str, Future[Sums]]()

    def read(account: Account | Chain) -> Sums:
        with lock:
            result = results.get(account.ledger)
            is_first = result is None
            if result is None:
                result = results[account.ledger] = Future()
        if is_first:
            try:
                result.set_result(sums_of(account))
            except BaseException as problem:  # noqa: BLE001 (the threads that wait must fail too, not wait forever)
                result.set_exception(problem)
        return result.result()

    return read
