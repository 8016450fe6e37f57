"""The retention fields of a record: one test for each rule, and an oracle in Python for dates."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordroom.model import ZONE
from recordroom.retention import derivation
from recordroom.retention.derivation import (
    EVENT_MISSING,
    NOT_WITHDRAWN,
    PUBLISHED,
    RECEIVED,
    UNCONFIRMED,
    WITHDRAWN,
)
from recordroom.retention.models import DESTROY, EVENT, RETAIN, Period, Policy, RegisteredAccount, Rule
from tests.retention.building import rule

TIME = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("account", pa.string()), ("record", pa.string()), ("sequence", pa.int64()), ("late", pa.bool_()),
        ("kind", pa.string()), ("status", pa.string()), ("public", pa.bool_()), ("claimed", pa.bool_()),
        ("published_at", TIME), ("edited_at", TIME), ("captured_at", TIME), ("committed_at", TIME),
    ]
)  # fmt: skip
START = datetime(2026, 11, 20, 20, tzinfo=UTC)  # noon in Washington


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def row(sequence: int, status: str = "visible", **more: Any) -> dict[str, Any]:
    """A version that a capture saw on day `sequence`."""
    captured = more.pop("captured_at", at(sequence))
    found = {
        "account": "blog", "record": "r", "sequence": sequence, "late": False, "kind": "post",
        "status": status, "public": status == "visible", "claimed": False, "published_at": START,
        "edited_at": None, "captured_at": captured, "committed_at": captured,
    }  # fmt: skip
    return found | more


def derive(rows: Sequence[dict[str, Any]], rule_: Rule | None = None, series: str | None = "S1") -> Any:
    """The fields of the one record of these rows."""
    rules = {"S1": rule_ or rule()}
    inputs = derivation.make_inputs(Policy(rules=rules), {"blog": RegisteredAccount(series)})
    with derivation.open_memory() as connection:
        connection.register("rows", pa.Table.from_pylist(list(rows), SCHEMA))
        table = derivation.derive(connection, "rows", inputs)
    [found] = table.to_pylist()
    assert set(found) == {"account", "record", *derivation.FIELDS}
    return found


def dates(found: Any) -> tuple[str, date | None, date | None]:
    return found["retention_trigger"], found["retention_trigger_on"], found["eligible_on"]


def test_content_that_is_published_has_no_date() -> None:
    assert dates(derive([row(1)])) == (PUBLISHED, None, None)


def test_removed_content_counts_from_the_capture_that_found_it_removed() -> None:
    found = derive([row(1), row(5, "removed")])
    assert dates(found) == (WITHDRAWN, date(2026, 11, 25), date(2028, 11, 26))
    assert found["retention_action"] == DESTROY
    assert not found["series_decided"]


@pytest.mark.parametrize("status", ["unavailable", "hidden", "held", "spam", "trashed"])
def test_other_ways_to_disappear_are_not_withdrawal(status: str) -> None:
    found = derive([row(1), row(5, status)])
    assert found["retention_trigger"] == NOT_WITHDRAWN
    assert found["eligible_on"] is None


def test_unavailable_before_removed_does_not_start_the_period() -> None:
    found = derive([row(1), row(5, "unavailable"), row(9, "removed"), row(12, "removed")])
    assert dates(found)[:2] == (WITHDRAWN, date(2026, 11, 29))


def test_content_that_is_seen_again_loses_its_date_and_a_second_removal_counts_anew() -> None:
    rows = [row(1), row(5, "removed"), row(9)]
    assert dates(derive(rows)) == (PUBLISHED, None, None)
    assert dates(derive([*rows, row(12, "removed")]))[1] == date(2026, 12, 2)


def test_a_late_arrival_changes_no_clock() -> None:
    older = row(3, late=True, captured_at=at(30))
    assert dates(derive([row(1), row(2, "removed"), older]))[1] == date(2026, 11, 22)


def test_the_later_of_received_and_withdrawn_counts() -> None:
    found = derive([row(1, edited_at=at(40)), row(5, "removed")])
    assert found["retention_trigger_on"] == date(2026, 12, 30)


def test_the_later_of_two_clocks_counts() -> None:
    slow = row(5, "removed", captured_at=at(-4000), committed_at=at(5))
    assert derive([row(1), slow])["retention_trigger_on"] == date(2026, 11, 25)


def test_a_message_counts_from_when_it_was_sent_and_a_later_edit_moves_it() -> None:
    assert dates(derive([row(1, kind="message", public=False)]))[:2] == (RECEIVED, date(2026, 11, 20))
    edited = [row(1, kind="message"), row(2, kind="message", edited_at=at(2))]
    assert derive(edited)["retention_trigger_on"] == date(2026, 11, 22)


def test_a_message_without_a_time_counts_from_its_capture() -> None:
    found = derive([row(3, kind="message", published_at=None)])
    assert found["retention_trigger_on"] == date(2026, 11, 23)


def test_a_comment_that_never_was_public_counts_from_when_it_was_received() -> None:
    rows = [row(1, "held", kind="comment"), row(2, "trashed", kind="comment")]
    assert dates(derive(rows))[:2] == (RECEIVED, date(2026, 11, 20))
    removed = [*rows, row(9, "removed", kind="comment")]
    assert derive(removed)["retention_trigger_on"] == date(2026, 11, 29)  # it may have been public between
    public = [row(1, "held", kind="comment"), row(2, kind="comment"), row(3, "held", kind="comment")]
    assert derive(public)["retention_trigger"] == NOT_WITHDRAWN


def test_a_comment_that_is_hidden_when_first_seen_may_have_been_public() -> None:
    assert derive([row(1, "hidden", kind="comment")])["retention_trigger"] == NOT_WITHDRAWN


def test_spam_has_no_series_until_a_person_decides() -> None:
    found = derive([row(1, "held", kind="comment"), row(2, "spam", kind="comment")])
    assert (found["series"], found["eligible_on"]) == (None, None)
    assert found["retention_trigger"] == RECEIVED
    again = derive([row(1, "spam", kind="comment"), row(2, kind="comment")])
    assert again["series"] == "S1"


def test_an_import_has_no_date_until_a_person_confirms_it() -> None:
    claim = row(1, "removed", late=True, claimed=True)
    assert dates(derive([claim])) == (UNCONFIRMED, None, None)
    seen_too = [claim, row(2), row(3, "removed")]
    assert derive(seen_too)["retention_trigger_on"] == date(2026, 11, 23)


def test_what_some_people_see_is_not_called_published() -> None:
    assert derive([row(1, public=False)])["retention_trigger"] == NOT_WITHDRAWN
    assert derive([row(1, public=False), row(2, "removed")])["retention_trigger"] == WITHDRAWN


def test_a_series_with_an_event_waits_for_a_person() -> None:
    found = derive([row(1), row(2, "removed")], rule(trigger=EVENT, event="the incident is resolved"))
    assert dates(found) == (EVENT_MISSING, None, None)


def test_an_unreviewed_series_gives_no_date_and_no_action() -> None:
    found = derive([row(1), row(2, "removed")], rule(unreviewed="no person has reviewed this series"))
    assert dates(found) == (WITHDRAWN, date(2026, 11, 22), None)
    assert found["retention_action"] is None
    assert found["series"] == "S1"


@pytest.mark.parametrize("series", [None, "S2"])
def test_without_a_known_series_there_is_no_date(series: str | None) -> None:
    found = derive([row(1), row(2, "removed")], series=series)
    assert (found["series"], found["eligible_on"], found["retention_action"]) == (series, None, None)


@pytest.mark.parametrize(
    "more",
    [
        {"period": Period(named="permanent"), "action": RETAIN},
        {"period": Period(named="life of the agency"), "action": RETAIN},
        {"designation": "permanent", "action": None, "unreviewed": "no person has reviewed this series"},
    ],
)
def test_permanent_records_have_no_date_even_if_nobody_reviewed_the_series(more: dict[str, Any]) -> None:
    found = derive([row(1), row(2, "removed")], rule(**more))
    assert (found["eligible_on"], found["retention_action"]) == (None, RETAIN)


def test_a_period_without_a_length_gives_no_date() -> None:
    assert (
        derive([row(1), row(2, "removed")], rule(Period(named="until no longer needed")))["eligible_on"]
        is None
    )


@pytest.mark.parametrize(
    ("removed", "period", "eligible"),
    [
        (datetime(2028, 2, 29, 20, tzinfo=UTC), Period(years=2), date(2030, 3, 2)),  # Mar 1 is the last day
        (datetime(2028, 2, 29, 20, tzinfo=UTC), Period(years=4), date(2032, 3, 1)),
        (datetime(2026, 12, 31, 20, tzinfo=UTC), Period(years=1), date(2028, 1, 1)),
        (datetime(2027, 1, 1, 7, 59, tzinfo=UTC), Period(years=1), date(2028, 1, 1)),  # Dec 31 in Washington
        (datetime(2027, 1, 1, 8, tzinfo=UTC), Period(years=1), date(2028, 1, 2)),
        (datetime(2027, 1, 31, 20, tzinfo=UTC), Period(months=1), date(2027, 3, 2)),
        (datetime(2027, 1, 31, 20, tzinfo=UTC), Period(months=1, days=1), date(2027, 3, 3)),
        (datetime(2026, 11, 1, 8, 30, tzinfo=UTC), Period(days=30), date(2026, 12, 2)),  # the clock changes
        (datetime(9999, 6, 1, tzinfo=UTC), Period(years=2), date(9999, 12, 31)),
    ],
)
def test_periods_are_counted_by_the_calendar(removed: datetime, period: Period, eligible: date) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        row(1, published_at=first, captured_at=first),
        row(2, "removed", published_at=first, captured_at=removed),
    ]
    assert derive(rows, rule(period))["eligible_on"] == eligible


@given(
    st.integers(0, 3_000_000).map(lambda hours: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(hours=hours)),
    st.integers(0, 20), st.integers(0, 30), st.integers(0, 400),
)  # fmt: skip
def test_dates_agree_with_the_calendar_of_python(
    moment: datetime, years: int, months: int, days: int
) -> None:
    period = Period(years, months, days)
    found = derive([row(1, kind="message", published_at=moment)], rule(period))
    day = moment.astimezone(ZONE).date()
    year, month = divmod(day.year * 12 + day.month - 1 + years * 12 + months, 12)
    if day.day <= calendar.monthrange(year, month + 1)[1]:
        last = date(year, month + 1, day.day)
    else:
        last = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    assert found["retention_trigger_on"] == day
    assert found["eligible_on"] == last + timedelta(days=days + 1)


def test_each_account_has_its_own_date_for_a_record_that_both_have() -> None:
    rows = [row(1), row(2, "removed"), row(1, account="news"), row(2, account="news")]
    inputs = derivation.make_inputs(
        Policy(rules={"S1": rule()}), {"blog": RegisteredAccount("S1"), "news": RegisteredAccount()}
    )
    with derivation.open_memory() as connection:
        connection.register("rows", pa.Table.from_pylist(rows, SCHEMA))
        table = derivation.derive(connection, "rows", inputs)
    found = {one["account"]: one for one in table.to_pylist()}
    assert found["blog"]["eligible_on"] == date(2028, 11, 23)
    assert (found["news"]["series"], found["news"]["eligible_on"]) == (None, None)
