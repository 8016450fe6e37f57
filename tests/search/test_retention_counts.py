"""Counts of records by retention: what the queries of reasons and periods find, and how years are listed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from recordroom.retention.derivation import (
    EVENT_MISSING,
    NOT_WITHDRAWN,
    PUBLISHED,
    RECEIVED,
    UNCONFIRMED,
    WITHDRAWN,
)
from recordroom.search.index.indexer import Index
from recordroom.search.retention_counts import (
    EVENT,
    IMPORTED,
    NO_LENGTH,
    NO_SERIES,
    PROVISIONAL,
    REASONS,
    UNREVIEWED,
    EligiblePeriod,
    count_retention,
    count_statuses,
)
from recordroom.search.searcher import Searcher
from tests.building import DAY, Building, account
from tests.viewers import officer

TODAY = date(2026, 12, 1)
DECIDED = {"series": "S1", "series_decided": True, "retention_action": "destroy"}
PROVISIONALLY = DECIDED | {"series_decided": False}
UNREAD = {"series": "S2", "series_decided": False}
RECORDS: Mapping[str, tuple[Mapping[str, Any], str]] = {  # fields, and the status or the reason
    "no series": ({"series_decided": False, "retention_trigger": PUBLISHED}, NO_SERIES),
    "unreviewed": (UNREAD | {"retention_trigger": WITHDRAWN}, UNREVIEWED),
    "unreviewed event": (UNREAD | {"retention_trigger": EVENT_MISSING}, UNREVIEWED),
    "unreviewed import": (UNREAD | {"retention_trigger": UNCONFIRMED}, UNREVIEWED),
    "import": (PROVISIONALLY | {"retention_trigger": UNCONFIRMED}, IMPORTED),
    "event": (DECIDED | {"retention_trigger": EVENT_MISSING}, EVENT),
    "no length": (DECIDED | {"retention_trigger": RECEIVED}, NO_LENGTH),
    "past": (
        PROVISIONALLY | {"retention_trigger": WITHDRAWN, "eligible_on": "2026-12-01"},
        PROVISIONAL,
    ),
    "eligible": (DECIDED | {"retention_trigger": WITHDRAWN, "eligible_on": "2026-12-01"}, "eligible"),
    "running": (DECIDED | {"retention_trigger": WITHDRAWN, "eligible_on": "2026-12-02"}, "running"),
    "published": (DECIDED | {"retention_trigger": PUBLISHED}, "published"),
    "unavailable": (UNREAD | {"retention_trigger": NOT_WITHDRAWN}, "published"),
    "held": ({"on_hold": True, "series_decided": False, "retention_trigger": PUBLISHED}, "on hold"),
    "kept": (DECIDED | {"retention_action": "retain permanently"}, "permanent"),
}


@pytest.fixture
def searcher(building: Building, index: Index) -> Searcher:
    """An index whose documents have these fields, whatever can be stored already."""
    building.enrol(account("news", "wordpress"))
    building.capture("news", [{"record_id": f"wordpress:x/posts/{name}"} for name in RECORDS], at=DAY)
    index.catch_up()
    replace_fields(index, {name: fields for name, (fields, _) in RECORDS.items()})
    return Searcher(building.settings, building.archive, building.derived)


def replace_fields(index: Index, given: Mapping[str, Mapping[str, Any]]) -> None:
    names = ("series", "retention_action", "retention_trigger", "eligible_on", "on_hold")
    index.client.indices.refresh(index=index.alias)
    for hit in index.client.search(index=index.alias, size=100)["hits"]["hits"]:
        kept = {name: value for name, value in hit["_source"].items() if name not in names}
        fields: dict[str, Any] = {"on_hold": False, **given[hit["_source"]["record_id"].rpartition("/")[2]]}
        index.client.index(index=index.alias, id=hit["_id"], document=kept | fields)
    index.client.indices.refresh(index=index.alias)


def test_each_undecided_record_has_exactly_one_reason(searcher: Searcher) -> None:
    counts = count_retention(searcher.client, searcher.alias, officer(searcher), TODAY)
    reasons = [reason for _, reason in RECORDS.values() if reason in REASONS]
    assert counts.reasons == {reason: reasons.count(reason) for reason in REASONS}
    assert sum(counts.reasons.values()) == counts.count("undecided") == len(reasons)
    for status in ("eligible", "running", "on hold", "permanent"):
        assert counts.count(status) == 1
    assert counts.count("published") == 2
    assert counts.records == len(RECORDS)
    assert counts.series[None] == {"undecided": 1, "on hold": 1}
    assert counts.series["S2"] == {"undecided": 3, "published": 1}
    assert count_statuses(searcher.client, searcher.alias, officer(searcher), TODAY) == {
        status: counts.count(status)
        for status in ("undecided", "on hold", "permanent", "published", "running", "eligible")
    }


@pytest.mark.parametrize(
    ("days", "listed"),
    [
        (["2026-12-31", "2029-01-01"], ["2026 1", "2027 0", "2028 0", "2029 1"]),
        (["2025-01-01"], ["2025 1", "2026 0"]),
        (["2015-12-31", "2016-01-01"], ["before 2016 1", "2016 1", *(f"{y} 0" for y in range(2017, 2027))]),
        (["0001-01-01", "2026-01-01"], ["before 2016 1", *(f"{y} 0" for y in range(2016, 2026)), "2026 1"]),
        (["2056-12-31", "9999-12-31"], [*(f"{y} 0" for y in range(2026, 2056)), "2056 1", "after 2056 1"]),
        ([], ["2026 0"]),
    ],
)
def test_years_are_listed_one_by_one_and_far_ones_together(
    searcher: Searcher, index: Index, days: list[str], listed: list[str]
) -> None:
    given: dict[str, dict[str, Any]] = {name: {} for name in RECORDS}
    for name, day in zip(RECORDS, days, strict=False):
        given[name] = {"eligible_on": day}
    replace_fields(index, given)
    counts = count_retention(searcher.client, searcher.alias, officer(searcher), TODAY)
    assert list(map(describe, counts.years)) == listed
    assert sum(one.records for one in counts.years) == len(days)


def describe(one: EligiblePeriod) -> str:
    if one.first is None and one.last is not None:
        return f"before {one.last.year + 1} {one.records}"
    assert one.first is not None
    return f"{one.first.year} {one.records}" if one.last else f"after {one.first.year - 1} {one.records}"


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (date(2026, 12, 31), "2026-10-01", "2029-09-30"),
        (date(2027, 1, 1), "2027-01-01", "2029-12-31"),
        (date(2024, 2, 29), "2024-01-01", "2026-12-31"),
    ],
)
def test_quarters_begin_with_the_present_one(
    searcher: Searcher, index: Index, today: date, first: str, last: str
) -> None:
    ends = dict(zip(RECORDS, (first, last), strict=False))
    replace_fields(index, {name: {"eligible_on": ends[name]} if name in ends else {} for name in RECORDS})
    quarters = count_retention(searcher.client, searcher.alias, officer(searcher), today).quarters
    assert [one.records for one in quarters] == [1, *[0] * 10, 1]
    assert (str(quarters[0].first), str(quarters[-1].last)) == (first, last)
    assert quarters[0].query == f"eligible_on:[{first} TO {quarters[0].last}]"
