"""The lists of a Page's posts, page by page: what it published, and what others wrote on its wall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recordroom.errors import PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.facebook.asking import ALL, readable
from recordroom.platforms.facebook.conversations import Conversations
from recordroom.platforms.facebook.fields import ALBUM, POSTS
from recordroom.platforms.facebook.parts import attachments_of, files_of
from recordroom.platforms.facebook.records import posts_in
from recordroom.platforms.meta.errors import words_of
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import when
from recordroom.platforms.unread import spared

if TYPE_CHECKING:
    from recordroom.register.models import Account


class Listing(Conversations):
    """Each page of a list is followed by the comments on its posts. `given`: posts that the lists gave in
    this pass; None where an earlier fetch read them."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(account, client, window)
        self.given: set[str] | None = None if self.window.cursor else set()

    def listed(self) -> Iterator[Exchange]:
        """published_posts or feed: each page with what its photos and videos say, followed by the comments on
        its posts. What the first list gave is left out of the second; an album that does not fit into a page
        is asked for alone."""
        edge = self.todo.edge
        given = self.all_given() if edge == "feed" else set()
        for page in self.listed_pages(edge):
            if "not_given" in page.context and "passed" not in page.context:
                self.turn(None)
                yield self.not_told(edge, words_of(page), page)
                return
            if native := page.context.get("passed"):
                self.turn(page.cursor)
                self.todo.threads += (
                    [[native, "post", native]] if edge == "published_posts" else []
                )  # what is said below it can be read
                yield self.with_short(self.unseen(native, page))
                yield from self.pending()
                continue
            posts = [post for post in posts_in(page) if post["id"] not in given]
            elsewhere = [post["id"] for post in posts_in(page) if post["id"] in given]
            self.note_given(posts, page)
            large = [post["id"] for post in posts if len(readable(attachments_of, post, page) or ()) > ALBUM]
            whole, alone = self.completed(page, [post for post in posts if post["id"] not in large])
            alone += large
            self.todo.posts += [[native, ""] for native in alone]
            self.note_threads((post for post in posts if post["id"] not in alone), whole)
            self.turn(page.cursor)
            context = {
                **whole.context,
                **({"elsewhere": elsewhere + alone} if elsewhere + alone else {}),
                **self.short,
            }
            yield replace(whole, context=context, cursor=self.todo.cursor)
            yield from self.pending()

    def listed_pages(self, edge: str) -> Iterator[Exchange]:
        """The pages of a list. Where Facebook fails to give the wall, however little is asked for, its error
        comes in their place: all else is captured."""
        try:
            yield from self.sparing(
                f"{self.me}/{edge}", {**ALL, **self.span, "fields": POSTS}, self.todo.page, edge=edge
            )
        except UnexpectedResponse as failure:
            if edge != "feed":
                raise
            answer = spared(failure)
            yield replace(answer, context={**answer.context, "not_given": True})

    def completed(self, page: Exchange, posts: Sequence[dict[str, Any]]) -> tuple[Exchange, list[str]]:
        """(the page with its files, posts to be asked for anew). A failure is met again at the next request:
        before that, what needs no files is given out."""
        try:
            return self.with_files(page, posts), []
        except PlatformFailure:
            return page, [post["id"] for post in posts if any(readable(files_of, post, page) or ())]

    def all_given(self) -> set[str]:
        """After an interruption the Page's own are listed once more, of each post its id only."""
        if self.given is None:
            light: Params = {**ALL, **self.span, "fields": "id,created_time"}
            self.given = {
                post["id"]
                for page in self.pages(f"{self.me}/published_posts", light)
                for post in posts_in(page)
            }
        return self.given

    def note_given(self, posts: Sequence[dict[str, Any]], page: Exchange) -> None:
        if self.todo.edge == "published_posts":
            for post in posts:
                year = str(when(post["created_time"], page, "/created_time").year)
                self.todo.years[year] = self.todo.years.get(year, 0) + 1
        if self.given is not None:
            self.given.update(post["id"] for post in posts)
