"""Decisions on series as one viewer may see them: the pages Decisions, Retention, and Home show the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from recordroom.errors import RecordroomError
from recordroom.people import find_display_name
from recordroom.records.classification import is_own, may_read
from recordroom.records.later_matches import count_later_matches, narrow_query
from recordroom.register.models import names_account
from recordroom.retention.decisions import Decision
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.search.hits import mentions_any
from recordroom.search.searcher import Searcher
from recordroom.text import counted
from recordroom.web.auth import Person
from recordroom.web.params import SearchAddress

IN_FORCE, WAITING, REVOKED, INCOMPLETE = "in force", "waiting", "revoked", "incomplete"
REVOKING = "revoking"  # in force: its revocation waits for a second person


@dataclass(frozen=True, slots=True)
class LaterMatches:
    """The records that the search of a decision finds now, and that have no decided series."""

    records: int  # versions, if the search covers every version
    search: SearchAddress  # that finds them
    problem: str = ""  # why they could not be counted


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision as one viewer may see it."""

    decision: Decision
    is_readable: bool  # otherwise only that it exists
    state: str  # IN_FORCE, WAITING, REVOKING, REVOKED, or INCOMPLETE
    is_own: bool = False  # the viewer did what waits, and cannot approve it
    records: int = 0  # that it covered when it was made, in accounts that the viewer may see
    accounts: tuple[str, ...] = ()  # the accounts that had them
    others: int = 0  # accounts that the viewer may not see
    search: SearchAddress | None = None  # whose results were classified, if the viewer may read it
    later: LaterMatches | None = None  # of a decision in force with such a search

    @property
    def waits(self) -> bool:
        """Whether a second person must approve it, or its revocation."""
        return self.state in (WAITING, REVOKING)


def list_views(searcher: Searcher, person: Person, viewer: Viewer) -> list[DecisionView]:
    """Return every decision as the viewer may see it: the newest first.

    ServiceUnavailable if the bucket is away.
    """
    found = searcher.retention.now().decisions.values()
    return [make_view(one, person, viewer) for one in reversed(list(found))]


def make_view(decision: Decision, person: Person, viewer: Viewer) -> DecisionView:
    """Return a decision as the viewer may see it."""
    state = _find_state(decision)
    if not may_read(decision, viewer):
        return DecisionView(decision, is_readable=False, state=state)
    hidden = frozenset(viewer.hidden_accounts)
    seen = {name: number for name, number in decision.covered.items() if name not in hidden}
    return DecisionView(
        decision,
        is_readable=True,
        state=state,
        is_own=is_own(decision, viewer),
        records=sum(seen.values()),
        accounts=tuple(seen),
        others=len(decision.covered) - len(seen),
        search=_find_search(decision, viewer) if person.may(Right.READ) else None,
    )


def _find_state(decision: Decision) -> str:
    if decision.revoked:
        return REVOKED
    if decision.missing_parts:
        return INCOMPLETE
    if decision.revoking:
        return REVOKING
    return WAITING if decision.waiting else IN_FORCE


def _find_search(decision: Decision, viewer: Viewer) -> SearchAddress | None:
    """Return the search of a decision, if there is one that names nothing hidden from the viewer."""
    if decision.filters is None:
        return None
    found = SearchAddress.from_audit(decision.query, decision.filters)
    if found.matter and not (viewer.sees_matters or is_own(decision, viewer)):
        return None
    words = " ".join([found.text, *(value for values in found.chosen.values() for value in values)])
    hides = names_account(words, viewer.hidden_accounts) or mentions_any(words, viewer.withheld_records)
    return None if hides else found


def add_later_matches(
    searcher: Searcher, views: Sequence[DecisionView], viewer: Viewer
) -> list[DecisionView]:
    """Return the views with what their searches find now that has no decided series.

    ServiceUnavailable if Elasticsearch is away.
    """
    asking = [view.decision for view in views if view.search]
    counts = count_later_matches(searcher, asking, viewer)
    return [_add_count(view, counts.get(view.decision.id), viewer) for view in views]


def _add_count(view: DecisionView, count: int | RecordroomError | None, viewer: Viewer) -> DecisionView:
    if view.search is None or count is None:
        return view
    search = replace(view.search, text=narrow_query(view.search.text) or "")
    if isinstance(count, int):
        return replace(view, later=LaterMatches(count, search))
    return replace(view, later=LaterMatches(0, search, viewer.reword(count.public_message)))


def list_notices(views: Iterable[DecisionView]) -> Iterator[str]:
    """Yield the decisions that wait for a second person, for the home page."""
    for view in views:
        if view.is_readable and view.waits and (act := view.decision.waiting):
            records, who = counted(view.records, "record"), find_display_name(act.who)
            if view.state == REVOKING:
                what = f"{'Your revocation' if view.is_own else f'The revocation by {who}'} of a decision"
            else:
                what = "Your decision" if view.is_own else f"The decision of {who}"
            yield (
                f"{what} on the series of {records} gives some of them an earlier date, and waits for"
                f" {'another' if view.is_own else 'a second'} person to approve it on the page Decisions."
            )
