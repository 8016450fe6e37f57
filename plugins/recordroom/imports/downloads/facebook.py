"""A Facebook download in JSON (`Download your information`), of a Page or person.

It has posts, reels, stories, albums, comments, messages, and their media. imports/downloads/meta.py describes
what it has in common with Instagram's. Photos and videos are in lists of their own too: one that no post
names becomes a post.

It never has: what others wrote, except messages; ids; counts; the post that a comment replies to (the
comment's title names that post's author).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any

from recordroom.imports.contract import About, Form, Found, ImportPiece, Passed, Reject
from recordroom.imports.downloads import meta
from recordroom.imports.downloads.meta import MESSAGES, DownloadPart, DownloadReading, Item
from recordroom.imports.files import ImportFiles
from recordroom.model import Exchange, Record
from recordroom.register.models import Account

FORM = Form(
    "facebookdownload", "Facebook download", parser=5, says=frozenset(("text",)), platforms=("facebook",)
)


_WORDED = ("text", "name", "note", "poll", "event", "life_event", "for_sale_item", "fundraiser", "group")
_READ = frozenset(("media", "place", "external_context", *_WORDED))
_OF_ALBUMS = frozenset(("name", "description", "photos", "cover_photo", "last_modified_timestamp"))
_MENTION = re.compile(r"@\[[0-9]+:[0-9]+:([^\]]+)\]")
_OF_ITEMS = frozenset(("timestamp", "data", "attachments", "title", "tags"))


def recognize(files: ImportFiles) -> bool:
    return meta.is_download_of(files, PARTS, "facebook")


def about(files: ImportFiles) -> About:  # noqa: ARG001 (it has names of people, and nothing that could be compared)
    return About()


def pieces(files: ImportFiles, account: Account, mapping: None) -> Iterator[ImportPiece | Reject]:  # noqa: ARG001
    return meta.pieces(files, PARTS, "facebook")


def parse(exchange: Exchange) -> Iterator[Found]:
    for one in meta.parse(exchange, PARTS):
        yield _readable(one) if isinstance(one, Record) else one


def _readable(record: Record) -> Record:
    """Show mentions by name, as readers saw them.

    A download has `@[1000123:2048:Jane Doe]`.
    """
    if named := _MENTION.findall(record.text or ""):
        record.text = _MENTION.sub(r"\1", record.text or "")
        record.mentions = list(dict.fromkeys([*record.mentions, *named]))
    return record


def _post(item: Item, reading: DownloadReading, kind: str = "post") -> Iterator[Record | Passed]:
    """Read a post.

    ValueError if all of its content is in unrecognized fields. Most posts have an `update_timestamp`; if the
    post was never edited, it is the time of the post.
    """
    said = [one["post"] for one in item.get("data") or () if one.get("post")]
    shown = _attached(item)
    links = _links(shown)
    media = meta.read_files(_files(shown))
    more = [words for one in shown for words in _words(one)]
    places = [one["place"]["name"] for one in shown if (one.get("place") or {}).get("name")]
    left = _unread(item, shown, "post")
    if not (said or links or media or more or places):
        yield _empty(kind, item, left)
        return
    edited = next(
        (
            at
            for one in item.get("data") or ()
            if (at := one.get("update_timestamp")) and at > item["timestamp"]
        ),
        None,
    )
    # the id was made before more words were read, and must stay the same
    told = "\n\n".join(said if said or links or media else more) or None
    record = reading.record(kind, item["timestamp"], told, *(m.identity for m in media), *links)
    record.text = meta.join_once(*said, *more) or None
    record.leftover = left
    named = [one["name"] if isinstance(one, dict) else one for one in item.get("tags") or ()]
    record.links, record.media, record.mentions = (
        links,
        meta.read_files([*_files(shown), *_inner(shown)]),
        [*places, *named],
    )
    if edited:
        record.edited_at = reading.record(kind, edited, None).published_at
    yield record


def _file(item: Item, reading: DownloadReading) -> Iterator[Record]:
    words = meta.join_once(item.get("title"), item.get("description"))
    record = reading.record("post", item["creation_timestamp"], words, item["uri"])
    record.text, record.media = words or None, meta.read_files([{"uri": item["uri"]}])
    record.leftover = tuple(sorted(meta.list_unread_fields([item])))
    yield record


def _album(item: Item, reading: DownloadReading) -> Iterator[Record | Passed]:
    """Read an album; it is as old as its oldest photo.

    Its only time of its own is that of its last change.
    """
    if not item["photos"]:
        yield Passed("an album without photos")
        return
    at = min(photo["creation_timestamp"] for photo in item["photos"])
    record = reading.record("post", at, None, "album", item.get("name") or "")
    record.title, record.text = item.get("name") or None, item.get("description") or None
    record.media = meta.read_files(item["photos"])
    record.leftover = tuple(sorted({*(item.keys() - _OF_ALBUMS), *meta.list_unread_fields(item["photos"])}))
    yield record


def _attached(item: Item) -> list[Item]:
    return list(chain.from_iterable(one.get("data") or () for one in item.get("attachments") or ()))


def _files(shown: list[Item]) -> list[Item]:
    return [one["media"] for one in shown if one.get("media")]


def _inner(shown: list[Item]) -> list[Item]:
    """Return the cover and photos of a note, and the photos of a life event.

    They are no part of an id, which was first made without them.
    """
    holders = [
        told for one in shown for name in ("note", "life_event") if isinstance(told := one.get(name), dict)
    ]
    found = chain.from_iterable(
        [told.get("cover_photo"), *(told.get("media") or ()), *(told.get("photos") or ())] for told in holders
    )
    return list({one["uri"]: one for one in found if one and one.get("uri")}.values())


def _empty(kind: str, item: Item, left: tuple[str, ...]) -> Passed:
    if left:
        raise ValueError(f"it has no text, links, or files, except perhaps in {', '.join(left)}")
    return Passed(f"a {kind} without text, links, and files ({_event(item)})")


def _links(shown: list[Item]) -> list[str]:
    return [one["external_context"]["url"] for one in shown if (one.get("external_context") or {}).get("url")]


def _words(shown: Item) -> Iterator[str]:
    """Return the words of an attached note, poll, event, or other attachment."""
    for name in _WORDED:
        told = shown.get(name)
        if isinstance(told, str):
            yield told
        elif isinstance(told, dict):
            yield from (
                told[part]
                for part in ("title", "name", "question", "text", "description")
                if isinstance(told.get(part), str)
            )
            options = [one.get("option") for one in told.get("options") or () if isinstance(one, dict)]
            yield from (option for option in options if isinstance(option, str))


def _unread(item: Item, shown: list[Item], kind: str) -> tuple[str, ...]:
    own = {
        f"data.{name}"
        for one in item.get("data") or ()
        for name in one.keys() - {kind, "update_timestamp", "backdated_timestamp"}
    }
    attached = {f"attachments.data.{name}" for one in shown for name in one.keys() - _READ}
    return tuple(
        sorted(
            (item.keys() - _OF_ITEMS)
            | own
            | attached
            | meta.list_unread_fields([*_files(shown), *_inner(shown)])
        )
    )


def _event(item: Mapping[str, Any]) -> str:
    """Return the end of an item's title, like `updated their status`, without a name."""
    return " ".join(str(item.get("title") or "no title").rstrip(".").split()[-3:])


def _comment(item: Item, reading: DownloadReading) -> Iterator[Record | Passed]:
    """Read a comment; ValueError as in `_post`."""
    told = [one["comment"] for one in item.get("data") or () if one.get("comment")]
    shown = _attached(item)
    media = meta.read_files(_files(shown))
    text = "\n\n".join(one["comment"] for one in told if one.get("comment"))
    left = _unread(item, shown, "comment")
    if not (text or media or _links(shown)):
        yield _empty("comment", item, left)
        return
    names = [one["author"] for one in told if one.get("author")]
    record = reading.record(
        "comment", item["timestamp"], text, item.get("title") or "", *(m.identity for m in media)
    )
    record.author_name, record.title, record.media = next(iter(names), None), item.get("title"), media
    record.links = _links(shown)
    record.leftover = left
    yield record


_POSTS = re.compile(
    r"(?:^|/)posts/(?:your_posts|profile_posts|page_posts|your_uncategorized_posts)[^/]*\.json$"
)
PARTS = (
    DownloadPart("posts", _POSTS, None, _post),
    DownloadPart(
        "app_posts", re.compile(r"(?:^|/)posts_from_apps_and_websites\.json$"), "app_posts_v2", _post
    ),
    DownloadPart(
        "reels",
        re.compile(r"(?:^|/)reels/(?:your_)?reels[^/]*\.json$"),
        "lasso_videos_v2",
        _post,
        whole=_POSTS,
    ),
    DownloadPart(
        "stories",
        re.compile(r"(?:^|/)stories/archived_stories[^/]*\.json$"),
        "archived_stories_v2",
        partial(_post, kind="story"),
    ),
    DownloadPart(
        "videos", re.compile(r"(?:^|/)posts/(?:your_)?videos[^/]*\.json$"), "videos_v2", _file, whole=_POSTS
    ),
    DownloadPart(
        "photos",
        re.compile(r"(?:^|/)posts/(?:your_)?uncategorized_photos[^/]*\.json$"),
        "other_photos_v2",
        _file,
        whole=_POSTS,
    ),
    DownloadPart("albums", re.compile(r"(?:^|/)posts/album/[^/]+\.json$"), meta.ALONE, _album),
    DownloadPart(
        "comments",
        re.compile(r"(?:^|/)comments_and_reactions/comments\.json$|(?:^|/)comments/comments\.json$"),
        "comments_v2",
        _comment,
    ),
    DownloadPart("messages", MESSAGES, "messages", meta.read_message),
)
