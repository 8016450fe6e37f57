"""Mastodon's private mentions, and whom and what an account keeps away: what an instance tells a token of the
account itself alone.

Read (https://docs.joinmastodon.org/methods/: conversations, blocks, mutes, domain_blocks, filters; OpenAPI
  description of version 4.7): /api/v1/accounts/verify_credentials          whose token it is: with somebody
  else's, their messages and their lists would come /api/v1/conversations
  conversations, each with its last status only; the last changed first /api/v1/statuses/:id/context
  what was said before that, and beside it /api/v1/blocks, /mutes, /domain_blocks       people and servers
  /api/v2/filters                              words

A private mention is a status of the visibility `direct`, wherever it stands: a `message`, whose conversation
is that of the first status above it, as that of other statuses. What is not direct in such a conversation is
read where it belongs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from recordroom.model import Exchange, Record
from recordroom.platforms import blocklist
from recordroom.platforms.http import wrong
from recordroom.platforms.schema import ID, ITEM, LIST, NULL, TEXT, Reading, Shape, content_of, items

DIRECT = "direct"
LISTS = {
    "blocks": "/api/v1/blocks",
    "mutes": "/api/v1/mutes",
    "domain_blocks": "/api/v1/domain_blocks",
    "filters": "/api/v2/filters",
}
PERMISSION = (
    "a token of the account itself with the scopes read:accounts and read:statuses;"
    " docs/platforms/mastodon.md says how to get it"
)
CONVERSATION = Shape(
    {"id": ID, "last_status": ITEM | NULL},
    {"accounts": "said by the statuses", "unread": "about whoever asks"},
)
PERSON = Shape({"acct": TEXT, "display_name": TEXT | NULL})  # of a profile, of which no more is asked here
FILTER = Shape(
    {"title": TEXT | NULL, "context": LIST, "keywords": LIST | NULL},
    {
        "id": "said by the words",
        "filter_action": "hidden, or behind a warning",
        "expires_at": "it is gone then",
        "statuses": "single ones",
    },
)
WORD = Shape({"keyword": TEXT}, {"id": "said by keyword", "whole_word": "how it is compared"})


def is_conversation(item: Any) -> bool:
    return isinstance(item, dict) and "last_status" in item


def last_of(page: Exchange, body: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """(pointer, last status) of each conversation of a page."""
    for i, one in enumerate(items(body, page, "")):
        CONVERSATION.check(one, page, f"/{i}")
        if one.get("last_status") is not None:
            yield f"/{i}/last_status", one["last_status"]


def concerns(status: dict[str, Any], me: str | None) -> bool:
    """Whether it is public, or the account wrote it or is named in it: what others write to each other is not
    ours to keep.
    """
    named = [one.get("id") for one in status.get("mentions") or () if isinstance(one, dict)]
    return status["visibility"] != DIRECT or me in (None, str(status["account"]["id"]), *map(str, named))


def list_of(exchange: Exchange, body: Any) -> str | None:
    """Which of LISTS it is: by its address, else by what only such have."""
    path = urlsplit(exchange.url).path
    for name, address in LISTS.items():
        if path.endswith(address):
            return name
    first = body[0] if isinstance(body, list) and body else None
    if isinstance(first, str):
        return "domain_blocks"
    if isinstance(first, dict) and "filter_action" in first:
        return "filters"
    if isinstance(first, dict) and "acct" in first:
        return "mutes" if "mute_expires_at" in first else "blocks"
    return None


def told_by(pages: Iterable[Exchange]) -> list[Any]:
    """All of a list, of each person no more than is read."""
    found = [one for page in pages for one in items(content_of(page), page, "")]
    return [
        (
            {name: one.get(name) for name in ("acct", "display_name")}
            if isinstance(one, dict) and "acct" in one
            else one
        )
        for one in found
    ]


def moderation_of(lists: Mapping[str, Iterable[Any]], server: str, exchange: Exchange) -> Record:
    """`lists`: of each of LISTS."""
    reading = Reading(exchange)
    native = reading.me or "unknown"
    lines = [_line(name, one, reading) for name, listed in lists.items() for one in listed]
    return blocklist.moderation(f"mastodon:{server}/accounts/{native}", native, lines, reading)


def _line(name: str, one: Any, reading: Reading) -> str:
    if name == "domain_blocks":
        if not isinstance(one, str):
            raise wrong(reading.exchange, f"/{name}", "the name of a server", one)
        return blocklist.who("blocked", one, "server")
    if name == "filters":
        FILTER.check(one, reading.exchange, f"/{name}")
        words = sorted(word["keyword"] for word in reading.each(WORD, one, "keywords", f"/{name}"))
        return blocklist.who(
            "filter", ", ".join(words) or one.get("title") or "", ", ".join(sorted(map(str, one["context"])))
        )
    PERSON.check(one, reading.exchange, f"/{name}")
    return blocklist.who(
        "blocked" if name == "blocks" else "muted", f"@{one['acct']}", one.get("display_name")
    )
