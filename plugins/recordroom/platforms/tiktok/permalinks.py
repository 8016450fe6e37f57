"""The addresses of videos and photo posts, as people copy them."""

from __future__ import annotations

import re

from recordroom.platforms import permalinks
from recordroom.platforms.permalinks import Permalinks, Refused, short

PERMALINKS = Permalinks(
    what="a video on TikTok",
    form="https://www.tiktok.com/@<name>/video/<number>",
    hosts=("tiktok.com",),
    named=r"^/@([\w.]+)/(?:video|photo)/",
    refused=(
        short(r"^(?:vm|vt)\.tiktok\.com/|(?:^|\.)tiktok\.com/t/"),
        Refused(
            r"tiktok\.com/@[^/]*/live$",
            "is a broadcast, which TikTok gives to no program",
            "Keep it by hand.",
        ),
    ),
)
_VIDEO = re.compile(
    r"^/@[\w.]*/(?:video|photo)/(\d+)$|^/v/(\d+)(?:\.html)?$|^/(?:embed(?:/v\d)?|player/v1)/(\d+)$", re.ASCII
)


def post_in(url: str) -> str:
    """The number of the video; UsageError where there is none."""
    link = permalinks.read(url, PERMALINKS)
    found = _VIDEO.match(link.path) if PERMALINKS.are_at(link.host) else None
    if not found:
        raise link.none_of(PERMALINKS)
    return found[found.lastindex or 1]
