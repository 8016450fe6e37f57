"""What the order of a feed's entries tells: which of them stay on top, and whether entries may have come and
gone unseen.

A feed shows its newest entries. Nothing came between two looks where those that are new stand above one that
was seen before; an entry that stays on top (pinned) says nothing of those below it. It is known by its date:
what stands below it is not older.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from recordroom.model import Record


def may_have_missed(entries: Sequence[Record], holds: Callable[[str], bool]) -> bool:
    """Whether none of these entries, as a feed shows them, proves that nothing came and went since it was
    seen.
    """
    shown = list(entries)
    dates = [at for entry in shown if (at := _date(entry)) is not None]
    if len(dates) > 1 and dates == sorted(dates) and dates[0] < dates[-1]:  # the newest at the end
        shown.reverse()
    new: list[datetime | None] = []
    for entry in reversed(shown):
        if not holds(entry.record_id):
            new.append(_date(entry))
        elif _is_in_place(_date(entry), new):
            return False
    return bool(shown)


def _is_in_place(date: datetime | None, below: Sequence[datetime | None]) -> bool:
    """Whether all of the new ones below it are older: such ones came late into the feed, which may show more
    than it did.
    """
    return all(date is not None and other is not None and other < date for other in below)


def _date(entry: Record) -> datetime | None:
    return entry.published_at or entry.valid_from
