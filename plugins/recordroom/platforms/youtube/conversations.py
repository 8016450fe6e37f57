"""The conversations of a channel: lists of threads, and the replies that a thread does not hold.

commentThreads   100 threads of a video (or of all videos), newest first, each with some of its replies
comments?parentId=   100 replies to a comment, where its thread holds fewer than it counts
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure
from recordroom.model import Exchange
from recordroom.platforms.crawl import ConversationQueue, Crawl
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import Reading, read_time
from recordroom.platforms.unread import UnreadConversations
from recordroom.platforms.youtube.api import Google, reasons_of
from recordroom.platforms.youtube.cursor import YouTubeCursor
from recordroom.platforms.youtube.entities import thread_of
from recordroom.platforms.youtube.parse import checked
from recordroom.platforms.youtube.platform import PUBLISHED, record_id
from recordroom.platforms.youtube.schema import COMMENT, COMMENT_HEAD, THREAD

OF_VIDEO, OF_CHANNEL = "videoId", "allThreadsRelatedToChannelId"
THREADS: Params = {"part": "snippet,replies", "order": "time", "textFormat": "html", "maxResults": 100}
REPLIES: Params = {"part": "snippet", "textFormat": "html", "maxResults": 100}
COMMENTS_OFF = "commentsDisabled"
SHOWN = 5  # replies in a thread at most, in recorded responses; of those that wait nothing else is shown


class Threads(ConversationQueue[Crawl[YouTubeCursor]]):
    """Lists of threads. An entry is [filter, the ID of a video or the channel, moderation status].

    replies: the queue of the replies that threads do not hold.
    """

    entries_field, page_field = "lists", "threads"

    def __init__(self, crawl: Crawl[YouTubeCursor], api: Google, replies: Replies) -> None:
        super().__init__(crawl)
        self.api, self.replies = api, replies

    def root_of(self, entry: list[str]) -> str:
        return record_id(entry[1])

    def pages(self, entry: list[str]) -> Iterator[Exchange]:
        which, native, status = entry
        params = {**THREADS, which: native} | ({"moderationStatus": status} if status != PUBLISHED else {})
        pages = self.api.pages("commentThreads", params, self.crawl.context, start=self.place)
        return _given(pages, self.crawl.unread)

    def take_page(self, entry: list[str], page: Exchange) -> Exchange:
        """Complete a page. The list ends with threads from before the window."""
        has_ended = self.queue_replies(page, status=entry[2])
        return self.crawl.with_missing(replace(page, cursor=None) if has_ended else page)

    def queue_replies(self, page: Exchange, status: str) -> bool:
        """Queue replies; whether the page ends with threads from before the window.

        A list of comments that wait holds of each thread only the replies that wait: the others are in the
        list of published ones.
        """
        todo, at, reading = self.crawl.todo, None, Reading(page)
        for number, item in enumerate(checked(page, THREAD)):
            pointer = f"/items/{number}"
            thread = thread_of(item, reading, pointer)
            reading.check(COMMENT, thread.top, f"{pointer}/snippet/topLevelComment")
            told = reading.read_object(
                COMMENT_HEAD, thread.top, "snippet", f"{pointer}/snippet/topLevelComment"
            )
            count = thread.snippet["totalReplyCount"]
            video = thread.snippet.get("videoId") or ""
            at = told["publishedAt"]
            is_waiting = told.get("moderationStatus") not in (None, PUBLISHED)
            if status != PUBLISHED and len(thread.replies) >= SHOWN and item["id"] not in todo.crowded:
                todo.crowded.append(item["id"])
            if count > len(thread.replies) and (status == PUBLISHED or is_waiting):
                todo.parents.append([item["id"], video])
            if video in todo.counted:
                todo.counted[video] -= 1 + count
        since = self.crawl.since
        return (
            since is not None
            and status == PUBLISHED
            and at is not None
            and read_time(at, page, "/items") < since
        )

    def read_below(self) -> Iterator[Exchange]:
        while self.replies.entries:
            yield from self.replies.read()

    def continue_at(self, place: str | None) -> None:
        """After the list of all threads, read the new videos that count more comments than it gave."""
        which, _, status = self.entries[0]
        super().continue_at(place)
        if place is None and which == OF_CHANNEL and status == PUBLISHED:
            todo = self.crawl.todo
            todo.lists += [[OF_VIDEO, native, PUBLISHED] for native, left in todo.counted.items() if left > 0]
            todo.counted = {}

    def report_end(self, entry: list[str]) -> None:
        """Only the published threads of a video are its conversation."""
        which, _, status = entry
        if which == OF_VIDEO and status == PUBLISHED:
            self.crawl.window.note_read(self.root_of(entry))

    def is_over(self, entry: list[str], failure: PlatformFailure) -> bool:
        return _is_off(failure) or (entry[0] == OF_VIDEO and isinstance(failure, AccountUnavailable))

    def skip(self, entry: list[str], failure: PlatformFailure) -> Iterator[Exchange]:
        """Go on behind a list. That of all threads is needed; of those that wait, a refusal is raised."""
        which, _, status = entry
        if which == OF_CHANNEL and (status == PUBLISHED or isinstance(failure, Blocked)):
            raise failure
        yield from super().skip(entry, failure)
        if _is_off(failure) and status == PUBLISHED:
            self.crawl.window.note_read(self.root_of(entry))


class Replies(ConversationQueue[Crawl[YouTubeCursor]]):
    """Replies to comments. An entry is [comment, its video]; "" for one on the channel itself."""

    entries_field, page_field = "parents", "answers"

    def __init__(self, crawl: Crawl[YouTubeCursor], api: Google) -> None:
        super().__init__(crawl)
        self.api = api

    def root_of(self, entry: list[str]) -> str:
        return record_id(entry[1] or self.crawl.me)

    def pages(self, entry: list[str]) -> Iterator[Exchange]:
        parent, video = entry
        context = self.crawl.context | ({"root": record_id(video)} if video else {})
        pages = self.api.pages("comments", {**REPLIES, "parentId": parent}, context, start=self.place)
        return _given(pages, self.crawl.unread)

    def take_page(self, entry: list[str], page: Exchange) -> Exchange:  # noqa: ARG002
        return self.crawl.with_missing(page)

    def report_end(self, entry: list[str]) -> None:
        """Report nothing: replies are part of a list of threads, whose end is reported."""


def _given(pages: Iterator[Exchange], unread: UnreadConversations) -> Iterator[Exchange]:
    """Yield the pages, each of which shows that YouTube gives conversations, whatever it holds."""
    for page in pages:
        unread.note_given()
        yield page


def _is_off(failure: PlatformFailure) -> bool:
    """Whether YouTube says that comments are switched off."""
    return isinstance(failure, Blocked) and COMMENTS_OFF in reasons_of(failure.exchange)
