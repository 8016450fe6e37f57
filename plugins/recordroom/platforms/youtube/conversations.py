"""What is said on a channel: the threads of each video, or of all of them, and the answers that a thread lacks."""

from __future__ import annotations

from collections.abc import Iterator

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure
from recordroom.model import Exchange
from recordroom.platforms.google import reasons_of
from recordroom.platforms.paging import Params, catch_failure
from recordroom.platforms.shapes import Reading, when
from recordroom.platforms.youtube.asking import SHOWN, Asking
from recordroom.platforms.youtube.comments import parts_of
from recordroom.platforms.youtube.fields import COMMENT, COMMENT_WALKED, THREAD
from recordroom.platforms.youtube.platform import PUBLISHED, record_id
from recordroom.platforms.youtube.records import checked

OF_VIDEO, OF_CHANNEL = "videoId", "allThreadsRelatedToChannelId"
THREADS: Params = {"part": "snippet,replies", "order": "time", "textFormat": "html", "maxResults": 100}
ANSWERS: Params = {"part": "snippet", "textFormat": "html", "maxResults": 100}
COMMENTS_OFF = "commentsDisabled"


class Conversations(Asking):
    """What `todo` holds: lists of threads, and comments whose answers are to be read."""

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds."""
        while self.todo.parents or self.todo.lists:
            yield from self.answers() if self.todo.parents else self.threads()

    def threads(self) -> Iterator[Exchange]:
        """The first list, each page followed by the answers that it lacks. What has gone since its video was listed is seen to by the next
        capture."""
        which, native, status = self.todo.lists[0]
        for found in catch_failure(self.noted_threads(which, native, status)):
            if isinstance(found, PlatformFailure):
                yield from self.without_threads(found)
                return
            page, last = found
            if last:
                self.end_list()
            yield self.with_short(page)
            yield from self.answers()
            if last:
                if which == OF_VIDEO and status == PUBLISHED:
                    self.window.read(record_id(native))
                return

    def noted_threads(self, which: str, native: str, status: str) -> Iterator[tuple[Exchange, bool]]:
        """(page, whether it is the last that is needed) of a list of threads, each noted."""
        params = {**THREADS, which: native} | ({"moderationStatus": status} if status != PUBLISHED else {})
        for page in self.pages("commentThreads", params, self.todo.threads):
            self.todo.threads = page.cursor
            self.unread.given()
            yield page, self.note_threads(page, status) or page.cursor is None

    def without_threads(self, problem: PlatformFailure) -> Iterator[Exchange]:
        """Go on behind the first list, which YouTube refuses or fails to give.

        Nothing is missing where comments are switched off, or the video has gone. The failure of the list of all
        threads is raised.
        """
        which, native, status = self.todo.lists[0]
        if which == OF_CHANNEL and (status == PUBLISHED or isinstance(problem, Blocked)):
            raise problem
        off = isinstance(problem, Blocked) and COMMENTS_OFF in reasons_of(problem.exchange)
        gone = off or (which == OF_VIDEO and isinstance(problem, AccountUnavailable))
        answer = None if gone else self.unread.passed(record_id(native), problem)
        self.end_list()
        if off and status == PUBLISHED:
            self.window.read(record_id(native))
        if answer is not None:
            yield self.with_short(answer)

    def end_list(self) -> None:
        """After the list of all threads, new videos that count more comments than it gave are read for themselves."""
        which, _, status = self.todo.lists.pop(0)
        self.todo.threads = None
        if which == OF_CHANNEL and status == PUBLISHED:
            self.todo.lists += [[OF_VIDEO, native, PUBLISHED] for native, lacking in self.todo.counted.items() if lacking > 0]
            self.todo.counted = {}

    def note_threads(self, page: Exchange, status: str) -> bool:
        """Notes whose answers are lacking; whether the page ends with threads from before the window. A list of comments that wait holds
        of each thread only the answers that wait: the others stand in that of the published ones."""
        at, reading = None, Reading(page)
        for number, thread in enumerate(checked(page, THREAD)):
            pointer = f"/items/{number}"
            parts = parts_of(thread, reading, pointer)
            reading.check(COMMENT, parts.top, f"{pointer}/snippet/topLevelComment")
            told = reading.part(COMMENT_WALKED, parts.top, "snippet", f"{pointer}/snippet/topLevelComment")
            count, video, at = parts.snippet["totalReplyCount"], parts.snippet.get("videoId") or "", told["publishedAt"]
            hidden = told.get("moderationStatus") not in (None, PUBLISHED)
            if status != PUBLISHED and len(parts.replies) >= SHOWN and thread["id"] not in self.todo.crowded:
                self.todo.crowded.append(thread["id"])
            if count > len(parts.replies) and (status == PUBLISHED or hidden):
                self.todo.parents.append([thread["id"], video])
            if video in self.todo.counted:
                self.todo.counted[video] -= 1 + count
        return self.since is not None and status == PUBLISHED and at is not None and when(at, page, "/items") < self.since

    def answers(self) -> Iterator[Exchange]:
        """All answers to each of the comments whose thread does not hold them."""
        todo = self.todo
        while todo.parents:
            parent, video = todo.parents[0]
            context = {"root": record_id(video)} if video else {}
            try:
                for page in self.pages("comments", {**ANSWERS, "parentId": parent}, todo.answers, **context):
                    todo.answers = page.cursor
                    self.unread.given()
                    if page.cursor is None:
                        del todo.parents[0]
                    yield self.with_short(page)
            except AccountUnavailable:
                del todo.parents[0]
                todo.answers = None
            except PlatformFailure as problem:
                answer = self.unread.passed(record_id(video or self.channel.native_id), problem)
                del todo.parents[0]
                todo.answers = None
                yield self.with_short(answer)
