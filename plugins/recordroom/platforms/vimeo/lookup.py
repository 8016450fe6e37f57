"""Archived records, requested one by one, and what follows where one is not given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from recordroom.errors import AccountUnavailable, Blocked
from recordroom.model import UNAVAILABLE, Absence, Exchange
from recordroom.platforms.contract import Client, KnownRecord
from recordroom.platforms.crawl import with_context
from recordroom.platforms.http import require_path_segment
from recordroom.platforms.vimeo.crawl import VimeoCrawl, items_of
from recordroom.platforms.vimeo.parse import parts_of
from recordroom.platforms.vimeo.schema import (
    ALBUM_FIELDS,
    COMMENT_FIELDS,
    EVENT_FIELDS,
    PROFILE_FIELDS,
    VIDEO_FIELDS,
)

if TYPE_CHECKING:
    from recordroom.register.models import Account

GONE = (
    "Vimeo finds nothing at its address: it was removed, or this token cannot see it; Vimeo does not say"
    " which"
)


def lookup(account: Account, ids: Iterable[KnownRecord], client: Client) -> Iterator[Exchange | Absence]:
    """Request each record by its ID.

    The core has just read the account itself, so a 404 is about the one record, and so is a 403 of an event
    (the plan no longer has events). Nothing is concluded where the token may not see everything, nor of a
    comment or a showcase that is refused: comments may have been switched off.
    """
    crawl = VimeoCrawl(account, client)
    for known in ids:
        kind = parts_of(known.record_id)[0]
        try:
            yield _request(crawl, known)
        except (AccountUnavailable, Blocked) as failure:
            is_refused = isinstance(failure, Blocked)
            if failure.exchange is None or (is_refused and kind not in ("live_events", "comments", "albums")):
                raise
            if crawl.unseen or (is_refused and kind != "live_events"):
                yield with_context(failure.exchange, not_given=True, untold=[known.record_id])
            else:
                yield Absence(known.record_id, UNAVAILABLE, GONE, failure.exchange)


def _request(crawl: VimeoCrawl, known: KnownRecord) -> Exchange:
    kind, native = parts_of(known.record_id)
    if kind == "users":
        return crawl.get("me", {"fields": PROFILE_FIELDS})
    native = require_path_segment(native)
    if kind == "comments":
        place = [known.kind, known.parent_id, known.root_id]
        video = require_path_segment(parts_of(known.root_id or "")[1])
        return crawl.get(f"videos/{video}/comments/{native}", {"fields": COMMENT_FIELDS}, place=place)
    fields = {"videos": VIDEO_FIELDS, "albums": ALBUM_FIELDS, "live_events": EVENT_FIELDS}[kind]
    answer = crawl.get(f"videos/{native}" if kind == "videos" else f"me/{kind}/{native}", {"fields": fields})
    return crawl.complete(kind, answer, [(found, item) for found, _, item in items_of(answer, kind)])
