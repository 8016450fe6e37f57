"""Many searches in few requests, and none of them lost because the node was short of memory for a moment.

Elasticsearch keeps every answer of a request until the last one is there, buckets and all: a request has only so many.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from elasticsearch import Elasticsearch

from recordroom.search import node

BYTES, BUCKETS = 8_000_000, 500_000  # of one request; that many buckets take some 60 MB of the node's memory
BUSY, TRIES, PAUSE = 429, 5, 1.0  # what a node says that has no memory left now; how often it is asked again, how long after (seconds)
Dsl = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Search:
    """`buckets`: about how many its answer has."""

    body: Dsl
    buckets: int = 0


@dataclass(frozen=True, slots=True)
class Batches:
    """`told`: the paths of an answer that are sent back, others are not."""

    client: Elasticsearch
    told: str

    def ask(self, searches: Sequence[Search]) -> list[dict[str, Any]]:
        """The answers, in order; one that failed has `error` and `status`. ServiceUnavailable if Elasticsearch is away."""
        return [answer for batch in _packed(searches) for answer in self._patiently(batch)]

    def _patiently(self, batch: list[bytes]) -> list[dict[str, Any]]:
        """What the node had no memory for beside the others is asked again, one after the other."""
        found = self.send(batch)
        for _ in range(TRIES):
            busy = [place for place, answer in enumerate(found) if answer.get("status") == BUSY]
            if not busy:
                break
            time.sleep(PAUSE)
            again = self.send([batch[place] for place in busy], at_once=1)
            for place, answer in zip(busy, again, strict=True):
                found[place] = answer
        return found

    def send(self, batch: Sequence[bytes], at_once: int | None = None) -> list[dict[str, Any]]:
        """One request. `at_once`: how many of its searches the node may work at; None: as it likes."""
        lines: list[Any] = [line for body in batch for line in (b"{}", body)]  # ready-made: the client would parse and dump them again
        with node.speaking():
            answer = self.client.msearch(searches=lines, filter_path=self.told, max_concurrent_searches=at_once)
        found: list[dict[str, Any]] = answer.body["responses"]
        return found


def _packed(searches: Sequence[Search]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = buckets = 0
    for search in searches:
        line = orjson.dumps(search.body)
        if batch and (size + len(line) > BYTES or buckets + search.buckets > BUCKETS):
            yield batch
            batch, size, buckets = [], 0, 0
        batch.append(line)
        size += len(line)
        buckets += search.buckets
    if batch:
        yield batch
