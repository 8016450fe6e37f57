"""Who names an account on Mastodon, or quotes it: notifications, which an instance tells a token of the
account itself alone.

Read (https://docs.joinmastodon.org/methods/notifications/, /entities/Notification/; OpenAPI description of
  version 4.7): /api/v1/notifications?types[]=mention&types[]=quote   newest first, 80 in a page, with the
  scope read:notifications

Those that the account's own policy filters (of new accounts, of accounts that it does not follow) are asked
for too. A page tells what somebody wrote to the account in private as well, whether that is to be kept or
not: so no page is kept, and each status is asked for by its id, private mentions where they are to be kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from recordroom.model import Exchange
from recordroom.platforms.mastodon.inbox import DIRECT
from recordroom.platforms.mastodon.statuses import statuses_of
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import ITEM, NULL, TEXT, Shape, content_of, items, when

PAGE, TYPES = 80, ("mention", "quote")
# of all types that version 4.7 has: what others did or wrote that neither names nor quotes the account
OTHERS = frozenset(
    ("status", "reblog", "follow", "follow_request", "favourite", "poll", "update", "admin.sign_up", "admin.report", "quoted_update",
     "severed_relationships", "moderation_warning", "added_to_collection", "collection_update",
     "annual_report")
)  # fmt: skip
ASKED: Params = {"types[]": list(TYPES), "include_filtered": "true", "limit": PAGE}
NOTICE = Shape({"type": TEXT, "created_at": TEXT, "status": ITEM | NULL})


def times_in(page: Exchange) -> list[datetime]:
    """When each notification was made."""
    found = items(content_of(page), page, "")
    for i, one in enumerate(found):
        NOTICE.check(one, page, f"/{i}")
    return [when(one["created_at"], page, f"/{i}/created_at") for i, one in enumerate(found)]


def statuses_in(page: Exchange, *, private: bool = False) -> list[dict[str, Any]]:
    """The statuses that name or quote the account, but for private mentions, or the `private` ones; each
    once. What is told by a type that nobody knows may."""
    told = {
        str(one["id"]): one
        for notice in content_of(page)
        if notice["type"] not in OTHERS
        for one in _status_of(notice, page)
    }
    return [one for one in told.values() if (one["visibility"] == DIRECT) is private]


def unknown_in(page: Exchange) -> dict[str, str]:
    """Status -> the type of its notification, where nobody knows that type."""
    strange = (notice for notice in content_of(page) if notice["type"] not in (*TYPES, *OTHERS))
    return {str(one["id"]): notice["type"] for notice in strange for one in _status_of(notice, page)}


def _status_of(notice: dict[str, Any], page: Exchange) -> list[dict[str, Any]]:
    return statuses_of(page, [notice["status"]], "/status") if notice.get("status") is not None else []
