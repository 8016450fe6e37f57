"""What Threads is asked for, in which order, and how far back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from recordroom import stored_texts
from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse
from recordroom.model import HELD, HIDDEN, NO_ANSWER, UNAVAILABLE, Absence, Exchange, Identity, Totals
from recordroom.platforms.contract import Client, Known, Sign, Window
from recordroom.platforms.http import in_path
from recordroom.platforms.meta.errors import UNSEEN, code_of, failure, is_refusal, words_of
from recordroom.platforms.meta.graph import PAGE, Graph, is_gone, items_of, untold
from recordroom.platforms.meta.list_crawl import PAGE_SIZE, ListWalk, handle_in, is_anothers, time_of
from recordroom.platforms.paging import Params, by_cursor
from recordroom.platforms.schema import Reading, content_of
from recordroom.platforms.threads.parse import OVER, is_repost
from recordroom.platforms.threads.platform import HOST, SERVER, post_in
from recordroom.platforms.threads.schema import (
    CURSORS,
    MENTIONS,
    METRIC,
    METRICS,
    OWN_REPLIES,
    PAGED,
    POSTS,
    PROFILE,
    PROFILED,
    REF,
    REPLIES,
    VALUE,
    WALKED,
)
from recordroom.platforms.unread import beside, spared

if TYPE_CHECKING:
    from recordroom.register.models import Account

VERSION = "v1.0"
APPROVALS = timedelta(days=7)  # how old a post without replies is at which hardly any will wait for approval
GHOST_LIVES = timedelta(hours=24)
_GONE = "gone, or not to be seen with this token: Threads does not say which"
_UNNAMED = (
    "it is not among the posts that mention the account any more: deleted, changed or made private; Threads"
    " does not say which"
)


def identify(account: Account, client: Client) -> Identity:
    """The account whose token it is: that of `account.url`, or the one that is known already, whatever it is
    called now.
    """
    exchange = Graph(client).get(f"{_base(account)}/me", {"fields": "id,username,name"})
    found = content_of(exchange)
    PROFILED.check(found, exchange, "")
    handle = found["username"]
    if account.identity is None and handle.lower() != handle_in(account.url):
        words = f"the token belongs to {handle}, the register says {account.url}"
        mend = (
            "If it was renamed, correct `url`. Else put its own token into the connection"
            " (docs/platforms/threads.md)."
        )
        raise AccountUnavailable(words, mend, exchange)
    return Identity(found["id"], SERVER, found.get("name") or handle, handle, exchange)


def totals(account: Account, client: Client) -> Totals | None:  # noqa: ARG001 (Threads counts nothing of the whole account)
    return None


def _base(account: Account) -> str:
    return f"{(account.api_url or HOST).rstrip('/')}/{VERSION}"


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    return _Walk(account, client, window).fetch()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Replies among those that wait for approval, which no conversation shows; the rest by its id. The core
    has just read the account itself: error 100 then is about this one object, though not why."""
    walk, known = _Walk(account, client), {k.native_id: k for k in ids}
    if any(k.kind == "profile" for k in known.values()):
        yield walk.profile()
    yield from walk.named("mentions", {k.native_id: k for k in known.values() if is_anothers(k)}, _UNNAMED)
    roots = {
        n: k for n, k in known.items() if k.kind in ("post", "story") and k.root_id in (None, k.record_id)
    }
    for asked, answer, there in walk.by_id(list(roots), POSTS, size=1, edge="threads"):
        yield answer if there else _said_of(known[asked[0]], answer)
    written = {n: k for n, k in known.items() if k.kind == "post" and n not in roots}
    replies = {n: k for n, k in known.items() if k.kind in ("comment", "reply") and not is_anothers(k)}
    unsure = set[str]()
    for waiting, page in walk.waiting(replies):
        if page is None:
            unsure |= waiting
        elif waiting:
            yield page
            replies = {n: k for n, k in replies.items() if n not in waiting}
    for some, fields, edge in ((written, OWN_REPLIES, "replies"), (replies, REPLIES, "conversation")):
        places = {n: [k.kind, k.parent_id, k.root_id] for n, k in some.items()}
        for asked, answer, there in walk.by_id(list(places), fields, size=1, edge=edge, places=places):
            told = (
                {"not_given": True, "untold": [known[asked[0]].record_id]} if asked[0] in unsure else {}
            )  # by its id it looks published
            yield (
                replace(answer, context={**answer.context, **told})
                if there
                else _said_of(known[asked[0]], answer)
            )


def _said_of(known: Known, answer: Exchange) -> Absence | Exchange:
    """Of what error 100 was told of; nothing of what Threads fails at."""
    if (problem := failure(answer)) and not is_gone(answer):
        return untold(problem, [known])
    asked_at = answer.fetched_at or datetime.now(UTC)
    if known.kind == "story" and known.began is not None and asked_at - known.began >= GHOST_LIVES:
        return Absence(known.record_id, UNAVAILABLE, OVER, answer, "platform", ended=True)
    return Absence(known.record_id, UNAVAILABLE, _GONE, answer)


class _Walk(ListWalk):
    """`given`: the account's own posts that were read in it; `older`: others that are known to be its own;
    `read_all`: whether these are all that there are."""

    platform, own, shape = "Threads", "threads", WALKED
    apart: ClassVar = ("pending_replies",)
    lists: ClassVar = {"ghost_posts": "threads", "threads": "mentions", "mentions": "replies", "replies": ""}
    optional: ClassVar = {
        "ghost_posts": "ghost posts",
        "mentions": "the posts of others that mention the account",
        "replies": "what the account answers in other people's conversations",
        "pending_replies": "replies that wait for approval",
        "insights": "the counts of posts, with which the replies held here could be compared",
    }

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(client, _base(account), account.known.native_id, SERVER, window)
        self.context |= {"handle": account.known.handle}
        self.given, self.older, self.read_all = set[str](), set[str](), False
        self.may_count = True

    def walked(
        self, path: str, params: Params, start: str | None, context: Mapping[str, Any]
    ) -> Iterator[Exchange]:
        return by_cursor(
            self.graph, f"{self.base}/{path}", params, _after, parameter="after", context=context, start=start
        )

    def following(self, page: Exchange) -> str | None:
        return _after(page)

    def profile(self) -> Exchange:
        return self.get("me", {"fields": PROFILE}, edge="profile")

    def asked_of(self, edge: str) -> Params:
        if edge in ("conversation", "pending_replies"):
            fields = REPLIES if edge == "conversation" else f"{REPLIES},reply_approval_status"
            return {"fields": fields, "reverse": "false", "limit": PAGE_SIZE}
        fields = {"replies": OWN_REPLIES, "mentions": MENTIONS}.get(edge, POSTS)
        span = {"since": int(self.since.timestamp())} if self.since and edge != "mentions" else {}
        return {**span, "fields": fields, "limit": PAGE_SIZE}

    def threads_of(self, post: dict[str, Any], page: Exchange) -> Iterator[list[str]]:
        if page.context.get("edge") != "threads" or is_repost(post):
            return
        yield [post["id"], "conversation", "post"]
        if not post.get("ghost_post_status"):
            yield [post["id"], "pending_replies", "post"]

    def sign_of(self, post: dict[str, Any], page: Exchange) -> tuple[Sign, bool]:
        """Lists count no replies. Where there is none, some may be hidden or wait all the same."""
        published, asked_at = time_of(post, page, ""), page.fetched_at or datetime.now(UTC)
        quiet = (
            post.get("has_replies") is False and published is not None and asked_at - published >= APPROVALS
        )
        return (None if post.get("has_replies") is None else int(post["has_replies"])), quiet

    def note(self, page: Exchange) -> None:
        super().note(page)
        if page.context.get("edge") == "threads":
            self.given.update(post["id"] for post in self.items(page))

    def note_passed(self, native: str, answer: Exchange) -> None:
        super().note_passed(native, answer)
        if self.todo.edge == self.own:
            self.given.add(native)

    def screened(self, page: Exchange) -> Exchange:
        """Of replies and mentions, those that stand in the account's own conversations are read there. Such a
        one that is new tells that an older post is talked about again. Posts, but those of the last days each
        time, are counted one by one."""
        if page.context.get("edge") not in ("replies", "mentions"):
            return (
                self.counted(page) if page.context.get("edge") == "threads" and self.since is None else page
            )
        reading = Reading(page)
        roots = {post["id"]: reading.part(REF, post, "root_post", "").get("id") for post in self.items(page)}
        own = self.own_among({root for root in roots.values() if root})
        elsewhere = [native for native, root in roots.items() if root in own]
        fresh = {
            roots[post["id"]]
            for post in self.items(page)
            if post["id"] in elsewhere and self.is_fresh(post, page)
        }
        self.todo.posts += [
            str(root) for root in fresh if root not in self.given and root not in self.todo.posts
        ]
        return replace(page, context={**page.context, "elsewhere": elsewhere}) if elsewhere else page

    def counted(self, page: Exchange) -> Exchange:
        """The page, and in its context what the insights of each post count. Those of one may be refused
        alone; where those of all are, or a permission is lacking, no more are asked for. Another failure is
        met again at the next request."""
        counts: dict[str, dict[str, int]] = {}
        refused: dict[str, Exchange] = {}
        with self.graph.completing():
            for post in self.items(page) if self.may_count else ():
                try:
                    counts |= {} if is_repost(post) else {post["id"]: self.counts_of(post["id"])}
                except AccountUnavailable:
                    continue
                except (Blocked, UnexpectedResponse) as failure:
                    refused[post["id"]] = beside(failure)
                    if _is_lacking(refused[post["id"]]) or refused[post["id"]].status == NO_ANSWER:
                        break
                except PlatformFailure:
                    break
        if refused:
            self.note_uncounted(refused, some=bool(counts))
        counts = {native: told for native, told in counts.items() if told}
        return replace(page, context={**page.context, "counts": counts}) if counts else page

    def note_uncounted(self, refused: Mapping[str, Exchange], *, some: bool) -> None:
        """`some`: those of others were given."""
        native, answer = next(iter(refused.items()))
        self.may_count = some and not any(map(_is_lacking, refused.values()))
        if not self.may_count:
            self.note_refusal("insights", answer)
        elif not any(stored_texts.code_of(words) == "threads-uncounted" for words in self.todo.refused):
            first = f"{self.record_id(native)}, {words_of(answer)}"
            self.todo.refused.append(stored_texts.text("threads-uncounted", _first=first))

    def counts_of(self, native: str) -> dict[str, int]:
        """{likes, comments, shares, views}"""
        answer = self.get(f"{in_path(native)}/insights", {"metric": "likes,replies,reposts,quotes,views"})
        reading, told = Reading(answer), dict[str, int]()
        for pointer, metric in items_of(content_of(answer), answer):
            reading.check(METRIC, metric, pointer)
            values = reading.each(VALUE, metric, "values", pointer)
            name = METRICS.get(metric["name"])
            if name and values:
                told[name] = told.get(name, 0) + values[0]["value"]
        return told

    def is_fresh(self, post: dict[str, Any], page: Exchange) -> bool:
        """Whether it was written since the last capture; in a whole window all posts are read anyhow."""
        written = time_of(post, page, "")
        return (
            self.since is not None
            and written is not None
            and written >= (self.window.changed_since or self.since)
        )

    def own_among(self, roots: set[str]) -> set[str]:
        """Which of these posts are the account's. In a window of the last days older ones are asked for; in a
        whole one all are known, or listed once more, of each its id only."""
        unknown = roots - self.given - self.older
        if unknown and self.since is not None:
            self.older |= {root for root in sorted(unknown) if self.is_own(root)}
        elif unknown and not self.read_all:
            for page in self.pages(f"{self.me}/threads", {"fields": "id", "limit": PAGE_SIZE}):
                self.older.update(post["id"] for post in self.items(page))
            self.read_all = True
        return roots & (self.given | self.older)

    def is_own(self, native: str) -> bool:
        """Of other people's posts not even the name may be given. One at which Threads fails is taken for its
        own: it is asked for as such, and that it lacks is told."""
        try:
            found = content_of(self.get(in_path(native), {"fields": "id,username"}))
        except PlatformFailure as failure:
            return not is_refusal(spared(failure)) and isinstance(failure, UnexpectedResponse)
        return isinstance(found, dict) and found.get("username") == self.context["handle"]

    def turn(self, page: str | None) -> None:
        if page is None and self.todo.edge == "threads" and self.since is None and not self.window.cursor:
            self.read_all = True
        super().turn(page)

    def waiting(self, known: Mapping[str, Known]) -> Iterator[tuple[set[str], Exchange | None]]:
        """(those of these replies that wait for approval, the answer that says so; None where it is refused:
        those that may have waited, or were ignored, before)"""
        for root in sorted({one.root_id for one in known.values() if one.root_id}):
            below = {native: one for native, one in known.items() if one.root_id == root}
            path = f"{in_path(root.rpartition(':')[2])}/pending_replies"
            try:
                for page in self.pages(
                    path,
                    self.asked_of("pending_replies"),
                    edge="pending_replies",
                    root=root,
                    root_kind="post",
                ):
                    yield below.keys() & {reply["id"] for reply in self.items(page)}, page
            except PlatformFailure as refusal:
                spared(refusal)
                yield {native for native, one in below.items() if one.status in (HELD, HIDDEN)}, None

    def code_in(self, url: str) -> tuple[str, str]:
        return post_in(url), "threads"


read_cursor = _Walk.read_cursor


def _is_lacking(refusal: Exchange) -> bool:
    """Whether a permission is lacking: that of one post would be another error."""
    return code_of(refusal) in UNSEEN


def _after(page: Exchange) -> str | None:
    """The cursor of the next page. An empty page that tells one is not the end: what cannot be seen is left
    out of a page. One that tells the place again that it was asked for is: Meta describes no last page."""
    body = content_of(page)
    PAGE.check(body, page, "")
    reading = Reading(page)
    cursors = reading.part(CURSORS, reading.part(PAGED, body, "paging", ""), "cursors", "/paging")
    after: str | None = cursors.get("after")
    asked = parse_qs(urlsplit(page.url).query).get("after")
    return None if not body["data"] and asked == [after] else after
