"""The audit: sign-ins, searches, views, verifications, and exports.

Each search in it can be repeated.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import QueryParams

from recordroom import dates
from recordroom.archive.audit.trail import EventFilter, TrailCursor
from recordroom.audit import view
from recordroom.audit.view import AuditReader
from recordroom.errors import ServiceUnavailable, UsageError
from recordroom.exports.formats.audit_csv import NAME, pieces
from recordroom.rights import Right
from recordroom.web import audit_wording, deps, templating, titles
from recordroom.web.auth import Person, require_right
from recordroom.web.responses import stream_pieces

_TIME, _NAME, _MONTH = r"\d{4}-\d\d-\d\dT[\d:.]{15}Z", r"[0-9a-f]{16}", r"|\d{4}-\d\d"
router = APIRouter()
Watcher = Annotated[Person, Depends(require_right(Right.AUDIT))]


@dataclass(frozen=True, slots=True)
class AuditQuestion:
    """The filters of the page, as typed."""

    person: str  # a name as the audit has it
    what: str  # type of an event
    record: str  # a record ID
    from_: str  # a day or instant
    to: str  # a day or instant

    @classmethod
    def parse(cls, given: QueryParams) -> AuditQuestion:
        """Read the parameters of an address."""
        return cls(*(given.get(name, "").strip() for name in ("person", "what", "record", "from", "to")))

    def make_filter(self) -> EventFilter:
        """Return the filter.

        WrongDay if a day is invalid, or if From is after To.
        """
        begin = dates.parse_from(self.from_) if self.from_ else None
        end = dates.parse_to(self.to) if self.to else None
        dates.check_order(begin, end)
        return EventFilter(self.person, self.what, begin, end, self.record)

    def address(self, page: str, **more: str) -> str:
        """Return the address of a page with these filters; more: further parameters."""
        given = {
            "person": self.person,
            "what": self.what,
            "record": self.record,
            "from": self.from_,
            "to": self.to,
        } | more
        return f"{page}?" + urlencode({name: value for name, value in given.items() if value})


@router.get("/audit")
def show_audit(request: Request, person: Watcher) -> Response:
    asked = AuditQuestion.parse(request.query_params)
    cursor = _decode_cursor(request.query_params.get("after", ""))
    try:
        wanted = asked.make_filter()
    except dates.WrongDay as problem:
        return templating.render_page(
            request, "audit", person, 400, asked=asked, found=None, what=audit_wording.ACTS, problem=problem
        )
    found = view.read_page(deps.get_searcher(), wanted, cursor, _make_reader(person))
    with titles.titles_for(person):
        lines = [(event, audit_wording.describe_event(event)) for event in found.events]
    older = asked.address("audit", after=_encode_cursor(found.more)) if found.more else ""
    values: dict[str, Any] = {"found": found, "lines": lines, "older": older, "further": cursor is not None}
    return templating.render_page(
        request, "audit", person, asked=asked, what=audit_wording.ACTS, problem=None, **values
    )


@router.get("/audit.csv")
def download_audit(request: Request, person: Watcher) -> Response:
    wanted = AuditQuestion.parse(request.query_params).make_filter()
    events = view.read_all(
        deps.get_searcher(), wanted, AuditReader(deps.make_viewer(person), accounts_known=True)
    )
    headers = {**templating.HEADERS, "Content-Disposition": f'attachment; filename="{NAME}"'}
    return stream_pieces(
        pieces(events, audit_wording.describe_event_for_file), "text/csv; charset=utf-8", headers
    )


def _make_reader(person: Person) -> AuditReader:
    """Return the reader of the audit.

    The archive knows which accounts are confidential. If it cannot be reached, the page shows no text of
    events.
    """
    try:
        return AuditReader(deps.make_viewer(person), accounts_known=True)
    except ServiceUnavailable:
        return AuditReader(deps.make_viewer_hiding(person, ()), accounts_known=False)


def _encode_cursor(cursor: TrailCursor) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([cursor.before, cursor.month, cursor.places])).decode()


def _decode_cursor(text: str) -> TrailCursor | None:
    """Return the cursor that `_encode_cursor` encoded, or None for the first page.

    UsageError for other text. No part of it becomes a key: its places are looked up by the names of existing
    ledgers.
    """
    if not text:
        return None
    try:
        before, month, places = orjson.loads(base64.urlsafe_b64decode(text))
        good = bool(re.fullmatch(_MONTH, month)) and all(
            isinstance(n, int) and 0 <= n < 10**12 for own in places.values() for n in own
        )
        good = good and (
            before is None or bool(re.fullmatch(_TIME, before[0]) and re.fullmatch(_NAME, before[1]))
        )
        found = TrailCursor(None if before is None else (before[0], before[1]), month, places)
    except (binascii.Error, ValueError, TypeError, AttributeError, IndexError):
        good, found = False, TrailCursor()
    if not good:
        raise UsageError("this address is not a page of the audit", "Start at the first page of the audit.")
    return found
