"""The term report: each line of a list is counted within the filters of a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, QueryParams, UploadFile

from recordroom.errors import ServiceUnavailable, UsageError
from recordroom.exports.formats import term_report
from recordroom.model import KINDS
from recordroom.rights import Right
from recordroom.search import term_list
from recordroom.search.query import syntax
from recordroom.search.query.translation import MOST_TERMS
from recordroom.search.term_list import TermList
from recordroom.search.term_report import count_terms
from recordroom.web import deps, forms, sent_forms, templating
from recordroom.web.auth import Person, require_right
from recordroom.web.params import SearchAddress

FORMS = {
    term_report.CSV: "text/csv; charset=utf-8",
    term_report.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PAGE, LIST = "terms", "terms"  # the page, and the field of its list
router = APIRouter()
TermReader = Annotated[Person, Depends(require_right(Right.TERMS))]


@dataclass(frozen=True, slots=True)
class _TermsForm:
    """The fields of the form."""

    fields: tuple[tuple[str, str], ...]  # (name, value) of the filters
    pasted: str  # the list as typed
    file: tuple[bytes, str] | None  # (bytes, name) of an uploaded list; None if there is none
    form: str  # a key of FORMS for a file; "" for a page

    @property
    def asked(self) -> SearchAddress:
        """The filters of the search.

        UsageError for values that no page of ours writes.
        """
        return SearchAddress.parse(QueryParams(list(self.fields)))

    def read_terms(self) -> TermList:
        """Return the list.

        UsageError if there are two lists, or none that can be read.
        """
        if self.file is None:
            return term_list.parse_text(self.pasted)
        if self.pasted.strip():
            raise UsageError("you entered terms and also chose a file", "Use only one of them.")
        return term_list.parse_file(*self.file)


@router.get("/terms")
def show_form(request: Request, person: TermReader, kept: str = "") -> Response:
    """Show the form, or a report; kept: name of a list that was sent before."""
    if not kept:
        return _render_page(request, person, "terms", SearchAddress.parse(request.query_params), text="")
    given = sent_forms.find_form(deps.get_workspace().derived, PAGE, person, kept)
    fields = tuple((name, value) for name, value in given.multi_items() if name != LIST)
    return _render_report(request, person, _TermsForm(fields, given[LIST], None, ""))


@router.post("/terms")
async def handle_form(request: Request, person: TermReader) -> Response:
    given = await _read_fields(await forms.read_form(request, term_list.LARGEST))
    return await run_in_threadpool(_handle_fields, request, person, given)


async def _read_fields(sent: FormData) -> _TermsForm:
    fields = [(name, value) for name, value in sent.multi_items() if isinstance(value, str)]
    file = next((value for value in sent.values() if isinstance(value, UploadFile) and value.filename), None)
    data = None if file is None else (await file.read(), str(file.filename))
    texts = dict(fields)
    narrows = tuple((name, value) for name, value in fields if name not in (forms.TOKEN, LIST, "form"))
    return _TermsForm(narrows, texts.get(LIST, ""), data, texts.get("form", ""))


def _handle_fields(request: Request, person: Person, given: _TermsForm) -> Response:
    """Return a file, or redirect to the report; an unreadable list returns its form."""
    asked = given.asked
    try:
        terms = given.read_terms()
        if given.form in FORMS:
            return _render_file(person, asked, terms, given.form)
        term_list.parse_text(terms.text)  # the report parses it again
    except UsageError as problem:
        return _render_page(request, person, "terms", asked, 400, text=given.pasted, problem=problem)
    try:
        kept = sent_forms.keep_form(
            deps.get_workspace().derived, PAGE, person, [*given.fields, (LIST, terms.text)]
        )
    except ServiceUnavailable:
        # without an address: counts do not depend on the bucket
        return _render_report(request, person, given)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/{PAGE}?kept={kept}", 303)


def _render_report(request: Request, person: Person, given: _TermsForm) -> Response:
    asked = given.asked
    try:
        terms = given.read_terms()
        viewer = deps.make_viewer(person)
        found = count_terms(deps.get_searcher(), terms, asked.make_filters(viewer), viewer=viewer)
    except UsageError as problem:
        return _render_page(request, person, "terms", asked, 400, text=given.pasted, problem=problem)
    values: dict[str, Any] = {
        "together": found.together,
        "longest_query": syntax.LONGEST,
        "most_words": MOST_TERMS,
    }
    return _render_page(
        request, person, "term_report", asked, text=terms.text, terms=terms, report=found, **values
    )


def _render_file(person: Person, asked: SearchAddress, terms: TermList, form: str) -> Response:
    viewer = deps.make_viewer(person)
    found = count_terms(deps.get_searcher(), terms, asked.make_filters(viewer), viewer=viewer, file=form)
    name = f"{term_report.NAME}_{found.at:%Y%m%dT%H%M%SZ}.{form}"
    data = term_report.write_report(found, form, of_quarantine=person.may(Right.QUARANTINE))
    headers = {"Content-Disposition": f'attachment; filename="{name}"', **templating.HEADERS}
    return Response(data, media_type=FORMS[form], headers=headers)


def _render_page(
    request: Request, person: Person, name: str, asked: SearchAddress, status: int = 200, **values: Any
) -> Response:
    """Show a page with the choices of its filters: accounts that the person may see."""
    hidden = deps.make_viewer(person).hidden_accounts
    chains = [chain.split("/") for chain in deps.get_searcher().status_reader.read_marks().chains]
    there = [(platform, account) for _, platform, account in chains if account not in hidden]
    choices = {
        "account": sorted({a for _, a in there}),
        "platform": sorted({p for p, _ in there}),
        "kind": list(KINDS),
    }
    limits = {"most": term_list.MOST, "largest": term_list.LARGEST}
    return templating.render_page(
        request, name, person, status, asked=asked, choices=choices, **limits, **({"problem": None} | values)
    )
