"""RSS and Atom: the entries that a site's feed shows, and the feed's own title and description as its
profile.

Read with feedparser (https://feedparser.readthedocs.io/), markup neither sanitised nor resolved there, so
that it stays as it came. A feed is asked for with the ETag and Last-Modified of the last capture; "304,
unchanged" is kept as the proof that we looked. The nightly `full` asks without them, in case a server's
validators are wrong. Pages linked as rel="next" or "prev-archive" (RFC 5005; Blogger has them) are followed
in the windows `history` and `full`.

A feed never gives: deletions (an entry leaves when newer ones come, so nothing that leaves is called
removed), entries older than its window, most comments, who edited. RSS has no stamp of an edit; Atom's
`updated` is one (alone, it does not tell when an entry was published). A date without a zone is not guessed:
the field stays empty and `leftover` says so. An entry without guid (or with a guid that another entry of the
feed has too) is named as names.py says. Entries of a comments feed (WordPress' /comments/feed/, Blogger's)
are comments; which record of ours they answer the feed does not say: their link does.

A feed without entries is a success, for a new site has one. Where the archive holds entries of it and it has
elements that nobody knows, their name may have changed: that is an UnexpectedResponse, which names these, and
no quiet end of what the site says.
"""

from recordroom.platforms.feed.platform import PLATFORM
from recordroom.platforms.feed.records import parse, saved
from recordroom.platforms.feed.walk import fetch, identify, lookup, read_cursor, totals

__all__ = ["PLATFORM", "fetch", "identify", "lookup", "parse", "read_cursor", "saved", "totals"]
