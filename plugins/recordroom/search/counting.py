"""Count exactly what queries find at one point in time.

- Records: Elasticsearch counts hits one by one if asked to; by account with a bucket for each account.
- Conversations: the hits that have one, less all but the first hit of each conversation. Only a conversation
  with several hits needs a bucket for that, and only the number and the sum of the buckets are sent. A
  response can have only so many buckets; a query with more is counted again in disjoint parts.
- Unique hits: what two of the queries find is unique to none. Most of these records are found quickly, by the
  queries with the most hits. All queries are then counted only within the rest.

The number of clauses in one query has a limit, which depends on the node. If all queries together exceed it,
each becomes the filter of its own function, whose clauses are counted separately: the same records, more
slowly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from recordroom.errors import ArchiveError
from recordroom.search import client
from recordroom.search.client import Batches, Dsl, Search
from recordroom.search.searcher import KEEP_ALIVE, Searcher

ACCOUNTS = 10_000  # more than any agency has
CONVERSATIONS = 60_000  # buckets of one answer; Elasticsearch allows 65,536 (search.max_buckets)
BROAD = 100  # queries with the most hits, which find most of what several queries find
PATIENCE = 600.0  # seconds that an answer to a whole batch may take
_TOLD = ",".join(
    f"responses.{path}"
    for path in (
        "hits.total", "aggregations.accounts.buckets", "aggregations.rooted.value",
        "aggregations.several.count", "aggregations.several.sum", "aggregations.all.each.buckets",
        "error", "status",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Count:
    """What one query finds."""

    records: int = 0
    conversations: int = 0  # known conversations; a record without one (a profile) counts in none
    by_account: Mapping[str, int] = field(default_factory=dict)  # accounts with records, by name


@dataclass(frozen=True, slots=True)
class _Hits:
    """The response for one query."""

    records: int
    rooted: int  # records with a known conversation
    by_account: Mapping[str, int]
    repeats: int | None  # hits that are not the first of their conversation; None: too many buckets

    def counted(self, repeats: int) -> Count:
        return Count(self.records, self.rooted - repeats, self.by_account)


class Counting:
    """Counts at one point in time, within the clauses of the filters."""

    def __init__(self, searcher: Searcher, point: str, clauses: Sequence[Dsl]) -> None:
        self._batches = Batches(searcher.client.options(request_timeout=PATIENCE), _TOLD)
        self._pit = {"id": point, "keep_alive": KEEP_ALIVE}
        self._clauses = list(clauses)

    def each(self, queries: Sequence[Dsl]) -> list[Count | client.TooWide]:
        """Count what each query finds.

        TooWide in place of one that Elasticsearch cannot run.
        """
        found: list[_Hits | client.TooWide] = []
        for answer in self._batches.ask([self._counted(query) for query in queries]):
            try:
                client.check(answer)
            except client.TooWide as problem:
                found.append(problem)
            else:
                found.append(_hits(answer))
        many = [
            query
            for query, hits in zip(queries, found, strict=True)
            if isinstance(hits, _Hits) and hits.repeats is None
        ]
        numbers = iter(self._count_in_parts(many))
        return [
            hits.counted(next(numbers) if hits.repeats is None else hits.repeats)
            if isinstance(hits, _Hits)
            else hits
            for hits in found
        ]

    def together(self, queries: Sequence[Dsl], records: Sequence[int]) -> tuple[Count, list[int]]:
        """Count what any of the queries finds, and for each query the records that only it finds.

        records: how many each finds.
        """
        try:
            return self._together(queries, records, apart=False)
        except client.TooWide:
            return self._together(queries, records, apart=True)

    def _together(
        self, queries: Sequence[Dsl], records: Sequence[int], *, apart: bool
    ) -> tuple[Count, list[int]]:
        order = sorted(range(len(queries)), key=lambda place: -records[place])
        broad = [queries[place] for place in order[:BROAD]]
        # what a query of each half finds, two queries find
        shared = [_at_least(1, half, apart=apart) for half in (broad[::2], broad[1::2])]
        rest = {"bool": {"must_not": {"bool": {"filter": shared}}}}
        numbers = self._count_within(rest, queries)
        # only these can find unique records
        found = [place for place, number in enumerate(numbers) if number]
        if found:
            own = [queries[place] for place in found]
            alone = {"bool": {"filter": rest, "must_not": _at_least(2, own, apart=apart)}}
            for place, number in zip(found, self._count_within(alone, own), strict=True):
                numbers[place] = number
        # what the other queries find, the broad ones find too
        either = [queries[place] for place in {*order[:BROAD], *found}]
        [total] = self.each([_at_least(1, either, apart=apart)])
        if isinstance(total, client.TooWide):
            raise total
        return total, numbers

    def _count_within(self, within: Dsl, queries: Sequence[Dsl]) -> list[int]:
        """Count the records of each query among those that `within` finds.

        In two searches of one request, which Elasticsearch runs side by side. The filter around the queries
        makes it read these records once; without it, it would read them again for each query.
        """
        halves = [half for half in (queries[::2], queries[1::2]) if half]
        searches = []
        for half in halves:
            each = {"each": {"filters": {"filters": list(half)}}}
            aggregations = {"all": {"filter": {"match_all": {}}, "aggs": each}}
            searches.append(Search(self._body(within, aggregations) | {"track_total_hits": False}, len(half)))
        numbers = [0] * len(queries)
        for first, answer in enumerate(self._batches.ask(searches)):
            client.check(answer)
            buckets = answer["aggregations"]["all"]["each"]["buckets"]
            numbers[first::2] = [bucket["doc_count"] for bucket in buckets]
        return numbers

    def any(self, queries: Sequence[Dsl]) -> int:
        """Count the records that any of the queries finds."""
        try:
            return self._any(_at_least(1, queries))
        except client.TooWide:
            return self._any(_at_least(1, queries, apart=True))

    def _any(self, query: Dsl) -> int:
        [answer] = self._batches.ask(
            [Search({"size": 0, "pit": self._pit, "query": self._within(query), "track_total_hits": True})]
        )
        client.check(answer)
        return int(answer["hits"]["total"]["value"])

    def _counted(self, query: Dsl) -> Search:
        aggregations: Dsl = {
            "accounts": {"terms": {"field": "account", "size": ACCOUNTS}},
            "rooted": {"value_count": {"field": "root_id"}},
            **_several(),
        }
        return Search(self._body(query, aggregations) | {"track_total_hits": True}, CONVERSATIONS)

    def _body(self, query: Dsl, aggregations: Dsl) -> Dsl:
        return {"size": 0, "pit": self._pit, "query": self._within(query), "aggs": aggregations}

    def _within(self, query: Dsl) -> Dsl:
        return {"bool": {"filter": [query, *self._clauses]}}

    def _count_in_parts(self, queries: Sequence[Dsl]) -> list[int]:
        """Count the hits of each query that are not the first of their conversation.

        Each search counts a part of the conversations; if a part is too large, twice as many do.
        """
        numbers = [0] * len(queries)
        parts = dict.fromkeys(range(len(queries)), 2)
        while parts:
            each = [(place, part) for place, number in parts.items() for part in range(number)]
            answers = self._batches.ask(
                [self._part(queries[place], part, parts[place]) for place, part in each]
            )
            over: set[int] = set()
            for (place, _), answer in zip(each, answers, strict=True):
                client.check(answer)
                repeats = _count_repeats(answer["aggregations"])
                if repeats is None:
                    over.add(place)
                else:
                    numbers[place] += repeats
            parts = {place: 2 * parts[place] for place in over}
            for place in over:
                numbers[place] = 0
        return numbers

    def _part(self, query: Dsl, part: int, parts: int) -> Search:
        aggregations = _several(include={"partition": part, "num_partitions": parts})
        return Search(self._body(query, aggregations) | {"track_total_hits": False}, CONVERSATIONS)


def _several(**more: Any) -> Dsl:
    """Return the aggregations that count the conversations with several hits, and all hits of these.

    If the index has few conversations, Elasticsearch would count them in several slices of the index at the
    same time, and leave out those with one hit in each slice. It never does so beside an aggregation that
    lists terms without hits: `alone`.
    """
    without_hits = {"terms": {"field": "kind", "size": 1, "min_doc_count": 0}}
    # the order that costs least; the shard decides alone, since it has the complete index
    terms = {
        "field": "root_id",
        "size": CONVERSATIONS,
        "order": {"_key": "asc"},
        "min_doc_count": 2,
        "shard_min_doc_count": 2,
    }
    return {
        "conversations": {"terms": {**terms, **more}},
        "several": {"stats_bucket": {"buckets_path": "conversations>_count"}},
        "alone": {"filter": {"match_none": {}}, "aggs": {"kinds": without_hits}},
    }


def _count_repeats(found: Mapping[str, Any]) -> int | None:
    """Read how many hits are not the first of their conversation; None if there may be more buckets."""
    several = found["several"]
    return None if several["count"] == CONVERSATIONS else int(several["sum"] or 0) - int(several["count"])


def _hits(answer: Mapping[str, Any]) -> _Hits:
    """Read a response; ArchiveError if the parts do not add up to the total.

    Every number shown is exact.
    """
    records, found = answer["hits"]["total"], answer["aggregations"]
    by_account = {bucket["key"]: bucket["doc_count"] for bucket in found["accounts"].get("buckets", ())}
    if records["relation"] != "eq" or sum(by_account.values()) != records["value"]:
        raise ArchiveError(
            "the counts by account do not add up to the total", "Report this. No count is shown."
        )
    return _Hits(
        records["value"], found["rooted"]["value"], dict(sorted(by_account.items())), _count_repeats(found)
    )


def _at_least(number: int, queries: Sequence[Dsl], *, apart: bool = False) -> Dsl:
    """Return a query for what at least 1 or 2 of the queries find.

    `apart`: each with its own limit of clauses.
    """
    if len(queries) < number:
        return {"match_none": {}}
    if not apart:
        return {"bool": {"should": list(queries), "minimum_should_match": number}}
    mode, weight = ("first", 2) if number == 1 else ("sum", 1)  # what no function finds scores 1
    functions = [{"filter": query, "weight": weight} for query in queries]
    return {
        "function_score": {
            "functions": functions,
            "score_mode": mode,
            "boost_mode": "replace",
            "min_score": 2,
        }
    }
