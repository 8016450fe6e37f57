"""What X is: its limits with their sources, its consent, what it never gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, moment
from recordroom.platforms import oauth, permalinks
from recordroom.platforms.contract import Consent, Limit, Platform, Renewal, minutes
from recordroom.platforms.permalinks import Permalinks, Refused, short
from recordroom.platforms.schema import content_of
from recordroom.platforms.x import messages
from recordroom.platforms.x.entities import ID, accounts_named, between, time_of

POST_PRICE, PROFILE_PRICE, MESSAGE_PRICE = 5, 10, 10  # thousandths of a US dollar, once a day (UTC)


def price(exchange: Exchange) -> int:
    """What the posts, messages and people of an answer cost at most, in thousandths of a US dollar. The
    context says what is no new cost. `again`: all of it, which the same capture pays elsewhere; `paid`: posts
    by and to the account from before then, which the capture before this one read on the same day. What an
    answer includes besides is not counted: no public word says that it costs anything."""
    if exchange.status != 200 or exchange.context.get("again"):
        return 0
    try:
        body = content_of(exchange)
    except UnexpectedResponse:
        return 0
    data = body.get("data") if isinstance(body, dict) else None
    found = data if isinstance(data, list) else [data]
    return sum(_price(one, exchange) for one in found if isinstance(one, dict))


def _price(one: Mapping[str, Any], exchange: Exchange) -> int:
    paid = moment(exchange.context["paid"]) if "paid" in exchange.context else None
    today = paid is not None and exchange.fetched_at is not None and paid.date() == exchange.fetched_at.date()
    if "username" in one and "text" not in one:
        return 0 if today else PROFILE_PRICE
    native, each = one.get("id"), MESSAGE_PRICE if messages.is_event(one) else POST_PRICE
    if (
        paid is None
        or not today
        or not isinstance(native, str)
        or not ID.fullmatch(native)
        or time_of(native) >= paid
    ):
        return each
    if messages.is_event(one):
        return 0
    return 0 if exchange.context.get("account") in (*between(one), *accounts_named(one)) else POST_PRICE


_POST = "Copy the address of a post that shows it."
PERMALINKS = Permalinks(
    what="a post on X",
    form="https://x.com/<name>/status/<number>",
    hosts=("x.com", "twitter.com", "t.co"),
    given=(
        (r"(?:x|twitter)\.com/(?:(?:\w+|i/web)/status(?:es)?|statuses)/(\d+)", r"https://x.com/*/status/\1"),
    ),
    own=r"/status(?:es)?/(\d+)",
    named=r"^/(?!i/)([^/]+)/status(?:es)?/",
    refused=(
        short(r"^t\.co/|^pic\.(?:x|twitter)\.com/"),
        Refused(
            r"(?:^|\.)(?:x|twitter)\.com/i/(?:spaces|broadcasts)/",
            "is a broadcast, which X gives to no program",
            _POST,
        ),
    ),
)
_STATUS = re.compile(r"^/(?:[^/]+|i/web)/status(?:es)?/(\d{1,19})(?:/|$)|^/statuses/(\d{1,19})$", re.ASCII)


def post_in(url: str) -> str:
    """The number of the post; UsageError where there is none."""
    link = permalinks.read(url, PERMALINKS)
    found = _STATUS.match(link.path) if PERMALINKS.are_at(link.host) else None
    if not found:
        raise link.none_of(PERMALINKS)
    return found[1] or found[2]


HOST, SERVER = "https://api.x.com", "x.com"
NAME = re.compile(r"^/@?([A-Za-z0-9_]{1,15})/?$")
_RATES, _PRICES = (
    "https://docs.x.com/x-api/fundamentals/rate-limits",
    "https://docs.x.com/x-api/getting-started/pricing",
)
_SEARCH = "https://docs.x.com/x-api/posts/search"
_MUTES = "https://docs.x.com/x-api/users/mutes/migrate/overview"
_LISTS = "https://docs.x.com/x-api/posts/timelines/migrate/overview"
CONSENTED = ("tweet.read", "users.read", "block.read", "mute.read", "offline.access")
ARCHIVE_PAGE = 500  # posts in a page of the archive's search
RECENT_WORDS, ARCHIVE_WORDS = 512, 1_024  # characters of a search
PLATFORM = Platform(
    name="x",
    title="X",
    parser=3,
    permalinks=PERMALINKS,
    every=minutes(15),
    address=(NAME.pattern, "https://x.com/<name>"),
    secrets=("token",),
    ids_in_a_lookup=100,
    price=price,
    dearest=ARCHIVE_PAGE * POST_PRICE,
    each=POST_PRICE,
    unshown="answers of protected accounts, and those that its search leaves out",
    messages=(
        "direct messages, read with the account's own token and the scope dm.read; else let nobody send them"
        " in the account's settings, or download the account's archive"
    ),
    reads_messages=True,
    renewal=Renewal(before=timedelta(minutes=30), needs=("refresh_token", *oauth.APP)),
    consent=Consent("https://x.com/i/oauth2/authorize", CONSENTED, ("dm.read",)),
    not_offered={
        "stories": "there are none",
        "events": "there are none",
        "captions": "there are none",
        "hidden": "they are given like all others",
        "held": "there are none",
    },
    limits=(
        Limit("posts listed", 3200, "of an account, the newest", _LISTS, "2026-11-25"),
        Limit("mentions listed", 800, "of an account, the newest", _LISTS, "2026-11-25"),
        Limit("search without the full archive", 7, "days back", f"{_SEARCH}/introduction", "2026-11-25"),
        Limit(
            "length of a recent search", RECENT_WORDS, "characters", f"{_SEARCH}/introduction", "2026-11-25"
        ),
        Limit(
            "length of a search in the full archive",
            ARCHIVE_WORDS,
            "characters",
            f"{_SEARCH}/quickstart/full-archive-search",
            "2026-11-25",
        ),
        Limit("requests for posts of an account", 900, "in 15 minutes, per user", _RATES, "2026-11-25", 900),
        Limit("requests for mentions", 300, "in 15 minutes, per user", _RATES, "2026-11-25"),
        Limit("requests of recent search", 300, "in 15 minutes, per user", _RATES, "2026-11-25"),
        Limit(
            "requests of search in the full archive",
            300,
            "in 15 minutes, per app, and one in a second",
            _RATES,
            "2026-11-25",
        ),
        Limit("requests for posts by id", 3500, "in 15 minutes, per app", _RATES, "2026-11-25"),
        Limit(
            "posts by id",
            100,
            "in one request",
            "https://docs.x.com/x-api/posts/lookup/introduction",
            "2026-11-25",
        ),
        Limit("posts read", 3_000_000, "in a month, paid by use", _PRICES, "2026-11-25"),
        Limit(
            "price of a post read",
            POST_PRICE,
            "thousandths of a US dollar, once a day (UTC)",
            _PRICES,
            "2026-11-25",
        ),
        Limit(
            "price of an own post or mention read",
            1,
            "thousandths of a US dollar, where X takes it for an owned read",
            _PRICES,
            "2026-11-25",
        ),
        Limit(
            "price of a profile read",
            PROFILE_PRICE,
            "thousandths of a US dollar, once a day (UTC)",
            _PRICES,
            "2026-11-25",
        ),
        Limit(
            "price of a private message read",
            MESSAGE_PRICE,
            "thousandths of a US dollar, once a day (UTC)",
            _PRICES,
            "2026-11-25",
        ),
        Limit("requests for private messages", 15, "in 15 minutes, per user", _RATES, "2026-11-25"),
        Limit("requests for blocked or muted people", 15, "in 15 minutes, per user", _MUTES, "2026-11-27"),
        Limit(
            "private messages listed",
            30,
            "days back",
            "https://docs.x.com/x-api/direct-messages/lookup/introduction",
            "2026-11-25",
        ),
        Limit(
            "price of what an answer includes besides",
            None,
            "thousandths of a US dollar",
            _PRICES,
            "2026-11-25",
        ),
    ),
)
PAGE, BATCH = 100, PLATFORM.ids_in_a_lookup  # posts in a page of a list; ids in a request
