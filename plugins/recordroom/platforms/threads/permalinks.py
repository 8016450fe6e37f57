"""The addresses of Threads that people copy."""

from __future__ import annotations

import re

from recordroom.platforms import permalinks
from recordroom.platforms.permalinks import Permalinks, short

PERMALINKS = Permalinks(
    what="a post on Threads",
    form="https://www.threads.com/@<name>/post/<letters>",
    hosts=("threads.com", "threads.net"),
    given=((r"threads\.(?:com|net)/(?:@[\w.]+/post|t)/([\w-]+)", r"https://www.threads.com/*/post/\1"),),
    named=r"^/@([\w.]+)/post/",
    refused=(short(r"^l\.threads\.(?:com|net)(?:/|$)"),),
)
_POST = re.compile(r"^/(?:@[\w.]+/post|t)/([\w-]+)(?:/\w+)?$", re.ASCII)


def post_in(url: str) -> str:
    """The shortcode of a permalink; UsageError where there is none."""
    link = permalinks.read(url, PERMALINKS)
    found = _POST.match(link.path) if PERMALINKS.are_at(link.host) else None
    if not found:
        raise link.none_of(PERMALINKS)
    return found[1]
