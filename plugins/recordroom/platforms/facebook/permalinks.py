"""The addresses of posts, photos and videos, as people copy them. Not every one has the number by which Graph
knows the post: what begins with "pfbid", and what names the Page by a number that Graph does not use, can
only be looked for in the lists of the Page's posts."""

from __future__ import annotations

import re

from recordroom.platforms import permalinks
from recordroom.platforms.permalinks import Permalinks, Refused, short

_POST = "Copy the address of a post of the Page: that to which the time below its name leads."
PERMALINKS = Permalinks(
    what="a post of this Page",
    form="https://www.facebook.com/<page>/posts/<number>",
    hosts=("facebook.com", "fb.com", "fb.watch", "fb.me"),
    given=(
        (
            r"(?:facebook|fb)\.com/[^/]+/posts/(?:[^/]+/)?(\w+)(?:\?(?!.*comment_id=).*)?$",
            r"https://www.facebook.com/*/posts/\1",
        ),
        (
            r"(?:facebook|fb)\.com/(?:permalink|story)\.php\?(?!.*comment_id=).*\bstory_fbid=(\w+)",
            r"https://www.facebook.com/*/posts/\1",
        ),
    ),
    below=r"[?&]reply_comment_id=(\d+)|^(?!.*[?&]reply_comment_id=).*[?&]comment_id=(\d+)",
    named=r"^/(?:pg/)?([^/]+)/(?:posts|photos|videos|reels?)/",
    silent=".",  # John.Smith55 and johnsmith55 are one: https://www.facebook.com/help/105399436216001
    refused=(
        short(r"^fb\.(?:watch|me)/|(?:^|\.)(?:facebook|fb)\.com/(?:share/|sharer?(?:\.php)?$|l\.php$)"),
        Refused(
            r"^business\.facebook\.com/",
            "is a page of Meta Business Suite",
            "Open the post on Facebook itself, and copy its address.",
        ),
        Refused(r"facebook\.com/(?:[^/]+/)?groups/", "is in a group, which is no part of a Page", _POST),
        Refused(r"facebook\.com/events/", "is an event; what is said about it stands below posts", _POST),
        Refused(
            r"facebook\.com/stories/",
            "is a story, which has no comments",
            "Stories are captured with the whole account.",
        ),
        Refused(r"facebook\.com/media/set$", "is an album", _POST),
    ),
)
_FORMS = {
    "post": ("story_fbid", re.compile(r"/posts/(?:[^/]+/)?([^/]+)$")),
    "photo": ("fbid", re.compile(r"/photos/(?:[^/]+/)?([0-9]+)$")),
    "video": ("v", re.compile(r"/(?:videos/(?:[^/]+/)?|reels?/)([0-9]+)$")),
}
_NUMBER = re.compile(r"[0-9]+")
_STEP = re.compile(r"[/?&=#]")


def post_in(url: str, me: str) -> tuple[str, str]:
    """(post, photo, video, or listed: only the lists tell which it is; its number); UsageError where there is
    none.
    """
    link = permalinks.read(url, PERMALINKS)
    if PERMALINKS.are_at(link.host):
        for what, (name, path) in _FORMS.items():
            found = path.search(link.path)
            number = link.query.get(name) or (found[1] if found else "")
            if _NUMBER.fullmatch(number) and (what != "post" or link.query.get("id", me) == me):
                return what, number
            if number and what == "post":
                return "listed", number
    raise link.none_of(PERMALINKS)


def is_of(number: str, native: str, address: str | None) -> bool:
    """Whether a post of a list, of this id and address, is the one of that number."""
    return native.rpartition("_")[2] == number or number in _STEP.split(address or "")
