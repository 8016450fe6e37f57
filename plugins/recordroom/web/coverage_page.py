"""Whether the archive is whole: all accounts at a glance, and one account with its calendar. No words of a record stand on these pages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from recordroom.airflow_setup import Right
from recordroom.coverage.calendar import STATES, alike, months, weeks
from recordroom.errors import NotThere
from recordroom.web import desk, rendering
from recordroom.web.access import Person, needs

router = APIRouter()
Watcher = Annotated[Person, Depends(needs(Right.COVERAGE))]


@router.get("/coverage")
def coverage(request: Request, person: Watcher) -> Response:
    look = desk.coverage(person)
    years = [(one, weeks(one.days), months(one.days)) for one in look.accounts]
    return rendering.page(request, "coverage", person, look=look, years=years, states=STATES)


@router.get("/account")
def account(request: Request, person: Watcher, id: str) -> Response:  # noqa: A002 (of the address)
    look = desk.coverage(person)
    one = next((one for one in look.accounts if one.name == id), None)
    if one is None:
        raise NotThere(f"there is no account {id!r}", "The page of coverage lists all that there are.")
    spans = list(alike(one.days))
    return rendering.page(request, "account", person, look=look, one=one, weeks=weeks(one.days), spans=spans, states=STATES)
