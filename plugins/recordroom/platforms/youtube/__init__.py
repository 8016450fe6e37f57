"""YouTube: the profile, videos, shorts, and broadcasts of a channel, with all comments.

Modules: `platform` (limits, consent, permalinks), `api` (requests, failures, tokens), `crawl`,
`conversations`, and `captions` (what is read, and in which order), `cursor` (what is still to read), `lookup`
(single records), `parse` and `entities` (records), `schema` (fields).

An API key is enough for what is public; the owner's consent shows more. The Data API v3,
https://developers.google.com/youtube/v3/docs; fields were compared with the discovery document in the PyPI
package google-api-python-client. Most requests cost one unit of the day's quota; docs/platforms/youtube.md
says what a day costs, and what the API never gives.

A comment is requested as HTML, which has its links. Its text is what its author typed (`textOriginal`), where
YouTube gives that.
"""

from recordroom.platforms.youtube.api import consented, renew
from recordroom.platforms.youtube.crawl import fetch, identify, totals
from recordroom.platforms.youtube.cursor import read_cursor
from recordroom.platforms.youtube.lookup import lookup
from recordroom.platforms.youtube.parse import parse, saved
from recordroom.platforms.youtube.platform import PLATFORM

__all__ = [
    "PLATFORM", "consented", "fetch", "identify", "lookup", "parse", "read_cursor", "renew", "saved",
    "totals",
]  # fmt: skip
