"""LinkedIn as data: limits with their sources, consent, what the API never gives, permalinks."""

from __future__ import annotations

import re
from datetime import timedelta

from recordroom.platforms import permalinks
from recordroom.platforms.contract import Consent, Limit, Platform, Renewal, minutes
from recordroom.platforms.permalinks import Permalinks, RefusedAddress, refuse_short

HOST, OAUTH, SERVER = "https://api.linkedin.com", "https://www.linkedin.com", "linkedin.com"
_DOCS = "https://learn.microsoft.com/en-us/linkedin"
# of all values of lifecycleState that the reference names
UNPUBLISHED = frozenset({"DRAFT", "PUBLISH_REQUESTED", "PUBLISH_FAILED"})
_TOKENS = f"{_DOCS}/shared/authentication/programmatic-refresh-tokens"
_SHARE = "Open the post with which the page shared it, and copy the post's address: ... > Copy link to post."
PERMALINKS = Permalinks(
    form="https://www.linkedin.com/feed/update/urn:li:share:<number>",
    hosts=("linkedin.com", "lnkd.in"),
    platform_forms=(
        (
            r"linkedin\.com/posts/(?:[^/]*[-_])?(share|ugcPost|activity)-(\d+)",
            r"https://www.linkedin.com/feed/update/urn:li:\1:\2",
        ),
        (
            r"linkedin\.com/(?:embed/)?feed/update/(urn:li:\w+:\d+)(?!.*(?:comment|reply)Urn=)",
            r"https://www.linkedin.com/feed/update/\1",
        ),
    ),
    comment_id_form=r"[?&](?:replyUrn|dashReplyUrn)=urn:li:(?:comment:\(.*?,(\d+)\)|fsd_comment:\((\d+),)"
    r"|^(?!.*[?&](?:replyUrn|dashReplyUrn)=).*[?&](?:commentUrn|dashCommentUrn)="
    r"urn:li:(?:comment:\(.*?,(\d+)\)|fsd_comment:\((\d+),)",
    name_form=r"^/posts/([^/_]+)_",
    refused=(
        refuse_short(r"^lnkd\.in/"),
        RefusedAddress(
            r"linkedin\.com/(?:pulse|newsletters)/",
            "is an article, whose comments are below a post",
            _SHARE,
        ),
        RefusedAddress(
            r"linkedin\.com/events/", "is an event, whose comments are below posts about it", _SHARE
        ),
    ),
)
_URN = re.compile(
    r"^/(?:embed/)?(?:feed/update|video/(?:live|event))/"
    r"(urn:li:(?:share|ugcPost|activity|groupPost):[\d-]+)$",
    re.ASCII,
)
_WORDS = re.compile(r"^/posts/(?:[^/]*[-_])?(share|ugcPost|activity)-(\d+)(?:-[\w-]+)?$", re.ASCII)
_IN_FEED = re.compile(r"urn:li:(?:share|ugcPost|activity):\d+", re.ASCII)
PLATFORM = Platform(
    name="linkedin",
    title="LinkedIn organization pages",
    parser=4,
    permalinks=PERMALINKS,
    interval=minutes(15),
    address=(
        r"^/(company|school|showcase)/[^/]+(/.*)?$",
        "https://www.linkedin.com/company/<name or number>",
    ),
    secrets=("token",),
    consent=Consent(
        f"{OAUTH}/oauth/v2/authorization",
        ("r_organization_social", "r_organization_social_feed", "rw_organization_admin"),
        # LinkedIn refuses a consent with any scope that the app does not have: that for events is chosen
        scope_set_parameter="scope",
        # with a proof key it says "Client authentication failed", 2026-11-25:
        # https://github.com/teamhanko/hanko/pull/2405
        takes_proof_key=False,
    ),
    renewal=Renewal(
        lead_time=timedelta(days=14),
        secrets=("client_id", "client_secret", "refresh_token"),
        secrets_stay_valid=True,
    ),
    ids_in_a_lookup=20,
    messages_note=(
        "LinkedIn does not give the page's inbox. Turn messages off in the page's settings, or keep copies"
        " by hand"
    ),
    not_offered={
        "stories": "there are none",
        "names": "only pages that comment have a name; members are a URN",
        "history": "only that a post was edited is known",
        "hidden": "there are none",
        "held": "there are none",
        "moderation": "LinkedIn does not give them",
        "messages": "LinkedIn does not give the inbox of a page",
    },
    limits=(
        Limit(
            "calls of a resource",
            None,
            "in a day (UTC), for the app and for each member",
            f"{_DOCS}/shared/api-guide/concepts/rate-limits",
            "2026-11-25",
            86_400,
        ),
        Limit(
            "calls in the development tier",
            500,
            "in a day (UTC), for the app, 100 of them by one member: too few for an archive",
            f"{_DOCS}/marketing/community-management/community-management-overview",
            "2026-08-01",
        ),
        Limit(
            "items in a page of a list",
            100,
            "posts",
            f"{_DOCS}/marketing/community-management/shares/posts-api",
            "2026-11-25",
        ),
        Limit("life of a token", 60, "days", _TOKENS, "2026-11-25"),
        Limit("life of a refresh token", 365, "days; use does not extend it", _TOKENS, "2026-11-25"),
    ),
)


def post_in(url: str) -> str:
    """Return the URN of the post of a permalink, or of the activity that it is.

    UsageError: the address is not that of a post.
    """
    link = permalinks.parse_permalink(url, PERMALINKS)
    if PERMALINKS.are_at(link.host):
        if found := _URN.match(link.path):
            return found[1]
        if found := _WORDS.match(link.path):
            return f"urn:li:{found[1]}:{found[2]}"
        # as notifications link
        named = link.query.get("highlightedUpdateUrn", "") if link.path == "/feed" else ""
        if _IN_FEED.fullmatch(named):
            return named
    raise link.none_of(PERMALINKS)
