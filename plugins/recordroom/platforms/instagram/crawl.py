"""The crawl of an Instagram account: its requests, in their order.

    /me or /<account>           the profile, in every window
    /<account>/stories          first, because Instagram gives each for 24 hours only
    /<account>/tags             posts of other people that tag the account
    /<account>/media            posts and reels, the newest 10,000
      /<post>/comments            newest first, each with the first replies to it
      /<comment>/replies          the other replies, where that list is cut
    /<holder>/conversations     direct messages, where the register asks for them (meta/inbox.py)

Stories and tags are read to their ends before the comments below them. Messages are read also where Instagram
refuses all of the above.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from recordroom.errors import AccountUnavailable, PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange, Identity, Totals
from recordroom.platforms.contract import Client, ReplySign, Window
from recordroom.platforms.cursor import one_of
from recordroom.platforms.http import require_path_segment, unexpected_field
from recordroom.platforms.instagram.api import base_of, is_of_facebook
from recordroom.platforms.instagram.parse import kind_of
from recordroom.platforms.instagram.platform import SERVER, post_in
from recordroom.platforms.instagram.schema import (
    COMMENT_FIELDS,
    COMMENT_HEAD,
    COMMENT_PAGE,
    COUNTED,
    HOLDER,
    POST_FIELDS,
    POST_HEAD,
    PROFILE_FIELDS,
    REPLY_FIELDS,
    TAGGED_POST_FIELDS,
)
from recordroom.platforms.meta.errors import INVALID, code_of, describe_error, is_refusal
from recordroom.platforms.meta.graph import BATCH, Graph, GraphRequests, next_of, next_page, objects
from recordroom.platforms.meta.inbox import InboxReader
from recordroom.platforms.meta.list_crawl import PAGE_SIZE, ListCrawl, ListCursor, handle_in
from recordroom.platforms.meta.messages import DIRECT
from recordroom.platforms.meta.posts import CONNECTION
from recordroom.platforms.paging import Params, follow_addresses
from recordroom.platforms.schema import Reading, load_content
from recordroom.platforms.unread import require_optional

if TYPE_CHECKING:
    from recordroom.register.models import Account

LISTED = 10_000  # posts that Instagram lists of an account
CUT_FROM = 25  # Instagram's own page size: so many replies may have been cut, although no next page is named

_NEXT_LIST = {"stories": "tags", "tags": "media", "media": ""}
_OWN_TOKEN = "Enter a token of this account; docs/platforms/instagram.md says how to get it."  # noqa: S105 (words)


def identify(account: Account, client: Client) -> Identity:
    """Return the account of the register, which must be one that the token may read.

    It is known by its ID, and before the first capture by its name.
    """
    names: list[str] = []
    wanted = handle_in(account.url)
    for native, names_of, answer in _readable_accounts(account, client):
        handle = names_of.get("username")
        if account.identity is not None or (handle or "").lower() == wanted:
            return Identity(native, SERVER, names_of.get("name") or handle, handle, answer)
        names.append(handle or native)
    words = (
        f"the token reads {', '.join(names) or 'no Instagram account'}, but the register has {account.url}"
    )
    raise AccountUnavailable(words, f"If the account was renamed, correct `url`. Otherwise: {_OWN_TOKEN}")


def totals(account: Account, client: Client) -> Totals | None:
    """Return the count of posts on the profile."""
    crawl = InstagramCrawl(account, client)
    answer = crawl.requests.get(crawl.node, {"fields": "media_count"})
    found = load_content(answer)
    COUNTED.check(found, answer, "")
    return Totals({"post": found["media_count"]}, answer)


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """Read a window of the account (see the module docstring)."""
    return InstagramCrawl(account, client, window).fetch()


def _readable_accounts(account: Account, client: Client) -> Iterator[tuple[str, dict[str, Any], Exchange]]:
    """Yield ID, names, and response of each account that the token may read.

    Under Facebook's login, an account that is known already is the only one.
    """
    graph, base, known = Graph(client), base_of(account, client), account.identity
    if not is_of_facebook(client):
        answer = graph.get(f"{base}/me", {"fields": "user_id,username,name"})
        found = _checked_holder(load_content(answer), answer, "")
        if not found.get("user_id"):
            number = found.get("user_id", "nothing")
            raise unexpected_field(answer, "/user_id", "the account's own number, not the app's", number)
        yield str(found["user_id"]), found, answer
    elif known is not None:
        answer = graph.get(f"{base}/{require_path_segment(known.native_id)}", {"fields": "id,username,name"})
        yield known.native_id, _checked_holder(load_content(answer), answer, ""), answer
    else:
        for holder, answer, pointer in _holders(graph, base):
            found = Reading(answer).read_object(HOLDER, holder, "instagram_business_account", pointer)
            if found.get("id"):
                yield found["id"], found, answer


def _holders(graph: Graph, base: str) -> Iterator[tuple[dict[str, Any], Exchange, str]]:
    """Yield the Page of the token, or else the Pages of the person or system user."""
    linked = "id,instagram_business_account{id,username,name}"
    try:
        answer = graph.get(f"{base}/me", {"fields": linked})
        yield _checked_holder(load_content(answer), answer, ""), answer, ""
    except UnexpectedResponse as problem:
        if code_of(problem.exchange) != INVALID:  # else it is not a Page, and has no such field
            raise
        query: Params = {"fields": linked, "limit": PAGE_SIZE}
        for answer in follow_addresses(graph, f"{base}/me/accounts", query, next_page):
            for pointer, page in objects(answer):
                yield _checked_holder(page, answer, pointer), answer, pointer


def _checked_holder(found: Any, answer: Exchange, pointer: str) -> dict[str, Any]:
    HOLDER.check(found, answer, pointer)
    holder: dict[str, Any] = found
    return holder


@dataclass
class InstagramCursor(ListCursor):
    """The rest of a crawl of Instagram."""

    edge: Annotated[str, one_of(*_NEXT_LIST, "")] = "stories"


read_cursor = InstagramCursor.read


class InstagramCrawl(ListCrawl):
    """One pass over an account on Instagram.

    node: the account in the addresses of its profile: "me" under Instagram's login.
    batch: records requested by their IDs at once. Only the documentation of Facebook's login mentions more
    than one.
    inbox: the direct messages.
    """

    cursor_type, server, title = InstagramCursor, SERVER, "Instagram"
    lists, own_list, post_head = _NEXT_LIST, "media", POST_HEAD
    optional: ClassVar = {"stories": "stories", "tags": "the posts of others that tag the account"}

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        requests = GraphRequests(client, base_of(account, client), account.known.native_id, SERVER)
        super().__init__(account, requests, window)
        self.is_of_facebook = is_of_facebook(client)
        self.node, self.batch = (self.me, BATCH) if self.is_of_facebook else ("me", 1)
        self.listed_at_most = LISTED
        self.inbox = InboxReader(requests, self.window, DIRECT, self.todo.inbox, self.todo.refused)

    def profile(self) -> Exchange:
        return self.requests.get(self.node, {"fields": PROFILE_FIELDS}, edge="profile")

    def query_of(self, edge: str) -> Params:
        if edge in ("comments", "replies"):
            fields = COMMENT_FIELDS if edge == "comments" else REPLY_FIELDS
            return {"fields": fields, "limit": COMMENT_PAGE}
        since = {"since": int(self.since.timestamp())} if self.since and edge == "media" else {}
        fields = TAGGED_POST_FIELDS if edge == "tags" else POST_FIELDS
        return {**since, "fields": fields, "limit": PAGE_SIZE}

    def lists_below(self, post: dict[str, Any], page: Exchange) -> Iterator[tuple[str, str]]:
        """Instagram gives no comments on the posts of other people."""
        if page.context.get("edge") != "tags":
            yield "comments", kind_of(post, page)

    def activity_of(self, post: dict[str, Any], page: Exchange) -> tuple[ReplySign, bool]:  # noqa: ARG002
        """Return the count of comments.

        It covers replies to them, but perhaps not hidden ones: where it is 0, there may be some.
        """
        return post.get("comments_count"), post.get("comments_count") == 0

    def cut_lists(self, page: Exchange) -> Iterator[tuple[str, str, str]]:
        """Yield the lists of replies that a page cuts, or may cut."""
        reading = Reading(page)
        for pointer, comment in objects(page):
            reading.check(COMMENT_HEAD, comment, pointer)
            replies = reading.read_object(CONNECTION, comment, "replies", pointer)
            following = next_of(replies, reading, f"{pointer}/replies")
            if following or len(replies.get("data") or ()) >= CUT_FROM:
                yield comment["id"], "replies", following or ""

    def locate(self, url: str) -> tuple[str, str]:
        return post_in(url)

    def read_private(self) -> Iterator[Exchange]:
        """Read the direct messages, if the register asks for them."""
        if self.inbox.wanted:
            for page in self.message_pages():
                yield self.at_cursor(self.with_missing(page))

    def message_pages(self) -> Iterator[Exchange]:
        """Read the direct messages, or the response that refuses them.

        Under Facebook's login they are conversations of the Page, which only its own token gives.
        """
        if not self.is_of_facebook:
            yield from self.inbox.read("me/conversations")
            return
        holder: dict[str, Any] = {}
        try:
            answer = self.requests.get("me", {"fields": "id,instagram_business_account{id}"})
            holder = _checked_holder(load_content(answer), answer, "")
        except PlatformFailure as problem:
            answer = require_optional(problem)
            if code_of(answer) != INVALID:  # else it is not a Page, and has no such field
                yield self.inbox.refused(answer, describe_error(answer), fault=not is_refusal(answer))
                return
        if Reading(answer).read_object(HOLDER, holder, "instagram_business_account", "").get("id") == self.me:
            yield from self.inbox.read(f"{require_path_segment(str(holder['id']), answer)}/conversations")
        else:
            why = (
                "Instagram gives messages only to the token of the account's Page, and this is another token"
            )
            yield self.inbox.refused(answer, why)
