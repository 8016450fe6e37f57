"""The engine of connectors that read lists of posts, and the comments on each post.

`Crawl` is one pass over an account. A connector subclasses it and describes its platform by the hooks below;
the engine decides what is read when:

    fetch
      profile             the account itself; not where the window resumes an earlier crawl
      prepare             what must be known first, also where the window resumes an earlier crawl
      read_permalink      the one post of a permalink, where the window asks for it
      read_queues         what an earlier crawl left to read
      read_list           each list, page by page:
        list_pages          the pages, from the stored place on
        take_page           complete a page, and queue what must be read below its items
        read_queues         conversations, and posts that are requested by their IDs
      read_private        what only the account itself is shown
      end                 a platform that refuses every conversation fails the capture

A queue is a field of the cursor: `ConversationQueue` holds lists below posts, `PostQueue` single posts.

The cursor (`Cursor`) says what the crawl has still to read. The engine writes it into each exchange. The core
stores it, and hands it back to a first capture (`history`), which takes several runs; each other window
starts again. A crawl must resume after any exchange. Within the engine, `cursor` of a page has another
meaning: the place of the page behind it. None says that the list ends there: at the platform's own end, or
where the window needs no more.

A crawl drops nothing silently. `unread` reports a conversation that the platform does not give, `skip_list` a
list; `missing` returns all of it in words, which the core stores as a gap.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure
from recordroom.model import Exchange
from recordroom.platforms.contract import Window
from recordroom.platforms.cursor import StoredCursor
from recordroom.platforms.paging import catch_failure
from recordroom.platforms.unread import PassedOver, UnreadConversations, require_skippable

if TYPE_CHECKING:
    from recordroom.register.models import Account


@dataclass
class Cursor(StoredCursor):
    """The rest of a crawl. Connectors add fields; it is stored as JSON."""

    # the conversations that were not given
    unread: PassedOver = field(default_factory=PassedOver, kw_only=True)


_Cursor = TypeVar("_Cursor", bound=Cursor)
_Crawl = TypeVar("_Crawl", bound="Crawl[Any]")


class Crawl(ABC, Generic[_Cursor]):
    """One pass over an account: the crawl of a window, or the requests of a lookup.

    window: the window of the crawl; a full one for a lookup.
    todo: the cursor, which the crawl changes while it reads.
    context: the context of each request.
    queues: what is read after each page, the most urgent first.
    unread: the conversations that were not given.
    """

    cursor_type: type[_Cursor]
    server: ClassVar[str]

    def __init__(self, account: Account, window: Window | None = None) -> None:
        self.account = account.known
        self.me = self.account.native_id
        self.window = window or Window("full")
        stored = self.window.cursor
        self.todo = self.cursor_type.read(stored) if stored else self.cursor_type()
        self.unread = UnreadConversations(self.window, self.todo.unread)
        self.context: dict[str, Any] = {"account": self.me, "server": self.server}
        self.queues: tuple[Queue[Any], ...] = ()
        is_recent = self.window.kind == "recent"
        # Posts published before are not in the window. None: there is no limit.
        self.since = self.window.since if is_recent else None
        times = [at for at in (self.window.since, self.window.changed_since) if at is not None]
        # The same for lists in the order of the last change.
        self.floor = min(times) if times and is_recent else None

    # -- hooks: what a connector describes ---------------------------------------------------------------

    @abstractmethod
    def profile(self) -> Exchange:
        """Request what the account says of itself."""

    @abstractmethod
    def start_at(self, url: str) -> None:
        """Change the cursor so that the post of this permalink is all that is read.

        UsageError: the address is not that of a post.
        """

    def prepare(self) -> None:
        """Request what must be known before anything except the profile is read."""

    def read_permalink(self) -> Iterator[Exchange]:
        """Read the post of the permalink, where the cursor still names it and no queue holds it."""
        return iter(())

    @property
    @abstractmethod
    def current_list(self) -> str:
        """The name of the list that is read now or next; "" after the last one."""

    @abstractmethod
    def continue_at(self, place: str | None) -> None:
        """Note in the cursor where the current list goes on; None: the next list follows."""

    @abstractmethod
    def list_pages(self, name: str) -> Iterator[Exchange]:
        """Read the pages of a list from the stored place on.

        A list whose items are requested by their IDs may fill a queue and yield no page. A PlatformFailure
        raised here is that of the list (see `skip_list`).
        """

    @abstractmethod
    def take_page(self, name: str, page: Exchange) -> tuple[list[Exchange], str | None]:
        """Complete a page, and queue what must be read below its items.

        Returns what the crawl gives in its place, and the place behind it: None ends the list. A
        PlatformFailure raised here ends the crawl.
        """

    def is_uninterrupted(self, name: str) -> bool:  # noqa: ARG002 (of hooks)
        """Return whether the queues are read only after the last page of a list, and not after each."""
        return False

    def skip_list(self, name: str, failure: PlatformFailure) -> Exchange | None:  # noqa: ARG002 (of hooks)
        """Decide what stands for a list that the platform refuses or fails to give.

        Raises the failure where the capture needs the list. Otherwise notes in the cursor what is missing,
        and returns the answer with its context; None: nothing is missing.
        """
        raise failure

    def read_private(self) -> Iterator[Exchange]:
        """Read what only the account itself is shown; also after a refusal (Blocked)."""
        return iter(())

    def missing(self) -> str:
        """Say what the platform did not give so far; "": nothing is missing."""
        return self.unread.words

    # -- the engine --------------------------------------------------------------------------------------

    def fetch(self) -> Iterator[Exchange]:
        """Read the window. Each exchange has the cursor from which another crawl goes on."""
        if not self.window.cursor:
            if self.window.kind == "one":
                self.start_at(self.window.url or "")
            yield self.at_cursor(self.profile())
        self.prepare()
        try:
            yield from self.read_public()
        except Blocked:
            yield from self.read_private()
            raise
        yield from self.read_private()
        self.unread.end()

    def read_public(self) -> Iterator[Exchange]:
        """Read the lists, and what must be read below their items."""
        yield from self.read_permalink()
        yield from self.read_queues()
        while name := self.current_list:
            yield from self.read_list(name)

    def read_list(self, name: str) -> Iterator[Exchange]:
        """Read one list to its end, each page followed by the queues that it fills.

        A crawl that resumes after one of several exchanges of a page, and not the last, reads the page again.
        """
        for page in catch_failure(self.list_pages(name)):
            if isinstance(page, PlatformFailure):
                answer = self.skip_list(name, page)
                self.continue_at(None)
                if answer is not None:
                    yield self.at_cursor(answer)
                break
            again = self.todo.cursor
            exchanges, place = self.take_page(name, page)
            self.continue_at(place)
            yield from (replace(exchange, cursor=again) for exchange in exchanges[:-1])
            yield from (self.at_cursor(exchange) for exchange in exchanges[-1:])
            if not self.is_uninterrupted(name):
                yield from self.read_queues()
            if place is None:
                break
        else:
            self.continue_at(None)
        yield from self.read_queues()

    def read_queues(self) -> Iterator[Exchange]:
        """Read the queues until all are empty, the most urgent first."""
        while queue := next((queue for queue in self.queues if queue.entries), None):
            yield from queue.read()

    def at_cursor(self, exchange: Exchange) -> Exchange:
        """Return the exchange with the cursor as it is now."""
        return replace(exchange, cursor=self.todo.cursor)

    def with_missing(self, exchange: Exchange) -> Exchange:
        """Return the exchange with what is missing in its context (`short`)."""
        return with_context(exchange, short=self.missing())


class Queue(ABC, Generic[_Crawl]):
    """One field of the cursor that holds what is still to read besides the lists.

    The first entry is read next.

    entries_field: the name of that field.
    """

    entries_field: ClassVar[str]

    def __init__(self, crawl: _Crawl) -> None:
        self.crawl = crawl

    @property
    def entries(self) -> list[Any]:
        """The entries, each what one hook of a connector put there."""
        found: list[Any] = getattr(self.crawl.todo, self.entries_field)
        return found

    @abstractmethod
    def read(self) -> Iterator[Exchange]:
        """Read the first entry, and remove it."""

    @abstractmethod
    def root_of(self, entry: Any) -> str:
        """Return the record ID of the root post of an entry."""

    def pass_over(self, entry: Any, failure: PlatformFailure) -> Exchange:
        """Remove the first entry, and return the answer by which the platform fails to give it.

        Raises the failure where it concerns more than this entry (platforms/unread.py).
        """
        answer = self.crawl.unread.pass_over(self.root_of(entry), failure)
        self.remove()
        return self.crawl.at_cursor(self.crawl.with_missing(answer))

    def remove(self) -> None:
        """Remove the first entry."""
        del self.entries[0]


class ConversationQueue(Queue[_Crawl]):
    """Lists of comments or replies, read one after the other.

    A conversation that was read to its end is not read again. One whose post has gone since it was listed is
    left to the next capture.
    page_field: the cursor's field with the place where the first entry is read on. A subclass whose entries
    have their own places defines `place` and `continue_at` in its stead.
    """

    page_field: ClassVar[str]

    @abstractmethod
    def pages(self, entry: Any) -> Iterator[Exchange]:
        """Read the pages of a conversation, from `self.place` on."""

    @abstractmethod
    def take_page(self, entry: Any, page: Exchange) -> Exchange:
        """Complete a page, and queue what must be read below its comments.

        Returns the page; with None as its cursor where the conversation ends before the platform says so.
        """

    def is_over(self, entry: Any, failure: PlatformFailure) -> bool:  # noqa: ARG002 (of hooks)
        """Return whether a failure says that the conversation was removed or closed: nothing is missing.

        By default that is every AccountUnavailable (404). If replies have lists of their own, request their
        parent here: a 404 of the list alone says that replies are missing.
        """
        return isinstance(failure, AccountUnavailable)

    def read_below(self) -> Iterator[Exchange]:
        """Read what must be read between two pages: a queue of replies, say."""
        return iter(())

    @property
    def place(self) -> str | None:
        """The place where the first conversation is read on; None: its beginning."""
        found: str | None = getattr(self.crawl.todo, self.page_field)
        return found

    def continue_at(self, place: str | None) -> None:
        """Note where the first conversation goes on; None: it has ended, and is removed."""
        setattr(self.crawl.todo, self.page_field, place)
        if place is None:
            del self.entries[0]

    def remove(self) -> None:
        self.continue_at(None)

    def read(self) -> Iterator[Exchange]:
        entry = self.entries[0]
        for page in catch_failure(self._taken_pages(entry)):
            if isinstance(page, PlatformFailure):
                yield from self.skip(entry, page)
                return
            yield self.crawl.at_cursor(page)
            yield from self.read_below()
            if page.cursor is None:
                self.report_end(entry)
                return

    def _taken_pages(self, entry: Any) -> Iterator[Exchange]:
        for page in self.pages(entry):
            whole = self.take_page(entry, page)
            self.report_given(entry)
            self.continue_at(whole.cursor)
            yield whole

    def skip(self, entry: Any, failure: PlatformFailure) -> Iterator[Exchange]:
        """Go on behind a conversation that the platform refuses or fails to give."""
        if self.is_over(entry, failure):
            self.remove()
        else:
            yield self.pass_over(entry, failure)

    def report_given(self, entry: Any) -> None:  # noqa: ARG002 (of hooks)
        """Report that the platform gave a page of a conversation."""
        self.crawl.unread.note_given()

    def report_end(self, entry: Any) -> None:
        """Report that a conversation was read to its end."""
        self.report_read(self.root_of(entry))

    def report_read(self, root: str) -> None:
        """Report the conversation of this root post as read, unless part of it is still queued."""
        if not any(self.root_of(waiting) == root for waiting in self.entries):
            self.crawl.window.note_read(root)


class PostQueue(Queue[_Crawl]):
    """Posts that are requested by their IDs, several at once where the platform gives them.

    If the platform fails to give several, fewer are requested, down to the one at which it fails. That one is
    passed over, and afterwards as many as before are requested.
    most: how many are requested at once.
    """

    most: ClassVar[int] = 1

    def __init__(self, crawl: _Crawl) -> None:
        super().__init__(crawl)
        self.at_once = self.most

    @abstractmethod
    def request(self, entries: Sequence[Any]) -> list[Exchange]:
        """Request these posts."""

    def take_answer(self, answer: Exchange) -> Iterator[Exchange]:
        """Complete an answer, and queue what must be read below its posts.

        Yields what the crawl gives.
        """
        yield answer

    def read(self) -> Iterator[Exchange]:
        some = self.entries[: self.at_once]
        try:
            answers = self.request(some)
        except PlatformFailure as failure:
            yield from self.skip(some, failure)
            return
        del self.entries[: len(some)]
        for answer in answers:
            yield from map(self.crawl.at_cursor, self.take_answer(answer))

    def skip(self, entries: Sequence[Any], failure: PlatformFailure) -> Iterator[Exchange]:
        """Go on after the platform refused or failed to give these posts."""
        if len(entries) > 1:
            require_skippable(failure)
            self.at_once = len(entries) // 2
        else:
            self.at_once = self.most
            yield self.pass_over(entries[0], failure)


def with_context(exchange: Exchange, **told: Any) -> Exchange:
    """Return the exchange with these keys in its context.

    Those without a value are left out.
    """
    found = {name: value for name, value in told.items() if value}
    return replace(exchange, context={**exchange.context, **found}) if found else exchange
