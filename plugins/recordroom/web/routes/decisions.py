"""Decisions on the series of records: what was decided, by whom, and what waits for a second person.

The page shows no text of any record. People without the right to read records see no search and no link.
"""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from recordroom.errors import RecordroomError
from recordroom.records import approvals, classification
from recordroom.records.holds import LONGEST_REASON
from recordroom.records.record import list_documents
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.search.retention_counts import is_index_behind
from recordroom.web import deps, params, templating
from recordroom.web.auth import Person, require_right
from recordroom.web.decision_views import (
    DecisionView,
    add_later_matches,
    list_views,
    make_view,
)
from recordroom.web.retention_acts import act_with_reason, check_waiting, send_changes
from recordroom.web.routes.classify import find_samples, name_series

SIZE = 50  # decisions of a page, in addition to those that wait
router = APIRouter()
_log = logging.getLogger(__name__)
Reader = Annotated[Person, Depends(require_right(Right.RETENTION))]
Classifier = Annotated[Person, Depends(require_right(Right.CLASSIFY))]


@router.get("/retention/decisions")
def show_decisions(request: Request, person: Reader, passed: str = "") -> Response:
    """List the decisions: those that wait for approval first, then the newest."""
    searcher, viewer = deps.get_searcher(), deps.make_viewer(person)
    views = list_views(searcher, person, viewer)
    waiting = [view for view in views if view.approval.waits]
    begin = params.parse_passed(passed)
    rest = [view for view in views if not view.approval.waits]
    shown, uncounted = _count_later(rest[begin : begin + SIZE], viewer)
    rules = searcher.retention.now().policy.rules
    names = {dan: name_series(dan, rules.get(dan or "")) for dan in {v.decision.series for v in views}}
    return templating.render_page(
        request, "decisions", person,
        waiting=waiting, shown=shown, total=len(rest), passed=begin, names=names, uncounted=uncounted,
        primaries=_find_primaries([*waiting, *shown], person, viewer), longest=LONGEST_REASON,
        more=begin + SIZE if begin + SIZE < len(rest) else 0,
    )  # fmt: skip


@router.get("/retention/decisions/{name}")
def review_decision(request: Request, person: Classifier, name: str) -> Response:
    """Show a second person what a decision changes if they approve it."""
    person.require(Right.READ)
    searcher, viewer = deps.get_searcher(), deps.make_viewer(person)
    decision = classification.find_decision(searcher, name, viewer)
    check_waiting(classification.KIND, decision)
    view = make_view(decision, person, viewer)
    found = approvals.preview_approval(searcher, classification.KIND, decision, viewer)
    rule = searcher.retention.now().policy.rules.get(decision.series or "")
    return templating.render_page(
        request, "approval", person,
        noun="decision", card="deciding.html", view=view, found=found,
        groups=find_samples(found, viewer), longest=LONGEST_REASON,
        names={decision.series: name_series(decision.series, rule)},
        primaries=_find_primaries([view], person, viewer),
    )  # fmt: skip


@router.get("/retention/decisions/{name}/changes.csv")
def download_changes(request: Request, person: Classifier, name: str) -> Response:
    """Send what the approval of a decision changes, record by record."""
    del request
    decision = classification.find_decision(deps.get_searcher(), name, deps.make_viewer(person))
    return send_changes(person, classification.KIND, decision)


def _count_later(views: list[DecisionView], viewer: Viewer) -> tuple[list[DecisionView], str]:
    """Return the views with later matches; if these cannot be counted, why."""
    searcher = deps.get_searcher()
    try:
        if is_index_behind(searcher, searcher.retention.now().tail.number, viewer):
            return (
                views,
                "The search index does not have the newest decision yet. Open the page again in a minute.",
            )
        return add_later_matches(searcher, views, viewer), ""
    except RecordroomError as problem:
        _log.warning("the later matches of decisions are not known: %s", problem)
        return views, viewer.reword(problem.public_message)


def _find_primaries(views: list[DecisionView], person: Person, viewer: Viewer) -> set[str]:
    """Return the IDs of the primary records that the person may open, as far as that is known now."""
    named = {view.decision.primary for view in views if view.is_readable and view.decision.primary}
    try:
        return {
            one
            for one in named
            if person.may(Right.READ) and list_documents(deps.get_searcher(), one, viewer)
        }
    except RecordroomError as problem:
        _log.warning("the primary records of decisions are not known: %s", problem)
        return set()


@router.post("/retention/decisions/{name}/approve")
async def approve_decision(request: Request, person: Classifier, name: str) -> Response:
    return await act_with_reason(request, person, classification.approve, name, "decisions")


@router.post("/retention/decisions/{name}/revoke")
async def revoke_decision(request: Request, person: Classifier, name: str) -> Response:
    return await act_with_reason(request, person, classification.revoke, name, "decisions")


@router.post("/retention/decisions/{name}/keep")
async def keep_decision(request: Request, person: Classifier, name: str) -> Response:
    return await act_with_reason(request, person, classification.keep, name, "decisions")
