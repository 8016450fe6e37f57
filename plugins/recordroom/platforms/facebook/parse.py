"""The records in a response of Facebook, and its items as the crawl reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from recordroom.model import HIDDEN, UNAVAILABLE, VISIBLE, Exchange, Media, Record
from recordroom.platforms import blocklist
from recordroom.platforms.facebook.content import (
    append_words,
    attachments_of,
    context_of,
    counts_of,
    is_partial,
    kind_of,
    mentions_of,
    names_of,
    photo_media,
    pieces_of,
    pieces_of_post,
    total_of,
    tracks_of,
    video_media,
    with_parts,
)
from recordroom.platforms.facebook.platform import SERVER, record_id
from recordroom.platforms.facebook.schema import (
    ABOUT_FIELDS,
    ATTACHMENT,
    BLOCKED_PERSON,
    COMMENT,
    COVER,
    LINE_LABELS,
    PAGE,
    PARENT,
    PICTURE,
    PICTURE_DATA,
    POST,
    POST_HEAD,
    PRIVACY,
    REEL_VIDEO,
    STORY,
    WHO,
)
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.meta.graph import file_name, holds_none, items_of, objects, readings
from recordroom.platforms.meta.messages import MESSENGER, is_private, read_messages
from recordroom.platforms.schema import Reading, load_content, read_time

ARCHIVED = "its 24 hours are over: Facebook shows it no longer, and keeps it in the Page's archive of stories"
_NO_STORY_FILE = "Facebook gives no address of it"
_BLOCKED_BY = re.compile(r"/([0-9]+)/blocked$")
_EDGE = re.compile(r"/(blocked|comments|conversations|messages|stories)(?:\?|$)")
_POST_OF_COMMENT = re.compile(r"/(\d+)/posts/(\d+)")
_SECONDS = re.compile(r"[0-9]{1,11}")
# Field -> who acted, and the reason. A Page hides by hand and by its filters, Facebook by its own.
_HIDDEN = {
    "is_hidden": (
        None,
        (
            "is_hidden: hidden on the Page, by a person, by a filter of the Page or by Facebook, which does"
            " not say which"
        ),
    ),
    "is_expired": ("agency", "is_expired: the time that the Page set for it is over"),
}


def parse(exchange: Exchange) -> Iterator[Record]:
    """Read the records of a response.

    They are those of a Page, a post, a story, a comment, a reel, a message, or several of them.

    The list of blocked people is one record. There are none where the response only says that something is
    not given.
    """
    if holds_none(exchange):
        return
    if context_of(exchange).get("edge") == "blocked":
        yield _blocked(exchange)
        return
    for reading, pointer, item in readings(exchange):
        yield from _read(item, reading, pointer)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001
    """Give a body without its request the context of its list.

    The list is known by its address or by those of its other pages, else by the fields and IDs of its items.
    """
    bare = Exchange("GET", url or "", 200, (), body, {"server": SERVER})
    found = load_content(bare)
    paging = found.get("paging") if isinstance(found, dict) else None
    places = (
        [url, *(paging.get(name) for name in ("next", "previous"))] if isinstance(paging, dict) else [url]
    )
    edge = next(
        (match[1] for address in places if isinstance(address, str) and (match := _EDGE.search(address))),
        None,
    )
    return replace(bare, context={**bare.context, "edge": edge}) if edge else bare


# -- items as the crawl reads them -----------------------------------------------------------------------


def posts_in(exchange: Exchange) -> list[dict[str, Any]]:
    """Return the posts of a response, each with the fields that the crawl needs."""
    posts = list(objects(exchange))
    for pointer, post in posts:
        POST_HEAD.check(post, exchange, pointer)
    return [post for _, post in posts]


def stories_in(exchange: Exchange) -> list[dict[str, Any]]:
    """Return the stories of a response."""
    stories = []
    for pointer, story in items_of(load_content(exchange), exchange):
        STORY.check(story, exchange, pointer)
        stories.append(story)
    return stories


def is_planned(post: dict[str, Any]) -> bool:
    """Return whether a post is to be published later.

    One that never was to appear on the timeline (an advertisement) is not published either, but has no time.
    """
    return post.get("is_published") is False and bool(post.get("scheduled_publish_time"))


def is_video_story(story: dict[str, Any]) -> bool:
    return "video" in (story.get("media_type") or "").lower()


def is_over(story: dict[str, Any]) -> bool:
    """Return whether a story is no longer shown."""
    return (story.get("status") or "").upper() == "ARCHIVED"


# -- which record an item is -----------------------------------------------------------------------------


def _read(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    context = context_of(reading)
    edge = context.get("edge")
    if edge in ("conversations", "messages") or (edge is None and is_private(item)):
        yield from read_messages(item, reading, pointer, MESSENGER)
    elif edge == "stories" or (edge is None and _is_story(item)):
        if item.get("post_id") not in context.get("elsewhere", []):
            yield _story(item, reading, pointer)
    elif edge == "videos":
        yield _reel(item, reading, pointer)
    elif edge == "comments" or (edge is None and _is_comment(item)):
        yield _comment(item, reading, pointer)
    elif edge is None and _is_of_another_kind(item, reading):
        raise unexpected_field(
            reading.exchange,
            pointer,
            "a post, story, comment, message, or Page (not an event, video, photo, or album by itself)",
            item,
        )
    elif edge is None and "created_time" not in item:
        yield _profile(item, reading, pointer)
    elif item.get("id") not in context.get("elsewhere", ()):
        yield from _post(item, reading, pointer)


def _is_story(item: dict[str, Any]) -> bool:
    """Return whether a saved item has the fields that only stories have."""
    return {"post_id", "media_id", "creation_time"} <= item.keys()


def _is_comment(item: dict[str, Any]) -> bool:
    """Return whether a saved item has a field or address that only comments have."""
    address = item.get("permalink_url")
    fields = ("comment_count", "like_count", "parent", "is_private", "can_comment")
    return not item.keys().isdisjoint(fields) or (isinstance(address, str) and "comment_id=" in address)


def _is_of_another_kind(item: dict[str, Any], reading: Reading) -> bool:
    """Return whether a saved item is none that makes a record.

    An event has a beginning; the ID of a post has the number of its wall, too (`<page>_<post>`).
    """
    return reading.me is None and (
        "start_time" in item
        or ("created_time" in item and isinstance(item.get("id"), str) and "_" not in item["id"])
    )


# -- posts and comments ----------------------------------------------------------------------------------


def _post(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """Read a post, and the comments that a saved one may hold."""
    reading.check(POST, item, pointer)
    if is_planned(item):
        return
    native, shared = item["id"], item.get("parent_id")
    kind = kind_of(item, reading.exchange)
    is_unpublished = item.get("is_published") is False
    attachments = attachments_of(item, reading, pointer)
    found = pieces_of_post(item, reading, pointer, attachments)
    record = Record(
        record_id=record_id(native),
        kind=kind,
        native_id=native,
        pointer=pointer,
        root_id=record_id(native),
        text=append_words(item.get("message"), found.words),
        title=item.get("story"),
        visibility=(
            "unpublished"
            if is_unpublished
            else reading.read_object(PRIVACY, item, "privacy", pointer).get("value") or None
        ),
        media=found.media,
        links=list(dict.fromkeys(filter(None, found.links))),
        mentions=mentions_of(item, reading, pointer),
        shared_id=record_id(shared) if shared and shared != native else None,
        counts=counts_of(item, reading, pointer, attachments) or None,
        tally="own" if kind == "post" and not is_unpublished else None,
        partial=is_partial(item, reading),
    )
    yield _complete(record, item, reading)
    for i, comment in enumerate((item.get("comments") or {}).get("data") or ()):
        yield _comment(comment, reading, f"{pointer}/comments/data/{i}", (kind, record_id(native)))


def _comment(
    item: dict[str, Any], reading: Reading, pointer: str, under: tuple[str, str] | None = None
) -> Record:
    """Read a comment.

    under: kind and record ID of the post that contains it.
    """
    context = context_of(reading)
    reading.check(COMMENT, item, pointer)
    native, above, post = _ids_of(item, reading, pointer)
    root_kind, root_id = under or (context.get("root_kind", "post"), context.get("root", post))
    kind = "comment" if above is None and root_kind == "post" else "reply"
    parent_id = record_id(above) if above else root_id
    kind, parent_id, root_id = context.get("places", {}).get(native, (kind, parent_id, root_id))
    attachment = reading.read_object(ATTACHMENT, item, "attachment", pointer)
    found = pieces_of(with_parts(f"{pointer}/attachment", attachment, reading) if attachment else [], reading)
    counts = {
        name: item[field]
        for name, field in (("likes", "like_count"), ("comments", "comment_count"))
        if item.get(field) is not None
    }
    record = Record(
        record_id=record_id(native),
        kind=kind,
        native_id=native,
        pointer=pointer,
        parent_id=parent_id,
        root_id=root_id,
        text=item.get("message") or "",
        visibility="private" if item.get("is_private") else None,
        media=found.media,
        links=list(dict.fromkeys(filter(None, found.links))),
        mentions=names_of(reading.read_objects(WHO, item, "message_tags", pointer), reading.me),
        counts=counts or None,
    )
    return _complete(record, item, reading)


def _ids_of(item: dict[str, Any], reading: Reading, pointer: str) -> tuple[str, str | None, str | None]:
    """Return the IDs of a comment, of the one that it answers, and of its post.

    The last one is a record ID.

    Without the task MODERATE a comment has no ID, but an address with its ID and that of the comment that it
    answers:

    https://www.facebook.com/<page>/posts/<post>/?comment_id=<the comment that it answers, or
    itself>&reply_comment_id=<itself>
    """
    native, above = item.get("id"), reading.read_object(PARENT, item, "parent", pointer).get("id")
    address = item.get("permalink_url") or ""
    if native and "root" in context_of(reading) and (above or "reply_comment_id" not in address):
        return native, above, None  # the address says no more: this is the usual case
    try:
        parts = urlsplit(address)
    except ValueError:
        raise unexpected_field(reading.exchange, f"{pointer}/permalink_url", "an address", address) from None
    query, post = parse_qs(parts.query), _POST_OF_COMMENT.search(parts.path)
    steps = (
        [f"{post[2]}_{query[name][0]}" for name in ("comment_id", "reply_comment_id") if name in query]
        if post
        else []
    )
    native = native or (steps[-1] if steps else None)
    if native is None:
        raise unexpected_field(reading.exchange, f"{pointer}/id", "text", "nothing")
    return (
        native,
        above or (steps[0] if len(steps) == 2 else None),
        record_id(f"{post[1]}_{post[2]}") if post else None,
    )


def _reel(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """Read the video of a reel whose post cannot be read, under the post's ID."""
    native = context_of(reading)["post"]
    reading.check(REEL_VIDEO, item, pointer)
    totals = {name: total_of(item, name, reading, pointer) for name in ("likes", "comments")}
    counts = {name: n for name, n in totals.items() if n is not None}
    tracks = tracks_of(item, reading, pointer)
    record = Record(
        record_id=record_id(native),
        kind="post",
        native_id=native,
        pointer=pointer,
        root_id=record_id(native),
        text=append_words(item.get("description"), [item.get("title")]),
        media=video_media(item["id"], item.get("source"), item.get("length"), tracks),
        counts=counts or None,
        tally="own",
    )
    return _complete(record, item, reading)


def _complete(record: Record, item: dict[str, Any], reading: Reading) -> Record:
    """Add what the records of posts, comments, and reels have in common."""
    pointer, me = record.pointer, reading.me
    author = reading.read_object(WHO, item, "from", pointer)
    author_id, address = author.get("id"), item.get("permalink_url")
    left = reading.take_leftover_of_text(item.get("message", item.get("description")), f"{pointer}/message")
    record.url = f"https://www.facebook.com{address}" if address and address.startswith("/") else address
    record.author_id = author_id
    record.author_name = author.get("name")
    if me is not None:
        record.author_is_account = author_id == me if author_id else record.kind == "post" or None
    record.published_at = read_time(item["created_time"], reading.exchange, f"{pointer}/created_time")
    for flag, (who, reason) in _HIDDEN.items():
        if item.get(flag):
            record.status, record.acted_by, record.status_reason = HIDDEN, who, reason
            record.status_at = f"{pointer}/{flag}"
            break
    record.repaired = id(item) in reading.repaired
    record.leftover = left
    return record


# -- stories ---------------------------------------------------------------------------------------------


def _story(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """Read a story with its file; without it and partial where that was not given."""
    reading.check(STORY, item, pointer)
    native, has_ended, context = item["post_id"], is_over(item), context_of(reading)
    is_part = item.get("media_id") in context.get("failed", ())
    return Record(
        record_id=record_id(native),
        kind="story",
        native_id=native,
        pointer=pointer,
        root_id=record_id(native),
        url=item.get("url"),
        author_id=reading.me,
        author_is_account=None if reading.me is None else True,
        text="",
        published_at=_time_of_story(item["creation_time"], reading.exchange, f"{pointer}/creation_time"),
        status=UNAVAILABLE if has_ended else VISIBLE,
        acted_by="platform" if has_ended else None,
        status_reason=ARCHIVED if has_ended else None,
        status_at=f"{pointer}/status" if has_ended else None,
        media=[] if is_part else _media_of_story(item, reading),
        partial=is_part,
        repaired=id(item) in reading.repaired,
        leftover=reading.take_leftover(),
    )


def _media_of_story(item: dict[str, Any], reading: Reading) -> list[Media]:
    """Return the photo or video of a story; without an address where none is known."""
    native = item.get("media_id")
    if not native:
        return []
    details = context_of(reading).get("files", {}).get(native) or {}
    if is_video_story(item):
        return video_media(native, details.get("source"), details.get("length"), details.get("tracks", ()))
    if details.get("source"):
        return [photo_media(native, details)]
    return [Media(native, "image", missing_reason=_NO_STORY_FILE)]


def _time_of_story(value: str | int, exchange: Exchange, pointer: str) -> datetime:
    """Return when a story was published.

    value: seconds, as the documentation shows it, or a date and time, as in other lists of the API.
    """
    if isinstance(value, str) and not _SECONDS.fullmatch(value):
        return read_time(value, exchange, pointer)
    if not 0 <= int(value) < 1e11:
        raise unexpected_field(exchange, pointer, "seconds, or a date and time", value)
    return datetime.fromtimestamp(int(value), UTC)


# -- the Page --------------------------------------------------------------------------------------------


def _profile(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """Read the profile of a Page: descriptions are its text, web sites its links."""
    reading.check(PAGE, item, pointer)
    lines = [f"{label}: {item[name]}" for name, label in LINE_LABELS.items() if item.get(name)]
    lines += [f"Email: {address}" for address in item.get("emails") or ()] + [
        f"{k}: {v}" for k, v in (item.get("hours") or {}).items()
    ]
    links = [*(item.get("website") or "").split(), item.get("privacy_info_url"), item.get("link")]
    return Record(
        record_id=record_id(item["id"]),
        kind="profile",
        native_id=item["id"],
        pointer=pointer,
        url=item.get("link"),
        author_id=item["id"],
        author_name=item["name"],
        author_handle=item.get("username"),
        author_is_account=None if reading.me is None else item["id"] == reading.me,
        text="\n\n".join(filter(None, (*(item.get(name) for name in ABOUT_FIELDS), "\n".join(lines)))),
        title=item["name"],
        visibility="unpublished" if item.get("is_published") is False else None,
        media=_media_of_profile(item, reading, pointer),
        links=list(dict.fromkeys(filter(None, links))),
        repaired=id(item) in reading.repaired,
        leftover=reading.take_leftover(),
    )


def _media_of_profile(item: dict[str, Any], reading: Reading, pointer: str) -> list[Media]:
    """Return the picture and the cover of a Page.

    The picture has no ID: the name of its file identifies it. A silhouette says that there is none.
    """
    data = reading.read_object(PICTURE_DATA, item, "picture", pointer)
    picture = reading.read_object(PICTURE, data, "data", f"{pointer}/picture")
    cover, media = reading.read_object(COVER, item, "cover", pointer), []
    if (url := picture.get("url")) and not picture.get("is_silhouette"):
        name, width, height = file_name(url, reading.exchange), picture.get("width"), picture.get("height")
        media.append(Media(name, "image", url, width=width, height=height))
    if url := cover.get("source"):
        identity = cover.get("id") or file_name(url, reading.exchange)
        media.append(Media(identity, "image", url, position=len(media) + 1))
    return media


def _blocked(exchange: Exchange) -> Record:
    """Read the people and Pages that a Page has blocked.

    The address of a saved list names the Page.
    """
    reading = Reading(exchange)
    people = [*(item for _, _, item in readings(exchange)), *context_of(reading).get("more", ())]
    for person in people:
        reading.check(BLOCKED_PERSON, person, "/data")
    native = reading.me or next(iter(_BLOCKED_BY.findall(urlsplit(exchange.url).path)), "unknown")
    lines = [
        blocklist.describe_person("blocked", person.get("name") or person["id"], person["id"])
        for person in people
    ]
    return blocklist.make_blocklist(record_id(native), native, lines, reading)
