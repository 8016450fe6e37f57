"""The nodes of private messages that Facebook and Instagram share.

Source: developers.facebook.com/docs/graph-api/reference/message, /message/attachments, /message/shares.
"""

from collections.abc import Callable, Mapping, Sequence

from infra.sandbox.faces.common import Json, Refusal
from infra.sandbox.faces.meta.errors import error
from infra.sandbox.faces.meta.graph import Edge, Node, newest_first, unpaged
from infra.sandbox.faces.meta.media import FULL, fitted, photo_path, video_paths
from infra.sandbox.model import Account, Photo, Post, Video

Thread = tuple[Account, list[Post]]  # the other participant, and the messages, newest first
KINDS = {  # kinds of nodes, by edge
    "participants": "Participant",
    "to": "Participant",
    "shares": "MessageShare",
    "tags": "MessageTagName",
    "reactions": "MessageReaction",
    "attachments": "MessageAttachment",
}


def listed(
    owner: str,
    threads: Sequence[Thread],
    modifiers: Mapping[str, str],
    *,
    platforms: tuple[str, ...],
    number: Callable[[Account], str],
    make: Callable[[Thread], Node],
) -> Edge:
    """Return the conversations of `owner`, or the one with the participant `user_id`.

    platforms: the names of this inbox, first the default.
    """
    if modifiers.get("platform", platforms[0]).lower() not in platforms:
        raise Refusal(400, error(100))
    wanted = modifiers.get("user_id")
    found = [one for one in threads if wanted in (None, number(one[0]))]
    return Edge(f"{owner}/conversations", found, make, lambda one: newest_first(one[1][0]))


def value_edge(path: str, values: Sequence[Json]) -> Edge | None:
    """Return a short edge of values; None if there are none."""
    kind = KINDS[path.rpartition("/")[2]]
    return unpaged(path, [Node(kind, one) for one in values]) if values else None


def film(message: Post, video: Video, url: Callable[[str], str]) -> Json:
    """Return a video as an attachment. url: signs the path of a file."""
    whole, preview = (url(path) for path in video_paths(message))
    sizes = {"width": video.width, "height": video.height, "length": video.seconds}
    return {"video_data": {**sizes, "video_type": 1, "url": whole, "preview_url": preview, "rotation": 0}}


def photograph(photo: Photo, url: Callable[[str], str]) -> Json:
    width, height = fitted(photo, max(photo.width, photo.height))
    sizes = {"width": width, "height": height, "max_width": photo.width, "max_height": photo.height}
    full, preview = (url(photo_path(photo, most)) for most in (max(photo.width, photo.height), FULL))
    about = {**sizes, "url": full, "preview_url": preview, "image_type": 1, "render_as_sticker": False}
    return {"image_data": about}
