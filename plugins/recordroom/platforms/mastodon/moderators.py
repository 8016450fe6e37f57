"""What moderators of its instance tell an account: which of its statuses they deleted. To all others such a
status is gone like any.

Read (https://docs.joinmastodon.org/entities/AccountWarning/, OpenAPI description of version 4.7), with the
  scope read:notifications: /api/v1/notifications?types[]=moderation_warning      newest first, 80 in a page

    {"type": "moderation_warning", "moderation_warning": {"action": "delete_statuses", "status_ids": ["115"],
    "created_at": "...", ...}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from recordroom.errors import PlatformFailure
from recordroom.model import REMOVED, UNAVAILABLE, Absence, Exchange, instant
from recordroom.platforms.contract import Known
from recordroom.platforms.mastodon.notices import PAGE
from recordroom.platforms.paging import Params, by_link
from recordroom.platforms.schema import ITEM, LIST, NULL, TEXT, Shape, content_of, items, when
from recordroom.platforms.unread import beside

if TYPE_CHECKING:
    from recordroom.platforms.mastodon.asking import Asking

ASKED: Params = {"types[]": ["moderation_warning"], "limit": PAGE}
DELETED = "delete_statuses"  # of all actions, the one after which a status is there for nobody
NOTICE = Shape({"type": TEXT, "moderation_warning": ITEM | NULL})
WARNING = Shape({"action": TEXT, "created_at": TEXT, "status_ids": LIST | NULL})
_GONE = "not among the statuses asked for by id; the cause is not told"
_UNTOLD = "whether moderators of the instance deleted what is gone of the account is not told"


def absences(
    walk: Asking, gone: Mapping[str, Exchange], known: Mapping[str, Known]
) -> Iterator[Exchange | Absence]:
    """What follows for statuses that nobody is given: that moderators deleted them, where they told the
    account so. They are asked about the account's own alone, by the account itself; where that is not given,
    it is told. `gone`: the answer to each."""
    deleted = dict[str, tuple[datetime, Exchange]]()
    if walk.signed_in and any(known[native].tally == "own" for native in gone) and walk.stranger is None:
        try:
            deleted = _deleted(walk)
        except PlatformFailure as failure:
            yield walk.not_given(beside(failure), _UNTOLD)
    for native, answer in gone.items():
        if native in deleted:
            at, page = deleted[native]
            words = (
                f"moderators of the instance deleted it: they told the account so ({DELETED}, {instant(at)})"
            )
            yield Absence(known[native].record_id, REMOVED, words, page, "platform")
        else:
            yield Absence(known[native].record_id, UNAVAILABLE, _GONE, answer)


def _deleted(walk: Asking) -> dict[str, tuple[datetime, Exchange]]:
    """By its number, when they deleted a status, and what told so: an answer that holds no status."""
    found: dict[str, tuple[datetime, Exchange]] = {}
    context = {**walk.context, "not_given": True}
    for page in by_link(walk.api, f"{walk.base}/api/v1/notifications", ASKED, context=context):
        for i, notice in enumerate(items(content_of(page), page, "")):
            NOTICE.check(notice, page, f"/{i}")
            warning = notice.get("moderation_warning")
            if warning is None:
                continue
            WARNING.check(warning, page, f"/{i}/moderation_warning")
            if warning["action"] == DELETED:
                at = when(warning["created_at"], page, f"/{i}/moderation_warning/created_at")
                found |= {str(native): (at, page) for native in warning.get("status_ids") or ()}
    return found
