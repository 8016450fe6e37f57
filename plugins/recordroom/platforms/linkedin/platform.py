"""What LinkedIn is: its limits with their sources, its consent, what it never gives."""

from __future__ import annotations

from datetime import timedelta

from recordroom.platforms import Consent, Limit, Platform, Renewal, minutes
from recordroom.platforms.linkedin.permalinks import PERMALINKS

HOST, OAUTH, SERVER = "https://api.linkedin.com", "https://www.linkedin.com", "linkedin.com"
_DOCS = "https://learn.microsoft.com/en-us/linkedin"
UNPUBLISHED = frozenset({"DRAFT", "PUBLISH_REQUESTED", "PUBLISH_FAILED"})  # of all values of lifecycleState that the reference names
_TOKENS = f"{_DOCS}/shared/authentication/programmatic-refresh-tokens"
PLATFORM = Platform(
    name="linkedin",
    title="LinkedIn organization pages",
    parser=4,
    permalinks=PERMALINKS,
    every=minutes(15),
    address=(r"^/(company|school|showcase)/[^/]+(/.*)?$", "https://www.linkedin.com/company/<name or number>"),
    secrets=("token",),
    consent=Consent(
        f"{OAUTH}/oauth/v2/authorization",
        ("r_organization_social", "r_organization_social_feed", "rw_organization_admin"),
        chosen="scope",  # LinkedIn refuses all of a consent that asks for a scope which the app has not: events are asked for so
        proof=False,  # with one it answers "Client authentication failed": https://github.com/teamhanko/hanko/pull/2405 (2026-11-25)
    ),
    renewal=Renewal(before=timedelta(days=14), needs=("client_id", "client_secret", "refresh_token"), keeps=True),
    ids_in_a_lookup=20,
    messages="the page's inbox; switch messages off in the page's settings, or keep copies by hand",
    not_offered={
        "stories": "there are none",
        "names": "only pages that comment are named; members are an URN",
        "history": "only that a post was edited",
        "hidden": "there are none",
        "held": "there are none",
        "moderation": "nothing of it",
        "messages": "the inbox of a page is not given",
    },
    limits=(
        Limit(
            "calls of a resource",
            None,
            "in a day of UTC, of the app and of each member",
            f"{_DOCS}/shared/api-guide/concepts/rate-limits",
            "2026-11-25",
            86_400,
        ),
        Limit(
            "calls in the development tier",
            500,
            "in a day of UTC, of the app, 100 of them by one member: too few for an archive",
            f"{_DOCS}/marketing/community-management/community-management-overview",
            "2026-08-01",
        ),
        Limit("items in a page of a list", 100, "posts", f"{_DOCS}/marketing/community-management/shares/posts-api", "2026-11-25"),
        Limit("life of a token", 60, "days", _TOKENS, "2026-11-25"),
        Limit("life of a refresh token", 365, "days, which its use does not prolong", _TOKENS, "2026-11-25"),
    ),
)
