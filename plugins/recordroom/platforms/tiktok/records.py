"""The records that an answer of TikTok holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from recordroom.model import HIDDEN, VISIBLE, Exchange, Media, Record
from recordroom.platforms.http import wrong
from recordroom.platforms.schema import Reading, items, tree_of
from recordroom.platforms.tiktok.api import failure
from recordroom.platforms.tiktok.ids import moment_of, video_id
from recordroom.platforms.tiktok.platform import SERVER
from recordroom.platforms.tiktok.shapes import BODY, COMMENT, DATA, PROFILE, SHOWN, USER, VIDEO

STATES = ("PUBLIC", "HIDDEN", "")  # of comments
_NO_FILE = "TikTok gives no address of the file"


def parse(exchange: Exchange) -> Iterator[Record]:
    """Records of a profile, a list of videos, or a list of comments with the answers that it holds. None of
    what is not given.
    """
    if "not_given" in exchange.context:
        return
    if problem := failure(exchange):
        raise problem
    body, touched = tree_of(exchange)
    reading = Reading(exchange, touched)
    reading.check(BODY, body, "")
    data = body.get("data")
    if not isinstance(data, dict):
        raise wrong(exchange, "/data", "an object", data)
    if "username" in data:
        yield _account(data, reading)
        return
    if "videos" not in data and "comments" not in data and "user" not in data:
        raise wrong(exchange, "/data", "videos, comments or a profile", data)
    reading.check(DATA, data, "/data")
    if data.get("user") is not None:
        yield _user(data["user"], reading)
    for i, video in enumerate(items(data.get("videos") or [], exchange, "/data/videos")):
        yield (_video if isinstance(video, dict) and "item_id" in video else _shown)(
            video, reading, f"/data/videos/{i}"
        )
    for i, comment in enumerate(items(data.get("comments") or [], exchange, "/data/comments")):
        yield from _comments(comment, reading, f"/data/comments/{i}")


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001 (ids are unique on all of TikTok)
    return Exchange("GET", url or "", 200, (), body, {"server": SERVER})


def _milliseconds(seconds: float | None, exchange: Exchange, pointer: str) -> int | None:
    if seconds is None:
        return None
    try:
        return round(seconds * 1000)
    except (ValueError, OverflowError):
        raise wrong(exchange, f"{pointer}/video_duration", "seconds", seconds) from None


def _bare(address: str | None, exchange: Exchange, pointer: str) -> str | None:
    """A permalink without what tells who shared it."""
    if not address:
        return None
    try:
        return urlunsplit(urlsplit(address)._replace(query="", fragment=""))
    except ValueError:
        raise wrong(exchange, f"{pointer}/share_url", "an address", address) from None


def _video(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """A photo post differs in its media_type alone. Its comments are compared where they are asked for in
    this capture.
    """
    reading.check(VIDEO, item, pointer)
    if "caption" not in item:
        raise wrong(reading.exchange, f"{pointer}/caption", "a text, or null", "nothing")
    native = str(item["item_id"])
    heard = reading.me is None or native in reading.context.get("heard", ())
    counts = {"likes": item.get("likes"), "shares": item.get("shares"), "views": item.get("video_views")}
    file = Media(
        native,
        "image" if "PHOTO" in (item.get("media_type") or "").upper() else "video",
        duration=_milliseconds(item.get("video_duration"), reading.exchange, pointer),
        missing_reason=_NO_FILE,
    )
    return _post(
        native,
        item,
        reading,
        pointer,
        text=item.get("caption") or "",
        file=file,
        cover=item.get("thumbnail_url"),
        counts=counts | ({"comments": item.get("comments")} if heard else {}),
    )


def _shown(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """A video as the Display API tells of it."""
    reading.check(SHOWN, item, pointer)
    duration = item.get("duration")
    length = None if duration is None else duration * 1000
    names = {
        "likes": "like_count",
        "comments": "comment_count",
        "shares": "share_count",
        "views": "view_count",
    }
    return _post(
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
            duration=length,
            missing_reason=_NO_FILE,
        ),
        cover=item.get("cover_image_url"),
        counts={ours: item.get(name) for ours, name in names.items()},
    )


def _post(
    native: str, item: dict[str, Any], reading: Reading, pointer: str, *,
    text: str, file: Media, cover: str | None, counts: Mapping[str, int | None], title: str | None = None,
) -> Record:  # fmt: skip
    exchange = reading.exchange
    published = None if item.get("create_time") is None else moment_of(item["create_time"], exchange, pointer)
    return Record(
        record_id=video_id(native),
        kind="post",
        native_id=native,
        pointer=pointer,
        root_id=video_id(native),
        url=_bare(item.get("share_url"), exchange, pointer),
        author_id=reading.me,
        author_handle=reading.context.get("handle"),
        author_is_account=None if reading.me is None else True,
        text=text,
        title=title,
        published_at=published,
        media=[file, *([Media(f"{native}/cover", "image", cover, position=2)] if cover else [])],
        counts={name: n for name, n in counts.items() if n is not None} or None,
        counts_replies=True,
        tally=None if reading.me is None else "own",
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )


def _comments(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """A comment, and the answers that stand in it."""
    yield _comment(item, reading, pointer)
    for i, answer in enumerate(
        items(item.get("reply_list") or [], reading.exchange, f"{pointer}/reply_list")
    ):
        yield _comment(answer, reading, f"{pointer}/reply_list/{i}", str(item["comment_id"]))


def _comment(item: dict[str, Any], reading: Reading, pointer: str, under: str | None = None) -> Record:
    """`under`: the comment in which the answer stands. TikTok says that a comment is hidden, and not by whom."""
    reading.check(COMMENT, item, pointer)
    if item.get("text") is None and not item.get("image_url"):
        raise wrong(
            reading.exchange,
            f"{pointer}/text",
            "text, or a picture instead of it",
            item.get("text", "nothing"),
        )
    native, video, parent = (
        str(item["comment_id"]),
        video_id(item["video_id"]),
        item.get("parent_comment_id") or under,
    )
    state = item.get("status") or ""
    hidden = state.upper() == "HIDDEN"
    if state.upper() not in STATES:  # it may be public all the same
        reading.left.append(f"status.{state}")
    published = moment_of(item["create_time"], reading.exchange, pointer)
    counts = {"likes": item.get("likes"), "comments": item.get("replies") if parent is None else None}
    return Record(
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
        status=HIDDEN if hidden else VISIBLE,
        status_reason=(
            "status HIDDEN: hidden by the account, by its filters, or by TikTok, which does not say which"
            if hidden
            else None
        ),
        status_at=f"{pointer}/status" if hidden else None,
        media=[Media(f"{native}/image", "image", item["image_url"])] if item.get("image_url") else [],
        counts={name: n for name, n in counts.items() if n is not None} or None,
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )


def _account(item: dict[str, Any], reading: Reading) -> Record:
    reading.check(PROFILE, item, "/data")
    return _person(reading.me or item["username"], item, item.get("profile_image"), reading, "/data")


def _user(item: dict[str, Any], reading: Reading) -> Record:
    """A profile as the Display API tells of it."""
    reading.check(USER, item, "/data/user")
    return _person(
        item.get("open_id") or item.get("username") or "unknown",
        item,
        item.get("avatar_url"),
        reading,
        "/data/user",
    )


def _person(native: str, item: dict[str, Any], picture: str | None, reading: Reading, pointer: str) -> Record:
    """The picture's address is signed anew each time: its name, without the size, is what stays."""
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
        media=[Media(_name(picture, reading.exchange, pointer), "image", picture)] if picture else [],
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )


def _name(address: str, exchange: Exchange, pointer: str) -> str:
    try:
        return urlsplit(address).path.partition("~")[0]
    except ValueError:
        raise wrong(exchange, f"{pointer}/picture", "an address", address) from None
