"""The words of a record's retention: each way to a date, or to none, has its steps and obstacles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from recordroom.retention.explanation import NOT_BUILT, Explanation, explain
from recordroom.retention.ledger import RetentionState
from recordroom.retention.models import APPRAISE, EVENT, RETAIN, Period, Policy, RegisteredAccount, Rule
from recordroom.retention.statements import CONFIRMATION, EVENT_DAY, Statement
from recordroom.search.index.retention import Deriver, RetentionHeads, list_facts, list_statements
from tests.retention.building import rule
from tests.retention.test_derivation import row
from tests.retention.test_statement_effects import ACCOUNT, CLAIM, WITH_EVENT, statement

TODAY = date(2026, 12, 1)
REVIEWED = replace(rule(), reviewed_by="Ana Reyes", reviewed_on=date(2026, 11, 30))


def told(
    rows: Sequence[dict[str, Any]],
    rule_: Rule | None = REVIEWED,
    series: str | None = "S1",
    statements: Sequence[Statement] = (),
) -> Explanation:
    documents = [
        {
            **{k: v for k, v in one.items() if k not in ("record", "late", "public", "claimed")},
            "record_id": one["record"], "late_arrival": one["late"], "platform": "mastodon", "ledger_number": 1,
            "source": "import: file" if one["claimed"] else "api", "visibility": None,
            **{k: one[k] and one[k].isoformat() for k in ("published_at", "edited_at", "captured_at", "committed_at")},
        }
        for one in rows
    ]  # fmt: skip
    rules = {"S1": rule_} if rule_ else {}
    made = {one.id: one for one in statements}
    state = RetentionState(policy=Policy(rules=rules), statements=made)
    heads = RetentionHeads(state, 1, {"blog": RegisteredAccount(series)})
    [facts] = list_facts(documents, heads).values()
    [fields] = Deriver(heads).derive(documents).values()
    found = list_statements(documents, heads).get(("blog", "r"), ())
    covering = [(made[name], obstacle) for name, obstacle in found]
    return explain({"account": "blog", **fields}, facts, rule_, TODAY, statements=covering)


def test_a_removed_record_says_how_its_date_follows() -> None:
    found = told([row(1), row(5, "removed")])
    assert (found.status, found.eligible_on) == ("running", "Nov 26, 2028")
    assert found.series == "S1, Series"
    series, schedule, trigger, date_ = found.steps
    assert series == "The series is the account's default. It is provisional until a person decides."
    assert schedule == (
        "Schedule, version 1: retain for 2 years after received or provided, then destroy."
        " Reviewed by Ana Reyes on Nov 30, 2026."
    )
    assert trigger == (
        "It was received or published on Nov 20, 2026, 12:00 p.m., and the capture of Nov 25, 2026,"
        " 12:00 p.m. found it removed. The later one counts."
    )
    assert date_ == (
        "Nov 25, 2026 and 2 years: the last day of the period is Nov 25, 2028."
        " Disposition may be considered from Nov 26, 2028 on."
        " Weekends and holidays are not considered, so the date can be a few days early."
    )
    assert found.obstacles == (
        "Its records series is provisional.",
        "Its retention period ends on Nov 25, 2028.",
        NOT_BUILT,
    )


@pytest.mark.parametrize(
    ("rows", "rule_", "series", "step", "obstacle"),
    [
        ([row(1)], REVIEWED, "S1", "still published", "still on the platform"),
        ([row(1), row(2, "hidden")], REVIEWED, "S1", "It is hidden", "may be, still on the platform"),
        ([row(1), row(2, "held")], REVIEWED, "S1", "It is awaiting moderation", "still on the platform"),
        ([row(1), row(2, "spam")], REVIEWED, "S1", "marked as spam", "No person has decided"),
        ([row(1)], REVIEWED, None, "no default series", "No person has decided"),
        ([row(1)], None, "S1", "No schedule in force has this series", "No person has reviewed"),
        ([row(1, kind="message")], REVIEWED, "S1", "never was public", "period ends on Nov 20, 2028"),
        ([row(1, late=True, claimed=True)], REVIEWED, "S1", "comes from a file", "confirmed the dates"),
        ([row(1)], rule(trigger=EVENT, event="the incident is resolved"), "S1", "when the incident is resolved", "provisional"),
        ([row(1)], rule(unreviewed="no person has reviewed this series"), "S1", "No person has reviewed this series. So no date", "No person has reviewed"),
        ([row(1)], rule(Period(named="permanent"), action=RETAIN), "S1", "permanent", "requires permanent retention"),
        ([row(1)], rule(action=APPRAISE), "S1", "then appraise", "must appraise it first"),
        ([row(1)], rule(longer_because="Board policy"), "S1", "longer than the schedule: Board policy", "provisional"),
    ],
)  # fmt: skip
def test_each_way_to_no_date_is_explained(
    rows: Sequence[dict[str, Any]], rule_: Rule | None, series: str | None, step: str, obstacle: str
) -> None:
    found = told(rows, rule_, series)
    assert any(step in one for one in found.steps), found.steps
    assert any(obstacle in one for one in found.obstacles), found.obstacles
    assert found.obstacles[-1] == NOT_BUILT


EVENTFUL = replace(WITH_EVENT, reviewed_by="Ana Reyes")
VANISHED = [row(1), row(5, "unavailable")]
NOV_30 = date(2026, 11, 30)


def test_a_stated_withdrawal_names_the_person_the_day_and_the_evidence() -> None:
    words = "<script>alert(1)</script>"
    found = told(VANISHED, statements=[replace(statement(on=NOV_30), evidence=words)])
    assert (found.status, found.eligible_on) == ("running", "Dec 1, 2028")
    assert found.steps[2] == (
        "It was received or published on Nov 20, 2026, 12:00 p.m., and a person stated that the public can no longer"
        " see it. The period counts from Nov 30, 2026, the latest day that follows from captures and statements."
    )
    [made] = found.statements
    assert made.fact == "The public can no longer see it since Nov 30, 2026"
    assert made.by == "Stated by ana on Dec 10, 2026, 12:00 p.m."
    assert (made.evidence, made.obstacle) == (words, "")


@pytest.mark.parametrize(
    ("rows", "made", "step"),
    [
        ([row(1), row(5, "removed")], [statement(on=NOV_30)], "also stated that the public can no longer see it"),
        ([CLAIM], [statement(CONFIRMATION)], "a file whose dates a person confirmed"),
        ([row(1)], [statement(EVENT_DAY, on=NOV_30, series="S1")], "The period counts from Nov 30, 2026"),
    ],
)  # fmt: skip
def test_what_counts_is_a_step(rows: Sequence[dict[str, Any]], made: Sequence[Statement], step: str) -> None:
    rule_ = EVENTFUL if made[0].series else REVIEWED
    found = told(rows, rule_, statements=made)
    assert any(step in one for one in found.steps), found.steps
    assert found.statements[0].obstacle == ""


@pytest.mark.parametrize(
    ("rows", "made", "why"),
    [
        ([row(1)], statement(on=NOV_30), "the last capture found it public"),
        ([*VANISHED, row(25)], statement(), "found it public after the statement"),
        ([*VANISHED, row(25), row(26, "hidden")], statement(), "found it public after the statement"),
        ([row(1), row(25, "hidden")], statement(), "disappeared only after the statement"),
        ([row(1)], statement(on=NOV_30, scope=ACCOUNT), "does not say that the account was closed"),
        ([row(1, kind="message")], statement(), "never was public"),
        ([CLAIM], statement(), "the statement has no day"),
        ([CLAIM | {"committed_at": row(25)["committed_at"]}], statement(CONFIRMATION), "imported after the statement"),
        ([row(1)], statement(EVENT_DAY, on=NOV_30, series="S2"), "another series"),
        ([row(1)], statement(EVENT_DAY, on=NOV_30, series="S1"), "does not begin with an event"),
    ],
)  # fmt: skip
def test_a_statement_that_does_not_count_says_why(
    rows: Sequence[dict[str, Any]], made: Statement, why: str
) -> None:
    [found] = told(rows, statements=[made]).statements
    assert why in found.obstacle


def test_statements_come_in_the_order_in_which_they_were_made() -> None:
    made = [statement(days=days) for days in (20, 18, 19)]
    found = told(VANISHED, statements=made).statements
    assert [one.id for one in found] == [made[1].id, made[2].id, made[0].id]
