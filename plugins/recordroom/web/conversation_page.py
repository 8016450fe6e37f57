"""A conversation, a screen at a time: what a record answers, and the answers to it, page after page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from recordroom.airflow_setup import Right
from recordroom.records.conversation import conversation
from recordroom.web import addresses, desk, rendering
from recordroom.web.access import Person, needs
from recordroom.web.records import RecordId

router = APIRouter()


@router.get("/conversation")
def talk(
    request: Request,
    person: Annotated[Person, Depends(needs(Right.READ))],
    id: RecordId,  # noqa: A002 (of the address)
    after: str = "",
    passed: str = "",
) -> Response:
    may, searcher = person.may(Right.QUARANTINE), desk.searcher()
    place = addresses.cursor(after, (int, str, str))
    found = conversation(searcher, id, after=place, who=person.name, without=desk.hidden_from(person), quarantined=may)
    shut = searcher.quarantine.now().records if may else {}
    return rendering.page(request, "conversation", person, talk=found, further=bool(after), shut=shut, passed=addresses.passed(passed))
