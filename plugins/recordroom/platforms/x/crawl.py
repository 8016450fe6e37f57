"""The crawl of an account on X: its requests, in their order.

    /2/users/<id>                          the profile, in every window
    /2/tweets/search/all                   one page: may the app search the archive?
    /2/users/<id>/tweets                   the list `posts`: the newest 3,200, newest first
      /2/tweets?ids=                       the files of included posts; root posts of conversations
      /2/tweets/search/{all,recent}        the conversations of each page (conversations.py)
    /2/tweets/search/all                   the list `older`: posts before those, from the archive
    /2/users/<id>/mentions                 the list `mentions`: the newest 800 posts that name the account
    /2/tweets/search/all                   the list `named`: posts before those, from the archive
    /2/tweets/search/all                   the list `answered`: replies to the account in conversations of
                                           others
    /2/users/<id>/{blocking,muting}        people whom the account keeps away (messages.py)
    /2/dm_events                           private messages (messages.py)

An app without the full archive searches the last seven days. The crawl reports everything that the lists and
the search do not reach (`missing`). Responses cost money for each post in them, the same post once a day
(docs/platforms/x.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from recordroom.errors import AccountUnavailable, PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange, Identity, Totals, instant
from recordroom.platforms import blocklist
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.crawl import Crawl, Cursor, with_context
from recordroom.platforms.cursor import Three, one_of
from recordroom.platforms.http import in_path, told_by
from recordroom.platforms.paging import Params, by_cursor
from recordroom.platforms.schema import Reading, content_of
from recordroom.platforms.unread import AT_MOST, spared
from recordroom.platforms.x.api import MANUAL, Api, base_of, refusal_in
from recordroom.platforms.x.conversations import KnownConversations, Searches, SinglePosts
from recordroom.platforms.x.entities import (
    XResponse,
    body_of,
    first_value,
    next_token,
    posts_if_sound,
    posts_of,
    references_of,
    user_of,
    versions_of,
)
from recordroom.platforms.x.messages import PrivateLists
from recordroom.platforms.x.platform import ARCHIVE_PAGE, BATCH, NAME, PAGE, SERVER, post_in
from recordroom.platforms.x.schema import HEAD, POST_FIELDS, PROFILE_FIELDS, PROFILE_METRICS

if TYPE_CHECKING:
    from recordroom.register.models import Account

# From so many items on, a list of 3,200, or of 800, may have left some out.
CUT_FROM, MENTIONS_CUT_FROM = 3000, 780
CONVERSATIONS_IN_QUERY = 16  # in a query for replies to the account: each takes some 55 characters of it
RECENT_SEARCH = timedelta(days=7)
SLACK = timedelta(minutes=15)  # a search that the same capture sends later reaches less far back
_LISTS = ("posts", "older", "mentions", "named", "answered")
_MENTIONS = ("mentions", "named", "answered")


def identify(account: Account, client: Client) -> Identity:
    """Return the account that the register names, or the one that is known by its ID.

    The ID decides once it is known, whatever the account's name is now.
    """
    found = NAME.match(urlsplit(account.url).path)
    if not found:
        raise AccountUnavailable(
            f"{account.url} is not the address of an account on X", "It reads https://x.com/<name>."
        )
    path = f"/2/users/by/username/{found[1]}"
    if account.identity is not None:
        path = f"/2/users/{in_path(account.identity.native_id)}"
    exchange = _request_profile(account, client, path)
    user = user_of(exchange)
    return Identity(user["id"], SERVER, user["name"], user["username"], exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """Return how many posts the account has (`own`), with its replies and reposts.

    None: X does not count them.
    """
    exchange = _request_profile(account, client, f"/2/users/{in_path(account.known.native_id)}")
    metrics = Reading(exchange).part(PROFILE_METRICS, user_of(exchange), "public_metrics", "/data")
    count = first_value(metrics, "post_count", "tweet_count")
    return None if count is None else Totals({"own": count}, exchange)


def _request_profile(account: Account, client: Client, path: str) -> Exchange:
    return Api(client).get(f"{base_of(account)}{path}", PROFILE_FIELDS, context={"again": True})


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """Read a window of the account (see the module docstring)."""
    return XCrawl(account, client, window).fetch()


@dataclass
class XCursor(Cursor):
    """The rest of a crawl of X."""

    stage: Annotated[str, one_of(*_LISTS, "")] = "posts"  # the list that is read; "" after the last
    page: str | None = None  # token of its next page
    archive: bool | None = None  # whether the app may search the archive; None: not known
    searches: list[Three] = field(default_factory=list)  # [conversation, when it began, root post] to read
    search_page: str | None = None  # token of the next page of the current search
    search_for: int = 0  # how many of the first conversations that search is for
    posts: list[str] = field(default_factory=list)  # posts to request by their IDs
    listed: int = 0  # posts that the list of posts gave
    oldest: str = ""  # ID of the last of them
    mentioned: int = 0  # posts that the lists of mentions gave
    earliest: str = ""  # ID of the last one in `mentions`
    # Conversations of others in which replies of the account have replies.
    elsewhere: list[str] = field(default_factory=list)
    unheard: int = 0  # conversations that began before the time to which the search reaches
    messages: str | None = None  # token of the next page of private messages
    written: bool = False  # whether the private messages were read
    lacking: list[str] = field(default_factory=list)  # what else X did not give, in words


read_cursor = XCursor.read


class XCrawl(Crawl[XCursor]):
    """One pass over an account on X.

    base: the address of the API.
    api, api_of_some: the clients of lists, and of items that are requested by their IDs.
    reach: the time to which a recent search reaches back.
    conversations: what is known of the conversations so far.
    failed_in_a_row: how many posts in a row X failed to give by their IDs.
    """

    cursor_type, server = XCursor, SERVER

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(account, window)
        in_path(self.me)
        self.base = base_of(account)
        self.api, self.api_of_some = Api(client), Api(client, some=True)
        if self.window.kind == "recent" and self.window.before is not None:
            self.context["paid"] = instant(self.window.before)
        self.reach = datetime.now(UTC) - RECENT_SEARCH + SLACK
        self.failed_in_a_row = 0
        self.conversations = KnownConversations(self)
        self.queues = (SinglePosts(self), Searches(self))

    def profile(self) -> Exchange:
        return self.get(f"/2/users/{self.me}", PROFILE_FIELDS)

    def start_at(self, url: str) -> None:
        self.todo.stage, self.todo.posts = "", [post_in(url)]

    def prepare(self) -> None:
        """Find out whether the app may search the archive."""
        if self.todo.archive is None:
            self.todo.archive = self.may_search_archive()

    @property
    def current_list(self) -> str:
        return self.todo.stage

    def continue_at(self, place: str | None) -> None:
        todo = self.todo
        todo.page = place
        if place is None:
            following = self.list_behind(todo.stage)
            if todo.stage == "answered":
                del todo.elsewhere[:CONVERSATIONS_IN_QUERY]
            todo.stage = following

    def list_behind(self, name: str) -> str:
        """Return the list that is read after this one.

        If a list of 3,200, or of 800, is full, that is the part that only the archive has.
        """
        todo = self.todo
        if name == "posts" and todo.archive and todo.listed >= CUT_FROM:
            return "older"
        if name in ("posts", "older"):
            return "mentions"
        if name == "mentions":
            return "named" if todo.mentioned >= MENTIONS_CUT_FROM and self.reads_all_mentions else ""
        queried = CONVERSATIONS_IN_QUERY if name == "answered" else 0
        return "answered" if len(todo.elsewhere) > queried else ""

    def list_pages(self, name: str) -> Iterator[Exchange]:
        todo = self.todo
        if name in ("posts", "mentions"):
            path = "tweets" if name == "posts" else "mentions"
            span: Params = {"start_time": f"{self.since:%Y-%m-%dT%H:%M:%SZ}"} if self.since else {}
            return self.pages(f"/2/users/{self.me}/{path}", {"max_results": PAGE, **span}, todo.page)
        params: Params = {
            "query": self.query_of(name),
            "max_results": ARCHIVE_PAGE,
            "until_id": todo.oldest if name == "older" else todo.earliest,
            "start_time": "2006-03-21T00:00:00Z",
        }
        return self.pages("/2/tweets/search/all", params, todo.page, "next_token")

    def query_of(self, name: str) -> str:
        """Return the query of a list of the archive.

        Most replies to the account are in its own conversations, which are read as such. The search covers
        only those others in which the account replied.
        """
        handle = self.account.handle
        if name == "older":
            return f"from:{self.me}"
        if name == "named":
            return f"@{handle} -to:{handle} -is:retweet -from:{self.me}"
        return " OR ".join(
            f"conversation_id:{in_path(conversation)} to:{handle}"
            for conversation in self.todo.elsewhere[:CONVERSATIONS_IN_QUERY]
        )

    @property
    def reads_all_mentions(self) -> bool:
        """Whether the mentions that only the archive has are read.

        A history reads them once, and so does a capture of everything that a person requests. A sweep would
        pay for all of them each night.
        """
        return (
            bool(self.todo.archive)
            and self.since is None
            and self.window.edited_since is None
            and self.account.handle is not None
        )

    def take_page(self, name: str, page: Exchange) -> tuple[list[Exchange], str | None]:
        page, known = self.describe(page), self.conversations
        posts, response = posts_of(page), XResponse(Reading(page), body_of(page), HEAD)
        known.note_versions([*posts, *response.posts.values()])
        self.note_posts(name, posts, response)
        known.find_owners(posts)
        if self.reads_all_mentions:
            self.note_elsewhere(posts, response)
        ours = {
            post["conversation_id"] for post in posts if known.is_ours.get(post.get("conversation_id", ""))
        }
        told = {"ours": sorted(ours), "heard": sorted(ours & known.requested), "whole": self.whole}
        page = with_context(
            replace(page, context={**page.context, **told}), firsts=known.first_versions_in(posts)
        )
        is_last = page.cursor is None and not self.list_behind(name)
        return [self.with_missing(page) if is_last else page], page.cursor

    def note_posts(self, name: str, posts: Sequence[dict[str, Any]], response: XResponse) -> None:
        """Count the posts of a page, and queue the conversations that they began."""
        todo = self.todo
        if name in _MENTIONS:
            todo.mentioned += len(posts)
            todo.earliest = posts[-1]["id"] if posts and name == "mentions" else todo.earliest
            return
        if name == "posts":
            todo.listed += len(posts)
            todo.oldest = posts[-1]["id"] if posts else todo.oldest
        for post in posts:
            if post.get("conversation_id") in (None, *versions_of(post)):
                self.conversations.queue_search(post, response)

    def note_elsewhere(self, posts: Sequence[dict[str, Any]], response: XResponse) -> None:
        """Note the conversations of others in which a reply of the account has replies.

        The list `answered` searches the archive for older replies in them.
        """
        for post in posts:
            conversation = post.get("conversation_id") or post["id"]
            is_ours = conversation in versions_of(post) or self.conversations.is_ours.get(conversation)
            has_replies = (
                post.get("author_id") == self.me and not is_ours and response.count_replies(post) != 0
            )
            if has_replies and conversation not in self.todo.elsewhere:
                self.todo.elsewhere.append(conversation)

    def skip_list(self, name: str, failure: PlatformFailure) -> Exchange | None:
        """Everything except the account's own posts can be captured without it."""
        if name not in _MENTIONS:
            raise failure
        answer = refusal_in(failure)
        self.todo.lacking.append(f"X does not list the posts that name the account ({told_by(answer)})")
        return self.with_missing(with_context(answer, not_given=True))

    def read_private(self) -> Iterator[Exchange]:
        """Read what X shows to the account's own token only.

        Nothing is read after a refusal of the rest: X then refuses the account, or its credits have run out.
        X shows no people to the token of an app.
        """
        if self.current_list or any(queue.entries for queue in self.queues):
            return
        private = PrivateLists(self)
        if self.window.kind in blocklist.WINDOWS and self.api.secrets.get("refresh_token"):
            yield private.read_people()
        if self.window.messages and self.window.kind != "one" and not self.todo.written:
            yield from private.read_messages()

    # -- what X does not give ----------------------------------------------------------------------------

    def missing(self) -> str:
        words = [*self.cut_lists(), *self.todo.lacking, *filter(None, [super().missing()])]
        return f"{'; '.join(words)}; {MANUAL}" if words else ""

    def cut_lists(self) -> list[str]:
        """Return what the lists leave out, in words.

        The list of the last days leaves out nothing.
        """
        todo, words = self.todo, list[str]()
        if self.since is not None or self.window.kind == "one":
            return []
        if not todo.archive and todo.listed >= CUT_FROM:
            words.append(
                f"X lists the 3,200 newest posts of an account, and gave {todo.listed}: there may be more"
            )
        if todo.unheard:
            words.append(
                f"search reaches seven days back: of {todo.unheard} older conversations only answers that"
                " name the account are listed"
            )
        if not todo.archive and todo.mentioned >= MENTIONS_CUT_FROM:
            words.append(
                f"X lists the 800 newest posts that name an account, and gave {todo.mentioned}: there may be"
                " more"
            )
        return words

    def note_lacking(self, words: str) -> None:
        """Note once what X does not give."""
        if words not in self.todo.lacking:
            self.todo.lacking.append(words)

    @property
    def whole(self) -> str:
        """The instant from which on all replies to a post can be requested.

        `parse` then compares their number with that of the archived ones. "": there is no limit.
        """
        return "" if self.todo.archive else instant(self.reach)

    # -- requests ----------------------------------------------------------------------------------------

    def get(self, path: str, params: Params, **context: Any) -> Exchange:
        return self.api.get(f"{self.base}{path}", params, context=self.context | context)

    def pages(
        self,
        path: str,
        params: Params,
        start: str | None,
        parameter: str = "pagination_token",
        **context: Any,
    ) -> Iterator[Exchange]:
        """Read the pages of a list of posts.

        start: token of the first page; None: the beginning of the list.
        parameter: that of the token.
        """
        return by_cursor(
            self.api,
            f"{self.base}{path}",
            {**POST_FIELDS, **params},
            next_token,
            parameter=parameter,
            context=self.context | context,
            start=start,
        )

    def may_search_archive(self) -> bool | None:
        """Find out whether the app may search the archive; None: X fails to say.

        The query is for the account's own newest posts, which are read anyway, and cost once. Without an
        answer, no conversation is read. Everything else is, and this is reported.
        """
        url = f"{self.base}/2/tweets/search/all"
        query: Params = {"query": f"from:{self.me}", "max_results": 10, "post.fields": "id"}
        try:
            answer = self.api.get(url, query, context={"again": True}, expect=(200, 403))
            content_of(answer)
        except (AccountUnavailable, UnexpectedResponse) as failure:
            if self.window.kind == "one":
                raise
            # Each run of a history asks again.
            self.note_lacking(f"X fails to search ({told_by(spared(failure))}): no conversation was read")
            return None
        return answer.status == 200

    def by_id(self, natives: Sequence[str], fields: Params = POST_FIELDS, **context: Any) -> Exchange:
        """Request posts by their IDs, as many as one request takes."""
        params: Params = {**fields, "ids": ",".join(natives)}
        return self.api_of_some.get(f"{self.base}/2/tweets", params, context=self.context | context)

    def each_by_id(
        self, natives: Sequence[str], words: str, fields: Params = POST_FIELDS
    ) -> Iterator[Exchange | str]:
        """Request posts by their IDs; yield the responses, and the IDs at which X fails.

        If X fails to give several, halves of them are requested, down to one. A post at which X always fails
        would else keep the page that needs it out of the archive. The failure is raised after AT_MOST in a
        row, because X gives none then, and for a permalink, whose post must not count as captured.

        words: what is missing without a post.
        """
        waiting = [natives[start : start + BATCH] for start in range(0, len(natives), BATCH)]
        while waiting:
            some = waiting.pop()
            try:
                answer = self.by_id(some, fields)
            except PlatformFailure as failure:
                reason, half = told_by(refusal_in(failure)), len(some) // 2
                self.failed_in_a_row += not half
                if self.window.kind == "one" or self.failed_in_a_row > AT_MOST:
                    raise
                if half:
                    waiting += [some[:half], some[half:]]
                else:
                    self.note_lacking(f"{words} ({reason})")
                    yield some[0]
            else:
                self.failed_in_a_row = 0
                yield answer

    def describe(self, answer: Exchange) -> Exchange:
        """Add the files and polls of reposted posts and earlier versions to the context.

        A response describes only those of the requested posts, not of the posts that it includes. A post at
        which X fails counts as not included: its archived files stay.
        """
        posts, response = posts_if_sound(answer)
        read = {
            native for post in posts for native in (references_of(post).get("retweeted"), *versions_of(post))
        }
        undescribed = sorted(
            native
            for native in read
            if native in response.posts and not response.describes(response.posts[native])
        )
        words = "X does not describe the files of some posts that are passed on, or were edited"
        found: dict[str, list[Any]] = {"media": [], "polls": [], "undescribed": []}
        for more in self.each_by_id(undescribed, words):
            if isinstance(more, str):
                found["undescribed"].append(more)
                continue
            includes = XResponse(Reading(more), body_of(more)).includes
            for name in ("media", "polls"):
                found[name] += includes.get(name) or ()
        return with_context(answer, **found)
