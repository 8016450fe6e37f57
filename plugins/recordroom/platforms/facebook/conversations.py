"""The comments on a Page's posts and photos, and posts requested by their IDs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from recordroom.errors import PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import Exchange
from recordroom.platforms.crawl import ConversationQueue, Crawl, Queue
from recordroom.platforms.facebook.content import (
    counts_of,
    is_read_below,
    kind_of,
    photos_with_comments,
    read_or_none,
    total_of,
)
from recordroom.platforms.facebook.cursor import FacebookCursor
from recordroom.platforms.facebook.files import PostFiles
from recordroom.platforms.facebook.parse import is_planned, posts_in
from recordroom.platforms.facebook.platform import record_id
from recordroom.platforms.facebook.schema import COMMENT_FIELDS, REEL_VIDEO_FIELDS, SINGLE_POST_FIELDS
from recordroom.platforms.http import require_path_segment
from recordroom.platforms.meta.errors import UNSEEN, code_of, failure, is_too_much
from recordroom.platforms.meta.graph import GraphRequests, is_gone
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import Reading, read_time

COMMENTS_PER_PAGE = 100
POSTS_AT_ONCE = 10  # of more posts, with so many parts each, Facebook would refuse the amount of data
COMMENTS: Params = {
    "filter": "stream",  # replies too
    "order": "chronological",
    "live_filter": "no_filter",  # on live videos, comments too that Facebook considers of low quality
    "limit": COMMENTS_PER_PAGE,
    "fields": COMMENT_FIELDS,
}


class Comments(ConversationQueue[Crawl[FacebookCursor]]):
    """The comments on posts, and on each photo of a post with several.

    An entry is [post or photo, kind of the root post, root post].
    """

    entries_field, page_field = "threads", "comments"

    def __init__(self, crawl: Crawl[FacebookCursor], api: GraphRequests) -> None:
        super().__init__(crawl)
        self.api = api

    def queue_below(self, posts: Iterable[dict[str, Any]], page: Exchange) -> None:
        """Queue the comments on posts and their photos where the plan wants them.

        `updated_time` changes with comments that the counts leave out: those on comments. It may not change
        with those on a photo among several.
        """
        for post in posts:
            if not is_read_below(post, page) or is_planned(post):
                continue
            root, updated = [kind_of(post, page), post["id"]], post.get("updated_time")
            count = total_of(post, "comments", Reading(page))
            counts = read_or_none(counts_of, post, page, "") or {}
            sign = f"{counts.get('comments')} {updated}"
            published = read_time(post["created_time"], page, "/created_time")
            photos = [
                photo
                for photo, details in (read_or_none(photos_with_comments, post, page) or {}).items()
                if details["comments"] != 0
            ]
            is_complete = updated is not None and not photos
            if not self.crawl.window.wants_conversation(
                record_id(post["id"]), published, sign, all_told=is_complete
            ):
                continue
            if count != 0 or updated != post["created_time"]:
                self.entries.append([post["id"], *root])
            self.entries.extend([photo, *root] for photo in photos)
            self.report_read(record_id(post["id"]))

    def root_of(self, entry: list[str]) -> str:
        return record_id(entry[2])

    def pages(self, entry: list[str]) -> Iterator[Exchange]:
        native, root_kind, _ = entry
        path, root = f"{require_path_segment(native)}/comments", self.root_of(entry)
        return self.api.pages(path, COMMENTS, self.place, edge="comments", root=root, root_kind=root_kind)

    def take_page(self, entry: list[str], page: Exchange) -> Exchange:  # noqa: ARG002
        return self.crawl.with_missing(page)

    def is_over(self, entry: list[str], failure: PlatformFailure) -> bool:
        """Return whether the post has gone, or is on the wall of others and not shown.

        Comments on the wall of others that may not be seen are counted anyway: nothing is missing.
        """
        is_elsewhere = not entry[2].startswith(f"{self.crawl.me}_")
        return super().is_over(entry, failure) or (is_elsewhere and code_of(failure.exchange) in UNSEEN)

    def skip(self, entry: list[str], failure: PlatformFailure) -> Iterator[Exchange]:
        """Go on behind a conversation.

        The photos of a post that has gone are not read either.
        """
        native, _, root = entry
        if native == root and self.is_over(entry, failure):
            self.entries[1:] = [waiting for waiting in self.entries[1:] if waiting[2] != root]
        yield from super().skip(entry, failure)


class SinglePosts(Queue[Crawl[FacebookCursor]]):
    """Posts that are requested by their IDs.

    An entry is [post, the video of a reel, or ""].
    The video is read where the post of a reel may not be seen.
    at_once: how many are requested at once; one, after Facebook failed to give the files of several.
    """

    entries_field = "posts"

    def __init__(
        self, crawl: Crawl[FacebookCursor], api: GraphRequests, files: PostFiles, comments: Comments
    ) -> None:
        super().__init__(crawl)
        self.api, self.files, self.comments = api, files, comments
        self.at_once = POSTS_AT_ONCE

    def root_of(self, entry: list[str]) -> str:
        return record_id(entry[0])

    def read(self) -> Iterator[Exchange]:
        """Read the first entries, each of which is removed when it is given."""
        todo = self.crawl.todo
        videos = dict(todo.posts[: self.at_once])
        for asked, answer, is_given in self.api.by_id(
            list(videos), SINGLE_POST_FIELDS, size=POSTS_AT_ONCE, others=True, edge="posts"
        ):
            exchange: Exchange | None
            if is_given:
                try:
                    exchange = self.files.complete_posts(answer, posts_in(answer))
                except UnexpectedResponse:
                    if len(asked) == 1:
                        raise
                    self.at_once = 1
                    return
                self.comments.queue_below(posts_in(answer), exchange)
            else:
                exchange = self._instead_of(asked[0], videos[asked[0]], answer)
            todo.posts = [entry for entry in todo.posts if entry[0] not in asked]
            if exchange is not None:
                yield self.crawl.at_cursor(self.crawl.with_missing(exchange))

    def _instead_of(self, native: str, video: str, answer: Exchange) -> Exchange | None:
        """Return what is given instead of a post; None: it is unavailable.

        That is the video of a reel, or the response that does not give the post. If Facebook only fails to
        give the post of a reel, the post is there, and the video says less than it.
        """
        if video and not is_too_much(answer):
            return self.request_reel(video, native)
        if self.crawl.window.kind == "one":
            unseen = UsageError(
                f"{self.crawl.window.url} cannot be seen on this Page",
                "The post may be removed, or another account's.",
            )
            raise (failure(answer) if is_too_much(answer) else None) or unseen
        return None if is_gone(answer) else self.crawl.todo.skip_post(native, answer)

    def request_reel(self, video: str, post: str) -> Exchange | None:
        """Request the video of a reel instead of its post; None: it is unavailable too."""
        [(_, answer, is_given)] = self.api.by_id(
            [video], REEL_VIDEO_FIELDS, others=True, edge="videos", post=post
        )
        if is_given:
            self.crawl.todo.threads.append([video, "post", post])
            return answer
        return None if is_gone(answer) else self.crawl.todo.skip_post(post, answer)
