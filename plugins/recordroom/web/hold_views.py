"""Holds as one viewer may see them: the pages Holds and Home show the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from recordroom import clock, settings
from recordroom.records.holds import may_read
from recordroom.retention.holds import Hold
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher
from recordroom.web import titles


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold as one viewer may see it."""

    hold: Hold
    is_readable: bool  # otherwise only that it exists
    accounts: tuple[str, ...] = ()  # of its scope, those that the viewer may see
    others: int = 0  # accounts of its scope that the viewer may not see
    is_overdue: bool = False  # its review
    may_end: bool = False  # its request was closed long enough ago


def list_views(searcher: Searcher, viewer: Viewer) -> list[HoldView]:
    """Return every hold as the viewer may see it: the newest first.

    ServiceUnavailable if the bucket is away.
    """
    today = clock.today()
    found = searcher.retention.now().holds.values()
    kept_for = timedelta(days=settings.load().request_hold_days)
    return [_view(hold, viewer, today, kept_for) for hold in reversed(list(found))]


def _view(hold: Hold, viewer: Viewer, today: date, kept_for: timedelta) -> HoldView:
    hidden = frozenset(viewer.hidden_accounts)
    seen = tuple(sorted(hold.scope.accounts - hidden))
    overdue = hold.review_on is not None and hold.review_on < today
    ended = hold.closed_on is not None and hold.closed_on + kept_for <= today
    return HoldView(hold, may_read(hold, viewer), seen, len(hold.scope.accounts & hidden), overdue, ended)


def list_notices(views: list[HoldView]) -> Iterator[str]:
    """Yield what the holds in force ask of people, for the home page."""
    for view in views:
        hold = view.hold
        if not (hold.in_force and view.is_readable):
            continue
        waiting = [titles.name_account(name) for name in view.accounts if name not in hold.acknowledged]
        if waiting:
            yield (
                f"The hold \u201c{hold.title}\u201d covers {', '.join(waiting)}. Do not delete, hide, or edit"
                " anything there. The owner acknowledges this on the page Holds."
            )
        if view.is_overdue:
            yield f"The review of the hold \u201c{hold.title}\u201d is overdue. Review it on the page Holds."
