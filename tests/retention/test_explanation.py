"""The words of a record's retention: each way to a date, or to none, has its steps and obstacles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from recordroom.retention.explanation import NOT_BUILT, Explanation, explain
from recordroom.retention.ledger import RetentionState
from recordroom.retention.models import APPRAISE, EVENT, RETAIN, Period, Policy, Rule
from recordroom.search.index.retention import Deriver, RetentionHeads, list_facts
from tests.retention.building import rule
from tests.retention.test_derivation import row

TODAY = date(2026, 12, 1)
REVIEWED = replace(rule(), reviewed_by="Ana Reyes", reviewed_on=date(2026, 11, 30))


def told(
    rows: Sequence[dict[str, Any]], rule_: Rule | None = REVIEWED, series: str | None = "S1"
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
    heads = RetentionHeads(RetentionState(policy=Policy(rules=rules)), 1, {"blog": series})
    [facts] = list_facts(documents).values()
    [fields] = Deriver(heads).derive(documents).values()
    return explain({"account": "blog", **fields}, facts, rule_, TODAY)


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
