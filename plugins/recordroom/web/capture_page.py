"""Capture now: an address is pasted, a worker captures that post with its conversation; the receipt says whether it may be moderated."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from recordroom.accounts import Register
from recordroom.airflow_setup import Right
from recordroom.capture import requested
from recordroom.capture.addressed import accounts_at
from recordroom.capture.requested import Answer
from recordroom.errors import RecordroomError, ServiceUnavailable, UsageError
from recordroom.web import dag_runs, desk, forms, rendering
from recordroom.web.access import Person, needs

DAG = "capture_now"
LONGEST = 2_000  # characters of an address
router = APIRouter()
Asker = Annotated[Person, Depends(needs(Right.CAPTURE))]


@router.get("/capture")
def form(request: Request, person: Asker, url: str = "") -> Response:
    return _form(request, person, url[:LONGEST])


@router.post("/capture")
async def ask(request: Request, person: Asker) -> Response:
    given = await forms.read(request, LONGEST)
    url = given.get("url")
    return await run_in_threadpool(_ask, request, person, url.strip() if isinstance(url, str) else "")


def _ask(request: Request, person: Person, url: str) -> Response:
    """An address of no account is refused at once: no platform is asked for it."""
    try:
        if not url or len(url) > LONGEST:
            raise UsageError("there is no address" if not url else "the address is too long", "Paste the address of the post.")
        accounts = [account.id for account in accounts_at(_register(person), url)]
        wanted = requested.place(desk.place().derived, url, person.name, restricted=person.may(Right.RESTRICTED))
        searcher = desk.searcher()
        searcher.note("capture now", person.name, request=wanted.id, url=url, accounts=accounts)
        dag_runs.start(DAG, wanted.id, {"request": wanted.id})
    except RecordroomError as problem:
        return _form(request, person, url, problem)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/capture/{wanted.id}", 303)


@router.get("/capture/{name}")
def receipt(request: Request, person: Asker, name: str) -> Response:
    derived = desk.place().derived
    wanted = requested.find(derived, name)
    if wanted is None or (wanted.restricted and not person.may(Right.RESTRICTED)):
        raise HTTPException(404, "Nobody asked for a capture of that name.")
    answer = requested.answer(derived, name)
    told: dict[str, Any] = {"record": "", "kinds": {}}
    if answer is not None:
        told = {"record": _shown(person, answer), "kinds": Counter(kind for _, kind in answer.records)}
    return rendering.page(request, "receipt", person, wanted=wanted, answer=answer, **told)


def _shown(person: Person, answer: Answer) -> str:
    """The first record of the conversation that this person may see."""
    barred = frozenset[str]() if person.may(Right.QUARANTINE) else frozenset(desk.searcher().quarantine.now().records)
    return next((record_id for record_id, _ in answer.records if record_id not in barred), "")


def _register(person: Person) -> Register:
    """The accounts that this person may know of."""
    found, hidden = desk.register_in_force(), desk.hidden_from(person)
    return replace(found, accounts=tuple(account for account in found.accounts if account.id not in hidden))


def _form(request: Request, person: Person, url: str, problem: RecordroomError | None = None) -> Response:
    status = 200 if problem is None else 503 if isinstance(problem, ServiceUnavailable) else 400
    return rendering.page(request, "capture", person, status, url=url, problem=problem, longest=LONGEST)
