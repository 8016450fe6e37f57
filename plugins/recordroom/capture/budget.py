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

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from recordroom.archive.state.account_summary import AccountSummary
from recordroom.errors import BudgetSpent
from recordroom.model import Exchange, Media
from recordroom.platforms import Limit, Platform, load
from recordroom.register.models import Account

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


class Purse(Protocol):
    """What the credential pays at this moment (purse.py)."""

    def take(self, most: int) -> bool: ...
    def give_back(self, rest: int) -> None: ...


class Meter:
    """What a capture spends, request by request. `of`: the platform's costs; `share`: what may be paid in the month."""

    def __init__(self, of: Platform | None = None, share: Share | None = None, purse: Purse | None = None) -> None:
        self._of, self._share, self._purse = of, share, purse
        self._taken = 0  # what the answer that is being asked for may cost
        self.units = 0
        self.paid = 0

    def pay_from(self, purse: Purse | None) -> None:
        """Before anything is asked for."""
        self._purse = purse

    def before(self) -> None:
        """Called before each try of a request. BudgetSpent where its answer might cost more than is left."""
        self._settle(self._taken)  # the try before this one broke off
        if self._of is None or self._share is None:
            return
        if is_spent(self._share, self._of, self.paid) or (self._purse is not None and not self._purse.take(self._of.dearest)):
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
        if self._purse is not None and self._taken != paid:
            self._purse.give_back(self._taken - paid)
        self.paid += paid
        self._taken = 0


def is_spent(share: Share, platform: Platform, paid: int = 0) -> bool:
    """Whether a month's money leaves room for no further request. `paid`: by a capture that is not over."""
    return share.allowed is not None and share.spent + paid + platform.dearest > share.allowed


def a_day(limit: Limit) -> int | None:
    """What a rate or quota comes to in a day."""
    return None if limit.value is None or limit.seconds is None else limit.value * 86_400 // limit.seconds


def credential(account: Account) -> str:
    """What a limit is counted by: the connection, else the server that answers everybody."""
    return account.connection or f"anonymous at {urlsplit(account.api_url or account.url).netloc}"


def rate(account: Account, accounts: Iterable[Account], sums: AccountSummary, now: datetime) -> Share | None:
    """The account's part of the platform's rate or quota in this day; None where the platform has none."""
    limit = load(account.platform).PLATFORM.budget
    if limit is None:
        return None
    zone, sharing = ZoneInfo(limit.zone), sharers(account, accounts, now)
    since = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    until = (since + DAY).astimezone(UTC)
    whole = a_day(limit)
    allowed = None if whole is None else whole // len(sharing)
    return Share(limit, allowed, spent(sums, since)[0], since.astimezone(UTC), until, tuple(a.id for a in sharing))


def money(account: Account, accounts: Iterable[Account], sums: AccountSummary, now: datetime) -> Share | None:
    """The account's part of what its credential may cost in this month (UTC); None where the platform asks for no money."""
    if load(account.platform).PLATFORM.price is None:
        return None
    sharing = sharers(account, accounts, now)
    caps = [a.monthly_cap for a in sharing if a.monthly_cap is not None]
    since = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    until = (since + 32 * DAY).replace(day=1)
    whole = min(caps) * 1_000 if caps else None
    allowed = None if whole is None else whole // len(sharing)
    return Share(MONEY, allowed, spent(sums, since)[1], since, until, tuple(a.id for a in sharing), whole)


def money_today(account: Account, accounts: Iterable[Account], sums: AccountSummary, now: datetime) -> Share | None:
    """This day's part (UTC) of what is left of the month's money; None where the platform asks for none."""
    month = money(account, accounts, sums, now)
    if month is None:
        return None
    since = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    today = spent(sums, since)[1]
    left = None if month.allowed is None else max(0, month.allowed - (month.spent - today))
    allowed = None if left is None else left // ((month.until - since) // DAY)
    return Share(TODAY, allowed, today, since, since + DAY, month.sharers)


def pressure(*spending: tuple[Share | None, int]) -> float:
    """(what may be spent in a day, what a capture that is not over has spent or will) -> the highest part that is spent then; 0 where
    nobody knows how much may be."""
    known = [(share.spent + more, share.allowed) for share, more in spending if share is not None and share.allowed is not None]
    return max((much / allowed if allowed else 1.0 for much, allowed in known), default=0.0)


def leaves_history(account: Account, accounts: Sequence[Account], sums: AccountSummary, now: datetime) -> bool:
    """Whether so little is left of this day's budget that a first capture waits for the next."""
    return pressure((rate(account, accounts, sums, now), 0), (money_today(account, accounts, sums, now), 0)) >= OLD


def of_conversation(platform: Platform, sums: AccountSummary) -> int:
    """What it costs about to read a conversation, in thousandths of a US dollar: as many writings as the account's have on average."""
    return platform.each * sums.present() // max(1, sums.present("post"))


def spent(sums: AccountSummary, since: datetime) -> tuple[int, int]:
    """(units, thousandths of a US dollar) since then, by the hour."""
    first = hour_of(since)
    found = [pair for hour, kinds in sums.spent.items() if hour >= first for pair in kinds.values()]
    return sum(units for units, _ in found), sum(paid for _, paid in found)


def by_window(sums: AccountSummary, since: datetime) -> dict[str, tuple[int, int]]:
    """Kind of window -> (units, thousandths of a US dollar) since then."""
    first, told = hour_of(since), dict[str, tuple[int, int]]()
    for hour, kinds in sums.spent.items():
        for kind, (units, paid) in kinds.items() if hour >= first else ():
            before = told.get(kind, (0, 0))
            told[kind] = (before[0] + units, before[1] + paid)
    return dict(sorted(told.items()))


def hour_of(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H}"


def sharers(account: Account, accounts: Iterable[Account], now: datetime) -> list[Account]:
    """Return the open accounts with the same credential, this one included."""
    mine = (account.platform, credential(account))
    return [a for a in accounts if (a.platform, credential(a)) == mine and not a.is_closed(now)] or [account]
