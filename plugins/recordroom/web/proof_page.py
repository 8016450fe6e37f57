"""The proof of one version, made while somebody waits, so that it can be filed alone: whose words, when it was checked, for whom. Who may
not read records is shown its steps without any words of the record."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from recordroom import __version__
from recordroom.airflow_setup import Right
from recordroom.errors import NotThere
from recordroom.records.proof import Step, prove
from recordroom.search.hits import names
from recordroom.search.masking import unnaming
from recordroom.web import desk, rendering
from recordroom.web.access import Person, needs
from recordroom.web.records import Named

router = APIRouter()


def _as_told(step: Step, barred: Collection[str]) -> Step:
    """To somebody who may not see these records: the words of a failure may name one, and so may the part of an answer."""
    part = None if step.part and names(step.part.text, barred) else step.part
    return replace(step, found=unnaming(barred)(step.found), part=part)


@router.get("/proof")
def page(request: Request, person: Annotated[Person, Depends(needs(Right.PROVE))], asked: Annotated[Named, Depends()]) -> Response:
    if asked.account in desk.hidden_from(person):
        raise NotThere(f"there is no version {asked.sequence} of {asked.id} in {asked.account}", "Take it from the record's own page.")
    may = person.may(Right.QUARANTINE)
    proof = prove(desk.searcher(), asked.id, asked.account, asked.sequence, who=person.name, quarantined=may)
    if not may:
        barred = desk.searcher().quarantine.now().records
        proof = replace(proof, steps=tuple(_as_told(step, barred) for step in proof.steps))
    return rendering.page(request, "proof", person, proof=proof, record=proof.version.record, software=__version__)
