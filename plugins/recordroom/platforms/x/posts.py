"""Posts that are requested by their IDs, and what their responses do not describe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from recordroom.errors import PlatformFailure
from recordroom.model import Exchange
from recordroom.platforms.crawl import Crawl, with_context
from recordroom.platforms.http import describe_failure
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import Reading
from recordroom.platforms.unread import AT_MOST
from recordroom.platforms.x.api import Api, refusal_in
from recordroom.platforms.x.cursor import XCursor
from recordroom.platforms.x.entities import XResponse, body_of, posts_if_sound, references_of, versions_of
from recordroom.platforms.x.platform import BATCH
from recordroom.platforms.x.schema import POST_FIELDS


class PostRequests:
    """The requests of one crawl for posts by their IDs.

    api: a client for which a response without any of the posts is no failure.
    failed_in_a_row: how many posts in a row X failed to give.
    """

    def __init__(self, crawl: Crawl[XCursor], api: Api) -> None:
        self.crawl, self.api = crawl, api
        self.failed_in_a_row = 0

    def request(self, natives: Sequence[str], fields: Params = POST_FIELDS, **context: Any) -> Exchange:
        """Request posts by their IDs, as many as one request takes."""
        params: Params = {**fields, "ids": ",".join(natives)}
        return self.api.call("/2/tweets", params, self.crawl.context | context)

    def request_each(
        self, natives: Sequence[str], words: str, fields: Params = POST_FIELDS
    ) -> Iterator[Exchange | str]:
        """Request posts by their IDs; yield the responses, and the IDs at which X fails.

        If X fails to give several, halves of them are requested, down to one. A post at which X always fails
        would else keep the page that needs it out of the archive. The failure is raised after AT_MOST in a
        row, because X gives none then, and for a permalink, whose post must not count as captured.

        words: what is missing without a post.
        """
        waiting = [natives[start : start + BATCH] for start in range(0, len(natives), BATCH)]
        while waiting:
            some = waiting.pop()
            try:
                answer = self.request(some, fields)
            except PlatformFailure as failure:
                reason, half = describe_failure(refusal_in(failure)), len(some) // 2
                self.failed_in_a_row += not half
                if self.crawl.window.kind == "one" or self.failed_in_a_row > AT_MOST:
                    raise
                if half:
                    waiting += [some[:half], some[half:]]
                else:
                    self.crawl.todo.note_lacking(f"{words} ({reason})")
                    yield some[0]
            else:
                self.failed_in_a_row = 0
                yield answer

    def describe(self, answer: Exchange) -> Exchange:
        """Add the files and polls of reposted posts and earlier versions to the context.

        A response describes only those of the requested posts, not of the posts that it includes. A post at
        which X fails counts as not included: its archived files stay.
        """
        posts, response = posts_if_sound(answer)
        read = {
            native for post in posts for native in (references_of(post).get("retweeted"), *versions_of(post))
        }
        undescribed = sorted(
            native
            for native in read
            if native in response.posts and not response.describes(response.posts[native])
        )
        words = "X does not describe the files of some shared or edited posts"
        found: dict[str, list[Any]] = {"media": [], "polls": [], "undescribed": []}
        for more in self.request_each(undescribed, words):
            if isinstance(more, str):
                found["undescribed"].append(more)
                continue
            includes = XResponse(Reading(more), body_of(more)).includes
            for name in ("media", "polls"):
                found[name] += includes.get(name) or ()
        return with_context(answer, **found)
