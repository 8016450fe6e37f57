"""Facebook Pages: profile, posts, reels, stories, comments, private messages.

Modules: `platform` (limits, consent, addresses), `api` (tokens), `crawl`, `conversations`, and `files` (what
is read, and in which order), `cursor` (what is still to read), `lookup` (single records), `parse` and
`content` (records), `schema` (fields). The package `meta` has what Meta's platforms share.

The Page's own token is needed. Version 26.0 of the Graph API,
https://developers.facebook.com/docs/graph-api/reference/; fields were compared with the PyPI package
facebook-business 26. With the token of a person, comments come back empty and look as if there were none.

A record is read from one response. Before a page of posts is given, its photos and videos are requested, and
what they say is added to the context of the page. The comments on a single photo of several are a
conversation of their own below the post. A visitor's post is a `comment` that answers nothing, and a comment
on it is a `reply`. docs/platforms/facebook.md says what the API never gives.
"""

from recordroom.platforms.facebook.api import consented, inspect
from recordroom.platforms.facebook.crawl import fetch, identify, totals
from recordroom.platforms.facebook.cursor import read_cursor
from recordroom.platforms.facebook.lookup import lookup
from recordroom.platforms.facebook.parse import parse, saved
from recordroom.platforms.facebook.platform import PLATFORM

__all__ = [
    "PLATFORM", "consented", "fetch", "identify", "inspect", "lookup", "parse", "read_cursor", "saved",
    "totals",
]  # fmt: skip
