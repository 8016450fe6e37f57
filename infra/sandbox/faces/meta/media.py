"""Addresses and files of Meta's content network.

Addresses are signed, differ in each response, and expire after some days:
  /scontent/v/t39.30808-6/p130x130/17_n.jpg?_nc_cat=101&ccb=1-7&_nc_ohc=<new each time>
  &oh=<signature>&oe=<expiry, hex seconds>
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from infra.sandbox.faces.meta.errors import nonce
from infra.sandbox.films import film
from infra.sandbox.model import Caption, Photo, Post, Video
from infra.sandbox.pictures import picture
from infra.sandbox.subtitles import subtitles

LIFETIME = timedelta(days=4)  # seen to be four to five days
THUMBNAIL, FULL = 130, 720  # the longer side, in pixels
SUFFIXES = {"jpeg": "jpg", "png": "png"}


def _signature(path: str, expiry: str, salt: str) -> str:
    return "00_" + hashlib.sha256(f"made-up key/{path}/{expiry}/{salt}".encode()).hexdigest()[:40]


def signed(base: str, path: str, now: datetime) -> str:
    """Return the address of a file for the next days. path: as below."""
    expiry, salt = f"{int((now + LIFETIME).timestamp()):X}", nonce(22)
    marks = {
        "_nc_cat": "101",
        "ccb": "1-7",
        "_nc_sid": "127cfc",
        "_nc_ohc": salt,
        "oh": _signature(path, expiry, salt),
        "oe": expiry,
    }
    return f"{base}/scontent/{path}?{urlencode(marks)}"


def refused(path: str, asked: Mapping[str, str], now: datetime) -> str | None:
    """Return the content network's reason for refusing an address, or None."""
    expiry = asked.get("oe", "")
    if asked.get("oh") != _signature(path, expiry, asked.get("_nc_ohc", "")):
        return "URL signature mismatch"
    return "URL signature expired" if datetime.fromtimestamp(int(expiry, 16), UTC) <= now else None


def fitted(photo: Photo, most: int) -> tuple[int, int]:
    """Return width and height, with the longer side limited to `most`."""
    factor = min(1.0, most / max(photo.width, photo.height))
    return max(1, round(photo.width * factor)), max(1, round(photo.height * factor))


def photo_path(photo: Photo, most: int) -> str:
    return f"v/t39.30808-6/p{most}x{most}/{photo.number}_n.{SUFFIXES[photo.kind]}"


def video_paths(post: Post) -> tuple[str, str]:
    """Return the paths of a video's file and of its preview image."""
    return f"o1/v/t2/f2/{post.number}.mp4", f"v/t15.5256-10/{post.number}.jpg"


def captions_path(post: Post, caption: Caption) -> str:
    return f"o1/v/t7/{post.number}.{caption.number}.srt"


def photo_file(where: str, photo: Photo, most: int) -> tuple[bytes, str]:
    """Return bytes and type of a photo."""
    return picture(
        photo.kind, photo.seed or f"{where}{photo.number}", *fitted(photo, most)
    ), f"image/{photo.kind}"


def video_file(post: Post, video: Video, suffix: str) -> tuple[bytes, str] | None:
    """Return bytes and type of a video, its preview, or its subtitles ("17.srt")."""
    if suffix == "mp4":
        return film(post.key, video.width, video.height, video.seconds), "video/mp4"
    if suffix == "jpg":
        return picture("jpeg", f"{post.key}/0", video.width, video.height), "image/jpeg"
    track = next((one for one in video.captions if suffix == f"{one.number}.srt"), None)
    return (subtitles(track, video.seconds, "srt").encode(), "application/x-subrip") if track else None


def file_of(where: str, posts: Iterable[Post], path: str) -> tuple[bytes, str] | None:
    """Return bytes and type of the file at a path, from any version of these posts."""
    folder, _, name = path.rpartition("/")
    named, size = re.fullmatch(r"(\d+)(?:_n)?\.(.+)", name), re.search(r"/p(\d+)x", folder)
    if named is None:
        return None
    number, suffix = int(named[1]), named[2]
    for post in posts:
        for photo in (photo for version in post.versions for photo in version.photos) if size else ():
            if size and photo.number == number:
                return photo_file(where, photo, int(size[1]))
        if not size and post.video and post.number == number:
            return video_file(post, post.video, suffix)
    return None
