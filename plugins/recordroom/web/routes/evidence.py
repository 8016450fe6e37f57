"""What the platform sent: the item of one version, for whoever may read it; the whole evidence object, for whoever has that right."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from recordroom import __version__
from recordroom.errors import NotThere
from recordroom.records.proof import Step, prove
from recordroom.records.record import Version, versions_of
from recordroom.records.source import Whole, as_told, native, whole
from recordroom.rights import Right
from recordroom.search.hits import names
from recordroom.search.masking import unnaming
from recordroom.web import deps, templating
from recordroom.web.auth import Forbidden, Person, Refused, needs
from recordroom.web.params import Named
from recordroom.web.responses import streamed

router = APIRouter()


def _as_told(step: Step, barred: Collection[str]) -> Step:
    """To somebody who may not see these records: the words of a failure may name one, and so may the part of an answer."""
    part = None if step.part and names(step.part.text, barred) else step.part
    return replace(step, found=unnaming(barred)(step.found), part=part)


@router.get("/proof")
def page(request: Request, person: Annotated[Person, Depends(needs(Right.PROVE))], asked: Annotated[Named, Depends()]) -> Response:
    if asked.account in deps.hidden_from(person):
        raise NotThere(f"there is no version {asked.sequence} of {asked.id} in {asked.account}", "Take it from the record's own page.")
    may = person.may(Right.QUARANTINE)
    proof = prove(deps.searcher(), asked.id, asked.account, asked.sequence, who=person.name, quarantined=may)
    if not may:
        barred = deps.searcher().quarantine.now().records
        proof = replace(proof, steps=tuple(_as_told(step, barred) for step in proof.steps))
    return templating.page(request, "proof", person, proof=proof, record=proof.version.record, software=__version__)


Reader = Annotated[Person, Depends(needs(Right.READ))]
Keeper = Annotated[Person, Depends(needs(Right.EVIDENCE))]
About = Annotated[Named, Depends()]


@router.get("/native")
def item(request: Request, person: Reader, asked: About) -> Response:
    version, searcher = _version(person, asked), deps.searcher()
    searcher.note("native", person.name, record_id=asked.id, account=asked.account, sequence=asked.sequence)
    quarantine = None if person.may(Right.QUARANTINE) else searcher.quarantine.now()
    barred = quarantine.records if quarantine else ()
    found = native(deps.place().archive, version, versions_of(searcher, asked.id), barred)
    if any(names(text, barred) for text in (found.text, found.gone.text if found.gone else "", found.status.text if found.status else "")):
        raise Forbidden("What the platform sent here may hold words of something else, which you may not see.")
    found = as_told(found, unnaming(quarantine.records)) if quarantine else found
    return templating.page(request, "native", person, record=version.record, native=found)


@router.get("/evidence")
def about(request: Request, person: Keeper, asked: About) -> Response:
    """What one would get, before one gets it."""
    version, found = _whole(person, asked)
    return templating.page(request, "evidence", person, record=version.record, whole=found)


@router.get("/evidence/file")
def save(person: Keeper, asked: About) -> Response:
    """The bytes as they are; that they leave stands in the archive first. Refused where something in it is under quarantine."""
    _, found = _whole(person, asked)
    if found.barred and not person.may(Right.QUARANTINE):
        raise Refused(Right.QUARANTINE)
    pieces = deps.place().archive.open(found.key)[1]
    told = {"key": found.key, "holds": len(found.records), "gone": found.gone, "barred": found.barred}
    deps.searcher().hand_out("evidence", person.name, record_id=asked.id, account=asked.account, sequence=asked.sequence, **told)
    name = found.key.rpartition("/")[2]
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(found.bytes), **templating.HEADERS}
    return streamed(pieces, "application/warc", headers)


def _whole(person: Person, asked: Named) -> tuple[Version, Whole]:
    version = _version(person, asked)
    return version, whole(deps.searcher(), version)


def _version(person: Person, asked: Named) -> Version:
    """NotThere where there is none, or none that this person may see."""
    hidden, barred = deps.hidden_from(person), deps.searcher().quarantine.now().records
    for version in versions_of(deps.searcher(), asked.id):
        if (version.record["account"], version.record["sequence"]) == (asked.account, asked.sequence):
            if asked.account in hidden or (asked.id in barred and not person.may(Right.QUARANTINE)):
                break
            return version
    raise NotThere(f"there is no version {asked.sequence} of {asked.id} in {asked.account}", "Take it from the record's own page.")
