"""Records from Instagram's responses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

from recordroom.model import HIDDEN, VISIBLE, Exchange, Media, Record
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.instagram.platform import SERVER
from recordroom.platforms.instagram.schema import (
    COMMENT,
    COMMENTED_POST,
    POST,
    PROFILED,
    REPLY,
    WHO,
    InstagramContext,
)
from recordroom.platforms.meta.graph import file_name, holds_none, readings
from recordroom.platforms.meta.messages import DIRECT, is_private, read_messages
from recordroom.platforms.meta.posts import (
    CONNECTION,
    hashtags_in,
    media_of,
    mentions_in,
    read_saved,
    time_of,
)
from recordroom.platforms.schema import Reading, read_time

_EDGE = re.compile(r"/(comments|replies|stories|tags|media|conversations|messages)(?:\?|$)")
_NO_FILE = "Instagram gives no address of it: licensed or copyrighted sound, or a claim against it"
_HIDDEN = "hidden: by the account, by its filter of words, or by Instagram, which does not say which"
_POST_ONLY_FIELDS = frozenset(
    {"media_type", "media_url", "media_product_type", "permalink", "caption", "shortcode", "timestamp"}
)


def parse(exchange: Exchange) -> Iterator[Record]:
    """Read the records of a response.

    It is a list, several items by their IDs, or one: a profile, a post, a story, a comment with its replies,
    or a message.
    """
    if holds_none(exchange):
        return
    for reading, pointer, item in readings(exchange):
        edge = _context_of(reading).get("edge") or _guess_edge(item)
        if edge in ("comments", "replies"):
            yield from _comments(item, reading, pointer)
        elif edge in ("conversations", "messages"):
            yield from read_messages(item, reading, pointer, DIRECT)
        elif edge == "profile":
            yield _profile(item, reading, pointer)
        else:
            yield from _posts(item, reading, pointer)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001 (one server)
    """Return a body that was saved without its request as an exchange."""
    return read_saved(body, url, SERVER, _EDGE)


def _context_of(reading: Reading) -> InstagramContext:
    return cast(InstagramContext, reading.context)


def _guess_edge(item: dict[str, Any]) -> str:
    """Return the list that a saved item must be of, by fields that no other item has."""
    if is_private(item):
        return "messages"
    if "text" in item or "parent_id" in item:
        return "comments"
    return "profile" if _POST_ONLY_FIELDS.isdisjoint(item) else "media"


def _record_id(native: str) -> str:
    return f"instagram:{native}"


def kind_of(item: dict[str, Any], exchange: Exchange) -> str:
    """Return the kind of a post: `post`, `story`, or `comment`.

    A post of somebody else that tags the account is a comment without a root. The address of a saved post may
    show that it is a story.
    """
    edge = exchange.context.get("edge")
    address = item.get("permalink") if edge is None else None
    is_story_address = "instagram.com/stories/" in (address or "")
    if edge == "stories" or item.get("media_product_type") == "STORY" or is_story_address:
        return "story"
    return "comment" if edge == "tags" else "post"


def _posts(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """Yield a post, and the comments that a saved post may have."""
    reading.check(POST, item, pointer)
    context, native, caption = _context_of(reading), item["id"], item.get("caption")
    edge, handle = context.get("edge"), item.get("username")
    kind = kind_of(item, reading.exchange)
    published, is_by_others = time_of(item, reading.exchange, pointer), edge == "tags"
    if reading.me is not None and published is None:
        raise unexpected_field(reading.exchange, f"{pointer}/timestamp", "text", "nothing")
    # Given to its owner only, whatever either name is at that moment.
    owner = reading.read_object(WHO, item, "owner", pointer)
    is_ours = (
        reading.me is not None
        and not is_by_others
        and (bool(owner) or handle is None or context.get("handle") in (None, handle))
    )
    counts = {
        name: item[field]
        for name, field in (("likes", "like_count"), ("comments", "comments_count"))
        if item.get(field) is not None
    }
    if is_by_others:
        counts.pop("comments", None)  # no comments are given with which they could be compared
    record = Record(
        record_id=_record_id(native),
        kind=kind,
        native_id=native,
        pointer=pointer,
        root_id=_record_id(native),
        url=item.get("permalink"),
        author_id=reading.me if is_ours else owner.get("id"),
        author_handle=handle,
        author_is_account=None if reading.me is None else is_ours,
        text=caption or "",
        published_at=published,
        media=media_of(item, reading, pointer, _NO_FILE, has_stills=edge in ("media", "stories")),
        counts=counts or None,
        counts_replies=True,
        repaired=id(item) in reading.repaired,
    )
    record.mentions = mentions_in(caption)
    record.tags = hashtags_in(caption)
    record.leftover = reading.take_leftover_of_text(caption, f"{pointer}/caption")
    yield record
    comments = reading.read_object(CONNECTION, item, "comments", pointer).get("data") or ()
    for i, comment in enumerate(comments):
        yield from _comments(comment, reading, f"{pointer}/comments/data/{i}", _record_id(native))


def _comments(
    item: dict[str, Any], reading: Reading, pointer: str, post: str | None = None
) -> Iterator[Record]:
    """Yield a comment or a reply, and the replies that are part of a comment.

    post: record ID of the post that the item is part of.
    """
    reading.check(COMMENT, item, pointer)
    replies = reading.read_object(CONNECTION, item, "replies", pointer).get("data") or ()
    named = reading.read_object(COMMENTED_POST, item, "media", pointer).get("id")
    context = _context_of(reading)
    parent = context.get("parent")
    root = context.get("root") or post or (_record_id(named) if named else None)
    comment = _comment(item, reading, pointer, parent, root)
    yield comment
    for i, reply in enumerate(replies):
        reading.check(REPLY, reply, f"{pointer}/replies/data/{i}")
        yield _comment(reply, reading, f"{pointer}/replies/data/{i}", comment.record_id, root)


def _comment(
    item: dict[str, Any], reading: Reading, pointer: str, parent: str | None, root: str | None
) -> Record:
    """Return a comment or a reply.

    parent: record ID of the comment that the item is a reply to, by the list that has it.
    """
    context, native, text = _context_of(reading), item["id"], item.get("text")
    above = _record_id(item["parent_id"]) if item.get("parent_id") else parent
    is_reply = above is not None or context.get("edge") == "replies"
    kind, parent_id, root_id = "reply" if is_reply else "comment", above if is_reply else root, root
    if place := context.get("places", {}).get(native):
        kind, parent_id, root_id = place
    author = reading.read_object(WHO, item, "from", pointer)
    handle, is_hidden = author.get("username") or item.get("username"), item.get("hidden") is True
    is_named_ours = handle is not None and handle == context.get("handle")
    is_ours = reading.me is not None and (author.get("id") == reading.me or is_named_ours)
    is_unknown = reading.me is None or (handle is None and not author)
    record = Record(
        record_id=_record_id(native),
        kind=kind,
        native_id=native,
        pointer=pointer,
        parent_id=parent_id,
        root_id=root_id,
        author_id=reading.me if is_ours else author.get("id"),
        author_handle=handle,
        author_is_account=None if is_unknown else is_ours,
        text=text or "",
        published_at=read_time(item["timestamp"], reading.exchange, f"{pointer}/timestamp"),
        status=HIDDEN if is_hidden else VISIBLE,
        status_reason=_HIDDEN if is_hidden else None,
        status_at=f"{pointer}/hidden" if is_hidden else None,
        mentions=mentions_in(text),
    )
    record.tags = hashtags_in(text)
    record.counts = {"likes": item["like_count"]} if item.get("like_count") is not None else None
    record.repaired = id(item) in reading.repaired
    record.leftover = reading.take_leftover_of_text(text, f"{pointer}/text")
    return record


def _profile(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """Return the profile.

    Its links are its website and its own address, which contains its name.
    """
    reading.check(PROFILED, item, pointer)
    native = reading.me or str(item.get("user_id") or item.get("id"))
    url, picture = f"https://www.instagram.com/{item['username']}/", item.get("profile_picture_url")
    return Record(
        record_id=_record_id(native),
        kind="profile",
        native_id=native,
        pointer=pointer,
        url=url,
        author_id=native,
        author_name=item.get("name"),
        author_handle=item["username"],
        author_is_account=True if reading.me else None,
        text=item.get("biography") or "",
        title=item.get("name") or item["username"],
        media=[Media(file_name(picture, reading.exchange), "image", picture)] if picture else [],
        links=list(filter(None, (item.get("website"), url))),
        repaired=id(item) in reading.repaired,
        leftover=reading.take_leftover(),
    )
