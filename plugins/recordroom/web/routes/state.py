"""The form that states a fact about records: first what changes, then the statement."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams

from recordroom import dates
from recordroom.errors import RecordroomError, ServiceUnavailable, UsageError
from recordroom.records import statements
from recordroom.records.approvals import ChangedMeanwhile
from recordroom.records.holds import LONGEST_REASON
from recordroom.records.statements import LONGEST_EVIDENCE, StatementOrder
from recordroom.retention.models import EVENT
from recordroom.retention.statements import CONFIRMATION, EVENT_DAY, WITHDRAWAL
from recordroom.rights import Right
from recordroom.web import deps, forms, templating
from recordroom.web.auth import Person, require_right
from recordroom.web.chosen_records import ACCOUNT, ChosenRecords, FoundRecords
from recordroom.web.params import LONGEST, SearchAddress
from recordroom.web.routes.classify import find_samples, name_series

PREVIEW, STATE = "preview", "state"  # what a form asks for; else it is shown again
DAY = "Day"  # the label of the field
KIND_WORDS: Mapping[str, str] = {
    WITHDRAWAL: "The public can no longer see these records",
    CONFIRMATION: "The dates of these imported records are right",
    EVENT_DAY: "The event that starts the period of their series happened",
}
router = APIRouter()
_log = logging.getLogger(__name__)
Classifier = Annotated[Person, Depends(require_right(Right.CLASSIFY))]


@dataclass(frozen=True, slots=True)
class SentStatement:
    """The fields of the form, as typed."""

    chosen: ChosenRecords
    kind: str = ""  # "": not chosen yet
    day: str = ""
    evidence: str = ""
    series: str = ""  # of an event
    reason: str = ""
    seen: str = ""  # fingerprint of the preview that the person saw

    @classmethod
    def parse(cls, given: QueryParams) -> SentStatement:
        """Read the fields; UsageError for values that no page of ours writes."""
        names = ("fact", "day", "evidence", "dan", "reason", "seen")
        return cls(ChosenRecords.parse(given), *(given.get(name, "").strip() for name in names))

    def make_order(self, found: FoundRecords) -> StatementOrder:
        """Return what is stated; UsageError if no kind is chosen, WrongDay for a text that is no day."""
        if not self.kind:
            raise UsageError("it is not chosen what you state", "Choose one of the three facts.")
        day = dates.parse_day(self.day, DAY) if self.day else None
        series = self.series if self.kind == EVENT_DAY else ""
        return StatementOrder(self.kind, found.scope, self.reason, day, self.evidence, series or None)


@router.get("/retention/state")
def show_form(request: Request, person: Classifier) -> Response:
    """Show the form for a record, or for the results of a search."""
    person.require(Right.READ)
    return _handle(request, person, request.query_params, "")


@router.post("/retention/state")
async def send_form(request: Request, person: Classifier) -> Response:
    """Show what changes, or store the statement, as the field `do` says."""
    person.require(Right.READ)
    sent = await forms.read_form(request, LONGEST + LONGEST_EVIDENCE)
    given = forms.list_texts(sent)
    return await run_in_threadpool(_handle, request, person, given, given.get("do", ""))


def _handle(request: Request, person: Person, given: QueryParams, do: str) -> Response:
    """Show the form or the preview, or store; after a problem the form has what was typed."""
    sent, found = SentStatement(ChosenRecords(SearchAddress.parse_text(given))), None
    try:
        sent = SentStatement.parse(given)
        if sent.chosen.is_empty:
            return RedirectResponse(f"{request.scope.get('root_path', '')}/retention/statements", 303)
        found = sent.chosen.find(deps.get_searcher(), deps.make_viewer(person))
        if do in (PREVIEW, STATE):
            return _proceed(request, person, sent, sent.make_order(found), do)
        return _render_form(request, person, sent, found)
    except (UsageError, ServiceUnavailable) as problem:
        _log.info("the form of a statement is shown again: %s", problem)
        return _render_form(request, person, sent, found, problem)


def _proceed(
    request: Request, person: Person, sent: SentStatement, order: StatementOrder, do: str
) -> Response:
    """Show what changes, or store the statement if that is still what the person saw."""
    if do == PREVIEW:
        return _render_preview(request, person, sent, order)
    try:
        made = statements.state(deps.get_searcher(), order, deps.make_viewer(person), seen=sent.seen)
    except ChangedMeanwhile as problem:
        return _render_preview(request, person, sent, order, problem)
    deps.follow_ledger()
    return RedirectResponse(f"{request.scope.get('root_path', '')}/retention/statements#{made.id}", 303)


def _render_form(
    request: Request,
    person: Person,
    sent: SentStatement,
    found: FoundRecords | None,
    problem: RecordroomError | None = None,
) -> Response:
    """found: None if it is not known what is chosen."""
    status = 503 if isinstance(problem, ServiceUnavailable) else 400 if problem else 200
    document = found.document if found else None
    return templating.render_page(
        request, "state", person, status,
        sent=sent, problem=problem, found=found, document=document, account_cover=ACCOUNT,
        kinds=KIND_WORDS, with_event=EVENT_DAY, series=_list_series(),
        longest=LONGEST_REASON, longest_evidence=LONGEST_EVIDENCE,
    )  # fmt: skip


def _render_preview(
    request: Request,
    person: Person,
    sent: SentStatement,
    order: StatementOrder,
    problem: UsageError | None = None,
) -> Response:
    viewer = deps.make_viewer(person)
    changes = statements.preview_statement(deps.get_searcher(), order, viewer)
    sent = replace(sent, seen=changes.found.fingerprint)
    return templating.render_page(
        request, "state_preview", person, 400 if problem else 200,
        sent=sent, order=order, found=changes.found, still_published=changes.still_published,
        problem=problem, groups=find_samples(changes.found, viewer), fact=KIND_WORDS[order.kind],
    )  # fmt: skip


def _list_series() -> list[tuple[str, str]] | None:
    """Return (number, words) of the series whose period begins with an event; None if not known now."""
    try:
        rules = deps.get_searcher().retention.now().policy.rules
    except RecordroomError as problem:
        _log.warning("the series in force are not known: %s", problem)
        return None
    return [(dan, name_series(dan, rule)) for dan, rule in sorted(rules.items()) if rule.trigger == EVENT]
