"""Mastodon as data: its limits, what it offers and what is captured of it."""

from __future__ import annotations

import re
from datetime import timedelta

from recordroom.platforms.contract import Limit, Platform, minutes
from recordroom.platforms.mastodon.permalinks import PERMALINKS

WINDOW = timedelta(minutes=5)  # by which an instance counts requests
NAME = re.compile(r"^/(?:@|users/|web/@)([^/@]+)/?$")
FOR_ALL = frozenset({"public", "unlisted"})  # docs.joinmastodon.org/entities/Status/#visibility
_LIMITS = "https://docs.joinmastodon.org/api/rate-limits/"
_CONTEXT = "https://docs.joinmastodon.org/methods/statuses/#context"
PLATFORM = Platform(
    name="mastodon",
    title="Mastodon",
    parser=2,
    permalinks=PERMALINKS,
    every=minutes(15),
    address=(NAME.pattern, "https://<instance>/@<name>"),
    secrets=("token",),
    servers=True,
    ids_in_a_lookup=20,
    counted_for=FOR_ALL,  # `distributable?` in app/models/status.rb
    messages=(
        "Mastodon calls them private mentions; they are read with a token of the account; else keep them out"
        " of the account, or download its archive on the server's pages"
    ),
    reads_messages=True,
    anonymous=(
        "statuses of others that name or quote the account and answer nothing of it; whom it blocks, mutes"
        " and filters; what is for followers only; more than 60 answers to one post"
    ),
    not_offered={
        "stories": "there are none",
        "events": "there are none",
        "hidden": "there are none",
        "held": "there are none",
        "removed": "only what moderators of its instance deleted of the account's own",
        "captions": "there are none",
    },
    limits=(
        Limit(
            "requests",
            300,
            "in 5 minutes, per token, or per address when anonymous",
            _LIMITS,
            "2026-11-24",
            300,
        ),
        Limit("descendants of a context", 60, "statuses, 20 deep, anonymous", _CONTEXT, "2026-11-24"),
        Limit("descendants of a context with a token", 4096, "statuses", _CONTEXT, "2026-11-24"),
        Limit(
            "notifications",
            80,
            "in one page",
            "https://docs.joinmastodon.org/methods/notifications/#get",
            "2026-11-25",
        ),
        Limit(
            "statuses by id",
            20,
            "in one request",
            "app/controllers/api/v1/statuses_controller.rb of Mastodon 4.4",
            "2026-11-24",
        ),
    ),
)
