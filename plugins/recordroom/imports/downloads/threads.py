"""The account's posts and replies on Threads, from an Instagram download in JSON.

It comes from `Accounts Center > Your information > Download`, with Threads. The form is the one that public
programs read. `threads/threads_and_replies.json` has posts as lists of files; a post without files is one
file without a name: `{"text_post_app_text_posts": [{"media": [{"uri": "", "creation_timestamp": 1754466859,
"title": "agreed", "text_app_post": {"is_reply": true}}]}]}`. imports/downloads/meta.py describes what it has
in common with the rest of the download, which is imported into the account on Instagram.

It never has: what others wrote; ids; counts; the post that a reply answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recordroom.imports.contract import About, Form, Found, ImportPiece, Reject
from recordroom.imports.downloads import instagram, meta
from recordroom.imports.downloads.meta import DownloadPart, DownloadReading, Item
from recordroom.imports.files import ImportFiles
from recordroom.model import Exchange, Record
from recordroom.register.models import Account

FORM = Form(
    "threadsdownload", "download of Threads", parser=1, says=frozenset(("text",)), platforms=("threads",)
)
_OF_POSTS = frozenset(("is_reply", "reply_control", "geo_gated_country_list"))  # the last two are settings


def recognize(files: ImportFiles) -> bool:
    return meta.is_download_of(files, PARTS, "threads")


def about(files: ImportFiles) -> About:
    """Return the profile's name; else Instagram's, since both accounts share it."""
    for name in files.find("threads/personal_information.json"):
        told = meta.repair_text(files.json(name)).get("text_post_app_text_post_app_profile") or [{}]
        if handle := ((told[0].get("string_map_data") or {}).get("Username") or {}).get("value"):
            return About(handle=handle)
    return instagram.about(files)


def pieces(files: ImportFiles, account: Account, mapping: None) -> Iterator[ImportPiece | Reject]:  # noqa: ARG001
    first, _ = next(meta.members(files, PARTS))
    return meta.pieces(files, PARTS, "threads", f"{first.rpartition('/')[0]}/")


def parse(exchange: Exchange) -> Iterator[Found]:
    return meta.parse(exchange, PARTS)


def _post(item: Item, reading: DownloadReading) -> Iterator[Record]:
    """Read a post; a reply, whose parent the download does not name, is a comment."""
    told = item["media"]
    shown = [one for one in told if one.get("uri")]
    at = item.get("creation_timestamp") or told[0]["creation_timestamp"]
    text = meta.join_once(item.get("title"), *(one.get("title") for one in told))
    media = meta.read_files([{"uri": one["uri"]} for one in shown])
    about = [one.get("text_app_post") or {} for one in told]
    kind = "comment" if any(one.get("is_reply") for one in about) else "post"
    record = reading.record(kind, at, text, *(m.identity for m in media))
    record.media = media
    more = {
        f"text_app_post.{name}"
        for one in about
        for name, value in one.items()
        if value and name not in _OF_POSTS
    }
    unread = meta.list_unread_fields(
        {name: value for name, value in one.items() if name != "text_app_post"} for one in told
    )
    record.leftover = tuple(
        sorted({*more, *unread, *(item.keys() - {"media", "title", "creation_timestamp"})})
    )
    yield record


PARTS = (
    DownloadPart(
        "posts", re.compile(r"(?:^|/)threads/threads_and_replies\.json$"), "text_post_app_text_posts", _post
    ),
)
