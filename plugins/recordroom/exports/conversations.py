# ruff: noqa: S608 (the SQL is made of constants of ours, numbers, and names of files of ours)
"""The order of conversations, and the context of what the query found.

The context of a record is each record that it replies to, up to the root post, and all replies below it. A
private conversation has no root post: its context is each of its messages. The context is taken from the
account in which the record was found, as of the same moment and by the same rules: accounts out of scope are
not read, and private messages come only if they were asked for. A record that the query found is never
context.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

import pyarrow as pa

from recordroom.exports.database import WorkDatabase
from recordroom.exports.work_tables import CONTEXT_ITEMS, CONVERSATION_ITEMS, ITEMS, KNOWN_ROWS, PICKED_ROWS
from recordroom.model import MESSAGE

ItemInTime = tuple[int, int, int | None]  # conversation, item, its parent's item

_BATCH = 50_000  # items


def number_positions(items: Iterable[ItemInTime]) -> Iterator[pa.Table]:
    """Yield tables of (item, position), each reply below its parent.

    items: by conversation, in each the root post first, then by time.
    """
    position, ordered = 0, []
    for _, group in groupby(items, key=lambda i: i[0]):
        ordered.extend(order_thread([(item, parent) for _, item, parent in group]))
        if len(ordered) >= _BATCH:
            yield _table_of(ordered, position)
            position, ordered = position + len(ordered), []
    yield _table_of(ordered, position)


def order_thread(items: list[tuple[int, int | None]]) -> list[int]:
    """Return the items of one conversation, each below its parent.

    items: (item, parent), in order of time. A parent that is not among them counts as none.
    """
    if len(items) == 1:
        return [items[0][0]]
    here = {item for item, _ in items}
    replies: dict[int | None, list[int]] = defaultdict(list)
    for item, parent in items:
        replies[parent if parent in here and parent != item else None].append(item)
    found: list[int] = []
    waiting = replies[None][::-1]
    while waiting:
        item = waiting.pop()
        found.append(item)
        waiting.extend(reversed(replies.get(item, ())))
    if len(found) < len(items):  # parents in a circle
        done = set(found)
        found.extend(item for item, _ in items if item not in done)
    return found


def _table_of(ordered: list[int], first: int) -> pa.Table:
    positions = range(first, first + len(ordered))
    return pa.table({"item": pa.array(ordered, pa.int64()), "position": pa.array(positions, pa.int64())})


class ContextItem(NamedTuple):
    """An item of a conversation in which something was found."""

    conversation: int
    item: int
    parent: int | None  # the item that it replies to, if that is known
    is_found: bool
    is_root: bool
    is_private: bool


def add_context(database: WorkDatabase, *, versions: bool, messages: bool) -> None:
    """Add the rows of the context to PICKED_ROWS, marked as such.

    versions: all versions of a record; otherwise the current one.
    messages: private messages too.
    """
    database.create(
        CONVERSATION_ITEMS,
        "SELECT dense_rank() OVER (ORDER BY account, root) AS conversation, i.*"
        f" FROM {ITEMS} i"
        f" SEMI JOIN (SELECT account, root FROM {ITEMS} SEMI JOIN {PICKED_ROWS} USING (item))"
        " USING (account, root)",
    )
    database.retry_with_more_memory(lambda: _fill_context_items(database))
    which = ([] if versions else ["sequence = current"]) + ([] if messages else [f"kind <> '{MESSAGE}'"])
    database.insert(
        PICKED_ROWS,
        "SELECT item, file, row, account, record, sequence, ledger_number, kind, status, public, claimed,"
        " sequences, current, first_seen_at, published, TRUE AS context"
        f" FROM {KNOWN_ROWS} JOIN {ITEMS} USING (account, record) SEMI JOIN {CONTEXT_ITEMS} USING (item)"
        f"{' WHERE ' if which else ''}{' AND '.join(which)}",
    )


def _fill_context_items(database: WorkDatabase) -> None:
    database.create(CONTEXT_ITEMS)
    query = (
        "SELECT i.conversation, i.item, p.item, f.item IS NOT NULL, i.record = i.root, i.private"
        f" FROM {CONVERSATION_ITEMS} i"
        f" LEFT JOIN {CONVERSATION_ITEMS} p ON p.conversation = i.conversation AND p.record = i.parent"
        f" LEFT JOIN (SELECT DISTINCT item FROM {PICKED_ROWS}) f ON f.item = i.item ORDER BY i.conversation"
    )
    for some in _split(find_context(_read_items(database, query))):
        given = pa.table([pa.array(some, pa.int32())], names=["item"])
        database.insert(CONTEXT_ITEMS, "FROM given", given=given)


def _read_items(database: WorkDatabase, query: str) -> Iterator[ContextItem]:
    for batch in database.read_batches(query, _BATCH):
        yield from (ContextItem(*row) for row in zip(*(c.to_pylist() for c in batch.columns), strict=True))


def _split(items: Iterable[int]) -> Iterator[list[int]]:
    """Yield lists of at most _BATCH items."""
    some: list[int] = []
    for item in items:
        some.append(item)
        if len(some) == _BATCH:
            yield some
            some = []
    yield some


def find_context(items: Iterable[ContextItem]) -> Iterator[int]:
    """Yield the items that are context, in no order.

    items: by conversation.
    """
    for _, group in groupby(items, key=lambda i: i.conversation):
        yield from _context_of_one(list(group))


def _context_of_one(items: list[ContextItem]) -> set[int]:
    found = {i.item for i in items if i.is_found}
    roots = {i.item for i in items if i.is_root}
    everything = {i.item for i in items}
    if not found:
        return set()
    if found & roots or (not roots and any(i.is_private for i in items)):
        return everything - found
    parents = {i.item: i.parent for i in items if i.parent is not None}
    replies: dict[int, list[int]] = defaultdict(list)
    for item, parent in parents.items():
        replies[parent].append(item)
    above = _reach(found, lambda item: [parents[item]] if item in parents else [])
    below = _reach(found, lambda item: replies.get(item, []))
    return (above | below | roots) - found


def _reach(start: set[int], steps: Callable[[int], Iterable[int]]) -> set[int]:
    """Return the items that can be reached from these, and these.

    Parents in a circle end where they began.
    """
    reached, waiting = set(start), list(start)
    while waiting:
        for item in steps(waiting.pop()):
            if item not in reached:
                reached.add(item)
                waiting.append(item)
    return reached
