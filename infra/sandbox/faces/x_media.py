"""X's files: photos, previews, films and portraits, at addresses that are not signed and do not die before
what they belong to.

Those of private messages lie elsewhere, below their event, for the two who wrote to each other only: what is
told of version 1.1 (ton.twitter.com, docs.x.com/x-api/direct-messages) is taken to hold for version 2.
"""

import re
from collections.abc import Iterable

from infra.sandbox.faces.x_ids import WHERE, letters
from infra.sandbox.films import film
from infra.sandbox.model import Post
from infra.sandbox.pictures import picture

SUFFIXES = {"jpeg": "jpg", "png": "png"}
PRIVATE = "/1.1/ton/data/dm"
FOLDERS = ("/media/", "/ext_tw_video/", "/ext_tw_video_thumb/", "/profile_images/", PRIVATE)


def file_of(posts: Iterable[Post], path: str) -> tuple[bytes, str] | None:
    """The bytes and the type of what lies under a path: a portrait, or a file of these posts."""
    folder, name = path.partition("/")[0], path.rpartition("/")[2].rpartition(".")[0]
    if folder == "profile_images":
        return picture("jpeg", path, 48, 48), "image/jpeg"
    for post in posts:
        if post.where != WHERE or post.status == "removed":
            continue
        if folder != "media" and post.video and name == letters(f"video {post.number}", 15):
            video = post.video
            thumb = folder == "ext_tw_video_thumb"
            found = (
                picture("jpeg", post.key, 320, 180)
                if thumb
                else film(post.key, video.width, video.height, video.seconds)
            )
            return None if path.endswith(".m3u8") else (found, "image/jpeg" if thumb else "video/mp4")
        for photo in (one for version in post.versions for one in version.photos):
            if folder == "media" and re.fullmatch(
                rf"media/{letters(f'photo {photo.number}', 15)}\.{SUFFIXES[photo.kind]}", path
            ):
                return picture(
                    photo.kind, photo.seed or f"{WHERE}/{photo.number}", photo.width, photo.height
                ), f"image/{photo.kind}"
    return None
