"""What Vimeo is: its limits with their sources, its consent, what it never gives."""

from __future__ import annotations

from recordroom.platforms import Consent, Limit, Platform, minutes
from recordroom.platforms.vimeo.permalinks import PERMALINKS

HOST, SERVER = "https://api.vimeo.com", "vimeo.com"
ACCEPT = "application/vnd.vimeo.*+json;version=3.4"
_RATES = "https://developer.vimeo.com/guidelines/rate-limiting"
_REFERENCE = "https://developer.vimeo.com/api/reference/videos"
_FILES = "https://help.vimeo.com/hc/en-us/articles/12427806914577"
PLATFORM = Platform(
    name="vimeo",
    title="Vimeo",
    parser=1,
    permalinks=PERMALINKS,
    every=minutes(15),
    address=(r"^/[^/]+/?$", "https://vimeo.com/<name>, or https://vimeo.com/user<number>"),
    secrets=("token",),
    consent=Consent(f"{HOST}/oauth/authorize", ("public", "private", "video_files")),
    messages="messages between members of Vimeo; keep copies by hand",
    not_offered={
        "stories": "there are none",
        "polls": "there are none",
        "alt": "there are none",
        "edited": "changes are found by comparing",
        "history": "changes are found by comparing",
        "hidden": "there are none",
        "held": "there are none",
        "removed": "a 404 or an error tells no reason",
        "moderation": "only how many people are blocked",
        "messages": "not given",
    },
    not_captured={"others": "videos of others that name the account in their credits"},
    limits=(
        Limit("requests", None, "in a minute, by the plan, more where `fields` are named; each answer says it", _RATES, "2026-11-25", 60),
        Limit("items in a page of a list", 100, "videos or comments", _REFERENCE, "2026-11-25"),
        Limit("addresses of text tracks", None, "hours until they expire; each says it", _REFERENCE, "2026-11-25"),
        Limit("addresses of video files", None, "redirects to files that expire in a few hours", _FILES, "2026-11-25"),
    ),
)
