"""The comments on the videos of an account on Vimeo, and the answers to those; and videos that are asked for alone, with theirs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from recordroom.errors import AccountUnavailable, Blocked, UnexpectedResponse, UsageError
from recordroom.model import Exchange
from recordroom.platforms.paging import Params
from recordroom.platforms.shapes import Reading, content_of
from recordroom.platforms.vimeo.asking import PER_PAGE, items_of
from recordroom.platforms.vimeo.completing import Completing
from recordroom.platforms.vimeo.fields import COMMENTS, VIDEOS
from recordroom.platforms.vimeo.shapes import COMMENTING
from recordroom.platforms.vimeo.things import author_of, connections_of, total_of


class Conversations(Completing):
    """What `todo` holds besides the lists."""

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds. The next run reads what this one does not reach."""
        with self.api.at_once():
            while self.todo.threads or self.todo.videos:
                yield from self.thread() if self.todo.threads else self.single()

    def single(self) -> Iterator[Exchange]:
        """The next of the videos that are asked for alone; UsageError where that of a permalink is none of this account's."""
        native = self.todo.videos[0]
        try:
            answer = self.get(f"videos/{native}", {"fields": VIDEOS})
        except AccountUnavailable as gone:
            if self.window.kind == "one":
                why = f"Nothing says that it is gone: {self.unseen}." if self.unseen else "It may be gone, or another's."
                raise UsageError(f"{self.window.url} cannot be seen", why) from gone
            del self.todo.videos[0]
            return
        except (Blocked, UnexpectedResponse) as failure:
            answer = self.unread.passed(f"vimeo:videos/{native}", failure)
            del self.todo.videos[0]
            yield replace(answer, context={**answer.context, **self.short}, cursor=self.todo.cursor)
            return
        [(native, _, item)] = items_of(answer, "videos")
        if author_of(item, Reading(answer), "").get("uri") != f"/users/{self.me}":
            raise UsageError(f"{self.window.url} is another account's", "Only the account's own videos are captured.")
        whole = self.completed("videos", answer, [(native, item)])
        del self.todo.videos[0]
        yield replace(whole, cursor=self.todo.cursor)

    def thread(self) -> Iterator[Exchange]:
        """All comments on a video, or all answers to a comment, one conversation behind the other: what was read to its end is not read
        again where the rest has to wait. What has gone, or was closed, since it was listed is seen to by the next capture; what is counted
        and not given is a difference of counts. A refusal although comments are on is reported like a failure."""
        todo, (video, comment) = self.todo, self.todo.threads[0]
        path = f"videos/{video}/comments" + (f"/{comment}/replies" if comment else "")
        query: Params = {"per_page": PER_PAGE, "fields": COMMENTS, **({} if comment else {"direction": "asc"})}
        try:
            for page in self.pages(path, query, todo.comments):
                for native, _, item in items_of(page, "comments"):
                    replies = total_of(connections_of(item, Reading(page)), "replies", Reading(page))
                    if replies != 0 and (video, native) not in self.noted:  # None: not told
                        self.noted.add((video, native))
                        todo.threads.insert(1, [video, native])
                self.unread.given()
                todo.comments = page.cursor
                if page.cursor is None:
                    del todo.threads[0]
                yield replace(page, cursor=todo.cursor)
            self.note_read(video)
        except AccountUnavailable:
            self.skip_thread()
        except (Blocked, UnexpectedResponse) as failure:
            if isinstance(failure, Blocked) and self.has_comments_off(video):
                self.skip_thread()
                return
            answer = self.unread.passed(f"vimeo:videos/{video}", failure)
            self.skip_thread()
            yield replace(answer, context={**answer.context, **self.short}, cursor=todo.cursor)

    def skip_thread(self) -> None:
        del self.todo.threads[0]
        self.todo.comments = None

    def has_comments_off(self, video: str) -> bool:
        """Whether the account switched comments off on a video, or the video has gone; False if Vimeo does not say."""
        try:
            answer = self.get(f"videos/{video}", {"fields": "uri,privacy.comments"})
            return Reading(answer).part(COMMENTING, content_of(answer), "privacy", "").get("comments") == "nobody"
        except AccountUnavailable:
            return True
        except (Blocked, UnexpectedResponse):
            return False
