"""Which window a capture reads, and when an account is due.

A time that lies ahead was written by a clock that was wrong: it must neither keep an account from being captured nor hide changes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from recordroom.accounts import Account
from recordroom.archive.held import Sums
from recordroom.model import moment
from recordroom.platforms import Window, load
from recordroom.platforms.answers import LONGEST_PAUSE

RECENT = timedelta(days=30)
OVERLAP = timedelta(hours=1)  # what the platform lists by change may appear late


def choose(sums: Sums, kind: str | None, since: datetime | None, now: datetime, url: str | None = None) -> Window:
    """The window of a capture; an account never captured begins with its history, whatever was asked for but one conversation."""
    if url is not None:
        return Window("one", url=url)
    kind = (kind or "recent") if sums.history else "history"
    if kind == "history":
        return Window("history", cursor=sums.history.get("cursor"))
    if kind == "full":
        return Window("full", validators=sums.validators)
    times = [final["time"] for final in sums.finals.values() if final["time"]]
    changed = min(moment(max(times)), now) - OVERLAP if times else None
    return Window("recent", since=since or now - RECENT, changed_since=changed, validators=sums.validators)


def due(account: Account, sums: Sums, now: datetime, *, at_once: bool = False) -> str:
    """The empty string if a capture is due, else why not. `at_once`: it does not matter when the last one was."""
    if account.is_closed(now):
        return f"closed on {account.closed_on}"
    if sums.not_before is not None and now < moment(sums.not_before) <= now + LONGEST_PAUSE:
        return f"throttled until {sums.not_before}"
    started, every = sums.last_start and moment(sums.last_start), load(account.platform).PLATFORM.every
    if not at_once and started and started <= now < started + every - timedelta(minutes=1):
        return f"captured at {sums.last_start}, due every {every}"
    return ""
