"""What X is: its limits with their sources, its consent, what it never gives."""

from __future__ import annotations

import re
from datetime import timedelta

from recordroom.platforms import oauth
from recordroom.platforms.contract import Consent, Limit, Platform, Renewal, minutes
from recordroom.platforms.x.permalinks import PERMALINKS
from recordroom.platforms.x.price import MESSAGE_PRICE, POST_PRICE, PROFILE_PRICE, price

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
