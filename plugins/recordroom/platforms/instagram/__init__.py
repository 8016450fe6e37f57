"""Instagram: profile, posts, stories, tagged posts, comments, direct messages.

Modules: `platform` (limits, consent, permalinks), `api` (hosts, tokens), `crawl` (what is read, and in which
order), `lookup` (single records), `parse` (records), `schema` (fields). What Instagram shares with Facebook
and Threads is in platforms/meta.

A professional account is read with its own token. The Instagram Platform, version 26.0,
https://developers.facebook.com/docs/instagram-platform/reference/ and /instagram-graph-api/reference/,
2026-11-25. Fields were compared with the PyPI package facebook-business 26.

One API has two logins. Under Instagram's own login, /me is the account: its `user_id` is the same everywhere,
and its `id` is the app's number of it. Under Facebook's login, /me is a Page, a person, or a system user, and
the account is linked to a Page.

A story that ends is not a removal: 24 hours after its publication it becomes `unavailable`, by the platform,
and no number of stories that end at once is doubted. Nothing says when a post was edited. `comments_count`
includes replies, and comments of restricted people, which Instagram does not show. Error 100 means that
something was removed or must not be seen, and does not say which. docs/platforms/instagram.md says what the
API never gives.
"""

from recordroom.platforms.instagram.api import consented, inspect, renew
from recordroom.platforms.instagram.crawl import fetch, identify, read_cursor, totals
from recordroom.platforms.instagram.lookup import lookup
from recordroom.platforms.instagram.parse import parse, saved
from recordroom.platforms.instagram.platform import PLATFORM

__all__ = [
    "PLATFORM", "consented", "fetch", "identify", "inspect", "lookup", "parse", "read_cursor", "renew",
    "saved", "totals",
]  # fmt: skip
