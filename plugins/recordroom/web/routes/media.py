"""Media files of the archive, from its own copies.

Files that are checked to be images, video, or audio are shown; all others are downloads. A person who viewed
a record's page within the hour has seen its files by the audit event of that page. A file that is opened in
another way, or one under quarantine, has an event of its own.
"""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from recordroom.archive.media import key_of
from recordroom.filetypes import LONGEST_SIGNATURE, find_extension, find_type
from recordroom.rights import Right
from recordroom.search import client
from recordroom.search.access import Viewer
from recordroom.search.index.documents import id_of
from recordroom.web import deps
from recordroom.web.auth import Person, require_right
from recordroom.web.params import VersionAddress
from recordroom.web.responses import stream_pieces

PIECE = 4 * 1024 * 1024  # most bytes of a part; a player then requests the next ones
# a request for other ranges gets the complete file
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
router = APIRouter()


@router.get("/media")
def show_media(
    request: Request,
    person: Annotated[Person, Depends(require_right(Right.READ))],
    asked: Annotated[VersionAddress, Depends()],
    position: int,
) -> Response:
    """Stream a file.

    It is named by its record, never by a key that a person could make up.
    """
    viewer = deps.make_viewer(person)
    sha256 = _find_sha256(viewer, asked, position)
    store, key = deps.get_workspace().archive, key_of(sha256)
    head = store.head(key)
    if head is None:
        raise HTTPException(404, "The archive has no such file.")
    start = store.get_range(key, 0, min(head.size, LONGEST_SIGNATURE)) if head.size else b""
    found = find_type(start)
    kind = found.shown_as if found else None
    headers = {"Accept-Ranges": "bytes", "Content-Security-Policy": "default-src 'none'; sandbox"}
    # a browser asks again each time: the file may be under quarantine by then
    headers |= {
        "Cache-Control": "private, no-cache",
        "ETag": f'"{sha256}"',
    }
    is_unchanged = request.headers.get("if-none-match") == headers["ETag"]
    piece = None if is_unchanged else _parse_range(request.headers.get("range"), head.size)
    # also for a 304: the browser then shows the copy that it kept
    _note_opening(person, viewer, asked, sha256)
    if is_unchanged:
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = (
        f'{"inline" if kind else "attachment"}; filename="{sha256[:16]}{find_extension(start)}"'
    )
    type_ = kind or "application/octet-stream"
    if piece is None:
        return stream_pieces(store.open(key)[1], type_, headers | {"Content-Length": str(head.size)})
    first, last = piece
    headers["Content-Range"] = f"bytes {first}-{last}/{head.size}"
    return Response(store.get_range(key, first, last - first + 1), 206, headers, type_)


def _find_sha256(viewer: Viewer, asked: VersionAddress, position: int) -> str:
    """Return the hash of the file that a version names.

    404 if there is none that this viewer may see.
    """
    name = id_of(asked.account, asked.id, asked.sequence)
    with client.speaking():
        found = (
            deps.get_searcher()
            .client.options(ignore_status=404)
            .get(index=deps.get_searcher().alias, id=name)
        )
    document = found.get("_source") or {}
    names = [m for m in document.get("media", ()) if m.get("position") == position and m.get("sha256")]
    if (
        not names
        or not viewer.may_see(asked.id, document["account"])
        or names[0]["sha256"] in viewer.withheld_files
    ):
        raise HTTPException(404, "The archive has no such file.")
    return str(names[0]["sha256"])


def _note_opening(person: Person, viewer: Viewer, asked: VersionAddress, sha256: str) -> None:
    """Record in the audit that a file was opened, unless an event covers it."""
    is_covered = (
        deps.get_recent_views().includes(person.name, asked.id) and sha256 not in viewer.quarantine.files
    )
    if not is_covered and not deps.get_recent_views().includes(person.name, asked.id, sha256):
        facts = {
            "record_id": asked.id,
            "account": asked.account,
            "sequence": asked.sequence,
            "sha256": sha256,
        }
        deps.get_searcher().note("media", person.name, **facts)
        deps.get_recent_views().add(person.name, asked.id, sha256)


def _parse_range(asked: str | None, size: int) -> tuple[int, int] | None:
    """Return (first, last) byte of a requested part, or None for the complete file.

    A client that requests no part takes the response for the complete file, as an image's page and "Save" do.
    """
    form = _RANGE.fullmatch(asked or "")
    begin, end = form.groups() if form else ("", "")
    if not (begin or end) or not size:
        return None
    first = int(begin) if begin else max(0, size - int(end))
    last = min(int(end), size - 1) if begin and end else size - 1
    if first > last:
        raise HTTPException(416, "The file has no such part.")
    return first, min(last, first + PIECE - 1)
