"""Mastodon: an account's profile, posts, boosts and answers, and everybody's answers to them, from the
account's own instance.

Read (https://docs.joinmastodon.org/methods/, checked against the OpenAPI description of version 4.7):
  /api/v1/accounts/lookup, /api/v2/instance    who the account is, and what its server calls itself
  /api/v1/accounts/:id                         its profile, in every window /api/v1/accounts/:id/statuses
  what it published, newest first: posts, boosts, its own answers /api/v1/statuses/:id/context
  the answers to a post, and the answers to those /api/v1/statuses/:id/history                 every state of
  an edited status /api/v1/notifications                        who names or quotes the account and answers
  nothing of it (notices.py) /api/v1/notifications                        also which of its statuses
  moderators deleted (moderators.py) /api/v1/conversations, blocks, mutes, ...    private mentions, and whom
  the account keeps away (inbox.py) /api/v1/statuses?id[]=                       single statuses: own answers
  elsewhere, and what a window no longer shows

The list alone cannot say whose conversation an answer of ours belongs to, so `parse` leaves it to the
exchange that can: the context of our post, or a request by id once `fetch` has climbed to the top of that
conversation. Where a status counts more replies than a context shows (an anonymous reader gets 60, at most 20
deep), that status' own context is asked for. What our answers answer in other people's conversations is no
record of ours; it is not stored as one.

A deleted, hidden, blocked and no longer public status are one 404 to the API: `unavailable`, not `removed`,
unless moderators told the account that they deleted it. Edits have their own times, and a status without one
was never edited; so `valid_from` is the platform's own word. docs/platforms/mastodon.md says what the API
never gives.
"""

from recordroom.platforms.mastodon.asking import read_cursor
from recordroom.platforms.mastodon.platform import PLATFORM
from recordroom.platforms.mastodon.records import parse, saved
from recordroom.platforms.mastodon.walk import fetch, identify, lookup, totals

__all__ = ["PLATFORM", "fetch", "identify", "lookup", "parse", "read_cursor", "saved", "totals"]
