"""A year of days: what each says of captures and of gaps, where the agency is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from recordroom.archive.gaps import Gap, gap_id
from recordroom.coverage.calendar import (
    CAPTURED,
    DAYS,
    FAILED,
    NOBODY,
    OUTSIDE,
    build_calendar,
    group_equal_days,
    group_months,
    group_weeks,
)
from tests.archives import register_of

TODAY = date(2026, 11, 26)
ACCOUNT = register_of({"id": "news", "platform": "feed", "url": "https://example.org/feed"}).account("news")


def gap(reason: str, opened: datetime, closed: datetime | None = None) -> Gap:
    return Gap(gap_id("news", reason), "news", reason, "", None, None, opened, closed)


def test_each_day_has_the_state_that_its_captures_give_it() -> None:
    looked = {"2026-11-20": [96, 0], "2026-11-21": [90, 6], "2026-11-22": [0, 3], "2026-11-24": [1, 0]}
    days = {one.day.isoformat(): one for one in build_calendar(ACCOUNT, looked, (), TODAY)}
    assert len(days) == DAYS
    assert (min(days), max(days)) == ("2025-11-27", "2026-11-26")
    states = [days[f"2026-11-{n}"].state for n in range(19, 27)]
    assert states == [OUTSIDE, CAPTURED, CAPTURED, FAILED, NOBODY, CAPTURED, NOBODY, NOBODY]
    assert (days["2026-11-21"].captures, days["2026-11-21"].failed) == (96, 6)


def test_what_nobody_ever_captured_or_what_is_closed_is_not_missed() -> None:
    assert {one.state for one in build_calendar(None, {}, (), TODAY)} == {OUTSIDE}
    [account] = register_of(
        {"id": "old", "platform": "feed", "url": "https://a.org/feed", "closed_on": "2026-11-23"}
    ).accounts
    days = build_calendar(account, {"2026-11-22": [1, 0]}, (), TODAY)
    assert [one.state for one in days[-5:]] == [CAPTURED, NOBODY, OUTSIDE, OUTSIDE, OUTSIDE]


def test_a_gap_stands_on_the_days_on_which_it_was_open() -> None:
    """By the agency's days: half past seven UTC is the evening before."""
    shut = gap(
        "counts-differ", datetime(2026, 11, 21, 7, 30, tzinfo=UTC), datetime(2026, 11, 22, 20, tzinfo=UTC)
    )
    still = gap("platform-limit", datetime(2026, 11, 22, 20, tzinfo=UTC))
    days = build_calendar(ACCOUNT, {"2026-11-20": [1, 0]}, (shut, still), TODAY)
    assert [one.gaps for one in days[-8:]] == [
        (), ("counts-differ",), ("counts-differ",), ("counts-differ", "platform-limit"),
        *[("platform-limit",)] * 4,
    ]  # fmt: skip


def test_weeks_months_and_spans_hold_every_day_once() -> None:
    looked = {(TODAY - timedelta(days=n)).isoformat(): [96, 0] for n in range(40)} | {"2026-11-03": [0, 2]}
    days = build_calendar(ACCOUNT, looked, (), TODAY)
    for parts in (group_weeks(days), group_months(days), list(reversed(list(group_equal_days(days))))):
        assert [day for part in parts for day in part.days] == days
    assert all(week.first.isoweekday() == 7 for week in group_weeks(days)[1:])
    assert [part.first.day for part in group_months(days)[1:]] == [1] * 12
    newest, bad, rest, before = group_equal_days(days)
    assert (newest.captures, bad.failed, bad.state, rest.state, before.state) == (
        23 * 96,
        2,
        FAILED,
        CAPTURED,
        OUTSIDE,
    )
    assert (
        next(week.state for week in group_weeks(days) if date(2026, 11, 3) in [d.day for d in week.days])
        == FAILED
    ), "the worst"
