"""Replies that vanished with a removed post: first which, then what changes, then the statement.

A person chooses the posts. recordroom writes the evidence, which follows from captures.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from recordroom.errors import RecordroomError, ServiceUnavailable, UsageError
from recordroom.records import statements
from recordroom.records.approvals import ChangedMeanwhile
from recordroom.records.holds import LONGEST_REASON
from recordroom.records.statements import StatementOrder
from recordroom.records.vanished_replies import VanishedReplies, list_vanished, make_order
from recordroom.retention.statements import WITHDRAWAL
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.web import deps, forms, params, templating
from recordroom.web.auth import Person, require_right
from recordroom.web.params import LONGEST
from recordroom.web.routes.classify import find_groups, find_samples
from recordroom.web.routes.state import KIND_WORDS, PREVIEW, STATE

SIZE = 50  # posts of a page
router = APIRouter()
_log = logging.getLogger(__name__)
Classifier = Annotated[Person, Depends(require_right(Right.CLASSIFY))]


@dataclass(frozen=True, slots=True)
class SentChoice:
    """The fields of the form, as typed."""

    roots: frozenset[str] = frozenset()  # VanishedReplies.key of the chosen posts
    reason: str = ""
    passed: int = 0  # posts on the pages before
    seen: str = ""  # fingerprint of the preview that the person saw
    all: bool = False  # every post of the page is chosen

    @classmethod
    def parse(cls, given: FormData) -> SentChoice:
        """Read the fields."""
        roots = frozenset(one for one in given.getlist("root") if isinstance(one, str))
        reason, passed, seen = (str(given.get(name, "")).strip() for name in ("reason", "passed", "seen"))
        return cls(roots, reason, params.parse_passed(passed), seen)

    def find(self, vanished: Sequence[VanishedReplies]) -> list[VanishedReplies]:
        """Return what is chosen; UsageError if it is nothing."""
        found = [one for one in vanished if one.key in self.roots]
        if not found:
            raise UsageError("no post is chosen", "Choose at least one post of the list.")
        return found


@router.get("/retention/vanished")
def show_vanished(request: Request, person: Classifier, passed: str = "", every: str = "") -> Response:
    """List the posts with replies that vanished. every: choose all of the page."""
    person.require(Right.READ)
    viewer, sent = deps.make_viewer(person), SentChoice(passed=params.parse_passed(passed), all=bool(every))
    return _render_list(request, person, sent, list_vanished(deps.get_searcher(), viewer), viewer=viewer)


@router.post("/retention/vanished")
async def send_choice(request: Request, person: Classifier) -> Response:
    """Show what changes, or store the statement, as the field `do` says."""
    person.require(Right.READ)
    given = await forms.read_form(request, LONGEST)
    return await run_in_threadpool(
        _handle, request, person, SentChoice.parse(given), str(given.get("do", ""))
    )


def _handle(request: Request, person: Person, sent: SentChoice, do: str) -> Response:
    """Show the list or the preview, or store; after a problem the list has what was typed."""
    viewer, vanished = deps.make_viewer(person), list[VanishedReplies]()
    try:
        vanished = list_vanished(deps.get_searcher(), viewer)
        if do in (PREVIEW, STATE):
            return _proceed(request, person, sent, sent.find(vanished), do)
    except (UsageError, ServiceUnavailable) as problem:
        _log.info("the list of vanished replies is shown again: %s", problem)
        return _render_list(request, person, sent, vanished, viewer=viewer, problem=problem)
    return _render_list(request, person, sent, vanished, viewer=viewer)


def _proceed(
    request: Request, person: Person, sent: SentChoice, chosen: Sequence[VanishedReplies], do: str
) -> Response:
    """Show what changes, or store the statement if that is still what the person saw."""
    order, covered = make_order(chosen, sent.reason)
    if do == STATE:
        try:
            made = statements.state(deps.get_searcher(), order, deps.make_viewer(person), seen=sent.seen)
        except ChangedMeanwhile as problem:
            return _render_preview(request, person, sent, order, chosen[:covered], problem=problem)
        deps.follow_ledger()
        return RedirectResponse(f"{request.scope.get('root_path', '')}/retention/statements#{made.id}", 303)
    return _render_preview(request, person, sent, order, chosen[:covered])


def _render_list(
    request: Request,
    person: Person,
    sent: SentChoice,
    vanished: Sequence[VanishedReplies],
    *,
    viewer: Viewer,
    problem: RecordroomError | None = None,
) -> Response:
    """vanished: empty if they are not known now."""
    status = 503 if isinstance(problem, ServiceUnavailable) else 400 if problem else 200
    end = sent.passed + SIZE
    shown = vanished[sent.passed : end]
    return templating.render_page(
        request, "vanished", person, status,
        sent=sent, problem=problem, shown=shown, total=len(vanished),
        replies=sum(len(one.replies) for one in vanished), more=end if end < len(vanished) else 0,
        groups=find_groups((one.root["record_id"] for one in shown), viewer) if shown else {},
        longest=LONGEST_REASON,
    )  # fmt: skip


def _render_preview(
    request: Request,
    person: Person,
    sent: SentChoice,
    order: StatementOrder,
    covered: Sequence[VanishedReplies],
    *,
    problem: UsageError | None = None,
) -> Response:
    """covered: the chosen posts whose evidence has room in one statement."""
    viewer = deps.make_viewer(person)
    changes = statements.preview_statement(deps.get_searcher(), order, viewer)
    return templating.render_page(
        request, "vanished_preview", person, 400 if problem else 200,
        sent=replace(sent, seen=changes.found.fingerprint), order=order, found=changes.found, problem=problem,
        covered=covered, left=len(sent.roots) - len(covered), fact=KIND_WORDS[WITHDRAWAL],
        groups=find_samples(changes.found, viewer),
    )  # fmt: skip
