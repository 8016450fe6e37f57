"""verify: megabytes a second of `recordroom verify`, over everything that it checks beside (versions, holds, chains, what manifests name).

Reference: bare hashlib over the same objects, read from the same store one after the other. A rate: ours / reference must reach the bar.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator

from recordroom.archive import store
from recordroom.archive.verify import verify
from recordroom.settings import Settings
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, at_least, in_turns

TURNS, BAR = 3, 0.7
MB = 1e6


def run(ground: Ground) -> Iterator[Measure]:
    settings = ground.story
    yield at_least("verify", in_turns(TURNS, lambda: _ours(settings, _size(settings)), lambda: _reference(settings)), BAR, "MB/s")


PARTS = (Part(("verify",), ("story",), run),)


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
