"""The addresses of posts, as people copy them."""

from __future__ import annotations

import re

from recordroom.platforms import permalinks
from recordroom.platforms.permalinks import Permalinks, Refused, short

_POST = "Copy the address of a post that shows it."
PERMALINKS = Permalinks(
    what="a post on X",
    form="https://x.com/<name>/status/<number>",
    hosts=("x.com", "twitter.com", "t.co"),
    given=(
        (r"(?:x|twitter)\.com/(?:(?:\w+|i/web)/status(?:es)?|statuses)/(\d+)", r"https://x.com/*/status/\1"),
    ),
    own=r"/status(?:es)?/(\d+)",
    named=r"^/(?!i/)([^/]+)/status(?:es)?/",
    refused=(
        short(r"^t\.co/|^pic\.(?:x|twitter)\.com/"),
        Refused(
            r"(?:^|\.)(?:x|twitter)\.com/i/(?:spaces|broadcasts)/",
            "is a broadcast, which X gives to no program",
            _POST,
        ),
    ),
)
_STATUS = re.compile(r"^/(?:[^/]+|i/web)/status(?:es)?/(\d{1,19})(?:/|$)|^/statuses/(\d{1,19})$", re.ASCII)


def post_in(url: str) -> str:
    """The number of the post; UsageError where there is none."""
    link = permalinks.read(url, PERMALINKS)
    found = _STATUS.match(link.path) if PERMALINKS.are_at(link.host) else None
    if not found:
        raise link.none_of(PERMALINKS)
    return found[1] or found[2]
