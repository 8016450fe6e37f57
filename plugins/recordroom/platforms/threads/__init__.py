"""Threads: the profile, posts, ghost posts, quotes, reposts, all replies at any depth, replies in other
people's conversations, mentions.

Read (https://developers.facebook.com/docs/threads/, 2026-11-25): /me                                 the
  profile, in every window /<user>/ghost_posts                 texts for a day, which the account archives
  then /<user>/threads                     posts, quotes and reposts /<post>/conversation?reverse=false  all
  replies in one flat list, oldest first; each names what it answers /<post>/insights
  counts; of a post all of its replies, at any depth /<post>/pending_replies             replies that wait for
  the account's approval, and those that it has ignored /<user>/mentions                    posts of others
  that name the account /<user>/replies                     what the account writes into conversations; those
  that are its own are read above /<id>                               what was expected and not seen

Pages: `paging.cursors.after` is to be put into the next request; no next address is promised, and no cursor
where there is one page. So a page that has one is followed, until one is empty. Only documented fields are
asked of each list: a reply's alternative text is none.

Of other people there is a name and no id; a private one has not even that. A parent that was deleted is not
named any more: the one that was seen first is kept. `hide_status` says what the account has hidden, and whom
it has blocked or restricted. No edit has a time.
"""

from recordroom.platforms.threads.api import consented, renew
from recordroom.platforms.threads.crawl import fetch, identify, lookup, read_cursor, totals
from recordroom.platforms.threads.parse import parse, saved
from recordroom.platforms.threads.platform import PLATFORM

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
