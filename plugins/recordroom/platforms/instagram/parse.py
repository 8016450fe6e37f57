"""Records from Instagram's answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from recordroom.model import HIDDEN, VISIBLE, Exchange, Media, Record
from recordroom.platforms.http import wrong
from recordroom.platforms.instagram.platform import SERVER
from recordroom.platforms.instagram.schema import (
    COMMENT,
    OF,
    POST,
    PROFILED,
    REPLY,
    WHO,
)
from recordroom.platforms.meta.graph import file_name, holds_none, readings
from recordroom.platforms.meta.list_crawl import (
    CONNECTION,
    NAMED,
    TAGGED,
    files_of,
    named_in,
    saved_of,
    time_of,
)
from recordroom.platforms.meta.messages import DIRECT, is_private, messages_in
from recordroom.platforms.schema import Reading, when

_EDGE = re.compile(r"/(comments|replies|stories|tags|media|conversations|messages)(?:\?|$)")
_NO_FILE = "Instagram gives no address of it: licensed or copyrighted sound, or a claim against it"
_HIDDEN = "hidden: by the account, by its filter of words, or by Instagram, which does not say which"


def parse(exchange: Exchange) -> Iterator[Record]:
    """Records of a profile, a post, a story, a comment with its replies, a message, a list of them, or
    several by their ids.
    """
    if holds_none(exchange):
        return
    for reading, pointer, item in readings(exchange):
        edge = reading.context.get("edge") or _guessed(item)
        if edge in ("comments", "replies"):
            yield from _comment(item, reading, pointer)
        elif edge in ("conversations", "messages"):
            yield from messages_in(item, reading, pointer, DIRECT)
        elif edge == "profile":
            yield _profile(item, reading, pointer)
        else:
            yield from _post(item, reading, pointer)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001 (ids are unique on all of Instagram)
    return saved_of(body, url, SERVER, _EDGE)


def _guessed(item: dict[str, Any]) -> str:
    """What a saved item is, by fields that only such have."""
    if is_private(item):
        return "messages"
    if "text" in item or "parent_id" in item:
        return "comments"
    only = ("media_type", "media_url", "media_product_type", "permalink", "caption", "shortcode", "timestamp")
    return "profile" if item.keys().isdisjoint(only) else "media"


def _record_id(native: str) -> str:
    return f"instagram:{native}"


def kind_of(item: dict[str, Any], exchange: Exchange) -> str:
    """`post` is by our account; a post of somebody else that tags it is a comment on nothing. Of a saved one
    its address may tell.
    """
    edge = exchange.context.get("edge")
    address = item.get("permalink") if edge is None else None
    if (
        edge == "stories"
        or item.get("media_product_type") == "STORY"
        or "instagram.com/stories/" in (address or "")
    ):
        return "story"
    return "comment" if edge == "tags" else "post"


def _post(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    reading.check(POST, item, pointer)
    native, kind, caption, context = (
        item["id"],
        kind_of(item, reading.exchange),
        item.get("caption"),
        reading.context,
    )
    published, handle, tagged = (
        time_of(item, reading.exchange, pointer),
        item.get("username"),
        context.get("edge") == "tags",
    )
    if reading.me is not None and published is None:
        raise wrong(reading.exchange, f"{pointer}/timestamp", "text", "nothing")
    owner = reading.part(
        WHO, item, "owner", pointer
    )  # told only to whoever created it, whatever either name is at that moment
    ours = (
        reading.me is not None
        and not tagged
        and (bool(owner) or handle is None or context.get("handle") in (None, handle))
    )
    counts = {
        as_ours: item[name]
        for as_ours, name in (("likes", "like_count"), ("comments", "comments_count"))
        if item.get(name) is not None
    }
    if tagged:
        counts.pop("comments", None)  # which are not given, and not to be compared with what is
    yield Record(
        record_id=_record_id(native),
        kind=kind,
        native_id=native,
        pointer=pointer,
        root_id=_record_id(native),
        url=item.get("permalink"),
        author_id=reading.me if ours else owner.get("id"),
        author_handle=handle,
        author_is_account=None if reading.me is None else ours,
        text=caption or "",
        published_at=published,
        media=files_of(item, reading, pointer, _NO_FILE, covers=context.get("edge") in ("media", "stories")),
        counts=counts or None,
        counts_replies=True,
        repaired=id(item) in reading.touched,
        mentions=named_in(NAMED, caption),
        tags=named_in(TAGGED, caption),
        leftover=reading.taken_with(caption, f"{pointer}/caption"),
    )
    for i, comment in enumerate(
        reading.part(CONNECTION, item, "comments", pointer).get("data") or ()
    ):  # a saved post may hold some
        yield from _comment(comment, reading, f"{pointer}/comments/data/{i}", _record_id(native))


def _comment(
    item: dict[str, Any], reading: Reading, pointer: str, post: str | None = None
) -> Iterator[Record]:
    """A comment or a reply, and the first replies to a comment, which stand in it. `post`: the record_id of
    the post that it stands in.
    """
    reading.check(COMMENT, item, pointer)
    replies = reading.part(CONNECTION, item, "replies", pointer).get("data") or ()
    of = reading.part(OF, item, "media", pointer).get("id")
    parent, root = (
        reading.context.get("parent"),
        reading.context.get("root") or post or (_record_id(of) if of else None),
    )
    said = _said(item, reading, pointer, parent, root)
    yield said
    for i, reply in enumerate(replies):
        reading.check(REPLY, reply, f"{pointer}/replies/data/{i}")
        yield _said(reply, reading, f"{pointer}/replies/data/{i}", said.record_id, root)


def _said(
    item: dict[str, Any], reading: Reading, pointer: str, parent: str | None, root: str | None
) -> Record:
    """`parent`: the comment in whose list of replies it stands."""
    context, native, text = reading.context, item["id"], item.get("text")
    above = _record_id(item["parent_id"]) if item.get("parent_id") else parent
    is_reply = above is not None or context.get("edge") == "replies"
    kind, parent_id, root_id = context.get("places", {}).get(
        native, ("reply", above, root) if is_reply else ("comment", root, root)
    )
    by = reading.part(WHO, item, "from", pointer)
    handle, hidden = by.get("username") or item.get("username"), item.get("hidden") is True
    ours = reading.me is not None and (
        by.get("id") == reading.me or (handle is not None and handle == context.get("handle"))
    )
    return Record(
        record_id=_record_id(native),
        kind=kind,
        native_id=native,
        pointer=pointer,
        parent_id=parent_id,
        root_id=root_id,
        author_id=reading.me if ours else by.get("id"),
        author_handle=handle,
        author_is_account=None if reading.me is None or (handle is None and not by) else ours,
        text=text or "",
        published_at=when(item["timestamp"], reading.exchange, f"{pointer}/timestamp"),
        status=HIDDEN if hidden else VISIBLE,
        status_reason=_HIDDEN if hidden else None,
        status_at=f"{pointer}/hidden" if hidden else None,
        mentions=named_in(NAMED, text),
        tags=named_in(TAGGED, text),
        counts={"likes": item["like_count"]} if item.get("like_count") is not None else None,
        repaired=id(item) in reading.touched,
        leftover=reading.taken_with(text, f"{pointer}/text"),
    )


def _profile(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """What the account says of itself; its web site and its address, which holds its name, are links."""
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
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )
