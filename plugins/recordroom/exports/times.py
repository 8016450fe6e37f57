"""Times as people read them: Pacific time, with a UTC time where it matters."""

from __future__ import annotations

from datetime import UTC, datetime

from recordroom.model import format_clock, instant, to_local


def format_minute(moment: datetime) -> str:
    """Format as `Nov 24, 2026, 12:30 a.m. PST`."""
    here = to_local(moment)
    return f"{format_day(moment)}, {here.hour % 12 or 12}:{here:%M} {_half_of_day(here)} {here:%Z}"


def format_second(moment: datetime) -> str:
    """Format as `Nov 24, 2026, 12:30:00 a.m. PST (2026-11-24 08:30:00 UTC)`."""
    return f"{_format_clock(moment)} ({format_clock(moment.astimezone(UTC))} UTC)"


def format_exact(moment: datetime) -> str:
    """Format as `Nov 24, 2026, 12:30:00 a.m. PST (2026-11-24T08:30:00.208979Z)`."""
    return f"{_format_clock(moment)} ({instant(moment)})"


def format_day(moment: datetime) -> str:
    """Format as `Nov 24, 2026`."""
    here = to_local(moment)
    return f"{here:%b} {here.day}, {here.year:04}"


def _format_clock(moment: datetime) -> str:
    here = to_local(moment)
    return f"{format_day(moment)}, {here.hour % 12 or 12}:{here:%M:%S} {_half_of_day(here)} {here:%Z}"


def _half_of_day(here: datetime) -> str:
    return "a.m." if here.hour < 12 else "p.m."
