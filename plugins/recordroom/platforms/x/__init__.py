"""X: an account's posts, the replies to them, and posts that name the account.

Its profile, reposts, quotes, replies, and private messages are captured, too.

platform       limits, prices, consent, permalinks
api            requests, failures, tokens
crawl          what is read, and in which order
cursor         what is still to read
posts          requests for posts by their IDs
conversations  the search for conversations, and who began them
messages       private messages, and blocked and muted people
lookup         single records
parse          records
entities       posts and responses, as far as `crawl` and `parse` both need them
schema         fields

The API is version 2, https://docs.x.com/x-api (OpenAPI description 2.167, 2026-11-25).

An edit is a post with a new ID, and `edit_history_post_ids` names all versions, the oldest first. The record
is the first of them, whatever its ID is today; each later one is a version with its own time. Lists give the
newest version, and include earlier ones. A request by the first ID gives the first version, which is never
read as the current one.

"Not found" of a post of the account means `removed`, and of a post of others `unavailable` (lookup.py).
docs/platforms/x.md says what the API never gives.
"""

from recordroom.platforms.x.api import consented, renew
from recordroom.platforms.x.crawl import fetch, identify, totals
from recordroom.platforms.x.cursor import read_cursor
from recordroom.platforms.x.lookup import lookup
from recordroom.platforms.x.parse import parse, saved
from recordroom.platforms.x.platform import PLATFORM

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
