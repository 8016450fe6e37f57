"""YouTube as data: limits, what the API has not, consent; and what both sides, asking and reading, need."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from recordroom.model import Exchange
from recordroom.platforms import Consent, Limit, Platform, Renewal, minutes, oauth
from recordroom.platforms.youtube.permalinks import PERMALINKS

if TYPE_CHECKING:
    from recordroom.register.models import Account

HOST, SERVER, API = "https://youtube.googleapis.com", "youtube.com", "/youtube/v3"
TOKENS, SCOPE = "https://oauth2.googleapis.com/token", "https://www.googleapis.com/auth/youtube.force-ssl"
_DOCS = "https://developers.google.com/youtube/v3"
_COSTS = f"{_DOCS}/determine_quota_cost"


def units_of(exchange: Exchange) -> int:
    """What a request takes from the quota, a refused one too: a list of captions costs more than other lists, and a track still more."""
    path = urlsplit(exchange.url).path
    return 50 if path.endswith("/captions") else 200 if "/captions/" in path else 1


PLATFORM = Platform(
    name="youtube",
    title="YouTube",
    parser=2,
    permalinks=PERMALINKS,
    every=minutes(45),  # a capture takes seven units of a quota that a district's channels share
    address=(r"^/[^/]", "https://www.youtube.com/@<handle> or https://www.youtube.com/channel/<id>"),
    secrets=("token", "key"),
    one_of=True,
    ids_in_a_lookup=50,
    cost=units_of,
    renewal=Renewal(before=minutes(10), needs=("refresh_token", *oauth.APP), keeps=True),
    consent=Consent("https://accounts.google.com/o/oauth2/v2/auth", (SCOPE,), more={"access_type": "offline", "prompt": "consent"}),
    unshown="comments of closed accounts and of users whom the channel hides",
    not_offered={
        "stories": "there are none",
        "polls": "they stand in community posts, which are not given",
        "events": "there are none",
        "others": "there are none",
        "films": "no program is given the file",
        "alt": "there are none",
        "history": "changes are found by comparing",
        "hidden": "users whom a channel hides are counted and not shown",
        "removed": "what is gone is absent without a word",
        "moderation": "neither hidden users nor blocked words; that comments need approval stands in the profile",
        "messages": "there are none",
    },
    limits=(
        Limit(
            "quota",
            10_000,
            "units a day for a Google Cloud project, until midnight in California",
            _COSTS,
            "2026-11-25",
            86_400,
            "America/Los_Angeles",
        ),
        Limit("a list", 1, "unit a request, one that is refused too", _COSTS, "2026-11-25"),
        Limit("uploads in a page", 50, "videos", f"{_DOCS}/docs/playlistItems/list", "2026-11-25"),
        Limit("videos by id", 50, "videos in a request", f"{_DOCS}/docs/videos/list", "2026-11-25"),
        Limit("threads or answers in a page", 100, "threads or answers", f"{_DOCS}/docs/commentThreads/list", "2026-11-25"),
        Limit("answers within a thread", None, "answers: some, how many is not told", f"{_DOCS}/docs/commentThreads", "2026-11-25"),
    ),
)
BATCH, VIDEO_ID = 50, 11
PUBLISHED, WAITING = "published", ("heldForReview", "likelySpam")


def base_of(account: Account) -> str:
    return f"{(account.api_url or HOST).rstrip('/')}{API}"


def record_id(native: str) -> str:
    return f"youtube:{native}"
