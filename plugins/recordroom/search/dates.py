"""Dates as people give them: a day means that day in Washington (America/Los_Angeles); an instant carries its own offset."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from recordroom.errors import UsageError

PACIFIC = ZoneInfo("America/Los_Angeles")


def parse_from(text: str) -> datetime:
    """The first instant (UTC) that `text` names: the start of a day, or the instant itself. UsageError says what is understood."""
    return _parse(text)[0]


def parse_to(text: str) -> datetime:
    """The last instant (UTC) that `text` names, inclusive: a day's last microsecond, or the instant itself."""
    return _parse(text)[1]


def _parse(text: str) -> tuple[datetime, datetime]:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return (one := _instant(text)), one
    start = datetime.combine(day, time(), PACIFIC).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), PACIFIC).astimezone(UTC) - timedelta(microseconds=1)
    return start, end


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a date", "Write 2026-11-24, 2026-11-24T08:00 (Pacific) or 2026-11-24T08:00+00:00.") from None
    return (found if found.tzinfo else found.replace(tzinfo=PACIFIC)).astimezone(UTC)
