"""classify, hold.count: the two acts of people on very many records.

classify: documents a second that follow a decision on CLASSIFIED records: the entries of the ledger are
stored, the index reads, derives, and writes. Reference: the client's own `parallel_bulk` in two threads with
the same documents, ready-made in memory, over the same index. Both end with a refresh.

hold.count: milliseconds to count what a hold by query covers, among all rows. Reference: the same request by
the client alone.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from typing import Any

from elasticsearch.helpers import parallel_bulk

from recordroom.archive import store
from recordroom.archive.store import Store
from recordroom.retention import decisions, hold_entries, ledger
from recordroom.retention.holds import HoldScope
from recordroom.search.access import Viewer
from recordroom.search.client import connect
from recordroom.search.hold_counts import count_covered
from recordroom.search.index.indexer import Index
from recordroom.search.searcher import Searcher
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, Turn, at_least, at_most, say
from tests.bench.search import PHRASES, WORDS
from tests.viewers import officer

CLASSIFIED, TURNS, BAR = 100_000, 3, 0.5
COUNT_BAR, COUNTS = 1.4, 100


def classify(ground: Ground) -> Iterator[Measure]:
    settings = ground.story
    archive, index = (
        store.archive(settings),
        Index(settings, store.archive(settings), store.derived(settings)),
    )
    searcher = Searcher(settings, archive, store.derived(settings))
    chosen = _choose_records(searcher, min(CLASSIFIED, ground.rows // 10))
    act_id, turns = secrets.token_hex(16), []
    for turn in range(TURNS):  # each turn changes every document: decided, revoked, decided again
        if turn % 2:
            _append(archive, decisions.REVOKED, {"act_id": act_id, "revokes": True, "reason": "bench"})
        else:
            act_id = secrets.token_hex(16)
            _decide(archive, act_id, chosen)
        began = time.perf_counter()
        written = index.catch_up().documents
        ours = written / (time.perf_counter() - began)
        found = list(_read_documents(searcher, chosen))
        assert written == len(found), (written, len(found))
        assert all(one["_source"]["series_decided"] == (turn % 2 == 0) for one in found)
        began = time.perf_counter()
        for _ in parallel_bulk(index.client, found, thread_count=2):
            pass
        index.client.indices.refresh(index=settings.index)
        turns.append((ours, len(found) / (time.perf_counter() - began)))
        say(f"{written:,} documents: {turns[-1][0]:,.0f}/s, the client alone {turns[-1][1]:,.0f}/s")
    yield at_least("classify", turns, BAR, "documents/s")


def count(ground: Ground) -> Iterator[Measure]:
    settings = ground.story
    searcher, bare = Searcher(settings, store.archive(settings), store.derived(settings)), connect(settings)
    viewer = officer(searcher)
    texts = [
        f'{word} OR "{phrase}" OR {number}' for number in range(9) for word in WORDS for phrase in PHRASES
    ]
    for text in texts[:COUNTS]:  # warm: the second of two equal requests is answered from caches
        _count_both(searcher, bare, text, viewer)
    turns = [_count_both(searcher, bare, text, viewer) for text in texts[:COUNTS]]
    yield at_most("hold.count", turns, COUNT_BAR, "ms")


PARTS = (
    Part(("classify",), True, classify),
    Part(("hold.count",), True, count),
)


def _choose_records(searcher: Searcher, most: int) -> list[str]:
    body = {"query": {"term": {"current": True}}, "sort": ["_shard_doc"], "_source": ["record_id"]}
    found: dict[str, None] = {}
    for hit in searcher.read_hits(body):
        found[hit["_source"]["record_id"]] = None
        if len(found) == most:
            break
    return sorted(found)


def _decide(archive: Store, act_id: str, records: list[str]) -> None:
    parts = hold_entries.split_scope(HoldScope(records=frozenset(records)))
    for number, scope in enumerate(parts, 1):
        body = {"act_id": act_id, "part": number, "parts": len(parts), "series": "S1", "reason": "bench"}
        _append(archive, decisions.DECIDED, {**body, "scope": scope.to_body()})


def _append(archive: Store, type_: str, body: dict[str, Any]) -> None:
    ledger.append(archive, type_, lambda _: body, "bench")


def _read_documents(searcher: Searcher, records: list[str]) -> Iterator[dict[str, Any]]:
    """Yield every document of the records, as a bulk request has it."""
    for start in range(0, len(records), 1_000):
        body = {
            "query": {"terms": {"record_id": records[start : start + 1_000]}},
            "sort": ["_shard_doc"],
            "version": True,
        }
        for hit in searcher.read_hits(body):
            yield {
                "_index": searcher.alias, "_id": hit["_id"], "_source": hit["_source"],
                "version": hit["_version"], "version_type": "external_gte",
            }  # fmt: skip


def _count_both(searcher: Searcher, bare: Any, text: str, viewer: Viewer) -> Turn:
    """Return milliseconds of ours and of the bare request."""
    sent: list[dict[str, Any]] = []
    kept = searcher.client.msearch

    def recorded(*, searches: list[dict[str, Any]]) -> Any:
        sent[:] = searches
        return kept(searches=searches)

    searcher.client.msearch = recorded  # type: ignore[method-assign,assignment]
    began = time.perf_counter()
    [ours] = count_covered(searcher.client, searcher.alias, [HoldScope(query=text)], viewer)
    between = time.perf_counter()
    searcher.client.msearch = kept  # type: ignore[method-assign]
    middle = time.perf_counter()
    [found] = bare.msearch(searches=sent)["responses"]
    after = time.perf_counter()
    assert found["hits"]["total"]["value"] == ours
    return (between - began) * 1e3, (after - middle) * 1e3
