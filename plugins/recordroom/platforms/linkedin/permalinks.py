"""The addresses of posts, as people copy them."""

from __future__ import annotations

import re

from recordroom.platforms import permalinks
from recordroom.platforms.permalinks import Permalinks, Refused, short

_SHARE = "Open the post with which the page shared it, and copy its address: ... > Copy link to post."
PERMALINKS = Permalinks(
    form="https://www.linkedin.com/feed/update/urn:li:share:<number>",
    hosts=("linkedin.com", "lnkd.in"),
    given=(
        (r"linkedin\.com/posts/(?:[^/]*[-_])?(share|ugcPost|activity)-(\d+)", r"https://www.linkedin.com/feed/update/urn:li:\1:\2"),
        (r"linkedin\.com/(?:embed/)?feed/update/(urn:li:\w+:\d+)(?!.*(?:comment|reply)Urn=)", r"https://www.linkedin.com/feed/update/\1"),
    ),
    below=r"[?&](?:replyUrn|dashReplyUrn)=urn:li:(?:comment:\(.*?,(\d+)\)|fsd_comment:\((\d+),)"
    r"|^(?!.*[?&](?:replyUrn|dashReplyUrn)=).*[?&](?:commentUrn|dashCommentUrn)=urn:li:(?:comment:\(.*?,(\d+)\)|fsd_comment:\((\d+),)",
    named=r"^/posts/([^/_]+)_",
    refused=(
        short(r"^lnkd\.in/"),
        Refused(r"linkedin\.com/(?:pulse|newsletters)/", "is an article, whose comments stand below a post", _SHARE),
        Refused(r"linkedin\.com/events/", "is an event, whose comments stand below posts about it", _SHARE),
    ),
)
_URN = re.compile(r"^/(?:embed/)?(?:feed/update|video/(?:live|event))/(urn:li:(?:share|ugcPost|activity|groupPost):[\d-]+)$", re.ASCII)
_WORDS = re.compile(r"^/posts/(?:[^/]*[-_])?(share|ugcPost|activity)-(\d+)(?:-[\w-]+)?$", re.ASCII)
_IN_FEED = re.compile(r"urn:li:(?:share|ugcPost|activity):\d+", re.ASCII)


def post_in(url: str) -> str:
    """The URN of the post, or of the activity that it is; UsageError where there is none."""
    link = permalinks.read(url, PERMALINKS)
    if PERMALINKS.are_at(link.host):
        if found := _URN.match(link.path):
            return found[1]
        if found := _WORDS.match(link.path):
            return f"urn:li:{found[1]}:{found[2]}"
        named = link.query.get("highlightedUpdateUrn", "") if link.path == "/feed" else ""  # as notifications link
        if _IN_FEED.fullmatch(named):
            return named
    raise link.none_of(PERMALINKS)
