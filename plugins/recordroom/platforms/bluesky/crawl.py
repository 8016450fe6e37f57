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

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange, Identity, Totals
from recordroom.platforms import blocklist
from recordroom.platforms.bluesky.api import Servers, error_in, name_in, request
from recordroom.platforms.bluesky.blocks import read_blocks
from recordroom.platforms.bluesky.conversations import Conversations
from recordroom.platforms.bluesky.mentions import Mentions
from recordroom.platforms.bluesky.messages import PERMISSION, ChatBox, Chats
from recordroom.platforms.bluesky.platform import COUNTED, NETWORK, SIGN_IN
from recordroom.platforms.bluesky.schema import PROFILE, BlueskyContext
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.crawl import Cursor, with_context
from recordroom.platforms.lookups import IdSet
from recordroom.platforms.paging import NextOf, Params, follow_cursors
from recordroom.platforms.schema import load_content
from recordroom.platforms.unread import UnreadConversations

if TYPE_CHECKING:
    from recordroom.register.models import Account


def identify(account: Account, client: Client) -> Identity:
    """Return the account of `account.url`.

    A DID in it remains valid when the handle changes.
    """
    exchange = request(account, client, "app.bsky.actor.getProfile", {"actor": name_in(account)})
    if exchange.status != 200:
        raise AccountUnavailable(
            f"{account.url}: {error_in(exchange)}", "Check its address in the register.", exchange
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
    """Read a window of the account (see the module docstring)."""
    yield from BlueskyCrawl(account, client, window).fetch()


@dataclass
class BlueskyCursor(Cursor):
    """The rest of a crawl of Bluesky. Posts are given by their addresses."""

    page: str | None = None  # cursor of the next page of the feed
    listed: bool = False  # there is no next page
    threads: list[str] = field(default_factory=list)  # posts whose conversations to request
    # Replies that may have replies, with the account's root post whose conversation may show them.
    below: dict[str, str] = field(default_factory=dict)
    # Replies that conversations hide, with who hides them, why, and in which root post's conversation: three
    # values for each conversation. A blocked reply has two.
    posts: dict[str, list[str | None]] = field(default_factory=dict)
    # Posts whose conversations were queued since the last page, as another one did not show their replies.
    asked: list[str] = field(default_factory=list)
    quotes: list[str] = field(default_factory=list)  # posts whose quotes to request
    notices: str | None = None  # cursor of the next page of notifications
    named: bool = False  # the mentions were read
    box: ChatBox = field(default_factory=ChatBox)  # the private messages
    lacking: list[str] = field(default_factory=list)  # what is not given, in words

    def turn_page(self, page: str | None) -> BlueskyCursor:
        """Return the cursor behind a page, with what later pages may still show."""
        return BlueskyCursor(
            page, listed=page is None, below=self.below, unread=self.unread, unknown=self.unknown
        )


read_cursor = BlueskyCursor.read


class BlueskyCrawl:
    """One pass over an account: the crawl of a window, or the requests of a lookup.

    window: the window of the crawl; a full one for a lookup.
    me: DID of the account.
    context: the context of each request.
    todo: the cursor, which the crawl changes while it reads.
    unread: the conversations that were not given.
    since: posts published before are not in the window. None: there is no limit.
    given: posts that were given, above all by conversations, which know best what is hidden.
    """

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.account, self.client, self.window = account, client, window or Window("full")
        self.me = account.known.native_id
        self.context: BlueskyContext = {"account": self.me, "server": account.known.server}
        self.todo = BlueskyCursor.read(self.window.cursor) if self.window.cursor else BlueskyCursor()
        self.unread = UnreadConversations(self.window, self.todo.unread)
        self.since = self.window.since if self.window.kind == "recent" else None
        self.given = IdSet()
        self.servers = Servers(account, client, self.me)
        self.mentions = Mentions(self)
        self.conversations = Conversations(self)

    def fetch(self) -> Iterator[Exchange]:
        """Read the window. Each exchange has the cursor from which another crawl goes on."""
        window = self.window
        if not window.cursor:
            profile = self.request_profile()
            if window.kind == "one":
                self.conversations.start_at(window.url or "")
            yield self.at_cursor(self.with_servers(profile, [self.me]))
        elif self.unread.words:  # nothing that is read from here on may report it
            yield self.with_missing(self.with_servers(self.request_profile(), [self.me]))
        yield from self.conversations.read_pending()
        if not self.todo.listed:
            yield from self.conversations.read_feed()
        if self.client.secrets.get("password") and window.kind != "one" and not self.todo.named:
            yield from self.mentions.read_notices()
        if window.reads_messages and window.kind != "one" and not self.todo.box.done:
            yield from self._read_messages()
        if window.kind in blocklist.WINDOWS:
            yield from read_blocks(self)
        self.unread.end()

    def _read_messages(self) -> Iterator[Exchange]:
        """Read private messages, or report a refusal.

        A crawl that resumes after a refusal requests them again.
        """
        pages = Chats(self.own_pages, self.window, self.todo.box, lambda: self.todo.cursor).read()
        while True:
            try:
                page = next(pages, None)
            except PlatformFailure as failure:
                answer = self._answer_of(failure)
                fails = isinstance(failure, UnexpectedResponse) and not 400 <= answer.status < 500
                needed = "" if fails else f": needed is {PERMISSION}"
                words = f"{failure.message[:200]}{needed}"
                context = {**self.context, "not_given": True, "messages_refused": words}
                yield self.at_cursor(replace(answer, context=context))
                return
            if page is None:
                return
            yield page

    # -- requests --

    def get(self, method: str, params: Mapping[str, Any], *more: int) -> Exchange:
        """Request a method of the AppView.

        more: statuses that are no failure (see `api.request`).
        """
        return request(self.account, self.client, method, params, context=self.context, more=more)

    def request_profile(self) -> Exchange:
        return self.get("app.bsky.actor.getProfile", {"actor": self.me})

    def own_pages(
        self,
        method: str,
        params: Params,
        next_of: NextOf,
        start: str | None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Iterator[Exchange]:
        """Read pages of the account's own server, with its session."""
        server, token = self.servers.find_own(), self.client.secrets.get("token")
        if server is None or not token:
            raise Blocked("the account's server gave no session for an app password", SIGN_IN)
        yield from follow_cursors(
            self.client,
            f"{server}/xrpc/{method}",
            params,
            next_of,
            headers={"Authorization": f"Bearer {token}", **headers},
            context=self.context,
            expect=(200, 400, 401, 403),
            start=start,
        )

    # -- what exchanges say --

    def with_servers(self, answer: Exchange, dids: Iterable[str]) -> Exchange:
        """Return the response with the servers of these people.

        These servers have the original files. None in place of a server that is not known now.
        """
        servers = {
            did: server
            for did in dict.fromkeys(dids)
            if (server := self.servers.find(did)) or did in self.servers.unreachable
        }
        return with_context(answer, servers=servers)

    def with_file_servers(self, answer: Exchange, posts: Iterable[Mapping[str, Any]]) -> Exchange:
        """Return the response with the servers of the authors of posts with files."""
        authors = [
            post["author"]["did"] for post in posts if '"blob"' in json.dumps(post["record"].get("embed"))
        ]
        return self.with_servers(answer, authors)

    def at_cursor(self, exchange: Exchange) -> Exchange:
        """Return the exchange with the cursor as it is now."""
        return replace(exchange, cursor=self.todo.cursor)

    def with_missing(self, exchange: Exchange) -> Exchange:
        """Return the exchange with the cursor, and with what is missing (`short`)."""
        words = "; ".join(filter(None, [*self.todo.lacking, self.unread.words]))
        short = f"{words}; docs/platforms/bluesky.md says what to do"
        context = {**self.context, **exchange.context, "short": short}
        return self.at_cursor(replace(exchange, context=context))

    def report_missing(self, answer: Exchange, what: str) -> Exchange:
        """Report that something is missing.

        answer: the response that refuses it; no record is read from it.
        what: what is missing, in words.
        """
        self.todo.lacking.append(what)
        return self.with_missing(with_context(answer, not_given=True))

    def report_refusal(self, failure: PlatformFailure, what: str) -> Exchange:
        """Report that the account's own server does not give something."""
        return self.report_missing(self._answer_of(failure), f"{what}: {failure.message[:200]}")

    def _answer_of(self, failure: PlatformFailure) -> Exchange:
        """Return the response of a failure, or that of the profile.

        The failure is raised if a corrected connector may read the response.
        """
        answer = failure.exchange or self.account.known.exchange
        if answer is None or (isinstance(failure, UnexpectedResponse) and failure.misshapen):
            raise failure
        return answer
