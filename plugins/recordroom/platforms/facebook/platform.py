"""Facebook Pages as data: limits, consent, what the API never gives, addresses.

Not every address of a post has the number by which the Graph API knows the post: a number that begins with
"pfbid", or one next to another number of the Page, can only be looked for in the lists of the Page's posts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from recordroom.model import HIDDEN, VISIBLE
from recordroom.platforms import permalinks
from recordroom.platforms.contract import Consent, Limit, Platform, minutes
from recordroom.platforms.meta.graph import DAY, calls_of
from recordroom.platforms.permalinks import Permalinks, RefusedAddress, refuse_short

if TYPE_CHECKING:
    from recordroom.register.models import Account

VERSION = "v26.0"  # https://developers.facebook.com/docs/graph-api/changelog/, 2026-11-24
HOST, SERVER = "https://graph.facebook.com", "facebook.com"
_FEED = "https://developers.facebook.com/docs/graph-api/reference/page/feed/#limitations"
_RATES = "https://developers.facebook.com/docs/graph-api/overview/rate-limiting/#pages"
_DATA = "https://developers.facebook.com/docs/facebook-login/auth-vs-data/"
# https://developers.facebook.com/docs/graph-api/reference/page/#Reading
READING = ("pages_read_engagement", "pages_read_user_content")
SCOPES = ("pages_show_list", *READING)
_POST = "Copy the address of a post of the Page: select the time below the Page's name."
PERMALINKS = Permalinks(
    what="a post of this Page",
    form="https://www.facebook.com/<page>/posts/<number>",
    hosts=("facebook.com", "fb.com", "fb.watch", "fb.me"),
    platform_forms=(
        (
            r"(?:facebook|fb)\.com/[^/]+/posts/(?:[^/]+/)?(\w+)(?:\?(?!.*comment_id=).*)?$",
            r"https://www.facebook.com/*/posts/\1",
        ),
        (
            r"(?:facebook|fb)\.com/(?:permalink|story)\.php\?(?!.*comment_id=).*\bstory_fbid=(\w+)",
            r"https://www.facebook.com/*/posts/\1",
        ),
    ),
    comment_id_form=r"[?&]reply_comment_id=(\d+)|^(?!.*[?&]reply_comment_id=).*[?&]comment_id=(\d+)",
    name_form=r"^/(?:pg/)?([^/]+)/(?:posts|photos|videos|reels?)/",
    ignored_in_names=".",  # John.Smith55 and johnsmith55 are one: https://www.facebook.com/help/105399436216001
    refused=(
        refuse_short(
            r"^fb\.(?:watch|me)/|(?:^|\.)(?:facebook|fb)\.com/(?:share/|sharer?(?:\.php)?$|l\.php$)"
        ),
        RefusedAddress(
            r"^business\.facebook\.com/",
            "is a page of Meta Business Suite",
            "Open the post on Facebook itself, and copy its address.",
        ),
        RefusedAddress(
            r"facebook\.com/(?:[^/]+/)?groups/", "is in a group, which is not part of a Page", _POST
        ),
        RefusedAddress(r"facebook\.com/events/", "is an event; comments about it are below posts", _POST),
        RefusedAddress(
            r"facebook\.com/stories/",
            "is a story, which has no comments",
            "Captures of the account include its stories.",
        ),
        RefusedAddress(r"facebook\.com/media/set$", "is an album", _POST),
    ),
)
_FORMS = {
    "post": ("story_fbid", re.compile(r"/posts/(?:[^/]+/)?([^/]+)$")),
    "photo": ("fbid", re.compile(r"/photos/(?:[^/]+/)?([0-9]+)$")),
    "video": ("v", re.compile(r"/(?:videos/(?:[^/]+/)?|reels?/)([0-9]+)$")),
}
_NUMBER = re.compile(r"[0-9]+")
_STEP = re.compile(r"[/?&=#]")


PLATFORM = Platform(
    name="facebook",
    title="Facebook Pages",
    parser=7,
    permalinks=PERMALINKS,
    interval=minutes(15),
    address=(r"^/[^/]", "https://www.facebook.com/<number or name of the Page>"),
    secrets=("token",),
    ids_in_a_lookup=50,
    cost=calls_of,
    consent=Consent(
        f"https://www.facebook.com/{VERSION}/dialog/oauth",
        SCOPES,
        ("pages_messaging",),
        scope_set_parameter="config_id",
        scope_separator=",",
        # ask again for permissions that the person left out before
        extra_parameters={"auth_type": "rerequest"},
        takes_proof_key=False,
    ),
    counted_statuses=frozenset({VISIBLE, HIDDEN}),  # `total_count` may be more than is shown
    counted_but_hidden="comments of closed accounts, and of people who have blocked the Page",
    compared_instead=(
        "the comments of each post are compared instead, and a year that fills Facebook's list of posts is a"
        " gap"
    ),
    messages_note=(
        "The Page's inbox can be captured with the permission pages_messaging. Otherwise, turn messages off"
        " in the"
        " Page's settings, or download its information"
    ),
    reads_messages=True,
    not_offered={
        "polls": "Pages have had none since 2021",
        "edited": "captures find edits by comparing versions",
        "history": "only versions that a capture saw are archived",
        "held": "comments awaiting review are marked hidden",
        "removed": "the error does not say why something is absent",
    },
    limits=(
        Limit(
            "posts listed", 600, "of a year (approximately), by an unpublished ranking", _FEED, "2026-11-24"
        ),
        Limit("posts in a page of a list", 100, "posts", _FEED, "2026-11-24"),
        Limit(
            "calls with a Page's token",
            4800,
            "in 24 hours, for each person who engaged with the Page in that time",
            _RATES,
            "2026-11-24",
            DAY,
        ),
        Limit("objects by ID", 50, "in one request, each of which counts as a call", _RATES, "2026-11-24"),
        Limit(
            "access to data",
            90,
            "days after the person was last active in the app; then a person must consent again",
            _DATA,
            "2026-11-25",
        ),
    ),
)


def base_of(account: Account) -> str:
    """Return the address that all paths of the API are relative to."""
    return f"{(account.api_url or HOST).rstrip('/')}/{VERSION}"


def record_id(native: str) -> str:
    return f"facebook:{native}"


def post_in(url: str, me: str) -> tuple[str, str]:
    """Return kind and number of a permalink: `post`, `photo`, `video`, or `listed`.

    `listed`: only the lists of posts say which post has that number. UsageError: the address is not that of
    a post.
    """
    link = permalinks.parse_permalink(url, PERMALINKS)
    if PERMALINKS.are_at(link.host):
        for kind, (name, path) in _FORMS.items():
            found = path.search(link.path)
            number = link.query.get(name) or (found[1] if found else "")
            if _NUMBER.fullmatch(number) and (kind != "post" or link.query.get("id", me) == me):
                return kind, number
            if number and kind == "post":
                return "listed", number
    raise link.none_of(PERMALINKS)


def has_number(number: str, native: str, address: str | None) -> bool:
    """Return whether a post with this ID and address is the one with that number."""
    return native.rpartition("_")[2] == number or number in _STEP.split(address or "")


def page_names(page: Mapping[str, Any]) -> set[str]:
    """Return the number and names by which addresses name a Page."""
    names = {page.get("id") or "", *names_in(page.get("link") or ""), _plain(page.get("username") or "")}
    return names - {""}


def names_in(url: str) -> set[str]:
    """Return the number and names of a Page in its address.

    /1, /profile.php?id=1, /Name, /Name-1, /p/Name-1, /pages/Name/1
    """
    parts = urlsplit(url)
    last = _plain(parts.path.rstrip("/").rpartition("/")[2])
    number = re.search(r"(?:^|-)(\d+)$", last)
    return {*parse_qs(parts.query).get("id", ()), last, number[1] if number else ""} - {""}


def _plain(name: str) -> str:
    """Remove dots and capitals from a name, which do not make it another one."""
    return name.lower().replace(".", "")
