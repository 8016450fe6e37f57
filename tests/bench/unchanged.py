"""unchanged.<what>.<time|requests|memory>: a capture of an account in which nothing has changed costs the
same whatever has been archived.

One thing varies at a time: `records` of the same account (a hundredth of ROWS, ROWS), `captures` made (100, a
hundredth of ROWS), records of `others` in the archive (none, more than ROWS). The window, the platform's
answers and the entries since the last snapshot are the same. Ours: the large; reference: the small; both in
processes of their own, in turns, the first capture of each not counted.

unchanged.requests: the most requests of any of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from statistics import median

from recordroom.capture.run import capture
from recordroom.settings import Settings
from tests.archives import register_of
from tests.bench.archives import Crowds, entry, workspace_of
from tests.bench.crowd import ACCOUNT
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, at_most, below, in_child, in_turns, say
from tests.clock import standing

TURNS, CAPTURES, BAR = 5, 5, 1.3
REQUESTS = 15
WHATS, COSTS = ("records", "captures", "others"), ("time", "requests", "memory")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds and requests to S3 of one capture (medians), resident memory at most in MB."""

    time: float
    requests: float
    memory: float


def run(ground: Ground) -> Iterator[Measure]:
    crowds = ground.crowd
    cases = {
        what: ((crowds.together, f"{what}-many"), (crowds.together, f"{what}-few"))
        for what in ("records", "captures")
    }
    cases["others"] = ((crowds.together, "others"), (crowds.alone, "others"))
    most = 0.0
    for what, (large, little) in cases.items():
        turns = in_turns(TURNS, partial(_cost, crowds, *large), partial(_cost, crowds, *little))
        say(f"unchanged.{what}: {turns[-1][0]}, against {turns[-1][1]}")
        most = max(most, *(ours.requests for ours, _ in turns))
        for cost, unit in zip(COSTS, ("s", "requests", "MB"), strict=True):
            yield at_most(
                f"unchanged.{what}.{cost}",
                [(getattr(a, cost), getattr(b, cost)) for a, b in turns],
                BAR,
                unit,
            )
    yield below("unchanged.requests", most, REQUESTS, "requests")


NAMES = (*(f"unchanged.{what}.{cost}" for what in WHATS for cost in COSTS), "unchanged.requests")
PARTS = (Part(NAMES, True, run),)


def _cost(crowds: Crowds, settings: Settings, name: str) -> Cost:
    found, memory = in_child(captures, crowds, settings, name)
    return Cost(median(seconds for seconds, _ in found), median(requests for _, requests in found), memory)


def captures(crowds: Crowds, settings: Settings, name: str) -> list[tuple[float, int]]:
    """Return (seconds, requests to S3) of some captures, without the first, which opens connections and loads
    modules.
    """
    place, register, found = workspace_of(crowds, settings, name), register_of({"id": name, **ACCOUNT}), []
    with standing(lambda: crowds.end + timedelta(hours=1)):  # the data may be weeks old
        for _ in range(CAPTURES + 1):
            before, began = place.archive.requests + place.derived.requests, time.perf_counter()
            outcome = capture(place, register, entry(name))
            requests = place.archive.requests + place.derived.requests - before
            found.append((time.perf_counter() - began, requests))
            assert (outcome.new, outcome.changed, outcome.failure, outcome.gaps) == (0, 0, None, [])
    return found[1:]
