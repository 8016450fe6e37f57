"""The proof of one version, made while somebody waits, so that it can be filed alone: whose words, when it was checked, for whom. Who may
not read records is shown its steps without any words of the record."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from recordroom import __version__
from recordroom.airflow_setup import Right
from recordroom.errors import NotThere
from recordroom.search.proving import prove
from recordroom.web import desk, rendering
from recordroom.web.access import Person, needs
from recordroom.web.records import Named

router = APIRouter()


@router.get("/proof")
def page(request: Request, person: Annotated[Person, Depends(needs(Right.PROVE))], asked: Annotated[Named, Depends()]) -> Response:
    if asked.account in desk.hidden_from(person):
        raise NotThere(f"there is no version {asked.sequence} of {asked.id} in {asked.account}", "Take it from the record's own page.")
    may = person.may(Right.QUARANTINE)
    proof = prove(desk.searcher(), asked.id, asked.account, asked.sequence, who=person.name, quarantined=may)
    return rendering.page(request, "proof", person, proof=proof, record=proof.version.record, software=__version__)
