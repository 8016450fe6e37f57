"""Count records by retention: by series and status, by what is missing, and by the day of eligibility.

Each number is that of a search, to which pages link: with private messages, and with records under quarantine
for viewers who may see them. One shard has the index, so counts are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from elasticsearch import Elasticsearch

from recordroom.retention.derivation import EVENT_MISSING, UNCONFIRMED
from recordroom.retention.status import STATUSES, UNDECIDED, make_clause
from recordroom.search.access import Viewer
from recordroom.search.client import speaking
from recordroom.search.filters import Filters
from recordroom.search.query.query import read
from recordroom.search.searcher import Searcher

SERIES = 10_000  # series that are counted: as many as an agency can have accounts
QUARTERS = 12  # that are counted one by one, the present one first
YEARS_BEFORE, YEARS_AFTER = 10, 30  # years that are counted one by one, from the present one

NO_SERIES, UNREVIEWED, NO_LENGTH = "no series", "unreviewed", "no length"
IMPORTED, EVENT, PROVISIONAL = "imported", "event", "provisional"
_NO_TRIGGER = f'retention_trigger:("{UNCONFIRMED}" OR "{EVENT_MISSING}")'
# Why records are undecided -> the query that finds them among these. Each undecided record has one reason.
REASONS: Mapping[str, str] = {
    NO_SERIES: "NOT series:*",
    UNREVIEWED: "series:* AND NOT retention_action:*",
    IMPORTED: f'retention_action:* AND retention_trigger:"{UNCONFIRMED}"',
    EVENT: f'retention_action:* AND retention_trigger:"{EVENT_MISSING}"',
    NO_LENGTH: f"retention_action:* AND NOT eligible_on:* AND NOT {_NO_TRIGGER}",
    PROVISIONAL: "eligible_on:* AND series_decided:false",
}
PROVISIONAL_SERIES = "series:* AND series_decided:false"  # records with the default of their account


@dataclass(frozen=True, slots=True)
class EligiblePeriod:
    """The records that become eligible in a span of days."""

    first: date | None  # None: no bound
    last: date | None  # included; None: no bound
    records: int

    @property
    def query(self) -> str:
        """The query that finds these records."""
        return f"eligible_on:[{self.first or '*'} TO {self.last or '*'}]"


@dataclass(frozen=True, slots=True)
class RetentionCounts:
    """Current records of an archive, as a viewer may see them."""

    series: Mapping[str | None, Mapping[str, int]]  # series -> status -> records; None: without a series
    reasons: Mapping[str, int]  # key of REASONS -> undecided records
    provisional: int  # records with a series on which no person decided
    quarters: tuple[EligiblePeriod, ...]  # QUARTERS of them
    years: tuple[EligiblePeriod, ...]  # from the first to the last with records, the present one included

    def count(self, status: str) -> int:
        """Return the number of records with a status."""
        return sum(counts.get(status, 0) for counts in self.series.values())

    @property
    def records(self) -> int:
        """The number of all records."""
        return sum(map(self.count, STATUSES))


def is_index_behind(searcher: Searcher, number: int, viewer: Viewer) -> bool:
    """Return whether the index does not follow an entry of the ledger `retention` in each account yet.

    Accounts that the viewer may not see are left out. ServiceUnavailable if Elasticsearch is away.
    """
    chains = searcher.status_reader.read_marks(again=True).chains
    seen = (mark for name, mark in chains.items() if name.rsplit("/", 1)[-1] not in viewer.hidden_accounts)
    return any(mark.retention < number for mark in seen)


def make_filters(viewer: Viewer) -> Filters:
    """Return the filters of a search whose numbers these counts are."""
    return Filters(messages=True, quarantined=viewer.sees_quarantine)


def count_statuses(client: Elasticsearch, alias: str, viewer: Viewer, today: date) -> dict[str, int]:
    """Return status -> number of records.

    ServiceUnavailable if Elasticsearch is away, there is no index yet, or the quarantine is not known.
    """
    found = _ask(client, alias, viewer, _by_status(today))
    return {status: one["doc_count"] for status, one in found["statuses"]["buckets"].items()}


def count_retention(client: Elasticsearch, alias: str, viewer: Viewer, today: date) -> RetentionCounts:
    """Return all counts.

    today: decides the status of a record.

    ServiceUnavailable as for `count_statuses`.
    """
    first, end = _find_quarters(today)
    eligible = {"field": "eligible_on", "min_doc_count": 1}
    reasons = {"filters": {"filters": {name: read(query).dsl for name, query in REASONS.items()}}}
    by_quarter = {"date_histogram": {**eligible, "calendar_interval": "quarter", "format": "yyyy-MM-dd"}}
    by_year = {"date_histogram": {**eligible, "calendar_interval": "year", "format": "yyyy"}}
    within = {"range": {"eligible_on": {"gte": first.isoformat(), "lt": end.isoformat()}}}
    aggregations: dict[str, Any] = {
        "series": {"terms": {"field": "series", "size": SERIES}, "aggs": _by_status(today)},
        "none": {"missing": {"field": "series"}, "aggs": _by_status(today)},
        "undecided": {"filter": make_clause(UNDECIDED, today), "aggs": {"reasons": reasons}},
        "provisional": {"filter": read(PROVISIONAL_SERIES).dsl},
        "next": {"filter": within, "aggs": {"quarters": by_quarter}},
        "years": by_year,
    }
    found = _ask(client, alias, viewer, aggregations)
    counts: dict[str | None, Mapping[str, int]] = {
        bucket["key"]: _read_statuses(bucket) for bucket in found["series"]["buckets"]
    }
    if found["none"]["doc_count"]:
        counts[None] = _read_statuses(found["none"])
    return RetentionCounts(
        counts,
        {name: one["doc_count"] for name, one in found["undecided"]["reasons"]["buckets"].items()},
        found["provisional"]["doc_count"],
        _list_quarters(today, found["next"]["quarters"]["buckets"]),
        _list_years(today, found["years"]["buckets"]),
    )


def _ask(client: Elasticsearch, alias: str, viewer: Viewer, aggregations: Mapping[str, Any]) -> Any:
    query = {"bool": {"filter": make_filters(viewer).clauses(viewer)}}
    with speaking():
        return client.search(index=alias, body={"size": 0, "query": query, "aggs": aggregations})[
            "aggregations"
        ]


def _by_status(today: date) -> dict[str, Any]:
    return {"statuses": {"filters": {"filters": {one: make_clause(one, today) for one in STATUSES}}}}


def _read_statuses(bucket: Mapping[str, Any]) -> dict[str, int]:
    found = bucket["statuses"]["buckets"]
    return {status: one["doc_count"] for status, one in found.items() if one["doc_count"]}


def _find_quarters(today: date) -> tuple[date, date]:
    """Return the first day of the quarter of `today`, and of the quarter after the last that counts."""
    first = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    return first, first.replace(year=first.year + QUARTERS // 4)


def _list_quarters(today: date, buckets: Iterable[Mapping[str, Any]]) -> tuple[EligiblePeriod, ...]:
    counts = {bucket["key_as_string"]: bucket["doc_count"] for bucket in buckets}
    first, _ = _find_quarters(today)
    months = [first.year * 12 + first.month - 1 + 3 * number for number in range(QUARTERS + 1)]
    days = [date(month // 12, month % 12 + 1, 1) for month in months]
    return tuple(
        EligiblePeriod(day, after - timedelta(days=1), counts.get(day.isoformat(), 0))
        for day, after in pairwise(days)
    )


def _list_years(today: date, buckets: Sequence[Mapping[str, Any]]) -> tuple[EligiblePeriod, ...]:
    """Return the years one by one; those far from the present are together.

    A platform can give a record any date, and no page has room for thousands of years.
    """
    counts = {int(bucket["key_as_string"]): bucket["doc_count"] for bucket in buckets}
    first = max(min([*counts, today.year]), today.year - YEARS_BEFORE)
    last = min(max([*counts, today.year]), today.year + YEARS_AFTER)
    before = sum(number for year, number in counts.items() if year < first)
    after = sum(number for year, number in counts.items() if year > last)
    listed = [
        EligiblePeriod(date(year, 1, 1), date(year, 12, 31), counts.get(year, 0))
        for year in range(first, last + 1)
    ]
    return (
        *([EligiblePeriod(None, date(first - 1, 12, 31), before)] if before else []),
        *listed,
        *([EligiblePeriod(date(last + 1, 1, 1), None, after)] if after else []),
    )
