"""The time as the archive's store says, for questions on which a wrong clock must not decide.

A machine whose clock is years ahead would show that every retention period is over. `archive/store.py` notes
how far this machine's clock is from the store's with each response; before the first response, this machine's
clock counts.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from recordroom.model import ZONE

_ahead = timedelta()


def note_ahead(seconds: float) -> None:
    """Note how far this machine's clock is ahead of the store's."""
    global _ahead  # noqa: PLW0603 (a process has one clock)
    _ahead = timedelta(seconds=seconds)


def now() -> datetime:
    """Return the present time, aware, in UTC."""
    return datetime.now(UTC) - _ahead


def today() -> date:
    """Return the present day in the agency's time zone."""
    return now().astimezone(ZONE).date()
