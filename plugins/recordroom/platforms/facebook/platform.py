"""Facebook Pages as data: limits, what the API has not, consent; and what both sides, asking and reading,
need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recordroom.model import HIDDEN, VISIBLE
from recordroom.platforms.contract import Limit, Platform, minutes
from recordroom.platforms.facebook.login import consent
from recordroom.platforms.facebook.permalinks import PERMALINKS
from recordroom.platforms.meta.graph import DAY, calls_of

if TYPE_CHECKING:
    from recordroom.register.models import Account

VERSION = "v26.0"  # https://developers.facebook.com/docs/graph-api/changelog/, 2026-11-24
HOST, SERVER = "https://graph.facebook.com", "facebook.com"
_FEED = "https://developers.facebook.com/docs/graph-api/reference/page/feed/#limitations"
_RATES = "https://developers.facebook.com/docs/graph-api/overview/rate-limiting/#pages"
_DATA = "https://developers.facebook.com/docs/facebook-login/auth-vs-data/"
PLATFORM = Platform(
    name="facebook",
    title="Facebook Pages",
    parser=7,
    permalinks=PERMALINKS,
    every=minutes(15),
    address=(r"^/[^/]", "https://www.facebook.com/<number or name of the Page>"),
    secrets=("token",),
    ids_in_a_lookup=50,
    cost=calls_of,
    consent=consent(VERSION),
    counted=frozenset({VISIBLE, HIDDEN}),  # total_count may be more than is shown
    unshown="comments of closed accounts and of people who have blocked the Page",
    uncounted="comments are compared post by post, and a year whose posts fill Facebook's list is a gap",
    messages=(
        "the Page's inbox, read with the permission pages_messaging; else switch messages off in the Page's"
        " settings, or download its information"
    ),
    reads_messages=True,
    not_offered={
        "polls": "Pages have had none since 2021",
        "edited": "changes are found by comparing",
        "history": "changes are found by comparing",
        "held": "what waits for review is marked hidden",
        "removed": "a 404 or an error tells no reason",
    },
    limits=(
        Limit("posts listed", 600, "of a year, about, by a ranking that is not told", _FEED, "2026-11-24"),
        Limit("posts in a page of a list", 100, "posts", _FEED, "2026-11-24"),
        Limit(
            "calls with a Page's token",
            4800,
            "in 24 hours, for each person who engaged with the Page in them",
            _RATES,
            "2026-11-24",
            DAY,
        ),
        Limit("objects by id", 50, "in one request, each of which counts as a call", _RATES, "2026-11-24"),
        Limit(
            "access to data",
            90,
            "days after the person was last active in the app, then consent again",
            _DATA,
            "2026-11-25",
        ),
    ),
)


def base_of(account: Account) -> str:
    return f"{(account.api_url or HOST).rstrip('/')}/{VERSION}"


def record_id(native: str) -> str:
    return f"facebook:{native}"
