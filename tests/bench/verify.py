"""verify: megabytes a second of `recordroom verify`, with all its checks of versions, holds, chains, and
names.

Reference: bare hashlib over the same objects, read from the same store one after the other. A rate: ours /
reference must reach the bar.

verify.full: seconds of `verify --full` over those of its first part, which is `verify`. The archive has
evidence that can be parsed: `--full` derives all rows and states of its accounts again.

verify.full.memory: the peak resident memory of all of that, in a process of its own. Rows and state must not
pile up.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator

from recordroom.archive import store
from recordroom.archive.verify import verify
from recordroom.capture.derived import verification
from recordroom.settings import Settings
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, at_least, at_most, below, in_child, in_turns

TURNS, BAR, FULL, MEMORY = 3, 0.85, 9, 512  # parsing and folding take one core
MB = 1e6


def run(ground: Ground) -> Iterator[Measure]:
    settings = ground.story
    yield at_least(
        "verify",
        in_turns(TURNS, lambda: _ours(settings, _size(settings)), lambda: _reference(settings)),
        BAR,
        "MB/s",
    )


def full(ground: Ground) -> Iterator[Measure]:
    turn, peak = in_child(verify_in_full, ground.crowd.together)
    yield at_most("verify.full", [turn], FULL, "s")
    yield below("verify.full.memory", peak, MEMORY, "MB")


def verify_in_full(settings: Settings) -> tuple[float, float]:
    """Return the seconds of `verify --full`, and of its part that is `verify`."""
    archive, derived = store.archive(settings), store.derived(settings)
    began = time.perf_counter()
    assert verify(archive).problems == []
    plain = time.perf_counter() - began
    assert verification.compare_all(archive, derived, settings) == []
    return time.perf_counter() - began, plain


PARTS = (Part(("verify",), True, run), Part(("verify.full", "verify.full.memory"), True, full))


def _ours(settings: Settings, size: int) -> float:
    began = time.perf_counter()
    report = verify(store.archive(settings))
    seconds = time.perf_counter() - began
    assert report.problems == []
    return size / MB / seconds


def _size(settings: Settings) -> int:
    return sum(version.size for version in store.archive(settings).versions())


def _reference(settings: Settings) -> float:
    archive, size = store.archive(settings), 0
    keys = list(archive.keys(""))
    began = time.perf_counter()
    for key in keys:
        digest = hashlib.sha256()
        for chunk in archive.client.get_object(Bucket=archive.bucket, Key=key)["Body"].iter_chunks(1 << 20):
            digest.update(chunk)
            size += len(chunk)
        digest.hexdigest()
    return size / MB / (time.perf_counter() - began)
