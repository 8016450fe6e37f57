"""Requests for several items by their IDs, of which one may fail the whole request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from recordroom.errors import PlatformFailure
from recordroom.model import Exchange


def request_in_halves(
    ids: Sequence[str],
    size: int,
    request: Callable[[Sequence[str]], Exchange],
    check: Callable[[PlatformFailure, Sequence[str]], object],
) -> Iterator[tuple[Sequence[str], Exchange | PlatformFailure]]:
    """Request items, and the halves of a request that fails, down to the items at which it fails.

    size: how many items are requested at once.
    check: raises the failure of a request for some IDs where it does not concern single ones (a throttle).
    Yields the IDs of each request with its answer; a single ID with its failure.
    """
    waiting = [ids[start : start + size] for start in range(0, len(ids), size)]
    while waiting:
        some = waiting.pop(0)
        try:
            answer = request(some)
        except PlatformFailure as failure:
            check(failure, some)
            half = len(some) // 2
            if half:
                waiting[:0] = [some[:half], some[half:]]
            else:
                yield some, failure
        else:
            yield some, answer
