"""What Instagram is asked for, in which order, and how far back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse
from recordroom.model import UNAVAILABLE, Absence, Exchange, Identity, Totals
from recordroom.platforms.contract import Client, Known, Sign, Window
from recordroom.platforms.http import in_path, wrong
from recordroom.platforms.instagram.api import base_of, is_facebooks
from recordroom.platforms.instagram.parse import kind_of
from recordroom.platforms.instagram.platform import SERVER, post_in
from recordroom.platforms.instagram.schema import (
    COMMENT_PAGE,
    COMMENTS,
    COUNTED,
    HOLDER,
    MEDIA,
    PROFILE,
    SAID,
    SHOWN,
    TAGGED_POSTS,
    WALKED,
    WALKED_COMMENT,
)
from recordroom.platforms.meta.errors import code_of, failure, is_refusal, words_of
from recordroom.platforms.meta.graph import BATCH, Graph, is_gone, next_of, next_page, objects, untold
from recordroom.platforms.meta.inbox import Reader
from recordroom.platforms.meta.list_crawl import CONNECTION, PAGE_SIZE, ListWalk, handle_in, is_anothers
from recordroom.platforms.meta.messages import DIRECT
from recordroom.platforms.paging import Params, by_next_url
from recordroom.platforms.schema import Reading, content_of
from recordroom.platforms.unread import spared

if TYPE_CHECKING:
    from recordroom.register.models import Account

LISTED = 10_000
CUT_FROM = 25  # the API's own size of a page: so many replies may have been cut, though no next page is told
STORY_LIVES = timedelta(hours=24)
_GONE = "gone, or not to be seen with this token: Instagram does not say which"
_OVER = (
    "its 24 hours are over: Instagram shows and gives a story no longer; whether it was deleted before that"
    " is not known"
)
_UNTAGGED = (
    "it is not among the posts that tag the account any more: deleted, untagged or made private; Instagram"
    " does not say which"
)
_OWN_TOKEN = "docs/platforms/instagram.md says how to get a token of this account."  # noqa: S105 (words)


def identify(account: Account, client: Client) -> Identity:
    """The account of `account.url` among those that the token may read; the one that is known already,
    whatever it is called now.
    """
    names: list[str] = []
    wanted = handle_in(account.url)
    for native, told, exchange in _readable(account, client):
        handle = told.get("username")
        if account.identity is not None or (handle or "").lower() == wanted:
            return Identity(native, SERVER, told.get("name") or handle, handle, exchange)
        names.append(handle or native)
    words = f"the token reads {', '.join(names) or 'no Instagram account'}, the register says {account.url}"
    raise AccountUnavailable(words, f"If it was renamed, correct `url`. Else: {_OWN_TOKEN}")


def totals(account: Account, client: Client) -> Totals | None:
    """`post`: what stands on the profile."""
    walk = _Walk(account, client)
    exchange = walk.get(walk.node, {"fields": "media_count"})
    found = content_of(exchange)
    COUNTED.check(found, exchange, "")
    return Totals({"post": found["media_count"]}, exchange)


def _readable(account: Account, client: Client) -> Iterator[tuple[str, dict[str, Any], Exchange]]:
    """(id, names, answer) of the accounts that the token may read; of the known one alone, where there is
    one.
    """
    graph, base, known = Graph(client), base_of(account, client), account.identity
    if not is_facebooks(client):
        exchange = graph.get(f"{base}/me", {"fields": "user_id,username,name"})
        found = _held_by(content_of(exchange), exchange, "")
        if not found.get("user_id"):
            raise wrong(
                exchange,
                "/user_id",
                "the account's own number, not the app's",
                found.get("user_id", "nothing"),
            )
        yield str(found["user_id"]), found, exchange
    elif known is not None:
        exchange = graph.get(f"{base}/{in_path(known.native_id)}", {"fields": "id,username,name"})
        yield known.native_id, _held_by(content_of(exchange), exchange, ""), exchange
    else:
        for holder, exchange, pointer in _holders(graph, base):
            found = Reading(exchange).part(HOLDER, holder, "instagram_business_account", pointer)
            if found.get("id"):
                yield found["id"], found, exchange


def _holders(graph: Graph, base: str) -> Iterator[tuple[dict[str, Any], Exchange, str]]:
    """The Page whose token it is; else the Pages of the person or system user."""
    linked = "id,instagram_business_account{id,username,name}"
    try:
        exchange = graph.get(f"{base}/me", {"fields": linked})
        yield _held_by(content_of(exchange), exchange, ""), exchange, ""
    except UnexpectedResponse as problem:
        if code_of(problem.exchange) != 100:  # else it has no such field
            raise
        for exchange in by_next_url(
            graph, f"{base}/me/accounts", {"fields": linked, "limit": PAGE_SIZE}, next_page
        ):
            yield from (
                (_held_by(page, exchange, pointer), exchange, pointer) for pointer, page in objects(exchange)
            )


def _held_by(found: Any, exchange: Exchange, pointer: str) -> dict[str, Any]:
    HOLDER.check(found, exchange, pointer)
    held: dict[str, Any] = found
    return held


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    return _Walk(account, client, window).fetch()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Each by its id. The core has just read the account itself: error 100 then is about this one object,
    though not why.
    """
    walk, known = _Walk(account, client), {k.native_id: k for k in ids}
    stories = {k.record_id for k in known.values() if k.kind == "story"}
    if any(k.kind == "profile" for k in known.values()):
        yield walk.profile()
    for kind, edge in (("story", "stories"), ("post", "media")):
        for asked, answer, there in walk.by_id(
            [k.native_id for k in known.values() if k.kind == kind], MEDIA, size=walk.batch, edge=edge
        ):
            yield answer if there else _said_of(known[asked[0]], answer, stories)
    yield from walk.named("tags", {k.native_id: k for k in known.values() if is_anothers(k)}, _UNTAGGED)
    places = {
        k.native_id: [k.kind, k.parent_id, k.root_id]
        for k in known.values()
        if k.kind in ("comment", "reply") and not is_anothers(k)
    }
    confirmed = False
    for asked, answer, there in walk.by_id(
        list(places), SAID, size=walk.batch, edge="comments", places=places
    ):
        if not there and not confirmed:
            walk.confirm_comments()
            confirmed = True
        yield answer if there else _said_of(known[asked[0]], answer, stories)


def _said_of(known: Known, answer: Exchange, stories: set[str]) -> Absence | Exchange:
    """Of what error 100 was told of; nothing of what Instagram fails at. A story ends with its day, and what
    was said below it too.
    """
    if (problem := failure(answer)) and not is_gone(answer):
        return untold(problem, [known])
    asked_at = answer.fetched_at or datetime.now(UTC)
    if (
        stories & {known.record_id, known.root_id}
        and known.began is not None
        and asked_at - known.began >= STORY_LIVES
    ):
        return Absence(known.record_id, UNAVAILABLE, _OVER, answer, "platform", ended=True)
    return Absence(known.record_id, UNAVAILABLE, _GONE, answer)


class _Walk(ListWalk):
    """`node`: the account's own; `batch`: objects in one request, of which only Facebook's documentation
    speaks.
    """

    platform, lists, own, shape = (
        "Instagram",
        {"stories": "tags", "tags": "media", "media": ""},
        "media",
        WALKED,
    )
    optional: ClassVar = {"stories": "stories", "tags": "the posts of others that tag the account"}

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(client, base_of(account, client), account.known.native_id, SERVER, window)
        self.context |= {"handle": account.known.handle}
        self.node, self.batch = (self.me, BATCH) if is_facebooks(client) else ("me", 1)
        self.listed_at_most = LISTED
        self.mail = Reader(self, self.window, DIRECT, self.todo.inbox, self.todo.refused)
        self.of_facebook = is_facebooks(client)

    def besides(self) -> Iterator[Exchange]:
        if self.mail.wanted:
            for page in self.messages():
                yield self.with_short(page)

    def messages(self) -> Iterator[Exchange]:
        """Under Facebook's login those are conversations of the Page, and only its own token gives them."""
        if not self.of_facebook:
            yield from self.mail.read("me/conversations")
            return
        holder: dict[str, Any] = {}
        try:
            told = self.get("me", {"fields": "id,instagram_business_account{id}"})
            holder = _held_by(content_of(told), told, "")
        except PlatformFailure as problem:
            told = spared(problem)
            if code_of(told) != 100:  # else it is no Page, and has no such field
                yield self.mail.refused(told, words_of(told), fault=not is_refusal(told))
                return
        if Reading(told).part(HOLDER, holder, "instagram_business_account", "").get("id") == self.me:
            yield from self.mail.read(f"{in_path(str(holder['id']), told)}/conversations")
        else:
            yield self.mail.refused(
                told, "the token is not that of the account's Page, which alone is shown its messages"
            )

    def profile(self) -> Exchange:
        return self.get(self.node, {"fields": PROFILE}, edge="profile")

    def asked_of(self, edge: str) -> Params:
        if edge in ("comments", "replies"):
            return {"fields": COMMENTS if edge == "comments" else SAID, "limit": COMMENT_PAGE}
        span = {"since": int(self.since.timestamp())} if self.since and edge == "media" else {}
        return {**span, "fields": TAGGED_POSTS if edge == "tags" else MEDIA, "limit": PAGE_SIZE}

    def threads_of(self, post: dict[str, Any], page: Exchange) -> Iterator[list[str]]:
        if page.context.get("edge") != "tags":
            yield [post["id"], "comments", kind_of(post, page)]

    def sign_of(self, post: dict[str, Any], page: Exchange) -> tuple[Sign, bool]:  # noqa: ARG002 (of Threads)
        """The count has answers to comments, but hidden ones perhaps not: where it is 0, there may be some
        all the same.
        """
        return post.get("comments_count"), post.get("comments_count") == 0

    def longer(self, page: Exchange) -> Iterator[tuple[str, str, str]]:
        """Comments whose replies are not whole, or may not be."""
        reading = Reading(page)
        for pointer, comment in objects(page):
            reading.check(WALKED_COMMENT, comment, pointer)
            replies = reading.part(CONNECTION, comment, "replies", pointer)
            more = next_of(replies, reading, f"{pointer}/replies")
            if more or len(replies.get("data") or ()) >= CUT_FROM:
                yield comment["id"], "replies", more or ""

    def confirm_comments(self) -> None:
        """Blocked where comments are counted and none is shown: without the permission their lists are empty,
        and each looks gone.
        """
        page = self.get(
            f"{self.me}/media", {"fields": "id,comments_count,comments.limit(1){id}", "limit": PAGE_SIZE}
        )
        reading, counted = Reading(page), 0
        for pointer, post in objects(page):
            reading.check(SHOWN, post, pointer)
            if reading.part(CONNECTION, post, "comments", pointer).get("data"):
                return
            counted += post.get("comments_count") or 0
        if counted:
            words = (
                f"Instagram counts {counted} comments on the newest posts and shows none: the permission for"
                " comments is missing"
            )
            raise Blocked(
                words, "docs/platforms/instagram.md names those that are needed.", page, of_all=True
            )

    def code_in(self, url: str) -> tuple[str, str]:
        return post_in(url)


read_cursor = _Walk.read_cursor
