"""Mastodon: an account's profile, statuses, and boosts, and all replies to them.

They are read from the account's own instance. The API: https://docs.joinmastodon.org/methods/, compared with
the OpenAPI description of version 4.7.

platform       limits, permalinks
api            requests, failures
crawl          what is read, and in which order
conversations  statuses, their contexts and histories
inbox          mentions by others, and private mentions
blocks         blocks, mutes, and filters of the account
lookup         archived records, by their IDs
state          the cursor, and what the modules above share
lineage        the statuses above a status, up to the top of its conversation
parse          records
content        text, links, and files of a status
statuses       the fields of statuses that a crawl reads
schema         the shapes of responses, the keys of contexts

Edits have their own times, and a status without one was never edited: `valid_from` is the platform's own
statement. docs/platforms/mastodon.md says what the API never gives.
"""

from recordroom.platforms.mastodon.crawl import fetch, identify, read_cursor, totals
from recordroom.platforms.mastodon.lookup import lookup
from recordroom.platforms.mastodon.parse import parse, saved
from recordroom.platforms.mastodon.platform import PLATFORM

__all__ = ["PLATFORM", "fetch", "identify", "lookup", "parse", "read_cursor", "saved", "totals"]
