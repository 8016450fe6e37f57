"""The records that an answer of X holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from recordroom.model import Exchange, Media, Record, moment
from recordroom.platforms.http import wrong
from recordroom.platforms.schema import Reading, tree_of, when
from recordroom.platforms.x import messages
from recordroom.platforms.x.api import failure
from recordroom.platforms.x.entities import (
    View,
    began_at,
    check_event,
    check_post,
    either,
    history_of,
    media_keys_of,
    name_of,
    people_of,
    record_id_of,
    references_of,
    replies_to,
    time_of,
)
from recordroom.platforms.x.platform import SERVER
from recordroom.platforms.x.schema import (
    ABOUT,
    ARTICLE,
    ATTACHMENTS,
    BODY,
    COUNTED,
    ENTITIES,
    GEO,
    MENTION,
    METRICS,
    NOTE,
    OPTION,
    SCOPES,
    TAG,
    URL,
    USER,
    VARIANT,
    WITHHELD,
)

TYPES = {"photo": "image", "video": "video", "animated_gif": "video", "audio": "audio"}
SORTS = {
    "3": "image",
    "7": "video",
    "13": "video",
    "16": "video",
}  # what the first number of a media_key stands for
_OWN_FILE = re.compile(r"https?://(?:www\.)?(?:x|twitter)\.com/[^/]+/status/\d+/(?:photo|video)/\d+$")
_SCREENED = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))  # X escapes these three in every text


@dataclass(slots=True)
class Words:
    text: str
    title: str | None
    links: list[str]
    mentions: list[str]
    tags: list[str]
    media: list[Media]


def words_of(item: dict[str, Any], view: View, pointer: str) -> Words:
    """The whole of a long post, an article, the options of a poll; where it leads, whom it names, its files."""
    reading, name = view.reading, name_of(item, "note_post", "note_tweet")
    note, article = reading.part(NOTE, item, name, pointer), reading.part(ARTICLE, item, "article", pointer)
    holder, where = (note, f"{pointer}/{name}") if note.get("entities") else (item, pointer)
    entities = reading.part(ENTITIES, holder, "entities", where)
    where = f"{where}/entities"
    attached = reading.part(ATTACHMENTS, item, "attachments", pointer)
    text = [plain(note.get("text") or item["text"]), article.get("plain_text")]
    if attached.get("poll_ids"):
        text += [
            "\n".join(_options(view.polls[native], view))
            for native in attached["poll_ids"]
            if native in view.polls
        ]
    links: dict[str, None] = {}
    names: dict[str, None] = {}
    tags: dict[str, None] = {}  # each once, in their order
    for one in reading.each(URL, entities, "urls", where):
        link = one.get("expanded_url") or one.get("url")
        if link and not one.get("media_key") and not _OWN_FILE.match(link):
            links[link] = None
    for one in reading.each(MENTION, entities, "mentions", where):
        names[one.get("username") or ""] = None
    if spot := view.spots.get(reading.part(GEO, item, "geo", pointer).get("place_id") or ""):
        names[spot.get("full_name") or ""] = None
    for kind in ("hashtags", "cashtags"):
        for one in reading.each(TAG, entities, kind, where):
            tags[one["tag"]] = None
    return Words(
        text="\n\n".join(filter(None, text)),
        title=article.get("title"),
        links=list(links),
        mentions=list(filter(None, names)),
        tags=list(tags),
        media=[_media(key, view, position) for position, key in enumerate(media_keys_of(item), 1)],
    )


def plain(text: str) -> str:
    if "&" in text:
        for entity, letter in _SCREENED:
            text = text.replace(entity, letter)
    return text


def _options(poll: dict[str, Any], view: View) -> list[str]:
    options = view.reading.each(OPTION, poll, "options", f"/includes/polls/{poll['id']}")
    return [option["label"] for option in sorted(options, key=lambda one: one["position"])]


def _media(key: str, view: View, position: int) -> Media:
    """A photo as X gives it; of a film or a recording the file of the most bits. X names no end of sorts:
    another one is noted.
    """
    found = view.media.get(key)
    if found is None:
        sort = SORTS.get(key.partition("_")[0], "document")
        return Media(key, sort, position=position, missing_reason="X does not describe the file")
    if found["type"] not in TYPES:
        view.reading.left.append(f"includes.media.type.{found['type']}")
    variants = view.reading.each(VARIANT, found, "variants", f"/includes/media/{key}")
    whole = [
        one
        for one in variants
        if (one.get("content_type") or "").startswith(("video/mp4", "audio/")) and one.get("url")
    ]
    best = max(whole, key=lambda one: one.get("bit_rate") or 0, default=None)
    url = best["url"] if best else found.get("url")
    return Media(
        identity=key,
        type=TYPES.get(found["type"], "document"),
        url=url,
        alt_text=found.get("alt_text") or None,
        width=found.get("width"),
        height=found.get("height"),
        duration=found.get("duration_ms"),
        position=position,
        missing_reason=None if url else "X gives no address of the file",
    )


def profile_of(item: dict[str, Any], view: View, pointer: str) -> Record:
    """Description, place and web site are its text; picture and banner are media, whose names change with
    each of them.
    """
    reading = view.reading
    reading.check(USER, item, pointer)
    reading.part(COUNTED, item, "public_metrics", pointer)
    entities = reading.part(ABOUT, item, "entities", pointer)
    links = []
    for name in ("url", "description"):
        part = reading.part(ENTITIES, entities, name, f"{pointer}/entities")
        links += [
            one.get("expanded_url") or one.get("url")
            for one in reading.each(URL, part, "urls", f"{pointer}/entities/{name}")
        ]
    if not links and item.get("url"):
        links = [item["url"]]
    pictures = (item.get(name) for name in ("profile_image_url", "profile_banner_url"))
    return Record(
        record_id=f"x:users/{item['id']}",
        kind="profile",
        native_id=item["id"],
        pointer=pointer,
        url=f"https://x.com/{item['username']}",
        author_id=item["id"],
        author_name=item["name"],
        author_handle=item["username"],
        author_is_account=None if view.me is None else item["id"] == view.me,
        text="\n\n".join(filter(None, (plain(item.get("description") or ""), item.get("location")))),
        title=item["name"],
        published_at=when(item["created_at"], reading.exchange, f"{pointer}/created_at")
        if item.get("created_at")
        else None,
        visibility="protected" if item.get("protected") else None,
        media=[
            Media(_path(url, reading.exchange), "image", url.replace("_normal.", "_400x400."), position=at)
            for at, url in enumerate(filter(None, pictures), 1)
        ],
        links=list(dict.fromkeys(filter(None, links))),
        repaired=id(item) in reading.touched,
        partial=bool(view.failed),
        leftover=reading.taken(),
    )


def _path(url: str, exchange: Exchange) -> str:
    """A picture of a profile has no id, but a new path with each change."""
    try:
        return urlsplit(url).path
    except ValueError:
        raise wrong(exchange, "/data/profile_image_url", "an address", url) from None


def parse(exchange: Exchange) -> Iterator[Record]:
    """Records of a profile, a post, a message, a list of posts or messages, or of people whom the account
    keeps away.
    """
    if not {"messages_refused", "not_given"}.isdisjoint(exchange.context):
        return
    if problem := failure(exchange):
        raise problem
    body, touched = tree_of(exchange)
    reading = Reading(exchange, touched)
    reading.check(BODY, body, "")
    data, listed = body.get("data"), messages.list_in(exchange.url)
    if listed is not None:
        people = exchange.context.get("people") or {listed[1]: people_of(exchange)}
        yield messages.moderation_of(people, reading.me or listed[0], reading)
        return
    if data is None:
        if not isinstance(body.get("meta"), dict) or body["meta"].get("result_count") != 0:
            raise wrong(exchange, "/data", "posts or a profile, or a result_count of 0", data)
        return
    view = View(reading, body)
    reading.left += view.failed
    for pointer, item in (
        [("/data", data)] if isinstance(data, dict) else ((f"/data/{i}", one) for i, one in enumerate(data))
    ):
        if isinstance(item, dict) and "text" not in item and "username" in item:
            yield profile_of(item, view, pointer)
        elif isinstance(item, dict) and messages.is_event(item):
            yield from _message(item, view, pointer)
        else:
            yield from _post(item, view, pointer)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001 (ids are unique on all of X)
    return Exchange("GET", url or "", 200, (), body, {"server": SERVER})


def _post(item: Any, view: View, pointer: str) -> Iterator[Record]:
    """The version that stands there now; and the older ones that the answer includes, which the next one
    gives whole where X failed to.
    """
    check_post(item, view.reading, pointer)
    history = history_of(item)
    newest = item["id"] == history[-1]
    if view.failed and not newest:
        return
    yield _version(item, item, view, pointer, historical=not newest)
    if not newest or view.failed or len(history) == 1:
        return
    for native in history[:-1]:
        if older := view.posts.get(native):
            yield _version(older, item, view, view.pointer(native), historical=True)
    yield _version(item, item, view, pointer, historical=True)  # it may say again what it said at first


def _message(item: dict[str, Any], view: View, pointer: str) -> Iterator[Record]:
    """Somebody who joins or leaves a conversation says nothing."""
    reading = view.reading
    check_event(item, reading, pointer)
    if not messages.is_message(item):
        return
    place = messages.place_of(item, reading, pointer)
    words, author = words_of({**item, "text": item.get("text") or ""}, view, pointer), item.get("sender_id")
    user, at = view.users.get(author or "", {}), item.get("created_at")
    yield Record(
        **place,
        pointer=pointer,
        author_id=author,
        author_name=user.get("name"),
        author_handle=user.get("username"),
        author_is_account=None if view.me is None or author is None else author == view.me,
        text=words.text,
        published_at=when(at, reading.exchange, f"{pointer}/created_at") if at else time_of(item["id"]),
        media=messages.files_of(words.media, reading),
        links=messages.links_in(words.links),
        mentions=list(dict.fromkeys([*messages.addressed(item, view.me, view.users), *words.mentions])),
        tags=words.tags,
        repaired=id(item) in reading.touched,
        partial=bool(view.failed),
        leftover=reading.taken_with(item.get("text"), f"{pointer}/text"),
    )


def _version(
    item: dict[str, Any], newest: dict[str, Any], view: View, pointer: str, *, historical: bool
) -> Record:
    """One version of a post; `newest` says where it stands, and by whom. A repost is a publication of ours,
    with what it spreads: where X does not give that any more, since its author is protected now or suspended,
    the repost's own words are its beginning alone."""
    reading, first, references = view.reading, history_of(newest)[0], references_of(item)
    edited = first != item["id"]
    spread = references.get("retweeted")
    shown, inside = (view.posts[spread], view.pointer(spread)) if spread in view.posts else (item, pointer)
    words = words_of(shown, view, inside)
    kind, parent, root = _place(newest, first, references if newest is item else references_of(newest), view)
    author = item.get("author_id") or newest.get("author_id")
    user = view.users.get(author or "", {})
    created = (
        when(item["created_at"], reading.exchange, f"{pointer}/created_at")
        if item.get("created_at")
        else time_of(item["id"])
    )
    quoted = spread or references.get("quoted")
    return Record(
        record_id=record_id_of(first),
        kind=kind,
        native_id=first,
        pointer=pointer,
        parent_id=parent,
        root_id=root,
        url=f"https://x.com/{user.get('username', 'i')}/status/{item['id']}",
        author_id=author,
        author_name=user.get("name"),
        author_handle=user.get("username"),
        author_is_account=None if view.me is None or author is None else author == view.me,
        text=words.text,
        title=words.title,
        language=item.get("lang"),
        published_at=began_at(newest) if edited or historical else created,
        edited_at=created if edited else None,
        valid_from=created,
        visibility=_visibility(item, view, pointer),
        media=words.media,
        links=words.links,
        mentions=words.mentions,
        tags=words.tags,
        shared_id=record_id_of(view.first(quoted)) if quoted else None,
        counts=None if spread or historical else _counts(item, view, pointer, created) or None,
        tally="own" if author is not None and author == view.me and not historical else None,
        repaired=not reading.touched.isdisjoint((id(item), id(shown))),
        historical=historical,
        partial=bool(view.failed) or (spread is not None and spread not in view.posts),
        leftover=reading.taken(),
    )


def _place(
    post: dict[str, Any], first: str, references: Mapping[str, str], view: View
) -> tuple[str, str | None, str | None]:
    """In a conversation of ours only its head is a post; in another one, each of ours is. What answers
    nothing and only names the account is a comment, as what visitors write is elsewhere."""
    author, above = post.get("author_id"), references.get("replied_to")
    if first in view.places:
        kind, parent, root = view.places[first]
        return kind, parent, root
    conversation = post.get("conversation_id")
    if above is None:
        return "post" if view.me in (None, author) else "comment", None, record_id_of(first)
    parent, head = view.first(above), view.first(conversation) if conversation else None
    root = record_id_of(head) if head else None
    answers_us = view.me is not None and post.get("in_reply_to_user_id") == view.me
    if view.me is None or conversation in view.ours or (answers_us and above == conversation):
        return "comment" if parent == head else "reply", record_id_of(parent), root
    return "post" if author == view.me else "comment" if answers_us else "reply", record_id_of(parent), root


def _visibility(item: dict[str, Any], view: View, pointer: str) -> str | None:
    """For followers only; or withheld from some countries."""
    if view.reading.part(SCOPES, item, "scopes", pointer).get("followers"):
        return "followers"
    withheld = view.reading.part(WITHHELD, item, "withheld", pointer)
    return (
        f"withheld: {' '.join(sorted(map(str, withheld.get('country_codes') or ['copyright'])))}"
        if withheld
        else None
    )


def _counts(item: dict[str, Any], view: View, pointer: str, created: datetime) -> dict[str, int]:
    """Answers are compared with those that are held where all of them were asked for in this capture."""
    told = view.reading.part(METRICS, item, "public_metrics", pointer)
    whole, head = view.context.get("whole", ""), item.get("conversation_id")
    heard = (head in view.heard or not view.heard.isdisjoint(history_of(item))) and (
        not whole or created >= moment(whole)
    )
    counts = {
        "likes": told.get("like_count"),
        "shares": either(told, "repost_count", "retweet_count"),
        "comments": replies_to(item, view, told) if heard or view.me is None else None,
        "views": told.get("impression_count"),
    }
    return {name: n for name, n in counts.items() if n is not None}
