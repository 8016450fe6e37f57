"""The fields that posts and comments of Instagram and Threads share.

The address of a file is signed again in each response, so that a file is known by the ID of its media. A
video is followed by its still image.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from recordroom.model import Exchange, Media
from recordroom.platforms.context import Context
from recordroom.platforms.meta.graph import AUTOMATIC, next_of
from recordroom.platforms.schema import ITEM, LIST, NULL, TEXT, Reading, Shape, load_content, read_time


class PostContext(Context, total=False):
    """Keys of the exchanges of Instagram and Threads.

    handle: the name of the account.
    edge: the list that a page belongs to, or an item that was requested by its ID; "profile" for the account.
    root_kind: kind of the root post of a page of comments.
    parent: record ID of the comment whose replies a page lists.
    places: native ID -> kind, parent, and root of comments that were requested by their IDs.
    passed: native ID of the item at which Meta fails; the response is the error.
    """

    handle: str | None
    edge: str
    root_kind: str
    parent: str
    places: dict[str, tuple[str, str | None, str | None]]
    passed: str


_TEXT = TEXT | NULL
CHILD = Shape(
    {"id": TEXT, "media_type": _TEXT, "media_url": _TEXT, "thumbnail_url": _TEXT, "alt_text": _TEXT},
    dict.fromkeys(
        ("timestamp", "permalink", "shortcode", "username", "owner", "ig_id", "media_product_type"),
        "those of the carousel",
    ),
)
CONNECTION = Shape({"data": LIST | NULL, "paging": ITEM | NULL})

# The forms of account names and hashtags in a text.
MENTION = re.compile(r"(?<![\w.@])@([\w](?:[\w.]{0,28}[\w])?)", re.ASCII)
HASHTAG = re.compile(r"(?<![\w&#])#(\w*[^\W\d]\w*)")
_KINDS = {"VIDEO": "video", "AUDIO": "audio"}


def read_saved(body: bytes, url: str | None, server: str, edges: re.Pattern[str]) -> Exchange:
    """Return a body that was saved without its request as an exchange.

    edges: finds the name of a list in an address. The list is that of the address of the body, or of the
    addresses of its other pages.
    """
    bare = Exchange("GET", url or "", 200, (), body, {"server": server})
    found = load_content(bare)
    paging = found.get("paging") if isinstance(found, dict) else None
    addresses = [url]
    if isinstance(paging, dict):
        addresses += [paging.get("next"), paging.get("previous")]
    matches = (edges.search(address) for address in addresses if isinstance(address, str))
    edge = next((match[1] for match in matches if match), None)
    return replace(bare, context={**bare.context, "edge": edge}) if edge else bare


def time_of(item: Mapping[str, Any], exchange: Exchange, pointer: str) -> datetime | None:
    """Return when an item was published."""
    return read_time(item["timestamp"], exchange, f"{pointer}/timestamp") if item.get("timestamp") else None


def mentions_in(text: str | None) -> list[str]:
    """Return the names of accounts in a text."""
    return list(dict.fromkeys(MENTION.findall(text))) if text and "@" in text else []


def hashtags_in(text: str | None) -> list[str]:
    """Return the hashtags in a text, without their sign."""
    return list(dict.fromkeys(HASHTAG.findall(text))) if text and "#" in text else []


def media_of(
    item: dict[str, Any], reading: Reading, pointer: str, why_missing: str, *, has_stills: bool
) -> list[Media]:
    """Return all files of a carousel, or the one of another post.

    why_missing: the reason where the platform gives no address of a file.
    has_stills: whether the still images of videos were requested, so that one without an address is missing.
    """
    found: list[Media] = []
    for one in _children_of(item, reading, pointer) or [item]:
        media_type, url, alt = one.get("media_type"), one.get("media_url"), one.get("alt_text")
        if one is item and url is None and media_type in (None, "TEXT_POST"):
            continue
        kind = _KINDS.get(media_type or "", "image")
        alt = alt if alt and not AUTOMATIC.match(alt) else None
        found.append(Media(one["id"], kind, url, alt_text=alt, missing_reason=None if url else why_missing))
        still = one.get("thumbnail_url")
        if kind == "video" and (still or has_stills):
            reason = None if still else why_missing
            found.append(Media(f"{one['id']}/thumbnail", "image", still, missing_reason=reason))
    for position, file in enumerate(found, 1):
        file.position = position
    return found


def _children_of(item: dict[str, Any], reading: Reading, pointer: str) -> list[dict[str, Any]]:
    """Return the items of a carousel."""
    if item.get("children") is None:
        return []
    children = reading.read_object(CONNECTION, item, "children", pointer)
    if next_of(children, reading, f"{pointer}/children"):
        # a carousel holds twenty items at most, less than a page
        reading.leftover.append("children.paging.next")
    return reading.read_objects(CHILD, children, "data", f"{pointer}/children")
