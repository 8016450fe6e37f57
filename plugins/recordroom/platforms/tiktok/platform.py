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
            "is a broadcast, which TikTok gives to no program",
            "Keep it by hand.",
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
        "direct messages; let nobody send them in the account's settings, or ask TikTok for a copy of the"
        " account's data"
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
        "stories": "not given",
        "polls": "there are none",
        "events": "there are none",
        "films": "no address of a file is given, only of a cover",
        "captions": "not given",
        "alt": "there are none",
        "edited": "changes are found by comparing",
        "history": "changes are found by comparing",
        "held": "there are none",
        "removed": "what is gone is absent without a word",
        "moderation": "nothing of it",
    },
    not_captured={
        "others": (
            "another API, Mentions, lists the 1,000 videos and comments that TikTok ranks highest of those"
            " that name the account"
        ),
        "messages": "its messaging API, a beta, is for approved partners",
    },
    limits=(
        Limit("videos in a page of the list", 20, "videos", _DOCS, "2026-11-25"),
        Limit(
            "comments in a page of a list",
            30,
            "comments, or fewer though there are more",
            _DOCS,
            "2026-11-25",
        ),
        Limit(
            "comments of one video in the order asked for",
            500,
            "comments; from then on some are given twice",
            _DOCS,
            "2026-11-25",
        ),
        Limit(
            "answers given with a comment",
            3,
            "answers, the others in a list of their own",
            _DOCS,
            "2026-11-25",
        ),
        Limit(
            "requests",
            None,
            "a second and a day, by the app's level; the developer portal says it",
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
