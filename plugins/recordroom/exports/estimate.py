"""The content and size of an export, before it is ordered.

The counts are exact, of the index now; the size is an estimate.
As of an earlier moment it counts the versions that were known by then: which of them were current is known
only when the rows are read. The size is that of a sample of the records times their number, before
compression. The media files are those that the records name, each as often as it is named. Both help a person
to decide; no receipt has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from recordroom.errors import UsageError
from recordroom.exports.matching import check_filters, check_query
from recordroom.model import MESSAGE, instant
from recordroom.search import client
from recordroom.search.access import Viewer
from recordroom.search.caveats import NamelessPlatform, list_nameless_platforms, searches_author_names
from recordroom.search.client import Dsl
from recordroom.search.counting import Count, Counting
from recordroom.search.filters import Filters
from recordroom.search.index.watermarks import Marks
from recordroom.search.query.query import read
from recordroom.search.scope import MOST, Reach
from recordroom.search.searcher import KEEP_ALIVE, Caveats, Searcher


def begun_later(
    searcher: Searcher, filters: Filters, query: Dsl, marks: Marks, viewer: Viewer, *, as_of: datetime
) -> dict[str, datetime]:
    """Return the accounts in scope without a commit by `as_of`.

    Each comes with the time of its first record that may be seen.
    """
    whole = Filters(
        record=filters.record,
        conversation=filters.conversation,
        versions=True,
        messages=True,
        quarantined=filters.quarantined,
    )
    first = {
        "terms": {"field": "account", "size": MOST},
        "aggs": {"first": {"min": {"field": "committed_at"}}},
    }
    body = {
        "size": 0,
        "query": {"bool": {"filter": whole.clauses(viewer)}},
        "aggs": {"accounts": first},
        "track_total_hits": False,
    }
    with client.speaking():
        answer = searcher.client.search(index=searcher.alias, body=body)
    began = {
        one["key"]: one["first"]["value"] / 1000 for one in answer["aggregations"]["accounts"]["buckets"]
    }
    platforms = {account: platform for _, platform, account in (name.split("/") for name in marks.chains)}
    reach = Reach.of(filters, [query], viewer)
    later = {
        account
        for account, at in began.items()
        if at > as_of.timestamp() and reach.has(account, platforms.get(account, ""))
    }
    return {account: datetime.fromtimestamp(began[account], UTC) for account in sorted(later)}


SAMPLE = 100  # records whose size is measured
MOST_CONVERSATIONS = 1_000  # whose other records are counted as what context can bring
_INDEX_FIELDS = ["tokens", "plain"]  # fields that only the index has


@dataclass(frozen=True, slots=True)
class Estimate:
    """The content and size of an export."""

    understood: str  # the query and the filters
    rows: Count  # documents, as a search counts them
    context: int | None  # rows that context can add at most; None: not counted
    words: int  # bytes of the data file
    files: int  # media files
    file_bytes: int
    messages_left_out: int  # private messages that match
    quarantined_left_out: int  # records under quarantine that match
    lacks: Caveats  # what is missing, as in a term report
    unnamed: Sequence[NamelessPlatform] = ()  # platforms that do not name people
    as_of: datetime | None = None  # the moment that was asked for
    at_most: bool = (
        False  # the numbers are upper limits: of several versions only the one current then is exported
    )
    # account without captures then -> its first
    begun_later: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Known:
    """The filters of what is counted.

    Counted is the present, or as of a moment every version that was committed by then.
    """

    viewer: Viewer
    as_of: datetime | None

    def clauses(self, filters: Filters) -> list[dict[str, Any]]:
        return [*self._widened(filters).clauses(self.viewer), *self._by_then()]

    def kept_out(self, filters: Filters) -> list[dict[str, Any]] | None:
        found = self._widened(filters).kept_out(self.viewer)
        return None if found is None else [*found, *self._by_then()]

    def _widened(self, filters: Filters) -> Filters:
        return replace(filters, versions=True) if self.as_of else filters

    def _by_then(self) -> list[dict[str, Any]]:
        return [{"range": {"committed_at": {"lte": instant(self.as_of)}}}] if self.as_of else []


def estimate(
    searcher: Searcher,
    text: str,
    filters: Filters,
    viewer: Viewer,
    *,
    context: bool,
    as_of: datetime | None = None,
) -> Estimate:
    """Estimate an export, which is in the audit journal before this returns.

    QueryError, UsageError for what cannot be exported; ServiceUnavailable if Elasticsearch is unavailable.
    """
    check_filters(text, filters)
    understood, query = f"{check_query(text)}; {filters.describe()}", read(text)
    marks = searcher.read_marks(filters, viewer)
    query = replace(query, dsl=filters.restrict(query.dsl, viewer))
    known = _Known(viewer, as_of)
    clauses, kept_out = known.clauses(filters), known.kept_out(filters)
    with searcher.open_point() as point:
        counting = Counting(searcher, point, clauses)
        [rows] = counting.each([query.dsl])
        if not isinstance(rows, Count):
            raise UsageError(
                "the search is too large for one request",
                "Split it into several exports, by account or by date.",
            )
        left = 0
        if filters.leaves_messages_out and not filters.kind:
            left = Counting(searcher, point, known.clauses(replace(filters, kind=(MESSAGE,)))).any(
                [query.dsl]
            )
        barred = 0 if kept_out is None else Counting(searcher, point, kept_out).any([query.dsl])
        body = {
            "query": {"bool": {"filter": [query.dsl, *clauses]}},
            "pit": {"id": point, "keep_alive": KEEP_ALIVE},
        }
        more = _around(searcher, body, known.clauses(_conversations(filters)), rows) if context else 0
        found = _measured(searcher, body)
    then = {"as_of": instant(as_of)} if as_of else {}
    searcher.note(
        "estimate",
        viewer.name,
        query=text,
        understood=understood,
        filters=filters.to_audit(),
        total=rows.records,
        **then,
    )
    later = begun_later(searcher, filters, query.dsl, marks, viewer, as_of=as_of) if as_of else {}
    at_most = as_of is not None and not filters.versions
    lacks = searcher.find_caveats(filters, [query.dsl], marks, viewer)
    words = round(found["words"] * rows.records)
    nameless = list_nameless_platforms(
        marks.chains, [query] if searches_author_names(query) else [], filters, viewer
    )
    return Estimate(
        understood,
        rows,
        more,
        words,
        found["files"],
        found["bytes"],
        left,
        barred,
        lacks,
        nameless,
        as_of,
        at_most,
        later,
    )


def _measured(searcher: Searcher, body: dict[str, Any]) -> dict[str, Any]:
    """Measure what the export would contain.

    Return `words` (bytes of a record, by a sample), and `files` and `bytes` of all media files.
    """
    sizes = {"bytes": {"sum": {"field": "media.bytes"}}, "files": {"value_count": {"field": "media.bytes"}}}
    source = {"excludes": _INDEX_FIELDS}
    with client.speaking():
        answer = searcher.client.search(
            body={**body, "size": SAMPLE, "sort": ["_doc"], "_source": source, "aggs": sizes}
        )
    hits, sums = answer["hits"]["hits"], answer["aggregations"]
    words = sum(len(orjson.dumps(hit["_source"])) for hit in hits) / max(len(hits), 1)
    return {"words": words, "files": int(sums["files"]["value"]), "bytes": int(sums["bytes"]["value"])}


def _conversations(filters: Filters) -> Filters:
    """Return filters for possible context.

    It is among all records of the same accounts that may be seen.
    """
    return Filters(
        account=filters.account, platform=filters.platform, versions=filters.versions,
        messages=not filters.leaves_messages_out, quarantined=filters.quarantined,
    )  # fmt: skip


def _around(
    searcher: Searcher, body: dict[str, Any], clauses: list[dict[str, Any]], rows: Count
) -> int | None:
    """Return the number of all other records of the conversations.

    Context is a part of them. None: there are too many conversations to count.
    """
    if rows.conversations > MOST_CONVERSATIONS:
        return None
    roots = {"roots": {"terms": {"field": "root_id", "size": MOST_CONVERSATIONS}}}
    with client.speaking():
        answer = searcher.client.search(body={**body, "size": 0, "aggs": roots})
    names = [bucket["key"] for bucket in answer["aggregations"]["roots"]["buckets"]]
    return max(
        0, Counting(searcher, body["pit"]["id"], clauses).any([{"terms": {"root_id": names}}]) - rows.records
    )
