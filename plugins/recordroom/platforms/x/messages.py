"""X's private messages to and from an account, and whom it blocks and mutes: what X tells a token of the
account itself alone.

Read (https://docs.x.com/x-api/direct-messages/lookup, /x-api/users/blocks, /x-api/users/mutes; fields from
its OpenAPI description 2.167, 2026-11-25): /2/dm_events                                   messages of all
conversations, newest first, of the last thirty days (dm.read) /2/dm_conversations/media/:event/:media/:file
a file of a message, with the account's token /2/users/:id/blocking, /2/users/:id/muting     (block.read,
mute.read)

Each message and each person costs money as posts do. Ids of messages are those of the account's own archive,
and so are the names of their files: what is imported and what is captured are the same records. Chats that X
encrypts are given by another list, and unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from recordroom.model import Media, Record
from recordroom.platforms import blocklist
from recordroom.platforms.http import in_path, wrong
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import ITEM, LIST, NULL, TEXT, Reading, Shape

REACH = timedelta(days=30)
FEW = timedelta(days=1)  # in which few messages are expected
# for a window that cannot go on where it stopped: X allows fifteen in fifteen minutes, and nothing else may
# wait for that
REQUESTS = 14
PERMISSION = "a token of the account itself with the scope dm.read; docs/platforms/x.md says how to get it"
EVENTS: Params = {
    "dm_event.fields": "attachments,created_at,dm_conversation_id,entities,event_type,id,text",
    "event_types": "MessageCreate",
    "expansions": "attachments.media_keys,participant_ids,referenced_posts,sender_id",
    "media.fields": "alt_text,duration_ms,height,media_key,type,url,variants,width",
    "user.fields": "id,name,username",
}
PEOPLE: Params = {
    "user.fields": "id,name,username",
    "max_results": 250,
}  # what they cost is no more than Platform.dearest
LISTS = {"blocking": "blocked", "muting": "muted"}

_TEXT = TEXT | NULL
EVENT = Shape(
    {
        "id": TEXT,
        "event_type": _TEXT,
        "text": _TEXT,
        "created_at": _TEXT,
        "dm_conversation_id": _TEXT,
        "sender_id": _TEXT,
    }
    | {"attachments": ITEM | NULL, "entities": ITEM | NULL, "referenced_posts": LIST | NULL},
    {"participant_ids": "of those who join or leave a conversation"},
)
REFERENCE = Shape({"id": TEXT}, {"type": "a post that is passed on"})

_FILE = re.compile(r"/dm/([0-9]{1,19})/([0-9]{1,19})/([A-Za-z0-9_.-]{1,50})$")
_TWO = re.compile(r"([0-9]{1,19})-([0-9]{1,19})")
_SHOWN = re.compile(r"https?://(?:www\.)?(?:x|twitter)\.com/messages/media/\d+$")
_WHOSE = re.compile(r"/users/([0-9]{1,19})/(blocking|muting)$")


def is_event(item: Mapping[str, Any]) -> bool:
    return "dm_conversation_id" in item or "event_type" in item


def is_message(item: Mapping[str, Any]) -> bool:
    return item.get("event_type") in (None, "MessageCreate")


def place_of(item: Mapping[str, Any], reading: Reading, pointer: str) -> dict[str, Any]:
    """What a message has that a post has not: where it stands, and which post it passes on."""
    shared = [one["id"] for one in reading.each(REFERENCE, item, "referenced_posts", pointer)]
    conversation = item.get("dm_conversation_id")
    return {
        "record_id": f"x:messages/{item['id']}",
        "kind": "message",
        "native_id": item["id"],
        "root_id": f"x:conversations/{conversation}" if conversation else None,
        "visibility": "private",
        "shared_id": f"x:{shared[0]}" if shared else None,
    }


def addressed(item: Mapping[str, Any], me: str | None, users: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """To whom a message of the account is addressed: the id of a conversation of two names both."""
    two = _TWO.fullmatch(item.get("dm_conversation_id") or "")
    if two is None or me is None or item.get("sender_id") != me:
        return []
    return [str(users.get(native, {}).get("username", native)) for native in two.groups() if native != me]


def links_in(links: Iterable[str]) -> list[str]:
    return [link for link in links if not _SHOWN.match(link)]


def files_of(media: list[Media], reading: Reading) -> list[Media]:
    """Photos of messages are for those who wrote to each other: the API gives them to the account's token,
    which goes to no other host. They are called as in the account's own archive."""
    api = urlsplit(reading.exchange.url)
    for file in media:
        try:
            where = urlsplit(file.url or "")
        except ValueError:
            raise wrong(
                reading.exchange, f"/includes/media/{file.identity}/url", "an address", file.url
            ) from None
        found = _FILE.search(where.path)
        if found:
            file.identity = found[3]
        if found and where.netloc != api.netloc:
            path = "/".join(in_path(step, reading.exchange) for step in found.groups())
            where = where._replace(
                scheme=api.scheme, netloc=api.netloc, path=f"/2/dm_conversations/media/{path}", query=""
            )
            file.url = urlunsplit(where)
        file.with_token = file.url is not None and where.netloc == api.netloc
    return media


def list_in(url: str) -> tuple[str, str] | None:
    """(whose, which) list of people an address asks for."""
    found = _WHOSE.search(urlsplit(url).path)
    return (found[1], found[2]) if found else None


def moderation_of(people: Mapping[str, Iterable[Mapping[str, Any]]], native: str, reading: Reading) -> Record:
    """`people`: of each of LISTS."""
    lines = (
        blocklist.who(LISTS[name], f"@{person['username']}", person.get("name"))
        for name, listed in people.items()
        for person in listed
    )
    return blocklist.moderation(f"x:{native}", native, lines, reading)
