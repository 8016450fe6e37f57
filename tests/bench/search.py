"""search.p50, search.p95: a page of hits by our code, with the audit journal on its disk, against the bare
request to Elasticsearch.

Queries as officers and lawyers ask them, all different, a few in a row within the same dates. Both sides give
twenty hits with highlights and an exact total. The bare request is the one that our code makes, recorded and
sent by the client alone, in turns before and after ours: whichever comes second finds the index warm. `ratio`
is the difference in ms.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import quantiles
from typing import Any

from recordroom.archive import store
from recordroom.search.client import connect
from recordroom.search.filters import Filters
from recordroom.search.searcher import Searcher
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, more_by, say
from tests.story import START
from tests.viewers import officer

SCOPES, QUERIES = 100, 4
WORDS = (
    "closure",
    "budget",
    "levy",
    "graduation",
    "snow",
    "lunches",
    "bond",
    "school",
    "reunión",
    "cierre",
    "board",
    "tickets",
    "Lincoln",
    "bus",
)
PHRASES = (
    "school board",
    "water main break",
    "emergency closure",
    "late start",
    "año escolar",
    "bond measure",
    "budget hearing",
)
FORMS = (
    "{0} AND {1}",
    '"{2}"',
    "{0} OR {1}",
    '"{2}" AND NOT {0}',
    '"{2}"~3 {1}',
    "#SnowDay {0}",
    '({0} OR {1}) AND "{2}"',
    "{0}*",
    "author:ana {0}",
)


def run(ground: Ground) -> Iterator[Measure]:
    settings = ground.story
    searcher, bare = Searcher(settings, store.archive(settings), store.derived(settings)), connect(settings)
    dice = random.Random(4)  # noqa: S311 (no secret: the same queries each time)
    asked = [
        (_query(dice), filters) for filters in (_filters(dice) for _ in range(SCOPES)) for _ in range(QUERIES)
    ]
    for text, filters in asked[:20]:
        _both(searcher, bare, text, filters, before=False)  # warm
    turns = [
        _both(searcher, bare, text, filters, before=bool(number % 2))
        for number, (text, filters) in enumerate(asked[20:])
    ]
    ours, theirs = (quantiles(side, n=20) for side in zip(*turns, strict=True))
    told = ", ".join(f"p{5 * n} {ours[n - 1]:.1f} and {theirs[n - 1]:.1f} ms" for n in (10, 19))
    say(f"{len(turns)} queries over {ground.rows:,} documents: {told}")
    yield more_by("search.p50", ours[9], theirs[9], 7, "ms")
    yield more_by("search.p95", ours[18], theirs[18], 12, "ms")


PARTS = (Part(("search.p50", "search.p95"), True, run),)


def _query(dice: random.Random) -> str:
    return dice.choice(FORMS).format(dice.choice(WORDS), dice.choice(WORDS), dice.choice(PHRASES))


def _filters(dice: random.Random) -> Filters:
    """Mostly a year, else everything."""
    first = START + timedelta(days=dice.randint(0, 1_100), minutes=dice.randint(0, 1_440))
    return Filters() if dice.random() < 0.3 else Filters(from_=first, to=first + timedelta(days=365))


def _both(searcher: Searcher, bare: Any, text: str, filters: Filters, *, before: bool) -> tuple[float, float]:
    """Milliseconds of ours and of the bare request, which is sent within ours or, if not `before`, after it."""
    theirs: list[float] = []
    totals: list[int] = []
    sent: dict[str, Any] = {}
    kept = searcher.client.msearch

    def alone() -> None:
        began = time.perf_counter()
        found = bare.search(**sent)
        theirs.append((time.perf_counter() - began) * 1e3)
        totals.append(found["hits"]["total"]["value"])

    def recorded(*, searches: list[dict[str, Any]]) -> Any:
        sent["index"], sent["body"] = searches[0]["index"], searches[1]
        if before:
            alone()
        return kept(searches=searches)

    searcher.client.msearch = recorded  # type: ignore[method-assign,assignment]
    began = time.perf_counter()
    total = searcher.page(text, filters, viewer=officer(searcher)).total
    ours = (time.perf_counter() - began) * 1e3 - sum(theirs)
    searcher.client.msearch = kept  # type: ignore[method-assign]
    if not before:
        alone()
    assert totals == [total]
    return ours, theirs[0]
