"""The addresses of videos, as people copy them."""

from __future__ import annotations

import re

from recordroom.platforms import permalinks
from recordroom.platforms.permalinks import Permalinks, Refused

_VIDEO = "Copy the address of a video from its own page."
PERMALINKS = Permalinks(
    what="a video",
    form="https://www.youtube.com/watch?v=<id>",
    hosts=("youtube.com", "youtu.be", "youtube-nocookie.com"),
    below=r"[?&]lc=([\w.-]+)",
    given=(
        (r"youtu\.be/([\w-]+)", r"https://www.youtube.com/watch?v=\1"),
        (r"youtube(?:-nocookie)?\.com/(?:shorts|live|embed|v)/([\w-]+)", r"https://www.youtube.com/watch?v=\1"),
        (r"youtube\.com/watch\?(?!.*\blc=)(?:.*&)?v=([\w-]+)", r"https://www.youtube.com/watch?v=\1"),
    ),
    refused=(
        Refused(
            r"youtube\.com/(?:post/|.*/(?:community|posts)$)", "is a community post, which YouTube gives to no program", "Keep it by hand."
        ),
        Refused(
            r"youtube\.com/clip/", "is a clip, which has no comments of its own", "Copy the address of the video that it is taken from."
        ),
        Refused(r"youtube\.com/playlist$", "is a playlist, which has no comments", _VIDEO),
        Refused(r"youtube\.com/.*/live$", "is whatever a channel broadcasts just now", _VIDEO),
    ),
)
_SHORT = re.compile(r"^youtu\.be/([\w-]{11})$", re.ASCII)
_PAGE = re.compile(r"/(?:shorts|live|embed|v|e|video)/([\w-]{11})(?:/|$)", re.ASCII)  # /video/ of YouTube Studio, where owners moderate
_ID = re.compile(r"[\w-]{11}", re.ASCII)


def post_in(url: str) -> str:
    """The id of the video; UsageError where there is none."""
    link = permalinks.read(url, PERMALINKS)
    if PERMALINKS.are_at(link.host):
        found = _SHORT.match(link.host + link.path) or _PAGE.match(link.path)
        native = found[1] if found else link.query.get("v", "") if link.path == "/watch" else ""
        if _ID.fullmatch(native):
            return native
    raise link.none_of(PERMALINKS)
