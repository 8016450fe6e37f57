"""Which window a capture reads, and when an account is due.

A time in the future was written by a clock that was ahead. It must neither keep an account from being
captured nor hide changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from recordroom.archive.state.account_summary import RECENT, AccountSummary
from recordroom.capture.reading_plan import LONGEST
from recordroom.model import instant, moment
from recordroom.platforms.contract import LISTED_LATE, Connector, Window
from recordroom.platforms.cursor import UnreadableCursor
from recordroom.platforms.http import LONGEST_PAUSE
from recordroom.platforms.registry import load
from recordroom.register.models import Account

EARLY = timedelta(minutes=1)
PATIENCE = timedelta(minutes=15)  # beyond two turns: runs wait for each other, and a machine may be restarted
NIGHTS = timedelta(days=2)


class WindowKind(StrEnum):
    """The part of an account that a capture covers, as manifests name it."""

    RECENT = "recent"  # the last days
    FULL = "full"  # the whole account: a sweep, or all that a person asked for
    HISTORY = "history"  # the whole account for the first time, in several runs
    ONE = "one"  # one conversation, by the address of its post


RESTARTED = (
    "this version of recordroom cannot read where the first capture stopped, so the first capture starts"
    " again; everything that it has read stays in the archive"
)


def choose_window(
    sums: AccountSummary, kind: str | None, since: datetime | None, now: datetime, url: str | None = None
) -> Window:
    """Return the window of a capture.

    An account that was never captured begins with its history.

    kind: "recent", "full", "sweep" (all of the account, and of the conversations what the plan wants), or
    "history". None: "recent".
    since: begin a recent window then, instead of some days ago.
    url: capture one conversation, whatever the kind.
    """
    if url is not None:
        return Window(WindowKind.ONE.value, url=url)
    kind = (kind or "recent") if sums.history else "history"
    if kind == "history":
        return Window(WindowKind.HISTORY.value, cursor=sums.history.get("cursor"))
    if kind in ("full", "sweep"):
        edited_since = (
            last_full_read(sums, now) - LONGEST - LISTED_LATE
            if kind == "sweep" and sums.history.get("done")
            else None
        )
        return Window(WindowKind.FULL.value, edited_since=edited_since, validators=sums.validators)
    last, given = (_last(sums, now, what) for what in ("time", "given"))
    before, changed = (at and at - LISTED_LATE for at in (last, given))
    begins = since or now - RECENT
    return Window(
        WindowKind.RECENT.value,
        since=begins,
        changed_since=changed,
        previous_start=before,
        validators=sums.validators,
    )


def describe_window(window: Window) -> dict[str, str]:
    """Return the window as manifests name it."""
    since = {"since": instant(window.since)} if window.since else {}
    return {"kind": window.kind} | since | ({"url": window.url} if window.url else {})


def resume_window(window: Window, connector: Connector) -> tuple[Window, str]:
    """Return the window, and a warning or "".

    A cursor that cannot be interpreted is dropped: the complete list is read again.
    """
    try:
        if window.cursor is not None:
            connector.read_cursor(window.cursor)
    except UnreadableCursor as problem:
        return replace(window, cursor=None), f"{RESTARTED} ({problem})"
    return window, ""


def last_full_read(sums: AccountSummary, now: datetime) -> datetime:
    """Return when the last reading of the whole account began.

    An edit before that was read by then, or at its conversation's turn.
    """
    return min(moment(sums.read["whole"]), now)


def _last(sums: AccountSummary, now: datetime, what: str) -> datetime | None:
    """Return when the last complete window of any kind began ("time").

    Anything that changed before was reported then. That is not true of a conversation that was not given
    ("given"): what led to it must be reported again, and is not by its last change. Sweeps need nothing that
    leads to it.
    """
    times = [at for final in sums.finals.values() if (at := final[what])]
    return min(moment(max(times)), now) if times else None


def why_not_due(
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
    if words := why_held_back(sharing, now):
        return words
    started, every = sums.last_start and moment(sums.last_start), load(account.platform).PLATFORM.interval
    if not at_once and started and started <= now and _turn(started, every) == _turn(now, every):
        return f"last captured at {sums.last_start}, due every {every}"
    return ""


def why_held_back(sharing: Mapping[str, AccountSummary], now: datetime) -> str:
    """Return that one of the accounts with the same credential was throttled, or ""."""
    until, name = max(
        ((throttled_until(sums, now), name) for name, sums in sharing.items()), default=("", "")
    )
    return f"throttled until {until}, like {name}, which uses the same credential" if until else ""


def throttled_until(sums: AccountSummary, now: datetime) -> str:
    """Return until when the platform wants no requests, or ""."""
    until = sums.not_before
    return until if until is not None and now < moment(until) <= now + LONGEST_PAUSE else ""


def _turn(at: datetime, every: timedelta) -> int:
    """Return the number of the schedule interval.

    Each account is captured once in an interval, at any time in it. Otherwise one that started late, or by
    hand, would be skipped when the next interval begins, and be captured half as often. A clock may be a
    little behind the scheduler's.
    """
    return int((at + EARLY).timestamp() // every.total_seconds())


def is_overdue(
    account: Account,
    sums: AccountSummary,
    now: datetime,
    *,
    sharing: Mapping[str, AccountSummary] = MappingProxyType({}),
) -> bool:
    """Return whether intervals were missed although nothing forbids a capture.

    That includes an account that was never captured.
    """
    if account.import_only or why_not_due(account, sums, now, at_once=True, sharing=sharing):
        return False
    every = load(account.platform).PLATFORM.interval
    return sums.last_start is None or now > moment(sums.last_start) + 2 * every + PATIENCE


def is_unswept(account: Account, sums: AccountSummary, now: datetime) -> bool:
    """Return whether no sweep has read the whole account in the last nights."""
    if account.import_only or account.is_closed(now) or not sums.history.get("done"):
        return False
    return now > moment(sums.read["whole"]) + NIGHTS + PATIENCE
