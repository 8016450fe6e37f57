"""Send documents to Elasticsearch.

Bulk requests in two threads, each answered (and durable) before its batch is finished.

The next batch is made while one is being sent: `find` knows the documents of both.

A stale version (409) is expected in a replay, and ignored. Any other refusal of a document is an error: an
index must not silently miss a record.
"""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Self, TypeVar, cast

import orjson
from elasticsearch import Elasticsearch

from recordroom.errors import ArchiveError, ServiceUnavailable
from recordroom.search.client import IndexMissing, speaking, there
from recordroom.search.index.documents import Document

T = TypeVar("T")
BULK_BYTES = 2 * 1024 * 1024
THREADS = 2
ASKED_AT_ONCE = 500
TRIES = 5
_FIELD = re.compile(r"field(?: \[|=\")([\w.]+)")  # `failed to parse field [published_at] of type [date]`
_STALE, _BUSY = "version_conflict_engine_exception", "es_rejected_execution_exception"


class Batch:
    """Documents that are being sent.

    `id -> document`, and the bulk requests that carry them.
    """

    def __init__(self, documents: Iterable[tuple[str, int, Document]]) -> None:
        self.versioned = list(documents)
        self.documents = {name: document for name, _, document in self.versioned}
        self.requests: list[Future[None]] = []

    def finish(self) -> None:
        """Return when all are durable.

        Raise the first failure once every request has ended.
        """
        failures = [problem for request in self.requests if (problem := request.exception())]
        if failures:
            raise failures[0]


class Loader:
    """Sends batches. target: the alias that only the index to be filled has."""

    def __init__(self, client: Elasticsearch, target: str) -> None:
        self._client = client
        self._target = target
        self._pool = ThreadPoolExecutor(THREADS)
        self._last = Batch(())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def find(self, ids: list[str]) -> dict[str, Document]:
        """Return id -> document, as last written or being sent."""
        found = {name: self._last.documents[name] for name in ids if name in self._last.documents}
        wanted = [name for name in ids if name not in found]
        for start in range(0, len(wanted), ASKED_AT_ONCE):
            with speaking():
                answer = self._client.mget(index=self._target, ids=wanted[start : start + ASKED_AT_ONCE])
            found |= {d["_id"]: d["_source"] for d in there(answer["docs"])}
        return found

    def start(self, documents: Iterable[tuple[str, int, Document]]) -> Batch:
        """Send (id, version, document). Finish the batch before the previous one first."""
        batch = self._last = Batch(documents)
        for body in _bodies(batch.versioned):
            batch.requests.append(self._pool.submit(self._send, body))
            if len(batch.requests) > 2 * THREADS:
                batch.requests[-2 * THREADS].exception()  # no more than that wait in memory
        return batch

    def _send(self, body: bytes) -> None:
        for attempt in range(TRIES):
            with speaking():
                answer = self._client.bulk(
                    operations=cast(Any, body),
                    index=self._target,
                    require_alias=True,
                    filter_path="errors,items.*.error",
                )
            if not answer["errors"]:
                return
            errors = [item["index"]["error"] for item in answer["items"]]
            if errors[0]["type"] == "index_not_found_exception":
                raise IndexMissing(
                    f"the index was replaced meanwhile: {errors[0]['reason']}", "Run it again."
                )
            refused = [e for e in errors if e["type"] not in (_STALE, _BUSY)]
            if refused:
                # the rest may repeat a value: logs and receipts get these words
                field = _FIELD.search(refused[0]["reason"])
                where = f", at its field {field[1]}" if field else ""
                raise ArchiveError(
                    f"Elasticsearch refused a document: {refused[0]['type']}{where}", "Report this."
                )
            if all(e["type"] == _STALE for e in errors):
                return
            time.sleep(2**attempt)
        raise ServiceUnavailable(
            "Elasticsearch is too busy to index",
            "Wait for the next capture, or run `recordroom rebuild index`.",
        )


@contextmanager
def without_collecting() -> Iterator[None]:
    """Run without garbage collection.

    A million documents have no cycle, and searching for one took longer than making them.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield the items; each is made in another thread while the one before it is used."""
    iterator = iter(items)
    done = object()
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, iterator, done)
        while (item := coming.result()) is not done:
            coming = pool.submit(next, iterator, done)
            yield cast(T, item)


def _bodies(documents: Iterable[tuple[str, int, Document]]) -> Iterator[bytes]:
    """Yield bulk bodies of about BULK_BYTES."""
    parts: list[bytes] = []
    size = 0
    for name, version, document in documents:
        source = orjson.dumps(document)
        parts.append(
            b'{"index":{"_id":"%b","version":%d,"version_type":"external_gte"}}\n%b\n'
            % (name.encode(), version, source)
        )
        size += len(source)
        if size >= BULK_BYTES:
            yield b"".join(parts)
            parts, size = [], 0
    if parts:
        yield b"".join(parts)
