"""What an account may spend: of a platform's rate or quota in a day, and of money in a month.

A limit belongs to a credential (a connection; anonymously, the server that is asked) and is divided among the accounts that share it, so
that none needs to know what another spends at this moment. What was spent is known from the manifests.

Of a rate or quota, captures do without what can wait before it is used up (NARROWING, least needed first); what is put off is due again
when the budget renews, and manifest and status say so. A cap of money is never exceeded: nothing is asked any more that might. Of it
manifests know too little, and too late: purse.py knows the rest. So that it lasts for its month, each day has an even part of what is left
of it, by which captures are narrowed as by a rate.
Where the platform does not say how much it allows, what is spent is told, and nothing is judged.
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

from recordroom.accounts import Account
from recordroom.archive import disk
from recordroom.archive.held import Sums
from recordroom.archive.state import Overall
from recordroom.capture.workspace import Workspace
from recordroom.errors import BudgetSpent, Tampered
from recordroom.model import Exchange, Media, instant, sha256
from recordroom.platforms import Limit, Platform, load

DAY = timedelta(days=1)
NARROWING = (  # share of the budget that is spent -> what is put off from then on
    (0.6, "turns of conversations older than 30 days"),
    (0.8, "all turns"),
    (0.9, "all conversations older than 30 days, and first captures"),
)
OLD_TURNS, TURNS, OLD = (share for share, _ in NARROWING)
FILES = 0.3  # and files that cost much long before that: no conversation must wait for them
TODAY = Limit("part of the monthly cap", None, "thousandths of a US dollar in a day", "monthly_cap in the register", "")
MONEY = Limit("monthly cap", None, "thousandths of a US dollar in a month", "monthly_cap in the register", "")


@dataclass(frozen=True, slots=True)
class Share:
    """What one account may spend of a limit between `since` and `until`: `allowed`, None where that is not known. `spent`: by captures that
    are over. `sharers`: ids of the accounts that have the same credential. `whole`: of money, what all of these may pay together."""

    limit: Limit
    allowed: int | None
    spent: int
    since: datetime
    until: datetime
    sharers: tuple[str, ...]
    whole: int | None = None


class Meter:
    """What a capture spends, request by request. `of`: the platform's costs; `share`: what may be paid in the month."""

    def __init__(self, of: Platform | None = None, share: Share | None = None, counter: SpendCounter | None = None) -> None:
        self._of, self._share, self._counter = of, share, counter
        self._taken = 0  # what the answer that is being asked for may cost
        self.units = 0
        self.paid = 0

    def pay_from(self, counter: SpendCounter | None) -> None:
        """Before anything is asked for."""
        self._counter = counter

    def before(self) -> None:
        """Called before each try of a request. BudgetSpent where its answer might cost more than is left."""
        self._settle(self._taken)  # the try before this one broke off
        if self._of is None or self._share is None:
            return
        if is_spent(self._share, self._of, self.paid) or (self._counter is not None and not self._counter.take(self._of.dearest)):
            words = f"of what {self._of.title} may cost this account in a month another request might cost more than is left"
            raise BudgetSpent(words, self._share.until)
        self._taken = self._of.dearest

    def unanswered(self) -> None:
        """No answer has begun, so that none is paid."""
        self._settle(0)

    def after(self, exchange: Exchange | None, sent: int) -> None:
        """`sent`: how many requests it took; no exchange where no whole answer came: one that had begun is paid all the same."""
        if exchange is None or self._of is None:
            self.units += sent
            self._settle(self._taken)
            return
        self.units += sent if self._of.cost is None else self._of.cost(exchange)
        self._settle(0 if self._of.price is None else self._of.price(exchange))

    def of_file(self, item: Media) -> int:
        """What a file takes from the quota that the platform's own API gives, to the token: some cost more than any list."""
        if not (item.with_token and item.url and self._of and self._of.cost):
            return 0
        return self._of.cost(Exchange("GET", item.url, 200, (), b""))

    def _settle(self, paid: int) -> None:
        if self._counter is not None and self._taken != paid:
            self._counter.give_back(self._taken - paid)
        self.paid += paid
        self._taken = 0


class CaptureBudget:
    """What one capture of an account may spend: of the platform's rate or quota, and of money."""

    def __init__(self, account: Account, accounts: Iterable[Account], state: Overall, now: datetime) -> None:
        """accounts: all of the register; those with the same credential share its limits."""
        accounts = list(accounts)
        self._platform, self._state = load(account.platform).PLATFORM, state
        self.rate = rate_share(account, accounts, state.sums, now)
        self.month = month_share(account, accounts, state.sums, now)
        self.today = day_share(account, accounts, state.sums, now)
        self.meter = Meter(self._platform, self.month)

    def pressure(self, waiting: int = 0) -> float:
        """Return which part is spent of the day's rate, quota, or money, once `waiting` more conversations are read."""
        cost = cost_of_conversation(self._platform, self._state.sums)
        return pressure((self.rate, self.meter.units + waiting), (self.today, self.meter.paid + waiting * cost))

    @property
    def is_tight(self) -> bool:
        """Whether so much is spent that everything waits that can wait for another day."""
        return self.pressure() >= OLD

    def describe_deferred(self, conversations: int, *, is_stopped: bool, is_unfinished: bool) -> dict[str, Any]:
        """Return for the manifest what the budget deferred and until when; {} if nothing.

        conversations: how many were deferred. is_stopped: the money was spent. is_unfinished: a first capture goes on.
        """
        share, spent = max(((self.rate, self.meter.units), (self.today, self.meter.paid)), key=pressure)
        if is_stopped:
            share, spent = self.month, self.meter.paid
        waits = is_stopped or conversations or (is_unfinished and self.is_tight)
        if share is None or share.allowed is None or not waits:
            return {}
        told = {"limit": share.limit.name, "allowed": share.allowed, "spent": share.spent + spent, "until": instant(share.until)}
        return told | ({"conversations": conversations} if conversations else {}) | ({"stopped": True} if is_stopped else {})


def is_spent(share: Share, platform: Platform, paid: int = 0) -> bool:
    """Whether a month's money leaves room for no further request. `paid`: by a capture that is not over."""
    return share.allowed is not None and share.spent + paid + platform.dearest > share.allowed


def allowed_in_a_day(limit: Limit) -> int | None:
    """What a rate or quota comes to in a day."""
    return None if limit.value is None or limit.seconds is None else limit.value * 86_400 // limit.seconds


def credential_of(account: Account) -> str:
    """What a limit is counted by: the connection, else the server that answers everybody."""
    return account.connection or f"anonymous at {urlsplit(account.api_url or account.url).netloc}"


def rate_share(account: Account, accounts: Iterable[Account], sums: Sums, now: datetime) -> Share | None:
    """The account's part of the platform's rate or quota in this day; None where the platform has none."""
    limit = load(account.platform).PLATFORM.budget
    if limit is None:
        return None
    zone, sharing = ZoneInfo(limit.zone), sharing_accounts(account, accounts, now)
    since = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    until = (since + DAY).astimezone(UTC)
    whole = allowed_in_a_day(limit)
    allowed = None if whole is None else whole // len(sharing)
    return Share(limit, allowed, count_spent(sums, since)[0], since.astimezone(UTC), until, tuple(a.id for a in sharing))


def month_share(account: Account, accounts: Iterable[Account], sums: Sums, now: datetime) -> Share | None:
    """The account's part of what its credential may cost in this month (UTC); None where the platform asks for no money."""
    if load(account.platform).PLATFORM.price is None:
        return None
    sharing = sharing_accounts(account, accounts, now)
    caps = [a.monthly_cap for a in sharing if a.monthly_cap is not None]
    since = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    until = (since + 32 * DAY).replace(day=1)
    whole = min(caps) * 1_000 if caps else None
    allowed = None if whole is None else whole // len(sharing)
    return Share(MONEY, allowed, count_spent(sums, since)[1], since, until, tuple(a.id for a in sharing), whole)


def day_share(account: Account, accounts: Iterable[Account], sums: Sums, now: datetime) -> Share | None:
    """This day's part (UTC) of what is left of the month's money; None where the platform asks for none."""
    month = month_share(account, accounts, sums, now)
    if month is None:
        return None
    since = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    today = count_spent(sums, since)[1]
    left = None if month.allowed is None else max(0, month.allowed - (month.spent - today))
    allowed = None if left is None else left // ((month.until - since) // DAY)
    return Share(TODAY, allowed, today, since, since + DAY, month.sharers)


def pressure(*spending: tuple[Share | None, int]) -> float:
    """(what may be spent in a day, what a capture that is not over has spent or will) -> the highest part that is spent then; 0 where
    nobody knows how much may be."""
    known = [(share.spent + more, share.allowed) for share, more in spending if share is not None and share.allowed is not None]
    return max((much / allowed if allowed else 1.0 for much, allowed in known), default=0.0)


def defers_history(account: Account, accounts: Sequence[Account], sums: Sums, now: datetime) -> bool:
    """Whether so little is left of this day's budget that a first capture waits for the next."""
    return pressure((rate_share(account, accounts, sums, now), 0), (day_share(account, accounts, sums, now), 0)) >= OLD


def cost_of_conversation(platform: Platform, sums: Sums) -> int:
    """What it costs about to read a conversation, in thousandths of a US dollar: as many writings as the account's have on average."""
    return platform.each * sums.present() // max(1, sums.present("post"))


def count_spent(sums: Sums, since: datetime) -> tuple[int, int]:
    """(units, thousandths of a US dollar) since then, by the hour."""
    first = hour_of(since)
    found = [pair for hour, kinds in sums.spent.items() if hour >= first for pair in kinds.values()]
    return sum(units for units, _ in found), sum(paid for _, paid in found)


def spent_by_window(sums: Sums, since: datetime) -> dict[str, tuple[int, int]]:
    """Kind of window -> (units, thousandths of a US dollar) since then."""
    first, told = hour_of(since), dict[str, tuple[int, int]]()
    for hour, kinds in sums.spent.items():
        for kind, (units, paid) in kinds.items() if hour >= first else ():
            before = told.get(kind, (0, 0))
            told[kind] = (before[0] + units, before[1] + paid)
    return dict(sorted(told.items()))


def hour_of(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H}"


def sharing_accounts(account: Account, accounts: Iterable[Account], now: datetime) -> list[Account]:
    """Return the open accounts with the same credential, this one included."""
    mine = (account.platform, credential_of(account))
    return [a for a in accounts if (a.platform, credential_of(a)) == mine and not a.is_closed(now)] or [account]


COUNTER_DIGITS = 20


class SpendCounter:
    """Of one credential. `cap`: thousandths of a US dollar that it may pay in a month."""

    def __init__(self, folder: Path, platform: str, credential: str, cap: int) -> None:
        self._folder, self._name, self._cap = folder, f"{platform}-{sha256(credential.encode())[:16]}", cap
        self._taken_from = self._file

    @property
    def _file(self) -> Path:
        return self._folder / f"{self._name}-{datetime.now(UTC):%Y-%m}"

    @property
    def paid(self) -> int:
        """In this month, with what the answers may cost that are being asked for."""
        return self._change(self._file, lambda paid: paid)[1]

    def know(self, paid: int) -> None:
        """Of captures that are over: those of another machine, or of this one before it lost its disk, are not here."""
        self._change(self._file, lambda before: max(before, paid))

    def lacks(self, most: int) -> bool:
        """Whether an answer that costs so much may not be asked for."""
        return self.paid + most > self._cap

    def take(self, most: int) -> bool:
        """Whether an answer that costs so much may be asked for; it then counts as paid."""
        self._taken_from = self._file
        before, after = self._change(self._taken_from, lambda paid: paid + most if paid + most <= self._cap else paid)
        return after - before == most

    def give_back(self, rest: int) -> None:
        """What the answer did not cost, to the month that it was taken from."""
        self._change(self._taken_from, lambda paid: paid - rest)

    def _change(self, path: Path, change: Callable[[int], int]) -> tuple[int, int]:
        """(before, after); one process at a time, and durable."""
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


def open_spend_counter(place: Workspace, accounts: Iterable[Account], account: Account, share: Share | None) -> SpendCounter | None:
    """The purse of the account's credential, which knows what the manifests of all that have it say, of closed accounts too; None where the
    register sets no cap."""
    if share is None or share.whole is None:
        return None
    mine, known = (account.platform, credential_of(account)), 0
    for one in accounts:
        if (one.platform, credential_of(one)) == mine:
            with suppress(Tampered):  # its own capture says what is wrong with it, and it stops no other
                known += count_spent(Overall(place.archive, place.derived, one).sums, share.since)[1]
    purse = SpendCounter(place.settings.spool / "money", *mine, share.whole)
    purse.know(known)
    return purse
