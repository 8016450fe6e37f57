"""Who names an account on Bluesky, quotes it or answers it: notifications, which its own server tells a
session of the account alone.

Read (lexicons app.bsky.notification.listNotifications, app.bsky.feed.getQuotes of the PyPI package atproto):
  app.bsky.notification.listNotifications?reasons=mention&reasons=quote&reasons=reply&priority=false   newest
  first; a page may be
                                          short or empty and not the last; without `priority` an account that
                                          has chosen so (putPreferences) is told of those alone whom it
                                          follows app.bsky.feed.getQuotes
                                          who quotes a post, told to everybody by the AppView

A page of notifications says besides whom the account mutes and what it has read: each post is asked for by
its address where everybody may see it, and a page is kept only where the AppView does not show a post that
stands in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from recordroom.model import Exchange
from recordroom.platforms.bluesky.platform import POST
from recordroom.platforms.bluesky.views import WRITER, WRITTEN, failure_of, refs_of
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import ITEM, LIST, NULL, TEXT, Shape, content_of, when

METHOD, QUOTES = "app.bsky.notification.listNotifications", "app.bsky.feed.getQuotes"
ANSWERS, PAGE = "reply", 100
REASONS = ("mention", "quote", ANSWERS)
ASKED: Params = {"reasons": list(REASONS), "priority": "false", "limit": PAGE}
LISTED = Shape({"notifications": LIST, "cursor": TEXT | NULL})
NOTICE = Shape(
    {"uri": TEXT, "author": ITEM, "reason": TEXT, "record": ITEM, "indexedAt": TEXT, "labels": LIST | NULL},
    dict.fromkeys(("cid", "reasonSubject", "starterPack"), "said by the record")
    | {"isRead": "about whoever asks"},
)


def _read(page: Exchange, body: Any) -> list[dict[str, Any]]:
    """All notifications of a page, what is read of them of the promised types."""
    if problem := failure_of(page):
        raise problem
    LISTED.check(body, page, "")
    for i, one in enumerate(body["notifications"]):
        NOTICE.check(one, page, f"/notifications/{i}")
        WRITER.check(one["author"], page, f"/notifications/{i}/author")
    return list(body["notifications"])


def times_in(page: Exchange) -> list[datetime]:
    return [
        when(one["indexedAt"], page, f"/notifications/{i}/indexedAt")
        for i, one in enumerate(_read(page, content_of(page)))
    ]


def posts_in(page: Exchange, body: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """(place, notification) of each post that names, quotes or answers the account."""
    for i, one in enumerate(_read(page, body)):
        if one["reason"] in REASONS and f"/{POST}/" in one["uri"]:
            WRITTEN.check(one["record"], page, f"/notifications/{i}/record")
            yield i, one


def answers(record: Mapping[str, Any], me: str, exchange: Exchange) -> bool:
    """Whether a post stands in a conversation of the account, or answers a post of its own: it is read there,
    unless what it answers has gone. Its author may have written anything into these addresses."""
    if record.get("reply") is None:
        return False
    return any(uri.startswith(f"at://{me}/") for uri in refs_of(record["reply"], exchange, "/record/reply"))
