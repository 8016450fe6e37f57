"""Holds as one viewer may see them: the pages Holds and Home show the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from recordroom import clock, settings
from recordroom.records.hold_instructions import AskedAccounts, find_asked_accounts
from recordroom.records.holds import may_read
from recordroom.retention.holds import Hold
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold as one viewer may see it."""

    hold: Hold
    is_readable: bool  # otherwise only that it exists
    accounts: tuple[str, ...] = ()  # of its scope, those that the viewer may see
    others: int = 0  # accounts of its scope that the viewer may not see
    asked: tuple[str, ...] = ()  # accounts whose owners are asked, those that the viewer may see
    are_asked_complete: bool = True  # False: the accounts of listed records are not known now
    is_overdue: bool = False  # its review
    may_end: bool = False  # its request was closed long enough ago

    @property
    def waiting(self) -> tuple[str, ...]:
        """The accounts for which no one acknowledged the instruction yet."""
        return tuple(name for name in self.asked if name not in self.hold.acknowledged)


def list_views(searcher: Searcher, viewer: Viewer, registered: Collection[str]) -> list[HoldView]:
    """Return every hold as the viewer may see it: the newest first.

    registered: IDs of all accounts of the register. ServiceUnavailable if the bucket is away.
    """
    today = clock.today()
    found = list(searcher.retention.now().holds.values())
    kept_for = timedelta(days=settings.load().request_hold_days)
    asking = [hold for hold in found if hold.in_force and may_read(hold, viewer)]
    asked = find_asked_accounts(searcher, asking, registered, viewer)
    return [_view(hold, viewer, asked, today, kept_for) for hold in reversed(found)]


def _view(hold: Hold, viewer: Viewer, asked: AskedAccounts, today: date, kept_for: timedelta) -> HoldView:
    hidden = frozenset(viewer.hidden_accounts)
    seen = tuple(sorted(hold.scope.accounts - hidden))
    overdue = hold.review_on is not None and hold.review_on < today
    ended = hold.closed_on is not None and hold.closed_on + kept_for <= today
    return HoldView(
        hold,
        may_read(hold, viewer),
        seen,
        len(hold.scope.accounts & hidden),
        tuple(sorted(asked.by_hold.get(hold.id, ()))),
        hold.id not in asked.unknown,
        overdue,
        ended,
    )


def list_instructions(views: Iterable[HoldView]) -> list[HoldView]:
    """Return the holds in force that the viewer may read: what they ask is on the home page."""
    return [view for view in views if view.hold.in_force and view.is_readable]
