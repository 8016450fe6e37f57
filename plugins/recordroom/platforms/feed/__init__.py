"""RSS and Atom: the entries that a feed shows, and the feed as the profile.

Modules: `platform` (limits), `crawl` (requests, and what the order of entries says), `reader` (how feedparser
is called), `parse` and `content` (records), `entry_ids` (entries without a guid), `schema` (elements).

A feed is read with feedparser (https://feedparser.readthedocs.io/), which neither sanitizes nor resolves
markup here, so that it stays as it came. A feed is requested with the ETag and Last-Modified of the last
capture; "304, unchanged" is kept as the proof of the capture. The nightly `full` requests it without them, in
case a server's validators are wrong. Pages linked as rel="next" or "prev-archive" (RFC 5005; Blogger has
them) are followed in the windows `history` and `full`.

A feed never gives: deletions (an entry leaves when newer ones come, so that no entry that leaves is called
removed), entries older than its window, most comments, who edited. RSS has no time of an edit. Atom's
`updated` is one; alone, it does not say when an entry was published. A date without a zone is not guessed:
the field stays empty, and `leftover` says so. Entries of a comments feed (WordPress' /comments/feed/,
Blogger's) are comments. The feed does not say which record they reply to; their link does.

A feed without entries is a success, since a new site has none. If the archive holds entries of it, and it
has unknown elements, the name of the entries may have changed. That is an UnexpectedResponse that names these
elements: nothing is concluded.
"""

from recordroom.platforms.feed.crawl import fetch, identify, lookup, read_cursor, totals
from recordroom.platforms.feed.parse import parse, saved
from recordroom.platforms.feed.platform import PLATFORM

__all__ = ["PLATFORM", "fetch", "identify", "lookup", "parse", "read_cursor", "saved", "totals"]
