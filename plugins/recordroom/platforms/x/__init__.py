"""X: an account's profile, its posts, reposts, quotes and replies, what others answer in its conversations,
and posts that name it.

Read (API v2, https://docs.x.com/x-api, fields from its OpenAPI description 2.167, 2026-11-25):
  /2/users/by/username/:name, /2/users/:id    who the account is; its profile, in every window
  /2/users/:id/tweets                         what it published, newest first: the 3,200 newest
  /2/tweets/search/all                        conversations (conversation_id:), and older posts, where the app
  has the full archive /2/tweets/search/recent                     conversations, of the last seven days,
  where it has not /2/users/:id/mentions                       posts that name the account: nearly all answers
  to it do; the 800 newest /2/dm_events, /2/users/:id/blocking, muting private messages, and whom the account
  keeps away (inbox.py) /2/tweets?ids=                              single posts: heads of conversations, what
  a repost shows, and what no list gives any more

An edit is a post with a new id; `edit_history_post_ids` names all, the oldest first. The record is the first
of them, whatever its id is today; each later one is a version with its own time. Lists give the newest one,
and the older ones beside it (`includes`); asked for by its first id, a post comes as it was at first, which
is never read as what stands there now. Posts say their time in their id, too.

X writes one thing in two vocabularies (referenced_tweets or referenced_posts, note_tweet or note_post,
retweet_count or repost_count): both are read. Answers cost money for each post in them; the same post costs
once a day (docs/platforms/x.md).

"Not found" of a post of the account, which itself has just been read, is `removed`: X documents it as
"doesn't exist or has been deleted". Of somebody else's it may be that they closed their account:
`unavailable`. docs/platforms/x.md says what the API never gives.
"""

from recordroom.platforms.x.api import consented, renew
from recordroom.platforms.x.asking import read_cursor
from recordroom.platforms.x.parse import parse, saved
from recordroom.platforms.x.platform import PLATFORM
from recordroom.platforms.x.walk import fetch, identify, lookup, totals

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
