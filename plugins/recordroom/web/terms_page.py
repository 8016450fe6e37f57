"""The term report: a list is pasted or uploaded, and each of its lines is counted within the filters of a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, QueryParams, UploadFile

from recordroom.airflow_setup import Right
from recordroom.errors import UsageError
from recordroom.exports import term_table
from recordroom.model import KINDS
from recordroom.search import parsing, term_list
from recordroom.search.term_list import TermList
from recordroom.search.term_report import report
from recordroom.web import desk, forms, rendering
from recordroom.web.access import Person, needs
from recordroom.web.addresses import Asked

FORMS = {
    term_table.CSV: "text/csv; charset=utf-8",
    term_table.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
router = APIRouter()
Counter = Annotated[Person, Depends(needs(Right.TERMS))]


@dataclass(frozen=True, slots=True)
class _Given:
    """`pasted`: as it stood in the form. `file`: None where none was chosen. `form`: of the answer; empty: a page."""

    asked: Asked
    pasted: str
    file: tuple[bytes, str] | None
    form: str

    def terms(self) -> TermList:
        """UsageError where there are two lists, or none that can be read."""
        if self.file is None:
            return term_list.pasted(self.pasted)
        if self.pasted.strip():
            raise UsageError("there are two lists, one pasted and one uploaded", "Send one of them.")
        return term_list.uploaded(*self.file)


@router.get("/terms")
def form(request: Request, person: Counter) -> Response:
    return _page(request, person, "terms", Asked.of(request.query_params), text="")


@router.post("/terms")
async def count(request: Request, person: Counter) -> Response:
    given = await _given(await forms.read(request, term_list.LARGEST))
    return await run_in_threadpool(_counted, request, person, given)


async def _given(sent: FormData) -> _Given:
    fields = [(name, value) for name, value in sent.multi_items() if isinstance(value, str)]
    file = next((value for value in sent.values() if isinstance(value, UploadFile) and value.filename), None)
    data = None if file is None else (await file.read(), str(file.filename))
    texts = dict(fields)
    return _Given(Asked.of(QueryParams(fields)), texts.get("terms", ""), data, texts.get("form", ""))


def _counted(request: Request, person: Person, given: _Given) -> Response:
    asked = given.asked
    try:
        terms = given.terms()
        filters = asked.filters(desk.hidden_from(person), **desk.sees(person))
        found = report(desk.searcher(), terms, filters, person.name, given.form if given.form in FORMS else "")
    except UsageError as problem:
        return _page(request, person, "terms", asked, 400, text=given.pasted, problem=problem)
    if given.form in FORMS:
        name = f"{term_table.NAME}_{found.at:%Y%m%dT%H%M%SZ}.{given.form}"
        data = term_table.data(found, given.form, of_quarantine=person.may(Right.QUARANTINE))
        headers = {"Content-Disposition": f'attachment; filename="{name}"', **rendering.HEADERS}
        return Response(data, media_type=FORMS[given.form], headers=headers)
    told: dict[str, Any] = {"together": found.together, "longest_query": parsing.LONGEST}
    return _page(request, person, "term_report", asked, text=terms.text, terms=terms, report=found, **told)


def _page(request: Request, person: Person, name: str, asked: Asked, status: int = 200, **values: Any) -> Response:
    """With what can be chosen: the accounts that this person may see."""
    hidden = desk.hidden_from(person)
    chains = [chain.split("/") for chain in desk.searcher().surroundings.start().chains]
    there = [(platform, account) for _, platform, account in chains if account not in hidden]
    choices = {"account": sorted({a for _, a in there}), "platform": sorted({p for p, _ in there}), "kind": list(KINDS)}
    limits = {"most": term_list.MOST, "largest": term_list.LARGEST}
    return rendering.page(request, name, person, status, asked=asked, choices=choices, **limits, **({"problem": None} | values))
