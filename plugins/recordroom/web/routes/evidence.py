"""Evidence as the platform sent it.

One page shows the item of a version; another offers the complete evidence object, which needs a right of its
own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from recordroom import __version__
from recordroom.records.proof import ProofStep, prove_version
from recordroom.records.proof_folder import ContentWithheld, FolderRequest, prepare_folder
from recordroom.records.record import RecordVersion, find_version
from recordroom.records.source import EvidenceFile, describe_file, mask_addresses, read_source
from recordroom.rights import Right
from recordroom.search.hits import mentions_any
from recordroom.search.masking import make_mask
from recordroom.web import deps, templating
from recordroom.web.auth import AccessRefused, Forbidden, Person, require_right
from recordroom.web.params import RecordId, VersionAddress, parse_flag
from recordroom.web.responses import stream_pieces
from recordroom.web.zip_stream import stream_zip

router = APIRouter()


def _mask_step(step: ProofStep, records: Collection[str]) -> ProofStep:
    """Return a step of the proof without the names of these records.

    The message of a failure may name one, and so may the part of a response. records: those that the person
    may not see.
    """
    part = None if step.part and mentions_any(step.part.text, records) else step.part
    return replace(step, found=make_mask(records)(step.found), part=part)


Prover = Annotated[Person, Depends(require_right(Right.PROVE))]
Reader = Annotated[Person, Depends(require_right(Right.READ))]
EvidenceReader = Annotated[Person, Depends(require_right(Right.EVIDENCE))]
AskedVersion = Annotated[VersionAddress, Depends()]


@router.get("/proof")
def show_proof(request: Request, person: Prover, asked: AskedVersion) -> Response:
    viewer = deps.make_viewer(person)
    proof = prove_version(deps.get_searcher(), asked.id, asked.account, asked.sequence, viewer)
    if not viewer.sees_quarantine:
        proof = replace(proof, steps=tuple(_mask_step(step, viewer.withheld_records) for step in proof.steps))
    return templating.render_page(
        request, "proof", person, proof=proof, record=proof.version.record, software=__version__
    )


@router.get("/proof/folder")
def download_proof_folder(
    _: Prover,
    person: EvidenceReader,
    id: RecordId,  # noqa: A002 (of the address)
    complete: str = "",
) -> Response:
    """Stream the folder that proves a record, as a ZIP; the audit in the archive records that first.

    Refused if it would show something that the person may not see.
    """
    request = FolderRequest(id, complete=parse_flag("complete", complete))
    try:
        folder = prepare_folder(deps.get_searcher(), request, deps.make_viewer(person))
    except ContentWithheld as problem:
        raise AccessRefused(Right.QUARANTINE if problem.quarantined else Right.RESTRICTED) from problem
    headers = {"Content-Disposition": f'attachment; filename="{folder.name}.zip"', **templating.HEADERS}
    return stream_pieces(stream_zip(folder.name, folder.files), "application/zip", headers)


@router.get("/native")
def show_source(request: Request, person: Reader, asked: AskedVersion) -> Response:
    viewer, searcher = deps.make_viewer(person), deps.get_searcher()
    version, versions = find_version(searcher, asked.id, asked.account, asked.sequence, viewer)
    searcher.note("native", person.name, record_id=asked.id, account=asked.account, sequence=asked.sequence)
    found = read_source(deps.get_workspace().archive, version, versions, viewer)
    texts = (found.text, found.gone.text if found.gone else "", found.status.text if found.status else "")
    if any(mentions_any(text, viewer.withheld_records) for text in texts):
        raise Forbidden(
            "This item as the platform sent it may contain the text of a record that you may not see."
        )
    found = found if viewer.sees_quarantine else mask_addresses(found, make_mask(viewer.withheld_records))
    return templating.render_page(request, "native", person, record=version.record, native=found)


@router.get("/evidence")
def show_evidence(request: Request, person: EvidenceReader, asked: AskedVersion) -> Response:
    """Show what the download contains, before it starts."""
    version, found = _describe_evidence(person, asked)
    return templating.render_page(request, "evidence", person, record=version.record, whole=found)


@router.get("/evidence/file")
def download_evidence(person: EvidenceReader, asked: AskedVersion) -> Response:
    """Stream the object's bytes; the audit in the archive records that first.

    Refused if it contains a record under quarantine that the person may not see.
    """
    _, found = _describe_evidence(person, asked)
    if found.barred and not person.may(Right.QUARANTINE):
        raise AccessRefused(Right.QUARANTINE)
    pieces = deps.get_workspace().archive.open(found.key)[1]
    facts = {"key": found.key, "holds": len(found.records), "gone": found.gone, "barred": found.barred}
    deps.get_searcher().record_release(
        "evidence", person.name, record_id=asked.id, account=asked.account, sequence=asked.sequence, **facts
    )
    name = found.key.rpartition("/")[2]
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(found.bytes),
        **templating.HEADERS,
    }
    return stream_pieces(pieces, "application/warc", headers)


def _describe_evidence(person: Person, asked: VersionAddress) -> tuple[RecordVersion, EvidenceFile]:
    viewer = deps.make_viewer(person)
    version, _ = find_version(deps.get_searcher(), asked.id, asked.account, asked.sequence, viewer)
    return version, describe_file(deps.get_searcher(), version, viewer)
