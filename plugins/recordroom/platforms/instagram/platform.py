"""Instagram for the core: limits, consent, permalinks, and missing features."""

from __future__ import annotations

import re
from datetime import timedelta

from recordroom.platforms import permalinks
from recordroom.platforms.contract import Consent, Limit, Platform, Renewal, minutes
from recordroom.platforms.meta.graph import BATCH, DAY, calls_of
from recordroom.platforms.permalinks import Permalinks, RefusedAddress, refuse_short

SERVER = "instagram.com"
FACEBOOK_PREFIX = "EAA"  # the beginning of tokens of Facebook's login: in all examples, not promised
SCOPES = ("instagram_business_basic", "instagram_business_manage_comments")
_REFERENCE = "https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference"
_RATES = "https://developers.facebook.com/docs/graph-api/overview/rate-limiting/#instagram-graph-api"
_TOKENS = "https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token"
PERMALINKS = Permalinks(
    what="a post on Instagram",
    form="https://www.instagram.com/p/<letters>/",
    hosts=(SERVER, "instagr.am"),
    platform_forms=(
        (
            r"(?:instagram\.com|instagr\.am)/(?:[\w.]+/)?(?:p|reels?|tv)/([\w-]+)",
            r"https://www.instagram.com/p/\1/",
        ),
        (
            r"(?:instagram\.com|instagr\.am)/(?:[\w.]+/)?(?:p|reels?|tv)/([\w-]+)",
            r"https://www.instagram.com/reel/\1/",
        ),
    ),
    comment_id_form=r"^(?:/[\w.]+)?/(?:p|reels?|tv)/[\w-]+/c/(?:\d+/r/(\d+)|(\d+))",
    name_form=r"^/stories/([\w.]+)/|^/([\w.]+)/(?:p|reels?|tv)/",
    refused=(
        refuse_short(r"(?:^|\.)instagram\.com/share/|^l\.instagram\.com(?:/|$)"),
        RefusedAddress(
            r"instagram\.com/(?:stories/highlights|s)/",
            "is a highlight, which Instagram does not give to programs",
            "Copy the address of a post.",
        ),
        RefusedAddress(
            r"instagram\.com/reels/audio/", "is a sound", "Copy the address of the reel that contains it."
        ),
    ),
)
_POST = re.compile(
    r"^(?:/[\w.]+)?/(?:p|reels?|tv)/([\w-]+)(?:/(?:c/.+|comments|embed(?:/captioned)?|liked_by))?$", re.ASCII
)
_STORY = re.compile(r"^/stories/[\w.]+/([0-9]+)$", re.ASCII)
PLATFORM = Platform(
    name="instagram",
    title="Instagram",
    parser=6,
    permalinks=PERMALINKS,
    interval=minutes(15),  # a story is given for 24 hours only
    address=(r"^/[\w.]+/?$", "https://www.instagram.com/<name of the account>"),
    secrets=("token",),
    ids_in_a_lookup=BATCH,
    cost=calls_of,
    counted_but_hidden=(
        "comments by people whom the account has restricted, and comments on media with an age limit"
    ),
    messages_note=(
        "Instagram's direct messages can be captured with the permission to manage messages. Otherwise, turn"
        " them"
        " off in the account's settings, or download its information"
    ),
    reads_messages=True,
    renewal=Renewal(
        lead_time=timedelta(days=45),
        secrets=("token",),
        minimum_age=timedelta(hours=24),
        exempt_prefix=FACEBOOK_PREFIX,
    ),
    consent=Consent(
        "https://www.instagram.com/oauth/authorize",
        SCOPES,
        ("instagram_business_manage_messages",),
        scope_separator=",",
        takes_proof_key=False,
    ),
    not_offered={
        "polls": "they are in stories, and Instagram does not give them",
        "events": "there are none",
        "names": "Instagram gives only handles",
        "captions": "there are none",
        "edited": "captures find edits by comparing versions",
        "history": "only versions that a capture saw are archived",
        "held": "comments by restricted people are counted but not shown",
        "removed": "the error does not say why something is absent",
        "moderation": "Instagram does not give restricted and blocked people or the word filter",
    },
    limits=(
        Limit(
            "posts listed", 10_000, "of the account, the newest", f"{_REFERENCE}/ig-user/media", "2026-11-24"
        ),
        Limit(
            "posts in a page of a list",
            100,
            "posts",
            "https://developers.facebook.com/docs/graph-api/results",
            "2026-11-24",
        ),
        Limit("comments in a page", 50, "comments", f"{_REFERENCE}/ig-media/comments", "2026-11-24"),
        Limit(
            "life of a story",
            24,
            "hours; after that it is no longer given",
            f"{_REFERENCE}/ig-user/stories",
            "2026-11-25",
        ),
        Limit(
            "calls",
            4800,
            "in 24 hours, for each impression of the account's content in that time",
            _RATES,
            "2026-11-24",
            DAY,
        ),
        Limit(
            "life of a token of Instagram's login",
            60,
            "days; then a person must consent again",
            _TOKENS,
            "2026-11-25",
        ),
    ),
)


def post_in(url: str) -> tuple[str, str]:
    """Return the code or number in a permalink, and the list that has the post.

    UsageError: the address is not that of a post.
    """
    link = permalinks.parse_permalink(url, PERMALINKS)
    if PERMALINKS.are_at(link.host):
        if found := _POST.match(link.path):
            return found[1], "media"
        if found := _STORY.match(link.path):
            return found[1], "stories"
    raise link.none_of(PERMALINKS)
