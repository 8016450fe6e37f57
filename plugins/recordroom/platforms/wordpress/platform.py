"""WordPress as data: limits, and what the API has not; and what both sides, asking and reading, need."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from recordroom.platforms.contract import Limit, Platform, minutes
from recordroom.platforms.wordpress.permalinks import PERMALINKS

PLATFORM = Platform(
    name="wordpress",
    title="WordPress",
    parser=4,
    permalinks=PERMALINKS,
    every=minutes(15),
    secrets=("user", "password"),
    servers=True,
    reads_all=True,
    ids_in_a_lookup=100,
    not_offered={
        "stories": "there are none",
        "polls": "plugins keep them to themselves",
        "others": "only its own users publish on a site",
        "captions": "tracks are no media of their own",
        "hidden": "comments are held, spam, in the trash or erased",
        "counts": "pages count no likes, and comments are counted only for signed-in readers",
        "moderation": "its REST interface has none of these settings",
        "messages": "there are none",
    },
    not_captured={
        "events": "they are post types of plugins",
    },
    limits=(
        Limit(
            "items in a page",
            100,
            "items",
            "https://developer.wordpress.org/rest-api/using-the-rest-api/pagination/",
            "2026-11-24",
        ),
        Limit(
            "requests",
            None,
            "WordPress has no limit; hosts and plugins set their own",
            "docs/platforms/wordpress.md",
            "2026-11-24",
            86_400,
        ),
    ),
)
ROUTES = ("posts", "pages")
NO_SLUG = re.compile(r"(__trashed(-\d+)?)?")
AT_ONCE = timedelta(
    seconds=1
)  # WordPress takes the two dates one after the other: they may be a second apart
NOT_PUBLISHED = frozenset({"private", "draft", "pending", "future", "auto-draft", "inherit"})
# Sorts of comments that a site shows to its own people alone, on drafts too: notes of editors (since 6.9;
# modules/editorial-comments of
# PublishPress and Edit Flow), WooCommerce's about customers' orders (add_order_note), Action Scheduler's log
# of what it did.
INTERNAL = ("note", "editorial-comment", "order_note", "action_log")


def had_address(item: Mapping[str, Any]) -> bool:
    """Whether a post in the trash was once published, as far as its slug and its dates tell (seen on
    WordPress 6.1).

    A draft has no slug of its own: "__trashed", and where several are thrown away "__trashed-2" and so on. A
    draft or a post that waited for review is dated by the moment in which it was thrown away; a scheduled one
    has a date to come.
    """
    if NO_SLUG.fullmatch(str(item.get("slug") or "")):
        return False
    date, modified = _moment(item.get("date_gmt")), _moment(item.get("modified_gmt"))
    return date is None or modified is None or modified - date > AT_ONCE


def _moment(value: object) -> datetime | None:
    """None where there is none, or another form of one: the slug alone decides then."""
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=None)
    except ValueError:
        return None
