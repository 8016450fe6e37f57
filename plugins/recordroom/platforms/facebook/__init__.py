"""Facebook Pages: a Page's profile, posts and reels, what visitors write on its wall, and all comments, with
the Page's own token.

Read (Graph API, https://developers.facebook.com/docs/graph-api/reference/; fields checked against the PyPI
  package facebook-business 26): /me                                 whose token it is: with a person's,
  comments come back empty and look like none /<page>                             the profile, in every window
  /<page>/stories                     first, because each is shown for a day only (stories.py)
  /<page>/published_posts             what the Page published /<page>/feed                        what
  visitors wrote on the wall, posts that tag the Page, and posts that the list above left out
  /<page>/video_reels                 reels of which neither list has the post /<post>/comments?filter=stream
  comments and replies in one list, oldest first (the default filter leaves replies out) /<page>/conversations
  private messages, where the register asks for them (../meta_inbox.py) /<page>/blocked
  whom the Page has blocked (../moderation.py) /<id>, /?ids=                       posts and comments, and
  what only a photo itself says: its full size, its alternative text

A record is read from one answer. What only the photos of a post say is asked for before the page of posts is
given out, and stands in its context; the comments on a single photo of several are a thread of their own
below the post. The lists promise no order: none is cut short at the first old post. `updated_time` moves with
each new comment: it finds old posts with new comments, and is no time of an edit.

A visitor's post is no `post` of ours but a `comment`, which answers nothing; what answers it is a `reply`.
Error 100 says that an object is gone or must not be seen, never which of them: `unavailable`.
docs/platforms/facebook.md says what the API never gives.
"""

from recordroom.platforms.facebook.asking import read_cursor as read_cursor
from recordroom.platforms.facebook.platform import PLATFORM as PLATFORM
from recordroom.platforms.facebook.records import parse as parse
from recordroom.platforms.facebook.records import saved as saved
from recordroom.platforms.facebook.tokens import consented as consented
from recordroom.platforms.facebook.tokens import inspect as inspect
from recordroom.platforms.facebook.walk import fetch as fetch
from recordroom.platforms.facebook.walk import identify as identify
from recordroom.platforms.facebook.walk import lookup as lookup
from recordroom.platforms.facebook.walk import totals as totals
