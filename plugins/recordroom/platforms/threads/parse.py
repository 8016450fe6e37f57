"""Records from the answers of Threads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from recordroom.model import HELD, HIDDEN, VISIBLE, Exchange, Media, Record
from recordroom.platforms.http import wrong
from recordroom.platforms.meta.graph import file_name, holds_none, readings
from recordroom.platforms.meta.list_crawl import NAMED, TAGGED, files_of, named_in, saved_of, time_of
from recordroom.platforms.schema import Reading
from recordroom.platforms.threads.platform import SERVER
from recordroom.platforms.threads.schema import (
    ATTACHED,
    OPTIONS,
    POLL,
    POST,
    PROFILED,
    REF,
)

_EDGE = re.compile(r"/(conversation|pending_replies|ghost_posts|threads|mentions)(?:\?|$)")
_NO_FILE = "Threads gives no address of it"
OVER = "its 24 hours are over: the ghost post is archived"
# hide_status -> what it means. An account hides a reply with all below it, has filters of words, and so has
# Threads
_HIDDEN = {
    "HIDDEN": (
        "hidden itself, or with the reply above it, by a person or by a filter; Threads does not say which"
    ),
    "BLOCKED": "its author is blocked; Threads does not say by whom",
    "RESTRICTED": "its author is restricted; Threads does not say by whom",
    "COVERED": "covered; Threads does not say by whom",
}
_SHOWN = frozenset({None, "NOT_HUSHED", "UNHUSHED"})
_APPROVAL = {
    "pending": (HELD, "waits for the account's approval"),
    "ignored": (HIDDEN, "the account has ignored that it waits for approval"),
}


def parse(exchange: Exchange) -> Iterator[Record]:
    """Records of a profile, a post, a reply, a list of them."""
    if holds_none(exchange):
        return
    for reading, pointer, item in readings(exchange):
        edge = reading.context.get("edge") or _guessed(item)
        if edge == "profile":
            yield _profile(item, reading, pointer)
        elif item.get("id") not in reading.context.get("elsewhere", ()):
            yield _post(item, reading, pointer)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001 (ids are unique on all of Threads)
    return saved_of(body, url, SERVER, _EDGE)


def _guessed(item: dict[str, Any]) -> str:
    """What a saved item is, by fields that only posts have."""
    only = (
        "text",
        "media_type",
        "media_url",
        "timestamp",
        "permalink",
        "shortcode",
        "is_reply",
        "media_product_type",
    )
    return "profile" if item.keys().isdisjoint(only) else "threads"


def _record_id(native: str) -> str:
    return f"threads:{native}"


def _ref(item: dict[str, Any], name: str, reading: Reading, pointer: str) -> str | None:
    """The record_id of a post that is only named."""
    if item.get(name) is None:  # as it is with most
        return None
    native = reading.part(REF, item, name, pointer).get("id")
    return _record_id(native) if native else None


def _place(item: dict[str, Any], reading: Reading, pointer: str) -> tuple[str, str | None, str | None]:
    """(kind, parent, root). What names the account in other people's conversations is a comment on nothing."""
    context, own, edge = reading.context, _record_id(item["id"]), reading.context.get("edge")
    above, root = (
        _ref(item, "replied_to", reading, pointer),
        _ref(item, "root_post", reading, pointer) or context.get("root"),
    )
    if (places := context.get("places")) and item["id"] in places:
        kind, parent, top = places[item["id"]]
        return kind, parent, top
    if edge == "mentions":
        return "comment", None, own
    if edge == "replies":
        return "post", above, root or own
    if edge in ("conversation", "pending_replies") or above or item.get("is_reply"):
        return "comment" if above is not None and above == root else "reply", above, root
    return "story" if item.get("ghost_post_status") else "post", None, own


def _post(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    reading.check(POST, item, pointer)
    context, handle, text = reading.context, item.get("username"), item.get("text")
    owner, published = (
        reading.part(REF, item, "owner", pointer).get("id"),
        time_of(item, reading.exchange, pointer),
    )
    if reading.me is not None and published is None:
        raise wrong(reading.exchange, f"{pointer}/timestamp", "text", "nothing")
    told = item.get("is_reply_owned_by_me")
    listed = context.get("edge") in ("threads", "ghost_posts", "replies")
    ours = reading.me is not None and (
        listed if told is None and handle is None else told is True or handle == context.get("handle")
    )
    kind, parent_id, root_id = _place(item, reading, pointer)
    attached = reading.part(ATTACHED, item, "text_attachment", pointer)
    poll = reading.part(POLL, item, "poll_attachment", pointer)
    words = [
        text,
        attached.get("plaintext"),
        "\n".join(filter(None, (poll.get(option) for option in OPTIONS))) if poll else None,
    ]
    status, acted_by, reason, told_by = _status(item, reading)
    topic, tags = item.get("topic_tag"), named_in(TAGGED, text)
    return Record(
        record_id=_record_id(item["id"]),
        kind=kind,
        native_id=item["id"],
        pointer=pointer,
        parent_id=parent_id,
        root_id=root_id,
        url=item.get("permalink"),
        author_id=reading.me if ours else owner,
        author_handle=handle,
        author_is_account=None if reading.me is None else ours,
        text="\n\n".join(filter(None, words)),
        published_at=published,
        status=status,
        acted_by=acted_by,
        status_reason=reason,
        status_at=f"{pointer}/{told_by}" if told_by else None,
        media=_media(item, reading, pointer),
        links=list(
            dict.fromkeys(
                filter(None, (item.get("link_attachment_url"), attached.get("link_attachment_url")))
            )
        ),
        mentions=named_in(NAMED, text),
        tags=list(dict.fromkeys((topic, *tags))) if topic else tags,
        counts=context.get("counts", {}).get(item["id"]),
        counts_replies=True,
        shared_id=_ref(item, "reposted_post", reading, pointer)
        or _ref(item, "quoted_post", reading, pointer),
        repaired=id(item) in reading.touched,
        leftover=reading.taken_with(text, f"{pointer}/text"),
    )


def _status(item: dict[str, Any], reading: Reading) -> tuple[str, str | None, str | None, str | None]:
    """(status, who, how we know, the field that says so)"""
    hushed, approval = item.get("hide_status"), item.get("reply_approval_status")
    if approval in _APPROVAL:
        status, words = _APPROVAL[approval]
        return status, "agency", f"reply_approval_status {approval}: {words}", "reply_approval_status"
    if hushed in _HIDDEN:
        return HIDDEN, None, f"hide_status {hushed}: {_HIDDEN[hushed]}", "hide_status"
    if item.get("ghost_post_status") == "ARCHIVED":
        return HIDDEN, "platform", f"ghost_post_status ARCHIVED: {OVER}", "ghost_post_status"
    if hushed not in _SHOWN:
        reading.left.append(f"hide_status.{hushed}")
    return VISIBLE, None, None, None


def is_repost(item: dict[str, Any]) -> bool:
    """Also of what is gone, or was made private: then nothing tells which post it was."""
    return bool(item.get("reposted_post")) or item.get("media_type") == "REPOST_FACADE"


def _media(item: dict[str, Any], reading: Reading, pointer: str) -> list[Media]:
    """Nothing of a repost: it is somebody else's. A picture that moves has an address that stays."""
    if is_repost(item):
        return []
    found = files_of(item, reading, pointer, _NO_FILE, covers=reading.me is not None)
    if gif := item.get("gif_url"):
        found.append(Media(f"{item['id']}/gif", "image", gif, position=len(found) + 1))
    return found


def _profile(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """What the account says of itself; its address, which holds its name, is a link."""
    reading.check(PROFILED, item, pointer)
    url, picture = f"https://www.threads.com/@{item['username']}", item.get("threads_profile_picture_url")
    return Record(
        record_id=_record_id(item["id"]),
        kind="profile",
        native_id=item["id"],
        pointer=pointer,
        url=url,
        author_id=item["id"],
        author_name=item.get("name"),
        author_handle=item["username"],
        author_is_account=True if reading.me else None,
        text=item.get("threads_biography") or "",
        title=item.get("name") or item["username"],
        media=[Media(file_name(picture, reading.exchange), "image", picture)] if picture else [],
        links=[url],
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )
