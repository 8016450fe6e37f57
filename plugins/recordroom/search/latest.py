"""What a home page tells of the whole archive: how many records each account has of each month, and which came last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from recordroom.model import ZONE, instant
from recordroom.search import node
from recordroom.search.filters import Filters
from recordroom.search.hits import Record, record_of
from recordroom.search.results import Searcher

MONTHS = 12
MOST_ACCOUNTS = 10_000
LAST = 10  # records
_BY_CAPTURE = [{"captured_at": "desc"}, {"record_id": "asc"}, {"account": "asc"}]
_NO_TEXTS = {"excludes": ["tokens", "plain", "text_html"]}


@dataclass(frozen=True, slots=True)
class Counted:
    """Current records of one account, without private messages. `months`: of publication, one number for each of Counts.months."""

    account: str
    all: int
    months: tuple[int, ...]

    @property
    def other(self) -> int:
        """Published before, or nobody knows when."""
        return self.all - sum(self.months)


@dataclass(frozen=True, slots=True)
class Counts:
    """`months`: `2026-03`, the oldest first."""

    months: tuple[str, ...]
    accounts: tuple[Counted, ...]

    @property
    def most(self) -> int:
        """Of one account in one month."""
        return max((number for one in self.accounts for number in one.months), default=0)


def by_month(searcher: Searcher, today: date, without: tuple[str, ...] = ()) -> Counts:
    """Exact: one shard holds the index. ServiceUnavailable if Elasticsearch is away, or there is no index yet."""
    months = _months(today)
    begin = datetime.fromisoformat(f"{months[0]}-01").replace(tzinfo=ZONE)
    by = {"field": "published_at", "calendar_interval": "month", "time_zone": str(ZONE), "format": "yyyy-MM", "min_doc_count": 1}
    since = {"filter": {"range": {"published_at": {"gte": instant(begin)}}}, "aggs": {"months": {"date_histogram": by}}}
    accounts = {"terms": {"field": "account", "size": MOST_ACCOUNTS, "order": {"_key": "asc"}}, "aggs": {"since": since}}
    body = {
        "size": 0,
        "query": {"bool": {"filter": Filters(without=without).clauses(searcher.quarantine.now())}},
        "aggs": {"accounts": accounts},
    }
    with node.speaking():
        answer = searcher.client.search(index=searcher.alias, body=body)
    return Counts(months, tuple(_counted(bucket, months) for bucket in answer["aggregations"]["accounts"]["buckets"]))


def last(searcher: Searcher, without: tuple[str, ...] = (), who: str | None = None) -> list[Record]:
    """The current records whose capture is the newest; private messages are none of them. It is in the audit journal before it is
    answered. ServiceUnavailable as `by_month`."""
    marks, quarantine = searcher.surroundings.start(), searcher.quarantine.now()
    body: dict[str, Any] = {
        "query": {"bool": {"filter": Filters(without=without).clauses(quarantine)}},
        "sort": _BY_CAPTURE,
        "size": LAST,
    }
    with node.speaking():
        answer = searcher.client.search(index=searcher.alias, body={**body, "_source": _NO_TEXTS, "track_total_hits": False})
    found = [hit["_source"] for hit in answer["hits"]["hits"]]
    reads = searcher.reads(found, marks)
    searcher.note("latest", who, shown=len(found), records=[document["record_id"] for document in found])
    return [record_of(document, marks, reads, quarantine.records) for document in found]


def _counted(bucket: Mapping[str, Any], months: tuple[str, ...]) -> Counted:
    found = {one["key_as_string"]: one["doc_count"] for one in bucket["since"]["months"]["buckets"]}
    return Counted(bucket["key"], bucket["doc_count"], tuple(found.get(month, 0) for month in months))


def _months(today: date) -> tuple[str, ...]:
    """The last MONTHS, that of `today` among them."""
    number = today.year * 12 + today.month - 1
    return tuple(f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(number - MONTHS + 1, number + 1))
