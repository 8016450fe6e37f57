"""Acts on a decision or a statement in its list: approve, revoke, or keep it, with a reason.

And the list of what an approval changes, for the second person.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from recordroom.errors import UsageError
from recordroom.exports.formats import changes_csv
from recordroom.records.approvals import ActKind, ApprovableAct, list_approval_changes
from recordroom.records.holds import LONGEST_REASON
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher
from recordroom.web import deps, forms, templating
from recordroom.web.auth import Person
from recordroom.web.responses import stream_pieces

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


def check_waiting(kind: ActKind, act: ApprovableAct) -> None:
    """Raise UsageError if nothing of an act waits for a second person."""
    if not act.validity.waiting:
        raise UsageError(f"this {kind.noun} needs no approval", f"The page {kind.noun.title()}s lists it.")


def send_changes(person: Person, kind: ActKind, act: ApprovableAct) -> Response:
    """Send what the approval of an act changes for each record that the person may see."""
    person.require(Right.READ)
    check_waiting(kind, act)
    searcher, viewer = deps.get_searcher(), deps.make_viewer(person)
    searcher.record_release("approval list", person.name, **{kind.noun: act.id})
    changes = list_approval_changes(searcher, kind, act, viewer)
    headers = {**templating.HEADERS, "Content-Disposition": f'attachment; filename="{changes_csv.NAME}"'}
    return stream_pieces(changes_csv.pieces(changes), "text/csv; charset=utf-8", headers)
