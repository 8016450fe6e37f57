"""What one pass over a Page asks Facebook with, what is still to be asked, and what of it is not given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.cursor import Remaining, Three, Two, one_of
from recordroom.platforms.facebook.platform import SERVER, base_of
from recordroom.platforms.meta.graph import Walk
from recordroom.platforms.meta.inbox import Inbox
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import Reading
from recordroom.platforms.unread import Passed, Unread

if TYPE_CHECKING:
    from recordroom.register.models import Account

_T = TypeVar("_T")
PAGE_SIZE = 100
CUT_FROM = 550  # posts of one year: from here on the list of "approximately 600" may have left some out
ALL: Params = {
    "include_hidden": "true",
    "show_expired": "true",
    "limit": PAGE_SIZE,
}  # the lists leave hidden and expired posts out else
REFUSABLE = {
    "stories": "the stories of the Page",
    "feed": "the list of what stands on its wall, where others write",
    "video_reels": "the list of reels",
    "changed": "the list of older posts, of which some may have changed",
    "blocked": "the list of blocked people",
}


_Edge = Annotated[str, one_of("stories", "published_posts", "feed", "video_reels", "changed", "")]


@dataclass
class Todo(Remaining):
    """What is still to be asked."""

    edge: _Edge = "stories"  # which list is read; "" after the last
    page: str | None = None  # address of its next page
    posts: list[Two] = field(
        default_factory=list
    )  # [post to be asked for, its video: read where the post cannot be seen]
    threads: list[Three] = field(
        default_factory=list
    )  # [post or photo whose comments are to be read, kind of the root, root]
    comments: str | None = None  # address of the next page of the first thread
    years: dict[str, int] = field(default_factory=dict)  # posts that published_posts gave, by year
    refused: list[str] = field(default_factory=list)  # lists that were not given, in words
    unread: Passed = field(default_factory=Passed)  # conversations that were not given
    inbox: Inbox = field(default_factory=Inbox)


read_cursor = Todo.read


class Asking(Walk):
    """One pass over a window: its requests, and what is read next."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(client, base_of(account), account.known.native_id, SERVER)
        self.window = window or Window("full")
        self.todo = Todo.read(self.window.cursor) if self.window.cursor else Todo()
        self.unread = Unread(self.window, self.todo.unread)
        self.since = self.window.since if self.window.kind == "recent" else None
        hints = ("video_reels", *(("changed",) if self.since and self.window.changed_since else ()))
        self.lists = ("stories", "published_posts", "feed", *hints, "")

    @property
    def span(self) -> Params:
        return {"since": int(self.since.timestamp())} if self.since else {}

    def turn(self, page: str | None) -> None:
        """What is read next: the list's next page, or the next list."""
        self.todo.page = page
        if page is None:
            self.todo.edge = self.lists[self.lists.index(self.todo.edge) + 1]

    def note_refusal(self, name: str, why: str) -> None:
        self.note_lack(f"Facebook does not give {REFUSABLE[name]} ({why})")

    def note_lack(self, words: str) -> None:
        self.todo.refused += [words] if words not in self.todo.refused else []

    def not_told(self, name: str, why: str, answer: Exchange) -> Exchange:
        self.note_refusal(name, why)
        return self.with_short(replace(answer, context={**answer.context, "not_given": True}))

    @property
    def short(self) -> dict[str, str]:
        """For the core: the list was too long for Facebook. That of the last days is not a year's."""
        years = (
            ""
            if self.since
            else ", ".join(f"{n} of {year}" for year, n in sorted(self.todo.years.items()) if n >= CUT_FROM)
        )
        listed = (
            [f"Facebook lists about 600 posts of a year, by a ranking, and gave {years}: there may be more"]
            if years
            else []
        )
        words = "; ".join(filter(None, [*self.todo.refused, *listed, self.unread.words]))
        return {"short": f"{words}; docs/platforms/facebook.md says what to do"} if words else {}

    def with_short(self, exchange: Exchange) -> Exchange:
        return replace(exchange, context={**exchange.context, **self.short}, cursor=self.todo.cursor)


def readable(parts: Callable[..., _T], post: dict[str, Any], page: Exchange, *more: str) -> _T | None:
    """None of a post whose parts are odd: that is for `parse` to tell, and keeps nothing behind it from being
    read.
    """
    try:
        return parts(post, Reading(page), *more)
    except UnexpectedResponse:
        return None
