"""The state that the parts of a crawl share: account, window, cursor, and the statuses met so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from recordroom.errors import UnexpectedResponse
from recordroom.model import UNAVAILABLE, Exchange
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.crawl import Cursor, with_context
from recordroom.platforms.http import describe_failure
from recordroom.platforms.lookups import IdSet
from recordroom.platforms.mastodon.api import Instance
from recordroom.platforms.mastodon.lineage import Lineage
from recordroom.platforms.mastodon.schema import error_in
from recordroom.platforms.unread import UnreadConversations
from recordroom.stored_texts import text

if TYPE_CHECKING:
    from recordroom.register.models import Account

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


class MastodonState:
    """The state of one pass over an account: the crawl of a window, or the requests of a lookup.

    window: the window of the crawl; a full one for a lookup.
    instance: the requests to the instance of the account.
    todo: the cursor, which the crawl changes while it reads.
    unread: the conversations that were not given.
    since: statuses published before are not in the window. None: there is no limit.
    given: the statuses that conversations showed.
    lineage: the conversations of all statuses that the crawl has met.
    """

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.account, self.window = account, window or Window("full")
        self.instance = Instance(account, client)
        self.todo = MastodonCursor.read(self.window.cursor) if self.window.cursor else MastodonCursor()
        self.unread = UnreadConversations(self.window, self.todo.unread)
        self.since = self.window.since if self.window.kind == "recent" else None
        self.given = IdSet()
        self.lineage = Lineage(self.instance, self.window)

    def is_archived(self, native: str) -> bool:
        """Return whether the archive has a status, and not as unavailable.

        If one is available again, a notification may be all that shows it.
        """
        record_id = self.instance.record_id(native)
        known = self.window.find_known(record_id, anywhere=True)
        return self.window.is_archived(record_id) and (known is None or known.status != UNAVAILABLE)

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
                yield self.with_missing(self.unread.pass_over(root, failure))
            return
        if natives:
            self.unread.note_response()
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
            reason = text("part-foreign-token") if is_foreign else describe_failure(answer)
        self.todo.lacking.append(f"{what} ({reason})")
        return self.with_missing(with_context(answer, not_given=True))
