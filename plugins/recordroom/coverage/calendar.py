"""The last twelve months of an account, day by day in the agency's time zone.

Each day says whether the account was captured, and which gaps were known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from recordroom.archive.gaps import Gap, merge_windows
from recordroom.model import ZONE
from recordroom.register.models import Account

CAPTURED, FAILED, NOBODY, OUTSIDE = "captured", "failed", "nobody", "outside"
STATES: Mapping[str, str] = {  # meaning of each state, the worst first
    FAILED: "every capture failed",
    NOBODY: "no capture ran",
    CAPTURED: "captured",
    OUTSIDE: "before the first capture or after the account closed",
}
DAYS = 365


@dataclass(frozen=True, slots=True)
class Day:
    """One day of an account."""

    day: date
    state: str  # a key of STATES
    captures: int  # all that ended on the day, failed ones included
    failed: int
    # reasons of the gaps open on the day, counted as in the list of open gaps; today: those that are open now
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CalendarSpan:
    """Consecutive days: a week or a month, or equal days in one row of a table."""

    days: tuple[Day, ...]

    @property
    def state(self) -> str:
        """Return the worst state of its days."""
        return next(state for state in STATES if any(day.state == state for day in self.days))

    @property
    def first(self) -> date:
        return self.days[0].day

    @property
    def last(self) -> date:
        return self.days[-1].day

    @property
    def captures(self) -> int:
        return sum(day.captures for day in self.days)

    @property
    def failed(self) -> int:
        return sum(day.failed for day in self.days)

    @property
    def gaps(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(reason for day in self.days for reason in day.gaps))

    def in_state(self, state: str) -> int:
        """Return how many of its days are in this state."""
        return sum(day.state == state for day in self.days)

    @property
    def with_gaps(self) -> int:
        return sum(bool(day.gaps) for day in self.days)


def build_calendar(
    account: Account | None, looked: Mapping[str, Sequence[int]], gaps: Iterable[Gap], today: date
) -> list[Day]:
    """Return the last DAYS days, the oldest first.

    looked: ISO date -> (captures that ended well, captures that failed), as in Sums.days.
    gaps: all gaps of the account, closed ones too.
    """
    began, ended = min(looked, default=None), account.closed_on if account else None
    yesterday = today - timedelta(days=1)
    told = (
        (
            gap.opened_at.astimezone(ZONE).date(),
            min(yesterday, gap.closed_at.astimezone(ZONE).date()) if gap.closed_at else today,
            gap,
        )
        for gap in gaps
    )
    own = [one for one in told if one[1] > today - timedelta(days=DAYS)]  # over the years there are many gaps
    found = []
    for back in range(DAYS - 1, -1, -1):
        day = today - timedelta(days=back)
        ended_well, failed = looked.get(day.isoformat(), (0, 0))
        outside = began is None or day.isoformat() < began or (ended is not None and day.isoformat() > ended)
        state = CAPTURED if ended_well else FAILED if failed else OUTSIDE if outside else NOBODY
        there = merge_windows(gap for first, last, gap in own if first <= day <= last)
        found.append(Day(day, state, ended_well + failed, failed, tuple(gap.reason for gap in there)))
    return found


def group_weeks(days: Iterable[Day]) -> list[CalendarSpan]:
    """Group days into weeks from Sunday to Saturday."""
    return [
        CalendarSpan(tuple(own))
        for _, own in groupby(days, key=lambda one: one.day - timedelta(days=one.day.isoweekday() % 7))
    ]


def group_months(days: Iterable[Day]) -> list[CalendarSpan]:
    """Group days into calendar months."""
    return [CalendarSpan(tuple(own)) for _, own in groupby(days, key=lambda one: one.day.replace(day=1))]


def group_equal_days(days: Iterable[Day]) -> Iterator[CalendarSpan]:
    """Group consecutive days with the same state and the same gaps, the newest first."""
    spans = [CalendarSpan(tuple(own)) for _, own in groupby(days, key=lambda one: (one.state, one.gaps))]
    yield from reversed(spans)
