"""The status of all accounts, cached for a few seconds.

Many people open the coverage pages. The first call of a process reads each account's snapshot and the entries
since. Later calls read only the entries that were added to each ledger.
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
from recordroom.archive.state.account_state import SNAPSHOT_ENTRIES
from recordroom.archive.state.account_summary import AccountSummary
from recordroom.archive.state.summary_fold import SummaryReader
from recordroom.capture.completeness import CountLine
from recordroom.coverage import counts
from recordroom.coverage.account_status import Status, SumsOf, describe_account, find_account, list_names
from recordroom.coverage.calendar import Day, build_calendar
from recordroom.jobs import maintenance, schedule
from recordroom.jobs.context import JobContext
from recordroom.model import ZONE
from recordroom.register.models import Account, Chain, RegisterProblem, names_account
from recordroom.search.masking import make_mask

REMEMBERED = 10.0  # seconds
READERS = 8  # accounts read at the same time


@dataclass(frozen=True, slots=True)
class AccountOverview:
    """The status of one account."""

    name: str
    told: Status  # as `recordroom status --json` prints it
    entry: Account | None  # None if the register has no valid entry of the account
    warnings: tuple[RegisterProblem, ...]
    counted: tuple[CountLine, ...] | None  # counts compared with the platform's; None if no count is known
    gaps: tuple[Gap, ...]  # the open ones, grouped as search and exports show them
    days: tuple[Day, ...]
    called: tuple[dict[str, Any], ...]  # names by which the account was known, each with when it began

    @property
    def lacking(self) -> bool | None:
        """Whether something is known to be missing; None if no count is known."""
        if self.told["lacking_files"]:
            return True
        if self.counted is None or any(line[3].startswith(counts.UNKNOWN) for line in self.counted):
            return True if self.gaps else None
        return any(line[3].startswith(counts.LACKING) for line in self.counted)

    @property
    def approved(self) -> bool:
        """Whether the register says who approved the account, when, and on what evidence."""
        return bool(
            self.entry and self.entry.approved_by and self.entry.approved_on and self.entry.approval_evidence
        )


@dataclass(frozen=True, slots=True)
class OverviewState:
    """The status of all accounts at one moment."""

    at: datetime
    accounts: tuple[AccountOverview, ...]
    alarm: str  # why the register in force is not the register's file; "" if it is

    def without(self, hidden: Collection[str], quarantine: Quarantine | None) -> OverviewState:
        """Return a copy without what a person may not see.

        hidden: names of accounts that the person may not see.
        quarantine: None if the person may see records under quarantine.

        The words of an alarm may name an account; those of a gap, a failure, a difference, or a file may name
        a record.
        """
        if not hidden and quarantine is None:
            return self
        alarm = (
            "The register file has errors. The last valid register stays in force."
            if self.alarm and hidden
            else self.alarm
        )
        unnamed = make_mask(quarantine.records if quarantine else (), hidden)
        seen = (one for one in self.accounts if one.name not in hidden)
        return replace(self, accounts=tuple(_unnamed(one, unnamed, hidden) for one in seen), alarm=alarm)


def _unnamed(one: AccountOverview, unnamed: Callable[[str], str], hidden: Collection[str]) -> AccountOverview:
    """Mask names in the status of one account.

    A warning that names a hidden account (one at the same address) is removed: even with the name masked it
    would reveal that such an account exists.
    """
    gaps = tuple(replace(gap, detail=unnamed(gap.detail)) for gap in one.gaps)
    lines = one.counted and tuple(
        (unnamed(what), theirs, ours, unnamed(why)) for what, theirs, ours, why in one.counted
    )
    warnings = tuple(
        warned for warned in one.warnings if not names_account(f"{warned.message} {warned.mend}", hidden)
    )
    return replace(one, told=_each(one.told, unnamed), warnings=warnings, gaps=gaps, counted=lines)


def _each(value: Any, unnamed: Callable[[str], str]) -> Any:
    """Apply `unnamed` to every string in a nested value."""
    if isinstance(value, Mapping):
        return {name: _each(one, unnamed) for name, one in value.items()}
    if isinstance(value, list):
        return [_each(one, unnamed) for one in value]
    return unnamed(value) if isinstance(value, str) else value


class Overview:
    """The cache of one process; its threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # ledger -> its fold, and the number of entries at the last complete fold
        self._known: dict[str, tuple[SummaryReader, int]] = {}
        self._gaps: Gaps | None = None
        self._look: OverviewState | None = None
        self._register: object = None
        self._read_at = float("-inf")

    def look(self, context: JobContext) -> OverviewState:
        """Return the status of all accounts.

        ServiceUnavailable if the bucket is unreachable.
        """
        with self._lock:
            fresh = time.monotonic() - self._read_at < REMEMBERED and self._register is context.register
            if self._look is None or not fresh:
                self._look = self._read(context)
                self._register, self._read_at = context.register, time.monotonic()
            return self._look

    def _read(self, context: JobContext) -> OverviewState:
        self._gaps = self._gaps or Gaps(context.place.archive, context.place.derived)
        gaps, waiting, now = self._gaps.all(), maintenance.list_waiting(context), datetime.now(UTC)
        open_now = [gap for gap in gaps if gap.closed_at is None]
        own: dict[str, list[Gap]] = {}  # over the years there are very many gaps, for all accounts together
        for gap in gaps:
            own.setdefault(gap.account, []).append(gap)
        sums_of = _read_once(lambda account: self._sums(context, account))

        def stand(name: str) -> AccountOverview:
            told = describe_account(context, name, open_now, sums_of) | {"waiting": waiting.get(name)}
            return self._standing(context, name, told, own.get(name, []), now)

        with ThreadPoolExecutor(READERS) as pool:
            return OverviewState(
                now, tuple(pool.map(stand, list_names(context, open_now, waiting))), context.alarm
            )

    def _sums(self, context: JobContext, account: Account | Chain) -> AccountSummary:
        """Return the sums of an account, read on from those known.

        Tampered at each call if the account's chain is broken.
        """
        found, made = self._known.get(account.ledger, (None, 0))
        # a fold keeps something of each entry since its snapshot; a new one starts from a new snapshot
        if found is None or found.tail.number - made > 2 * SNAPSHOT_ENTRIES:
            found = SummaryReader(context.place.archive, context.place.derived, account)
            self._known[account.ledger] = found, found.tail.number
        else:
            found.reload()
        return found.sums

    def _standing(
        self, context: JobContext, name: str, told: Status, gaps: list[Gap], now: datetime
    ) -> AccountOverview:
        account = find_account(context, name)
        entry = account if isinstance(account, Account) else None
        folded = self._known.get(account.ledger) if account else None
        sums = folded[0].sums if folded else AccountSummary()
        counted = entry is not None and (
            entry in schedule.list_open_accounts(context) or told["completeness"] is not None
        )
        return AccountOverview(
            name,
            told,
            entry,
            tuple(context.register.find_warnings(name)),
            tuple(counts.list_lines(entry, told)) if counted and entry else None,
            tuple(find_open(gaps)),
            tuple(build_calendar(entry, sums.days, gaps, now.astimezone(ZONE).date())),
            tuple(dict(one) for one in sums.called),
        )


def _read_once(sums_of: SumsOf) -> SumsOf:
    """Return a function that reads each account once, for the threads of one pass.

    The first thread that asks reads; the others wait for its result. Accounts that share a credential need
    each other's sums at the same time. Two threads that read the same chain would both add its new entries to
    the same sums.
    """
    lock, results = threading.Lock(), dict[str, Future[AccountSummary]]()

    def read(account: Account | Chain) -> AccountSummary:
        with lock:
            result = results.get(account.ledger)
            is_first = result is None
            if result is None:
                result = results[account.ledger] = Future()
        if is_first:
            try:
                result.set_result(sums_of(account))
            except BaseException as problem:  # noqa: BLE001 (the threads that wait must fail too)
                result.set_exception(problem)
        return result.result()

    return read
