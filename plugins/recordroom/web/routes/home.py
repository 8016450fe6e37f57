"""The first page: what the archive has, what is new, and what needs attention.

Each part is shown only to people who may see it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from recordroom import clock
from recordroom.archive.audit import journal
from recordroom.coverage.concerns import Concern, list_concerns
from recordroom.errors import RecordroomError
from recordroom.model import ZONE
from recordroom.records import proposals, quarantine
from recordroom.records.copies import describe_shown_copies, find_shown_copies
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.search.hits import Record
from recordroom.search.retention_counts import count_statuses
from recordroom.search.summaries import MonthlyCounts, count_by_month, list_newest
from recordroom.web import (
    airflow_runs,
    decision_views,
    deps,
    hold_views,
    proposal_views,
    statement_views,
    templating,
)
from recordroom.web.airflow_runs import StoppedDag
from recordroom.web.auth import Person, require_right
from recordroom.web.hold_views import HoldView

_log = logging.getLogger(__name__)
router = APIRouter()


@dataclass(slots=True)
class Home:
    """The parts of the page; None if the person may not see a part, or if it failed."""

    counts: MonthlyCounts | None = None  # records by month
    records: list[Record] | None = None  # the newest ones
    holds: list[HoldView] | None = None  # those in force that the person may read
    retention: dict[str, int] | None = None  # status -> number of records
    concerns: list[Concern] | None = None  # what is missing, most urgent first
    runs: list[StoppedDag] | None = None  # scheduled DAGs that do not run
    problems: tuple[str, ...] = ()  # why parts are left out


@router.get("/")
def show_home(request: Request, person: Annotated[Person, Depends(require_right(Right.ENTER))]) -> Response:
    """Show the page without the parts that Elasticsearch or the bucket cannot serve."""
    found, viewer = Home(), deps.make_viewer(person)
    if person.may(Right.READ) or person.may(Right.COVERAGE):
        _add(found, viewer, lambda: _add_index_data(found, person, viewer))
    if person.may(Right.RETENTION):
        unknown = "It is not known now how many records are undecided or eligible. "
        _add(found, viewer, lambda: _add_retention(found, viewer), unknown)
        unknown = "It is unknown whether holds wait for an acknowledgment. "
        _add(found, viewer, lambda: _add_holds(found, viewer), unknown)
        unknown = "It is unknown whether proposals wait for objections. "
        _add(found, viewer, lambda: _add_proposals(found, viewer), unknown)
    if person.may(Right.CLASSIFY):
        unknown = "It is unknown whether decisions or statements wait for a second person. "
        _add(found, viewer, lambda: _add_approvals(found, person, viewer), unknown)
    if person.may(Right.QUARANTINE):
        _add_quarantine(found, viewer)
    if person.may(Right.COVERAGE):
        if aside := journal.describe_damaged(deps.get_searcher().journal.folder):
            found.problems += (aside,)
        _add(found, viewer, lambda: _add_ledger_data(found, viewer))
        _add(found, viewer, lambda: _add_runs(found))
    quarantined = "1" * viewer.sees_quarantine  # for links to searches that find as many as were counted
    return templating.render_page(request, "home", person, home=found, quarantined=quarantined)


def _add(found: Home, viewer: Viewer, part: Callable[[], None], unknown: str = "") -> None:
    """Add a part of the page, or else why it is left out; unknown: a sentence on what is not known then."""
    try:
        part()
    except RecordroomError as problem:
        found.problems += (unknown + viewer.reword(_log_problem(problem)),)


def _log_problem(problem: RecordroomError) -> str:
    """Log an error, and return the part of its message that everyone may read."""
    _log.warning("a part of the home page is missing: %s", problem)
    return problem.public_message


def _add_quarantine(found: Home, viewer: Viewer) -> None:
    """Add warnings about the quarantine."""
    if unread := deps.get_searcher().quarantine.problem:
        found.problems += (
            (
                "The ledger of the quarantine cannot be read. The quarantine as last read stays in force."
                f" {viewer.reword(unread)}"
            ),
        )
    unknown = "It is unknown whether copies of records under quarantine are shown. "
    _add(found, viewer, lambda: _add_copies(found, viewer), unknown)


def _add_copies(found: Home, viewer: Viewer) -> None:
    """Add a warning if copies of records under quarantine are shown.

    The page Quarantine lists them.
    """
    searcher = deps.get_searcher()
    copies = find_shown_copies(
        searcher.client, searcher.alias, quarantine.list_visible(searcher, viewer), viewer
    )
    if copies:
        found.problems += (f"{describe_shown_copies(copies)}. The Quarantine page lists them.",)


def _add_runs(found: Home) -> None:
    found.runs = airflow_runs.list_stopped_dags()


def _add_holds(found: Home, viewer: Viewer) -> None:
    """Add what holds ask of people."""
    views = hold_views.list_views(deps.get_searcher(), viewer, deps.list_registered_accounts())
    found.holds = hold_views.list_instructions(views)


def _add_proposals(found: Home, viewer: Viewer) -> None:
    """Add the proposals of disposition whose owners can still object in time."""
    searcher = deps.get_searcher()
    policy = searcher.retention.now().policy
    listed = proposals.list_proposals(searcher, viewer)
    views = (proposal_views.make_view(one, policy, viewer) for one in listed)
    found.problems += tuple(proposal_views.list_notices(views))


def _add_approvals(found: Home, person: Person, viewer: Viewer) -> None:
    """Add the decisions and the statements that wait for a second person."""
    decided = decision_views.list_views(deps.get_searcher(), person, viewer)
    stated = statement_views.list_views(deps.get_searcher(), viewer)
    found.problems += (*decision_views.list_notices(decided), *statement_views.list_notices(stated))


def _add_retention(found: Home, viewer: Viewer) -> None:
    searcher = deps.get_searcher()
    found.retention = count_statuses(searcher.client, searcher.alias, viewer, clock.today())


def _add_index_data(found: Home, person: Person, viewer: Viewer) -> None:
    """Add the parts that Elasticsearch serves."""
    found.counts = count_by_month(deps.get_searcher(), datetime.now(UTC).astimezone(ZONE).date(), viewer)
    if person.may(Right.READ):
        found.records = list_newest(deps.get_searcher(), viewer)


def _add_ledger_data(found: Home, viewer: Viewer) -> None:
    """Add the parts that the ledgers in the bucket serve."""
    look = deps.read_coverage(viewer)
    behind = {}
    if found.counts is not None:
        deps.get_searcher().status_reader.read_marks()
        around = deps.get_searcher().status_reader.read_status()
        if around.problem:
            words = viewer.reword(around.problem)
            found.problems += (f"It is unknown whether the search index is up to date. {words}",)
        behind = {
            account: number
            for account, number in (around.late or {}).items()
            if account not in viewer.hidden_accounts
        }
    found.concerns = list_concerns(look, behind)
    found.problems += (look.alarm,) if look.alarm else ()
