"""WordPress as data: limits, and what the API has not; and what both sides, asking and reading, need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recordroom.platforms import Limit, Platform, minutes
from recordroom.platforms.wordpress.permalinks import PERMALINKS

PLATFORM = Platform(
    name="wordpress",
    title="WordPress",
    parser=3,
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
        Limit("items in a page", 100, "items", "https://developer.wordpress.org/rest-api/using-the-rest-api/pagination/", "2026-11-24"),
        Limit(
            "requests", None, "WordPress has no limit; hosts and plugins set their own", "docs/platforms/wordpress.md", "2026-11-24", 86_400
        ),
    ),
)
ROUTES = ("posts", "pages")
NOT_PUBLISHED = frozenset({"private", "draft", "pending", "future", "auto-draft", "inherit"})


def had_address(item: Mapping[str, Any]) -> bool:
    """Whether a post in the trash was once published: drafts have no slug ("__trashed" alone), scheduled ones a date to come."""
    slug, date, modified = (str(item.get(k) or "") for k in ("slug", "date_gmt", "modified_gmt"))
    return bool(slug.removesuffix("__trashed")) and date <= modified
