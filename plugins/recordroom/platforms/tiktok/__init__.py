"""TikTok: profile, videos, and photo posts of an account, with all comments.

Modules: `platform` (limits, consent, permalinks), `api` (requests, failures, tokens), `crawl` (what is read,
and in which order), `lookup` (single records), `parse` (records), `schema` (fields).

The account's own token is needed; it is also shown hidden comments. The API is the Accounts API, v1.3, of
the TikTok API for Business, https://business-api.tiktok.com/portal/docs, 2026-11-25. The Display API
(open.tiktokapis.com/v2) is not requested: it gives the same videos, and no comments. `parse` also reads
responses of that API which somebody saved.

TikTok gives no file of a video or a photo, only a cover. It never says that something was edited. A
video or a comment that it no longer lists was deleted or made private, and becomes `unavailable`.
docs/platforms/tiktok.md says what the API never gives.
"""

from recordroom.platforms.tiktok.api import consented, renew
from recordroom.platforms.tiktok.crawl import fetch, identify, read_cursor, totals
from recordroom.platforms.tiktok.lookup import lookup
from recordroom.platforms.tiktok.parse import parse, saved
from recordroom.platforms.tiktok.platform import PLATFORM

__all__ = [
    "PLATFORM", "consented", "fetch", "identify", "lookup", "parse", "read_cursor", "renew", "saved",
    "totals",
]  # fmt: skip
