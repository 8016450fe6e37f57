"""Count exactly what queries find at one point in time.

- Records: Elasticsearch counts hits one by one if asked to; by account with a bucket for each account.
- Conversations: a bucket for each; only their number is sent. An estimate comes first, with the
  records: it shows for which queries conversations are counted at all, and in how many disjoint parts, since
  a response can have only so many buckets.
- Shared hits: for the records that at least two of the queries find, how many each finds. The rest of its
  hits is unique to the query.

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
# conversations that a part is to have: parts are not of one size, and the estimate is some hundredths off
FULL = 55_000
PATIENCE = 600.0  # seconds that an answer to a whole batch may take
_TOLD = ",".join(
    f"responses.{path}"
    for path in (
        "hits.total", "aggregations.accounts.buckets", "aggregations.estimate.value",
        "aggregations.conversations.sum_other_doc_count",
        "aggregations.number.count", "aggregations.shared.each.buckets", "error", "status",
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
    estimate: int  # of the conversations; 0 only if there is none
    by_account: Mapping[str, int]

    def counted(self, conversations: int) -> Count:
        return Count(self.records, conversations, self.by_account)


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
        asked = [
            (query, hits.estimate)
            for query, hits in zip(queries, found, strict=True)
            if isinstance(hits, _Hits)
        ]
        numbers = iter(self._conversations(asked))
        return [hits.counted(next(numbers)) if isinstance(hits, _Hits) else hits for hits in found]

    def together(self, queries: Sequence[Dsl]) -> tuple[Count, list[int]]:
        """Count what any of the queries finds.

        For each query, also count how many of its hits another one finds too.
        """
        try:
            return self._together(queries, apart=False)
        except client.TooWide:
            return self._together(queries, apart=True)

    def _together(self, queries: Sequence[Dsl], *, apart: bool) -> tuple[Count, list[int]]:
        """Count both in two searches of one request, which Elasticsearch runs side by side."""
        either = _at_least(1, queries, apart=apart)
        shared = {
            "filter": _at_least(2, queries, apart=apart),
            "aggs": {"each": {"filters": {"filters": list(queries)}}},
        }
        of_shared = Search(
            self._body({"match_all": {}}, {"shared": shared}) | {"track_total_hits": False}, len(queries)
        )
        all_, several = self._batches.ask([self._counted(either), of_shared])
        client.check(all_)
        client.check(several)
        hits = _hits(all_)
        [conversations] = self._conversations([(either, hits.estimate)])
        buckets = several["aggregations"]["shared"]["each"]["buckets"]
        return hits.counted(conversations), [bucket["doc_count"] for bucket in buckets]

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
            "estimate": {"cardinality": {"field": "root_id"}},
        }
        return Search(self._body(query, aggregations) | {"track_total_hits": True})

    def _body(self, query: Dsl, aggregations: Dsl) -> Dsl:
        return {"size": 0, "pit": self._pit, "query": self._within(query), "aggs": aggregations}

    def _within(self, query: Dsl) -> Dsl:
        return {"bool": {"filter": [query, *self._clauses]}}

    def _conversations(self, asked: Sequence[tuple[Dsl, int]]) -> list[int]:
        """Count the conversations of each query exactly.

        A query that finds more than was estimated is counted again in twice as many parts.
        """
        numbers = [0] * len(asked)
        parts = {place: -(-estimate // FULL) for place, (_, estimate) in enumerate(asked) if estimate}
        while parts:
            each = [(place, part) for place, number in parts.items() for part in range(number)]
            answers = self._batches.ask(
                [self._part(*asked[place], part, parts[place]) for place, part in each]
            )
            over: set[int] = set()
            for (place, _), answer in zip(each, answers, strict=True):
                client.check(answer)
                numbers[place] += answer["aggregations"]["number"]["count"]
                if answer["aggregations"]["conversations"]["sum_other_doc_count"]:
                    over.add(place)
            parts = {place: 2 * parts[place] for place in over}
            for place in over:
                numbers[place] = 0
        return numbers

    def _part(self, query: Dsl, estimate: int, part: int, parts: int) -> Search:
        own: Dsl = {"include": {"partition": part, "num_partitions": parts}} if parts > 1 else {}
        # the order that costs least
        terms = {"field": "root_id", "size": CONVERSATIONS, "order": {"_key": "asc"}, **own}
        aggregations = {
            "conversations": {"terms": terms},
            "number": {"stats_bucket": {"buckets_path": "conversations>_count"}},
        }
        return Search(self._body(query, aggregations) | {"track_total_hits": False}, estimate // parts)


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
    return _Hits(records["value"], found["estimate"]["value"], dict(sorted(by_account.items())))


def _at_least(number: int, queries: Sequence[Dsl], *, apart: bool = False) -> Dsl:
    """Return a query for what at least 1 or 2 of the queries find.

    `apart`: each with its own limit of clauses.
    """
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
