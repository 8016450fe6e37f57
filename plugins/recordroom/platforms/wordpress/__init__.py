"""WordPress: a whole site with its posts, pages and everybody's comments, through the REST API that every
site since 4.7 has.

Read (https://developer.wordpress.org/rest-api/reference/, tried on WordPress 6.1; <root> is /wp-json or
  /?rest_route=): <root>/                              what the site calls itself: its profile; `home` is its
  identity <root>/wp/v2/posts, /pages           what it published, with author, featured image and terms
  embedded <root>/wp/v2/posts/<n>/revisions     earlier texts (only with an application password)
  <root>/wp/v2/comments                with an application password in every status, else what is public
  <root>/wp/v2/users, /users/me        who writes for the site; whether the password still works and may do
  enough

Never captured: drafts. Lists that could hold words that were never public are asked for without their words
first (`_fields`): the trash (which keeps discarded drafts: a slug shows that a post once had an address), the
revisions (which hold the drafts before publication and autosaves), and a known post that a window no longer
shows (which may be a draft again: `hidden`). Private posts are published to the site's own editors only: they
are never listed, and a post that becomes private is `hidden`. Posts are asked for in the context `view`,
since `edit` would bring their passwords; a password-protected one is then asked for apart, field by field.
Comments are asked for in the context `edit`: the address they were sent from is part of the record (evidence
only).

The API never gives: earlier texts of comments; who moderated; earlier texts of a post first published through
the API itself before 6.4 (no revision is made then); custom post types (they have routes of their own).
`modified_gmt` moves with any change of a post's settings too. Dates ending in _gmt are UTC without saying so.
A post's revision carries the `modified_gmt` that the post had then.
"""

from recordroom.platforms.wordpress.platform import PLATFORM as PLATFORM
from recordroom.platforms.wordpress.records import parse as parse
from recordroom.platforms.wordpress.records import saved as saved
from recordroom.platforms.wordpress.walk import fetch as fetch
from recordroom.platforms.wordpress.walk import identify as identify
from recordroom.platforms.wordpress.walk import lookup as lookup
from recordroom.platforms.wordpress.walk import read_cursor as read_cursor
from recordroom.platforms.wordpress.walk import totals as totals
