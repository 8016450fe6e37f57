"""Remove the file of an export that was ordered on the web pages.

The order, its counts, its receipt, and its audit events stay. The steps:
1. The progress of the order says who removes the file. From then on it cannot be downloaded, and of two
   people only one removes it.
2. The archive gets one audit event, however often the removal is tried.
3. The file is deleted.

A file is not removed while a legal hold may cover its records: the hold covers exports too.

The nightly run finishes a removal that was stopped, or for which the archive was unavailable, and removes a
file that a late worker stored after it. A download in progress gets all of the file, or the browser reports
it as incomplete.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from recordroom.archive.audit import trail
from recordroom.archive.audit.trail import EventFilter
from recordroom.archive.store import Store
from recordroom.errors import UsageError
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
from recordroom.retention.holds import in_force
from recordroom.search.searcher import Searcher

BY_ITSELF = "RECORDROOM_EXPORT_DAYS"  # in place of a person, if the setting had it removed
_AUDITED = ("bytes", "sha256", "manifest_sha256")  # of the result


def remove_file(searcher: Searcher, order: Order, who: str) -> None:
    """Remove the file of an order, if there is one.

    UsageError if a hold may cover it. ServiceUnavailable if the archive is unavailable: the file cannot be
    downloaded then, and is deleted once the archive has the event.
    """
    if is_held(searcher, order):
        raise UsageError(
            "a legal hold may cover records of this export, so its file is kept",
            "Ask the person who placed the hold. The file can be removed after its release.",
        )
    _remove(searcher, order, who, lambda now: now.state == DONE)


class NightlyRemovals(NamedTuple):
    """What the nightly run did."""

    removed: int  # files whose order has had no report for so many days
    finished: int  # removals that had been stopped
    left: int  # files of another version of recordroom, which stay
    held: int = 0  # files that are old enough, and that a hold may cover


def remove_old_files(searcher: Searcher, days: int | None) -> NightlyRemovals:
    """Remove files by age, and finish removals that were stopped.

    days: None: none by age.
    """
    removed = finished = left = held = 0
    limit = None if days is None else datetime.now(UTC) - timedelta(days=days)
    for id_ in _list_ids_with_file(searcher.derived):
        try:
            order = orders.read_order(searcher.derived, id_)
            if order is None:
                continue
            if _finish(searcher, order):
                finished += 1
            elif limit is not None and is_held(searcher, order):
                held += _is_older(order, limit, orders.read_progress(searcher.derived, order))
            elif limit is not None:
                removed += _remove(searcher, order, BY_ITSELF, partial(_is_older, order, limit))
        except OtherVersion:
            left += 1
    return NightlyRemovals(removed, finished, left, held)


def is_held(searcher: Searcher, order: Order) -> bool:
    """Return whether a hold in force may cover a record of an export; True in doubt.

    An export that names no accounts may have records of any.
    """
    accounts = order.asked.filters.account
    holds = in_force(searcher.retention.refresh().holds.values())
    return any(not accounts or any(map(hold.scope.reaches, accounts)) for hold in holds)


def remove_late_file(derived: Store, order: Order) -> None:
    """Delete a file that a worker stored after its removal."""
    if orders.read_progress(derived, order).state == REMOVED:
        derived.delete(order.zip_key)


def _list_ids_with_file(derived: Store) -> list[str]:
    return [key.split("/")[1] for key in derived.keys(PREFIX) if key.endswith(".zip")]


def _is_older(order: Order, limit: datetime, now: Progress) -> bool:
    return (now.at or order.when) < limit


def _remove(searcher: Searcher, order: Order, who: str, may: Callable[[Progress], bool]) -> bool:
    """Remove the file if `may` allows it; return whether this call did.

    may: asked again when the progress is replaced.
    """
    began = False

    def begin(then: Progress) -> Progress | None:
        nonlocal began
        began = may(then)
        return Progress(REMOVING, result=then.result, who=who) if began else None

    orders.change_progress(searcher.derived, order, begin)
    return began and _finish(searcher, order, begun=True)


def _finish(searcher: Searcher, order: Order, *, begun: bool = False) -> bool:
    """Continue a removal; return whether there was one.

    begun: just now, so that there is no event of it yet.
    """
    derived, now = searcher.derived, orders.read_progress(searcher.derived, order)
    if now.state not in WITHOUT_FILE:
        return False
    if now.state == REMOVING:
        result = now.result or {}
        event: dict[str, Any] = {name: value for name, value in result.items() if name in _AUDITED}
        event |= {
            "export": order.id,
            "name": order.name,
            "of": order.who,
            "filters": order.asked.filters.to_audit(),
        }
        at = now.at or order.when
        if begun or not _has_event(searcher, order, at):
            searcher.journal.note_deed("export removed", event, now.who, f"export removed {order.id}", at)
        searcher.journal.ship(searcher.archive)
        orders.change_progress(
            derived, order, lambda then: replace(then, state=REMOVED) if then.state == REMOVING else None
        )
    derived.delete(order.zip_key)
    return True


def _has_event(searcher: Searcher, order: Order, at: datetime) -> bool:
    """Return whether a journal here, or the archive, has the event already."""
    wanted = EventFilter(type="export removed", from_=at, to=at)
    found = trail.read_page(searcher.archive, searcher.journal.folder, wanted, 10).events
    return any(event.get("export") == order.id for event in found)
