"""Bluesky: an account's profile, posts, and reposts, and all replies to them.

They are read from the network's public AppView, without a session. A session of the account, for its app
password, is needed for notifications and private messages, which its own server gives.

platform       limits, hosts, permalinks
api            requests, servers of repositories, failures, sessions
crawl          what is read, and in which order
lookup         archived posts, by their addresses
conversations  the feed, and the conversations of its posts
mentions       quotes and notifications
parse          records
messages       private messages and their records
blocks         whom the account blocks, and replies that blocks hide
state          the cursor, and what else all of these share while they read
content        text, links, and files of a post
schema         the shapes of responses, the keys of contexts

The API: https://docs.bsky.app/docs/api/, compared with the lexicons of the PyPI package atproto and with a
network on one machine. docs/platforms/bluesky.md says what the API never gives.
"""

from recordroom.platforms.bluesky.api import renew
from recordroom.platforms.bluesky.crawl import fetch, identify, read_cursor, totals
from recordroom.platforms.bluesky.lookup import lookup
from recordroom.platforms.bluesky.parse import parse, saved
from recordroom.platforms.bluesky.platform import PLATFORM

__all__ = ["PLATFORM", "fetch", "identify", "lookup", "parse", "read_cursor", "renew", "saved", "totals"]
