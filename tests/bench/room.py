"""The records room over all records of the story, as a browser requests it: a real server, signed in.

- room.search: a page of results with highlights, compared with the one bare request that gives the same and
  all facets, sent by the client alone, in turns before and after it; p95. Its facets are those of FACETS,
  however the room counts them.
- room.facets: the page and the facets that it requests, one after the other, compared with the same bare
  request.
- room.bytes: the largest of these pages.
- room.record: the page of a post with 5,000 comments compared with that of one with 50.
- room.ten: ten people for a minute, with a second of thought between their searches, compared with one
  person: p95; a failed response fails.

The long conversation belongs to an archive of its own whose records are in the same index.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode

import httpx

from recordroom import clock
from recordroom.model import ZONE
from recordroom.retention.status import STATUSES, make_clause
from recordroom.search.client import connect
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, Turn, at_most, below, say, timed
from tests.bench.search import FORMS, PHRASES, WORDS
from tests.building import DAY, Building, account
from tests.services import Buckets

SEARCHES, PEOPLE, SECONDS, THOUGHT, TURNS = 200, 10, 60, 1.0, 15
# how a page counted its facets at first, with nothing chosen
FACETS: dict[str, Any] = {
    name: {"filter": {"bool": {"filter": []}}, "aggs": own} for name, own in {
        **{
            name: {"values": {"terms": {"field": name, "size": 1_000}}}
            for name in ("account", "platform", "kind", "status")
        },
        **{
            name: {
                "values": {"terms": {"field": field, "size": 1_000}}, "none": {"missing": {"field": field}},
            }
            for name, field in (("media", "media.type"), ("series", "series"))
        },
        "retention": {
            "values": {"filters": {"filters": {one: make_clause(one, clock.today()) for one in STATUSES}}}
        },
        "year": {
            "values": {
                "date_histogram": {
                    "field": "published_at", "calendar_interval": "year", "time_zone": str(ZONE),
                    "format": "yyyy", "min_doc_count": 1, "order": {"_key": "desc"},
                }
            }
        },
        "author": {
            "values": {
                "terms": {"field": "author_id", "size": 12},
                "aggs": {"who": {"top_hits": {
                    "size": 1, "_source": ["author_name", "author_handle", "platform"],
                    "sort": [{"captured_at": "desc"}],
                }}},
            }
        },
    }.items()
}  # fmt: skip
Times = tuple[float, float, float]  # milliseconds of the page, of page and facets, and of the bare request
TALKS, PART = {"short": 50, "long": 5_000}, 51  # answers; records of a segment


def run(ground: Ground) -> Iterator[Measure]:
    with tempfile.TemporaryDirectory() as folder, _opened(_talks(ground, Path(folder))) as (url, searcher):
        room = httpx.Client(base_url=url, timeout=60, trust_env=False)
        dice = random.Random(6)  # noqa: S311 (no secret: the same queries each time)
        turns, largest = _searches(room, searcher, connect(ground.story), dice)
        ours, both, theirs = (quantiles(side, n=20)[18] for side in zip(*turns, strict=True))
        say(
            f"{len(turns)} pages of results: p95 {ours:.0f} ms, with their facets {both:.0f} ms, the bare"
            f" requests {theirs:.0f} ms, the largest {largest / 1e3:.0f} kB"
        )
        yield at_most("room.search", [(ours, theirs)], 0.8, "ms")
        yield at_most("room.facets", [(both, theirs)], 1.6, "ms")
        yield below("room.bytes", largest / 1e3, 100, "kB")
        yield at_most("room.record", [_records(room) for _ in range(TURNS)], 1.3, "ms")
        alone, together = (_crowd(url, people) for people in (1, PEOPLE))
        say(f"one person p95 {alone:.0f} ms, {PEOPLE} people {together:.0f} ms")
        yield at_most("room.ten", [(together, alone)], 3, "ms")


PARTS = (Part(("room.search", "room.facets", "room.bytes", "room.record", "room.ten"), True, run),)


def _talks(ground: Ground, folder: Path) -> Building:
    building = Building.at(ground.s3, Buckets(), folder, ground.elasticsearch, ground.story.index)
    building.register(account("talk", "wordpress"))
    for hour, (name, number) in enumerate(TALKS.items()):
        root = f"wordpress:talk/{name}"
        told: dict[str, Any] = {"root_id": root, "author_name": "A parent", "author_id": "p1"}
        post: dict[str, Any] = {"record_id": root, "text": "What do you think?", "published_at": DAY, **told}
        comments = [_comment(root, n) | told for n in range(1, number + 1)]
        rows = [post, *comments]
        # entries of one size: a page reads that of its record
        parts = [rows[n : n + PART] for n in range(0, len(rows), PART)]
        building.capture("talk", *parts, at=DAY + timedelta(days=30, hours=hour))
    building.index()
    return building


def _comment(root: str, number: int) -> dict[str, Any]:
    """Every third answers the one before it."""
    parent = root if number % 3 else f"{root}/{number - 1}"
    told = {
        "kind": "comment" if number % 3 else "reply",
        "text": f"Opinion {number}",
        "published_at": DAY + timedelta(minutes=number),
    }
    return {"record_id": f"{root}/{number}", "parent_id": parent, **told}


@contextmanager
def _opened(building: Building) -> Iterator[tuple[str, Any]]:
    """(the room's address, the searcher that it works with)."""
    # here: all processes of the bench read this file, and Airflow takes seconds and memory
    from recordroom.rights import Right
    from recordroom.web import deps
    from recordroom.web.auth import Person
    from tests.web.seated import seated, served

    with seated(building, lambda: Person("records-officer", frozenset(Right))) as room, served(room) as url:
        yield url, deps.get_searcher()


def _searches(room: httpx.Client, searcher: Any, bare: Any, dice: random.Random) -> tuple[list[Times], int]:
    """(times of each search; bytes of the largest page)."""
    found = [
        _search(room, searcher, bare, _asked(dice), before=bool(number % 2))
        for number in range(SEARCHES + 20)
    ][20:]  # warm by then
    return [turn for turn, _ in found], max(size for _, size in found)


def _search(room: httpx.Client, searcher: Any, bare: Any, asked: str, *, before: bool) -> tuple[Times, int]:
    """The bare request is sent behind the page or, `before`, within it just before the page's own: whichever
    comes second finds the index warm.
    """
    sent: list[dict[str, Any]] = []
    theirs: list[float] = []
    kept = searcher.client.msearch

    def alone() -> None:
        theirs.append(timed(lambda: bare.search(index=searcher.alias, body=sent[0])) * 1e3)

    def recorded(*, searches: list[dict[str, Any]], **more: Any) -> Any:
        if "highlight" in searches[1]:
            sent.append({**searches[1], "aggs": FACETS})
            if before:
                alone()
        return kept(searches=searches, **more)

    searcher.client.msearch = recorded
    began = time.perf_counter()
    page = room.get(asked)
    ours = (time.perf_counter() - began) * 1e3 - sum(theirs)
    searcher.client.msearch = kept
    page.raise_for_status()
    if not before:
        alone()
    facets = _timed(room, asked.replace("/search?", "/search/facets?"))
    return (ours, ours + facets, theirs[0]), len(page.content)


def _asked(dice: random.Random) -> str:
    words = dice.choice(FORMS).format(dice.choice(WORDS), dice.choice(WORDS), dice.choice(PHRASES))
    year = dice.randint(2021, 2025)
    within = {} if dice.random() < 0.3 else {"from": f"{year}-0{dice.randint(1, 9)}", "to": f"{year + 1}"}
    return f"/search?{urlencode({'q': words, 'sort': dice.choice(('newest', 'best')), **within})}"


def _records(room: httpx.Client) -> Turn:
    """Milliseconds of the long one's page and of the short one's."""
    long, short = (
        median(_timed(room, f"/record?id=wordpress:talk/{name}") for _ in range(3))
        for name in ("long", "short")
    )
    return long, short


def _timed(room: httpx.Client, address: str) -> float:
    began = time.perf_counter()
    room.get(address).raise_for_status()
    return (time.perf_counter() - began) * 1e3


def _crowd(url: str, people: int) -> float:
    """Their p95 in milliseconds."""
    until = time.monotonic() + SECONDS

    def searching(number: int) -> list[float]:
        dice, found = random.Random(number), []  # noqa: S311 (no secret)
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as room:
            time.sleep(dice.random() * THOUGHT)
            while time.monotonic() < until:
                found.append(_timed(room, _asked(dice)))
                time.sleep(THOUGHT)
        return found

    with ThreadPoolExecutor(people) as pool:
        times = [one for own in pool.map(searching, range(people)) for one in own]
    return quantiles(times, n=20)[18]
