"""The addresses of videos, as people copy them."""

from __future__ import annotations

import re

from recordroom.platforms import permalinks
from recordroom.platforms.permalinks import Permalinks, Refused

_VIDEO = "Open the video in it, and copy that address."
PERMALINKS = Permalinks(
    what="a video",
    form="https://vimeo.com/<number>",
    hosts=("vimeo.com",),
    below=r"#comment_(\d+)",
    refused=(
        Refused(r"vimeo\.com/event/\d+(?:/(?!videos/).*)?$", "is a live event", _VIDEO),
        Refused(r"vimeo\.com/(?:manage/)?folders?/", "is a folder, which has no comments", _VIDEO),
    ),
)
_VIDEO_PATH = re.compile(
    r"^/(?:(?:manage/)?videos?/|(?:channels|groups|ondemand)/[^/]+/(?:videos?/)?|(?:showcase|album)/\d+/video/|event/\d+/videos/"
    r"|[^/]+/review/|reviews/[\w-]+/videos/)?(\d+)(?:/\w+)?$",
    re.ASCII,
)
_SHOWCASE, _NUMBER = re.compile(r"^/(?:showcase|album)/\d+$", re.ASCII), re.compile(r"[0-9]+")


def post_in(url: str) -> str:
    """The number of the video; UsageError where there is none."""
    link = permalinks.read(url, PERMALINKS)
    if PERMALINKS.are_at(link.host):
        if found := _VIDEO_PATH.match(link.path):
            return found[1]
        if _SHOWCASE.match(link.path) and _NUMBER.fullmatch(link.query.get("video", "")):
            return link.query["video"]
    raise link.none_of(PERMALINKS)
