# ruff: noqa: S608 (the SQL is made of constants of ours, numbers, and names of files of ours)
"""The context of what was found: what each record answers, up to the first post of its conversation, and all answers below it. Of a private
conversation, which has no first post, that is every message.

It stands within the account that the record was found in, at the same `as_of` and under the same rules: accounts that are out of scope are
not there to be read, and private messages come only where they were asked for. What was found is never context.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

import pyarrow as pa

from recordroom.exports.database import Desk
from recordroom.model import MESSAGE

Place = tuple[int, int, int | None]  # conversation, item, its parent's item

_CHUNK = 50_000


def arrange(items: Iterable[Place]) -> Iterator[pa.Table]:
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
    return pa.table(
        {
            "item": pa.array(ordered, pa.int64()),
            "position": pa.array(range(first, first + len(ordered)), pa.int64()),
        }
    )


_BATCH = 50_000


class Item(NamedTuple):
    """`parent`: the item that it answers, where that is here. `first`: the conversation begins with it."""

    conversation: int
    item: int
    parent: int | None
    found: bool
    first: bool
    private: bool


def add(desk: Desk, *, versions: bool, messages: bool) -> None:
    """Put the rows of the context into `picked`, marked as such: the current ones, or all versions."""
    desk.run(
        "CREATE TABLE kin AS SELECT dense_rank() OVER (ORDER BY account, root) AS conversation, i.* FROM item i"
        " SEMI JOIN (SELECT account, root FROM item SEMI JOIN picked USING (item)) USING (account, root)"
    )
    desk.enough(lambda: _relate(desk))
    which = ([] if versions else ["sequence = current"]) + ([] if messages else [f"kind <> '{MESSAGE}'"])
    desk.run(
        "INSERT INTO picked BY NAME SELECT item, file, row, account, record, sequence, ledger_number, kind, status, sequences, current,"
        " first_seen_at, published, public, claimed, TRUE AS context"
        " FROM known JOIN item USING (account, record) SEMI JOIN related USING (item)"
        f"{' WHERE ' if which else ''}{' AND '.join(which)}"
    )


def _relate(desk: Desk) -> None:
    """Fill `related` with the items of the context."""
    desk.run("CREATE OR REPLACE TABLE related (item INT)")
    query = (
        "SELECT i.conversation, i.item, p.item, f.item IS NOT NULL, i.record = i.root, i.private FROM kin i"
        " LEFT JOIN kin p ON p.conversation = i.conversation AND p.record = i.parent"
        " LEFT JOIN (SELECT DISTINCT item FROM picked) f ON f.item = i.item ORDER BY i.conversation"
    )
    for some in _blocks(related(_items(desk, query))):
        desk.run(
            "INSERT INTO related FROM given", given=pa.table([pa.array(some, pa.int32())], names=["item"])
        )


def _items(desk: Desk, query: str) -> Iterator[Item]:
    for batch in desk.batches(query, _BATCH):
        yield from (Item(*row) for row in zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _blocks(items: Iterable[int]) -> Iterator[list[int]]:
    some: list[int] = []
    for item in items:
        some.append(item)
        if len(some) == _BATCH:
            yield some
            some = []
    yield some


def related(items: Iterable[Item]) -> Iterator[int]:
    """The context of items that come by conversation, in no order."""
    for _, group in groupby(items, key=lambda i: i.conversation):
        yield from _within(list(group))


def _within(items: list[Item]) -> set[int]:
    """Of one conversation."""
    found = {i.item for i in items if i.found}
    first = {i.item for i in items if i.first}
    everything = {i.item for i in items}
    if not found:
        return set()
    if found & first or (not first and any(i.private for i in items)):
        return everything - found
    parents = {i.item: i.parent for i in items if i.parent is not None}
    answers: dict[int, list[int]] = defaultdict(list)
    for item, parent in parents.items():
        answers[parent].append(item)
    above = _reached(found, lambda item: [parents[item]] if item in parents else [])
    below = _reached(found, lambda item: answers.get(item, []))
    return (above | below | first) - found


def _reached(start: set[int], steps: Callable[[int], Iterable[int]]) -> set[int]:
    """What can be reached from these, with them; parents in a circle end where they began."""
    reached, waiting = set(start), list(start)
    while waiting:
        for item in steps(waiting.pop()):
            if item not in reached:
                reached.add(item)
                waiting.append(item)
    return reached
