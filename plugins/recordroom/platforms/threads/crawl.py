"""The crawl of an account on Threads: its requests, in their order.

    /me                           the profile, in every window
    /<account>/ghost_posts        posts for a day, which the account archives then
    /<account>/threads            posts, quotes, and reposts
      /<post>/insights              the counts of each post, except in windows of the last days
      /<post>/conversation          all replies at any depth in one list, oldest first
      /<post>/pending_replies       replies that await the account's approval, and those that it has ignored
    /<account>/mentions           posts of other people that name the account
    /<account>/replies            replies of the account; those in its own conversations are read there
    /<post>                       older posts, where one of the last two lists has a new reply to them

Ghost posts, mentions, and replies are read to their ends before the conversations below them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from recordroom import stored_texts
from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse
from recordroom.model import NO_ANSWER, Exchange, Identity, Totals
from recordroom.platforms.contract import Client, ReplySign, Window
from recordroom.platforms.crawl import with_context
from recordroom.platforms.cursor import one_of
from recordroom.platforms.http import require_path_segment
from recordroom.platforms.meta.errors import UNSEEN, code_of, describe_error, is_refusal
from recordroom.platforms.meta.graph import Graph, items_of
from recordroom.platforms.meta.list_crawl import PAGE_SIZE, ListCrawl, ListCursor, handle_in
from recordroom.platforms.meta.posts import time_of
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import Reading, load_content
from recordroom.platforms.threads.api import ThreadsRequests, base_of
from recordroom.platforms.threads.parse import is_repost
from recordroom.platforms.threads.platform import SERVER, post_in
from recordroom.platforms.threads.schema import (
    COUNT_NAMES,
    MENTION_FIELDS,
    METRIC,
    OWN_REPLY_FIELDS,
    POST_FIELDS,
    POST_HEAD,
    PROFILE_FIELDS,
    PROFILED,
    REF,
    REPLY_FIELDS,
    VALUE,
)
from recordroom.platforms.unread import require_completing, require_optional

if TYPE_CHECKING:
    from recordroom.register.models import Account

# At this age hardly any reply to a post without replies will await approval.
APPROVALS_END = timedelta(days=7)
_NEXT_LIST = {"ghost_posts": "threads", "threads": "mentions", "mentions": "replies", "replies": ""}


def identify(account: Account, client: Client) -> Identity:
    """Return the account of the token, which must be that of the register.

    An account that is known already is not compared: its name may have changed.
    """
    answer = Graph(client).get(f"{base_of(account)}/me", {"fields": "id,username,name"})
    found = load_content(answer)
    PROFILED.check(found, answer, "")
    handle = found["username"]
    if account.identity is None and handle.lower() != handle_in(account.url):
        words = f"the token belongs to {handle}, but the register names {account.url}"
        remedy = (
            "If the account was renamed, correct `url` in the register. Otherwise, enter a token of the"
            " account in the connection (docs/platforms/threads.md)."
        )
        raise AccountUnavailable(words, remedy, answer)
    return Identity(found["id"], SERVER, found.get("name") or handle, handle, answer)


def totals(account: Account, client: Client) -> Totals | None:  # noqa: ARG001 (of the contract)
    """Return None: Threads counts nothing of a whole account."""
    return None


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """Read a window of the account (see the module docstring)."""
    return ThreadsCrawl(account, client, window).fetch()


@dataclass
class ThreadsCursor(ListCursor):
    """The rest of a crawl of Threads."""

    edge: Annotated[str, one_of(*_NEXT_LIST, "")] = "ghost_posts"


read_cursor = ThreadsCursor.read


class ThreadsCrawl(ListCrawl):
    """One pass over an account on Threads.

    given: native IDs of the account's own posts that were read in it.
    older: others that are known to be its own.
    knows_all: whether these are all posts of the account.
    may_count: whether Threads may give the counts of posts.
    """

    cursor_type, server, title = ThreadsCursor, SERVER, "Threads"
    lists, own_list, post_head = _NEXT_LIST, "threads", POST_HEAD
    unlike_comments: ClassVar = ("pending_replies",)
    optional: ClassVar = {
        "ghost_posts": "ghost posts",
        "mentions": "the posts of others that mention the account",
        "replies": "what the account answers in other people's conversations",
        "pending_replies": "replies that wait for approval",
        "insights": "the counts of posts, with which the replies held here could be compared",
    }

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        requests = ThreadsRequests(client, base_of(account), account.known.native_id, SERVER)
        super().__init__(account, requests, window)
        self.given, self.older = set[str](), set[str]()
        self.knows_all = False
        self.may_count = True

    def profile(self) -> Exchange:
        return self.requests.get("me", {"fields": PROFILE_FIELDS}, edge="profile")

    def query_of(self, edge: str) -> Params:
        if edge in ("conversation", "pending_replies"):
            fields = REPLY_FIELDS if edge == "conversation" else f"{REPLY_FIELDS},reply_approval_status"
            return {"fields": fields, "reverse": "false", "limit": PAGE_SIZE}
        fields = {"replies": OWN_REPLY_FIELDS, "mentions": MENTION_FIELDS}.get(edge, POST_FIELDS)
        since = {"since": int(self.since.timestamp())} if self.since and edge != "mentions" else {}
        return {**since, "fields": fields, "limit": PAGE_SIZE}

    def lists_below(self, post: dict[str, Any], page: Exchange) -> Iterator[tuple[str, str]]:
        if page.context.get("edge") != "threads" or is_repost(post):
            return
        yield "conversation", "post"
        if not post.get("ghost_post_status"):
            yield "pending_replies", "post"

    def activity_of(self, post: dict[str, Any], page: Exchange) -> tuple[ReplySign, bool]:
        """Return whether there are replies, since lists do not count them.

        Even if there are none, some may be hidden or await approval.
        """
        published, answered_at = time_of(post, page, ""), page.fetched_at or datetime.now(UTC)
        is_old = published is not None and answered_at - published >= APPROVALS_END
        has_replies = post.get("has_replies")
        return (None if has_replies is None else int(has_replies)), has_replies is False and is_old

    def locate(self, url: str) -> tuple[str, str]:
        return post_in(url), "threads"

    def continue_at(self, place: str | None) -> None:
        is_whole_list = place is None and self.todo.edge == "threads" and self.since is None
        if is_whole_list and not self.window.cursor:
            self.knows_all = True
        super().continue_at(place)

    def queue_conversations(self, page: Exchange) -> None:
        super().queue_conversations(page)
        if page.context.get("edge") == "threads":
            self.given.update(post["id"] for post in self.posts_in(page))

    def note_passed(self, native: str, answer: Exchange) -> None:
        super().note_passed(native, answer)
        if self.todo.edge == self.own_list:
            self.given.add(native)

    # -- what lists do not say themselves ----------------------------------------------------------------

    def complete(self, page: Exchange) -> Exchange:
        """Add the counts of posts, and what is read elsewhere, to the context of a page.

        Posts are counted one by one, except in windows of the last days, which would count them each time.
        """
        edge = page.context.get("edge")
        if edge in ("replies", "mentions"):
            return self.without_own_conversations(page)
        return self.with_counts(page) if edge == "threads" and self.since is None else page

    def without_own_conversations(self, page: Exchange) -> Exchange:
        """Name the replies and mentions in the account's own conversations.

        They are read there. A new one shows that people reply to an older post again: that post is queued.
        """
        reading, posts = Reading(page), self.posts_in(page)
        roots = {post["id"]: reading.read_object(REF, post, "root_post", "").get("id") for post in posts}
        own = self.own_among({root for root in roots.values() if root})
        elsewhere = [native for native, root in roots.items() if root in own]
        active = {roots[post["id"]] for post in posts if post["id"] in elsewhere and self.is_new(post, page)}
        known = self.given.union(self.todo.posts)
        self.todo.posts += [str(root) for root in active if root not in known]
        return with_context(page, elsewhere=elsewhere)

    def is_new(self, post: dict[str, Any], page: Exchange) -> bool:
        """Return whether a post was written since the last capture.

        False except in windows of the last days: the others read all posts anyway.
        """
        published = time_of(post, page, "")
        if self.since is None or published is None:
            return False
        return published >= (self.window.changed_since or self.since)

    def own_among(self, roots: set[str]) -> set[str]:
        """Return which of these posts are the account's.

        A window of the last days requests unknown ones by their IDs. Others know all posts, or list them
        again with nothing but their IDs.
        """
        unknown = roots - self.given - self.older
        if unknown and self.since is not None:
            self.older |= {root for root in sorted(unknown) if self.is_own(root)}
        elif unknown and not self.knows_all:
            query: Params = {"fields": "id", "limit": PAGE_SIZE}
            for page in self.requests.pages(f"{self.me}/threads", query):
                self.older.update(post["id"] for post in self.posts_in(page))
            self.knows_all = True
        return roots & (self.given | self.older)

    def is_own(self, native: str) -> bool:
        """Return whether a post is the account's.

        Threads may not name the author of other posts. True where Threads fails: the post is then requested
        as the account's, and reported as missing.
        """
        try:
            found = load_content(self.requests.get(require_path_segment(native), {"fields": "id,username"}))
        except PlatformFailure as failure:
            return not is_refusal(require_optional(failure)) and isinstance(failure, UnexpectedResponse)
        return isinstance(found, dict) and found.get("username") == self.context["handle"]

    # -- the counts of posts -----------------------------------------------------------------------------

    def with_counts(self, page: Exchange) -> Exchange:
        """Add the counts of its posts to the context of a page.

        Those of a single post may be refused. No more are requested if a permission is missing, or if those
        of all posts are refused. Any other failure recurs at the next request.
        """
        counts: dict[str, dict[str, int]] = {}
        refused: dict[str, Exchange] = {}
        with self.requests.graph.completing():
            for post in self.posts_in(page) if self.may_count else ():
                try:
                    counts |= {} if is_repost(post) else {post["id"]: self.counts_of(post["id"])}
                except AccountUnavailable:
                    continue
                except (Blocked, UnexpectedResponse) as failure:
                    answer = refused[post["id"]] = require_completing(failure)
                    if _lacks_permission(answer) or answer.status == NO_ANSWER:
                        break
                except PlatformFailure:
                    break
        if refused:
            self.note_uncounted(refused, has_others=bool(counts))
        return with_context(page, counts={native: found for native, found in counts.items() if found})

    def note_uncounted(self, refused: Mapping[str, Exchange], *, has_others: bool) -> None:
        """Note that Threads does not give the counts of these posts.

        has_others: whether it gave those of other posts.
        """
        native, answer = next(iter(refused.items()))
        self.may_count = has_others and not any(map(_lacks_permission, refused.values()))
        if not self.may_count:
            self.note_refused("insights", answer)
        elif not any(stored_texts.code_of(words) == "threads-uncounted" for words in self.todo.refused):
            first = f"{self.record_id(native)}, {describe_error(answer)}"
            self.todo.refused.append(stored_texts.text("threads-uncounted", _first=first))

    def counts_of(self, native: str) -> dict[str, int]:
        """Request the counts of a post: likes, comments, shares, and views.

        The count of comments on a root post covers all replies at any depth.
        """
        query = {"metric": "likes,replies,reposts,quotes,views"}
        answer = self.requests.get(f"{require_path_segment(native)}/insights", query)
        reading, counts = Reading(answer), dict[str, int]()
        for pointer, metric in items_of(load_content(answer), answer):
            reading.check(METRIC, metric, pointer)
            values = reading.read_objects(VALUE, metric, "values", pointer)
            name = COUNT_NAMES.get(metric["name"])
            if name and values:
                counts[name] = counts.get(name, 0) + values[0]["value"]
        return counts


def _lacks_permission(refusal: Exchange) -> bool:
    """Return whether a permission is missing.

    An error about a single post would be another one.
    """
    return code_of(refusal) in UNSEEN
