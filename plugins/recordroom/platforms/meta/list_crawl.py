"""The crawl of an account on Instagram or Threads.

An account has lists of posts, and comments on each post. `ListCrawl` puts the engine (platforms/crawl.py) on
Meta's Graph API. A connector subclasses it, names its lists, and says by the hooks what is requested of each:

    profile
    a list of posts, page by page
      conversations   the lists below a post: its comments, or all replies
        replies         the rest of a list of replies that a page of comments cuts
      posts           posts that are requested by their IDs
    the next list ...

A list that needs a permission of its own is optional: where Meta refuses it, the crawl reads everything else
and reports what is missing. An optional list is read to its end before the conversations below its posts.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from recordroom.errors import PlatformFailure, UsageError
from recordroom.model import UNAVAILABLE, Absence, Exchange
from recordroom.platforms.contract import KnownRecord, ReplySign, Window
from recordroom.platforms.crawl import ConversationQueue, Crawl, Cursor, PostQueue, with_context
from recordroom.platforms.cursor import Five
from recordroom.platforms.http import require_path_segment
from recordroom.platforms.meta.errors import REFUSALS, code_of, describe_error
from recordroom.platforms.meta.graph import GraphRequests, objects, untold
from recordroom.platforms.meta.inbox import Inbox
from recordroom.platforms.meta.posts import time_of
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import NULL, TEXT, Shape
from recordroom.platforms.unread import require_optional, require_skippable
from recordroom.text import counted

if TYPE_CHECKING:
    from recordroom.register.models import Account

PAGE_SIZE = 100  # https://developers.facebook.com/docs/graph-api/results, 2026-11-24
_PERMALINKED = Shape({"id": TEXT, "shortcode": TEXT | NULL, "permalink": TEXT | NULL})
_NOT_LISTED = (
    "The post may be removed, another account's, or older than the list. If it is a reply that is not"
    " archived,"
    " copy the address of the post that it replies to."
)


@dataclass
class ListCursor(Cursor):
    """The rest of a crawl of Instagram or Threads."""

    edge: str = ""  # the list that is read; "" after the last
    page: str | None = None  # its next page
    posts: list[str] = field(default_factory=list)  # posts to request by their IDs
    # Conversations to read: [post or comment, its list, kind of the root post, root post, next page or ""].
    threads: list[Five] = field(default_factory=list)
    given: int = 0  # posts that the account's own list has given
    empty: int = 0  # its pages without a post, except the last
    refused: list[str] = field(default_factory=list)  # what Meta did not give, in words
    inbox: Inbox = field(default_factory=Inbox)  # private messages, on Instagram


class ListCrawl(Crawl[ListCursor]):
    """One pass over an account on Instagram or Threads.

    title: the name of the platform in messages.
    lists: the name of each list -> that of the next; the first one first.
    optional: lists that may be refused, below posts too -> what is missing then, in words.
    own_list: the list of the account's own posts.
    post_head: the fields of a post that the crawl reads.
    unlike_comments: lists below a post that Meta gives also where it gives no conversation.
    listed_at_most: how many posts the account's own list gives; None: there is no limit.
    requests: the requests to Meta's Graph API for this account.
    """

    title: ClassVar[str]
    lists: ClassVar[Mapping[str, str]]
    optional: ClassVar[Mapping[str, str]]
    own_list: ClassVar[str]
    post_head: ClassVar[Shape]
    unlike_comments: ClassVar[Collection[str]] = ()
    listed_at_most: int | None = None

    def __init__(self, account: Account, requests: GraphRequests, window: Window | None = None) -> None:
        super().__init__(account, window)
        self.requests = requests
        self.context["handle"] = self.account.handle
        requests.context = self.context
        self.queues = (PostConversations(self), RequestedPosts(self))

    # -- hooks: what a connector describes ---------------------------------------------------------------

    @abstractmethod
    def query_of(self, edge: str) -> Params:
        """Return the parameters of a list of posts, or of a list below a post."""

    @abstractmethod
    def lists_below(self, post: dict[str, Any], page: Exchange) -> Iterator[tuple[str, str]]:
        """Yield the name of each list to read below a post, and the kind of the post."""

    @abstractmethod
    def activity_of(self, post: dict[str, Any], page: Exchange) -> tuple[ReplySign, bool]:
        """Return what changes with each new reply, and whether it covers all replies.

        See `contract.Window.wants_conversation`.
        """

    @abstractmethod
    def locate(self, url: str) -> tuple[str, str]:
        """Return the code in a permalink, and the list that has the post.

        UsageError: the address is not that of a post.
        """

    def cut_lists(self, page: Exchange) -> Iterator[tuple[str, str, str]]:  # noqa: ARG002 (of hooks)
        """Yield the lists that a page of a conversation cuts.

        Each is a comment, the name of the list, and its next page ("": the first).
        """
        return iter(())

    def complete(self, page: Exchange) -> Exchange:
        """Add to the context of a page of posts what `parse` must know besides."""
        return page

    # -- hooks of the engine -----------------------------------------------------------------------------

    def start_at(self, url: str) -> None:
        self.todo.edge, self.todo.posts = "", [self.find_post(url)]

    @property
    def current_list(self) -> str:
        return self.todo.edge

    def continue_at(self, place: str | None) -> None:
        self.todo.page = place
        if place is None:
            self.todo.edge = self.lists[self.todo.edge]

    def is_uninterrupted(self, name: str) -> bool:
        return name in self.optional

    def list_pages(self, name: str) -> Iterator[Exchange]:
        """Read the pages of a list, and queue the conversations below its posts.

        Meta promises no order. Still, a page without a post of the window ends the list: pinned posts are
        listed first. Pages are completed here, so that an optional list whose pages cannot be completed is
        skipped.
        """
        for page in self.requests.sparing(
            f"{self.me}/{name}", self.query_of(name), self.todo.page, edge=name
        ):
            if native := page.context.get("passed"):
                self.note_passed(native, page)
                yield page
            else:
                complete = self.complete(page)
                self.queue_conversations(complete)
                yield replace(complete, cursor=None) if self.is_before_window(complete) else complete

    def take_page(self, name: str, page: Exchange) -> tuple[list[Exchange], str | None]:  # noqa: ARG002
        return [self.with_missing(page)], page.cursor

    def skip_list(self, name: str, failure: PlatformFailure) -> Exchange | None:
        if name not in self.optional:
            raise failure
        answer = require_skippable(failure, name)
        self.note_refused(name, answer)
        return self.with_missing(answer)

    def missing(self) -> str:
        todo, most = self.todo, self.listed_at_most
        words = list(todo.refused)
        if most and todo.given >= most:
            words.append(
                f"{self.title} lists only the newest {most} posts and gave {todo.given}: there may be more"
            )
        if todo.empty:
            words.append(
                f"{self.title} gave {counted(todo.empty, 'empty page')} before the end of the list of posts:"
                " some posts may be missing"
            )
        words += filter(None, [super().missing()])
        return f"{'; '.join(words)}; docs/platforms/{self.title.lower()}.md says what to do" if words else ""

    # -- what the pages of a list lead to ----------------------------------------------------------------

    def posts_in(self, page: Exchange) -> list[dict[str, Any]]:
        """Return the posts of a page, checked."""
        posts = list(objects(page))
        for pointer, post in posts:
            self.post_head.check(post, page, pointer)
        return [post for _, post in posts]

    def queue_conversations(self, page: Exchange) -> None:
        """Queue the lists below the posts of a page, as far as the plan wants them."""
        posts = self.posts_in(page)
        if self.todo.edge == self.own_list:
            self.todo.given += len(posts)
            self.todo.empty += not posts and page.cursor is not None
        for post in posts:
            below = list(self.lists_below(post, page))
            if below and self.is_wanted(post, page):
                self.todo.threads += [[post["id"], edge, kind, post["id"], ""] for edge, kind in below]

    def is_wanted(self, post: dict[str, Any], page: Exchange) -> bool:
        """Return whether the conversation of a post is read.

        It always is where the post was requested by its ID, except for a permalink.
        """
        published = time_of(post, page, "")
        is_requested = self.window.kind != "one" and post["id"] in self.todo.posts
        if published is None or is_requested:
            return True
        activity, is_complete = self.activity_of(post, page)
        return self.window.wants_conversation(
            self.record_id(post["id"]), published, activity, all_told=is_complete
        )

    def is_before_window(self, page: Exchange) -> bool:
        """Return whether all posts of a page were published before the window."""
        times = [time_of(post, page, "") for post in self.posts_in(page)]
        since = self.since
        return since is not None and bool(times) and all(time is not None and time < since for time in times)

    def note_passed(self, native: str, answer: Exchange) -> None:
        """Note a post at which Meta fails, and queue the lists below it.

        They can be read anyway.
        """
        self._note(f"lists {self.record_id(native)} but does not give it ({describe_error(answer)})")
        below = self.lists_below({"id": native}, answer)
        self.todo.threads += [[native, edge, kind, native, ""] for edge, kind in below]

    def note_refused(self, edge: str, answer: Exchange) -> None:
        """Note an optional list that Meta refuses or fails to give."""
        self._note(f"does not give {self.optional[edge]} ({describe_error(answer)})")

    def _note(self, what: str) -> None:
        words = f"{self.title} {what}"
        self.todo.refused += [words] if words not in self.todo.refused else []

    # -- posts that only lists know ----------------------------------------------------------------------

    def record_id(self, native: str) -> str:
        return f"{self.title.lower()}:{native}"

    def find_listed(
        self, edge: str, known: Mapping[str, KnownRecord], why: str
    ) -> Iterator[Exchange | Absence]:
        """Look up posts of other people, which only a list gives.

        known: the posts by their native IDs.
        why: what it means that a post is not in the complete list.
        Yields the pages that have some of them, and the absence of each of the others. Where Meta refuses the
        list, nothing is concluded.
        """
        if not known:
            return
        left = dict(known)
        try:
            pages = self.requests.pages(f"{self.me}/{edge}", self.query_of(edge), edge=edge)
            for page in map(self.complete, pages):
                if [post["id"] for post in self.posts_in(page) if left.pop(post["id"], None)]:
                    yield page
        except PlatformFailure as refusal:
            yield untold(refusal, left.values())
        else:
            yield from (Absence(one.record_id, UNAVAILABLE, why, page) for one in left.values())

    def find_post(self, url: str) -> str:
        """Return the native ID of the post of a permalink, which only the lists know.

        UsageError: the address is not that of a post, or the list does not have it.
        """
        code, edge = self.locate(url)
        query: Params = {"fields": "id,shortcode,permalink", "limit": PAGE_SIZE}
        for page in self.requests.pages(f"{self.me}/{edge}", query):
            for pointer, post in objects(page):
                _PERMALINKED.check(post, page, pointer)
                last_step = (post.get("permalink") or "").rstrip("/").rpartition("/")[2]
                if code in (post.get("shortcode"), last_step):
                    return str(post["id"])
        raise UsageError(f"{url} is not in the list of this account's posts", _NOT_LISTED)


class PostConversations(ConversationQueue[ListCrawl]):
    """The lists below posts and comments. Each entry has its own place."""

    entries_field = "threads"

    def root_of(self, entry: list[str]) -> str:
        return self.crawl.record_id(entry[3])

    @property
    def place(self) -> str | None:
        return self.entries[0][4] or None

    def continue_at(self, place: str | None) -> None:
        if place is None:
            del self.entries[0]
        else:
            self.entries[0][4] = place

    def pages(self, entry: list[str]) -> Iterator[Exchange]:
        parent, edge, kind, root, _ = entry
        context = {"edge": edge, "root": self.root_of(entry), "root_kind": kind}
        if parent != root:
            context["parent"] = self.crawl.record_id(parent)
        path, query = f"{require_path_segment(parent)}/{edge}", self.crawl.query_of(edge)
        return self.crawl.requests.pages(path, query, self.place, **context)

    def take_page(self, entry: list[str], page: Exchange) -> Exchange:
        self.report_given(entry)  # also a page of another shape, on which the next line fails
        cut = list(self.crawl.cut_lists(page))
        self.entries.extend([comment, edge, entry[2], entry[3], place] for comment, edge, place in cut)
        return self.crawl.with_missing(page)

    def report_given(self, entry: list[str]) -> None:
        if entry[1] not in self.crawl.unlike_comments:
            super().report_given(entry)

    def skip(self, entry: list[str], failure: PlatformFailure) -> Iterator[Exchange]:
        """Go on behind a list that Meta refuses or fails to give.

        Nothing is missing where an optional list is refused. A post that has gone takes along all that is
        queued of it.
        """
        parent, edge, _, root, _ = entry
        if edge in self.crawl.optional and code_of(failure.exchange) in REFUSALS:
            self.remove()
            self.report_end(entry)
        elif self.is_over(entry, failure) and parent == root:
            self.entries[:] = [waiting for waiting in self.entries if waiting[3] != root]
        else:
            yield from super().skip(entry, failure)


class RequestedPosts(PostQueue[ListCrawl]):
    """Posts requested by their IDs: that of a permalink, older ones with new replies."""

    entries_field = "posts"

    def root_of(self, entry: str) -> str:
        return self.crawl.record_id(entry)

    def request(self, entries: Sequence[str]) -> list[Exchange]:
        """Request a post, and queue its conversation.

        The post must still be an entry then (see `is_wanted`).
        """
        own_list = self.crawl.own_list
        query: Params = {"fields": self.crawl.query_of(own_list)["fields"]}
        post = self.crawl.complete(
            self.crawl.requests.get(require_path_segment(entries[0]), query, edge=own_list)
        )
        self.crawl.queue_conversations(post)
        return [post]

    def take_answer(self, answer: Exchange) -> Iterator[Exchange]:
        yield self.crawl.with_missing(answer)

    def skip(self, entries: Sequence[str], failure: PlatformFailure) -> Iterator[Exchange]:
        """Pass over a post that Meta does not give, as in a list."""
        if self.crawl.window.kind == "one":
            raise failure
        answer = with_context(require_optional(failure), not_given=True)
        self.crawl.note_passed(entries[0], answer)
        self.remove()
        yield self.crawl.at_cursor(self.crawl.with_missing(answer))


def is_by_others(known: KnownRecord) -> bool:
    """Return whether a record is a post of somebody else that names the account.

    It is archived as a comment without a root.
    """
    return known.kind == "comment" and known.root_id in (None, known.record_id)


def handle_in(url: str) -> str:
    """Return the name of the account in the address of its profile."""
    return urlsplit(url).path.strip("/").partition("/")[0].removeprefix("@").lower()
