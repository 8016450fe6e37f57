"""Statements about records: who stated which fact, with which evidence, and which were revoked.

The list shows no text of any record. A statement about anything that the viewer may not see is left out.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from recordroom.records import approvals, statements
from recordroom.records.holds import LONGEST_REASON
from recordroom.rights import Right
from recordroom.web import deps, params, templating
from recordroom.web.auth import Person, require_right
from recordroom.web.retention_acts import act_with_reason, check_waiting, send_changes
from recordroom.web.routes.classify import find_samples
from recordroom.web.routes.state import KIND_WORDS
from recordroom.web.statement_views import list_views, make_view

SIZE = 50  # statements of a page, in addition to those that wait
router = APIRouter()
Classifier = Annotated[Person, Depends(require_right(Right.CLASSIFY))]


@router.get("/retention/statements")
def show_statements(
    request: Request, person: Annotated[Person, Depends(require_right(Right.RETENTION))], passed: str = ""
) -> Response:
    """List the statements: those that wait for approval first, then the newest."""
    views = list_views(deps.get_searcher(), deps.make_viewer(person))
    begin, rest = params.parse_passed(passed), [view for view in views if not view.approval.waits]
    return templating.render_page(
        request, "statements", person,
        waiting=[view for view in views if view.approval.waits], shown=rest[begin : begin + SIZE],
        total=len(rest), passed=begin, facts=KIND_WORDS, longest=LONGEST_REASON,
        more=begin + SIZE if begin + SIZE < len(rest) else 0,
    )  # fmt: skip


@router.get("/retention/statements/{name}")
def review_statement(request: Request, person: Classifier, name: str) -> Response:
    """Show a second person what a statement changes if they approve it."""
    person.require(Right.READ)
    searcher, viewer = deps.get_searcher(), deps.make_viewer(person)
    statement = statements.find_statement(searcher, name, viewer)
    check_waiting(statements.KIND, statement)
    found = approvals.preview_approval(searcher, statements.KIND, statement, viewer)
    return templating.render_page(
        request, "approval", person,
        noun="statement", card="stating.html", view=make_view(statement, viewer), found=found,
        groups=find_samples(found, viewer), facts=KIND_WORDS, longest=LONGEST_REASON,
    )  # fmt: skip


@router.get("/retention/statements/{name}/changes.csv")
def download_changes(request: Request, person: Classifier, name: str) -> Response:
    """Send what the approval of a statement changes, record by record."""
    del request
    statement = statements.find_statement(deps.get_searcher(), name, deps.make_viewer(person))
    return send_changes(person, statements.KIND, statement)


@router.post("/retention/statements/{name}/approve")
async def approve_statement(request: Request, person: Classifier, name: str) -> Response:
    return await act_with_reason(request, person, statements.approve, name, "statements")


@router.post("/retention/statements/{name}/revoke")
async def revoke_statement(request: Request, person: Classifier, name: str) -> Response:
    return await act_with_reason(request, person, statements.revoke, name, "statements")


@router.post("/retention/statements/{name}/keep")
async def keep_statement(request: Request, person: Classifier, name: str) -> Response:
    return await act_with_reason(request, person, statements.keep, name, "statements")
