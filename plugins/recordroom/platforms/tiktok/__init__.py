"""TikTok: an account's profile, its videos and photo posts, and all comments and replies, hidden ones too,
with the account's own token.

Read (TikTok API for Business, Accounts API v1.3, https://business-api.tiktok.com/portal/docs, 2026-11-25):
  /business/get/                    whose token it is, and the profile, in every window /business/video/list/
  what the account published, newest first, 20 at a time; single ones by `filters` /business/comment/list/
  comments on one video, 30 at a time; each with up to three answers; single ones by `comment_ids`
  /business/comment/reply/list/     all answers to one comment

The Display API (open.tiktokapis.com/v2) is not asked: it gives the same videos, and no comments at all.
`parse` reads its answers, too.

Everything is told in the body: an error is a `code` other than 0 in an answer with HTTP 200. A page may be
short, or empty, and not be the last: only `has_more` says so. Comments come in no order unless one is named;
beyond the first 500 TikTok sorts them its own way and gives some of them twice. A video's number of comments
counts the answers too.

No address of a video or a photo is ever given, only of a cover; nothing tells that something was edited; what
is not listed any more is deleted or made private: `unavailable`. docs/platforms/tiktok.md says what the API
never gives.
"""

from recordroom.platforms.tiktok.platform import PLATFORM
from recordroom.platforms.tiktok.records import parse, saved
from recordroom.platforms.tiktok.tokens import consented, renew
from recordroom.platforms.tiktok.walk import fetch, identify, lookup, read_cursor, totals

__all__ = [
    "PLATFORM",
    "consented",
    "fetch",
    "identify",
    "lookup",
    "parse",
    "read_cursor",
    "renew",
    "saved",
    "totals",
]
