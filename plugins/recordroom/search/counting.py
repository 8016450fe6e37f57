"""Counting what queries find, exactly, at one point in time.

- Records: Elasticsearch counts hits one by one where it is told to; by account with a bucket for each account there is.
- Conversations: a bucket for each, whose number alone is sent (`cardinality` would estimate). A query that finds more conversations than
  fit into one answer is asked for them in parts that have none in common.
- Shared hits: of the records that at least two of the queries find, how many each finds. What is left of its hits is unique to it.

There is a limit to the clauses of one query, which depends on the node. Where all queries together are above it, each becomes the filter of
a function of its own, whose clauses are counted by themselves: the same records, more slowly.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from recordroom.errors import ArchiveError
from recordroom.search import node
from recordroom.search.results import KEEP_ALIVE, Searcher

ACCOUNTS = 10_000  # more than any agency has
CONVERSATIONS = 50_000  # buckets of one answer; Elasticsearch allows 65,536 (search.max_buckets)
BATCH = 8_000_000  # bytes of one request
PATIENCE = 600.0  # seconds that an answer to a whole batch may take
BUSY, TRIES, PAUSE = 429, 5, 1.0  # what a node says that has no memory left now; how often it is asked again, how long after (seconds)
_TOLD = ",".join(
    f"responses.{path}"
    for path in (
        "hits.total", "aggregations.accounts.buckets", "aggregations.conversations.sum_other_doc_count", "aggregations.number.count",
        "aggregations.shared.each.buckets", "error", "status",
    )
)  # fmt: skip
Dsl = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Count:
    """`conversations`: those that are known; a record of none (a profile) counts in none. `by_account`: those with records, by name."""

    records: int = 0
    conversations: int = 0
    by_account: Mapping[str, int] = field(default_factory=dict)


class Counting:
    """`clauses`: of the filters. `point`: of a point in time."""

    def __init__(self, searcher: Searcher, point: str, clauses: Sequence[Dsl]) -> None:
        self._client = searcher.client.options(request_timeout=PATIENCE)
        self._pit = {"id": point, "keep_alive": KEEP_ALIVE}
        self._clauses = list(clauses)

    def each(self, queries: Sequence[Dsl]) -> list[Count | node.TooWide]:
        """What each finds; TooWide in the place of one that Elasticsearch has no room for."""
        found: list[Count | node.TooWide] = []
        for query, answer in zip(queries, self._ask([self._counted(q) for q in queries]), strict=True):
            try:
                node.check(answer)
            except node.TooWide as problem:
                found.append(problem)
            else:
                found.append(self._count(query, answer))
        return found

    def together(self, queries: Sequence[Dsl]) -> tuple[Count, list[int]]:
        """What any of them finds; and of each query, how much of what it finds another one finds too."""
        try:
            return self._together(queries, apart=False)
        except node.TooWide:
            return self._together(queries, apart=True)

    def _together(self, queries: Sequence[Dsl], *, apart: bool) -> tuple[Count, list[int]]:
        """In two searches of one request, which Elasticsearch answers side by side."""
        either = _at_least(1, queries, apart=apart)
        shared = {"filter": _at_least(2, queries, apart=apart), "aggs": {"each": {"filters": {"filters": list(queries)}}}}
        bodies = [self._counted(either), self._body({"match_all": {}}, {"shared": shared}) | {"track_total_hits": False}]
        all_, several = self._ask(bodies)
        node.check(all_)
        node.check(several)
        buckets = several["aggregations"]["shared"]["each"]["buckets"]
        return self._count(either, all_), [bucket["doc_count"] for bucket in buckets]

    def any(self, queries: Sequence[Dsl]) -> int:
        """How many records any of them finds."""
        try:
            return self._any(_at_least(1, queries))
        except node.TooWide:
            return self._any(_at_least(1, queries, apart=True))

    def _any(self, query: Dsl) -> int:
        [answer] = self._ask([{"size": 0, "pit": self._pit, "query": self._within(query), "track_total_hits": True}])
        node.check(answer)
        return int(answer["hits"]["total"]["value"])

    def _counted(self, query: Dsl) -> Dsl:
        accounts = {"terms": {"field": "account", "size": ACCOUNTS}}
        return self._body(query, {"accounts": accounts, **_conversations()}) | {"track_total_hits": True}

    def _body(self, query: Dsl, aggregations: Dsl) -> Dsl:
        return {"size": 0, "pit": self._pit, "query": self._within(query), "aggs": aggregations}

    def _within(self, query: Dsl) -> Dsl:
        return {"bool": {"filter": [query, *self._clauses]}}

    def _count(self, query: Dsl, answer: Mapping[str, Any]) -> Count:
        """ArchiveError where the parts do not make up the whole: no number is told that is not exact."""
        records, found = answer["hits"]["total"], answer["aggregations"]
        by_account = {bucket["key"]: bucket["doc_count"] for bucket in found["accounts"].get("buckets", ())}
        if records["relation"] != "eq" or sum(by_account.values()) != records["value"]:
            raise ArchiveError("Elasticsearch counts other records by account than in all", "Report this: no count was given.")
        whole = not found["conversations"]["sum_other_doc_count"]
        conversations = found["number"]["count"] if whole else self._many(query, records["value"])
        return Count(records["value"], conversations, dict(sorted(by_account.items())))

    def _many(self, query: Dsl, records: int) -> int:
        """Conversations, in parts."""
        parts = 2 * -(-records // CONVERSATIONS)
        while True:
            answers = self._ask([self._body(query, _conversations(part, parts)) | {"track_total_hits": False} for part in range(parts)])
            for answer in answers:
                node.check(answer)
            if not any(answer["aggregations"]["conversations"]["sum_other_doc_count"] for answer in answers):
                return sum(answer["aggregations"]["number"]["count"] for answer in answers)
            parts *= 2

    def _ask(self, bodies: Sequence[Dsl]) -> list[dict[str, Any]]:
        """In as few requests as BATCH allows."""
        answers: list[dict[str, Any]] = []
        batch: list[Any] = []
        size = 0
        for line in map(orjson.dumps, bodies):
            if batch and size + len(line) > BATCH:
                answers += self._send(batch)
                batch, size = [], 0
            batch += [b"{}", line]
            size += len(line)
        return answers + (self._send(batch) if batch else [])

    def _send(self, searches: list[Any]) -> list[dict[str, Any]]:
        """The answers, in order. What the node had no memory for beside the others is asked again, one after the other."""
        found = self._asked(searches)
        for _ in range(TRIES):
            busy = [place for place, answer in enumerate(found) if answer.get("status") == BUSY]
            if not busy:
                break
            time.sleep(PAUSE)
            again = self._asked([line for place in busy for line in searches[2 * place : 2 * place + 2]], at_once=1)
            for place, answer in zip(busy, again, strict=True):
                found[place] = answer
        return found

    def _asked(self, searches: list[Any], at_once: int | None = None) -> list[dict[str, Any]]:
        """`at_once`: how many of them the node may work at; None: as it likes."""
        with node.speaking():
            answer = self._client.msearch(searches=searches, filter_path=_TOLD, max_concurrent_searches=at_once)
        found: list[dict[str, Any]] = answer.body["responses"]
        return found


def _at_least(number: int, queries: Sequence[Dsl], *, apart: bool = False) -> Dsl:
    """What 1 or 2 of them find. `apart`: each with its own limit of clauses."""
    if not apart:
        return {"bool": {"should": list(queries), "minimum_should_match": number}}
    mode, weight = ("first", 2) if number == 1 else ("sum", 1)  # what no function finds scores 1
    functions = [{"filter": query, "weight": weight} for query in queries]
    return {"function_score": {"functions": functions, "score_mode": mode, "boost_mode": "replace", "min_score": 2}}


def _conversations(part: int = 0, parts: int = 1) -> Dsl:
    own: Dsl = {"include": {"partition": part, "num_partitions": parts}} if parts > 1 else {}
    terms = {"terms": {"field": "root_id", "size": CONVERSATIONS, **own}}
    return {"conversations": terms, "number": {"stats_bucket": {"buckets_path": "conversations>_count"}}}
