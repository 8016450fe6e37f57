"""Bluesky as data: limits, what the API never gives, hosts, and permalinks."""

from __future__ import annotations

import re

from recordroom.model import HIDDEN, SPAM, VISIBLE
from recordroom.platforms import permalinks
from recordroom.platforms.contract import Limit, Platform, Renewal, minutes
from recordroom.platforms.permalinks import AT, Permalinks

APPVIEW, DIRECTORY, NETWORK = "https://public.api.bsky.app", "https://plc.directory", "bsky"
POST, REPOST = "app.bsky.feed.post", "app.bsky.feed.repost"
AT_URI = re.compile(r"at://(did:[a-z]+:[^/]+)/([^/]+)/([^/]+)")  # DID, collection, key
PROFILE_URL = re.compile(r"^/profile/([^/]+)/?$")
SIGN_IN = (
    "Create an app password in the account's settings and enter it in the connection"
    " (docs/platforms/bluesky.md)."
)
PERMALINKS = Permalinks(
    form="https://bsky.app/profile/<handle or DID>/post/<key>",
    hosts=("bsky.app", AT),
    own_id_form=r"^/(?:profile/[^/]+/post|(?:embed/)?[^/]+/app\.bsky\.feed\.post)/([\w.:~-]+)",
    platform_forms=((r"bsky\.app/profile/[^/]+/post/([\w.:~-]+)", r"https://bsky.app/profile/*/post/\1"),),
)
_NAME, _KEY = r"([\w.:%-]+)", r"([\w.:~-]+)"  # https://atproto.com/specs/did, /handle and /record-key
_POST = re.compile(
    rf"^/profile/{_NAME}/post/{_KEY}(?:/|$)|^/(?:embed/)?{_NAME}/app\.bsky\.feed\.post/{_KEY}$", re.ASCII
)
_RATES = "https://docs.bsky.app/docs/advanced-guides/rate-limits"
# The AppView counts the records of posts and replies, also those that it does not show.
COUNTED = frozenset({VISIBLE, HIDDEN, SPAM})
PLATFORM = Platform(
    name="bluesky",
    title="Bluesky",
    parser=2,
    record_id_part="server",
    permalinks=PERMALINKS,
    interval=minutes(15),
    address=(PROFILE_URL.pattern, "https://bsky.app/profile/<handle or DID>"),
    secrets=("password",),
    renewal=Renewal(
        lead_time=minutes(50), secrets=("password",), secrets_stay_valid=True, token_is_optional=True
    ),
    ids_in_a_lookup=25,
    counted_statuses=COUNTED,
    counted_but_hidden="replies by accounts that are blocked, under review, or not allowed to reply",
    missing_if_anonymous="posts of others that mention the account without replying to it",
    messages_note=(
        "Bluesky chats can be captured with an app password that has access to direct messages. Otherwise,"
        " turn chats off in the account's settings, or keep copies by hand"
    ),
    reads_messages=True,
    not_offered={
        "stories": "there are none",
        "polls": "there are none",
        "events": "there are none",
        "edited": "captures find edits by comparing versions",
        "history": "only versions that a capture saw are archived",
    },
    limits=(
        Limit(
            "requests to the AppView",
            None,
            "not published; responses have RateLimit-* headers",
            _RATES,
            "2026-11-24",
            300,
        ),
        Limit("requests to a PDS", 3000, "in 5 minutes, per address", _RATES, "2026-11-24"),
        Limit("sessions opened", 300, "in a day, per account, and 30 in 5 minutes", _RATES, "2026-11-25"),
        Limit("items of a feed", 100, "in one request", "lexicon app.bsky.feed.getAuthorFeed", "2026-11-24"),
        Limit("posts by address", 25, "in one request", "lexicon app.bsky.feed.getPosts", "2026-11-24"),
        Limit(
            "depth of a conversation",
            1000,
            "levels in one request",
            "lexicon app.bsky.feed.getPostThread",
            "2026-11-24",
        ),
    ),
)


def post_in(url: str) -> tuple[str, str]:
    """Return (handle or DID, key) of the post at an address.

    at:// addresses, which other programs show, are read too. UsageError: it is not the address of a post.
    """
    link = permalinks.parse_permalink(url, PERMALINKS)
    found = _POST.match(link.path) if PERMALINKS.are_at(link.host) else None
    if not found:
        raise link.none_of(PERMALINKS)
    return found[1] or found[3], found[2] or found[4]
