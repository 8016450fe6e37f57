"""verify: megabytes a second of `recordroom verify`, with all its checks of versions, holds, chains, and
names.

Reference: bare hashlib over the same objects, read from the same store one after the other. A rate: ours /
reference must reach the bar.

verify.full.memory: the additional peak resident memory of `--full`, over an account of ROWS records, in a
process of its own. Rows and state are derived again and must not pile up. The walk of all objects before it
adds some 50 MB.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator

from recordroom.archive import store
from recordroom.archive.ledger import Ledger
from recordroom.archive.verify import verify
from recordroom.capture.derived import verification
from recordroom.register.models import Chain
from recordroom.settings import Settings
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, at_least, below, in_child, in_turns, say

TURNS, BAR, MEMORY = 3, 0.7, 512
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
    entries, peak = in_child(compared, ground.crowd.together, "records-many")
    say(f"verified {entries:,} entries in full with {peak:.0f} MB")
    yield below("verify.full.memory", peak, MEMORY, "MB")


def compared(settings: Settings, name: str) -> int:
    """Return the entries of the account, which have no problem."""
    archive, chain = store.archive(settings), Chain("mastodon", name)
    assert verification.compare_account(archive, store.derived(settings), settings, chain) == []
    return Ledger(archive, chain.ledger).head()


PARTS = (Part(("verify",), True, run), Part(("verify.full.memory",), True, full))


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
