"""Instagram's professional accounts: the profile, posts, reels and stories, posts of others that tag the
account, comments and replies.

Read (https://developers.facebook.com/docs/instagram-platform/reference/ and /instagram-graph-api/reference/,
2026-11-25; fields checked against the PyPI package facebook-business 26): /me, /<user>
the profile, in every window /<user>/stories                     first, because each is shown for 24 hours
only /<user>/tags                        posts of others in which the account is tagged /<user>/media
posts and reels, the newest 10,000 /<media>/comments                   newest first, 50 a page, each with the
first replies to it /<comment>/replies                  the rest of them, where that list is cut
/<account>/conversations            direct messages, where the register asks for them (meta_inbox.py) /<id>,
/?ids=                       what was expected and not seen

One API behind two logins. A token of Instagram's own login asks graph.instagram.com, where /me is the
account: there `id` is the app's own number of it and `user_id` the one that is the same everywhere. One of
Facebook's login asks graph.facebook.com, where /me is a Page, a person or a system user, and the account is
that of a Page. Facebook's tokens begin with EAA (seen in all of its examples, not promised).

A story that ends is no removal: from 24 hours after its publication on it is `unavailable`, by the platform,
and no number of them that end at once is doubted. Addresses of files are signed anew in every answer: a file
is called by the id of its media. No edit has a time. `comments_count` holds replies, and comments of
restricted people that nobody is shown. Error 100 says that something is gone or must not be seen, never which
of them. docs/platforms/instagram.md says what the API never gives.
"""

from recordroom.platforms.instagram.api import consented, inspect, renew
from recordroom.platforms.instagram.crawl import fetch, identify, lookup, read_cursor, totals
from recordroom.platforms.instagram.parse import parse, saved
from recordroom.platforms.instagram.platform import PLATFORM

__all__ = [
    "PLATFORM",
    "consented",
    "fetch",
    "identify",
    "inspect",
    "lookup",
    "parse",
    "read_cursor",
    "renew",
    "saved",
    "totals",
]
