"""Threads: profile, posts, ghost posts, mentions, and all replies at any depth.

Modules: `platform` (limits, consent, permalinks), `api` (pages, tokens), `crawl` (what is read, and in which
order), `lookup` (single records), `parse` (records), `schema` (fields). What Threads shares with Facebook and
Instagram is in platforms/meta.

The account is read with its own token. The Threads API, version 1.0,
https://developers.facebook.com/docs/threads/, 2026-11-25.

Other people have a name and no ID, and private ones not even a name. A parent that was deleted is no longer
named: the core keeps the one that was captured first. `hide_status` says what the account has hidden, and
whom it has blocked or restricted. Nothing says when a post was edited. docs/platforms/threads.md says what
the API never gives.
"""

from recordroom.platforms.threads.api import consented, renew
from recordroom.platforms.threads.crawl import fetch, identify, read_cursor, totals
from recordroom.platforms.threads.lookup import lookup
from recordroom.platforms.threads.parse import parse, saved
from recordroom.platforms.threads.platform import PLATFORM

__all__ = [
    "PLATFORM", "consented", "fetch", "identify", "lookup", "parse", "read_cursor", "renew", "saved",
    "totals",
]  # fmt: skip
