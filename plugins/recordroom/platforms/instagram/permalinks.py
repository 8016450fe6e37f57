"""The addresses of Instagram that people copy."""

from __future__ import annotations

import re

from recordroom.platforms import permalinks
from recordroom.platforms.instagram.hosts import SERVER
from recordroom.platforms.permalinks import Permalinks, Refused, short

PERMALINKS = Permalinks(
    what="a post on Instagram",
    form="https://www.instagram.com/p/<letters>/",
    hosts=(SERVER, "instagr.am"),
    given=(
        (
            r"(?:instagram\.com|instagr\.am)/(?:[\w.]+/)?(?:p|reels?|tv)/([\w-]+)",
            r"https://www.instagram.com/p/\1/",
        ),
        (
            r"(?:instagram\.com|instagr\.am)/(?:[\w.]+/)?(?:p|reels?|tv)/([\w-]+)",
            r"https://www.instagram.com/reel/\1/",
        ),
    ),
    below=r"^(?:/[\w.]+)?/(?:p|reels?|tv)/[\w-]+/c/(?:\d+/r/(\d+)|(\d+))",
    named=r"^/stories/([\w.]+)/|^/([\w.]+)/(?:p|reels?|tv)/",
    refused=(
        short(r"(?:^|\.)instagram\.com/share/|^l\.instagram\.com(?:/|$)"),
        Refused(
            r"instagram\.com/(?:stories/highlights|s)/",
            "is a highlight, which Instagram gives to no program",
            "Copy the address of a post.",
        ),
        Refused(r"instagram\.com/reels/audio/", "is a sound", "Copy the address of the reel that has it."),
    ),
)
_POST = re.compile(
    r"^(?:/[\w.]+)?/(?:p|reels?|tv)/([\w-]+)(?:/(?:c/.+|comments|embed(?:/captioned)?|liked_by))?$", re.ASCII
)
_STORY = re.compile(r"^/stories/[\w.]+/([0-9]+)$", re.ASCII)


def post_in(url: str) -> tuple[str, str]:
    """(shortcode or number, the list in which it stands) of a permalink; UsageError where there is none."""
    link = permalinks.read(url, PERMALINKS)
    if PERMALINKS.are_at(link.host):
        if found := _POST.match(link.path):
            return found[1], "media"
        if found := _STORY.match(link.path):
            return found[1], "stories"
    raise link.none_of(PERMALINKS)
