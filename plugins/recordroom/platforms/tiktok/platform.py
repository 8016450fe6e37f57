"""TikTok as data: limits, consent, permalinks, and what the API does not have."""

from __future__ import annotations

import re
from datetime import timedelta

from recordroom.platforms import oauth, permalinks
from recordroom.platforms.contract import Consent, Limit, Platform, Renewal, minutes
from recordroom.platforms.permalinks import Permalinks, RefusedAddress, refuse_short

HOST, API, SERVER = "https://business-api.tiktok.com", "/open_api/v1.3", "tiktok.com"
SCOPES = (
    "user.info.basic",
    "user.info.username",
    "user.info.profile",
    "user.info.stats",
    "video.list",
    "video.insights",
    "comment.list",
)
NAME = re.compile(r"^/@([\w.]{2,24})/?$")  # the path of an account's address
_DOCS = "https://business-api.tiktok.com/portal/docs"
PERMALINKS = Permalinks(
    what="a video on TikTok",
    form="https://www.tiktok.com/@<name>/video/<number>",
    hosts=("tiktok.com",),
    name_form=r"^/@([\w.]+)/(?:video|photo)/",
    refused=(
        refuse_short(r"^(?:vm|vt)\.tiktok\.com/|(?:^|\.)tiktok\.com/t/"),
        RefusedAddress(
            r"tiktok\.com/@[^/]*/live$",
            "is a live broadcast, which TikTok's API does not offer",
            "Keep a copy by hand.",
        ),
    ),
)
_VIDEO = re.compile(
    r"^/@[\w.]*/(?:video|photo)/(\d+)$|^/v/(\d+)(?:\.html)?$|^/(?:embed(?:/v\d)?|player/v1)/(\d+)$", re.ASCII
)
PLATFORM = Platform(
    name="tiktok",
    title="TikTok",
    parser=1,
    record_id_part="kind",
    permalinks=PERMALINKS,
    interval=minutes(15),
    address=(NAME.pattern, "https://www.tiktok.com/@<name>"),
    secrets=("user", "token"),
    ids_in_a_lookup=20,
    messages_note=(
        "TikTok users can send direct messages to the account. Turn these off in the account's settings, or"
        " request a copy of the account's data from TikTok"
    ),
    renewal=Renewal(lead_time=timedelta(hours=12), secrets=("refresh_token", *oauth.APP)),
    consent=Consent(
        "https://www.tiktok.com/v2/auth/authorize/",
        SCOPES,
        app_id_parameter="client_key",
        scope_separator=",",
        takes_proof_key=False,
    ),
    not_offered={
        "stories": "the API does not offer them",
        "polls": "there are none",
        "events": "there are none",
        "films": "the API offers only the cover image",
        "captions": "the API does not offer them",
        "alt": "there are none",
        "edited": "captures find edits by comparing versions",
        "history": "only versions that a capture saw are archived",
        "held": "there are none",
        "removed": "TikTok leaves out a missing record and does not say why",
        "moderation": "the API does not offer these settings",
    },
    not_captured={
        "others": (
            "a separate API, Mentions, lists only the videos and comments that TikTok ranks highest, 1,000 of"
            " each"
        ),
        "messages": "TikTok's messaging API is a beta for approved partners",
    },
    limits=(
        Limit("videos in a page of the list", 20, "videos", _DOCS, "2026-11-25"),
        Limit(
            "comments in a page of a list",
            30,
            "comments, or fewer even if more exist",
            _DOCS,
            "2026-11-25",
        ),
        Limit(
            "comments of one video in the requested order",
            500,
            "comments; after these, TikTok repeats some",
            _DOCS,
            "2026-11-25",
        ),
        Limit(
            "replies listed with a comment",
            3,
            "replies; a separate list has the others",
            _DOCS,
            "2026-11-25",
        ),
        Limit(
            "requests",
            None,
            "a second and a day, depending on the app's level, which the developer portal shows",
            _DOCS,
            "2026-11-25",
            86_400,
        ),
    ),
)


def record_id(video: int | str) -> str:
    """Return the record ID of a video."""
    return f"tiktok:videos/{video}"


def post_in(url: str) -> str:
    """Return the number of the video of a permalink.

    UsageError: the address is not that of a video.
    """
    link = permalinks.parse_permalink(url, PERMALINKS)
    found = _VIDEO.match(link.path) if PERMALINKS.are_at(link.host) else None
    if not found:
        raise link.none_of(PERMALINKS)
    return found[found.lastindex or 1]
