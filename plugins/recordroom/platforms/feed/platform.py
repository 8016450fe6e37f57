"""Feeds as data: limits, what a feed never gives, and the requested forms."""

from __future__ import annotations

from recordroom.platforms.contract import Limit, Platform, minutes

PLATFORM = Platform(
    name="feed",
    title="Feed (RSS, Atom)",
    parser=10,
    record_id_part="server",
    interval=minutes(15),
    not_offered={
        "stories": "there are none",
        "polls": "there are none",
        "events": "there are none",
        "replies": "a comments feed does not say what a comment replies to",
        "others": "there are none",
        "captions": "there are none",
        "history": "there are none",
        "hidden": "there are none",
        "held": "there are none",
        "removed": "a feed does not say why an entry left it",
        "counts": "there are none",
        "moderation": "there are none",
        "messages": "there are none",
    },
    limits=(
        Limit(
            "entries",
            None,
            "the site decides how many its feed has, often 10 to 25",
            "docs/platforms/feed.md",
            "2026-11-24",
        ),
    ),
    compared_instead=(
        "a feed lists only its newest entries; entries that leave it stay archived, and the archive does not"
        " know of entries that appeared and disappeared between captures"
    ),
    window_is_partial=True,
    reads_all_conversations=True,
)
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.8,"
    " */*;q=0.1"
)
