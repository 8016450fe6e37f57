"""The records in a response of X: profiles, posts, messages, and lists of people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec

from recordroom.model import Exchange, Media, Record, moment
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.schema import Reading, load_tree, read_time
from recordroom.platforms.x import messages
from recordroom.platforms.x.api import failure
from recordroom.platforms.x.entities import (
    XResponse,
    check_event,
    check_post,
    first_name,
    first_published_at,
    first_value,
    is_event,
    media_keys_of,
    people_of,
    record_id_of,
    references_of,
    time_of,
    versions_of,
)
from recordroom.platforms.x.platform import SERVER
from recordroom.platforms.x.schema import (
    ARTICLE,
    ATTACHMENTS,
    BODY,
    ENTITIES,
    GEO,
    MENTION,
    METRICS,
    NOTE,
    OPTION,
    PROFILE_ENTITIES,
    PROFILE_METRICS,
    SCOPES,
    TAG,
    URL,
    USER,
    VARIANT,
    WITHHELD,
    XContext,
)

_MEDIA_TYPES = {"photo": "image", "video": "video", "animated_gif": "video", "audio": "audio"}
_KEY_TYPES = {"3": "image", "7": "video", "13": "video", "16": "video"}  # first number of a media key -> type
_OWN_FILE = re.compile(r"https?://(?:www\.)?(?:x|twitter)\.com/[^/]+/status/\d+/(?:photo|video)/\d+$")
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))  # X escapes these three in every text


def parse(exchange: Exchange) -> Iterator[Record]:
    """Read the records of a profile, of posts or messages, or of lists of people."""
    context = cast(XContext, exchange.context)
    if not {"messages_refused", "not_given"}.isdisjoint(context):
        return
    if problem := failure(exchange):
        raise problem
    body, touched = load_tree(exchange)
    reading = Reading(exchange, touched)
    reading.check(BODY, body, "")
    data, people_list = body.get("data"), messages.list_in(exchange.url)
    if people_list is not None:
        native, name = people_list
        people = context.get("people") or {name: people_of(exchange)}
        yield messages.moderation_of(people, reading.me or native, reading)
        return
    if data is None:
        if not isinstance(body.get("meta"), dict) or body["meta"].get("result_count") != 0:
            raise unexpected_field(exchange, "/data", "posts or a profile, or a result_count of 0", data)
        return
    response = XResponse(reading, body)
    reading.leftover += response.failed_fields
    found = (
        [("/data", data)] if isinstance(data, dict) else [(f"/data/{i}", one) for i, one in enumerate(data)]
    )
    for pointer, item in found:
        if isinstance(item, dict) and "text" not in item and "username" in item:
            yield _profile(item, response, pointer)
        elif isinstance(item, dict) and is_event(item):
            yield from _message(item, response, pointer)
        else:
            yield from _post(item, response, pointer)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001
    """Return an exchange for a body without its request. IDs are unique on all of X."""
    return Exchange("GET", url or "", 200, (), body, {"server": SERVER})


# -- profiles ----------------------------------------------------------------------------------------------


def _profile(item: dict[str, Any], response: XResponse, pointer: str) -> Record:
    """Read a profile.

    Its text is the description and the place, its media are the picture and the banner. They have no ID, but
    a new path with each change.
    """
    reading = response.reading
    reading.check(USER, item, pointer)
    reading.read_object(PROFILE_METRICS, item, "public_metrics", pointer)
    entities = reading.read_object(PROFILE_ENTITIES, item, "entities", pointer)
    links = []
    for name in ("url", "description"):
        part = reading.read_object(ENTITIES, entities, name, f"{pointer}/entities")
        urls = reading.read_objects(URL, part, "urls", f"{pointer}/entities/{name}")
        links += [one.get("expanded_url") or one.get("url") for one in urls]
    if not links and item.get("url"):
        links = [item["url"]]
    created = item.get("created_at")
    pictures = (item.get("profile_image_url"), item.get("profile_banner_url"))
    return Record(
        record_id=f"x:users/{item['id']}",
        kind="profile",
        native_id=item["id"],
        pointer=pointer,
        url=f"https://x.com/{item['username']}",
        author_id=item["id"],
        author_name=item["name"],
        author_handle=item["username"],
        author_is_account=None if response.me is None else item["id"] == response.me,
        text="\n\n".join(filter(None, (_unescape(item.get("description") or ""), item.get("location")))),
        title=item["name"],
        published_at=read_time(created, reading.exchange, f"{pointer}/created_at") if created else None,
        visibility="protected" if item.get("protected") else None,
        media=[
            Media(_path_of(url, reading.exchange), "image", url.replace("_normal.", "_400x400."), position=at)
            for at, url in enumerate(filter(None, pictures), 1)
        ],
        links=list(dict.fromkeys(filter(None, links))),
        repaired=id(item) in reading.repaired,
        partial=bool(response.failed_fields),
        leftover=reading.take_leftover(),
    )


def _path_of(url: str, exchange: Exchange) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        raise unexpected_field(exchange, "/data/profile_image_url", "an address", url) from None


# -- posts and messages ------------------------------------------------------------------------------------


def _post(item: Any, response: XResponse, pointer: str) -> Iterator[Record]:
    """Read the current version of a post, and the earlier ones in the response.

    If X failed to give a field, earlier versions are left to the next response.
    """
    check_post(item, response.reading, pointer)
    versions = versions_of(item)
    is_newest = item["id"] == versions[-1]
    if response.failed_fields and not is_newest:
        return
    yield _version(item, item, response, pointer, historical=not is_newest)
    if not is_newest or response.failed_fields or len(versions) == 1:
        return
    for native in versions[:-1]:
        if older := response.posts.get(native):
            yield _version(older, item, response, response.pointer_to(native), historical=True)
    yield _version(item, item, response, pointer, historical=True)  # its text may be that of the first again


def _version(
    item: dict[str, Any], newest: dict[str, Any], response: XResponse, pointer: str, *, historical: bool
) -> Record:
    """Read one version of a post.

    A repost is a publication of the account, with the content of the post that it passes on. Where X no
    longer gives that post, because its author is protected or suspended, the repost has its beginning only.

    newest: the newest version, which says what the post replies to, and who wrote it.
    """
    reading, first, references = response.reading, versions_of(newest)[0], references_of(item)
    is_edited = first != item["id"]
    reposted = references.get("retweeted")
    shown, inside = item, pointer
    if reposted in response.posts:
        shown, inside = response.posts[reposted], response.pointer_to(reposted)
    content = _content_of(shown, response, inside)
    kind, parent, root = _place_of(
        newest, first, references if newest is item else references_of(newest), response
    )
    author = item.get("author_id") or newest.get("author_id")
    user = response.users.get(author or "", {})
    created_at = item.get("created_at")
    created = (
        read_time(created_at, reading.exchange, f"{pointer}/created_at")
        if created_at
        else time_of(item["id"])
    )
    shared = reposted or references.get("quoted")
    record = Record(
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
        author_is_account=None if response.me is None or author is None else author == response.me,
        text=content.text,
        title=content.title,
        language=item.get("lang"),
        published_at=first_published_at(newest) if is_edited or historical else created,
    )
    record.edited_at = created if is_edited else None
    record.valid_from = created
    record.visibility = _visibility_of(item, response, pointer)
    record.media = content.media
    record.links = content.links
    record.mentions = content.mentions
    record.tags = content.tags
    record.shared_id = record_id_of(response.first_version_of(shared)) if shared else None
    record.counts = None if reposted or historical else _counts_of(item, response, pointer, created) or None
    record.tally = "own" if author is not None and author == response.me and not historical else None
    record.repaired = not reading.repaired.isdisjoint((id(item), id(shown)))
    record.historical = historical
    record.partial = bool(response.failed_fields) or (reposted is not None and reposted not in response.posts)
    record.leftover = reading.take_leftover()
    return record


def _place_of(
    post: dict[str, Any], first: str, references: Mapping[str, str], response: XResponse
) -> tuple[str, str | None, str | None]:
    """Return the kind, parent, and root of a post.

    In a conversation of the account only its root is a post; elsewhere each post of the account is. A post
    that replies to nothing and only names the account is a comment, as visitors' posts are elsewhere.
    """
    author, above = post.get("author_id"), references.get("replied_to")
    if first in response.places:
        kind, parent, root = response.places[first]
        return kind, parent, root
    conversation = post.get("conversation_id")
    if above is None:
        return "post" if response.me in (None, author) else "comment", None, record_id_of(first)
    parent = response.first_version_of(above)
    start = response.first_version_of(conversation) if conversation else None
    root = record_id_of(start) if start else None
    replies_to_us = response.me is not None and post.get("in_reply_to_user_id") == response.me
    if response.me is None or conversation in response.ours or (replies_to_us and above == conversation):
        return "comment" if parent == start else "reply", record_id_of(parent), root
    kind = "post" if author == response.me else "comment" if replies_to_us else "reply"
    return kind, record_id_of(parent), root


def _visibility_of(item: dict[str, Any], response: XResponse, pointer: str) -> str | None:
    """Return to whom a post is shown, or from whom it is withheld; None: everyone."""
    if response.reading.read_object(SCOPES, item, "scopes", pointer).get("followers"):
        return "followers"
    withheld = response.reading.read_object(WITHHELD, item, "withheld", pointer)
    if not withheld:
        return None
    countries = sorted(map(str, withheld.get("country_codes") or ["copyright"]))
    return f"withheld: {' '.join(countries)}"


def _counts_of(item: dict[str, Any], response: XResponse, pointer: str, created: datetime) -> dict[str, int]:
    """Return the counts of a post.

    Its replies are counted, and compared with the archived ones, only if this capture requested all of them.
    """
    metrics = response.reading.read_object(METRICS, item, "public_metrics", pointer)
    whole, conversation = response.context.get("whole", ""), item.get("conversation_id")
    is_requested = conversation in response.heard or not response.heard.isdisjoint(versions_of(item))
    is_complete = is_requested and (not whole or created >= moment(whole))
    counts = {
        "likes": metrics.get("like_count"),
        "shares": first_value(metrics, "repost_count", "retweet_count"),
        "comments": response.count_replies(item, metrics) if is_complete or response.me is None else None,
        "views": metrics.get("impression_count"),
    }
    return {name: n for name, n in counts.items() if n is not None}


def _message(item: dict[str, Any], response: XResponse, pointer: str) -> Iterator[Record]:
    """Read a private message. People who join or leave a conversation write nothing."""
    reading = response.reading
    check_event(item, reading, pointer)
    if not messages.is_message(item):
        return
    place = messages.place_of(item, reading, pointer)
    content = _content_of({**item, "text": item.get("text") or ""}, response, pointer)
    author, created_at = item.get("sender_id"), item.get("created_at")
    user = response.users.get(author or "", {})
    created = (
        read_time(created_at, reading.exchange, f"{pointer}/created_at")
        if created_at
        else time_of(item["id"])
    )
    recipients = messages.recipients_of(item, response.me, response.users)
    yield Record(
        **place,
        pointer=pointer,
        author_id=author,
        author_name=user.get("name"),
        author_handle=user.get("username"),
        author_is_account=None if response.me is None or author is None else author == response.me,
        text=content.text,
        published_at=created,
        media=messages.name_files(content.media, reading),
        links=messages.without_files(content.links),
        mentions=list(dict.fromkeys([*recipients, *content.mentions])),
        tags=content.tags,
        repaired=id(item) in reading.repaired,
        partial=bool(response.failed_fields),
        leftover=reading.take_leftover_of_text(item.get("text"), f"{pointer}/text"),
    )


# -- what a post or a message says -------------------------------------------------------------------------


class _Content(msgspec.Struct, frozen=True, gc=False):
    """The text of a post or a message, with everything that belongs to it."""

    text: str  # with the text of its article, and the options of its poll
    title: str | None  # that of its article
    links: list[str]
    mentions: list[str]  # handles, and the full name of the place that it is tagged with
    tags: list[str]
    media: list[Media]


def _content_of(item: dict[str, Any], response: XResponse, pointer: str) -> _Content:
    reading, name = response.reading, first_name(item, "note_post", "note_tweet")
    note = reading.read_object(NOTE, item, name, pointer)
    article = reading.read_object(ARTICLE, item, "article", pointer)
    holder, where = (note, f"{pointer}/{name}") if note.get("entities") else (item, pointer)
    entities = reading.read_object(ENTITIES, holder, "entities", where)
    where = f"{where}/entities"
    attached = reading.read_object(ATTACHMENTS, item, "attachments", pointer)
    text = [_unescape(note.get("text") or item["text"]), article.get("plain_text")]
    if attached.get("poll_ids"):
        polls = [response.polls[native] for native in attached["poll_ids"] if native in response.polls]
        text += ["\n".join(_options_of(poll, reading)) for poll in polls]
    links: dict[str, None] = {}  # each once, in their order; names and tags likewise
    names: dict[str, None] = {}
    tags: dict[str, None] = {}
    for one in reading.read_objects(URL, entities, "urls", where):
        link = one.get("expanded_url") or one.get("url")
        if link and not one.get("media_key") and not _OWN_FILE.match(link):
            links[link] = None
    for one in reading.read_objects(MENTION, entities, "mentions", where):
        names[one.get("username") or ""] = None
    if place := response.tagged_places.get(
        reading.read_object(GEO, item, "geo", pointer).get("place_id") or ""
    ):
        names[place.get("full_name") or ""] = None
    for kind in ("hashtags", "cashtags"):
        for one in reading.read_objects(TAG, entities, kind, where):
            tags[one["tag"]] = None
    return _Content(
        text="\n\n".join(filter(None, text)),
        title=article.get("title"),
        links=list(links),
        mentions=list(filter(None, names)),
        tags=list(tags),
        media=[_file(key, response, position) for position, key in enumerate(media_keys_of(item), 1)],
    )


def _unescape(text: str) -> str:
    if "&" in text:
        for escape, character in _ESCAPES:
            text = text.replace(escape, character)
    return text


def _options_of(poll: dict[str, Any], reading: Reading) -> list[str]:
    options = reading.read_objects(OPTION, poll, "options", f"/includes/polls/{poll['id']}")
    return [option["label"] for option in sorted(options, key=lambda one: one["position"])]


def _file(key: str, response: XResponse, position: int) -> Media:
    """Return the file with this key.

    Videos and recordings have variants: the one with the highest bit rate is taken. X documents no complete
    list of types. Another type is reported as an unrecognized field.
    """
    found = response.media.get(key)
    if found is None:
        kind = _KEY_TYPES.get(key.partition("_")[0], "document")
        return Media(key, kind, position=position, missing_reason="X does not describe the file")
    if found["type"] not in _MEDIA_TYPES:
        response.reading.leftover.append(f"includes.media.type.{found['type']}")
    variants = [
        one
        for one in response.reading.read_objects(VARIANT, found, "variants", f"/includes/media/{key}")
        if (one.get("content_type") or "").startswith(("video/mp4", "audio/")) and one.get("url")
    ]
    best = max(variants, key=lambda one: one.get("bit_rate") or 0, default=None)
    url = best["url"] if best else found.get("url")
    return Media(
        identity=key,
        type=_MEDIA_TYPES.get(found["type"], "document"),
        url=url,
        alt_text=found.get("alt_text") or None,
        width=found.get("width"),
        height=found.get("height"),
        duration=found.get("duration_ms"),
        position=position,
        missing_reason=None if url else "X gives no address of the file",
    )
