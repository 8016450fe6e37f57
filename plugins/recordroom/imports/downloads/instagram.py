"""An Instagram download in JSON.

It comes from `Accounts Center > Your information > Download`. It has posts, reels, stories, comments,
messages, and their media. imports/downloads/meta.py describes what it has in common with Facebook's. Newer
downloads have all posts in media/posts.json, as labels and values, and some of them in media/posts_1.json as
before. The labels, within comments too, are in the language of the
account: English is read.

It never has: what others wrote, except messages; ids; counts; the post that a comment replies to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from recordroom.imports.contract import About, Cut, Form, Found, Passed, Reject
from recordroom.imports.downloads import meta
from recordroom.imports.downloads.meta import MESSAGES, DownloadPart, DownloadReading, Item
from recordroom.imports.files import ImportFiles
from recordroom.imports.leftover_files import UNKNOWN
from recordroom.model import HIDDEN, REMOVED, Exchange, Record
from recordroom.register.models import Account

FORM = Form(
    "instagramdownload", "Instagram download", parser=7, says=frozenset(("text",)), platforms=("instagram",)
)
# the last two are in the words too
_LABELS = frozenset(("Caption", "Media", "URL", "Draft", "Published", "Hashtags", "Reel metadata"))
_OF_THREADS = re.compile(r"(?:^|/)threads/threads_and_replies\.json(?: of |$)")
_ON_THREADS = "posts and replies on Threads: import the same file into the Threads account too"
_SUBTITLES = (".srt", ".vtt")
_PROFILE = ("personal_information/personal_information.json", "account_information/personal_information.json")


def recognize(files: ImportFiles) -> bool:
    return meta.is_download_of(files, PARTS, "instagram")


def about(files: ImportFiles) -> About:
    for name in [found for ending in _PROFILE for found in files.find(ending)]:
        told = meta.repair_text(files.json(name)).get("profile_user") or [{}]
        values = told[0].get("string_map_data") or {}
        if handle := (values.get("Username") or {}).get("value"):
            return About(handle=handle)
    return About()


def pieces(files: ImportFiles, account: Account, mapping: None) -> Iterator[Cut]:  # noqa: ARG001
    for piece in meta.pieces(files, PARTS, "instagram"):
        of_threads = isinstance(piece, Reject) and piece.reason == UNKNOWN and _OF_THREADS.search(piece.place)
        yield Passed(_ON_THREADS) if of_threads else piece  # this account's import is complete without it


def parse(exchange: Exchange) -> Iterator[Found]:
    return meta.parse(exchange, PARTS)


def _post(item: Item, reading: DownloadReading) -> Iterator[Record | Passed]:
    """Read a post.

    The words of a post with one file are next to the file; some words of a post with several files are next
    to those. The latter are no part of its id, which was first made without them.
    """
    if "label_values" in item:
        yield _labelled(item, reading)
        return
    shown = item["media"]
    at = item.get("creation_timestamp") or shown[0]["creation_timestamp"]
    title = item.get("title") or (shown[0].get("title") if len(shown) == 1 else None) or ""
    media = meta.read_files([{"uri": one["uri"]} for one in shown])
    record = reading.record("post", at, title, *(m.identity for m in media))
    record.text = meta.join_once(title, *(one.get("title") for one in shown))
    record.media = media
    record.leftover = _unread(item.keys() - {"media", "title", "creation_timestamp"}, shown)
    yield record


def _labelled(item: Item, reading: DownloadReading) -> Record | Passed:
    """Read a post that consists of labels and values.

    `{timestamp, title?, media?, label_values: [{label: "Caption", value}, {label: "Media", media: [...]},
    {title, dict: ...}]}`: the files of an album are at several depths.
    """
    labels = {
        one.get("label") or one.get("title"): one.get("value") or one.get("dict") or one.get("vec")
        for one in item["label_values"]
    }
    if not labels.keys() & {"Caption", "Media"}:
        raise ValueError(f"its labels are {', '.join(map(str, labels))}: request the download in English")
    if str(labels.get("Draft")).lower() == "true":
        return Passed("a draft")
    shown = list({one["uri"]: one for one in _named(item) if not one["uri"].endswith(_SUBTITLES)}.values())
    media = meta.read_files([{"uri": one["uri"]} for one in shown])
    record = reading.record(
        "post", item["timestamp"], labels.get("Caption") or "", *(m.identity for m in media)
    )
    record.text = meta.join_once(
        item.get("title"), labels.get("Caption"), *(one.get("title") for one in shown)
    )
    record.media, record.url = media, labels.get("URL") or None
    more = (f"label_values.{name}" for name, told in labels.items() if told and name and name not in _LABELS)
    record.leftover = _unread(
        {*more, *(item.keys() - {"timestamp", "title", "media", "label_values", "fbid"})}, shown
    )
    return record


def _named(value: Any) -> Iterator[Item]:
    """Return all objects that have a `uri`, at any depth."""
    if isinstance(value, dict):
        if isinstance(value.get("uri"), str) and value["uri"]:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _named(one)


def _archived(item: Item, reading: DownloadReading) -> Iterator[Record | Passed]:
    for one in _post(item, reading):
        if isinstance(one, Record):
            one.status = HIDDEN
            one.acted_by = "agency"
            one.status_reason = "it stands among the posts that the account has archived"
        yield one


def _deleted(item: Item, reading: DownloadReading) -> Iterator[Record | Passed]:
    """Read a deleted post, which Instagram keeps for 30 days."""
    for one in _post(item if "media" in item else {"media": [item]}, reading):
        if isinstance(one, Record):
            one.status = REMOVED
            one.acted_by = "agency"
            one.status_reason = "it stands among what the account has deleted lately"
        yield one


def _story(item: Item, reading: DownloadReading) -> Iterator[Record]:
    record = reading.record("story", item["creation_timestamp"], item.get("title") or "", item["uri"])
    record.media = meta.read_files([{"uri": item["uri"]}])
    record.leftover = _unread((), [item])
    yield record


def _unread(more: Iterable[str], of_files: list[Item]) -> tuple[str, ...]:
    return tuple(sorted({*more, *meta.list_unread_fields(of_files)}))


def _comment(item: Item, reading: DownloadReading) -> Iterator[Record]:
    """Read a comment; its image is no part of its id, first made without it."""
    told = item.get("string_map_data") or _older(item)
    if "Comment" not in told or "Time" not in told:
        raise ValueError(f"its labels are {', '.join(told)}: request the download in English")
    owner = (told.get("Media Owner") or {}).get("value")
    more = [one for one in item.get("media_list_data") or () if one.get("uri")]
    shown = [one for one in more if "://" not in one["uri"]]
    record = reading.record("comment", told["Time"]["timestamp"], told["Comment"]["value"], owner or "")
    record.mentions = [owner] if owner else []
    record.media = meta.read_files({"uri": one["uri"]} for one in shown)
    record.links = [one["uri"] for one in more if one not in shown]
    known = {"string_map_data", "string_list_data", "media_list_data", "title", "media_owner"}
    record.leftover = _unread(
        {*(told.keys() - {"Comment", "Time", "Media Owner"}), *(item.keys() - known)}, more
    )
    yield record


def _older(item: Item) -> Item:
    """Read a comment from before there were labels.

    `{title: the owner, string_list_data: [{value, timestamp}]}`.
    """
    [said] = item["string_list_data"]
    return {"Comment": said, "Time": said, "Media Owner": {"value": item.get("title")}}


_ALL_POSTS = re.compile(r"(?:^|/)(?:content|media)/posts\.json$")
PARTS = (
    DownloadPart("posts", _ALL_POSTS, None, _post),
    DownloadPart(
        "media", re.compile(r"(?:^|/)(?:content|media)/posts_\d+\.json$"), None, _post, whole=_ALL_POSTS
    ),
    DownloadPart(
        "archived",
        re.compile(r"(?:^|/)(?:content|media)/archived_posts\.json$"),
        "ig_archived_post_media",
        _archived,
    ),
    DownloadPart(
        "deleted",
        re.compile(r"(?:^|/)(?:content|media)/recently_deleted_content\.json$"),
        "ig_recently_deleted_media",
        _deleted,
    ),
    DownloadPart(
        "reels", re.compile(r"(?:^|/)(?:content|media)/reels(?:_\d+)?\.json$"), "ig_reels_media", _post
    ),
    DownloadPart("igtv", re.compile(r"(?:^|/)(?:content|media)/igtv_videos\.json$"), "ig_igtv_media", _post),
    DownloadPart(
        "stories", re.compile(r"(?:^|/)(?:content|media)/stories(?:_\d+)?\.json$"), "ig_stories", _story
    ),
    DownloadPart(
        "comments",
        re.compile(r"(?:^|/)comments/post_comments(?:_\d+)?\.json$"),
        "comments_media_comments",
        _comment,
    ),
    DownloadPart(
        "reels_comments",
        re.compile(r"(?:^|/)comments/reels_comments(?:_\d+)?\.json$"),
        "comments_reels_comments",
        _comment,
    ),
    DownloadPart(
        "story_comments", re.compile(r"(?:^|/)comments/hype\.json$"), "comments_story_comments", _comment
    ),
    DownloadPart("messages", MESSAGES, "messages", meta.read_message),
)
