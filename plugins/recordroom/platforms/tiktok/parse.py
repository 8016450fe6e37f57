"""Records from responses of TikTok: profiles, videos, and comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit

from recordroom.errors import UnexpectedResponse
from recordroom.model import HIDDEN, VISIBLE, Exchange, Media, Record
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.schema import Reading, load_tree, require_list
from recordroom.platforms.tiktok.api import failure
from recordroom.platforms.tiktok.platform import SERVER, record_id
from recordroom.platforms.tiktok.schema import (
    BODY,
    COMMENT,
    DATA,
    DISPLAY_USER,
    DISPLAY_VIDEO,
    PROFILE,
    VIDEO,
    TikTokContext,
)

COMMENT_STATUSES = ("PUBLIC", "HIDDEN", "")
_NO_FILE = "TikTok gives no address of the file"


def parse(exchange: Exchange) -> Iterator[Record]:
    """Parse a profile, a list of videos, or a list of comments with their replies."""
    if "not_given" in exchange.context:
        return
    try:
        body, touched = load_tree(exchange)
    except UnexpectedResponse as unreadable:
        raise failure(exchange) or unreadable from None
    if problem := failure(exchange, body):
        raise problem
    reading = Reading(exchange, touched)
    reading.check(BODY, body, "")
    data = body.get("data")
    if not isinstance(data, dict):
        raise unexpected_field(exchange, "/data", "an object", data)
    if "username" in data:
        yield _parse_profile(data, reading)
        return
    if "videos" not in data and "comments" not in data and "user" not in data:
        raise unexpected_field(exchange, "/data", "videos, comments or a profile", data)
    reading.check(DATA, data, "/data")
    if data.get("user") is not None:
        yield _parse_display_user(data["user"], reading)
    for i, video in enumerate(require_list(data.get("videos") or [], exchange, "/data/videos")):
        is_display = not isinstance(video, dict) or "item_id" not in video
        parse_one = _parse_display_video if is_display else _parse_video
        yield parse_one(video, reading, f"/data/videos/{i}")
    for i, comment in enumerate(require_list(data.get("comments") or [], exchange, "/data/comments")):
        yield from _parse_comments(comment, reading, f"/data/comments/{i}")


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001
    """Make an exchange of a saved response. IDs are unique on all of TikTok."""
    return Exchange("GET", url or "", 200, (), body, {"server": SERVER})


def time_of(value: int | str, exchange: Exchange, pointer: str) -> datetime:
    """Return the instant of a `create_time`.

    It is given in seconds since 1970, as a number or as text.
    """
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (ValueError, OverflowError, OSError):
        raise unexpected_field(exchange, f"{pointer}/create_time", "seconds since 1970", value) from None


def _context_of(reading: Reading) -> TikTokContext:
    return cast(TikTokContext, reading.context)


def _milliseconds(seconds: float | None, exchange: Exchange, pointer: str) -> int | None:
    if seconds is None:
        return None
    try:
        return round(seconds * 1000)
    except (ValueError, OverflowError):
        raise unexpected_field(exchange, f"{pointer}/video_duration", "seconds", seconds) from None


def _without_query(address: str | None, exchange: Exchange, pointer: str) -> str | None:
    """Remove the query from a permalink: it says who shared the video."""
    if not address:
        return None
    try:
        parts = urlsplit(address)
        return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    except ValueError:
        raise unexpected_field(exchange, f"{pointer}/share_url", "an address", address) from None


def _parse_video(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """Parse a video, or a photo post, which differs only in its media_type.

    The count of comments is read where this capture reads the comments: it is compared with them.
    """
    reading.check(VIDEO, item, pointer)
    if "caption" not in item:
        raise unexpected_field(reading.exchange, f"{pointer}/caption", "a text, or null", "nothing")
    native = str(item["item_id"])
    is_heard = reading.me is None or native in _context_of(reading).get("heard", ())
    counts = {"likes": item.get("likes"), "shares": item.get("shares"), "views": item.get("video_views")}
    file = Media(
        native,
        "image" if "PHOTO" in (item.get("media_type") or "").upper() else "video",
        duration=_milliseconds(item.get("video_duration"), reading.exchange, pointer),
        missing_reason=_NO_FILE,
    )
    return _make_post(
        native,
        item,
        reading,
        pointer,
        text=item.get("caption") or "",
        file=file,
        cover=item.get("thumbnail_url"),
        counts=counts | ({"comments": item.get("comments")} if is_heard else {}),
    )


def _parse_display_video(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """Parse a video of the Display API."""
    reading.check(DISPLAY_VIDEO, item, pointer)
    duration = item.get("duration")
    milliseconds = None if duration is None else duration * 1000
    names = {
        "likes": "like_count",
        "comments": "comment_count",
        "shares": "share_count",
        "views": "view_count",
    }
    return _make_post(
        item["id"],
        item,
        reading,
        pointer,
        text=item.get("video_description") or "",
        title=item.get("title") or None,
        file=Media(
            item["id"],
            "video",
            width=item.get("width"),
            height=item.get("height"),
            duration=milliseconds,
            missing_reason=_NO_FILE,
        ),
        cover=item.get("cover_image_url"),
        counts={ours: item.get(name) for ours, name in names.items()},
    )


def _make_post(
    native: str, item: dict[str, Any], reading: Reading, pointer: str, *,
    text: str, file: Media, cover: str | None, counts: Mapping[str, int | None], title: str | None = None,
) -> Record:  # fmt: skip
    """Make the record of a video.

    cover: address of a still image. counts: those that are None are left out.
    """
    exchange = reading.exchange
    published = None if item.get("create_time") is None else time_of(item["create_time"], exchange, pointer)
    record = Record(
        record_id=record_id(native),
        kind="post",
        native_id=native,
        pointer=pointer,
        root_id=record_id(native),
        url=_without_query(item.get("share_url"), exchange, pointer),
        author_id=reading.me,
        author_handle=_context_of(reading).get("handle"),
        author_is_account=None if reading.me is None else True,
        text=text,
        title=title,
        published_at=published,
        media=[file, *([Media(f"{native}/cover", "image", cover, position=2)] if cover else [])],
        counts={name: n for name, n in counts.items() if n is not None} or None,
        counts_replies=True,
    )
    record.tally = None if reading.me is None else "own"
    record.repaired = id(item) in reading.repaired
    record.leftover = reading.take_leftover()
    return record


def _parse_comments(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """Parse a comment, and the replies that it contains."""
    yield _parse_comment(item, reading, pointer)
    for i, reply in enumerate(
        require_list(item.get("reply_list") or [], reading.exchange, f"{pointer}/reply_list")
    ):
        yield _parse_comment(reply, reading, f"{pointer}/reply_list/{i}", str(item["comment_id"]))


def _parse_comment(item: dict[str, Any], reading: Reading, pointer: str, holder: str | None = None) -> Record:
    """Parse a comment or a reply. TikTok says that one is hidden, and not who hid it.

    holder: the ID of the comment that contains this reply.
    """
    reading.check(COMMENT, item, pointer)
    if item.get("text") is None and not item.get("image_url"):
        raise unexpected_field(
            reading.exchange,
            f"{pointer}/text",
            "text, or a picture instead of it",
            item.get("text", "nothing"),
        )
    native, video = str(item["comment_id"]), record_id(item["video_id"])
    parent = item.get("parent_comment_id") or holder
    status = item.get("status") or ""
    is_hidden = status.upper() == "HIDDEN"
    if status.upper() not in COMMENT_STATUSES:  # it may be public anyway
        reading.leftover.append(f"status.{status}")
    published = time_of(item["create_time"], reading.exchange, pointer)
    counts = {"likes": item.get("likes"), "comments": item.get("replies") if parent is None else None}
    record = Record(
        record_id=f"tiktok:comments/{native}",
        kind="reply" if parent else "comment",
        native_id=native,
        pointer=pointer,
        parent_id=f"tiktok:comments/{parent}" if parent else video,
        root_id=video,
        author_id=item.get("unique_identifier") or item.get("user_id"),
        author_name=item.get("display_name"),
        author_handle=item.get("username"),
        author_is_account=item.get("owner"),
        text=item.get("text") or "",
        published_at=published,
        status=HIDDEN if is_hidden else VISIBLE,
        status_reason=(
            "status HIDDEN: hidden by the account, by its filters, or by TikTok, which does not say which"
            if is_hidden
            else None
        ),
        status_at=f"{pointer}/status" if is_hidden else None,
    )
    record.media = [Media(f"{native}/image", "image", item["image_url"])] if item.get("image_url") else []
    record.counts = {name: n for name, n in counts.items() if n is not None} or None
    record.repaired = id(item) in reading.repaired
    record.leftover = reading.take_leftover()
    return record


def _parse_profile(item: dict[str, Any], reading: Reading) -> Record:
    reading.check(PROFILE, item, "/data")
    return _make_profile(reading.me or item["username"], item, item.get("profile_image"), reading, "/data")


def _parse_display_user(item: dict[str, Any], reading: Reading) -> Record:
    """Parse a profile of the Display API."""
    reading.check(DISPLAY_USER, item, "/data/user")
    return _make_profile(
        item.get("open_id") or item.get("username") or "unknown",
        item,
        item.get("avatar_url"),
        reading,
        "/data/user",
    )


def _make_profile(
    native: str, item: dict[str, Any], picture: str | None, reading: Reading, pointer: str
) -> Record:
    """Make the record of a profile. `picture` is the address of its picture."""
    name = item.get("username")
    return Record(
        record_id=f"tiktok:users/{native}",
        kind="profile",
        native_id=native,
        pointer=pointer,
        url=f"https://www.tiktok.com/@{name}" if name else None,
        author_id=native,
        author_name=item.get("display_name"),
        author_handle=name,
        author_is_account=None if reading.me is None else True,
        text=item.get("bio_description") or "",
        title=item.get("display_name"),
        media=[Media(_picture_identity(picture, reading.exchange, pointer), "image", picture)]
        if picture
        else [],
        repaired=id(item) in reading.repaired,
        leftover=reading.take_leftover(),
    )


def _picture_identity(address: str, exchange: Exchange, pointer: str) -> str:
    """Return the part of a picture's address that stays: its path without the size.

    TikTok signs the address again for each response.
    """
    try:
        return urlsplit(address).path.partition("~")[0]
    except ValueError:
        raise unexpected_field(exchange, f"{pointer}/picture", "an address", address) from None
