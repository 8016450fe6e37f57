"""X as data: limits with their sources, consent, prices, and permalinks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, moment
from recordroom.platforms import oauth, permalinks
from recordroom.platforms.contract import Consent, Limit, Platform, Renewal, minutes
from recordroom.platforms.permalinks import Permalinks, RefusedAddress, refuse_short
from recordroom.platforms.schema import load_content
from recordroom.platforms.x.entities import ID, is_event, mentioned_accounts, participants_of, time_of
from recordroom.platforms.x.schema import XContext

HOST, SERVER = "https://api.x.com", "x.com"
NAME = re.compile(r"^/@?([A-Za-z0-9_]{1,15})/?$")  # the path of an account's address
ARCHIVE_PAGE = 500  # posts in a page of the archive's search
RECENT_QUERY, ARCHIVE_QUERY = 512, 1_024  # characters of a query
POST_PRICE, PROFILE_PRICE, MESSAGE_PRICE = 5, 10, 10  # thousandths of a US dollar, once a day (UTC)

_RATES = "https://docs.x.com/x-api/fundamentals/rate-limits"
_PRICES = "https://docs.x.com/x-api/getting-started/pricing"
_SEARCH = "https://docs.x.com/x-api/posts/search"
_MUTES = "https://docs.x.com/x-api/users/mutes/migrate/overview"
_LISTS = "https://docs.x.com/x-api/posts/timelines/migrate/overview"
_POST = "Copy the address of a post that shows it."
_SCOPES = ("tweet.read", "users.read", "block.read", "mute.read", "offline.access")
PERMALINKS = Permalinks(
    what="a post on X",
    form="https://x.com/<name>/status/<number>",
    hosts=("x.com", "twitter.com", "t.co"),
    platform_forms=(
        (r"(?:x|twitter)\.com/(?:(?:\w+|i/web)/status(?:es)?|statuses)/(\d+)", r"https://x.com/*/status/\1"),
    ),
    own_id_form=r"/status(?:es)?/(\d+)",
    name_form=r"^/(?!i/)([^/]+)/status(?:es)?/",
    refused=(
        refuse_short(r"^t\.co/|^pic\.(?:x|twitter)\.com/"),
        RefusedAddress(
            r"(?:^|\.)(?:x|twitter)\.com/i/(?:spaces|broadcasts)/",
            "is a broadcast, which X does not give to programs",
            _POST,
        ),
    ),
)
_STATUS = re.compile(r"^/(?:[^/]+|i/web)/status(?:es)?/(\d{1,19})(?:/|$)|^/statuses/(\d{1,19})$", re.ASCII)


def price(exchange: Exchange) -> int:
    """Return what a response costs at most, in thousandths of a US dollar.

    Posts, messages, and people cost, each once a day. The context says what is paid already (`again` and
    `paid` of XContext). Items that a response includes besides are not counted: X does not say publicly that
    they cost anything.
    """
    if exchange.status != 200 or exchange.context.get("again"):
        return 0
    try:
        body = load_content(exchange)
    except UnexpectedResponse:
        return 0
    data = body.get("data") if isinstance(body, dict) else None
    found = data if isinstance(data, list) else [data]
    return sum(_price_of(one, exchange) for one in found if isinstance(one, dict))


def _price_of(item: Mapping[str, Any], exchange: Exchange) -> int:
    context = cast(XContext, exchange.context)
    paid = moment(context["paid"]) if "paid" in context else None
    if paid is not None and (exchange.fetched_at is None or paid.date() != exchange.fetched_at.date()):
        paid = None  # what was paid on another day costs again
    if "username" in item and "text" not in item:
        return PROFILE_PRICE if paid is None else 0
    native, is_message = item.get("id"), is_event(item)
    has_time = isinstance(native, str) and ID.fullmatch(native) is not None
    if paid is None or not has_time or time_of(str(native)) >= paid:
        return MESSAGE_PRICE if is_message else POST_PRICE
    if is_message:
        return 0
    return 0 if context.get("account") in (*participants_of(item), *mentioned_accounts(item)) else POST_PRICE


PLATFORM = Platform(
    name="x",
    title="X",
    parser=3,
    permalinks=PERMALINKS,
    interval=minutes(15),
    address=(NAME.pattern, "https://x.com/<name>"),
    secrets=("token",),
    ids_in_a_lookup=100,
    price=price,
    highest_price=ARCHIVE_PAGE * POST_PRICE,
    price_per_item=POST_PRICE,
    counted_but_hidden="replies of protected accounts, and replies that X's search leaves out",
    messages_note=(
        "X's direct messages can be captured with the account's own token and the scope dm.read. Otherwise,"
        " turn"
        " them off in the account's settings, or download the account's archive"
    ),
    reads_messages=True,
    renewal=Renewal(lead_time=timedelta(minutes=30), secrets=("refresh_token", *oauth.APP)),
    consent=Consent("https://x.com/i/oauth2/authorize", _SCOPES, ("dm.read",)),
    not_offered={
        "stories": "there are none",
        "events": "there are none",
        "captions": "there are none",
        "hidden": "X gives them like all others",
        "held": "there are none",
    },
    limits=(
        Limit("posts listed", 3200, "of an account, the newest", _LISTS, "2026-11-25"),
        Limit("mentions listed", 800, "of an account, the newest", _LISTS, "2026-11-25"),
        Limit("search without the full archive", 7, "days back", f"{_SEARCH}/introduction", "2026-11-25"),
        Limit(
            "length of a recent search", RECENT_QUERY, "characters", f"{_SEARCH}/introduction", "2026-11-25"
        ),
        Limit(
            "length of a search in the full archive",
            ARCHIVE_QUERY,
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
        Limit("requests for posts by ID", 3500, "in 15 minutes, per app", _RATES, "2026-11-25"),
        Limit(
            "posts by ID",
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
            "thousandths of a US dollar, if X counts it as an owned read",
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
            "price of other items that a response includes",
            None,
            "thousandths of a US dollar",
            _PRICES,
            "2026-11-25",
        ),
    ),
)
PAGE, BATCH = 100, PLATFORM.ids_in_a_lookup  # posts in a page of a list; IDs in a request


def post_in(url: str) -> str:
    """Return the ID of the post of a permalink.

    UsageError: the address is not that of a post.
    """
    link = permalinks.parse_permalink(url, PERMALINKS)
    found = _STATUS.match(link.path) if PERMALINKS.are_at(link.host) else None
    if not found:
        raise link.none_of(PERMALINKS)
    return found[1] or found[2]
