"""Coverage: whether the archive is complete.

One page lists all accounts; another shows one account with its calendar. These pages show no text of any
record.
"""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from recordroom.coverage.calendar import STATES, group_equal_days, group_months, group_weeks
from recordroom.coverage.concerns import sort_by_urgency
from recordroom.coverage.gap_reasons import rate_urgency
from recordroom.errors import NotThere, RecordroomError
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.search.filters import Filters
from recordroom.search.summaries import MissingFileCounts, count_missing_files
from recordroom.web import deps, templating
from recordroom.web.auth import Person, require_right

_log = logging.getLogger(__name__)
router = APIRouter()
Watcher = Annotated[Person, Depends(require_right(Right.COVERAGE))]


@router.get("/coverage")
def show_coverage(request: Request, person: Watcher) -> Response:
    look = deps.read_coverage(deps.make_viewer(person))
    accounts = sort_by_urgency(look.accounts)
    gaps = sorted(
        (gap for one in accounts for gap in one.gaps),
        key=lambda gap: (rate_urgency(gap.reason), gap.account, gap.opened_at),
    )
    years = [(one, group_weeks(one.days), group_months(one.days)) for one in look.accounts]
    return templating.render_page(
        request, "coverage", person, look=look, accounts=accounts, open=gaps, years=years, states=STATES
    )


@router.get("/account")
def show_account(request: Request, person: Watcher, id: str) -> Response:  # noqa: A002 (of the address)
    viewer = deps.make_viewer(person)
    look = deps.read_coverage(viewer)
    one = next((one for one in look.accounts if one.name == id), None)
    if one is None:
        raise NotThere(f"there is no account {id!r}", "The Coverage page lists all accounts.")
    files, problem = _count_missing_files(viewer, one.name)
    year, spans = group_weeks(one.days), list(group_equal_days(one.days))
    return templating.render_page(
        request,
        "account",
        person,
        look=look,
        one=one,
        weeks=year,
        spans=spans,
        states=STATES,
        files=files,
        problem=problem,
    )


def _count_missing_files(viewer: Viewer, name: str) -> tuple[MissingFileCounts | None, str]:
    """Return the missing files of an account, or None and the reason.

    The rest of the page needs no index: it is shown even if Elasticsearch cannot be reached.
    """
    filters = Filters(account=(name,), quarantined=viewer.sees_quarantine)
    try:
        return count_missing_files(deps.get_searcher(), filters, viewer), ""
    except RecordroomError as problem:
        _log.warning("the missing files of an account are unknown: %s", problem)
        return None, viewer.reword(problem.public_message)
