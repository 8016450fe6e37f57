"""terms: a term report of 1,000 terms, with the audit journal on its disk, compared with the bare
multi-search.

The terms are all different, as lawyers list them. The bare side sends the requests that our code made,
recorded, by the client alone, at a point in time of its own. Elasticsearch caches nothing of one side for the
other. The result also has the time of a smaller multi-search: the hits of each term and an estimate of its
conversations, without what only one term finds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import pytest

from recordroom.archive import store
from recordroom.search import client
from recordroom.search.client import Batches
from recordroom.search.counting import PATIENCE
from recordroom.search.searcher import KEEP_ALIVE, Searcher
from recordroom.search.term_list import MOST, TermList, parse_text
from recordroom.search.term_report import count_terms
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, Turn, at_most, say, timed
from tests.bench.search import FORMS, PHRASES, WORDS
from tests.viewers import officer

TURNS = 3


def run(ground: Ground) -> Iterator[Measure]:
    settings = ground.story
    searcher = Searcher(settings, store.archive(settings), store.derived(settings))
    bare = client.connect(settings, PATIENCE)
    dice = random.Random(5)  # noqa: S311 (no secret: the same lists each time)
    turns = [_turn(searcher, bare, _list(dice)) for _ in range(TURNS)]
    yield at_most("terms", turns, 1.2, "s")


PARTS = (Part(("terms",), True, run),)


def _list(dice: random.Random) -> TermList:
    found: dict[str, None] = {}
    while len(found) < MOST:
        found[
            f"{dice.choice(FORMS)} {dice.choice(WORDS)}".format(
                dice.choice(WORDS), dice.choice(WORDS), dice.choice(PHRASES)
            )
        ] = None
    return parse_text("\n".join(found))


def _turn(searcher: Searcher, bare: Any, terms: TermList) -> Turn:
    sent: list[tuple[str, list[bytes]]] = []
    send = Batches.send

    def recorded(self: Batches, batch: Sequence[bytes], at_once: int | None = None) -> Any:
        if at_once is None:
            sent.append((self.told, list(batch)))
        return send(self, batch, at_once)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Batches, "send", recorded)
        _forget(searcher)
        ours = timed(lambda: count_terms(searcher, terms, viewer=officer(searcher)))
    _forget(searcher)
    with searcher.open_point() as point:
        again = [
            (told, [line for body in batch for line in (b"{}", _at(body, point))]) for told, batch in sent
        ]
        theirs = timed(lambda: [bare.msearch(searches=lines, filter_path=told) for told, lines in again])
    _forget(searcher)
    less = timed(
        lambda: bare.msearch(
            searches=[part for line in terms.lines for part in _less(searcher.alias, line.query)]
        )
    )
    say(
        f"{len(terms.lines):,} terms: ours {ours:.1f} s, the bare requests {theirs:.1f} s, hits and estimates"
        f" alone {less:.1f} s"
    )
    return ours, theirs


def _forget(searcher: Searcher) -> None:
    searcher.client.indices.clear_cache(index=searcher.alias)


def _at(body: bytes, point: str) -> bytes:
    """The same search at another point in time."""
    return orjson.dumps(orjson.loads(body) | {"pit": {"id": point, "keep_alive": KEEP_ALIVE}})


def _less(index: str, query: Any) -> Iterator[dict[str, Any]]:
    yield {"index": index}
    estimates = {
        "accounts": {"terms": {"field": "account"}},
        "conversations": {"cardinality": {"field": "root_id"}},
    }
    wanted = [query.dsl, {"term": {"current": True}}] if query else [{"match_none": {}}]
    yield {"size": 0, "track_total_hits": True, "query": {"bool": {"filter": wanted}}, "aggs": estimates}
