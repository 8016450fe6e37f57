"""Acts on a decision or a statement in its list: approve, revoke, or keep it, with a reason."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from recordroom.records.approvals import ApprovableAct
from recordroom.records.holds import LONGEST_REASON
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher
from recordroom.web import deps, forms
from recordroom.web.auth import Person

Act = Callable[[Searcher, str, str, Viewer], ApprovableAct]  # searcher, ID, reason, viewer


async def act_with_reason(request: Request, person: Person, act: Act, name: str, page: str) -> Response:
    """Do an act with the reason of the form, let the index follow, and return to the list.

    page: `decisions` or `statements`.
    """
    reason = str((await forms.read_form(request, LONGEST_REASON)).get("reason", ""))
    await run_in_threadpool(_do, act, name, reason, person)
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}/retention/{page}#{name}", 303)


def _do(act: Act, name: str, reason: str, person: Person) -> None:
    act(deps.get_searcher(), name, reason, deps.make_viewer(person))
    deps.follow_ledger()
