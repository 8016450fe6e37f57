"""What asking and reading both look at: statuses by the fields by which one goes on, where they stand, and
what a refusal says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, moment
from recordroom.platforms.http import wrong
from recordroom.platforms.schema import (
    FLAG,
    ID,
    ITEM,
    LIST,
    NULL,
    NUMBER,
    TEXT,
    Shape,
    content_of,
    items,
    when,
)

Place = tuple[str, str | None, str | None]  # kind, parent_id, root_id
VIEWER = "about whoever asks"
ACCOUNT = Shape(
    {"id": ID, "acct": TEXT, "display_name": TEXT, "url": TEXT | NULL},
    dict.fromkeys(("username", "uri"), "said by acct and url")
    | dict.fromkeys(("avatar_static", "header_static", "emojis"), "another form of what is read")
    | dict.fromkeys(("followers_count", "following_count", "last_status_at"), "counters of no record")
    | dict.fromkeys(
        ("locked", "bot", "group", "discoverable", "indexable", "noindex", "hide_collections", "memorial"),
        "a setting",
    )
    | dict.fromkeys(
        ("show_media", "show_media_replies", "show_featured", "feature_approval", "roles", "role", "source"),
        "a setting",
    )
    | dict.fromkeys(
        ("note", "fields", "avatar", "avatar_description", "header", "header_description"),
        "read where it is a profile",
    )
    | dict.fromkeys(
        ("created_at", "statuses_count", "moved", "limited", "suspended", "mute_expires_at"),
        "read where it is a profile",
    ),
)
PROFILE = Shape(
    {
        "note": TEXT,
        "fields": LIST,
        "created_at": TEXT,
        "avatar": TEXT | NULL,
        "header": TEXT | NULL,
        "avatar_description": TEXT | NULL,
    }
    | {
        "header_description": TEXT | NULL,
        "statuses_count": NUMBER,
        "moved": ITEM | NULL,
        "limited": FLAG | NULL,
        "suspended": FLAG | NULL,
    }
)
WALKED = Shape(  # what `fetch` reads: whatever else has changed in an answer, the next page is asked for
    {
        "id": ID,
        "created_at": TEXT,
        "edited_at": TEXT | NULL,
        "account": ITEM,
        "visibility": TEXT,
        "reblog": ITEM | NULL,
    }
    | {
        "in_reply_to_id": ID | NULL,
        "in_reply_to_account_id": ID | NULL,
        "language": TEXT | NULL,
        "url": TEXT | NULL,
        "uri": TEXT,
    }
    | {"replies_count": NUMBER}
)
AUTHOR = Shape({"id": ID})
CONTEXT = Shape(
    {"descendants": LIST, "ancestors": LIST | NULL}
)  # what stands above ours is read for its place alone
_NO_YEAR = re.compile(
    r"(?:-[0-9]+|0000|[0-9]{5,9})-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"
)  # of this calendar, which has the years 1 to 9999
STATUS_URL = re.compile(r"/(?:statuses|@[^/]+)/(\d+)(?:/|$)")


def text_of(value: Any) -> str | None:
    return None if value is None else str(value)


def created_at(status: dict[str, Any], exchange: Exchange) -> datetime:
    """Of a status that the instance itself has made."""
    return when(status["created_at"], exchange, f"/{status['id']}/created_at")


def claimed(text: str, exchange: Exchange, pointer: str) -> datetime | None:
    """When something was written, or edited, as another server says; None where there is no such time. An
    instance takes a year 0 and one beyond 9999 from others (`created_at`, `edited_at` in
    app/lib/activitypub/parser/status_parser.rb of Mastodon), and one stranger's answer must not make a
    conversation unreadable."""
    try:
        return moment(text)
    except (ValueError, OverflowError):
        if _NO_YEAR.fullmatch(text):
            return None
        raise wrong(exchange, pointer, "a date and time with its zone", text) from None


def statuses_of(exchange: Exchange, body: Any, pointer: str) -> list[dict[str, Any]]:
    """The statuses of a list, the fields by which one goes on of the promised types."""
    for i, status in enumerate(items(body, exchange, pointer)):
        WALKED.check(status, exchange, f"{pointer}/{i}")
        AUTHOR.check(status["account"], exchange, f"{pointer}/{i}/account")
    return cast(list[dict[str, Any]], body)


def statuses_in(answer: Exchange) -> list[dict[str, Any]]:
    """The statuses of a list, or the one that an answer is."""
    body = content_of(answer)
    return statuses_of(answer, body if isinstance(body, list) else [body], "")


def descendants_of(exchange: Exchange) -> list[dict[str, Any]]:
    body = content_of(exchange)
    CONTEXT.check(body, exchange, "")
    return statuses_of(exchange, body["descendants"], "/descendants")


def place_within(item: dict[str, Any], context: Mapping[str, Any], record_id: Callable[[str], str]) -> Place:
    """In a conversation of ours only its head is a post; in another one, each of our statuses is."""
    parent, me = item.get("in_reply_to_id"), context.get("account")
    if context["own"]:
        kind = "comment" if str(parent) == context["status"] and context["kind"] == "post" else "reply"
    elif str(item["account"]["id"]) == me:
        kind = "post"
    else:
        kind = "comment" if text_of(item.get("in_reply_to_account_id")) == me else "reply"
    return kind, None if parent is None else record_id(parent), context["root"]


def words_of(exchange: Exchange) -> str:
    if exchange.status < 400:
        return ""
    try:
        said = content_of(exchange)
    except UnexpectedResponse:
        return ""
    return str(said["error"])[:200] if isinstance(said, dict) and "error" in said else ""
