"""What private messages on Facebook and Instagram have in common as nodes.

Source: developers.facebook.com/docs/graph-api/reference/message, /message/attachments, /message/shares.
"""

from collections.abc import Callable, Mapping, Sequence

from infra.sandbox.faces.common import Refusal
from infra.sandbox.faces.meta_errors import error
from infra.sandbox.faces.meta_graph import Edge, Json, Key, Node
from infra.sandbox.faces.meta_media import FULL, fitted, photo_path, video_paths
from infra.sandbox.model import Account, Photo, Post, Video

Thread = tuple[Account, list[Post]]  # who it is with, and what was said, newest first

KINDS = {  # by the name of the edge
    "participants": "Participant",
    "to": "Participant",
    "shares": "MessageShare",
    "tags": "MessageTagName",
    "reactions": "MessageReaction",
    "attachments": "MessageAttachment",
}


def newest_first(post: Post) -> Key:
    return (-int(post.created.timestamp()), -post.number)


def listed(
    owner: str,
    threads: Sequence[Thread],
    modifiers: Mapping[str, str],
    *,
    platforms: tuple[str, ...],
    number: Callable[[Account], str],
    make: Callable[[Thread], Node],
) -> Edge:
    """The conversations of `owner`, or the one with a `user_id`; `platforms`: the words for this inbox, first
    that of who says none.
    """
    if modifiers.get("platform", platforms[0]).lower() not in platforms:
        raise Refusal(400, error(100))
    wanted = modifiers.get("user_id")
    found = [one for one in threads if wanted in (None, number(one[0]))]
    return Edge(f"{owner}/conversations", found, make, lambda one: newest_first(one[1][0]))


def of_several(path: str, values: Sequence[Json]) -> Edge | None:
    """A short list, without pages; none where it is empty."""
    kind = KINDS[path.rpartition("/")[2]]
    return (
        Edge(
            path, list(enumerate(values)), lambda one: Node(kind, one[1]), lambda one: (one[0],), paged=False
        )
        if values
        else None
    )


def film(message: Post, video: Video, url: Callable[[str], str]) -> Json:
    """What an attachment tells of a film; `url` signs the path of a file."""
    whole, preview = (url(path) for path in video_paths(message))
    sizes = {"width": video.width, "height": video.height, "length": video.seconds}
    return {"video_data": {**sizes, "video_type": 1, "url": whole, "preview_url": preview, "rotation": 0}}


def photograph(photo: Photo, url: Callable[[str], str]) -> Json:
    width, height = fitted(photo, max(photo.width, photo.height))
    sizes = {"width": width, "height": height, "max_width": photo.width, "max_height": photo.height}
    full, preview = (url(photo_path(photo, most)) for most in (max(photo.width, photo.height), FULL))
    about = {**sizes, "url": full, "preview_url": preview, "image_type": 1, "render_as_sticker": False}
    return {"image_data": about}
