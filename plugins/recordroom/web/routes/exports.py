"""Orders of exports: their list, progress, receipts, and files.

People see their own orders, and those of others if they have that right.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import Any

import orjson
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from recordroom.errors import NotThere, UsageError
from recordroom.exports import orders, receipt, removal
from recordroom.exports.orders import Order, OtherVersion, Progress, UnreadableOrder
from recordroom.model import instant
from recordroom.rights import Right
from recordroom.search.access import Viewer
from recordroom.search.masking import make_mask
from recordroom.web import deps, forms, templating
from recordroom.web.auth import Forbidden, Person
from recordroom.web.params import SearchAddress
from recordroom.web.responses import stream_pieces
from recordroom.web.routes import export_form
from recordroom.web.routes.export_form import Orderer

SIZE = 30  # orders of a page
NO_OTHER_FIELD = 1_000  # bytes of a form that has only its token and one short field
STATES = {
    orders.ORDERED: "is waiting for a worker",
    orders.RUNNING: "is being made",
    orders.WAITING: "is waiting",
    orders.FAILED: "failed",
    orders.DONE: "is ready",
    orders.REMOVING: "is being removed",
    orders.REMOVED: "no longer has a file",
}
STEPS = {
    "": "starting", "records": "finding and reading the records", "media": "copying the files",
    "rows": "writing and checking the rows", "evidence": "checking the evidence", "parcel": "compressing",
}  # fmt: skip
router = APIRouter()


@router.get("/exports")
def list_exports(request: Request, person: Orderer, before: str = "") -> Response:
    """List orders, newest first; before: ID of the last order on the page before."""
    derived = deps.get_workspace().derived
    viewer = deps.make_viewer(person)
    listed = (order for order in orders.list_newest(derived, before) if _is_listed(person, viewer, order))
    found = list(islice(listed, SIZE + 1))
    progress = [(order, _read_progress(order)) for order in found[:SIZE]]
    lines = [(order, now, now is not None and _is_withheld(viewer, now)) for order, now in progress]
    more = found[SIZE - 1].id if len(found) > SIZE else ""
    return templating.render_page(
        request, "exports", person, lines=lines, more=more, before=before, states=STATES
    )


@router.get("/exports/{id_}")
def show_export(request: Request, person: Orderer, id_: str) -> Response:
    viewer = deps.make_viewer(person)
    order = _find_order(person, viewer, id_)
    derived = deps.get_workspace().derived
    now = orders.read_progress(derived, order)
    handed = _read_receipt(viewer, order) if now.result else ""
    words: dict[str, Any] = {"states": STATES, "steps": STEPS, "formats": export_form.FORMATS}
    words |= {
        "again": _may_restart(order, now),
        "shut": _is_withheld(viewer, now),
        "anew": _make_form_address(order),
    }
    words |= {
        "same": _make_form_address(order, as_of=instant(order.asked.as_of or order.when)),
        "by_itself": removal.BY_ITSELF,
    }
    return templating.render_page(request, "ordered", person, order=order, now=now, receipt=handed, **words)


@router.post("/exports/{id_}/start")
async def restart_export(request: Request, person: Orderer, id_: str) -> Response:
    """Start an order again if nothing works on it; the audit records that first."""
    await forms.read_form(request, NO_OTHER_FIELD)
    return await run_in_threadpool(_restart_export, request, person, id_)


def _restart_export(request: Request, person: Person, id_: str) -> Response:
    viewer = deps.make_viewer(person)
    order = _find_order(person, viewer, id_)
    if _may_restart(order, orders.read_progress(deps.get_workspace().derived, order)):
        facts = {"export": order.id, "name": order.asked.title, "of": order.who, "query": order.asked.query}
        export_form.note_order("order again", person, **facts, filters=order.asked.filters.to_audit())
        export_form.start_export(order)
    return _redirect_to(request, order)


@router.get("/exports/{id_}/remove")
def confirm_removal(request: Request, person: Orderer, id_: str) -> Response:
    """Explain the removal before it happens."""
    viewer = deps.make_viewer(person)
    order = _find_order(person, viewer, id_)
    now = orders.read_progress(deps.get_workspace().derived, order)
    return (
        templating.render_page(request, "removing", person, order=order, now=now)
        if now.state == orders.DONE
        else _redirect_to(request, order)
    )


@router.post("/exports/{id_}/remove")
async def remove_file(request: Request, person: Orderer, id_: str) -> Response:
    """Remove the file whose SHA-256 the form names."""
    given = await forms.read_form(request, NO_OTHER_FIELD)
    return await run_in_threadpool(_remove_file, request, person, id_, given.get("sha256"))


def _remove_file(request: Request, person: Person, id_: str, meant: object) -> Response:
    viewer = deps.make_viewer(person)
    order = _find_order(person, viewer, id_)
    now = orders.read_progress(deps.get_workspace().derived, order)
    if now.result is not None and now.result["sha256"] != meant:
        raise UsageError(
            "the file of this export has changed", "Open the page of the export and start there."
        )
    removal.remove_file(deps.get_searcher(), order, person.name)
    return _redirect_to(request, order)


@router.get("/exports/{id_}/file")
def download_file(person: Orderer, id_: str) -> Response:
    """Stream the ZIP file from the bucket.

    The audit records the download before the first byte is sent.
    """
    viewer = deps.make_viewer(person)
    order = _find_order(person, viewer, id_)
    derived = deps.get_workspace().derived
    now = orders.read_progress(derived, order)
    if now.state in orders.WITHOUT_FILE:
        raise HTTPException(404, "The file of this export was removed. Order the export again.")
    if (result := now.result) is None:
        raise HTTPException(404, "This export is not ready yet.")
    if _is_withheld(viewer, now):
        raise Forbidden(
            "A record was put under quarantine after this export was made and may be in it. Order it again."
        )
    if derived.head(order.zip_key) is None:
        raise HTTPException(404, "The file of this export is no longer stored. Order the export again.")
    pieces = derived.open(order.zip_key)[1]
    facts: dict[str, Any] = {name: result[name] for name in ("bytes", "sha256", "manifest_sha256")}
    facts |= {
        "export": order.id,
        "name": order.name,
        "of": order.who,
        "filters": order.asked.filters.to_audit(),
    }
    deps.get_searcher().record_release("download", person.name, **facts)
    headers = {
        **templating.HEADERS,
        "Content-Disposition": f'attachment; filename="{order.file}"',
        "Content-Length": str(result["bytes"]),
    }
    return stream_pieces(pieces, "application/zip", headers)


@router.get("/exports/{id_}/receipt")
def download_receipt(person: Orderer, id_: str) -> Response:
    viewer = deps.make_viewer(person)
    order = _find_order(person, viewer, id_)
    found = _read_receipt(viewer, order)
    headers = {**templating.HEADERS, "Content-Disposition": f'attachment; filename="{receipt.TEXT}"'}
    return Response(found, headers=headers, media_type="text/plain; charset=utf-8")


def _read_receipt(viewer: Viewer, order: Order) -> str:
    """Return the receipt as text.

    For a person who may not see the quarantine, record IDs that are under quarantine now are masked in its
    gaps. OtherVersion if they cannot be found in the receipt.
    """
    found = deps.get_workspace().derived.find(
        order.key(receipt.TEXT if viewer.sees_quarantine else receipt.JSON)
    )
    if found is None:
        raise HTTPException(404, "This export is not ready yet.")
    if viewer.sees_quarantine:
        return found.decode()
    try:
        return receipt.write_text(
            receipt.mask_gaps(orjson.loads(found), make_mask(viewer.quarantine.records))
        )
    except orders.OTHER_FORM as problem:
        raise OtherVersion(UnreadableOrder(order.id, order.who)) from problem


def _redirect_to(request: Request, order: Order) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/exports/{order.id}", 303)


def _find_order(person: Person, viewer: Viewer, id_: str) -> Order:
    """Return the order.

    NotThere, with the same message, if it does not exist or if this person may not see it.
    """
    try:
        order = orders.read_order(deps.get_workspace().derived, id_)
    except OtherVersion as problem:
        if _is_listed(person, viewer, problem.order):
            raise
        order = None
    if order is None or not _may_see(person, viewer, order):
        raise NotThere("there is no such export", "Open it from the list on the Exports page.")
    return order


def _read_progress(order: Order | UnreadableOrder) -> Progress | None:
    """Return the progress, or None if another version of recordroom wrote it."""
    try:
        return (
            None
            if isinstance(order, UnreadableOrder)
            else orders.read_progress(deps.get_workspace().derived, order)
        )
    except OtherVersion:
        return None


def _is_listed(person: Person, viewer: Viewer, order: Order | UnreadableOrder) -> bool:
    """Return whether the list shows an order to this person.

    For an unreadable order, the list shows only who ordered it, and when.
    """
    if isinstance(order, UnreadableOrder):
        return person.is_(order.who) or person.may(Right.EXPORTS_OF_OTHERS)
    return _may_see(person, viewer, order)


def _may_see(person: Person, viewer: Viewer, order: Order) -> bool:
    """Return whether a person may see an order.

    It must be their own, or they need the right to see those of others; an order of a legal matter needs the
    right for matters too. It must contain neither an account that is hidden from them, nor quarantined
    records without their right.
    """
    asked, own = order.asked.filters, person.is_(order.who)
    mine = own or (person.may(Right.EXPORTS_OF_OTHERS) and (not asked.matter or person.may(Right.MATTERS)))
    if not mine or (asked.quarantined and not person.may(Right.QUARANTINE)):
        return False
    return set(viewer.hidden_accounts) <= set(order.asked.hidden_accounts)


def _is_withheld(viewer: Viewer, now: Progress) -> bool:
    """Return whether the file may contain what was put under quarantine since.

    Only for people who may not see the quarantine. Lifted entries do not count.
    """
    if now.result is None or now.state in orders.WITHOUT_FILE or viewer.sees_quarantine:
        return False
    quarantine = viewer.quarantine
    return any(
        bar.number > now.result["quarantine"]
        for bars in (quarantine.records, quarantine.files)
        for bar in bars.values()
    )


def _make_form_address(order: Order, **own: str) -> str:
    """Return the address of the form for the same export; own: other values."""
    asked = order.asked
    more = {
        "format": asked.format,
        "title": asked.title,
        "context": "1" * asked.context,
        "deep": "1" * asked.deep,
    }
    return SearchAddress.from_audit(asked.query, asked.filters.to_audit()).address_of("export", **more, **own)


def _may_restart(order: Order, now: Progress) -> bool:
    """Return whether an order can be started again.

    It failed, it waits, or it has reported nothing for orders.SILENCE seconds.
    """
    if now.state in (orders.FAILED, orders.WAITING):
        return True
    at = now.at or order.when
    return now.state not in orders.ENDED and (datetime.now(UTC) - at).total_seconds() > orders.SILENCE
