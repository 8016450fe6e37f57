"""What Instagram and Threads have in common beyond meta.py: an account whose lists are read one after the
other, each page followed by the conversations below it; media, with the files in them; posts of others that
name the account; accounts and hashtags in a text.

A variant says which lists there are, in which order, and what is asked of each (`ListWalk`). Some lists may
be refused for want of a permission: all else is captured then, and the core is told what is lacking.
Addresses of files are signed anew in every answer: a file is called by the id of its media, and a video is
followed by the still picture that stands for it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import UNAVAILABLE, Absence, Exchange, Media
from recordroom.platforms.contract import Client, Known, Sign, Window
from recordroom.platforms.cursor import Five, Remaining, Unreadable
from recordroom.platforms.http import in_path
from recordroom.platforms.meta.errors import REFUSALS, code_of, words_of
from recordroom.platforms.meta.graph import AUTOMATIC, Walk, next_of, objects, untold
from recordroom.platforms.meta.inbox import Inbox
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import ITEM, LIST, NULL, TEXT, Reading, Shape, content_of, when
from recordroom.platforms.unread import Passed, Unread, left_out, spared
from recordroom.text import counted

PAGE_SIZE = 100  # https://developers.facebook.com/docs/graph-api/results, 2026-11-24
_TEXT = TEXT | NULL
CHILD = Shape(
    {"id": TEXT, "media_type": _TEXT, "media_url": _TEXT, "thumbnail_url": _TEXT, "alt_text": _TEXT},
    dict.fromkeys(
        ("timestamp", "permalink", "shortcode", "username", "owner", "ig_id", "media_product_type"),
        "those of the carousel",
    ),
)
CONNECTION = Shape({"data": LIST | NULL, "paging": ITEM | NULL})
_NOT_LISTED = (
    "It may be gone, another's, or older than what the list gives; or that of an answer which the archive"
    " does not know: copy the address of the post that it answers."
)
FOUND = Shape({"id": TEXT, "shortcode": _TEXT, "permalink": _TEXT})

NAMED = (
    "@",
    re.compile(r"(?<![\w.@])@([\w](?:[\w.]{0,28}[\w])?)", re.ASCII),
)  # the sign that each has, and its form
TAGGED = ("#", re.compile(r"(?<![\w&#])#(\w*[^\W\d]\w*)"))
_KINDS = {"VIDEO": "video", "AUDIO": "audio"}


@dataclass
class Todo(Remaining):
    """What is still to be asked."""

    edge: str  # which list is read; "" after the last
    page: str | None = None  # its next page
    posts: list[str] = field(default_factory=list)  # to be asked for by id
    threads: list[Five] = field(
        default_factory=list
    )  # [post or comment, its edge, kind of the root, root, next page]
    given: int = 0  # posts that were listed
    empty: int = 0  # pages of the account's own posts without any that were not the last
    refused: list[str] = field(default_factory=list)  # lists that were not given, and why
    unread: Passed = field(default_factory=Passed)  # conversations that were not given
    inbox: Inbox = field(default_factory=Inbox)  # of the one that has private messages


class ListWalk(Walk):
    """One pass over a window. `lists`: what is read after each list, the first first; `optional`: what is
    lacking without the lists and conversations that may be refused; `own`: the list of the account's own
    posts, of which `listed_at_most` are given; `shape`: theirs."""

    platform: ClassVar[str]
    lists: ClassVar[Mapping[str, str]]
    optional: ClassVar[Mapping[str, str]]
    own: ClassVar[str]
    shape: ClassVar[Shape]
    listed_at_most: int | None = None
    apart: ClassVar[
        Collection[str]
    ] = ()  # lists below a post that a platform gives also where it gives no conversation

    def __init__(
        self, client: Client, base: str, account: str, server: str, window: Window | None = None
    ) -> None:
        super().__init__(client, base, account, server)
        self.window = window or Window("full")
        self.todo = (
            self.read_cursor(self.window.cursor) if self.window.cursor else Todo(next(iter(self.lists)))
        )
        self.since = self.window.since if self.window.kind == "recent" else None
        self.unread = Unread(self.window, self.todo.unread)

    @classmethod
    def read_cursor(cls, cursor: str) -> Todo:
        todo = Todo.read(cursor)
        if todo.edge and todo.edge not in cls.lists:
            raise Unreadable("edge is none of the lists")
        return todo

    # -- what a variant says
    # --------------------------------------------------------------------------------------------------------

    def profile(self) -> Exchange:
        raise NotImplementedError

    def asked_of(self, edge: str) -> Params:
        """The parameters of a list, of a conversation, or (`fields` alone) of one post."""
        raise NotImplementedError

    def threads_of(self, post: dict[str, Any], page: Exchange) -> Iterator[list[str]]:
        """[post, edge, kind] of what is to be read below a post."""
        raise NotImplementedError

    def sign_of(self, post: dict[str, Any], page: Exchange) -> tuple[Sign, bool]:
        """What moves with each new answer to a post, and whether it tells of all of them
        (platforms.Window.wants).
        """
        raise NotImplementedError

    def code_in(self, url: str) -> tuple[str, str]:
        """(shortcode or number, the list in which it stands) of a permalink; UsageError where it is none of a
        post.
        """
        raise NotImplementedError

    def longer(self, page: Exchange) -> Iterator[tuple[str, str, str]]:  # noqa: ARG002 (of a variant)
        """(comment, edge, next page) of what stands in a page of a conversation and is not whole."""
        return iter(())

    def besides(self) -> Iterator[Exchange]:
        """What is read after the lists, also where no conversation is given."""
        return iter(())

    def screened(self, page: Exchange) -> Exchange:
        """The page, with what else `parse` must know of it in its context."""
        return page

    # -- the walk
    # --------------------------------------------------------------------------------------------------------

    def fetch(self) -> Iterator[Exchange]:
        """The profile; then list by list, page by page, each page followed by the conversations below it;
        then what is read beside them, also where these are refused."""
        if not self.window.cursor:
            if self.window.kind == "one":
                self.todo.edge, self.todo.posts = "", [self.post_of(self.window.url or "")]
            yield replace(self.profile(), cursor=self.todo.cursor)
        try:
            yield from self.in_public()
        except Blocked:
            yield from self.besides()
            raise
        yield from self.besides()
        self.unread.end()

    def in_public(self) -> Iterator[Exchange]:
        yield from self.pending()
        while self.todo.edge:
            yield from self.refusable() if self.todo.edge in self.optional else self.listed()
            yield from self.pending()

    def listed(self) -> Iterator[Exchange]:
        """No order is promised; but a page without anything of the last days ends those (pinned posts stand
        before all others).
        """
        edge = self.todo.edge
        for given in self.sparing(f"{self.me}/{edge}", self.asked_of(edge), self.todo.page, edge=edge):
            if native := given.context.get("passed"):
                self.note_passed(native, given)
                self.turn(given.cursor)
                yield self.with_short(given)
            else:
                page = self.screened(given)
                self.note(page)
                self.turn(None if self.is_past(page) else page.cursor)
                yield self.with_short(page)
            if edge not in self.optional:
                yield from self.pending()
            if self.todo.edge != edge:
                return

    def refusable(self) -> Iterator[Exchange]:
        """A list without which all else is captured, and it is told; one of another shape too, which the core
        keeps.
        """
        edge = self.todo.edge
        try:
            yield from self.listed()
        except PlatformFailure as refusal:
            answer = left_out(refusal, edge)
            self.note_refusal(edge, answer)
            self.turn(None)
            yield self.with_short(answer)

    def note_passed(self, native: str, answer: Exchange) -> None:
        """What is said below a post that is passed over can be read all the same."""
        words = f"{self.platform} lists {self.record_id(native)} and does not give it ({words_of(answer)})"
        self.todo.refused += [words] if words not in self.todo.refused else []
        self.todo.threads += [[*thread, native, ""] for thread in self.threads_of({"id": native}, answer)]

    def note_refusal(self, edge: str, refusal: Exchange) -> None:
        words = f"{self.platform} does not give {self.optional[edge]} ({words_of(refusal)})"
        self.todo.refused += [words] if words not in self.todo.refused else []

    def note(self, page: Exchange) -> None:
        """What a page gives to do."""
        posts = self.items(page)
        if self.todo.edge == self.own:
            self.todo.given += len(posts)
            self.todo.empty += not posts and page.cursor is not None
        for post in posts:
            threads = list(self.threads_of(post, page))
            if threads and self.wants(post, page):
                self.todo.threads += [[*thread, post["id"], ""] for thread in threads]

    def wants(self, post: dict[str, Any], page: Exchange) -> bool:
        published = time_of(post, page, "")
        if published is None or (
            self.window.kind != "one" and post["id"] in self.todo.posts
        ):  # it was asked for by its id
            return True
        sign, all_told = self.sign_of(post, page)
        return self.window.wants(self.record_id(post["id"]), published, sign, all_told=all_told)

    def turn(self, page: str | None) -> None:
        """What is read next: the list's next page, or the next list."""
        self.todo.page = page
        if page is None:
            self.todo.edge = self.lists[self.todo.edge]

    def items(self, page: Exchange) -> list[dict[str, Any]]:
        posts = list(objects(page))
        for pointer, post in posts:
            self.shape.check(post, page, pointer)
        return [post for _, post in posts]

    def is_past(self, page: Exchange) -> bool:
        """Whether nothing in it is of the last days."""
        times = [time_of(post, page, "") for post in self.items(page)]
        return (
            self.since is not None
            and bool(times)
            and all(time is not None and time < self.since for time in times)
        )

    @property
    def short(self) -> dict[str, str]:
        """For the core: what the lists leave out."""
        most, given = self.listed_at_most, self.todo.given
        full = (
            [f"{self.platform} lists the newest {most} posts, and gave {given}: there may be more"]
            if most and given >= most
            else []
        )
        left = (
            f"{self.platform} gave {counted(self.todo.empty, 'empty page')} before the end of the list of"
            " posts, which may lack some"
        )
        words = "; ".join(
            filter(None, [*self.todo.refused, *full, left if self.todo.empty else "", self.unread.words])
        )
        return (
            {"short": f"{words}; docs/platforms/{self.platform.lower()}.md says what to do"} if words else {}
        )

    def with_short(self, exchange: Exchange) -> Exchange:
        return replace(exchange, context={**exchange.context, **self.short}, cursor=self.todo.cursor)

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds."""
        while self.todo.threads or self.todo.posts:
            yield from self.thread() if self.todo.threads else self.posts()

    def thread(self) -> Iterator[Exchange]:
        """One conversation. What has gone since it was listed is seen to by the next capture."""
        todo, entry = self.todo, self.todo.threads[0]
        asked, edge, kind, root, start = entry
        context = {"edge": edge, "root": self.record_id(root), "root_kind": kind}
        context |= {"parent": self.record_id(asked)} if asked != root else {}
        try:
            for page in self.pages(f"{in_path(asked)}/{edge}", self.asked_of(edge), start or None, **context):
                entry[4] = page.cursor or ""
                if edge not in self.apart:
                    self.unread.given()
                todo.threads += [
                    [native, below, kind, root, more] for native, below, more in self.longer(page)
                ]
                if page.cursor is None:
                    del todo.threads[0]
                yield self.with_short(page)
        except PlatformFailure as failure:
            refused = edge in self.optional and code_of(failure.exchange) in REFUSALS
            gone = refused or isinstance(failure, AccountUnavailable)
            answer = None if gone else self.unread.passed(self.record_id(root), failure)
            lost = gone and not refused and asked == root  # with all else that was to be asked of it
            todo.threads = [waiting for waiting in todo.threads[1:] if not lost or waiting[3] != root]
            if answer is not None:
                yield self.with_short(answer)
            if not refused:
                return
        if not any(waiting[3] == root for waiting in todo.threads):
            self.window.read(self.record_id(root))

    def posts(self) -> Iterator[Exchange]:
        """The next of `posts`; one that the platform does not give is passed over as in a list."""
        native = self.todo.posts[0]
        try:
            exchange = self.screened(
                self.get(in_path(native), {"fields": self.asked_of(self.own)["fields"]}, edge=self.own)
            )
            self.note(exchange)
        except (AccountUnavailable, Blocked, UnexpectedResponse) as failure:
            if self.window.kind == "one":
                raise
            answer = spared(failure)
            exchange = replace(answer, context={**answer.context, "not_given": True})
            self.note_passed(native, exchange)
        del self.todo.posts[0]
        yield self.with_short(exchange)

    # -- by name
    # --------------------------------------------------------------------------------------------------------

    def record_id(self, native: str) -> str:
        return f"{self.platform.lower()}:{native}"

    def named(self, edge: str, known: Mapping[str, Known], gone: str) -> Iterator[Exchange | Absence]:
        """Of other people's posts only the list knows: those that are not in the whole of it are gone. Where
        it is refused, nothing is known of them."""
        if not known:
            return
        left = dict(known)
        try:
            for page in map(self.screened, self.pages(f"{self.me}/{edge}", self.asked_of(edge), edge=edge)):
                there = [post["id"] for post in self.items(page) if left.pop(post["id"], None)]
                if there:
                    yield page
        except PlatformFailure as refusal:
            yield untold(refusal, left.values())
        else:
            yield from (Absence(one.record_id, UNAVAILABLE, gone, page) for one in left.values())

    def post_of(self, url: str) -> str:
        """The id of the post of a permalink, which only the lists know."""
        code, edge = self.code_in(url)
        for page in self.pages(f"{self.me}/{edge}", {"fields": "id,shortcode,permalink", "limit": PAGE_SIZE}):
            for pointer, post in objects(page):
                FOUND.check(post, page, pointer)
                if code in (
                    post.get("shortcode"),
                    (post.get("permalink") or "").rstrip("/").rpartition("/")[2],
                ):
                    return str(post["id"])
        raise UsageError(f"{url} does not stand in the list of this account's posts", _NOT_LISTED)


def is_anothers(known: Known) -> bool:
    """A post of somebody else that names the account: a comment on nothing."""
    return known.kind == "comment" and known.root_id in (None, known.record_id)


def handle_in(url: str) -> str:
    """The name of the account in the address of its profile."""
    return urlsplit(url).path.strip("/").partition("/")[0].removeprefix("@").lower()


def saved_of(body: bytes, url: str | None, server: str, edges: re.Pattern[str]) -> Exchange:
    """A body without its request: which list it is, is told by its address, or by those of its other pages."""
    bare = Exchange("GET", url or "", 200, (), body, {"server": server})
    found = content_of(bare)
    paging = found.get("paging") if isinstance(found, dict) else None
    told = [url, *(paging.get(name) for name in ("next", "previous"))] if isinstance(paging, dict) else [url]
    edge = next(
        (match[1] for address in told if isinstance(address, str) and (match := edges.search(address))), None
    )
    return replace(bare, context={**bare.context, "edge": edge}) if edge else bare


def time_of(item: Mapping[str, Any], exchange: Exchange, pointer: str) -> datetime | None:
    return when(item["timestamp"], exchange, f"{pointer}/timestamp") if item.get("timestamp") else None


def named_in(kind: tuple[str, re.Pattern[str]], text: str | None) -> list[str]:
    """Accounts (NAMED) or hashtags (TAGGED) in a text."""
    sign, form = kind
    return list(dict.fromkeys(form.findall(text))) if text and sign in text else []


def _children(item: dict[str, Any], reading: Reading, pointer: str) -> list[dict[str, Any]]:
    """Of a carousel."""
    if item.get("children") is None:
        return []
    children = reading.part(CONNECTION, item, "children", pointer)
    if next_of(children, reading, f"{pointer}/children"):
        reading.left.append("children.paging.next")  # a carousel holds twenty at most, fewer than a page
    return reading.each(CHILD, children, "data", f"{pointer}/children")


def files_of(
    item: dict[str, Any], reading: Reading, pointer: str, lacking: str, *, covers: bool
) -> list[Media]:
    """All pictures, videos and recordings of a carousel, or the one of a post. `lacking`: why there is no
    address where none is given; `covers`: whether the still pictures of videos were asked for."""
    found: list[Media] = []
    for one in _children(item, reading, pointer) or [item]:
        sort, url, alt = one.get("media_type"), one.get("media_url"), one.get("alt_text")
        if one is item and (sort is None or sort == "TEXT_POST") and url is None:
            continue
        kind = _KINDS.get(sort or "", "image")
        alt = alt if alt and not AUTOMATIC.match(alt) else None
        found.append(Media(one["id"], kind, url, alt_text=alt, missing_reason=None if url else lacking))
        cover = one.get("thumbnail_url")
        if kind == "video" and (cover or covers):
            found.append(
                Media(f"{one['id']}/thumbnail", "image", cover, missing_reason=None if cover else lacking)
            )
    for position, file in enumerate(found, 1):
        file.position = position
    return found
