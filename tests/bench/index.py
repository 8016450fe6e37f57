"""index: documents a second from Parquet into Elasticsearch, by the code that captures and rebuilds run: one
account's whole history.

Reference: the client's own `parallel_bulk` in two threads with the same documents, ready-made in memory, into
an index of the same mapping. Both end with a refresh. A rate: ours / reference must reach the bar.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import parallel_bulk

from recordroom.archive import store
from recordroom.search.client import connect
from recordroom.search.index import mapping
from recordroom.search.index.indexer import Index
from recordroom.search.searcher import Searcher
from recordroom.settings import Settings
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, at_least, in_turns, say

ACCOUNT, TURNS, BAR = "news", 3, 0.6
Documents = list[dict[str, Any]]


def run(ground: Ground) -> Iterator[Measure]:
    settings = ground.story
    client = connect(settings)
    documents = _documents(settings)
    turns = in_turns(
        TURNS, lambda: _ours(settings, client, len(documents)), lambda: _reference(client, documents)
    )
    yield at_least("index", turns, BAR, "documents/s")


PARTS = (Part(("index",), True, run),)


def _filled(settings: Settings) -> float:
    """Seconds to fill a new index."""
    began = time.perf_counter()
    Index(settings, store.archive(settings), store.derived(settings)).catch_up([ACCOUNT])
    return time.perf_counter() - began


def _ours(settings: Settings, client: Elasticsearch, count: int) -> float:
    own = settings.model_copy(update={"index": "bench-ours"})
    rate = count / _filled(own)
    client.indices.delete(index=f"{own.index}-000001")
    return rate


def _documents(settings: Settings) -> Documents:
    """The account's documents, as ours makes them."""
    own = settings.model_copy(update={"index": "bench-documents"})
    _filled(own)
    searcher = Searcher(own, store.archive(own), store.derived(own))
    body = {"query": {"match_all": {}}, "sort": ["_shard_doc"]}
    found = [
        {"_index": "bench-reference", "_id": hit["_id"], "_source": hit["_source"]}
        for hit in searcher.read_hits(body)
    ]
    searcher.client.indices.delete(index=f"{own.index}-000001")
    say(f"{len(found):,} documents are ready-made")
    gc.collect()
    gc.freeze()  # neither side reads what it has
    return found


def _reference(client: Elasticsearch, documents: Documents) -> float:
    client.indices.create(index="bench-reference", mappings=mapping.mapping(), settings=mapping.settings())
    began = time.perf_counter()
    for _ in parallel_bulk(client, documents, thread_count=2):
        pass
    client.indices.refresh(index="bench-reference")
    rate = len(documents) / (time.perf_counter() - began)
    client.indices.delete(index="bench-reference")
    return rate
