"""The videos of a channel: its uploads page by page, each page followed by the comments on its videos; or that of a permalink."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import Exchange
from recordroom.platforms.google import reasons_of
from recordroom.platforms.paging import Params, catch_failure
from recordroom.platforms.shapes import when
from recordroom.platforms.unread import spared
from recordroom.platforms.youtube.captions import Captions
from recordroom.platforms.youtube.conversations import OF_CHANNEL, OF_VIDEO, Conversations
from recordroom.platforms.youtube.fields import CHANNEL, RESOURCE, UPLOAD, UPLOAD_DETAILS, UPLOAD_WALKED, VIDEO, VIDEO_PARTS, VIDEO_WALKED
from recordroom.platforms.youtube.missing import refused
from recordroom.platforms.youtube.parts import number_of, snippet_of
from recordroom.platforms.youtube.platform import PUBLISHED, WAITING, record_id
from recordroom.platforms.youtube.records import checked

OLD = 10  # so many uploads at the end of a page that are older than the last days: those after them are so, too
UPLOADS: Params = {"part": "snippet,contentDetails", "maxResults": 50}
NO_UPLOADS = "playlistNotFound"


class Listing(Captions, Conversations):
    """Each page of the list is asked for as videos, which say more than it does."""

    def one(self) -> Exchange:
        """The video of a permalink."""
        native, self.todo.video = self.todo.video, ""
        answer = next(self.videos([native]), None)
        found = checked(answer, VIDEO) if answer else []
        if answer is None or not found or snippet_of(found[0], answer, "/items/0")["channelId"] != self.channel.native_id:
            raise UsageError(f"{self.window.url} cannot be seen on this channel", "It may be gone, private, or another's.")
        if self.owner:
            self.todo.lists += [[OF_VIDEO, native, status] for status in WAITING]
        return replace(answer, cursor=self.todo.cursor)

    def uploads(self) -> Iterator[Exchange]:
        """All uploads; of the last days, until a page ends with older ones. A channel without any has no list of them."""
        for page in catch_failure(self.pages("playlistItems", {**UPLOADS, "playlistId": self.list_of_uploads()}, self.todo.page)):
            if isinstance(page, PlatformFailure):
                if not self.has_no_uploads(page):
                    raise page
                self.end_uploads()
                yield from self.pending()
                return
            here = self.todo.cursor
            new = [(native, self.since is None or at is None or at >= self.since) for native, at in _uploads(page)]
            self.todo.page = page.cursor if not new or any(is_new for _, is_new in new[-OLD:]) else None
            wanted = [native for native, is_new in new if is_new]
            answers = list(self.videos(wanted)) if wanted else []
            if self.todo.page is None:
                self.end_uploads()
            yield from (replace(answer, cursor=here) for answer in answers[:-1])  # whoever goes on asks for all of the page again
            yield from (replace(answer, cursor=self.todo.cursor) for answer in answers[-1:])
            yield from self.pending()
            if not self.todo.uploads:
                return

    def has_no_uploads(self, problem: PlatformFailure) -> bool:
        """Whether the list of uploads is not found because the channel counts no videos."""
        missing = isinstance(problem, AccountUnavailable) and NO_UPLOADS in reasons_of(problem.exchange)
        return missing and self.number_of_videos() == 0

    def end_uploads(self) -> None:
        """After the videos: the lists that hold comments on all of them."""
        native, self.todo.uploads = self.channel.native_id, False
        if self.since is not None:
            self.todo.lists.append([OF_CHANNEL, native, PUBLISHED])
        if self.owner:
            self.todo.lists += [[OF_CHANNEL, native, status] for status in WAITING]

    def list_of_uploads(self) -> str:
        """As the channel names it; where it does not, its name is the channel's with other letters in front."""
        exchange, native = self.channel.exchange, self.channel.native_id
        channel = checked(exchange, CHANNEL)[0] if exchange is not None else {}
        contents = channel.get("contentDetails") or {}
        lists = contents.get("relatedPlaylists") or {}
        told = lists.get("uploads") if isinstance(lists, dict) else None
        return told if isinstance(told, str) and told else f"UU{native[2:]}"

    def number_of_videos(self) -> int | None:
        exchange = self.channel.exchange
        statistics = (checked(exchange, CHANNEL)[0].get("statistics") or {}) if exchange is not None else {}
        return None if exchange is None else number_of(statistics, "videoCount", exchange, "/items/0/statistics")

    def videos(self, natives: list[str]) -> Iterator[Exchange]:
        """With what is known of their tracks. Where YouTube fails at one of several, or refuses it, they are asked for in halves; that one
        is passed over, and what is said below it is read all the same. One that is not found has just gone: the next capture sees to it."""
        try:
            answer = self.get("videos", {"part": VIDEO_PARTS, "id": ",".join(natives)})
            told = checked(answer, VIDEO)
        except (AccountUnavailable, Blocked, UnexpectedResponse) as failure:
            if not isinstance(failure, UnexpectedResponse):
                refused(failure, natives)
            if len(natives) > 1:
                spared(failure)
                for half in (natives[: len(natives) // 2], natives[len(natives) // 2 :]):
                    yield from self.videos(half)
                return
            if isinstance(failure, AccountUnavailable):
                return
            answer = self.unread.passed(record_id(natives[0]), failure)
            self.todo.lists += [[OF_VIDEO, natives[0], PUBLISHED]] if self.since is None else []
            yield self.with_short(answer)
            return
        self.unread.answered()
        self.note_videos(told, answer)
        tracks = self.tracks(answer)
        yield replace(answer, context={**answer.context, **({"tracks": tracks} if tracks else {}), **self.short})

    def note_videos(self, told: list[dict[str, Any]], answer: Exchange) -> None:
        """Which comments are to be read. Where they are switched off there is no count of them; where there is none, YouTube is asked."""
        for at, video in enumerate(told):
            native, statistics, pointer = video["id"], video.get("statistics") or {}, f"/items/{at}"
            counted = number_of(statistics, "commentCount", answer, f"{pointer}/statistics")
            sign = "off" if counted is None else counted
            if self.since is not None:
                self.todo.counted |= {native: counted} if counted else {}
            elif self.window.wants(record_id(native), self.published(video, answer, pointer), sign):
                if counted != 0:
                    self.todo.lists.append([OF_VIDEO, native, PUBLISHED])
                else:
                    self.window.read(record_id(native))
            if (video.get("liveStreamingDetails") or {}).get("actualStartTime"):
                self.todo.chats.append(native)

    def published(self, video: dict[str, Any], answer: Exchange, pointer: str) -> datetime:
        """A video that is to be shown later has no time yet."""
        VIDEO_WALKED.check(video["snippet"], answer, f"{pointer}/snippet")
        at = video["snippet"].get("publishedAt")
        return when(at, answer, f"{pointer}/snippet/publishedAt") if at else datetime.now(UTC)


def _uploads(page: Exchange) -> Iterator[tuple[str, datetime | None]]:
    """(video, when it was published; of one that never was, when it was put into the list)"""
    for number, item in enumerate(checked(page, UPLOAD)):
        pointer = f"/items/{number}"
        snippet, details = item["snippet"], item.get("contentDetails") or {}
        UPLOAD_WALKED.check(snippet, page, f"{pointer}/snippet")
        UPLOAD_DETAILS.check(details, page, f"{pointer}/contentDetails")
        RESOURCE.check(snippet["resourceId"], page, f"{pointer}/snippet/resourceId")
        at = details.get("videoPublishedAt") or snippet.get("publishedAt")
        yield snippet["resourceId"]["videoId"], when(at, page, pointer) if at else None
