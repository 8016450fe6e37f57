"""The form of an export: it counts what would be exported, then places the order.

The records come from a search, a selection, a conversation, or a list of terms.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams

from recordroom import dates
from recordroom.errors import ServiceUnavailable, SpoolFull, UsageError
from recordroom.exports import orders, worker
from recordroom.exports.estimate import estimate
from recordroom.exports.orders import Order
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.search.filters import Filters
from recordroom.web import airflow_runs, deps, forms, sent_forms, templating
from recordroom.web.auth import Person, require_right
from recordroom.web.params import LONGEST, SearchAddress

DAG, PAGE = "export", "export"
AS_OF = "Archive as of"
FORMATS = {
    "csv": "CSV: a table for any spreadsheet program",
    "xlsx": "XLSX: the same table as an Excel workbook",
    "pdf": "PDF: conversations to read or print, with the media files",
    "jsonl": "JSON Lines: all fields for other programs, with the media files",
}
router = APIRouter()
Orderer = Annotated[Person, Depends(require_right(Right.EXPORT))]


@dataclass(frozen=True, slots=True)
class ExportForm:
    """The fields of the form, as typed."""

    asked: SearchAddress  # what is exported
    format: str  # a key of FORMATS
    title: str  # of the export, for people
    as_of: str  # a day or instant; "" for now
    context: bool  # with the conversation around each record
    deep: bool  # parse the evidence again, and compare

    @classmethod
    def parse(cls, given: QueryParams) -> ExportForm:
        """Read the fields.

        UsageError for values that no page of ours writes.
        """
        title, as_of = (given.get(name, "").strip() for name in ("title", "as_of"))
        context, deep = (given.get(name) == "1" for name in ("context", "deep"))
        return cls(SearchAddress.parse(given), given.get("format") or "csv", title, as_of, context, deep)

    def make_spec(self, filters: Filters, viewer: Viewer) -> orders.ExportSpec:
        """Return what to order.

        WrongDay if the day is invalid or not over yet.
        """
        as_of = dates.parse_to(self.as_of, AS_OF) if self.as_of else None
        if as_of and as_of > datetime.now(UTC):
            raise dates.WrongDay(
                AS_OF,
                f"{AS_OF}: {self.as_of} is not over yet",
                "Enter a day that is over, or a time in the past.",
            )
        return orders.ExportSpec(
            self.asked.text,
            filters,
            self.format,
            self.title,
            self.context,
            self.deep,
            as_of,
            hidden_accounts=viewer.hidden_accounts,
        )


@router.get("/export")
def show_form(request: Request, person: Orderer, kept: str = "") -> Response:
    """Show the form with its counts; kept: name of a form that was sent before."""
    given = (
        sent_forms.find_form(deps.get_workspace().derived, PAGE, person, kept)
        if kept
        else request.query_params
    )
    return _render_form(request, person, given, None)


@router.post("/exports")
async def handle_form(request: Request, person: Orderer) -> Response:
    """Count a selection, count again, or place the order, as the field `do` says."""
    sent = await forms.read_form(request, LONGEST)
    given = forms.list_texts(sent)
    if given.get("do") == "selected" and not given.get("record"):
        raise UsageError(
            "Nothing was selected",
            "Go back and select records. Without a selection, the export would have all records.",
        )
    return await run_in_threadpool(
        _place_order if given.get("do") == "order" else _keep_and_count, request, person, given
    )


def _keep_and_count(request: Request, person: Person, given: QueryParams) -> Response:
    """Redirect to the address of the form with its counts."""
    fields = [(name, value) for name, value in given.multi_items() if name != "do"]
    try:
        kept = sent_forms.keep_form(deps.get_workspace().derived, PAGE, person, fields)
    except ServiceUnavailable:
        # without an address: counts do not depend on the bucket
        return _render_form(request, person, given, None)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/{PAGE}?kept={kept}", 303)


def _render_form(
    request: Request, person: Person, given: QueryParams, problem: UsageError | None
) -> Response:
    """Show the form with its counts, and with a problem if there is one."""
    wanted = ExportForm(SearchAddress.parse_text(given), "csv", "", "", context=False, deep=False)
    found = None
    try:
        wanted = ExportForm.parse(given)
        viewer = deps.make_viewer(person)
        filters = wanted.asked.make_filters(viewer)
        as_of, mistaken = _parse_as_of(wanted, filters, viewer)
        found = estimate(
            deps.get_searcher(), wanted.asked.text, filters, viewer, context=wanted.context, as_of=as_of
        )
        problem = problem or mistaken
    except UsageError as mistake:
        problem = problem or mistake
    choices = {
        "formats": FORMATS,
        "longest": orders.LONGEST_TITLE,
        "largest": worker.LARGEST,
        "as_of_called": AS_OF,
    }
    status = 400 if problem else 200
    return templating.render_page(
        request, "export", person, status, wanted=wanted, found=found, problem=problem, **choices
    )


def _parse_as_of(
    wanted: ExportForm, filters: Filters, viewer: Viewer
) -> tuple[datetime | None, UsageError | None]:
    """Return the time of the export, and what is wrong with the order.

    If the order is wrong, the counts are those of now.
    """
    try:
        return wanted.make_spec(filters, viewer).as_of, None
    except UsageError as mistake:
        return None, mistake


def _place_order(request: Request, person: Person, given: QueryParams) -> Response:
    """Place the order, and redirect to its page.

    A mistake is shown in the form, and nothing is ordered. The audit records an order before it is placed: no
    export is made that the audit does not know.
    """
    searcher = deps.get_searcher()
    try:
        wanted = ExportForm.parse(given)
        viewer = deps.make_viewer(person)
        filters = wanted.asked.make_filters(viewer)
        searcher.read_marks(filters, viewer)
        order = orders.draft_order(wanted.make_spec(filters, viewer), person.name)
    except UsageError as mistake:
        return _render_form(request, person, given, mistake)
    asked = order.asked
    facts = {
        "query": asked.query,
        "filters": filters.to_audit(),
        "format": asked.format,
        "context": asked.context,
    }
    note_order("order", person, export=order.id, name=asked.title, **facts)
    orders.place_order(deps.get_workspace().derived, order)
    start_export(order)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/exports/{order.id}", 303)


def note_order(type_: str, person: Person, **facts: Any) -> None:
    """Record in the audit what is about to be ordered.

    ServiceUnavailable if the audit cannot record it: then nothing may be ordered.
    """
    try:
        deps.get_searcher().note(type_, person.name, **facts)
    except SpoolFull as problem:
        words = "nothing was ordered, because the disk is too full to record the order in the audit"
        raise ServiceUnavailable(
            words, "Tell the administrator that a disk is full, then order the export again."
        ) from problem


def start_export(order: Order) -> None:
    """Start a run that makes the export.

    If Airflow cannot be reached, the order waits and says so.
    """
    try:
        airflow_runs.start_run(DAG, f"{order.id}-{secrets.token_hex(4)}", {"export": order.id})
    except ServiceUnavailable as problem:
        orders.report_progress(
            deps.get_workspace().derived,
            order,
            orders.Progress(orders.WAITING, message=problem.message, mend=problem.mend),
        )
