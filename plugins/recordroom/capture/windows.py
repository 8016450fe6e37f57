"""Which window a capture reads, and when an account is due.

A time that lies ahead was written by a clock that was wrong: it must neither keep an account from being captured nor hide changes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from recordroom.accounts import Account
from recordroom.archive.held import Sums
from recordroom.capture.plan import LONGEST
from recordroom.model import moment
from recordroom.platforms import LATE, Window, load
from recordroom.platforms.answers import LONGEST_PAUSE

RECENT = timedelta(days=30)


def choose(sums: Sums, kind: str | None, since: datetime | None, now: datetime, url: str | None = None) -> Window:
    """The window of a capture; an account never captured begins with its history, whatever was asked for but one conversation."""
    if url is not None:
        return Window("one", url=url)
    kind = (kind or "recent") if sums.history else "history"
    if kind == "history":
        return Window("history", cursor=sums.history.get("cursor"))
    if kind == "full":
        return Window("full", validators=sums.validators)
    if kind == "sweep":
        whole = _last(sums, "full", now)  # an edit before that was read by then, or at the turn of its conversation
        return Window("full", edited_since=whole and whole - LONGEST - LATE, validators=sums.validators)
    last = _last(sums, "", now)
    changed = last and last - LATE
    return Window("recent", since=since or now - RECENT, changed_since=changed, validators=sums.validators)


def _last(sums: Sums, kind: str, now: datetime) -> datetime | None:
    """When the last complete window of that kind ("": of any) began."""
    times = [final["time"] for name, final in sums.finals.items() if final["time"] and name.startswith(kind)]
    return min(moment(max(times)), now) if times else None


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
