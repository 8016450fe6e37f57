"""What statements change for a record: one test for each rule, over rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordroom.retention import derivation
from recordroom.retention.decisions import Decision
from recordroom.retention.derivation import (
    EVENT_MISSING,
    EVENT_STATED,
    NOT_WITHDRAWN,
    PUBLISHED,
    RECEIVED,
    UNCONFIRMED,
    WITHDRAWAL_STATED,
    WITHDRAWN,
)
from recordroom.retention.holds import Act, HoldScope
from recordroom.retention.models import EVENT, Policy, RegisteredAccount, Rule
from recordroom.retention.statements import (
    CONFIRMATION,
    EVENT_DAY,
    KINDS,
    WITHDRAWAL,
    Statement,
)
from recordroom.retention.validity import Validity
from tests.retention.building import rule
from tests.retention.test_derivation import SCHEMA, at, dates, row

ROWS = pa.schema([*SCHEMA, ("root", pa.string()), ("author", pa.string()), ("account_name", pa.string())])
RECORD = HoldScope(records=frozenset({"r"}))
ACCOUNT = HoldScope(accounts=frozenset({"blog"}))
OPEN = RegisteredAccount("S1")


def statement(
    kind: str = WITHDRAWAL,
    days: float = 20,
    on: date | None = None,
    scope: HoldScope = RECORD,
    **more: Any,
) -> Statement:
    """A statement that was made on day `days`."""
    return Statement(f"{days}{kind}{on}", kind, scope, Validity(Act("ana", at(days))), on, "seen", **more)


def derive(
    rows: Sequence[dict[str, Any]],
    *statements: Statement,
    account: RegisteredAccount = OPEN,
    rule_: Rule | None = None,
    decided: Sequence[str] = (),
) -> Any:
    """The fields of the one record of these rows; S2 has an event.

    decided: the series of decisions on it.
    """
    rules = {"S1": rule_ or rule(), "S2": rule(dan="S2", trigger=EVENT, event="the incident is resolved")}
    made = [Decision(one, one, RECORD, Validity(Act("ana", at(1)))) for one in decided]
    inputs = derivation.make_inputs(
        Policy(rules=rules), {"blog": account}, decisions=made, statements=statements
    )
    known = [
        {"root": "root", "author": "mastodon\nben", "account_name": one["account"], **one} for one in rows
    ]
    with derivation.open_memory() as connection:
        connection.register("rows", pa.Table.from_pylist(known, ROWS))
        [found] = derivation.derive(connection, "rows", inputs).to_pylist()
    return found


def trigger(*given: Any, **more: Any) -> Any:
    return dates(derive(*given, **more))[:2]


VANISHED = [row(1), row(5, "unavailable")]
CLOSED = RegisteredAccount("S1", date(2026, 12, 1))


@pytest.mark.parametrize(
    ("on", "counts_from"),
    [
        (None, date(2026, 11, 25)),  # the capture that did not find it
        (date(2026, 11, 22), date(2026, 11, 25)),  # the public may have seen it until that capture
        (date(2026, 12, 5), date(2026, 12, 5)),
        (date(2020, 1, 1), date(2026, 11, 25)),  # before it was published
    ],
)
def test_a_stated_withdrawal_counts_from_the_later_day(on: date | None, counts_from: date) -> None:
    assert trigger(VANISHED, statement(on=on)) == (WITHDRAWAL_STATED, counts_from)


def test_the_period_follows_from_the_stated_day() -> None:
    found = derive(VANISHED, statement(on=date(2028, 2, 29)))
    assert found["eligible_on"] == date(2030, 3, 2)  # Mar 1, 2030 is the last day


@pytest.mark.parametrize("status", ["unavailable", "hidden", "held", "spam", "trashed", "limited"])
def test_it_counts_for_each_status_that_is_not_public(status: str) -> None:
    rows = [row(1), row(5, "visible", public=False) if status == "limited" else row(5, status)]
    assert trigger(rows, statement())[0] == WITHDRAWAL_STATED


@pytest.mark.parametrize(
    "scope",
    [
        RECORD, HoldScope(conversations=frozenset({"root"})), HoldScope(authors=frozenset({("mastodon", "ben")})),
    ],
)  # fmt: skip
def test_it_covers_records_conversations_and_authors(scope: HoldScope) -> None:
    assert trigger(VANISHED, statement(scope=scope))[0] == WITHDRAWAL_STATED


@pytest.mark.parametrize(
    "scope",
    [
        HoldScope(records=frozenset({"s"})), HoldScope(conversations=frozenset({"r"})),
        HoldScope(authors=frozenset({("wordpress", "ben")})), HoldScope(accounts=frozenset({"news"})),
    ],
)  # fmt: skip
def test_it_covers_nothing_else(scope: HoldScope) -> None:
    assert trigger(VANISHED, statement(scope=scope), account=CLOSED)[0] == NOT_WITHDRAWN


def test_what_the_last_capture_found_public_is_not_withdrawn() -> None:
    assert trigger([row(1)], statement(on=date(2026, 11, 22))) == (PUBLISHED, None)


def test_a_record_that_vanishes_after_the_statement_needs_a_new_one() -> None:
    assert trigger([row(1), row(25, "hidden")], statement(days=20))[0] == NOT_WITHDRAWN
    assert trigger([row(1), row(25, "hidden")], statement(days=26))[0] == WITHDRAWAL_STATED


def test_reappearance_cancels_a_statement_for_good() -> None:
    rows = [*VANISHED, row(25)]
    assert trigger(rows, statement())[0] == PUBLISHED
    rows.append(row(30, "unavailable"))
    assert trigger(rows, statement())[0] == NOT_WITHDRAWN
    assert trigger(rows, statement(), statement(days=31)) == (WITHDRAWAL_STATED, date(2026, 12, 20))


def test_a_late_arrival_and_a_file_are_no_reappearance() -> None:
    rows = [*VANISHED, row(25, late=True), row(26, late=True, claimed=True)]
    assert trigger(rows, statement())[0] == WITHDRAWAL_STATED


def test_the_later_of_two_statements_counts() -> None:
    days = [date(2026, 12, 5), date(2026, 12, 8), date(2026, 12, 6)]
    assert trigger(VANISHED, *(statement(on=on) for on in days))[1] == date(2026, 12, 8)


@pytest.mark.parametrize("more", [{"revoked": Act("ben", at(21))}, {"missing_parts": 1}, {"shortens": True}])
def test_a_revoked_waiting_or_incomplete_statement_does_not_count(more: dict[str, Any]) -> None:
    one = Statement("x", WITHDRAWAL, RECORD, Validity(Act("ana", at(20)), **more), evidence="seen")
    assert trigger(VANISHED, one)[0] == NOT_WITHDRAWN


def test_the_later_of_the_platform_and_a_statement_counts() -> None:
    rows = [row(1), row(5, "removed")]
    assert trigger(rows, statement(on=date(2026, 12, 5))) == (WITHDRAWN, date(2026, 12, 5))
    assert trigger(rows, statement(on=date(2026, 11, 21))) == (WITHDRAWN, date(2026, 11, 25))
    later = [*VANISHED, row(15, "removed")]
    assert trigger(later, statement(on=date(2026, 11, 26))) == (WITHDRAWN, date(2026, 12, 5))


def test_a_message_is_not_withdrawn_and_keeps_its_date() -> None:
    rows = [row(1, kind="message", public=False), row(5, "unavailable", kind="message")]
    assert trigger(rows, statement(on=date(2026, 12, 5))) == (RECEIVED, date(2026, 11, 20))


def test_a_comment_that_may_have_been_public_counts_from_the_later_day() -> None:
    rows = [row(1, "held", kind="comment"), row(2, "trashed", kind="comment")]
    assert trigger(rows, statement(on=date(2026, 12, 5))) == (RECEIVED, date(2026, 12, 5))


def test_a_closed_account_withdraws_what_captures_found_public() -> None:
    made = statement(scope=ACCOUNT, on=date(2026, 12, 3))
    assert trigger([row(1)], made, account=CLOSED) == (WITHDRAWAL_STATED, date(2026, 12, 3))
    assert trigger([row(1)], made, account=OPEN) == (PUBLISHED, None), "reopening cancels it"


@pytest.mark.parametrize(
    ("on", "last", "counts_from"),
    [
        (date(2026, 11, 22), 1, date(2026, 12, 1)),  # its last day
        (date(2026, 11, 22), 15, date(2026, 12, 5)),  # a capture found it public later
        (date(2026, 12, 7), 15, date(2026, 12, 7)),
    ],
)
def test_the_later_day_counts_for_an_account(on: date, last: int, counts_from: date) -> None:
    made = statement(scope=ACCOUNT, on=on)
    assert trigger([row(1), row(last + 1, captured_at=at(last))], made, account=CLOSED)[1] == counts_from


@pytest.mark.parametrize("closed_on", [date(2026, 12, 10), date(2026, 12, 11)])
def test_an_account_that_was_closed_later_needs_a_new_statement(closed_on: date) -> None:
    account = RegisteredAccount("S1", closed_on)  # day 20 is Dec 10
    made = statement(scope=ACCOUNT, on=date(2026, 12, 3))
    assert trigger([row(1)], made, account=account)[0] == PUBLISHED


def test_a_record_that_was_seen_after_the_statement_on_its_account_is_published() -> None:
    made = statement(scope=ACCOUNT, on=date(2026, 12, 3))
    assert trigger([row(1), row(25)], made, account=CLOSED)[0] == PUBLISHED
    assert trigger([row(1), row(25), row(26, "hidden")], made, account=CLOSED)[0] == NOT_WITHDRAWN


CLAIM = row(1, late=True, claimed=True, edited_at=at(3))


def test_a_confirmed_import_counts_from_the_dates_of_its_file() -> None:
    rows = [CLAIM | {"kind": "message"}]
    assert trigger(rows)[0] == UNCONFIRMED
    for scope in (RECORD, ACCOUNT):
        assert trigger(rows, statement(CONFIRMATION, scope=scope)) == (RECEIVED, date(2026, 11, 23))


def test_a_file_that_is_imported_later_is_not_confirmed() -> None:
    rows = [CLAIM, CLAIM | {"sequence": 2, "committed_at": at(20)}]
    for scope in (RECORD, ACCOUNT):
        assert trigger(rows, statement(CONFIRMATION, scope=scope))[0] == UNCONFIRMED
        assert trigger(rows, statement(CONFIRMATION, 21, scope=scope))[0] == NOT_WITHDRAWN


def test_confirmed_public_content_waits_for_a_statement_of_withdrawal() -> None:
    confirmed = statement(CONFIRMATION)
    assert trigger([CLAIM], confirmed) == (NOT_WITHDRAWN, None)
    withdrawn = statement(on=date(2026, 12, 5))
    assert trigger([CLAIM], confirmed, withdrawn) == (WITHDRAWAL_STATED, date(2026, 12, 5))
    assert trigger([CLAIM], withdrawn) == (UNCONFIRMED, None)
    assert trigger([CLAIM], confirmed, statement()) == (NOT_WITHDRAWN, None), "no capture gives the day"


def test_confirmed_dates_count_with_those_of_captures() -> None:
    rows = [row(1), row(2, "removed"), row(3, late=True, claimed=True, edited_at=at(9))]
    assert trigger(rows)[1] == date(2026, 11, 22)
    assert trigger(rows, statement(CONFIRMATION))[1] == date(2026, 11, 29)


WITH_EVENT = rule(trigger=EVENT, event="the incident is resolved")


def test_an_event_starts_the_period_of_its_series() -> None:
    days = [date(2027, 1, 5), date(2028, 2, 29)]
    events = [statement(EVENT_DAY, on=on, series="S1") for on in days]
    found = derive([row(1)], *events, rule_=WITH_EVENT)
    assert dates(found) == (EVENT_STATED, date(2028, 2, 29), date(2030, 3, 2))
    other = statement(EVENT_DAY, on=days[0], series="S2")
    assert trigger([row(1)], other, rule_=WITH_EVENT) == (EVENT_MISSING, None)
    assert trigger([row(1)], *events)[0] == PUBLISHED, "the series has another trigger"


def test_a_record_that_was_received_after_the_event_counts_from_then() -> None:
    event = statement(EVENT_DAY, on=date(2020, 1, 5), series="S1")
    assert trigger([row(1)], event, rule_=WITH_EVENT) == (EVENT_STATED, date(2026, 11, 20))


def test_an_import_under_an_event_needs_both() -> None:
    event = statement(EVENT_DAY, on=date(2027, 1, 5), series="S1")
    assert trigger([CLAIM], event, rule_=WITH_EVENT)[0] == UNCONFIRMED
    both = (event, statement(CONFIRMATION))
    assert trigger([CLAIM], *both, rule_=WITH_EVENT) == (EVENT_STATED, date(2027, 1, 5))


def test_a_statement_of_one_kind_counts_as_no_other() -> None:
    elsewhere = HoldScope(records=frozenset({"s"}))
    kinds = [statement(kind, on=date(2027, 1, 5), scope=elsewhere, series="S1") for kind in KINDS]
    for kind in (CONFIRMATION, EVENT_DAY):
        one = statement(kind, on=date(2027, 1, 5), series="S1")
        assert trigger(VANISHED, one, *kinds) == (NOT_WITHDRAWN, None)
    for kind in (WITHDRAWAL, EVENT_DAY):
        assert trigger([CLAIM], statement(kind, on=date(2027, 1, 5), series="S1"), *kinds)[0] == UNCONFIRMED
    for kind in (WITHDRAWAL, CONFIRMATION):
        one = statement(kind, on=date(2027, 1, 5), series="S1")
        assert trigger(VANISHED, one, *kinds, rule_=WITH_EVENT)[0] == EVENT_MISSING


@pytest.mark.parametrize(
    ("rows", "scope", "withdrawn"),
    [
        ([row(1), row(5, "removed")], None, True),
        ([row(1), row(5, "unavailable")], None, False),
        ([row(1), row(5, "unavailable")], RECORD, True),
        ([row(1), row(5, "hidden")], RECORD, False),  # the platform still has it
        ([row(1), row(5, "visible", public=False)], RECORD, False),
        ([row(1)], RECORD, False),  # the statement does not count
        ([row(1)], ACCOUNT, True),  # the account is closed
        ([row(1), row(5, "hidden")], ACCOUNT, True),
        ([CLAIM], RECORD, True),  # no capture ever saw it
        ([row(1, "held"), row(5, "unavailable")], RECORD, False),  # it never was public
        ([row(1, kind="message"), row(5, "unavailable", kind="message")], RECORD, False),
    ],
)
def test_withdrawn_is_what_the_platform_removed_or_a_person_stated_and_no_capture_still_saw(
    rows: list[dict[str, Any]], scope: HoldScope | None, withdrawn: bool
) -> None:
    made = [statement(on=date(2026, 12, 5), scope=scope)] if scope else []
    inputs = derivation.make_inputs(Policy(), {"blog": CLOSED}, statements=made)
    known = [{"root": "root", "author": None, "account_name": "blog", **one} for one in rows]
    with derivation.open_memory() as connection, derivation.registered(connection, inputs):
        connection.register("rows", pa.Table.from_pylist(known, ROWS))
        [found] = connection.execute(derivation.facts("rows", inputs)).to_arrow_table().to_pylist()
    assert found["is_withdrawn"] == withdrawn


STATUSES = ["visible", "removed", "unavailable", "hidden", "held", "spam", "trashed"]
CHANCES = st.lists(st.tuples(st.sampled_from(STATUSES), st.integers(1, 5)), min_size=1, max_size=6)
STATED = st.lists(
    st.tuples(st.integers(0, 40), st.none() | st.integers(-10, 60), st.booleans()), min_size=1, max_size=3
)


@given(CHANCES, STATED, st.none() | st.integers(-5, 30))
def test_no_statement_gives_an_earlier_date_or_withdraws_what_is_public(
    seen: list[tuple[str, int]], stated: list[tuple[int, int | None, bool]], closed: int | None
) -> None:
    day = 0
    rows: list[dict[str, Any]] = []
    for status, later in seen:
        day += later
        rows.append(row(len(rows) + 1, status, captured_at=at(day)))
    account = RegisteredAccount("S1", _day(closed) if closed is not None else None)
    made = [
        statement(
            days=days + 0.5, on=_day(on) if on is not None else None, scope=ACCOUNT if whole else RECORD
        )
        for days, on, whole in stated
    ]
    before, after = derive(rows, account=account), derive(rows, *made, account=account)
    if before["retention_trigger"] in (RECEIVED, WITHDRAWN):
        assert after["retention_trigger"] == before["retention_trigger"]
        assert after["retention_trigger_on"] >= before["retention_trigger_on"]
    if after["retention_trigger"] == WITHDRAWAL_STATED:
        public = [at_ for at_, shown in _captures(seen) if shown]
        assert after["retention_trigger_on"] >= max([_day(0), *map(_day, public)])
        lists = [one for one in made if one.scope is RECORD]
        assert seen[-1][0] != "visible" or any(one.scope is ACCOUNT for one in made)
        assert any(not public or one.validity.made.at > at(max(public)) for one in made)
        assert lists or closed is not None


@given(
    CHANCES,
    st.sampled_from(["comment", "message"]),
    st.lists(st.tuples(st.sampled_from([WITHDRAWAL, EVENT_DAY]), st.integers(0, 60)), min_size=1, max_size=4),
    st.sampled_from([(), ("S1",), ("S2",), ("S1", "S2")]),
)
def test_a_further_withdrawal_or_event_never_gives_an_earlier_date(
    seen: list[tuple[str, int]], kind: str, stated: list[tuple[str, int]], decided: Sequence[str]
) -> None:
    day = 0
    rows: list[dict[str, Any]] = []
    for status, later in seen:
        day += later
        rows.append(row(len(rows) + 1, status, kind=kind, captured_at=at(day)))
    series = {EVENT_DAY: "S2", WITHDRAWAL: None}
    made = [statement(name, days=day + 1, on=_day(on), series=series[name]) for name, on in stated]
    before, after = derive(rows, *made[1:], decided=decided), derive(rows, *made, decided=decided)
    if before["eligible_on"] is not None:
        assert after["eligible_on"] >= before["eligible_on"]


def test_a_confirmation_can_give_an_earlier_date() -> None:
    """The capture did not learn when it was sent, so its own time counted."""
    claim = row(2, kind="message", late=True, claimed=True, published_at=at(-900))
    rows = [row(1, kind="message", published_at=None), claim]
    before, after = derive(rows), derive(rows, statement(CONFIRMATION))
    assert after["eligible_on"] < before["eligible_on"]


def _captures(seen: list[tuple[str, int]]) -> list[tuple[int, bool]]:
    day, found = 0, []
    for status, later in seen:
        day += later
        found.append((day, status == "visible"))
    return found


def _day(days: int) -> date:
    return (datetime(2026, 11, 20) + timedelta(days=days)).date()  # noqa: DTZ001 (a day)
