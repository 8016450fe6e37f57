"""Which window a capture reads, and when an account is due.

A time that lies ahead was written by a clock that was wrong: it must neither keep an account from being captured nor hide changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from recordroom.archive.state.account_summary import RECENT, AccountSummary
from recordroom.capture.plan import LONGEST
from recordroom.model import moment
from recordroom.platforms import LATE, Connector, Window, load
from recordroom.platforms.answers import LONGEST_PAUSE
from recordroom.platforms.remaining import Unreadable
from recordroom.register.models import Account

EARLY = timedelta(minutes=1)
PATIENCE = timedelta(minutes=15)  # beyond two turns: runs wait for each other, and a machine may be started anew
NIGHTS = timedelta(days=2)


RESTARTED = (
    "this version of recordroom cannot read where the first capture stopped: it begins again; whatever it has read stays in the archive"
)


def choose(sums: AccountSummary, kind: str | None, since: datetime | None, now: datetime, url: str | None = None) -> Window:
    """The window of a capture; an account never captured begins with its history, whatever was asked for but one conversation."""
    if url is not None:
        return Window("one", url=url)
    kind = (kind or "recent") if sums.history else "history"
    if kind == "history":
        return Window("history", cursor=sums.history.get("cursor"))
    if kind in ("full", "sweep"):
        since = last_whole(sums, now) - LONGEST - LATE if kind == "sweep" and sums.history.get("done") else None
        return Window("full", edited_since=since, validators=sums.validators)
    last, given = (_last(sums, now, what) for what in ("time", "given"))
    before, changed = (at and at - LATE for at in (last, given))
    return Window("recent", since=since or now - RECENT, changed_since=changed, before=before, validators=sums.validators)


def resumed(window: Window, connector: Connector) -> tuple[Window, str]:
    """The window, and what must be reported of it. A cursor that cannot be interpreted is none: the whole list is read again."""
    try:
        if window.cursor is not None:
            connector.read_cursor(window.cursor)
    except Unreadable as problem:
        return replace(window, cursor=None), f"{RESTARTED} ({problem})"
    return window, ""


def last_whole(sums: AccountSummary, now: datetime) -> datetime:
    """When whatever read the whole account last began: an edit before that was read by then, or at its conversation's turn."""
    return min(moment(sums.read["whole"]), now)


def _last(sums: AccountSummary, now: datetime, what: str) -> datetime | None:
    """When the last complete window began ("time"), of whatever kind: what has changed before that was told then. Not so where a
    conversation was not given ("given"): what led to it must be told again, and does not by its last change. Sweeps need nothing that
    leads there."""
    times = [at for final in sums.finals.values() if (at := final[what])]
    return min(moment(max(times)), now) if times else None


def due(
    account: Account,
    sums: AccountSummary,
    now: datetime,
    *,
    at_once: bool = False,
    sharing: Mapping[str, AccountSummary] = MappingProxyType({}),
) -> str:
    """Return why no capture is due, or "" if one is.

    at_once: it does not matter when the last one was.
    sharing: other accounts with the same credential, by their ids: a throttle is said of the credential.
    """
    if account.is_closed(now):
        return f"closed on {account.closed_on}"
    if until := throttled_until(sums, now):
        return f"throttled until {until}"
    if words := held_back(sharing, now):
        return words
    started, every = sums.last_start and moment(sums.last_start), load(account.platform).PLATFORM.every
    if not at_once and started and started <= now and _turn(started, every) == _turn(now, every):
        return f"captured at {sums.last_start}, due every {every}"
    return ""


def held_back(sharing: Mapping[str, AccountSummary], now: datetime) -> str:
    """Return that one of the accounts with the same credential was throttled, or ""."""
    until, name = max(((throttled_until(sums, now), name) for name, sums in sharing.items()), default=("", ""))
    return f"throttled until {until}, with {name}, which has the same credential" if until else ""


def throttled_until(sums: AccountSummary, now: datetime) -> str:
    """Return the instant until which the platform asked to be left alone, or "" if none lies ahead."""
    until = sums.not_before
    return until if until is not None and now < moment(until) <= now + LONGEST_PAUSE else ""


def _turn(at: datetime, every: timedelta) -> int:
    """Each account is captured once in a turn, whenever in it: what started late, or by hand in between, would else be passed over when
    the next turn begins, and be captured half as often. A clock may be a little behind the scheduler's."""
    return int((at + EARLY).timestamp() // every.total_seconds())


def is_overdue(
    account: Account, sums: AccountSummary, now: datetime, *, sharing: Mapping[str, AccountSummary] = MappingProxyType({})
) -> bool:
    """Whether turns were missed though nothing says that it is to be left alone. One that never was captured is, too."""
    if account.import_only or due(account, sums, now, at_once=True, sharing=sharing):
        return False
    every = load(account.platform).PLATFORM.every
    return sums.last_start is None or now > moment(sums.last_start) + 2 * every + PATIENCE


def is_unswept(account: Account, sums: AccountSummary, now: datetime) -> bool:
    """Whether no sweep has read the whole account in the last nights, though its first capture is over."""
    if account.import_only or account.is_closed(now) or not sums.history.get("done"):
        return False
    return now > moment(sums.read["whole"]) + NIGHTS + PATIENCE
