"""Fields of other searches and what is asked for them here.

`has:image`, `from:facebook`, `since:2026-01`.

Google, Facebook, X, Outlook, and e-discovery tools have these fields, and people type them here. They are
proposed, never read unasked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from recordroom.model import KINDS, MEDIA_TYPES, STATUSES
from recordroom.platforms.registry import list_names
from recordroom.search.query.permalinks import quote_value
from recordroom.search.query.values import OTHERWISE

_ALONE = re.compile(r"[^\s:^~(){}\[\]/\"'+\-\\<>*?][^\s:^~(){}\[\]\"\\*?]*")  # what needs no quotes
_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
_WHOLE: Mapping[str, str] = {  # has:links
    "link": "link:*", "links": "link:*", "url": "link:*", "media": "media:*", "attachment": "media:*",
    "attachments": "media:*", "hashtag": "tag:*", "hashtags": "tag:*", "mention": "mention:*",
}  # fmt: skip
_TIMES: Mapping[str, str] = {  # since:2026-01
    "since": ">=", "after": ">=", "from": ">=", "until": "<=", "before": "<=", "to": "<=",
}  # fmt: skip
_FIELDS: Mapping[str, str] = {
    "from": "author", "by": "author", "user": "author", "username": "author", "sender": "author",
    "poster": "author", "to": "mention", "subject": "title", "intitle": "title", "allintitle": "title",
    "body": "text", "intext": "text", "message": "text", "inurl": "link", "id": "record_id",
    "in": "account", "page": "account",
}  # fmt: skip


def suggest_query(name: str, value: str) -> str:
    """Return the query that was perhaps meant by an unknown field.

    "" if nothing is known of it.
    """
    name, low = name.lower(), value.lower()
    if name in ("has", "is", "filter", "type", "filetype", "ext", "in") and (found := _of_a_kind(low)):
        return found
    if name in _TIMES and _DATE.fullmatch(value):
        return f"published:{_TIMES[name]}{value}"
    if name in ("from", "site", "on", "source", "network") and (platform := find_platform(low)):
        return f"platform:{platform}"
    if name == "site":
        return f"link:*{value}*" if _ALONE.fullmatch(value) else ""
    field = _FIELDS.get(name)
    return f"{field}:{value if _ALONE.fullmatch(value) else quote_value(value)}" if field else ""


def find_platform(value: str) -> str:
    """Return the platform with this name, short name, or address; "" for none."""
    host = value.removeprefix("https://").removeprefix("www.").split("/")[0]
    value = host.removesuffix(".com").removesuffix(".app")
    value = OTHERWISE["platform"].get(value, value)
    return value if value in list_names() else ""


def _of_a_kind(value: str) -> str:
    if value in _WHOLE:
        return _WHOLE[value]
    for field, known in (("media", MEDIA_TYPES), ("kind", KINDS), ("status", STATUSES)):
        others = OTHERWISE["type" if field == "media" else field]
        if value in known or value in others:
            return f"{field}:{others.get(value, value)}"
    return ""
