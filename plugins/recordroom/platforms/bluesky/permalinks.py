"""The addresses of posts, as people copy them; and at:// addresses, which other programs show."""

from __future__ import annotations

import re

from recordroom.platforms import permalinks
from recordroom.platforms.permalinks import AT, Permalinks

PERMALINKS = Permalinks(
    form="https://bsky.app/profile/<handle or DID>/post/<key>",
    hosts=("bsky.app", AT),
    own=r"^/(?:profile/[^/]+/post|(?:embed/)?[^/]+/app\.bsky\.feed\.post)/([\w.:~-]+)",
    given=((r"bsky\.app/profile/[^/]+/post/([\w.:~-]+)", r"https://bsky.app/profile/*/post/\1"),),
)
_NAME, _KEY = r"([\w.:%-]+)", r"([\w.:~-]+)"  # https://atproto.com/specs/did, /handle and /record-key
_POST = re.compile(
    rf"^/profile/{_NAME}/post/{_KEY}(?:/|$)|^/(?:embed/)?{_NAME}/app\.bsky\.feed\.post/{_KEY}$", re.ASCII
)


def post_in(url: str) -> tuple[str, str]:
    """(handle or DID, key) of the post; UsageError where there is none."""
    link = permalinks.read(url, PERMALINKS)
    found = _POST.match(link.path) if PERMALINKS.are_at(link.host) else None
    if not found:
        raise link.none_of(PERMALINKS)
    return found[1] or found[3], found[2] or found[4]
