"""The crawl of an account on X: its requests, in their order.

    /2/users/<id>                          the profile, in every window
    /2/tweets/search/all                   one page: may the app search the archive?
    /2/users/<id>/tweets                   the list `posts`: the newest 3,200, newest first
      /2/tweets?ids=                       the files of included posts, and root posts (posts.py)
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
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recordroom.errors import AccountUnavailable, PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange, Identity, Totals, instant
from recordroom.platforms import blocklist
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.crawl import Crawl, with_context
from recordroom.platforms.http import describe_failure, require_path_segment
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import Reading, load_content
from recordroom.platforms.unread import require_optional
from recordroom.platforms.x.api import MANUAL, Api, base_of, refusal_in
from recordroom.platforms.x.conversations import KnownConversations, Searches, SinglePosts
from recordroom.platforms.x.cursor import XCursor
from recordroom.platforms.x.entities import (
    XResponse,
    body_of,
    first_value,
    posts_of,
    user_of,
    versions_of,
)
from recordroom.platforms.x.messages import PrivateLists
from recordroom.platforms.x.platform import ARCHIVE_PAGE, NAME, PAGE, SERVER, post_in
from recordroom.platforms.x.posts import PostRequests
from recordroom.platforms.x.schema import HEAD, POST_FIELDS, PROFILE_FIELDS, PROFILE_METRICS

if TYPE_CHECKING:
    from recordroom.register.models import Account

# From so many items on, a list of 3,200, or of 800, may have left some out.
CUT_FROM, MENTIONS_CUT_FROM = 3000, 780
CONVERSATIONS_IN_QUERY = 16  # in a query for replies to the account: each takes some 55 characters of it
_MENTIONS = ("mentions", "named", "answered")


def identify(account: Account, client: Client) -> Identity:
    """Return the account that the register names, or the one that is known by its ID.

    The ID decides once it is known, whatever the account's name is now.
    """
    found = NAME.match(urlsplit(account.url).path)
    if not found:
        raise AccountUnavailable(
            f"{account.url} is not the address of an account on X", "Use this form: https://x.com/<name>."
        )
    path = f"/2/users/by/username/{found[1]}"
    if account.identity is not None:
        path = f"/2/users/{require_path_segment(account.identity.native_id)}"
    exchange = _request_profile(account, client, path)
    user = user_of(exchange)
    return Identity(user["id"], SERVER, user["name"], user["username"], exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """Return how many posts the account has (`own`), with its replies and reposts.

    None: X does not count them.
    """
    exchange = _request_profile(account, client, f"/2/users/{require_path_segment(account.known.native_id)}")
    metrics = Reading(exchange).read_object(PROFILE_METRICS, user_of(exchange), "public_metrics", "/data")
    count = first_value(metrics, "post_count", "tweet_count")
    return None if count is None else Totals({"own": count}, exchange)


def _request_profile(account: Account, client: Client, path: str) -> Exchange:
    return Api(client, base_of(account)).call(path, PROFILE_FIELDS, {"again": True})


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """Read a window of the account (see the module docstring)."""
    return XCrawl(account, client, window).fetch()


class XCrawl(Crawl[XCursor]):
    """One pass over an account on X.

    api: the client of lists.
    posts: requests posts by their IDs.
    conversations: what is known of the conversations so far.
    """

    cursor_type, server = XCursor, SERVER

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(account, window)
        require_path_segment(self.me)
        base = base_of(account)
        self.api = Api(client, base)
        if self.window.kind == "recent" and self.window.previous_start is not None:
            self.context["paid"] = instant(self.window.previous_start)
        self.posts = PostRequests(self, Api(client, base, some=True))
        self.conversations = KnownConversations(self, self.posts)
        self.queues = (
            SinglePosts(self, self.posts, self.conversations),
            Searches(self, self.api, self.posts, self.conversations),
        )

    def profile(self) -> Exchange:
        return self.api.call(f"/2/users/{self.me}", PROFILE_FIELDS, self.context)

    def start_at(self, url: str) -> None:
        self.todo.stage, self.todo.posts = "", [post_in(url)]

    def prepare(self) -> None:
        """Find out whether the app may search the archive."""
        if self.todo.archive is None:
            self.todo.archive = self.may_search_archive()

    def may_search_archive(self) -> bool | None:
        """Find out whether the app may search the archive; None: X fails to say.

        The query is for the account's own newest posts, which are read anyway, and cost once. Without an
        answer, no conversation is read. Everything else is, and this is reported.
        """
        query: Params = {"query": f"from:{self.me}", "max_results": 10, "post.fields": "id"}
        try:
            answer = self.api.call("/2/tweets/search/all", query, {"again": True}, expect=(200, 403))
            load_content(answer)
        except (AccountUnavailable, UnexpectedResponse) as failure:
            if self.window.kind == "one":
                raise
            # Each run of a history asks again.
            self.todo.note_lacking(
                f"X's search fails ({describe_failure(require_optional(failure))}): no conversation was read"
            )
            return None
        return answer.status == 200

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
            params: Params = {**POST_FIELDS, "max_results": PAGE, **span}
            return self.api.pages(f"/2/users/{self.me}/{path}", params, self.context, start=todo.page)
        params = {
            **POST_FIELDS,
            "query": self.query_of(name),
            "max_results": ARCHIVE_PAGE,
            "until_id": todo.oldest if name == "older" else todo.earliest,
            "start_time": "2006-03-21T00:00:00Z",
        }
        return self.api.search(params, self.context, in_archive=True, start=todo.page)

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
            f"conversation_id:{require_path_segment(conversation)} to:{handle}"
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
        page, known = self.posts.describe(page), self.conversations
        posts, response = posts_of(page), XResponse(Reading(page), body_of(page), HEAD)
        known.note_versions([*posts, *response.posts.values()])
        self.note_posts(name, posts, response)
        known.find_owners(posts)
        if self.reads_all_mentions:
            self.note_elsewhere(posts, response)
        ours = {
            post["conversation_id"] for post in posts if known.is_ours.get(post.get("conversation_id", ""))
        }
        told = {"ours": sorted(ours), "heard": sorted(ours & known.requested), "whole": known.whole}
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
        self.todo.lacking.append(
            f"X does not list the posts that mention the account ({describe_failure(answer)})"
        )
        return self.with_missing(with_context(answer, not_given=True))

    def read_private(self) -> Iterator[Exchange]:
        """Read what X shows to the account's own token only.

        Nothing is read after a refusal of the rest: X then refuses the account, or its credits have run out.
        X shows no people to the token of an app.
        """
        if self.current_list or any(queue.entries for queue in self.queues):
            return
        private = PrivateLists(self, self.api)
        if self.window.kind in blocklist.WINDOWS and self.api.secrets.get("refresh_token"):
            yield private.read_people()
        if self.window.reads_messages and self.window.kind != "one" and not self.todo.written:
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
                f"X lists only the 3,200 newest posts of an account and gave {todo.listed}: there may be more"
            )
        if todo.unheard:
            words.append(
                f"X's search reaches seven days back: in {todo.unheard} older conversations, only replies"
                f" that mention"
                " the account are listed"
            )
        if not todo.archive and todo.mentioned >= MENTIONS_CUT_FROM:
            words.append(
                f"X lists only the 800 newest posts that mention an account and gave {todo.mentioned}: there"
                f" may be"
                " more"
            )
        return words
