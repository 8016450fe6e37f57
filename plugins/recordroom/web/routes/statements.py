"""Statements about records: who stated which fact, with which evidence, and which were revoked.

The page shows no text of any record. A statement about anything that the viewer may not see is left out.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from recordroom.records import statements
from recordroom.records.holds import LONGEST_REASON
from recordroom.rights import Right
from recordroom.web import deps, forms, params, templating
from recordroom.web.auth import Person, require_right
from recordroom.web.routes.state import KIND_WORDS

SIZE = 50  # statements of a page
router = APIRouter()


@router.get("/retention/statements")
def show_statements(
    request: Request, person: Annotated[Person, Depends(require_right(Right.RETENTION))], passed: str = ""
) -> Response:
    """List the statements, the newest first."""
    searcher, viewer = deps.get_searcher(), deps.make_viewer(person)
    made = [one for one in searcher.retention.now().statements.values() if statements.may_read(one, viewer)]
    begin = params.parse_passed(passed)
    shown = made[::-1][begin : begin + SIZE]
    return templating.render_page(
        request, "statements", person,
        shown=shown, total=len(made), passed=begin, facts=KIND_WORDS, longest=LONGEST_REASON,
        more=begin + SIZE if begin + SIZE < len(made) else 0,
    )  # fmt: skip


@router.post("/retention/statements/{name}/revoke")
async def revoke_statement(
    request: Request, person: Annotated[Person, Depends(require_right(Right.CLASSIFY))], name: str
) -> Response:
    reason = str((await forms.read_form(request, LONGEST_REASON)).get("reason", ""))
    return await run_in_threadpool(_revoke, request, person, name, reason)


def _revoke(request: Request, person: Person, name: str, reason: str) -> Response:
    """Revoke a statement, and let the index follow."""
    revoked = statements.revoke(deps.get_searcher(), name, reason, deps.make_viewer(person))
    deps.follow_ledger()
    return RedirectResponse(f"{request.scope.get('root_path', '')}/retention/statements#{revoked.id}", 303)
