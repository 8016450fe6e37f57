"""What the platform sent: the item of one version, for whoever may read it; the whole evidence object, for
whoever has that right.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from recordroom import __version__
from recordroom.records.proof import Step, prove_version
from recordroom.records.record import Version, find_version
from recordroom.records.source import EvidenceFile, describe_file, mask_addresses, read_source
from recordroom.rights import Right
from recordroom.search.hits import mentions_any
from recordroom.search.masking import make_mask
from recordroom.web import deps, templating
from recordroom.web.auth import Forbidden, Person, Refused, needs
from recordroom.web.params import Named
from recordroom.web.responses import streamed

router = APIRouter()


def _as_told(step: Step, records: Collection[str]) -> Step:
    """To somebody who may not see these records: the words of a failure may name one, and so may the part of
    an answer.
    """
    part = None if step.part and mentions_any(step.part.text, records) else step.part
    return replace(step, found=make_mask(records)(step.found), part=part)


@router.get("/proof")
def page(
    request: Request,
    person: Annotated[Person, Depends(needs(Right.PROVE))],
    asked: Annotated[Named, Depends()],
) -> Response:
    viewer = deps.viewer(person)
    proof = prove_version(deps.searcher(), asked.id, asked.account, asked.sequence, viewer)
    if not viewer.sees_quarantine:
        proof = replace(proof, steps=tuple(_as_told(step, viewer.withheld_records) for step in proof.steps))
    return templating.page(
        request, "proof", person, proof=proof, record=proof.version.record, software=__version__
    )


Reader = Annotated[Person, Depends(needs(Right.READ))]
Keeper = Annotated[Person, Depends(needs(Right.EVIDENCE))]
About = Annotated[Named, Depends()]


@router.get("/native")
def item(request: Request, person: Reader, asked: About) -> Response:
    viewer, searcher = deps.viewer(person), deps.searcher()
    version, versions = find_version(searcher, asked.id, asked.account, asked.sequence, viewer)
    searcher.note("native", person.name, record_id=asked.id, account=asked.account, sequence=asked.sequence)
    found = read_source(deps.place().archive, version, versions, viewer)
    texts = (found.text, found.gone.text if found.gone else "", found.status.text if found.status else "")
    if any(mentions_any(text, viewer.withheld_records) for text in texts):
        raise Forbidden(
            "What the platform sent here may hold words of something else, which you may not see."
        )
    found = found if viewer.sees_quarantine else mask_addresses(found, make_mask(viewer.withheld_records))
    return templating.page(request, "native", person, record=version.record, native=found)


@router.get("/evidence")
def about(request: Request, person: Keeper, asked: About) -> Response:
    """What one would get, before one gets it."""
    version, found = _whole(person, asked)
    return templating.page(request, "evidence", person, record=version.record, whole=found)


@router.get("/evidence/file")
def save(person: Keeper, asked: About) -> Response:
    """The bytes as they are; that they leave stands in the archive first. Refused where something in it is
    under quarantine.
    """
    _, found = _whole(person, asked)
    if found.barred and not person.may(Right.QUARANTINE):
        raise Refused(Right.QUARANTINE)
    pieces = deps.place().archive.open(found.key)[1]
    told = {"key": found.key, "holds": len(found.records), "gone": found.gone, "barred": found.barred}
    deps.searcher().record_release(
        "evidence", person.name, record_id=asked.id, account=asked.account, sequence=asked.sequence, **told
    )
    name = found.key.rpartition("/")[2]
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(found.bytes),
        **templating.HEADERS,
    }
    return streamed(pieces, "application/warc", headers)


def _whole(person: Person, asked: Named) -> tuple[Version, EvidenceFile]:
    viewer = deps.viewer(person)
    version, _ = find_version(deps.searcher(), asked.id, asked.account, asked.sequence, viewer)
    return version, describe_file(deps.searcher(), version, viewer)
