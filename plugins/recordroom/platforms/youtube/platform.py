"""YouTube as data: limits with their sources, consent, what the API never gives, and permalinks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from recordroom.model import Exchange
from recordroom.platforms import oauth, permalinks
from recordroom.platforms.contract import Consent, Limit, Platform, Renewal, minutes
from recordroom.platforms.permalinks import Permalinks, RefusedAddress

if TYPE_CHECKING:
    from recordroom.register.models import Account

HOST, SERVER, API = "https://youtube.googleapis.com", "youtube.com", "/youtube/v3"
TOKENS, SCOPE = "https://oauth2.googleapis.com/token", "https://www.googleapis.com/auth/youtube.force-ssl"
_DOCS = "https://developers.google.com/youtube/v3"
_COSTS = f"{_DOCS}/determine_quota_cost"


def units_of(exchange: Exchange) -> int:
    """Return the units that a request takes from the quota.

    A refused one takes them too.

    A list of captions costs more than other lists, and a track still more.
    """
    path = urlsplit(exchange.url).path
    return 50 if path.endswith("/captions") else 200 if "/captions/" in path else 1


_VIDEO = "Copy the address of a video from its own page."
PERMALINKS = Permalinks(
    what="a video",
    form="https://www.youtube.com/watch?v=<id>",
    hosts=("youtube.com", "youtu.be", "youtube-nocookie.com"),
    comment_id_form=r"[?&]lc=([\w.-]+)",
    platform_forms=(
        (r"youtu\.be/([\w-]+)", r"https://www.youtube.com/watch?v=\1"),
        (
            r"youtube(?:-nocookie)?\.com/(?:shorts|live|embed|v)/([\w-]+)",
            r"https://www.youtube.com/watch?v=\1",
        ),
        (r"youtube\.com/watch\?(?!.*\blc=)(?:.*&)?v=([\w-]+)", r"https://www.youtube.com/watch?v=\1"),
    ),
    refused=(
        RefusedAddress(
            r"youtube\.com/(?:post/|.*/(?:community|posts)$)",
            "is a community post, which YouTube does not give to programs",
            "Keep it by hand.",
        ),
        RefusedAddress(
            r"youtube\.com/clip/",
            "is a clip, which has no comments of its own",
            "Copy the address of the video that it is from.",
        ),
        RefusedAddress(r"youtube\.com/playlist$", "is a playlist, which has no comments", _VIDEO),
        RefusedAddress(r"youtube\.com/.*/live$", "leads to the broadcast that is running now", _VIDEO),
    ),
)
_SHORT = re.compile(r"^youtu\.be/([\w-]{11})$", re.ASCII)
# /video/ is YouTube Studio's
_PAGE = re.compile(r"/(?:shorts|live|embed|v|e|video)/([\w-]{11})(?:/|$)", re.ASCII)
_ID = re.compile(r"[\w-]{11}", re.ASCII)
PLATFORM = Platform(
    name="youtube",
    title="YouTube",
    parser=2,
    permalinks=PERMALINKS,
    interval=minutes(45),  # a capture takes seven units of a quota that all channels of a district share
    address=(r"^/[^/]", "https://www.youtube.com/@<handle> or https://www.youtube.com/channel/<id>"),
    secrets=("token", "key"),
    any_secret=True,
    ids_in_a_lookup=50,
    cost=units_of,
    renewal=Renewal(lead_time=minutes(10), secrets=("refresh_token", *oauth.APP), secrets_stay_valid=True),
    consent=Consent(
        "https://accounts.google.com/o/oauth2/v2/auth",
        (SCOPE,),
        extra_parameters={"access_type": "offline", "prompt": "consent"},
    ),
    counted_but_hidden="comments of closed accounts, and of users whom the channel hides",
    not_offered={
        "stories": "there are none",
        "polls": "they are in community posts, which YouTube does not give",
        "events": "there are none",
        "others": "there are none",
        "films": "YouTube does not give the files to programs",
        "alt": "there are none",
        "history": "only versions that a capture saw are archived",
        "hidden": "comments of users whom a channel hides are counted but not shown",
        "removed": "YouTube does not say why something is absent",
        "moderation": (
            "YouTube does not give hidden users or blocked words; the profile says whether comments need"
            " approval"
        ),
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
        Limit("a list", 1, "unit a request, also for a refused one", _COSTS, "2026-11-25"),
        Limit("uploads in a page", 50, "videos", f"{_DOCS}/docs/playlistItems/list", "2026-11-25"),
        Limit("videos by ID", 50, "videos in a request", f"{_DOCS}/docs/videos/list", "2026-11-25"),
        Limit(
            "threads or replies in a page",
            100,
            "threads or replies",
            f"{_DOCS}/docs/commentThreads/list",
            "2026-11-25",
        ),
        Limit(
            "replies in a thread",
            None,
            "some replies; the number is not published",
            f"{_DOCS}/docs/commentThreads",
            "2026-11-25",
        ),
    ),
)
BATCH, VIDEO_ID = 50, 11
PUBLISHED, WAITING = "published", ("heldForReview", "likelySpam")


def base_of(account: Account) -> str:
    return f"{(account.api_url or HOST).rstrip('/')}{API}"


def record_id(native: str) -> str:
    return f"youtube:{native}"


def post_in(url: str) -> str:
    """Return the ID of the video of a permalink.

    UsageError: the address is not that of a video.
    """
    link = permalinks.parse_permalink(url, PERMALINKS)
    if PERMALINKS.are_at(link.host):
        found = _SHORT.match(link.host + link.path) or _PAGE.match(link.path)
        native = found[1] if found else link.query.get("v", "") if link.path == "/watch" else ""
        if _ID.fullmatch(native):
            return native
    raise link.none_of(PERMALINKS)
