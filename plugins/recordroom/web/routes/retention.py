"""Retention: what a person must decide, how many records follow which series, and what is in force.

The page shows no text of any record, and viewing it needs no event of the audit.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from recordroom import clock
from recordroom.errors import RecordroomError
from recordroom.jobs import retention
from recordroom.jobs.retention import CHANGED, UNREADABLE, WRONG
from recordroom.retention.explanation import NO_SCHEDULE, NOT_BUILT, describe_period, describe_review
from recordroom.retention.ledger import RetentionState
from recordroom.retention.models import Policy, Rule
from recordroom.retention.statements import CONFIRMATION, EVENT_DAY
from recordroom.retention.status import MEANINGS
from recordroom.rights import Right
from recordroom.search import retention_counts
from recordroom.search.access import Viewer
from recordroom.search.filters import NONE
from recordroom.search.retention_counts import (
    PROVISIONAL_SERIES,
    REASONS,
    EligiblePeriod,
    RetentionCounts,
    count_retention,
    is_index_behind,
)
from recordroom.web import decision_views, deps, statement_views, templating
from recordroom.web.auth import Person, require_right

_log = logging.getLogger(__name__)
router = APIRouter()
MOST_LABELS = 18  # years that have room for a label each


@dataclass(frozen=True, slots=True)
class UndecidedReason:
    """Why records are undecided, in words."""

    cause: tuple[str, str]  # completes "12 records ...", and "1 record ..."
    remedy: str
    is_for_classifiers: bool = False  # a decision on their series is a remedy
    statement: tuple[str, str] | None = None  # kind of the statement that is the remedy, and the link's words


REASON_WORDS: Mapping[str, UndecidedReason] = {
    retention_counts.NO_SERIES: UndecidedReason(
        ("have no records series", "has no records series"),
        "Their account has no default series in the register, or they were marked as spam. A person decides"
        " on their series. For later records of the account, ask the administrator to enter a default series"
        " in the register.",
        is_for_classifiers=True,
    ),
    retention_counts.UNREVIEWED: UndecidedReason(
        (
            "have a series that no person has reviewed in a schedule in force",
            "has a series that no person has reviewed in a schedule in force",
        ),
        "The table below says why. Read the series in the schedule in force, and ask the administrator to"
        " enter your review in the retention file. If they belong to another series, decide on that one.",
        is_for_classifiers=True,
    ),
    retention_counts.IMPORTED: UndecidedReason(
        (
            "were imported, and no person has confirmed their dates",
            "was imported, and no person has confirmed its dates",
        ),
        "Compare the dates of the imported records with their source. If they are right, a person confirms"
        " them.",
        statement=(CONFIRMATION, "Confirm the dates"),
    ),
    retention_counts.EVENT: UndecidedReason(
        (
            "wait for an event whose day no person has entered",
            "waits for an event whose day no person has entered",
        ),
        "Find out on which day the event happened. A person states that day for these records.",
        statement=(EVENT_DAY, "State the day"),
    ),
    retention_counts.NO_LENGTH: UndecidedReason(
        (
            "have a period without a length, such as \u201cuntil no longer needed\u201d",
            "has a period without a length, such as \u201cuntil no longer needed\u201d",
        ),
        "No date follows from such a period.",
    ),
    retention_counts.PROVISIONAL: UndecidedReason(
        (
            "have a date that is past, but a provisional series",
            "has a date that is past, but a provisional series",
        ),
        "A default series of an account makes no record eligible. A person decides on their series.",
        is_for_classifiers=True,
    ),
}
FILE_WORDS: Mapping[str, str] = {  # kind of a FileProblem -> words for a records officer
    UNREADABLE: (
        "The retention file on the server cannot be read. The version that is listed below stays in force."
        " Tell the administrator."
    ),
    WRONG: (
        "The retention file on the server has errors. The version that is listed below stays in force. Tell"
        " the administrator, who can list each error with its remedy."
    ),
    CHANGED: (
        "The retention file on the server differs from what is in force, or another version of a schedule"
        " applies since. The changes do not count yet. Tell the administrator, who can list which records"
        " change, and put the file in force."
    ),
}


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One series of the table."""

    dan: str | None  # None: records without a series
    title: str
    rule: str  # in words
    review: str  # who reviewed it, or why it does not count as reviewed
    counts: Mapping[str, int]  # status -> number of records
    is_reviewed: bool = False

    @property
    def filter(self) -> str:
        """The value of the filter by series that finds its records."""
        return self.dan or NONE


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart, and one row of its table."""

    title: str  # `Jan to Mar 2028`
    label: str  # below the bar
    year: str  # below the label; "" if the bar before it has the same
    period: EligiblePeriod


@dataclass(slots=True)
class RetentionPage:
    """The parts of the page; None if a part is not known now."""

    state: RetentionState | None = None  # what is in force
    counts: RetentionCounts | None = None
    rows: list[SeriesRow] = field(default_factory=list)
    unused: int = 0  # series of the schedules in force without a review and without records
    file_problem: str = ""  # how the retention file differs from what is in force
    is_index_behind: bool = False  # whether the counts follow an older version
    # what waits for a second person, as far as the viewer may read it
    waiting_decisions: int = 0
    waiting_statements: int = 0
    problems: tuple[str, ...] = ()  # why parts are not known

    @property
    def is_in_force(self) -> bool:
        """Whether a retention file was ever put in force."""
        return self.state is not None and self.state.policy_entry is not None


@router.get("/retention")
def show_retention(
    request: Request, person: Annotated[Person, Depends(require_right(Right.RETENTION))]
) -> Response:
    found, viewer, today = RetentionPage(), deps.make_viewer(person), clock.today()
    try:
        _add_state(found, person, viewer)
    except RecordroomError as problem:
        found.problems += (f"It is not known now what is in force. {viewer.reword(_log_problem(problem))}",)
    try:
        _add_counts(found, viewer, today)
    except RecordroomError as problem:
        words = viewer.reword(_log_problem(problem))
        found.problems += (f"It is not known now how many records have which status. {words}",)
    return templating.render_page(
        request,
        "retention",
        person,
        page=found,
        today=today,
        reasons=REASON_WORDS,
        queries=REASONS,
        provisional=PROVISIONAL_SERIES,
        meanings=MEANINGS,
        quarters=list(_label_quarters(found.counts.quarters)) if found.counts else [],
        years=list(_label_years(found.counts.years)) if found.counts else [],
        not_built=NOT_BUILT,
        quarantined="1" * viewer.sees_quarantine,
    )


def _log_problem(problem: RecordroomError) -> str:
    """Log an error, and return the part of its message that everyone may read."""
    _log.warning("a part of the retention page is missing: %s", problem)
    return problem.public_message


def _add_state(found: RetentionPage, person: Person, viewer: Viewer) -> None:
    """Add what the bucket has, compared with the retention file."""
    state = deps.get_searcher().retention.now()
    problem = retention.find_problem(deps.read_context(), state)
    decisions = decision_views.list_views(deps.get_searcher(), person, viewer)
    found.waiting_decisions = sum(view.is_readable and view.approval.waits for view in decisions)
    made = statement_views.list_views(deps.get_searcher(), viewer)
    found.waiting_statements = sum(view.approval.waits for view in made)
    found.state = state
    found.file_problem = FILE_WORDS.get(problem.kind, "") if problem else ""


def _add_counts(found: RetentionPage, viewer: Viewer, today: date) -> None:
    """Add what Elasticsearch counts."""
    searcher = deps.get_searcher()
    found.counts = count_retention(searcher.client, searcher.alias, viewer, today)
    policy = found.state.policy if found.state else Policy()
    listed = {rule.dan for rule in policy.rules.values()}  # without earlier numbers
    reviewed = {review.dan for review in policy.reviews} & listed
    used = {dan for dan in found.counts.series if dan is not None}
    without: list[str | None] = [None] if None in found.counts.series else []
    shown = [*without, *sorted(used | reviewed)]
    found.rows = [
        _make_row(dan, policy.rules.get(dan or ""), found.counts, is_known=found.state is not None)
        for dan in shown
    ]
    found.unused = len(listed - used - reviewed)
    if found.state:
        found.is_index_behind = is_index_behind(searcher, found.state.tail.number, viewer)


def _make_row(dan: str | None, rule: Rule | None, counts: RetentionCounts, *, is_known: bool) -> SeriesRow:
    numbers = counts.series.get(dan, {})
    if dan is None:
        return SeriesRow(None, "", "No date follows.", "", numbers)
    if rule is None:
        words, review = ("No date follows.", NO_SCHEDULE) if is_known else ("Not known now.", "")
        return SeriesRow(dan, "", words, review, numbers)
    title = rule.title if rule.dan == dan else f"{rule.title} (its number is {rule.dan} now)"
    if rule.unreviewed:
        words = "Retain permanently." if rule.is_permanent else "No date follows."
        return SeriesRow(dan, title, words, f"Not reviewed: {rule.unreviewed}.", numbers)
    longer = f" The agency retains longer than the schedule: {rule.longer_because}."
    words = f"{describe_period(rule)}.{longer * bool(rule.longer_because)}"
    return SeriesRow(dan, title, words, f"{describe_review(rule)}.", numbers, is_reviewed=True)


def _label_quarters(periods: Iterable[EligiblePeriod]) -> Iterator[Bar]:
    year = ""
    for one in periods:
        if one.first is None or one.last is None:
            continue
        begin, end = one.first.strftime("%b"), one.last.strftime("%b")
        number = str(one.first.year)
        yield Bar(f"{begin} to {end} {number}", f"{begin}-{end}", number if number != year else "", one)
        year = number


def _label_years(periods: Sequence[EligiblePeriod]) -> Iterator[Bar]:
    has_room, last = len(periods) <= MOST_LABELS, len(periods) - 1
    for place, one in enumerate(periods):
        if one.first is None and one.last is not None:
            yield Bar(f"{one.last.year} and earlier", "earlier", "", one)
        elif one.last is None and one.first is not None:
            yield Bar(f"{one.first.year} and later", "later", "", one)
        elif one.first is not None:
            number = str(one.first.year)
            # of many years each fifth, and none that would touch the words at an end
            is_labeled = has_room or (one.first.year % 5 == 0 and 2 < place < last - 2)
            yield Bar(number, number * is_labeled, "", one)
