"""Days and instants are read in Pacific time unless they say otherwise."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordroom import dates
from recordroom.errors import UsageError
from recordroom.model import instant


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", "2026-01-01T08:00:00", "2027-01-01T08:00:00"),
        ("2026-12", "2026-12-01T08:00:00", "2027-01-01T08:00:00"),
        ("2026-03-08", "2026-03-08T08:00:00", "2026-03-09T07:00:00"),  # the day of 23 hours
        ("2026-11-01", "2026-11-01T07:00:00", "2026-11-02T08:00:00"),  # the day of 25 hours
        ("2026-11-01T01", "2026-11-01T08:00:00", "2026-11-01T10:00:00"),  # the hour that comes twice
        ("2026-11-01T01:30", "2026-11-01T08:30:00", "2026-11-01T09:31:00"),
        ("2026-11-01T01:30-07:00", "2026-11-01T08:30:00", "2026-11-01T08:31:00"),
        ("2026-03-08T02:30", "2026-03-08T10:30:00", "2026-03-08T10:31:00"),  # the one that does not come
        ("2026-07-01T09", "2026-07-01T16:00:00", "2026-07-01T17:00:00"),
        ("2026-07-01 09:30", "2026-07-01T16:30:00", "2026-07-01T16:31:00"),
        ("2026-07-01T09:30:15Z", "2026-07-01T09:30:15", "2026-07-01T09:30:16"),
        ("2026-07-01t09:30+02:00", "2026-07-01T07:30:00", "2026-07-01T07:31:00"),
        ("2026-07-01T09:30:15.25-0700", "2026-07-01T16:30:15.250000", "2026-07-01T16:30:15.250001"),
        ("11/27/2026", "2026-11-27T08:00:00", "2026-11-28T08:00:00"),
        ("3/8/2026", "2026-03-08T08:00:00", "2026-03-09T07:00:00"),
        ("Nov 27, 2026", "2026-11-27T08:00:00", "2026-11-28T08:00:00"),
        ("  november 27,2026 ", "2026-11-27T08:00:00", "2026-11-28T08:00:00"),
        ("Sept. 9 2026", "2026-09-09T07:00:00", "2026-09-10T07:00:00"),
        ("11/2026", "2026-11-01T07:00:00", "2026-12-01T08:00:00"),
        ("Dec 2026", "2026-12-01T08:00:00", "2027-01-01T08:00:00"),
        ("December, 2026", "2026-12-01T08:00:00", "2027-01-01T08:00:00"),
        ("Nov 27, 2026, 5:40 a.m.", "2026-11-27T13:40:00", "2026-11-27T13:41:00"),
        ("Nov 27, 2026 12:05 am", "2026-11-27T08:05:00", "2026-11-27T08:06:00"),
        ("11/27/2026 5:40 p.m.", "2026-11-28T01:40:00", "2026-11-28T01:41:00"),
        ("11/27/2026 17:40:07", "2026-11-28T01:40:07", "2026-11-28T01:40:08"),
        ("11/27/2026, 12 PM", "2026-11-27T20:00:00", "2026-11-27T21:00:00"),
        ("Nov 1, 2026, 1:30 a.m.", "2026-11-01T08:30:00", "2026-11-01T09:31:00"),
        ("Nov 1, 2026, 1:30 a.m. PST", "2026-11-01T09:30:00", "2026-11-01T09:31:00"),
        ("Nov 1, 2026, 1:30 a.m. PDT", "2026-11-01T08:30:00", "2026-11-01T08:31:00"),
        ("11/27/2026 13:40 UTC", "2026-11-27T13:40:00", "2026-11-27T13:41:00"),
    ],
)
def test_a_date_is_the_span_that_it_names(text: str, start: str, end: str) -> None:
    span = dates.parse_span(text)
    assert (span.start, span.end) == (
        datetime.fromisoformat(f"{start}+00:00"),
        datetime.fromisoformat(f"{end}+00:00"),
    )


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "yesterday",
            "26-01-01",
            "2026-13",
            "2026-02-30",
            "2026-1-1",
            "2026-01-01T25",
            "0000",
            "９９９９",
        ),
        *("11/27/26", "27/11/2026", "2/30/2026", "Nox 27, 2026", "Feb 30, 2026", "27 Nov 2026", "Ma 1, 2026"),
        *("11/27/2026 5", "11/27/2026 13:40 p.m.", "11/27/2026 0:40 a.m.", "Nov 27, 2026, 5:61 a.m."),
    ],
)
def test_anything_else_is_refused_with_the_mend(text: str) -> None:
    with pytest.raises(UsageError, match="11/27/2026, Nov 27, 2026, or 2026-11-27"):
        dates.parse_to(text)


def test_what_is_wrong_is_said_by_the_name_of_its_place() -> None:
    for read, called, said in (
        (dates.parse_from, "From", "From: 'soon' is not"),
        (dates.parse_to, "--as-of", "--as-of: 'soon' is not"),
    ):
        with pytest.raises(dates.WrongDay, match=said) as wrong:
            read("soon", called)
        assert wrong.value.called == called
    for text in ("2026-13", "2026-02-30", "2026-01-01T25", "0000"):
        with pytest.raises(dates.WrongDay, match=f"^From: there is no '{text}' in the calendar"):
            dates.parse_from(text)
    with pytest.raises(dates.WrongDay, match="From is after To"):
        dates.check_order(dates.parse_from("2026-03-02"), dates.parse_to("2026-03-01"))
    dates.check_order(dates.parse_from("2026-03-02"), dates.parse_to("2026-03-02"))
    dates.check_order(None, dates.parse_to("2026-03-02"))


@pytest.mark.parametrize("text", ["11/24/2026", "Nov 24, 2026", "november 24 2026", "2026-11-24"])
def test_a_day_can_be_asked_for_alone(text: str) -> None:
    assert dates.parse_day(text, "--on") == date(2026, 11, 24)


@pytest.mark.parametrize("text", ["", "2026", "11/2026", "Nov 2026", "11/24/2026 5 p.m.", "2026-11-24T17:00"])
def test_anything_but_one_day_is_refused_where_a_day_is_needed(text: str) -> None:
    with pytest.raises(dates.WrongDay, match="is not a day"):
        dates.parse_day(text, "--on")


def test_a_day_that_does_not_exist_is_no_day() -> None:
    with pytest.raises(dates.WrongDay, match="there is no '2/30/2026' in the calendar"):
        dates.parse_day("2/30/2026", "--on")


def test_an_instant_needs_a_time_of_day() -> None:
    assert instant(dates.parse_instant("Nov 24, 2026, 8:00 a.m.")) == "2026-11-24T16:00:00.000000Z"
    for text in ("11/24/2026", "Nov 2026", "soon"):
        with pytest.raises(ValueError, match="is not a date with a time"):
            dates.parse_instant(text)


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-11:00", "0001-01-01T00:00:00+11:00"])
def test_a_time_beyond_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(dates.WrongDay, match=f"^From: '{re.escape(text)}' is beyond the calendar"):
        dates.parse_from(text)


@pytest.mark.parametrize(
    "text", ["0001", "0001-01-01T00:00:00Z", "0001-01-01T07:52Z", "9999", "9999-12", "9999-12-31"]
)
def test_the_ends_of_the_calendar_can_be_asked_for_and_told(text: str) -> None:
    """Whatever takes a time shows it again."""
    for at in (dates.parse_from(text), dates.parse_to(text)):
        assert text[:4] in dates.format_both_zones(at)
        assert text[:4] in dates.format_time(at)
        assert dates.format_exact(at)
        assert dates.format_local(at)


def test_what_is_offered_to_choose_is_a_time_each() -> None:
    found = dates.suggest_periods(date(2026, 2, 28))
    assert found[:4] == ["Feb 28, 2026", "Feb 2026", "Jan 2026", "Dec 2025"]
    assert found[12:] == ["Mar 2025", "2026", "2025", "2024"]
    assert all(dates.parse_span(one) for one in found)


def test_a_time_has_one_form_for_people_and_one_that_is_exact() -> None:
    at = datetime(2026, 4, 1, 0, 0, 0, 208979, tzinfo=UTC)
    assert dates.format_both_zones(at) == "Mar 31, 2026, 5:00 p.m. (2026-04-01 00:00:00 UTC)"
    assert dates.format_exact(at) == "Mar 31, 2026, 5:00:00 p.m. PDT (2026-04-01T00:00:00.208979Z)"
    assert dates.format_second(at) == "Mar 31, 2026, 5:00:00 p.m. PDT (2026-04-01 00:00:00 UTC)"
    assert dates.format_minute(at) == "Mar 31, 2026, 5:00 p.m. PDT"
    assert dates.format_minute(datetime(2026, 7, 4, 19, 0, tzinfo=UTC)) == "Jul 4, 2026, 12:00 p.m. PDT"
    assert dates.format_minute(datetime(2026, 7, 5, 7, 5, tzinfo=UTC)) == "Jul 5, 2026, 12:05 a.m. PDT"


@pytest.mark.parametrize(
    ("at", "text"),
    [
        ("2026-11-27T13:40:07Z", "Nov 27, 2026, 5:40 a.m."),
        ("2026-11-27T20:00:00Z", "Nov 27, 2026, 12:00 p.m."),
        ("2026-11-27T08:05:00Z", "Nov 27, 2026, 12:05 a.m."),
        ("2026-07-05T06:59:59Z", "Jul 4, 2026, 11:59 p.m."),
        ("2026-11-01T08:30:00Z", "Nov 1, 2026, 1:30 a.m. PDT"),  # the hour that comes twice
        ("2026-11-01T09:30:00Z", "Nov 1, 2026, 1:30 a.m. PST"),
        ("2026-11-01T10:00:00Z", "Nov 1, 2026, 2:00 a.m."),
        ("0001-01-01T00:00:00Z", "Jan 1, 0001, 12:00 a.m. UTC"),
    ],
)
def test_a_time_reads_as_people_write_it_and_can_be_typed_again(at: str, text: str) -> None:
    moment = datetime.fromisoformat(at)
    assert dates.format_time(moment) == text
    if moment.year > 1:
        span = dates.parse_span(text)
        assert span.start <= moment < span.end


def test_to_is_inclusive() -> None:
    assert instant(dates.parse_from("2026-03-02")) == "2026-03-02T08:00:00.000000Z"
    assert instant(dates.parse_to("2026-03-02")) == "2026-03-03T07:59:59.999999Z"


@given(st.integers(-30_000_000_000_000_000, 200_000_000_000_000_000))  # years 1019 to 8307
def test_every_instant_that_we_write_can_be_read(microseconds: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    assert dates.parse_span(instant(moment)) == dates.DateSpan(moment, moment + timedelta(microseconds=1))


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        span = dates.parse_span(text)
    except ValueError:
        return
    assert span.start < span.end
