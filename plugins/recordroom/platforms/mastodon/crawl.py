"""The crawl of a Mastodon account: its requests, in their order.

    /api/v1/accounts/:id                         the profile, in every window
    /api/v1/accounts/:id/statuses                statuses, boosts, and replies of the account, newest first
      /api/v1/statuses/:id/context               the replies to a status, and the replies to those
      /api/v1/statuses/:id/history               all states of an edited status
      /api/v1/statuses?id[]=                     replies of the account in other conversations (lineage.py)
    /api/v1/notifications                        statuses that mention or quote the account (inbox.py)
    /api/v1/conversations                        private mentions (inbox.py)
    /api/v1/blocks, mutes, domain_blocks, filters (blocks.py)

A context shows an anonymous reader 60 replies, at most 20 deep. If a status counts more replies than a
context shows, its own context is requested.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from recordroom.errors import AccountUnavailable
from recordroom.model import Exchange, Identity, Totals
from recordroom.platforms import blocklist
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.http import PatientClient, require_path_segment
from recordroom.platforms.mastodon.api import Api, base_of
from recordroom.platforms.mastodon.blocks import read_lists
from recordroom.platforms.mastodon.conversations import Conversations
from recordroom.platforms.mastodon.inbox import Mentions, PrivateMentions
from recordroom.platforms.mastodon.platform import NAME, WINDOW
from recordroom.platforms.mastodon.schema import ACCOUNT, INSTANCE, PROFILE
from recordroom.platforms.mastodon.state import MastodonCursor, MastodonState
from recordroom.platforms.schema import load_content

if TYPE_CHECKING:
    from recordroom.register.models import Account


def identify(account: Account, client: Client) -> Identity:
    """Return the account of `account.url`, and what its server calls itself."""
    parts = urlsplit(account.url)
    name = NAME.match(parts.path)
    if not name:
        raise AccountUnavailable(
            f"{account.url} is not the address of a Mastodon account",
            "Use this form: https://<instance>/@<name>.",
        )
    api, base = Api(client), base_of(account)
    exchange = api.get(f"{base}/api/v1/accounts/lookup", {"acct": name[1]})
    found = load_content(exchange)
    ACCOUNT.check(found, exchange, "")
    PROFILE.check(found, exchange, "")
    if found.get("suspended"):
        raise AccountUnavailable(
            f"{account.url} is suspended by its instance", "Ask the instance's administrators.", exchange
        )
    instance = api.get(f"{base}/api/v2/instance", expect=(200, 404))
    server = parts.netloc
    if instance.status == 200:  # 404: older than Mastodon 4.0
        INSTANCE.check(load_content(instance), instance, "")
        server = load_content(instance)["domain"]
    return Identity(str(found["id"]), server.lower(), found["display_name"] or None, found["acct"], exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """Return how many statuses the account has.

    `own`: all of them, with boosts, replies, and those for followers; without private mentions.
    """
    url = f"{base_of(account)}/api/v1/accounts/{require_path_segment(account.known.native_id)}"
    exchange = account.known.exchange or Api(client).get(url)
    found = load_content(exchange)
    PROFILE.check(found, exchange, "")
    return Totals({"own": found["statuses_count"]}, exchange)


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """Read a window of the account (see the module docstring).

    Each exchange has the cursor from which another crawl goes on. A sweep waits for the rate limit, since no
    later capture resumes its list.
    """
    patient = PatientClient(client, within=WINDOW) if window.kind == "full" else client
    state = MastodonState(account, patient, window)
    instance, conversations = state.instance, Conversations(state)
    if not window.cursor:
        if window.kind == "one":
            conversations.start_at(window.url or "")
        yield state.at_cursor(instance.profile())
    elif state.unread.words:  # nothing that is read from here on may report it
        yield state.with_missing(instance.profile())
    yield from conversations.read_pending()
    if not state.todo.listed:
        yield from conversations.read_list()
    if instance.signed_in and window.kind != "one" and not state.todo.named:
        yield from Mentions(state, conversations).read()
    if window.reads_messages and window.kind != "one" and not state.todo.heard:
        yield from PrivateMentions(state, conversations).read()
    if window.kind in blocklist.WINDOWS and instance.signed_in:
        yield from read_lists(state)
    state.unread.end()


read_cursor = MastodonCursor.read
