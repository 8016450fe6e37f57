"""The list of what a page on LinkedIn posted, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recordroom.model import Exchange
from recordroom.platforms import Client, Window
from recordroom.platforms.linkedin.conversations import Conversations
from recordroom.platforms.linkedin.restli import Place, escaped, items_of
from recordroom.platforms.linkedin.roles import must_have_role
from recordroom.platforms.linkedin.shapes import POST_HEAD
from recordroom.platforms.linkedin.urns import moment_of, urn_of

if TYPE_CHECKING:
    from recordroom.register.models import Account
LOOKS = 3  # at the head of a list that was read to its end


class Listing(Conversations):
    """Each page of the list is followed by the comments on its posts. `seen`: when the posts that were given out were last changed."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(account, client, window)
        self.seen: dict[str, int] = {}

    def listed(self) -> Iterator[Exchange]:
        """The list of posts to its end, then once more its head, where what was edited meanwhile stands."""
        order = "LAST_MODIFIED" if self.floor else "CREATED"
        path, several = f"posts?q=author&author={escaped(self.me)}&sortBy={order}", False
        for page, posts, following in self.pages(path, self.todo.place):
            if not posts and not several:
                must_have_role(self.api, self.me)
            fresh = self.fresh(posts, page)
            ended = following is None or (
                self.floor is not None and bool(posts) and moment_of(posts[-1]["lastModifiedAt"], page) < self.floor
            )
            self.turn("news" if ended else "posts", None if ended else following)
            yield from self.given(page, fresh)
            if ended:
                break
            several = True
        if several and self.floor is not None:
            yield from self.head(path)

    def head(self, path: str) -> Iterator[Exchange]:
        for _ in range(LOOKS):
            page, posts, _ = next(self.api.pages(path, Place(), urn_of, self.context))
            fresh = self.fresh(posts, page)
            if not fresh:
                return
            yield from self.given(page, fresh)

    def fresh(self, posts: Sequence[dict[str, Any]], page: Exchange) -> list[dict[str, Any]]:
        """Those of a page that are in the window and were not given out as they are now."""
        found = []
        for i, post in enumerate(posts):
            POST_HEAD.check(post, page, f"/elements/{i}")
            late = self.floor is not None and moment_of(post["lastModifiedAt"], page) < self.floor
            if not late and self.seen.get(post["id"]) != post["lastModifiedAt"]:
                found.append(post)
                self.seen[post["id"]] = post["lastModifiedAt"]
        return found

    def given(self, page: Exchange, posts: Sequence[dict[str, Any]]) -> Iterator[Exchange]:
        """A page whose posts other than these are left out, followed by the comments on them."""
        whole, wanted = self.completed(page, posts), {post["id"] for post in posts}
        others = [item["id"] for _, item in items_of(page) if item["id"] not in wanted]
        yield replace(self.told(whole, elsewhere=others, short=self.short), cursor=self.todo.cursor)
        yield from self.pending()
