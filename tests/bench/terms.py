"""terms: a term report of 1,000 terms, with the audit journal on its disk, compared with the hits alone.

The terms are all different, as lawyers list them. The reference is one multi-search of the client alone: the
hits of each term by account, and an estimate of its conversations. It has no exact number of conversations,
and nothing that depends on several terms. Elasticsearch caches nothing of one side for the other.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from recordroom.archive import store
from recordroom.search import client
from recordroom.search.counting import PATIENCE
from recordroom.search.searcher import Searcher
from recordroom.search.term_list import MOST, TermList, parse_text
from recordroom.search.term_report import count_terms
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, Turn, at_most, say, timed
from tests.bench.search import FORMS, PHRASES, WORDS
from tests.viewers import officer

TURNS = 3
MOST_TIMES = 3  # of the hits alone; 12.8 when each conversation of each term had a bucket


def run(ground: Ground) -> Iterator[Measure]:
    settings = ground.story
    searcher = Searcher(settings, store.archive(settings), store.derived(settings))
    bare = client.connect(settings, PATIENCE)
    dice = random.Random(5)  # noqa: S311 (no secret: the same lists each time)
    turns = [_turn(searcher, bare, _list(dice)) for _ in range(TURNS)]
    yield at_most("terms", turns, MOST_TIMES, "s")


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
    _forget(searcher)
    ours = timed(lambda: count_terms(searcher, terms, viewer=officer(searcher)))
    _forget(searcher)
    searches = [part for line in terms.lines for part in _hits(searcher.alias, line.query)]
    theirs = timed(lambda: bare.msearch(searches=searches))
    say(f"{len(terms.lines):,} terms: ours {ours:.1f} s, hits and estimates alone {theirs:.1f} s")
    return ours, theirs


def _forget(searcher: Searcher) -> None:
    searcher.client.indices.clear_cache(index=searcher.alias)


def _hits(index: str, query: Any) -> Iterator[dict[str, Any]]:
    yield {"index": index}
    estimates = {
        "accounts": {"terms": {"field": "account"}},
        "conversations": {"cardinality": {"field": "root_id"}},
    }
    wanted = [query.dsl, {"term": {"current": True}}] if query else [{"match_none": {}}]
    yield {"size": 0, "track_total_hits": True, "query": {"bool": {"filter": wanted}}, "aggs": estimates}
