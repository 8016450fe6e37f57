"""An Instagram download in JSON (`Accounts Center > Your information > Download`): posts, reels, stories, comments, messages, their media.

imports/meta_download.py says what it has in common with Facebook's. It never has: what others wrote, but messages; ids; counts; which post
a comment answers. The labels within comments are in the language of the account: they are read in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from recordroom.accounts import Account
from recordroom.imports import About, Form, Found, Piece, Reject, meta_download
from recordroom.imports.files import Files
from recordroom.imports.meta_download import MESSAGES, Item, Part, Reading
from recordroom.model import Exchange, Record

FORM = Form("instagramdownload", "Instagram download", parser=4, says=frozenset(("text",)), platforms=("instagram",))
_PROFILE = ("personal_information/personal_information.json", "account_information/personal_information.json")


def recognize(files: Files) -> bool:
    return meta_download.is_of(files, PARTS, "instagram")


def about(files: Files) -> About:
    for name in [found for ending in _PROFILE for found in files.find(ending)]:
        told = meta_download.mended(files.json(name)).get("profile_user") or [{}]
        values = told[0].get("string_map_data") or {}
        if handle := (values.get("Username") or {}).get("value"):
            return About(handle=handle)
    return About()


def pieces(files: Files, account: Account, mapping: None) -> Iterator[Piece | Reject]:  # noqa: ARG001 (one contract for all)
    return meta_download.pieces(files, PARTS, "instagram")


def parse(exchange: Exchange) -> Iterator[Found]:
    return meta_download.parse(exchange, PARTS)


def _post(item: Item, reading: Reading) -> Iterator[Record]:
    """The words of a post with one file stand beside the file, and some beside the files of one with several. The latter are no part of its
    id, which was made without them first."""
    shown = item["media"]
    at = item.get("creation_timestamp") or shown[0]["creation_timestamp"]
    title = item.get("title") or (shown[0].get("title") if len(shown) == 1 else None) or ""
    media = meta_download.files_of([{"uri": one["uri"]} for one in shown])
    record = reading.record("post", at, title, *(m.identity for m in media))
    record.text = meta_download.together(title, *(one.get("title") for one in shown))
    record.media = media
    record.leftover = _unread(item.keys() - {"media", "title", "creation_timestamp"}, shown)
    yield record


def _story(item: Item, reading: Reading) -> Iterator[Record]:
    record = reading.record("story", item["creation_timestamp"], item.get("title") or "", item["uri"])
    record.media = meta_download.files_of([{"uri": item["uri"]}])
    record.leftover = _unread((), [item])
    yield record


def _unread(more: Iterable[str], of_files: list[Item]) -> tuple[str, ...]:
    return tuple(sorted({*more, *meta_download.unread(of_files)}))


def _comment(item: Item, reading: Reading) -> Iterator[Record]:
    """Its picture is no part of its id, which was made without it first."""
    told = item.get("string_map_data") or _older(item)
    if "Comment" not in told or "Time" not in told:
        raise ValueError(f"its labels are {', '.join(told)}: ask for the download in English")
    owner, more = (told.get("Media Owner") or {}).get("value"), [one for one in item.get("media_list_data") or () if one.get("uri")]
    shown = [one for one in more if "://" not in one["uri"]]
    record = reading.record("comment", told["Time"]["timestamp"], told["Comment"]["value"], owner or "")
    record.mentions = [owner] if owner else []
    record.media = meta_download.files_of({"uri": one["uri"]} for one in shown)
    record.links = [one["uri"] for one in more if one not in shown]
    known = {"string_map_data", "string_list_data", "media_list_data", "title"}
    record.leftover = _unread({*(told.keys() - {"Comment", "Time", "Media Owner"}), *(item.keys() - known)}, more)
    yield record


def _older(item: Item) -> Item:
    """Before there were labels: `{title: the owner, string_list_data: [{value, timestamp}]}`."""
    [said] = item["string_list_data"]
    return {"Comment": said, "Time": said, "Media Owner": {"value": item.get("title")}}


PARTS = (
    Part("media", re.compile(r"(?:^|/)(?:content|media)/posts_\d+\.json$"), None, _post),
    Part("reels", re.compile(r"(?:^|/)(?:content|media)/reels(?:_\d+)?\.json$"), "ig_reels_media", _post),
    Part("igtv", re.compile(r"(?:^|/)(?:content|media)/igtv_videos\.json$"), "ig_igtv_media", _post),
    Part("stories", re.compile(r"(?:^|/)(?:content|media)/stories(?:_\d+)?\.json$"), "ig_stories", _story),
    Part("comments", re.compile(r"(?:^|/)comments/post_comments(?:_\d+)?\.json$"), "comments_media_comments", _comment),
    Part("reels_comments", re.compile(r"(?:^|/)comments/reels_comments(?:_\d+)?\.json$"), "comments_reels_comments", _comment),
    Part("messages", MESSAGES, "messages", meta_download.message),
)
