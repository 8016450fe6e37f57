"""Decisions on series as one viewer may see them: the pages Decisions, Retention, and Home show the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from recordroom.records.classification import is_own, may_read
from recordroom.register.models import names_account
from recordroom.retention.decisions import Decision
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.search.filters import Filters
from recordroom.search.hits import mentions_any
from recordroom.search.searcher import Searcher
from recordroom.text import counted
from recordroom.web.auth import Person
from recordroom.web.params import SearchAddress

IN_FORCE, WAITING, REVOKED, INCOMPLETE = "in force", "waiting", "revoked", "incomplete"
UNDECIDED = "series_decided:false"  # the query of records without a decision that counts


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
    state: str  # IN_FORCE, WAITING, REVOKED, or INCOMPLETE
    is_own: bool = False  # the viewer made it, and cannot approve it
    records: int = 0  # that it covered when it was made, in accounts that the viewer may see
    accounts: tuple[str, ...] = ()  # the accounts that had them
    others: int = 0  # accounts that the viewer may not see
    search: SearchAddress | None = None  # whose results were classified, if the viewer may read it
    later: LaterMatches | None = None  # of a decision in force with such a search


def list_views(searcher: Searcher, person: Person, viewer: Viewer) -> list[DecisionView]:
    """Return every decision as the viewer may see it: the newest first.

    ServiceUnavailable if the bucket is away.
    """
    found = searcher.retention.now().decisions.values()
    return [_view(one, person, viewer) for one in reversed(list(found))]


def _view(decision: Decision, person: Person, viewer: Viewer) -> DecisionView:
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
    return WAITING if decision.waits_for_approval else IN_FORCE


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


def count_later_matches(
    searcher: Searcher, views: Sequence[DecisionView], viewer: Viewer
) -> list[DecisionView]:
    """Return the views with what their searches find now that has no decided series.

    One request counts all. ServiceUnavailable if Elasticsearch is away.
    """
    asking = {view.decision.id: later for view in views if (later := _find_undecided(view))}
    filters = [_read_filters(views, name) for name in asking]
    searches = [(later.text, found) for later, found in zip(asking.values(), filters, strict=True)]
    counts = dict(zip(asking, searcher.count_many(searches, viewer), strict=True))
    made = []
    for view in views:
        count, search = counts.get(view.decision.id), asking.get(view.decision.id)
        if search is None or count is None:
            made.append(view)
        elif isinstance(count, int):
            made.append(replace(view, later=LaterMatches(count, search)))
        else:
            words = viewer.reword(count.public_message)
            made.append(replace(view, later=LaterMatches(0, search, words)))
    return made


def _read_filters(views: Iterable[DecisionView], name: str) -> Filters:
    decision = next(view.decision for view in views if view.decision.id == name)
    return Filters.from_audit(decision.filters or {})


def _find_undecided(view: DecisionView) -> SearchAddress | None:
    """Return the search of a decision in force, narrowed to what has no decided series."""
    if view.search is None or view.state != IN_FORCE:
        return None
    text = view.search.text.strip()
    return replace(view.search, text=f"({text}) AND {UNDECIDED}" if text else UNDECIDED)


def list_notices(views: Iterable[DecisionView]) -> Iterator[str]:
    """Yield the decisions that wait for a second person, for the home page."""
    for view in views:
        if view.is_readable and view.state == WAITING:
            records = counted(view.records, "record")
            who = "Your decision" if view.is_own else f"The decision of {view.decision.decided.who}"
            yield (
                f"{who} on the series of {records} gives some of them an earlier date, and waits for"
                f" {'another' if view.is_own else 'a second'} person to approve it on the page Decisions."
            )
