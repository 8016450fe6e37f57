"""Threads for the core: limits, consent, permalinks, and missing features."""

from __future__ import annotations

import re
from datetime import timedelta

from recordroom.platforms import permalinks
from recordroom.platforms.contract import Consent, Limit, Platform, Renewal, minutes
from recordroom.platforms.meta.graph import DAY
from recordroom.platforms.permalinks import Permalinks, refuse_short

HOST, SERVER = "https://graph.threads.net", "threads.com"
SCOPES = ("threads_basic", "threads_read_replies", "threads_manage_mentions", "threads_manage_insights")
_DOCS = "https://developers.facebook.com/docs/threads"
PERMALINKS = Permalinks(
    what="a post on Threads",
    form="https://www.threads.com/@<name>/post/<letters>",
    hosts=("threads.com", "threads.net"),
    platform_forms=(
        (r"threads\.(?:com|net)/(?:@[\w.]+/post|t)/([\w-]+)", r"https://www.threads.com/*/post/\1"),
    ),
    name_form=r"^/@([\w.]+)/post/",
    refused=(refuse_short(r"^l\.threads\.(?:com|net)(?:/|$)"),),
)
_POST = re.compile(r"^/(?:@[\w.]+/post|t)/([\w-]+)(?:/\w+)?$", re.ASCII)
PLATFORM = Platform(
    name="threads",
    title="Threads",
    parser=3,
    permalinks=PERMALINKS,
    interval=minutes(15),
    address=(r"^/@[\w.]+/?$", "https://www.threads.com/@<name of the account>"),
    secrets=("token",),
    compared_instead="the archive compares the replies to each post with the count of that post",
    messages_note=(
        "Threads users can send direct messages to the account. Turn these off in the account's settings, or"
        " download the account's information"
    ),
    renewal=Renewal(lead_time=timedelta(days=45), secrets=("token",), minimum_age=timedelta(hours=24)),
    consent=Consent(
        "https://threads.com/oauth/authorize", SCOPES, scope_separator=",", takes_proof_key=False
    ),
    not_offered={
        "events": "there are none",
        "names": "Threads gives only their handles",
        "captions": "there are none",
        "edited": "captures find edits by comparing versions",
        "history": "only versions that a capture saw are archived",
        "removed": "an error does not say why a post cannot be seen",
        "moderation": "the API offers neither blocked people nor hidden words",
        "messages": "the API does not offer them",
    },
    limits=(
        Limit(
            "calls",
            48_000,
            "in 24 hours at least: 4,800 for each impression of the account's content in that time, and at"
            " least 10 impressions always count",
            f"{_DOCS}/overview",
            "2026-11-25",
            DAY,
        ),
        Limit(
            "posts listed",
            None,
            "not published",
            f"{_DOCS}/retrieve-and-discover-posts/retrieve-posts",
            "2026-11-25",
        ),
        Limit(
            "replies in a conversation",
            None,
            "not published",
            f"{_DOCS}/reference/reply-management",
            "2026-11-25",
        ),
        Limit(
            "life of a token",
            60,
            "days, then consent again",
            f"{_DOCS}/get-started/long-lived-tokens",
            "2026-11-25",
        ),
    ),
)


def post_in(url: str) -> str:
    """Return the code of the post in a permalink.

    UsageError: the address is not that of a post.
    """
    link = permalinks.parse_permalink(url, PERMALINKS)
    found = _POST.match(link.path) if PERMALINKS.are_at(link.host) else None
    if not found:
        raise link.none_of(PERMALINKS)
    return found[1]
