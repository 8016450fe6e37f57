"""The first page: what the archive holds, what is new, and what needs somebody, each as far as its reader may
see it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from recordroom.archive.audit import journal
from recordroom.coverage.concerns import Concern, list_concerns
from recordroom.errors import RecordroomError
from recordroom.model import ZONE
from recordroom.records import quarantine
from recordroom.records.copies import describe_shown_copies, find_shown_copies
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.search.hits import Record
from recordroom.search.summaries import MonthlyCounts, count_by_month, list_newest
from recordroom.web import airflow_runs, deps, templating
from recordroom.web.airflow_runs import Failed
from recordroom.web.auth import Person, needs

_log = logging.getLogger(__name__)
router = APIRouter()


@dataclass(slots=True)
class Home:
    """None of what this person may not see, or of what cannot be told now; `problems` says why."""

    counts: MonthlyCounts | None = None
    records: list[Record] | None = None
    concerns: list[Concern] | None = None
    runs: list[Failed] | None = None
    problems: tuple[str, ...] = ()


@router.get("/")
def home(request: Request, person: Annotated[Person, Depends(needs(Right.ENTER))]) -> Response:
    """Where Elasticsearch or the bucket is away, the rest is shown all the same."""
    found, viewer = Home(), deps.viewer(person)
    told_of = viewer.reword
    if person.may(Right.READ) or person.may(Right.COVERAGE):
        try:
            _from_the_index(found, person, viewer)
        except RecordroomError as problem:
            found.problems += (told_of(_words(problem)),)
    if person.may(Right.QUARANTINE) and (unread := deps.searcher().quarantine.problem):
        found.problems += (
            (
                "The ledger of the quarantine cannot be read; what was known last stays in force:"
                f" {told_of(unread)}"
            ),
        )
    if person.may(Right.QUARANTINE):
        try:
            found.problems += _shown_copies(viewer)
        except RecordroomError as problem:
            words = told_of(_words(problem))
            found.problems += (f"Whether copies of records under quarantine are shown is not known: {words}",)
    if person.may(Right.COVERAGE) and (aside := journal.describe_damaged(deps.searcher().journal.folder)):
        found.problems += (aside,)
    if person.may(Right.COVERAGE):
        try:
            _from_the_ledgers(found, viewer)
        except RecordroomError as problem:
            found.problems += (told_of(_words(problem)),)
        try:
            found.runs = airflow_runs.not_running()
        except RecordroomError as problem:
            found.problems += (told_of(_words(problem)),)
    return templating.page(request, "home", person, home=found)


def _words(problem: RecordroomError) -> str:
    """What everybody may read of it; the log has the rest."""
    _log.warning("the home page lacks something: %s", problem)
    return problem.public_message


def _shown_copies(viewer: Viewer) -> tuple[str, ...]:
    """Return a warning if records are shown that copy one under quarantine: those that the page Quarantine
    lists.
    """
    searcher = deps.searcher()
    copies = find_shown_copies(
        searcher.client, searcher.alias, quarantine.list_visible(searcher, viewer), viewer
    )
    return (f"{describe_shown_copies(copies)}. Quarantine lists them.",) if copies else ()


def _from_the_index(found: Home, person: Person, viewer: Viewer) -> None:
    found.counts = count_by_month(deps.searcher(), datetime.now(UTC).astimezone(ZONE).date(), viewer)
    if person.may(Right.READ):
        found.records = list_newest(deps.searcher(), viewer)


def _from_the_ledgers(found: Home, viewer: Viewer) -> None:
    look = deps.coverage(viewer)
    behind = {}
    if found.counts is not None:
        deps.searcher().status_reader.read_marks()
        around = deps.searcher().status_reader.read_status()
        if around.problem:
            words = viewer.reword(around.problem)
            found.problems += (f"How far the index is behind is not known: {words}",)
        behind = {
            account: number
            for account, number in (around.late or {}).items()
            if account not in viewer.hidden_accounts
        }
    found.concerns = list_concerns(look, behind)
    found.problems += (look.alarm,) if look.alarm else ()
