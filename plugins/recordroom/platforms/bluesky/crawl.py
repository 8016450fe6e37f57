"""The crawl of a Bluesky account: its requests, in their order.

    app.bsky.actor.getProfile            the profile, in every window
    app.bsky.feed.getAuthorFeed          posts with their conversations and quotes (conversations.py)
    app.bsky.notification.listNotifications   who mentions, quotes, or replies to the account (mentions.py)
    chat.bsky.convo.listConvos           private messages (messages.py)
    com.atproto.repo.listRecords         whom the account blocks (blocks.py)

Notifications and messages need a session of the account. com.atproto.sync.getBlob of an author's own server
has images and videos as they were uploaded; records name it, and the core downloads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from recordroom.errors import AccountUnavailable
from recordroom.model import Exchange, Identity, Totals
from recordroom.platforms import blocklist
from recordroom.platforms.bluesky.api import Api, error_in, name_in, request
from recordroom.platforms.bluesky.blocks import read_blocks
from recordroom.platforms.bluesky.conversations import Conversations
from recordroom.platforms.bluesky.mentions import read_notices
from recordroom.platforms.bluesky.messages import read_chats
from recordroom.platforms.bluesky.platform import COUNTED, NETWORK
from recordroom.platforms.bluesky.schema import PROFILE
from recordroom.platforms.bluesky.state import BlueskyCursor, CrawlState
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.schema import load_content

if TYPE_CHECKING:
    from recordroom.register.models import Account

read_cursor = BlueskyCursor.read


def identify(account: Account, client: Client) -> Identity:
    """Return the account of `account.url`.

    A DID in it remains valid when the handle changes.
    """
    exchange = request(account, client, "app.bsky.actor.getProfile", {"actor": name_in(account)})
    if exchange.status != 200:
        raise AccountUnavailable(
            f"{account.url}: {error_in(exchange)}", "Check the account's address in the register.", exchange
        )
    found = load_content(exchange)
    PROFILE.check(found, exchange, "")
    return Identity(found["did"], NETWORK, found.get("displayName") or None, found["handle"], exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """Return how many posts and replies the account has (`own`), without reposts."""
    exchange = request(account, client, "app.bsky.actor.getProfile", {"actor": account.known.native_id})
    found = load_content(exchange)
    count = found.get("postsCount") if isinstance(found, dict) and exchange.status == 200 else None
    return Totals({"own": count}, exchange, COUNTED) if isinstance(count, int) else None


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """Read a window of the account (see the module docstring).

    Each exchange has the cursor from which another crawl goes on.
    """
    api = Api(account, client)
    state = CrawlState(api, window)
    conversations = Conversations(state)
    if not window.cursor:
        profile = api.request_profile()
        if window.kind == "one":
            conversations.start_at(window.url or "")
        yield state.at_cursor(state.with_servers(profile, [api.me]))
    elif state.unread.words:  # nothing that is read from here on may report it
        yield state.with_missing(state.with_servers(api.request_profile(), [api.me]))
    yield from conversations.read_pending()
    if not state.todo.listed:
        yield from conversations.read_feed()
    if client.secrets.get("password") and window.kind != "one" and not state.todo.named:
        yield from read_notices(state)
    if window.reads_messages and window.kind != "one" and not state.todo.box.done:
        yield from read_chats(state)
    if window.kind in blocklist.WINDOWS:
        yield from read_blocks(state)
    state.unread.end()
