"""Numbers for the home page, and a summary of one author.

Records by account and month, the newest ones, missing files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from recordroom.errors import NotThere
from recordroom.model import ZONE, instant
from recordroom.platforms.registry import load
from recordroom.search import client
from recordroom.search.access import Viewer
from recordroom.search.filters import Filters
from recordroom.search.hits import Record, build_record
from recordroom.search.query.permalinks import quote_value
from recordroom.search.searcher import Searcher

MOST_REASONS = 50  # reasons: some name a size or an answer of a server


@dataclass(frozen=True, slots=True)
class MissingFileCounts:
    """Why files of an account are missing."""

    # (why, how many records have such a file), most frequent first; the index has each reason of a record
    # once
    reasons: tuple[tuple[str, int], ...]
    more: bool  # whether there are further reasons


def because(reason: str) -> str:
    """Return the query for the records with a file that is missing for this reason."""
    return f"missing_reason:{quote_value(reason)}"


def count_missing_files(searcher: Searcher, filters: Filters, viewer: Viewer) -> MissingFileCounts:
    """Count the records with missing files by reason, exactly.

    One shard has the index.

    ServiceUnavailable if Elasticsearch is away, or if there is no index yet.
    """
    body = {
        "size": 0,
        "query": {"bool": {"filter": filters.clauses(viewer)}},
        "aggs": {"reasons": {"terms": {"field": "media.missing_reason", "size": MOST_REASONS}}},
    }
    with client.speaking():
        found = searcher.client.search(index=searcher.alias, body=body)["aggregations"]["reasons"]
    return MissingFileCounts(
        tuple((bucket["key"], bucket["doc_count"]) for bucket in found["buckets"]),
        found["sum_other_doc_count"] > 0,
    )


MOST_AUTHORS = 1_000  # accounts, and names
LONGEST = 200  # characters of a server
_NOTHING, _FROM = "there are no records by this author", "Open the author from the page of a record."
_NAME, _HANDLE = "author_name", "author_handle"
# The index cuts a name into words; the source of a document has it as one.
_WHOLE = {_NAME: {"type": "keyword"}}
_TIMES = {"first": {"min": {"field": "published_at"}}, "last": {"max": {"field": "published_at"}}}


@dataclass(frozen=True, slots=True)
class AuthorName:
    """A handle and a display name ("" for none), and how many records have both."""

    handle: str
    name: str
    records: int


@dataclass(frozen=True, slots=True)
class AuthorSummary:
    """The current records of one author, private messages excluded."""

    platform: str
    id: str
    server: str  # "" for all servers
    several: bool  # whether the platform has several servers, on each of which the ID may be another person's
    records: int
    accounts: Mapping[str, int]  # account -> number of records
    called: tuple[AuthorName, ...]
    # publication of the first record, as the index writes instants; None if no record has a time
    first: str | None
    last: str | None  # publication of the last record, likewise


def server_of(record: Record) -> str:
    """Return the server that an author's ID belongs to.

    "" for platforms without several servers.
    """
    parts = record["record_id"].partition(":")[2].rsplit("/", 2)
    return (
        parts[0]
        if load(record["platform"]).PLATFORM.ids_are_per_server
        and len(parts) == 3
        and len(parts[0]) <= LONGEST
        else ""
    )


def summarize_author(
    searcher: Searcher, platform: str, id_: str, server: str = "", *, viewer: Viewer
) -> AuthorSummary:
    """Summarize the records of an author, and record that in the audit journal.

    server: count the records of this server alone. NotThere if no account that the viewer may see has any.
    """
    filters = Filters(platform=(platform,), author=(id_,))
    searcher.read_marks(filters, viewer)
    aggregations: dict[str, Any] = {
        "accounts": {"terms": {"field": "account", "size": MOST_AUTHORS}},
        "called": {**_each(_HANDLE), "aggs": {"names": _each(_NAME)}},
        **_TIMES,
    }
    body = {
        "query": {"bool": {"filter": [*filters.clauses(viewer), *_on(platform, server)]}},
        "runtime_mappings": _WHOLE,
        "size": 0,
        "track_total_hits": True,
        "aggs": aggregations,
    }
    if len(server) > LONGEST:
        raise NotThere(_NOTHING, _FROM)
    with client.speaking():
        answer = searcher.client.search(index=searcher.alias, body=body)
    total, found = answer["hits"]["total"]["value"], answer["aggregations"]
    accounts = {bucket["key"]: bucket["doc_count"] for bucket in found["accounts"]["buckets"]}
    # the server's name would tell an account that not everybody may know of
    where = {"accounts": sorted(accounts)} if server else {}
    searcher.note("person", viewer.name, platform=platform, author=id_, **where, records=total)
    if not total:
        raise NotThere(_NOTHING, _FROM)
    names = [
        AuthorName(of["key"], one["key"], one["doc_count"])
        for of in found["called"]["buckets"]
        for one in of["names"]["buckets"]
    ]
    first, last = (found[name].get("value_as_string") for name in _TIMES)
    several = load(platform).PLATFORM.ids_are_per_server and not server
    return AuthorSummary(
        platform,
        id_,
        server,
        several,
        total,
        accounts,
        tuple(sorted(names, key=lambda one: -one.records)),
        first,
        last,
    )


def _on(platform: str, server: str) -> list[dict[str, Any]]:
    """Return the clause for records of a server.

    A server's name may be part of another one's path: only kind and number follow the right one.
    """
    name = "".join(c if c.isalnum() else f"\\{c}" for c in f"{platform}:{server}")
    return [{"regexp": {"record_id": {"value": f"{name}/[^/]+/[^/]+", "flags": "NONE"}}}] if server else []


def _each(name: str) -> dict[str, Any]:
    return {"terms": {"field": name, "missing": "", "size": MOST_AUTHORS}}


MONTHS = 12
MOST_ACCOUNTS = 10_000
LAST = 10  # records
_BY_CAPTURE = [{"captured_at": "desc"}, {"record_id": "asc"}, {"account": "asc"}]
_NO_TEXTS = {"excludes": ["tokens", "plain", "text_html"]}


@dataclass(frozen=True, slots=True)
class AccountMonths:
    """Current records of one account, private messages excluded."""

    account: str
    all: int
    months: tuple[int, ...]  # by month of publication, one number for each of MonthlyCounts.months

    @property
    def other(self) -> int:
        """Records that were published earlier, or at an unknown time."""
        return self.all - sum(self.months)


@dataclass(frozen=True, slots=True)
class MonthlyCounts:
    """Records by account and month."""

    months: tuple[str, ...]  # `2026-03`, oldest first
    accounts: tuple[AccountMonths, ...]

    @property
    def most(self) -> int:
        """The highest number of one account in one month."""
        return max((number for one in self.accounts for number in one.months), default=0)


def count_by_month(searcher: Searcher, today: date, viewer: Viewer) -> MonthlyCounts:
    """Count the records of the last MONTHS by account and month, exactly.

    One shard has the index.

    ServiceUnavailable if Elasticsearch is away, or if there is no index yet.
    """
    months = _months(today)
    begin = datetime.fromisoformat(f"{months[0]}-01").replace(tzinfo=ZONE)
    by = {
        "field": "published_at",
        "calendar_interval": "month",
        "time_zone": str(ZONE),
        "format": "yyyy-MM",
        "min_doc_count": 1,
    }
    since = {
        "filter": {"range": {"published_at": {"gte": instant(begin)}}},
        "aggs": {"months": {"date_histogram": by}},
    }
    accounts = {
        "terms": {"field": "account", "size": MOST_ACCOUNTS, "order": {"_key": "asc"}},
        "aggs": {"since": since},
    }
    body = {
        "size": 0,
        "query": {"bool": {"filter": Filters().clauses(viewer)}},
        "aggs": {"accounts": accounts},
    }
    with client.speaking():
        answer = searcher.client.search(index=searcher.alias, body=body)
    return MonthlyCounts(
        months, tuple(_counted(bucket, months) for bucket in answer["aggregations"]["accounts"]["buckets"])
    )


def list_newest(searcher: Searcher, viewer: Viewer) -> list[Record]:
    """Return the current records with the newest captures, private messages excluded.

    The audit journal records it first. ServiceUnavailable as for `count_by_month`.
    """
    marks = searcher.status_reader.read_marks()
    body: dict[str, Any] = {
        "query": {"bool": {"filter": Filters().clauses(viewer)}},
        "sort": _BY_CAPTURE,
        "size": LAST,
    }
    with client.speaking():
        answer = searcher.client.search(
            index=searcher.alias, body={**body, "_source": _NO_TEXTS, "track_total_hits": False}
        )
    found = [hit["_source"] for hit in answer["hits"]["hits"]]
    reads = searcher.find_read_times(found, marks)
    searcher.note(
        "latest", viewer.name, shown=len(found), records=[document["record_id"] for document in found]
    )
    return [
        build_record(document, marks, reads, viewer.without_quarantine().withheld_records)
        for document in found
    ]


def _counted(bucket: Mapping[str, Any], months: tuple[str, ...]) -> AccountMonths:
    found = {one["key_as_string"]: one["doc_count"] for one in bucket["since"]["months"]["buckets"]}
    return AccountMonths(bucket["key"], bucket["doc_count"], tuple(found.get(month, 0) for month in months))


def _months(today: date) -> tuple[str, ...]:
    """Return the last MONTHS, the one of `today` included."""
    number = today.year * 12 + today.month - 1
    return tuple(f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(number - MONTHS + 1, number + 1))
