"""What the answers about a Page say, as records: posts, comments, stories, reels, and whom the Page has
blocked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from recordroom.model import HIDDEN, VISIBLE, Exchange, Media, Record
from recordroom.platforms import blocklist
from recordroom.platforms.facebook.fields import (
    ATTACHMENT,
    COMMENT,
    PARENT,
    PERSON,
    POST,
    PRIVACY,
    VIDEO,
    WALKED,
    WHO,
)
from recordroom.platforms.facebook.parts import (
    attached,
    count_of,
    counts_of,
    film_of,
    is_in_part,
    kind_of,
    mentions_of,
    names_of,
    photo_of,
    pieces_of,
    together,
    tracks_of,
    with_parts,
)
from recordroom.platforms.facebook.platform import SERVER, record_id
from recordroom.platforms.facebook.profile import profile_of
from recordroom.platforms.facebook.stories import checked, is_film, is_story, story_of
from recordroom.platforms.http import wrong
from recordroom.platforms.meta.graph import holds_none, objects, readings
from recordroom.platforms.meta.messages import MESSENGER, is_private, messages_in
from recordroom.platforms.schema import Reading, content_of, when

_WHOSE = re.compile(r"/([0-9]+)/blocked$")
_EDGE = re.compile(r"/(blocked|comments|conversations|messages|stories)(?:\?|$)")
_OF_POST = re.compile(r"/(\d+)/posts/(\d+)")
# what says so -> who, and how we know. A Page hides by hand and by its filters, Facebook by its own
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
    """Records of a Page, a post, a story, a comment, a reel, a message, a list of them, or several by their
    ids; or of blocked people.
    """
    if holds_none(exchange):
        return
    if exchange.context.get("edge") == "blocked":
        yield _blocked(exchange)
        return
    for reading, pointer, item in readings(exchange):
        yield from _read(item, reading, pointer)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001 (ids are unique on all of Facebook)
    """A body without its request: which list it is, is told by its address, by those of its other pages, or
    by fields and ids.
    """
    bare = Exchange("GET", url or "", 200, (), body, {"server": SERVER})
    found = content_of(bare)
    paging = found.get("paging") if isinstance(found, dict) else None
    told = [url, *(paging.get(name) for name in ("next", "previous"))] if isinstance(paging, dict) else [url]
    edge = next(
        (match[1] for address in told if isinstance(address, str) and (match := _EDGE.search(address))), None
    )
    return replace(bare, context={**bare.context, "edge": edge}) if edge else bare


def posts_in(exchange: Exchange) -> list[dict[str, Any]]:
    """As the walk needs them."""
    posts = list(objects(exchange))
    for pointer, post in posts:
        WALKED.check(post, exchange, pointer)
    return [post for _, post in posts]


def _read(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    edge = reading.context.get("edge")
    if edge in ("conversations", "messages") or (edge is None and is_private(item)):
        yield from messages_in(item, reading, pointer, MESSENGER)
    elif edge == "stories" or (edge is None and is_story(item)):
        if item.get("post_id") not in reading.context.get("elsewhere", []):
            yield _story(item, reading, pointer)
    elif edge == "videos":
        yield _reel(item, reading, pointer)
    elif edge == "comments" or (edge is None and _is_comment(item)):
        yield _comment(item, reading, pointer)
    elif edge is None and _is_none_of_ours(item, reading):
        raise wrong(
            reading.exchange,
            pointer,
            "a post, story, comment, message or Page (no event, video, photo or album by itself)",
            item,
        )
    elif edge is None and "created_time" not in item:
        yield profile_of(item, reading, pointer)
    elif item.get("id") not in reading.context.get("elsewhere", ()):
        yield from _post(item, reading, pointer)


def _is_comment(item: dict[str, Any]) -> bool:
    """Of a saved item: by fields that only comments have."""
    address, only = (
        item.get("permalink_url"),
        ("comment_count", "like_count", "parent", "is_private", "can_comment"),
    )
    return not item.keys().isdisjoint(only) or (isinstance(address, str) and "comment_id=" in address)


def _is_none_of_ours(item: dict[str, Any], reading: Reading) -> bool:
    """Of a saved item: an event has a beginning, and the id of a post names its wall, too (`<page>_<post>`)."""
    return reading.me is None and (
        "start_time" in item
        or ("created_time" in item and isinstance(item.get("id"), str) and "_" not in item["id"])
    )


def is_planned(post: dict[str, Any]) -> bool:
    """Not published yet. What never was to be on the timeline (an advertisement) is not published either, but
    has no time.
    """
    return post.get("is_published") is False and bool(post.get("scheduled_publish_time"))


def _post(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    reading.check(POST, item, pointer)
    if is_planned(item):
        return
    native, parent, kind, unpublished = (
        item["id"],
        item.get("parent_id"),
        kind_of(item, reading.exchange),
        item.get("is_published") is False,
    )
    found = attached(item, reading, pointer)
    yield _record(
        item,
        reading,
        pointer,
        native,
        kind,
        root_id=record_id(native),
        text=together(item.get("message"), found.words),
        title=item.get("story"),
        visibility=(
            "unpublished"
            if unpublished
            else reading.part(PRIVACY, item, "privacy", pointer).get("value") or None
        ),
        media=found.media,
        links=list(dict.fromkeys(filter(None, found.links))),
        mentions=mentions_of(item, reading, pointer),
        shared_id=record_id(parent) if parent and parent != native else None,
        counts=counts_of(item, reading, pointer) or None,
        tally="own" if kind == "post" and not unpublished else None,
        partial=is_in_part(item, reading),
    )
    for i, comment in enumerate((item.get("comments") or {}).get("data") or ()):  # a saved post may hold some
        yield _comment(comment, reading, f"{pointer}/comments/data/{i}", (kind, record_id(native)))


def _comment(
    item: dict[str, Any], reading: Reading, pointer: str, under: tuple[str, str] | None = None
) -> Record:
    """`under`: kind and record_id of the post that it stands in."""
    context = reading.context
    reading.check(COMMENT, item, pointer)
    native, above, post = _ids(item, reading, pointer)
    kind_of_root, root_id = under or (context.get("root_kind", "post"), context.get("root", post))
    kind, parent_id = (
        "comment" if above is None and kind_of_root == "post" else "reply",
        record_id(above) if above else root_id,
    )
    kind, parent_id, root_id = context.get("places", {}).get(native, (kind, parent_id, root_id))
    attachment = reading.part(ATTACHMENT, item, "attachment", pointer)
    found = pieces_of(with_parts(f"{pointer}/attachment", attachment, reading) if attachment else [], reading)
    counts = {
        ours: item[name]
        for ours, name in (("likes", "like_count"), ("comments", "comment_count"))
        if item.get(name) is not None
    }
    return _record(
        item,
        reading,
        pointer,
        native,
        kind,
        parent_id=parent_id,
        root_id=root_id,
        text=item.get("message") or "",
        visibility="private" if item.get("is_private") else None,
        media=found.media,
        links=list(dict.fromkeys(filter(None, found.links))),
        mentions=names_of(reading.each(WHO, item, "message_tags", pointer), reading.me),
        counts=counts or None,
    )


def _blocked(exchange: Exchange) -> Record:
    """Of a saved list its address tells whose it is."""
    reading, found = Reading(exchange), [item for _, _, item in readings(exchange)]
    for person in (*found, *exchange.context.get("more", ())):
        reading.check(PERSON, person, "/data")
    native = reading.me or next(iter(_WHOSE.findall(urlsplit(exchange.url).path)), "unknown")
    lines = [
        blocklist.who("blocked", person.get("name") or person["id"], person["id"])
        for person in (*found, *reading.context.get("more", ()))
    ]
    return blocklist.moderation(record_id(native), native, lines, reading)


def _story(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    native = checked(item, reading, pointer).get("media_id")
    told, media = reading.context.get("files", {}).get(native) or {}, list[Media]()
    if native and is_film(item):
        media = film_of(native, told.get("source"), told.get("length"), told.get("tracks", ()))
    elif native and told.get("source"):
        media = [photo_of(native, told)]
    story = story_of(item, reading, pointer, record_id(item["post_id"]), media)
    return replace(story, media=[], partial=True) if native in reading.context.get("failed", ()) else story


def _reel(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """The video of a reel whose post cannot be read, under that post's id."""
    native = reading.context["post"]
    reading.check(VIDEO, item, pointer)
    told = {
        "likes": count_of(item, "likes", reading, pointer),
        "comments": count_of(item, "comments", reading, pointer),
    }
    counts = {name: n for name, n in told.items() if n is not None}
    return _record(
        item,
        reading,
        pointer,
        native,
        "post",
        root_id=record_id(native),
        text=together(item.get("description"), [item.get("title")]),
        media=film_of(item["id"], item.get("source"), item.get("length"), tracks_of(item, reading, pointer)),
        counts=counts or None,
        tally="own",
    )


def _record(
    item: dict[str, Any], reading: Reading, pointer: str, native: str, kind: str, **more: Any
) -> Record:
    """What posts, comments and reels have in common: author, time, address, status."""
    author, address, me = reading.part(WHO, item, "from", pointer), item.get("permalink_url"), reading.me
    by, left = (
        author.get("id"),
        reading.taken_with(item.get("message", item.get("description")), f"{pointer}/message"),
    )
    told = next((name for name in _HIDDEN if item.get(name)), None)
    who, reason = _HIDDEN[told] if told else (None, None)
    return Record(
        record_id=record_id(native),
        kind=kind,
        native_id=native,
        pointer=pointer,
        url=f"https://www.facebook.com{address}" if address and address.startswith("/") else address,
        author_id=by,
        author_name=author.get("name"),
        author_is_account=None if me is None else by == me if by else kind == "post" or None,
        published_at=when(item["created_time"], reading.exchange, f"{pointer}/created_time"),
        status=HIDDEN if told else VISIBLE,
        acted_by=who,
        status_reason=reason,
        status_at=f"{pointer}/{told}" if told else None,
        repaired=id(item) in reading.touched,
        leftover=left,
        **more,
    )


def _ids(item: dict[str, Any], reading: Reading, pointer: str) -> tuple[str, str | None, str | None]:
    """Of a comment: its id, the id of the comment that it answers, the record_id of its post. Without the
    task MODERATE it has no id, but

    https://www.facebook.com/<page>/posts/<post>/?comment_id=<the comment that it answers, or
    itself>&reply_comment_id=<itself>
    """
    native, above = item.get("id"), reading.part(PARENT, item, "parent", pointer).get("id")
    address = item.get("permalink_url") or ""
    if native and "root" in reading.context and (above or "reply_comment_id" not in address):
        return native, above, None  # the address tells no more: most are read so
    try:
        parts = urlsplit(address)
    except ValueError:
        raise wrong(reading.exchange, f"{pointer}/permalink_url", "an address", address) from None
    query, post = parse_qs(parts.query), _OF_POST.search(parts.path)
    steps = (
        [f"{post[2]}_{query[name][0]}" for name in ("comment_id", "reply_comment_id") if name in query]
        if post
        else []
    )
    native = native or (steps[-1] if steps else None)
    if native is None:
        raise wrong(reading.exchange, f"{pointer}/id", "text", "nothing")
    return (
        native,
        above or (steps[0] if len(steps) == 2 else None),
        record_id(f"{post[1]}_{post[2]}") if post else None,
    )
