"""Holds as one viewer may see them: the pages Holds and Home show the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from recordroom import clock, dates
from recordroom.model import ZONE
from recordroom.records.hold_instructions import AskedAccounts, find_asked_accounts
from recordroom.records.holds import describe_early_release, find_offer_day, may_read
from recordroom.retention.holds import Hold, HoldScope
from recordroom.search.access import Viewer
from recordroom.search.query.values import quote
from recordroom.search.searcher import Searcher
from recordroom.web.params import SearchAddress

MOST_LINKED = 50  # IDs in the address of a search


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
    offered_from: date | None = None  # the day from which the release of a request's hold is offered
    may_end: bool = False  # that day has come
    is_letter_earlier: bool = False  # the letter that closed the request is older than the hold
    early_release: str = ""  # why its release may be too early
    searches: tuple[tuple[str, str], ...] = ()  # (title, address) of what finds its records
    # how many records it lists, and its query found; None: hidden accounts could have some of them
    listed: int | None = None
    caught: int | None = None

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
    asking = [hold for hold in found if hold.in_force and may_read(hold, viewer)]
    asked = find_asked_accounts(searcher, asking, registered, viewer)
    return [_view(hold, viewer, asked, today) for hold in reversed(found)]


def _view(hold: Hold, viewer: Viewer, asked: AskedAccounts, today: date) -> HoldView:
    hidden = frozenset(viewer.hidden_accounts)
    seen = tuple(sorted(hold.scope.accounts - hidden))
    overdue = hold.review_on is not None and hold.review_on < today
    offered = find_offer_day(hold)
    placed_on = hold.placed.at.astimezone(ZONE).date()
    return HoldView(
        hold,
        may_read(hold, viewer),
        seen,
        len(hold.scope.accounts & hidden),
        tuple(sorted(asked.by_hold.get(hold.id, ()))),
        hold.id not in asked.unknown,
        overdue,
        offered,
        offered is not None and offered <= today,
        hold.closed_on is not None and hold.closed_on < placed_on,
        describe_early_release(hold),
        tuple(_list_searches(hold.scope, seen, viewer)),
        _count_known(hold.scope.records, viewer),
        _count_known(hold.caught, viewer),
    )


def _count_known(records: Collection[str], viewer: Viewer) -> int | None:
    if viewer.hidden_accounts:
        return None
    withheld = viewer.withheld_records
    return sum(one not in withheld for one in records)


def _list_searches(scope: HoldScope, seen: tuple[str, ...], viewer: Viewer) -> Iterator[tuple[str, str]]:
    """Yield (title, address) of the searches for what a hold covers.

    seen: its accounts that the viewer may see. No address names a record that the viewer may not see. A hold
    on dates also covers undated records, and edits within the dates, which such a search does not find.
    """
    every = SearchAddress(messages=True, quarantined=viewer.sees_quarantine)
    if scope.has_range and (seen or not scope.accounts):
        from_, to = (dates.format_time(at) if at else "" for at in (scope.from_, scope.to))
        accounts = {"account": seen} if seen else {}
        limited = replace(
            every, text=scope.query, chosen=accounts, from_=from_, to=to, versions=bool(scope.query)
        )
        yield "Records of its accounts, dates, and query", limited.address()
    if viewer.hidden_accounts:
        return
    for title, name, ids in (
        ("Listed records", "record", scope.records),
        ("Listed conversations", "conversation", scope.conversations),
    ):
        some = tuple(sorted(ids.difference(viewer.withheld_records)))
        if 0 < len(some) <= MOST_LINKED:
            yield title, replace(every, chosen={name: some}).address()
    if 0 < len(scope.authors) <= MOST_LINKED:
        texts = (
            f"(platform:{quote(one)} author_id:{quote(author)})" for one, author in sorted(scope.authors)
        )
        yield "Records of its authors", replace(every, text=" OR ".join(texts)).address()


def list_instructions(views: Iterable[HoldView]) -> list[HoldView]:
    """Return the holds in force that the viewer may read: what they ask is on the home page."""
    return [view for view in views if view.hold.in_force and view.is_readable]
