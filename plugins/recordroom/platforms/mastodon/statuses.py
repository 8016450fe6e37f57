"""Statuses in responses, with the fields of them that a crawl reads.

`parse` reads their records (parse.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, cast

from recordroom.model import Exchange, moment
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.mastodon.schema import (
    AUTHOR_HEAD,
    CONTEXT,
    CONVERSATION,
    DIRECT,
    STATUS_HEAD,
    MastodonContext,
    Place,
)
from recordroom.platforms.schema import load_content, read_time, require_list

# A time outside of this calendar, which has the years 1 to 9999.
_NO_YEAR = re.compile(r"(?:-[0-9]+|0000|[0-9]{5,9})-[0-9]{2}-[0-9]{2}T[0-9:.]+Z")


def text_of(value: Any) -> str | None:
    """Return an ID as text; None where there is none."""
    return None if value is None else str(value)


def created_at(status: dict[str, Any], exchange: Exchange) -> datetime:
    """Return when a status was published that the instance itself has made."""
    return read_time(status["created_at"], exchange, f"/{status['id']}/created_at")


def claimed_time(text: str, exchange: Exchange, pointer: str) -> datetime | None:
    """Return when something was written or edited, as its own server states.

    None for a year that this calendar does not have.
    An instance accepts a year 0, and years beyond 9999, from other servers (`created_at` and `edited_at` in
    app/lib/activitypub/parser/status_parser.rb of Mastodon). One such reply must not make a conversation
    unreadable.
    """
    try:
        return moment(text)
    except (ValueError, OverflowError):
        if _NO_YEAR.fullmatch(text):
            return None
        raise unexpected_field(exchange, pointer, "a date and time with a time zone", text) from None


def check_statuses(exchange: Exchange, body: Any, pointer: str) -> list[dict[str, Any]]:
    """Return a list of statuses after a check of the fields that a crawl reads."""
    for i, status in enumerate(require_list(body, exchange, pointer)):
        STATUS_HEAD.check(status, exchange, f"{pointer}/{i}")
        AUTHOR_HEAD.check(status["account"], exchange, f"{pointer}/{i}/account")
    return cast(list[dict[str, Any]], body)


def statuses_in(answer: Exchange) -> list[dict[str, Any]]:
    """Return the statuses of a list, or the single one that a response is."""
    body = load_content(answer)
    return check_statuses(answer, body if isinstance(body, list) else [body], "")


def ids_in(answer: Exchange) -> set[str]:
    """Return the IDs of the statuses in a list, or of a single status."""
    return {str(status["id"]) for status in statuses_in(answer)}


def ancestors_in(answer: Exchange) -> list[dict[str, Any]]:
    """Return the statuses above the one whose context this is, the highest first."""
    return check_statuses(answer, load_content(answer)["ancestors"] or [], "/ancestors")


def descendants_in(answer: Exchange) -> list[dict[str, Any]]:
    """Return the statuses below the one whose context this is."""
    body = load_content(answer)
    CONTEXT.check(body, answer, "")
    return check_statuses(answer, body["descendants"], "/descendants")


def last_statuses(page: Exchange, body: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (pointer, last status) of each private conversation of a page."""
    for i, conversation in enumerate(require_list(body, page, "")):
        CONVERSATION.check(conversation, page, f"/{i}")
        if conversation.get("last_status") is not None:
            yield f"/{i}/last_status", conversation["last_status"]


def is_for_account(status: dict[str, Any], me: str | None) -> bool:
    """Return whether a status is not a private mention between others.

    Such a mention is not the account's to keep, though its token may show it.
    """
    mentions = [one.get("id") for one in status.get("mentions") or () if isinstance(one, dict)]
    return status["visibility"] != DIRECT or me in (
        None,
        str(status["account"]["id"]),
        *map(str, mentions),
    )


def place_within(item: dict[str, Any], context: MastodonContext, record_id: Callable[[str], str]) -> Place:
    """Return the place of a status in the conversation whose context it was found in.

    In a conversation of the account only the root is a post; in others, each status of the account is one.
    """
    parent, me = item.get("in_reply_to_id"), context.get("account")
    if context["own"]:
        kind = "comment" if str(parent) == context["status"] and context["kind"] == "post" else "reply"
    elif str(item["account"]["id"]) == me:
        kind = "post"
    else:
        kind = "comment" if text_of(item.get("in_reply_to_account_id")) == me else "reply"
    return kind, None if parent is None else record_id(parent), context["root"]
