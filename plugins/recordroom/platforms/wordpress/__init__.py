"""WordPress: profile, posts, and pages of a site, with everybody's comments.

Modules: `platform` (limits, permalinks, what was never public), `api` (requests, refusals, lists), `crawl`
(what is read, and in which order), `lookup` (single records), `parse` and `posts` (records), `schema`
(fields).

The REST API is that of every site since WordPress 4.7, https://developer.wordpress.org/rest-api/reference/,
tried on WordPress 6.1. Its root is /wp-json or /?rest_route=. `home` is the identity of a site. An
application password shows comments in every status, and earlier texts of posts; without one, only what is
public is read.

Drafts are never captured. Private posts are published to the site's own editors only: they are never listed,
and a post that becomes private is `hidden`, as one that is a draft again. Posts are requested in the context
`view`, since `edit` would give their passwords; a password-protected one is then requested alone, field by
field. Comments are requested in the context `edit`: the address from which one was sent is part of the
evidence, and of no record.

The API never gives: earlier texts of comments; who moderated; earlier texts of a post that was first
published through the API itself before 6.4 (no revision is made then); custom post types (they have routes of
their own). `modified_gmt` also changes with the settings of a post. Dates that end in _gmt are UTC, and do
not say so. A post's revision has the `modified_gmt` that the post had then.
"""

from recordroom.platforms.wordpress.crawl import fetch, identify, read_cursor, totals
from recordroom.platforms.wordpress.lookup import lookup
from recordroom.platforms.wordpress.parse import parse, saved
from recordroom.platforms.wordpress.platform import PLATFORM

__all__ = ["PLATFORM", "fetch", "identify", "lookup", "parse", "read_cursor", "saved", "totals"]
