"""Removes the file of an export that was ordered in the room. The order, its counts, its receipt and what the audit says of it stay.

First the order's progress says who removes it: from then on nobody is given it, and of two people one removes it. Then that stands in the
archive, as one event however often it is tried, and only then it is deleted. A removal that was stopped, or for which the archive was away,
and a file that a belated worker put after it, are finished by the next night. Whoever is being sent the file has what the store sends: all
of it, or a download that its browser calls incomplete.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from recordroom.archive.audit import trail
from recordroom.archive.audit.trail import EventFilter
from recordroom.archive.store import Store
from recordroom.exports import orders
from recordroom.exports.orders import (
    DONE,
    PREFIX,
    REMOVED,
    REMOVING,
    WITHOUT_FILE,
    Order,
    OtherVersion,
    Progress,
)
from recordroom.search.searcher import Searcher

BY_ITSELF = "RECORDROOM_EXPORT_DAYS"  # in the place of a person, where the setting says when


def remove(searcher: Searcher, order: Order, who: str) -> None:
    """Nothing happens where there is no file any more, or none yet. ServiceUnavailable where the archive is away: nobody is given the file
    then, and it is deleted once the archive knows of it."""
    _remove(searcher, order, who, lambda now: now.state == DONE)


def nightly(searcher: Searcher, days: int | None) -> tuple[int, int, int]:
    """(files removed since nothing was heard of their order for so many days, removals that were finished, files of another version of
    recordroom, which are left as they are). `days` None: none by age."""
    removed = finished = left = 0
    limit = None if days is None else datetime.now(UTC) - timedelta(days=days)
    for id_ in _with_a_file(searcher.derived):
        try:
            order = orders.read(searcher.derived, id_)
            if order is None:
                continue
            if _finish(searcher, order):
                finished += 1
            elif limit is not None:
                removed += _remove(searcher, order, BY_ITSELF, partial(_is_older, order, limit))
        except OtherVersion:
            left += 1
    return removed, finished, left


def keep_away(derived: Store, order: Order) -> None:
    """Where its file was removed while a worker was at it, what the worker has put since is deleted too."""
    if orders.progress(derived, order).state == REMOVED:
        derived.delete(order.parcel)


def _with_a_file(derived: Store) -> list[str]:
    return [key.split("/")[1] for key in derived.keys(PREFIX) if key.endswith(".zip")]


def _is_older(order: Order, limit: datetime, now: Progress) -> bool:
    return (now.at or order.when) < limit


def _remove(searcher: Searcher, order: Order, who: str, may: Callable[[Progress], bool]) -> bool:
    """Whether it was removed by this: `may` is asked again at the very moment."""
    began = False

    def begin(then: Progress) -> Progress | None:
        nonlocal began
        began = may(then)
        return Progress(REMOVING, result=then.result, who=who) if began else None

    orders.change(searcher.derived, order, begin)
    return began and _finish(searcher, order, begun=True)


def _finish(searcher: Searcher, order: Order, *, begun: bool = False) -> bool:
    """Goes on where a removal stands; whether there was one. `begun`: just now, so that nothing tells of it yet."""
    derived, now = searcher.derived, orders.progress(searcher.derived, order)
    if now.state not in WITHOUT_FILE:
        return False
    if now.state == REMOVING:
        told: dict[str, Any] = {
            name: value
            for name, value in (now.result or {}).items()
            if name in ("bytes", "sha256", "manifest_sha256")
        }
        told |= {
            "export": order.id,
            "name": order.name,
            "of": order.who,
            "filters": order.asked.filters.to_audit(),
        }
        at = now.at or order.when
        if begun or not _is_told(searcher, order, at):
            searcher.journal.note_deed("export removed", told, now.who, f"export removed {order.id}", at)
        searcher.journal.ship(searcher.archive)
        orders.change(
            derived, order, lambda then: replace(then, state=REMOVED) if then.state == REMOVING else None
        )
    derived.delete(order.parcel)
    return True


def _is_told(searcher: Searcher, order: Order, at: datetime) -> bool:
    """Whether a journal of this machine or the archive has the event already."""
    wanted = EventFilter(type="export removed", from_=at, to=at)
    found = trail.read_page(searcher.archive, searcher.journal.folder, wanted, 10).events
    return any(event.get("export") == order.id for event in found)
