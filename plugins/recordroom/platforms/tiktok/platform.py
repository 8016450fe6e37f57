"""What TikTok is: its limits with their sources, its consent, what it never gives."""

from __future__ import annotations

import re
from datetime import timedelta

from recordroom.platforms import oauth
from recordroom.platforms.contract import Consent, Limit, Platform, Renewal, minutes
from recordroom.platforms.tiktok.permalinks import PERMALINKS

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
NAME = re.compile(r"^/@([\w.]{2,24})/?$")
_DOCS = "https://business-api.tiktok.com/portal/docs"
PLATFORM = Platform(
    name="tiktok",
    title="TikTok",
    parser=1,
    permalinks=PERMALINKS,
    every=minutes(15),
    address=(NAME.pattern, "https://www.tiktok.com/@<name>"),
    secrets=("user", "token"),
    ids_in_a_lookup=20,
    messages=(
        "direct messages; let nobody send them in the account's settings, or ask TikTok for a copy of the"
        " account's data"
    ),
    renewal=Renewal(before=timedelta(hours=12), needs=("refresh_token", *oauth.APP)),
    consent=Consent(
        "https://www.tiktok.com/v2/auth/authorize/", SCOPES, app="client_key", joined=",", proof=False
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
