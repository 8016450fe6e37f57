"""What one pass over an account on Vimeo asks with, what is still to be asked, and what of it is not given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any

from recordroom.errors import AccountUnavailable, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import Client, Window
from recordroom.platforms.answers import wrong
from recordroom.platforms.paging import Params, by_next_url
from recordroom.platforms.remaining import Remaining, Two, one_of
from recordroom.platforms.shapes import Reading, content_of
from recordroom.platforms.unread import Passed, Unread
from recordroom.platforms.vimeo.api import Api, base_of
from recordroom.platforms.vimeo.platform import SERVER
from recordroom.platforms.vimeo.scopes import FILES, granted, unseen
from recordroom.platforms.vimeo.shapes import ALBUM_HEAD, COMMENT_HEAD, EVENT_HEAD, PAGE, PAGING, VIDEO_HEAD
from recordroom.platforms.vimeo.things import PLAN, each_of, native_of

if TYPE_CHECKING:
    from recordroom.register.models import Account

PER_PAGE = 100


_Edge = Annotated[str, one_of("videos", "albums", "live_events", "older", "")]


@dataclass
class Todo(Remaining):
    """What is still to be asked."""

    edge: _Edge = "videos"  # which list is read; "" after the last
    page: str | None = None  # address of its next page
    videos: list[str] = field(default_factory=list)  # those that are asked for alone
    threads: list[Two] = field(default_factory=list)  # [video, comment whose replies are to be read, or ""]
    comments: str | None = None  # address of the next page of the first thread
    lacking: str = ""  # the first video of which there is no file
    untold: str = ""  # the first video whose text tracks, or showcase whose videos, were not told
    unlisted: list[str] = field(default_factory=list)  # lists that were not given
    unread: Passed = field(default_factory=Passed)  # conversations that were not given


read_cursor = Todo.read


class Asking:
    """One pass over a window: its requests."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.window = window or Window("full")
        self.base, self.me = base_of(account), account.known.native_id
        # what no later run goes on with must come to its end in one: lists, and what is asked for by its id
        self.api = Api(client, patient=self.window.kind == "full")
        self.context: dict[str, Any] = {"account": self.me, "server": SERVER}
        self.todo = Todo.read(self.window.cursor) if self.window.cursor else Todo()
        self.unread = Unread(self.window, self.todo.unread)
        times = [at for at in (self.window.since, self.window.changed_since) if at is not None]
        self.floor = min(times) if times and self.window.kind == "recent" else None

    def get(self, path: str, params: Params, **context: Any) -> Exchange:
        return self.api.get(f"{self.base}/{path}", params, context=self.context | context)

    def pages(self, path: str, params: Params, start: str | None = None, **context: Any) -> Iterator[Exchange]:
        """The pages of a list. Where it has become shorter since the page before, that page is read once more, and where reading goes on
        after an interruption: what stood at the head of this page stands at its end now."""
        whole = self.context | context
        walked, here = self.walked(f"{self.base}/{path}", params, start, whole)
        start, known = here, 0
        for page in walked:
            body = content_of(page)
            before, total = (body.get("paging") or {}).get("previous"), body.get("total") or 0
            if before is not None and (total < known or here == start):
                with self.api.completing():
                    again = self.api.get(self.at(before, page), context=whole)
                PAGE.check(content_of(again), again, "")
                yield replace(again, cursor=here)
            here, known = page.cursor, total
            yield page

    def walked(self, url: str, params: Params, start: str | None, context: dict[str, Any]) -> tuple[Iterator[Exchange], str | None]:
        """The pages from `start` on, and where they begin: at the head of the list, where it has become so short since that Vimeo does not
        know `start` any more."""
        pages = by_next_url(self.api, url, params, self.following, context=context, start=start)
        if start is None:
            return pages, None
        try:
            return chain([next(pages)], pages), start
        except (AccountUnavailable, UnexpectedResponse) as unknown:
            if unknown.exchange is None or unknown.exchange.status not in (400, 404):
                raise
            return by_next_url(self.api, url, params, self.following, context=context), None

    def following(self, page: Exchange) -> str | None:
        """The address of the next page."""
        body = content_of(page)
        PAGE.check(body, page, "")
        link: str | None = Reading(page).part(PAGING, body, "paging", "").get("next")
        return None if link is None else self.at(link, page)

    def at(self, link: str, page: Exchange) -> str:
        """Vimeo's links are relative to its API, not to its host: "/me/videos?page=2"."""
        if not link.startswith("/"):
            raise wrong(page, "/paging", "addresses that begin with /", link)
        return f"{self.base}{link}"

    @cached_property
    def scopes(self) -> frozenset[str]:
        with self.api.completing():
            return granted(self.api, self.base)

    @property
    def unseen(self) -> str:
        return unseen(self.scopes)

    @property
    def short(self) -> dict[str, str]:
        """For the core: what the token is not shown, and files that Vimeo does not give."""
        words = [self.unseen] if self.unseen else []
        if self.todo.lacking:
            words.append(f"Vimeo gives no file of videos (the first: {self.todo.lacking}): {PLAN}")
            words += [] if FILES in self.scopes else [f"and does not name {FILES} among the token's"]
        if self.todo.untold:
            words.append(f"Vimeo fails to tell text tracks of videos, or videos of showcases (the first: {self.todo.untold})")
        words += [f"Vimeo fails to list {' and '.join(self.todo.unlisted)}"] if self.todo.unlisted else []
        words += filter(None, [self.unread.words])
        return {"short": f"{'; '.join(words)}; docs/platforms/vimeo.md says what to do"} if words else {}


_SHAPES = {"videos": VIDEO_HEAD, "comments": COMMENT_HEAD, "albums": ALBUM_HEAD, "live_events": EVENT_HEAD}


def items_of(exchange: Exchange, what: str) -> list[tuple[str, str, dict[str, Any]]]:
    """(native id, pointer, item) of an answer to `fetch`, each in the shape that it needs."""
    found = []
    for pointer, item in each_of(content_of(exchange), exchange):
        sort, native, _ = native_of(item.get("uri"), exchange, f"{pointer}/uri")
        if sort != what:
            raise wrong(exchange, f"{pointer}/uri", f"one of {what}", item["uri"])
        _SHAPES[what].check(item, exchange, pointer)
        found.append((native, pointer, item))
    return found
