"""The order within a conversation: its first post, then each answer below what it answers, by time.

An answer stands below its parent whatever the clocks of their servers said. What answers something that is not here stands behind the
first post, by time; parents in a circle (which no platform should tell) stand last, by time: nothing is ever left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby

import pyarrow as pa

Item = tuple[int, int, int | None]  # conversation, item, its parent's item

_CHUNK = 50_000


def arrange(items: Iterable[Item]) -> Iterator[pa.Table]:
    """Tables of (item, position) for items that come by conversation, and in each the first post first, then by time."""
    position, ordered = 0, []
    for _, group in groupby(items, key=lambda i: i[0]):
        ordered.extend(thread([(item, parent) for _, item, parent in group]))
        if len(ordered) >= _CHUNK:
            yield _table(ordered, position)
            position, ordered = position + len(ordered), []
    yield _table(ordered, position)


def thread(items: list[tuple[int, int | None]]) -> list[int]:
    """One conversation of (item, parent) in order of time -> the items, each below its parent."""
    if len(items) == 1:
        return [items[0][0]]
    here = {item for item, _ in items}
    answers: dict[int | None, list[int]] = defaultdict(list)
    for item, parent in items:
        answers[parent if parent in here and parent != item else None].append(item)
    found: list[int] = []
    waiting = answers[None][::-1]
    while waiting:
        item = waiting.pop()
        found.append(item)
        waiting.extend(reversed(answers.get(item, ())))
    if len(found) < len(items):
        done = set(found)
        found.extend(item for item, _ in items if item not in done)
    return found


def _table(ordered: list[int], first: int) -> pa.Table:
    return pa.table({"item": pa.array(ordered, pa.int64()), "position": pa.array(range(first, first + len(ordered)), pa.int64())})
