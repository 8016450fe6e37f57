"""What needs a person: the retention file, and holds. For `recordroom status` and the home page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from recordroom import clock, dates
from recordroom.errors import RecordroomError
from recordroom.jobs import retention
from recordroom.jobs.context import JobContext
from recordroom.retention.holds import Hold, in_force
from recordroom.retention.ledger import RetentionState


def list_alarms(context: JobContext) -> list[str]:
    """Return what needs a person, in words; one says so if that is not known.

    A retention file that was never put in force is no alarm: an agency may not use schedules yet.
    """
    try:
        state = retention.read_state(context)
        return [*_check_file(context, state), *list_hold_alarms(state)]
    except RecordroomError as problem:
        return [f"It is unknown whether holds need a person: {problem.public_message}"]


def _check_file(context: JobContext, state: RetentionState) -> Iterator[str]:
    if state.policy_entry is not None and (problem := retention.find_problem(context, state)):
        yield problem.words


def list_hold_alarms(state: RetentionState) -> Iterator[str]:
    """Yield what is overdue or cannot be asked; titles of confidential holds are left out."""
    today = clock.today()
    for hold in in_force(state.holds.values()):
        name = "a confidential hold" if hold.confidential else f"the hold {hold.title!r}"
        if is_overdue(hold, today) and hold.review_on:
            due = dates.format_day(hold.review_on)
            yield (
                f"The review of {name} was due on {due}. Review it on the page Holds, and set another day."
                " It stays in force."
            )
        if hold.problem:
            yield (
                f"The query of {name} cannot be asked, so everything in its accounts and dates is held."
                " Change its query on the page Holds."
            )


def is_overdue(hold: Hold, today: date) -> bool:
    """Return whether the review of a hold in force is overdue."""
    return hold.in_force and hold.review_on is not None and hold.review_on < today
