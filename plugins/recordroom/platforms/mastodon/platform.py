"""Mastodon as data: limits, what the API never gives, and permalinks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from recordroom.errors import UsageError
from recordroom.platforms import permalinks
from recordroom.platforms.contract import Limit, Platform, minutes
from recordroom.platforms.permalinks import Permalinks

WINDOW = timedelta(minutes=5)  # the span in which an instance counts requests
NAME = re.compile(r"^/(?:@|users/|web/@)([^/@]+)/?$")
FOR_ALL = frozenset({"public", "unlisted"})  # docs.joinmastodon.org/entities/Status/#visibility
# Each server has its own address for the same status.
_STATUS = re.compile(
    r"^/(?:(?:web|deck)/)?(?:@[^/]+|(?:(?:ap/)?users/[^/]+/)?statuses)/(\d+)(?:/|$)", re.ASCII
)
PERMALINKS = Permalinks(
    what="a status",
    form="https://<instance>/@<name>/<number>",
    own_id_form=r"/(?:@[^/]+|statuses)/(\d+)",
    name_form=r"^/(?:(?:web|deck)/)?@([^/]+)/\d|^/(?:ap/)?users/([^/]+)/statuses/",
    foreign_path=_STATUS.pattern,
    remedy=(
        "Search for it on the account's own server, and copy the address of the result. Or copy the address"
        " of the"
        " post that it replies to."
    ),
)
_LIMITS = "https://docs.joinmastodon.org/api/rate-limits/"
_CONTEXT = "https://docs.joinmastodon.org/methods/statuses/#context"
_NOTIFICATIONS = "https://docs.joinmastodon.org/methods/notifications/#get"
_STATUSES = "app/controllers/api/v1/statuses_controller.rb of Mastodon 4.4"
PLATFORM = Platform(
    name="mastodon",
    title="Mastodon",
    parser=2,
    record_id_part="server",
    permalinks=PERMALINKS,
    interval=minutes(15),
    address=(NAME.pattern, "https://<instance>/@<name>"),
    secrets=("token",),
    ids_are_per_server=True,
    ids_in_a_lookup=20,
    counted_visibilities=FOR_ALL,  # `distributable?` in app/models/status.rb
    messages_note=(
        "Mastodon's private mentions can be captured with a token of the account. Otherwise, do not use"
        " them, or"
        " download the account's archive from the server"
    ),
    reads_messages=True,
    missing_if_anonymous=(
        "posts of others that mention or quote the account without replying to it; the people, servers, and"
        " words"
        " that it blocks, mutes, and filters; posts for followers only; more than 60 replies to one post"
    ),
    not_offered={
        "stories": "there are none",
        "events": "there are none",
        "hidden": "there are none",
        "held": "there are none",
        "removed": "only posts of the account that moderators of its instance deleted",
        "captions": "there are none",
    },
    limits=(
        Limit(
            "requests",
            300,
            "in 5 minutes, per token, or per address if anonymous",
            _LIMITS,
            "2026-11-24",
            300,
        ),
        Limit("replies in a conversation", 60, "posts, 20 levels deep, anonymous", _CONTEXT, "2026-11-24"),
        Limit("replies in a conversation, with a token", 4096, "posts", _CONTEXT, "2026-11-24"),
        Limit("notifications", 80, "in one page", _NOTIFICATIONS, "2026-11-25"),
        Limit("posts by ID", 20, "in one request", _STATUSES, "2026-11-24"),
    ),
)


def post_in(url: str, own: Iterable[str]) -> str:
    """Return the number of the status at an address.

    own: the addresses of the account's server, which may be below a path of its host.
    UsageError: it is not the address of a status, or another server numbered it.
    """
    link = permalinks.parse_permalink(url, PERMALINKS)
    ours = [
        one for address in own if (one := permalinks.parse_permalink(address, PERMALINKS)).host == link.host
    ]
    paths = (link.path.removeprefix(base) for base in ("", *(one.path for one in ours)))
    found = next(filter(None, map(_STATUS.match, paths)), None)
    if not found:
        raise link.none_of(PERMALINKS)
    if not ours:
        raise UsageError(f"{url} is on another server than the account", PERMALINKS.remedy)
    return found[1]


def record_id_of(server: str, status: object) -> str:
    """Return the record ID of a status, given by its number on a server."""
    return f"mastodon:{server}/statuses/{status}"
