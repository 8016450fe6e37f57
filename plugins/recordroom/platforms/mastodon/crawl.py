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

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field

from recordroom.errors import AccountUnavailable, UnexpectedResponse
from recordroom.model import UNAVAILABLE, Exchange, Identity, Totals
from recordroom.platforms import blocklist
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.crawl import Cursor, with_context
from recordroom.platforms.http import Patient, in_path, told_by
from recordroom.platforms.lookups import Ids
from recordroom.platforms.mastodon.api import Api, Instance, base_of
from recordroom.platforms.mastodon.blocks import read_lists
from recordroom.platforms.mastodon.conversations import Conversations
from recordroom.platforms.mastodon.inbox import Mentions, PrivateMentions
from recordroom.platforms.mastodon.lineage import Lineage
from recordroom.platforms.mastodon.platform import NAME, WINDOW
from recordroom.platforms.mastodon.schema import ACCOUNT, INSTANCE, PROFILE, error_in
from recordroom.platforms.schema import content_of
from recordroom.platforms.unread import Unread

if TYPE_CHECKING:
    from recordroom.register.models import Account


def identify(account: Account, client: Client) -> Identity:
    """Return the account of `account.url`, and what its server calls itself."""
    parts = urlsplit(account.url)
    name = NAME.match(parts.path)
    if not name:
        raise AccountUnavailable(
            f"{account.url} is not the address of a Mastodon account", "It reads https://<instance>/@<name>."
        )
    api, base = Api(client), base_of(account)
    exchange = api.get(f"{base}/api/v1/accounts/lookup", {"acct": name[1]})
    found = content_of(exchange)
    ACCOUNT.check(found, exchange, "")
    PROFILE.check(found, exchange, "")
    if found.get("suspended"):
        raise AccountUnavailable(
            f"{account.url} is suspended by its instance", "Ask the instance's administrators.", exchange
        )
    instance = api.get(f"{base}/api/v2/instance", expect=(200, 404))
    server = parts.netloc
    if instance.status == 200:  # 404: older than Mastodon 4.0
        INSTANCE.check(content_of(instance), instance, "")
        server = content_of(instance)["domain"]
    return Identity(str(found["id"]), server.lower(), found["display_name"] or None, found["acct"], exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """Return how many statuses the account has.

    `own`: all of them, with boosts, replies, and those for followers; without private mentions.
    """
    url = f"{base_of(account)}/api/v1/accounts/{in_path(account.known.native_id)}"
    exchange = account.known.exchange or Api(client).get(url)
    found = content_of(exchange)
    PROFILE.check(found, exchange, "")
    return Totals({"own": found["statuses_count"]}, exchange)


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """Read a window of the account (see the module docstring).

    A sweep waits for the rate limit, since no later capture resumes its list.
    """
    patient = Patient(client, within=WINDOW) if window.kind == "full" else client
    yield from MastodonCrawl(account, patient, window).fetch()


# [status, its kind, root_id, whether the conversation is ours, replies counted]; older cursors have no number
_Context = Annotated[list[Any], Field(min_length=4, max_length=5)]
_Below = Annotated[list[Any], Field(min_length=3, max_length=4)]  # the same without the status


@dataclass
class MastodonCursor(Cursor):
    """The rest of a crawl of Mastodon."""

    page: str | None = None  # max_id of the next page of the list
    listed: bool = False  # there is no next page
    contexts: list[_Context] = field(default_factory=list)  # contexts to request
    histories: list[dict[str, Any]] = field(default_factory=list)  # contexts of the histories to request
    answers: list[str] = field(default_factory=list)  # replies of the account whose places are not known yet
    asked: list[str] = field(default_factory=list)  # statuses whose contexts were queued since the last page
    # Requested at the end unless a conversation shows them: contexts by status; statuses, with their root_id.
    below: dict[str, _Below] = field(default_factory=dict)
    above: dict[str, str] = field(default_factory=dict)
    box: str | None = None  # address of the next page of private conversations
    heard: bool = False  # the private mentions were read
    notices: str | None = None  # address of the next page of notifications
    named: bool = False  # the mentions were read
    lacking: list[str] = field(default_factory=list)  # what is not given, in words

    def turn_page(self, page: str | None) -> MastodonCursor:
        """Return the cursor behind a page, with what later pages may still show."""
        return MastodonCursor(
            page,
            listed=page is None,
            below=self.below,
            above=self.above,
            unread=self.unread,
            unknown=self.unknown,
        )


read_cursor = MastodonCursor.read


class MastodonCrawl:
    """One pass over an account: the crawl of a window, or the requests of a lookup.

    window: the window of the crawl; a full one for a lookup.
    todo: the cursor, which the crawl changes while it reads.
    unread: the conversations that were not given.
    since: statuses published before are not in the window. None: there is no limit.
    given: the statuses that conversations showed.
    """

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.account, self.window = account, window or Window("full")
        self.instance = Instance(account, client)
        self.todo = MastodonCursor.read(self.window.cursor) if self.window.cursor else MastodonCursor()
        self.unread = Unread(self.window, self.todo.unread)
        self.since = self.window.since if self.window.kind == "recent" else None
        self.given = Ids()
        self.lineage = Lineage(self.instance, self.window)
        self.conversations = Conversations(self)

    def fetch(self) -> Iterator[Exchange]:
        """Read the window. Each exchange has the cursor from which another crawl goes on."""
        window, instance = self.window, self.instance
        if not window.cursor:
            if window.kind == "one":
                self.conversations.start_at(window.url or "")
            yield self.at_cursor(instance.profile())
        elif self.unread.words:  # nothing that is read from here on may report it
            yield self.with_missing(instance.profile())
        yield from self.conversations.read_pending()
        if not self.todo.listed:
            yield from self.conversations.read_list()
        if instance.signed_in and window.kind != "one" and not self.todo.named:
            yield from Mentions(self).read()
        if window.messages and window.kind != "one" and not self.todo.heard:
            yield from PrivateMentions(self).read()
        if window.kind in blocklist.WINDOWS and instance.signed_in:
            yield from read_lists(self)
        self.unread.end()

    def is_archived(self, native: str) -> bool:
        """Return whether the archive has a status, and not as unavailable.

        If one is available again, a notification may be all that shows it.
        """
        record_id = self.instance.record_id(native)
        known = self.window.known(record_id, anywhere=True)
        return self.window.holds(record_id) and (known is None or known.status != UNAVAILABLE)

    def read_in_halves(
        self,
        read: Callable[[Sequence[str]], Iterable[Exchange]],
        natives: Sequence[str],
        roots: Mapping[str, str] = MappingProxyType({}),
    ) -> Iterator[Exchange]:
        """Read statuses; if the instance fails at one, report it, and read the others.

        read: yields the responses with these statuses.
        roots: record IDs of their root posts, as far as they are known.
        """
        try:
            found = list(read(natives))
        except UnexpectedResponse as failure:
            if failure.exchange is None or 400 <= failure.exchange.status < 500:
                raise
            if len(natives) > 1:
                for half in (natives[: len(natives) // 2], natives[len(natives) // 2 :]):
                    yield from self.read_in_halves(read, half, roots)
            else:
                root = roots.get(natives[0], self.instance.record_id(natives[0]))
                yield self.with_missing(self.unread.passed(root, failure))
            return
        if natives:
            self.unread.answered()
        yield from found

    def at_cursor(self, exchange: Exchange) -> Exchange:
        """Return the exchange with the cursor as it is now."""
        return replace(exchange, cursor=self.todo.cursor)

    def with_missing(self, exchange: Exchange) -> Exchange:
        """Return the exchange with the cursor, and with what is missing (`short`)."""
        words = "; ".join(filter(None, [*self.todo.lacking, self.unread.words]))
        short = f"{words}; docs/platforms/mastodon.md says what to do"
        return self.at_cursor(with_context(exchange, short=short))

    def report_missing(self, answer: Exchange, what: str) -> Exchange:
        """Report that something is missing.

        answer: the response that refuses it; no record is read from it.
        what: what is missing, in words.
        """
        reason = error_in(answer)
        if not reason:
            is_foreign = answer is self.instance.foreign_token
            reason = "the token is none of this account" if is_foreign else told_by(answer)
        self.todo.lacking.append(f"{what} ({reason})")
        return self.with_missing(with_context(answer, not_given=True))
