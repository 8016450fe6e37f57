"""Records from the responses of Threads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

from recordroom.model import HELD, HIDDEN, VISIBLE, Exchange, Media, Record
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.meta.graph import file_name, holds_none, readings
from recordroom.platforms.meta.posts import hashtags_in, media_of, mentions_in, read_saved, time_of
from recordroom.platforms.schema import Reading
from recordroom.platforms.threads.platform import SERVER
from recordroom.platforms.threads.schema import (
    ATTACHED,
    OPTIONS,
    POLL,
    POST,
    PROFILED,
    REF,
    ThreadsContext,
)

_EDGE = re.compile(r"/(conversation|pending_replies|ghost_posts|threads|mentions)(?:\?|$)")
_NO_FILE = "Threads gives no address of it"
OVER = "its 24 hours are over: the ghost post is archived"
# `hide_status` -> its meaning. An account hides a reply with all replies below it; it has filters of words,
# and so has Threads.
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
_POST_ONLY_FIELDS = frozenset(
    {
        "text",
        "media_type",
        "media_url",
        "timestamp",
        "permalink",
        "shortcode",
        "is_reply",
        "media_product_type",
    }
)


def parse(exchange: Exchange) -> Iterator[Record]:
    """Read the records of a response: a profile, a post, a reply, or a list of them."""
    if holds_none(exchange):
        return
    for reading, pointer, item in readings(exchange):
        context = _context_of(reading)
        edge = context.get("edge") or _guess_edge(item)
        if edge == "profile":
            yield _profile(item, reading, pointer)
        elif item.get("id") not in context.get("elsewhere", ()):
            yield _post(item, reading, pointer)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001 (one server)
    """Return a body that was saved without its request as an exchange."""
    return read_saved(body, url, SERVER, _EDGE)


def is_repost(item: dict[str, Any]) -> bool:
    """Return whether a post is a repost.

    Nothing names the original of a repost whose original was removed or made private.
    """
    return bool(item.get("reposted_post")) or item.get("media_type") == "REPOST_FACADE"


def _context_of(reading: Reading) -> ThreadsContext:
    return cast(ThreadsContext, reading.context)


def _guess_edge(item: dict[str, Any]) -> str:
    """Return the list that a saved item must be of, by fields that only posts have."""
    return "profile" if _POST_ONLY_FIELDS.isdisjoint(item) else "threads"


def _record_id(native: str) -> str:
    return f"threads:{native}"


def _named_post(item: dict[str, Any], name: str, reading: Reading, pointer: str) -> str | None:
    """Return the record ID of a post that is only named; most posts name none."""
    if item.get(name) is None:
        return None
    native = reading.read_object(REF, item, name, pointer).get("id")
    return _record_id(native) if native else None


def _place(item: dict[str, Any], reading: Reading, pointer: str) -> tuple[str, str | None, str | None]:
    """Return kind, parent, and root of a post.

    A mention in other people's conversations is a comment without a root.
    """
    context, own = _context_of(reading), _record_id(item["id"])
    edge = context.get("edge")
    above = _named_post(item, "replied_to", reading, pointer)
    root = _named_post(item, "root_post", reading, pointer) or context.get("root")
    if place := context.get("places", {}).get(item["id"]):
        kind, parent, top = place
        return kind, parent, top
    if edge == "mentions":
        return "comment", None, own
    if edge == "replies":
        return "post", above, root or own
    if edge in ("conversation", "pending_replies") or above or item.get("is_reply"):
        return "comment" if above is not None and above == root else "reply", above, root
    return "story" if item.get("ghost_post_status") else "post", None, own


def _post(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """Return a post, a ghost post, a quote, a repost, or a reply."""
    reading.check(POST, item, pointer)
    context, handle, text = _context_of(reading), item.get("username"), item.get("text")
    owner = reading.read_object(REF, item, "owner", pointer).get("id")
    published = time_of(item, reading.exchange, pointer)
    if reading.me is not None and published is None:
        raise unexpected_field(reading.exchange, f"{pointer}/timestamp", "text", "nothing")
    owned = item.get("is_reply_owned_by_me")
    is_own_list = context.get("edge") in ("threads", "ghost_posts", "replies")
    is_ours = reading.me is not None and (
        is_own_list if owned is None and handle is None else owned is True or handle == context.get("handle")
    )
    kind, parent_id, root_id = _place(item, reading, pointer)
    attached = reading.read_object(ATTACHED, item, "text_attachment", pointer)
    poll = reading.read_object(POLL, item, "poll_attachment", pointer)
    options = "\n".join(filter(None, map(poll.get, OPTIONS)))
    status, acted_by, reason, status_field = _status(item, reading)
    topic, tags = item.get("topic_tag"), hashtags_in(text)
    links = filter(None, (item.get("link_attachment_url"), attached.get("link_attachment_url")))
    record = Record(
        record_id=_record_id(item["id"]),
        kind=kind,
        native_id=item["id"],
        pointer=pointer,
        parent_id=parent_id,
        root_id=root_id,
        url=item.get("permalink"),
        author_id=reading.me if is_ours else owner,
        author_handle=handle,
        author_is_account=None if reading.me is None else is_ours,
        text="\n\n".join(filter(None, (text, attached.get("plaintext"), options))),
        published_at=published,
        status=status,
        acted_by=acted_by,
        status_reason=reason,
    )
    record.status_at = f"{pointer}/{status_field}" if status_field else None
    record.media = _media(item, reading, pointer)
    record.links = list(dict.fromkeys(links))
    record.mentions = mentions_in(text)
    record.tags = list(dict.fromkeys((topic, *tags))) if topic else tags
    record.counts = context.get("counts", {}).get(item["id"])
    record.counts_replies = True
    record.shared_id = _named_post(item, "reposted_post", reading, pointer) or _named_post(
        item, "quoted_post", reading, pointer
    )
    record.repaired = id(item) in reading.repaired
    record.leftover = reading.take_leftover_of_text(text, f"{pointer}/text")
    return record


def _status(item: dict[str, Any], reading: Reading) -> tuple[str, str | None, str | None, str | None]:
    """Return the status, who caused it, the reason, and the field that says so."""
    hide_status, approval = item.get("hide_status"), item.get("reply_approval_status")
    if approval in _APPROVAL:
        status, words = _APPROVAL[approval]
        return status, "agency", f"reply_approval_status {approval}: {words}", "reply_approval_status"
    if hide_status in _HIDDEN:
        return HIDDEN, None, f"hide_status {hide_status}: {_HIDDEN[hide_status]}", "hide_status"
    if item.get("ghost_post_status") == "ARCHIVED":
        return HIDDEN, "platform", f"ghost_post_status ARCHIVED: {OVER}", "ghost_post_status"
    if hide_status not in _SHOWN:
        reading.leftover.append(f"hide_status.{hide_status}")
    return VISIBLE, None, None, None


def _media(item: dict[str, Any], reading: Reading, pointer: str) -> list[Media]:
    """Return the files of a post; none of a repost, which are somebody else's.

    The address of an animated image does not change.
    """
    if is_repost(item):
        return []
    found = media_of(item, reading, pointer, _NO_FILE, has_stills=reading.me is not None)
    if gif := item.get("gif_url"):
        found.append(Media(f"{item['id']}/gif", "image", gif, position=len(found) + 1))
    return found


def _profile(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """Return the profile; its own address, which contains its name, is a link."""
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
        repaired=id(item) in reading.repaired,
        leftover=reading.take_leftover(),
    )
