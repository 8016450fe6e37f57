"""The comments on the posts and photos of a Page, and posts that are asked for by their ids, with theirs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recordroom.errors import AccountUnavailable, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import Exchange
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.facebook.asking import PAGE_SIZE, readable
from recordroom.platforms.facebook.fields import ALONE, COMMENTS, VIDEOS
from recordroom.platforms.facebook.files import Files
from recordroom.platforms.facebook.parts import count_of, counts_of, is_read_below, kind_of, threaded
from recordroom.platforms.facebook.platform import record_id
from recordroom.platforms.facebook.records import is_planned, posts_in
from recordroom.platforms.http import in_path
from recordroom.platforms.meta.errors import UNSEEN, code_of, failure, is_too_much, words_of
from recordroom.platforms.meta.graph import is_gone
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import Reading, when

if TYPE_CHECKING:
    from recordroom.register.models import Account

POSTS_BY_ID = 10  # with so many parts each: more would be too much data
THREAD: Params = {
    "filter": "stream",
    "order": "chronological",
    "live_filter": "no_filter",  # else those that Facebook finds of low quality are left out on live videos
    "limit": PAGE_SIZE,
    "fields": COMMENTS,
}


class Conversations(Files):
    """What `todo` holds besides the lists. `at_once`: as many posts are asked for by id."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(account, client, window)
        self.at_once = POSTS_BY_ID

    def note_threads(self, posts: Iterable[dict[str, Any]], page: Exchange) -> None:
        """Comments on the Page's posts and those on its own wall, and on each photo of several; those on
        posts elsewhere, which only tag it, are not ours. `updated_time` tells of comments that the counts
        leave out: those on comments; of a photo among several it may not."""
        for post in posts:
            if not is_read_below(post, page) or is_planned(post):
                continue
            reading, root, updated = (
                Reading(page),
                [kind_of(post, page), post["id"]],
                post.get("updated_time"),
            )
            count, counts = count_of(post, "comments", reading), readable(counts_of, post, page, "") or {}
            sign = f"{counts.get('comments')} {updated}"
            published = when(post["created_time"], page, "/created_time")
            photos = [
                photo
                for photo, told in (readable(threaded, post, page) or {}).items()
                if told["comments"] != 0
            ]
            if not self.window.wants(
                record_id(post["id"]), published, sign, all_told=updated is not None and not photos
            ):
                continue
            if count != 0 or updated != post["created_time"]:
                self.todo.threads.append([post["id"], *root])
            self.todo.threads += [[photo, *root] for photo in photos]
            self.note_read(post["id"])

    def note_read(self, root: str) -> None:
        """Say so where no comments on this post are still to be read."""
        if not any(root == waiting for _, _, waiting in self.todo.threads):
            self.window.read(record_id(root))

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds."""
        while self.todo.threads or self.todo.posts:
            yield from self.thread() if self.todo.threads else self.posts()

    def thread(self) -> Iterator[Exchange]:
        """All comments on a post or photo. What has gone since it was listed is seen to by the next capture."""
        todo, (asked, kind, root) = self.todo, self.todo.threads[0]
        context = {"edge": "comments", "root": record_id(root), "root_kind": kind}
        try:
            for page in self.pages(f"{in_path(asked)}/comments", THREAD, todo.comments, **context):
                todo.comments = page.cursor
                self.unread.given()
                if page.cursor is None:
                    del todo.threads[0]
                yield self.with_short(page)
            self.note_read(root)
        except PlatformFailure as failure:
            elsewhere = (
                not root.startswith(f"{self.me}_") and code_of(failure.exchange) in UNSEEN
            )  # its comments are still counted
            if isinstance(failure, AccountUnavailable) or elsewhere:
                todo.threads = [
                    waiting for waiting in todo.threads[1:] if asked != root or waiting[2] != root
                ]
                todo.comments = None
                return
            answer = self.unread.passed(record_id(root), failure)
            del todo.threads[0]
            todo.comments = None
            yield self.with_short(answer)

    def posts(self) -> Iterator[Exchange]:
        """The next of `posts` by id, one by one once Facebook failed at the files of several; of a reel whose
        post cannot be seen, the video."""
        batch = dict(self.todo.posts[: self.at_once])
        for asked, answer, there in self.by_id(
            list(batch), ALONE, size=POSTS_BY_ID, others=True, edge="posts"
        ):
            video, whole = batch[asked[0]], None
            if there:
                try:
                    whole = self.with_files(answer, posts_in(answer))
                except UnexpectedResponse:
                    if len(asked) == 1:
                        raise
                    self.at_once = 1
                    return
                self.note_threads(posts_in(answer), whole)
            elif video and not is_too_much(answer):  # else the post is there, and its video says less
                whole = self.reel_of(video, asked[0])
            elif self.window.kind == "one":
                gone = UsageError(
                    f"{self.window.url} cannot be seen on this Page", "It may be gone, or another's."
                )
                raise (failure(answer) if is_too_much(answer) else None) or gone
            elif not is_gone(answer):
                whole = self.unseen(asked[0], answer)
            self.todo.posts = [post for post in self.todo.posts if post[0] not in asked]
            if whole is not None:
                yield self.with_short(whole)

    def reel_of(self, video: str, post: str) -> Exchange | None:
        """The video of a reel whose post cannot be seen; None where it is gone too."""
        [(_, answer, there)] = self.by_id([video], VIDEOS, others=True, edge="videos", post=post)
        if there:
            self.todo.threads.append([video, "post", post])
            return answer
        return None if is_gone(answer) else self.unseen(post, answer)

    def unseen(self, native: str, answer: Exchange) -> Exchange:
        """The answer that a post must not be seen which a list names."""
        self.note_lack(f"Facebook lists {record_id(native)} and does not give it ({words_of(answer)})")
        return replace(answer, context={**answer.context, "not_given": True, "untold": [record_id(native)]})
