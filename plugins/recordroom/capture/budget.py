"""The budget of an account: a platform's rate in a day, money in a month.

A limit belongs to a credential (a connection, or without one the server that is asked). It is divided among
the accounts that share the credential, so that none needs to know what another spends at this moment.
Manifests say what was spent.

Before a rate or quota is used up, captures defer what can wait (NARROWING, least needed first). What is
deferred is due again when the budget renews; manifest and status say so. A cap of money is never exceeded: no
request is sent that might exceed it. Manifests know too little for that, and too late, so SpendCounter counts
what each request may cost. To make the cap last for its month, each day has an equal part of what is left of
it, which narrows captures as a rate does. If the platform does not say how much it allows, spending is
reported and nothing is deferred.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from recordroom.archive import disk
from recordroom.archive.state.account_state import AccountState
from recordroom.archive.state.account_summary import AccountSummary
from recordroom.archive.state.summary_fold import SummaryReader
from recordroom.canonical import sha256
from recordroom.capture.workspace import Workspace
from recordroom.errors import BudgetSpent, Tampered
from recordroom.model import Exchange, Media, instant
from recordroom.platforms.contract import Limit, Platform
from recordroom.platforms.registry import load
from recordroom.register.models import Account

DAY = timedelta(days=1)
NARROWING = (  # part of the budget that is spent -> what is deferred from then on
    (0.6, "scheduled rereading of conversations older than 30 days"),
    (0.8, "all scheduled rereading"),
    (0.9, "all conversations older than 30 days, and first captures"),
)
OLD_TURNS, TURNS, OLD = (share for share, _ in NARROWING)
FILES = 0.3  # costly files are deferred long before that: no conversation must wait for them
TODAY = Limit(
    "part of the monthly cap", None, "thousandths of a US dollar in a day", "monthly_cap in the register", ""
)
MONEY = Limit("monthly cap", None, "thousandths of a US dollar in a month", "monthly_cap in the register", "")


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a limit that one account may spend between `since` and `until`."""

    limit: Limit
    allowed: int | None  # None: unknown
    spent: int  # by captures that are over
    since: datetime
    until: datetime
    sharers: tuple[str, ...]  # ids of the accounts that have the same credential
    whole: int | None = None  # of money: what all of these may pay together


class Meter:
    """Counts what a capture spends, request by request."""

    def __init__(
        self, of: Platform | None = None, share: Share | None = None, counter: SpendCounter | None = None
    ) -> None:
        """Begin at zero.

        of: the platform, for its costs.
        share: what may be paid in the month.
        counter: what the credential has paid, on this machine.
        """
        self._of, self._share, self._counter = of, share, counter
        self._taken = 0  # what the response that is being requested may cost
        self.units = 0
        self.paid = 0

    def use_counter(self, counter: SpendCounter | None) -> None:
        """Count what is paid in that counter too: before anything is requested."""
        self._counter = counter

    def reserve(self) -> None:
        """Reserve what a try of a request may cost; BudgetSpent if too little is left."""
        self._settle(self._taken)  # the try before this one was interrupted
        if self._of is None or self._share is None:
            return
        if is_spent(self._share, self._of, self.paid) or (
            self._counter is not None and not self._counter.reserve(self._of.highest_price)
        ):
            words = (
                f"the rest of this account's monthly budget for {self._of.title} may not cover another"
                " request"
            )
            raise BudgetSpent(words, self._share.until)
        self._taken = self._of.highest_price

    def release(self) -> None:
        """Return what was reserved: no response has begun, so that none is paid."""
        self._settle(0)

    def count(self, exchange: Exchange | None, sent: int) -> None:
        """Count a response.

        exchange: None if no complete response was received; one that had begun is paid anyway.
        sent: how many requests it took.
        """
        if exchange is None or self._of is None:
            self.units += sent
            self._settle(self._taken)
            return
        self.units += sent if self._of.cost is None else self._of.cost(exchange)
        self._settle(0 if self._of.price is None else self._of.price(exchange))

    def cost_of_file(self, item: Media) -> int:
        """Return what a file costs of the quota that the platform counts by token.

        Some files cost more than any list.
        """
        if not (item.with_token and item.url and self._of and self._of.cost):
            return 0
        return self._of.cost(Exchange("GET", item.url, 200, (), b""))

    def _settle(self, paid: int) -> None:
        if self._counter is not None and self._taken != paid:
            self._counter.release(self._taken - paid)
        self.paid += paid
        self._taken = 0


class CaptureBudget:
    """The budget of one capture: of the platform's rate or quota, and of money."""

    def __init__(
        self,
        account: Account,
        accounts: Iterable[Account],
        state: AccountState | SummaryReader,
        now: datetime,
    ) -> None:
        """accounts: all of the register; those with the same credential share its limits."""
        accounts = list(accounts)
        self._platform, self._state = load(account.platform).PLATFORM, state
        self.rate = rate_share(account, accounts, state.sums, now)
        self.month = month_share(account, accounts, state.sums, now)
        self.today = day_share(account, accounts, state.sums, now)
        self.meter = Meter(self._platform, self.month)

    def pressure(self, waiting: int = 0) -> float:
        """Return which part of the day's budgets is spent.

        waiting: conversations that are still to be read; their cost is included.
        """
        cost = cost_of_conversation(self._platform, self._state.sums)
        return pressure(
            (self.rate, self.meter.units + waiting), (self.today, self.meter.paid + waiting * cost)
        )

    @property
    def is_tight(self) -> bool:
        """Whether so much is spent that everything waits that can wait for another day."""
        return self.pressure() >= OLD

    def describe_deferred(
        self, conversations: int, *, is_stopped: bool, is_unfinished: bool
    ) -> dict[str, Any]:
        """Return for the manifest what the budget deferred and until when; {} if nothing.

        conversations: how many were deferred. is_stopped: the money was spent. is_unfinished: a first capture
        goes on.
        """
        share, spent = max(((self.rate, self.meter.units), (self.today, self.meter.paid)), key=pressure)
        if is_stopped:
            share, spent = self.month, self.meter.paid
        waits = is_stopped or conversations or (is_unfinished and self.is_tight)
        if share is None or share.allowed is None or not waits:
            return {}
        told = {
            "limit": share.limit.name,
            "allowed": share.allowed,
            "spent": share.spent + spent,
            "until": instant(share.until),
        }
        return (
            told
            | ({"conversations": conversations} if conversations else {})
            | ({"stopped": True} if is_stopped else {})
        )


def is_spent(share: Share, platform: Platform, paid: int = 0) -> bool:
    """Return whether a month's money leaves room for no further request.

    paid: by a capture that is not over.
    """
    return share.allowed is not None and share.spent + paid + platform.highest_price > share.allowed


def allowed_in_a_day(limit: Limit) -> int | None:
    """Return what a rate or quota amounts to in a day."""
    return None if limit.value is None or limit.seconds is None else limit.value * 86_400 // limit.seconds


def credential_of(account: Account) -> str:
    """Return what a limit is counted by: the connection.

    Without a connection it is the server that is asked.
    """
    return account.connection or f"anonymous at {urlsplit(account.api_url or account.url).netloc}"


def rate_share(
    account: Account, accounts: Iterable[Account], sums: AccountSummary, now: datetime
) -> Share | None:
    """Return the account's part of the platform's rate or quota today.

    None if the platform has none.
    """
    limit = load(account.platform).PLATFORM.budget
    if limit is None:
        return None
    zone, sharing = ZoneInfo(limit.zone), sharing_accounts(account, accounts, now)
    since = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    until = (since + DAY).astimezone(UTC)
    whole = allowed_in_a_day(limit)
    allowed = None if whole is None else whole // len(sharing)
    return Share(
        limit,
        allowed,
        count_spent(sums, since)[0],
        since.astimezone(UTC),
        until,
        tuple(a.id for a in sharing),
    )


def month_share(
    account: Account, accounts: Iterable[Account], sums: AccountSummary, now: datetime
) -> Share | None:
    """Return the account's part of its credential's cap in this month (UTC).

    None if the platform is free of charge.
    """
    if load(account.platform).PLATFORM.price is None:
        return None
    sharing = sharing_accounts(account, accounts, now)
    caps = [a.monthly_cap for a in sharing if a.monthly_cap is not None]
    since = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    until = (since + 32 * DAY).replace(day=1)
    whole = min(caps) * 1_000 if caps else None
    allowed = None if whole is None else whole // len(sharing)
    return Share(
        MONEY, allowed, count_spent(sums, since)[1], since, until, tuple(a.id for a in sharing), whole
    )


def day_share(
    account: Account, accounts: Iterable[Account], sums: AccountSummary, now: datetime
) -> Share | None:
    """Return this day's part (UTC) of what is left of the month's money.

    None if the platform is free of charge.
    """
    month = month_share(account, accounts, sums, now)
    if month is None:
        return None
    since = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    today = count_spent(sums, since)[1]
    left = None if month.allowed is None else max(0, month.allowed - (month.spent - today))
    allowed = None if left is None else left // ((month.until - since) // DAY)
    return Share(TODAY, allowed, today, since, since + DAY, month.sharers)


def pressure(*spending: tuple[Share | None, int]) -> float:
    """Return the highest part that is spent of a day's budgets; 0 without budgets.

    spending: (what may be spent in a day, what a capture that is not over has spent or will spend).
    """
    known = [
        (share.spent + more, share.allowed)
        for share, more in spending
        if share is not None and share.allowed is not None
    ]
    return max((much / allowed if allowed else 1.0 for much, allowed in known), default=0.0)


def defers_history(
    account: Account, accounts: Sequence[Account], sums: AccountSummary, now: datetime
) -> bool:
    """Return whether a first capture waits, since little of this day's budget is left."""
    return (
        pressure((rate_share(account, accounts, sums, now), 0), (day_share(account, accounts, sums, now), 0))
        >= OLD
    )


def cost_of_conversation(platform: Platform, sums: AccountSummary) -> int:
    """Return about what a conversation costs, in thousandths of a US dollar.

    It counts as many records as the account's conversations have on average.
    """
    return platform.price_per_item * sums.present() // max(1, sums.present("post"))


def count_spent(sums: AccountSummary, since: datetime) -> tuple[int, int]:
    """Return (units, thousandths of a US dollar) spent since then, by the hour."""
    first = hour_of(since)
    found = [pair for hour, kinds in sums.spent.items() if hour >= first for pair in kinds.values()]
    return sum(units for units, _ in found), sum(paid for _, paid in found)


def spent_by_window(sums: AccountSummary, since: datetime) -> dict[str, tuple[int, int]]:
    """Return kind of window -> (units, thousandths of a US dollar) since then."""
    first, told = hour_of(since), dict[str, tuple[int, int]]()
    for hour, kinds in sums.spent.items():
        for kind, (units, paid) in kinds.items() if hour >= first else ():
            before = told.get(kind, (0, 0))
            told[kind] = (before[0] + units, before[1] + paid)
    return dict(sorted(told.items()))


def hour_of(at: datetime) -> str:
    """Return the hour by which spending is counted."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H}"


def sharing_accounts(account: Account, accounts: Iterable[Account], now: datetime) -> list[Account]:
    """Return the open accounts with the same credential, this one included."""
    mine = (account.platform, credential_of(account))
    return [a for a in accounts if (a.platform, credential_of(a)) == mine and not a.is_closed(now)] or [
        account
    ]


COUNTER_DIGITS = 20


class SpendCounter:
    """Counts what a credential pays in a month, for all captures of this machine.

    Manifests report captures that are over. What runs at the same time, and what a capture paid that was
    interrupted before its manifest, is counted here: in `<spool>/money/<platform>-<hash of the
    credential>-<yyyy-mm>` (UTC), in thousandths of a US dollar with twenty digits. What a response may cost
    is added before it is requested, and what it did not cost is subtracted afterwards: a process that is
    interrupted leaves too much, never too little.
    """

    def __init__(self, folder: Path, platform: str, credential: str, cap: int) -> None:
        """cap: thousandths of a US dollar that the credential may pay in a month."""
        self._folder, self._name, self._cap = folder, f"{platform}-{sha256(credential.encode())[:16]}", cap
        self._taken_from = self._file

    @property
    def _file(self) -> Path:
        return self._folder / f"{self._name}-{datetime.now(UTC):%Y-%m}"

    @property
    def paid(self) -> int:
        """The amount that was paid or is reserved in this month."""
        return self._change(self._file, lambda paid: paid)[1]

    def raise_to(self, paid: int) -> None:
        """Raise the count to what manifests report.

        Captures of another machine, or before the disk was lost, are not counted here.
        """
        self._change(self._file, lambda before: max(before, paid))

    def would_exceed_cap(self, most: int) -> bool:
        """Return whether a response that costs so much may not be requested."""
        return self.paid + most > self._cap

    def reserve(self, most: int) -> bool:
        """Reserve what a response may cost; return whether it may be requested."""
        self._taken_from = self._file
        before, after = self._change(
            self._taken_from, lambda paid: paid + most if paid + most <= self._cap else paid
        )
        return after - before == most

    def release(self, rest: int) -> None:
        """Return what the response did not cost to the month that it was reserved in."""
        self._change(self._taken_from, lambda paid: paid - rest)

    def _change(self, path: Path, change: Callable[[int], int]) -> tuple[int, int]:
        """Change the count durably, one process at a time; return (before, after)."""
        disk.make(self._folder)
        with disk.room_for(path):
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                before = int(os.pread(file, COUNTER_DIGITS, 0) or 0)
                after = change(before)
                if after != before:
                    os.pwrite(file, b"%0*d" % (COUNTER_DIGITS, after), 0)
                    os.fsync(file)
            finally:
                os.close(file)
        return before, after


def open_spend_counter(
    workspace: Workspace, accounts: Iterable[Account], account: Account, share: Share | None
) -> SpendCounter | None:
    """Return the counter of the account's credential; None if there is no cap.

    It knows what the manifests of all accounts with that credential report, closed ones too.
    """
    if share is None or share.whole is None:
        return None
    mine, known = (account.platform, credential_of(account)), 0
    for one in accounts:
        if (one.platform, credential_of(one)) == mine:
            with suppress(Tampered):  # its own capture reports that, and it stops no other
                known += count_spent(
                    SummaryReader(workspace.archive, workspace.derived, one).sums, share.since
                )[1]
    counter = SpendCounter(workspace.settings.spool / "money", *mine, share.whole)
    counter.raise_to(known)
    return counter
