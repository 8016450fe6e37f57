"""Decisions on series as one viewer may see them: the pages Decisions, Retention, and Home show the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from recordroom.errors import RecordroomError
from recordroom.records.approvals import is_own
from recordroom.records.classification import may_read
from recordroom.records.later_matches import count_later_matches, narrow_query
from recordroom.register.models import names_account
from recordroom.retention.decisions import Decision
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.search.hits import mentions_any
from recordroom.search.searcher import Searcher
from recordroom.web.approval_views import ApprovalView, describe_size, describe_waiting
from recordroom.web.auth import Person
from recordroom.web.params import SearchAddress


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
    approval: ApprovalView
    size: str = ""  # how many records it covered when it was made, in accounts that the viewer may see
    accounts: tuple[str, ...] = ()  # the accounts that had them
    others: int = 0  # accounts that the viewer may not see
    search: SearchAddress | None = None  # whose results were classified, if the viewer may read it
    later: LaterMatches | None = None  # of a decision in force with such a search


def list_views(searcher: Searcher, person: Person, viewer: Viewer) -> list[DecisionView]:
    """Return every decision as the viewer may see it: the newest first.

    ServiceUnavailable if the bucket is away.
    """
    found = searcher.retention.now().decisions.values()
    return [make_view(one, person, viewer) for one in reversed(list(found))]


def make_view(decision: Decision, person: Person, viewer: Viewer) -> DecisionView:
    """Return a decision as the viewer may see it."""
    approval = ApprovalView.of(decision, viewer)
    if not may_read(decision, viewer):
        return DecisionView(decision, is_readable=False, approval=approval)
    hidden = frozenset(viewer.hidden_accounts)
    seen = tuple(name for name in decision.covered if name not in hidden)
    return DecisionView(
        decision,
        is_readable=True,
        approval=approval,
        size=describe_size(decision, viewer),
        accounts=seen,
        others=len(decision.covered) - len(seen),
        search=_find_search(decision, viewer) if person.may(Right.READ) else None,
    )


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
        if view.is_readable and view.approval.waits:
            about = f"on the series of {view.size}"
            yield describe_waiting(view.decision, view.approval, "decision", about, "Decisions")
