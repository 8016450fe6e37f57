"""The crawl of a YouTube channel: its requests, in their order.

    channels                                       the profile, as `identify` read it
    playlistItems                                  the list of uploads, 50 a page, newest first
      videos?id=                                   the videos of the page, which say more than the list
        captions?videoId=                          the caption tracks of some videos a night (captions.py)
      commentThreads?videoId=                      the threads of each video (conversations.py)
    commentThreads?allThreadsRelatedToChannelId=   a window of the last days: new threads on any video

The complete account is read video by video. The one list of all threads holds what is said on new videos, and
what is new on old ones; a new video that counts more comments than that list gave is then read by itself. New
replies in old threads are found by the nightly sweep. Only the owner's token is shown comments that await
moderation or were taken for spam, videos that are not public, and captions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import Exchange, Identity, Totals
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.crawl import Crawl, with_context
from recordroom.platforms.lookups import request_in_halves
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import read_time
from recordroom.platforms.unread import require_optional
from recordroom.platforms.youtube.api import Google, reasons_of, require_one_of
from recordroom.platforms.youtube.captions import TRACKS_A_NIGHT, CaptionTracks
from recordroom.platforms.youtube.conversations import OF_CHANNEL, OF_VIDEO, SHOWN, Replies, Threads
from recordroom.platforms.youtube.cursor import YouTubeCursor
from recordroom.platforms.youtube.entities import number_of, snippet_of
from recordroom.platforms.youtube.parse import checked
from recordroom.platforms.youtube.platform import PUBLISHED, SERVER, WAITING, base_of, post_in, record_id
from recordroom.platforms.youtube.schema import (
    CHANNEL,
    CHANNEL_COUNTS,
    CHANNEL_PARTS,
    CHANNEL_SNIPPET,
    RESOURCE,
    UPLOAD,
    UPLOAD_DETAILS,
    UPLOAD_HEAD,
    VIDEO,
    VIDEO_HEAD,
    VIDEO_PARTS,
)
from recordroom.stored_texts import text
from recordroom.text import counted

if TYPE_CHECKING:
    from recordroom.register.models import Account

OLD = (
    10  # so many uploads at the end of a page that are older than the window: those behind them are older too
)
UPLOADS: Params = {"part": "snippet,contentDetails", "maxResults": 50}
NO_UPLOADS = "playlistNotFound"


def identify(account: Account, client: Client) -> Identity:
    """Return the channel that the register names, or the one that is known by its ID."""
    asked = _named(account.url)
    if account.identity is not None and "id" not in asked:
        asked = {"id": account.identity.native_id}
    exchange = Google(client, base_of(account)).call("channels", {"part": CHANNEL_PARTS, **asked})
    found = checked(exchange, CHANNEL)
    if not found:
        words = f"YouTube has no channel {next(iter(asked.values()))}"
        remedy = "The channel is closed or suspended, or the address in the register is wrong."
        raise AccountUnavailable(words, remedy, exchange)
    snippet = found[0]["snippet"]
    CHANNEL_SNIPPET.check(snippet, exchange, "/items/0/snippet")
    handle = (snippet.get("customUrl") or "").removeprefix("@") or None
    return Identity(found[0]["id"], SERVER, snippet["title"], handle, exchange)


def _named(url: str) -> dict[str, str]:
    """Return the parameter for the address of a channel.

    /channel/UC..., /@handle, /user/name, /c/name, /name
    """
    steps = [step for step in urlsplit(url).path.split("/") if step] or [""]
    if len(steps) > 1 and steps[0] in ("channel", "user"):
        return {"id" if steps[0] == "channel" else "forUsername": steps[1]}
    return {"forHandle": steps[1] if len(steps) > 1 and steps[0] == "c" else steps[0]}


def totals(account: Account, client: Client) -> Totals | None:
    """`own`: the public videos; None where the channel does not count them.

    The count is that of the beginning of the capture.
    """
    exchange = account.known.exchange or identify(account, client).exchange
    if exchange is None:
        return None
    channels = [channel for channel in checked(exchange, CHANNEL) if channel["id"] == account.known.native_id]
    if len(channels) != 1:
        native = account.known.native_id
        words = f"{exchange.url}: the response must contain the channel {native} once, found {len(channels)}"
        raise UnexpectedResponse(words, "The next capture tries again.", exchange)
    statistics = channels[0].get("statistics") or {}
    CHANNEL_COUNTS.check(statistics, exchange, "/items/0/statistics")
    number = number_of(statistics, "videoCount", exchange, "/items/0/statistics")
    return None if number is None else Totals({"own": number}, exchange)


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """Read a window of the channel (see the module docstring)."""
    return YouTubeCrawl(account, client, window).fetch()


class YouTubeCrawl(Crawl[YouTubeCursor]):
    """One pass over a channel."""

    cursor_type, server = YouTubeCursor, SERVER

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(account, window)
        self.api = Google(client, base_of(account))
        self.captions = CaptionTracks(self, self.api)
        replies = Replies(self, self.api)
        self.queues = (replies, Threads(self, self.api, replies))

    def profile(self) -> Exchange:
        """Return the channel as it was read to identify it."""
        params: Params = {"part": CHANNEL_PARTS, "id": self.me}
        seen = self.account.exchange or self.api.call("channels", params, self.context)
        return with_context(seen, **self.context)

    def start_at(self, url: str) -> None:
        self.todo.video, self.todo.uploads = post_in(url), False

    def read_permalink(self) -> Iterator[Exchange]:
        if not self.todo.video:
            return
        native, self.todo.video = self.todo.video, ""
        answer = next(self.videos([native]), None)
        found = checked(answer, VIDEO) if answer else []
        if answer is None or not found or snippet_of(found[0], answer, "/items/0")["channelId"] != self.me:
            raise UsageError(
                f"{self.window.url} cannot be seen on this channel",
                "The video may be removed, private, or another account's.",
            )
        if self.api.is_owner:
            self.todo.lists += [[OF_VIDEO, native, status] for status in WAITING]
        yield self.at_cursor(answer)

    @property
    def current_list(self) -> str:
        return "uploads" if self.todo.uploads else ""

    def continue_at(self, place: str | None) -> None:
        """After the uploads, the lists of comments on all videos follow."""
        self.todo.page = place
        if place is not None:
            return
        self.todo.uploads = False
        if self.since is not None:
            self.todo.lists.append([OF_CHANNEL, self.me, PUBLISHED])
        if self.api.is_owner:
            self.todo.lists += [[OF_CHANNEL, self.me, status] for status in WAITING]

    def list_pages(self, name: str) -> Iterator[Exchange]:  # noqa: ARG002 (there is one)
        params: Params = {**UPLOADS, "playlistId": self.list_of_uploads()}
        yield from self.api.pages("playlistItems", params, self.context, start=self.todo.page)

    def take_page(self, name: str, page: Exchange) -> tuple[list[Exchange], str | None]:  # noqa: ARG002
        """Return the videos of a page.

        The list ends where its last uploads are before the window.
        """
        uploads = [
            (native, self.since is None or at is None or at >= self.since) for native, at in _uploads(page)
        ]
        place = page.cursor if not uploads or any(is_new for _, is_new in uploads[-OLD:]) else None
        wanted = [native for native, is_new in uploads if is_new]
        return list(self.videos(wanted)) if wanted else [], place

    def skip_list(self, name: str, failure: PlatformFailure) -> Exchange | None:  # noqa: ARG002
        """Return None for a channel without videos: it has no list of uploads, and nothing is missing."""
        is_missing = isinstance(failure, AccountUnavailable) and NO_UPLOADS in reasons_of(failure.exchange)
        if is_missing and self.number_of_videos() == 0:
            return None
        raise failure

    def missing(self) -> str:
        """Say what no later request is given."""
        todo, words = self.todo, list[str]()
        if todo.chats:
            which = f"{counted(len(todo.chats), 'broadcast')} (first: {record_id(todo.chats[0])})"
            why = "YouTube gives chats only during broadcasts"
            words.append(f"the live chat of {which} is not captured: {why}")
        if todo.untold and self.window.kind in ("full", "history"):
            turns = text("part-youtube-turns", number=TRACKS_A_NIGHT)
            why = turns if self.api.is_owner else text("part-youtube-owner")
            words.append(f"the captions of {counted(todo.untold, 'video')} are not captured: {why}")
        if todo.refused:
            words.append(f"YouTube does not list the captions of some videos ({todo.refused})")
        if todo.crowded:
            which = f"{counted(len(todo.crowded), 'comment')} (first: {record_id(todo.crowded[0])})"
            limit = f"YouTube lists only {SHOWN} for each comment"
            words.append(
                f"more replies than are captured may await moderation, or count as spam, below {which}:"
                f" {limit}"
            )
        words += filter(None, [super().missing()])
        return "; ".join(words)

    def list_of_uploads(self) -> str:
        """Return the ID of the list.

        If the channel does not name it, that is its own ID with other first letters.
        """
        exchange = self.account.exchange
        channel = checked(exchange, CHANNEL)[0] if exchange is not None else {}
        lists = (channel.get("contentDetails") or {}).get("relatedPlaylists") or {}
        told = lists.get("uploads") if isinstance(lists, dict) else None
        return told if isinstance(told, str) and told else f"UU{self.me[2:]}"

    def number_of_videos(self) -> int | None:
        """Return the videos that the channel counts; None if it does not."""
        exchange = self.account.exchange
        if exchange is None:
            return None
        statistics = checked(exchange, CHANNEL)[0].get("statistics") or {}
        return number_of(statistics, "videoCount", exchange, "/items/0/statistics")

    # -- videos ------------------------------------------------------------------------------------------

    def videos(self, natives: Sequence[str]) -> Iterator[Exchange]:
        """Videos by their IDs, with their caption tracks in the context.

        One that YouTube refuses or fails to give is passed over, and the comments on it are read anyway. One
        that is not found has just gone: the next capture sees to it.
        """
        for some, answer in request_in_halves(natives, len(natives), self.request_videos, _check_videos):
            if isinstance(answer, Exchange):
                self.unread.note_response()
                self.queue_comments(answer)
                tracks = self.captions.of(answer)
                yield with_context(answer, tracks=tracks, short=self.missing())
            elif not isinstance(answer, AccountUnavailable):
                passed = self.unread.pass_over(record_id(some[0]), answer)
                self.todo.lists += [[OF_VIDEO, some[0], PUBLISHED]] if self.since is None else []
                yield self.with_missing(passed)

    def request_videos(self, natives: Sequence[str]) -> Exchange:
        """Return the answer to one request.

        Each video in it has the shape that is needed.
        """
        params: Params = {"part": VIDEO_PARTS, "id": ",".join(natives)}
        answer = self.api.call("videos", params, self.context)
        checked(answer, VIDEO)
        return answer

    def queue_comments(self, answer: Exchange) -> None:
        """Queue the comments on videos where the plan wants them.

        YouTube counts no comments where they are switched off. In a window of the last days the list of all
        threads gives them, and the counts say what it leaves out.
        """
        for at, video in enumerate(checked(answer, VIDEO)):
            native, statistics, pointer = video["id"], video.get("statistics") or {}, f"/items/{at}"
            count = number_of(statistics, "commentCount", answer, f"{pointer}/statistics")
            sign = "off" if count is None else count
            if self.since is not None:
                self.todo.counted |= {native: count} if count else {}
            elif self.window.wants_conversation(record_id(native), _published(video, answer, pointer), sign):
                if count != 0:
                    self.todo.lists.append([OF_VIDEO, native, PUBLISHED])
                else:
                    self.window.note_read(record_id(native))
            if (video.get("liveStreamingDetails") or {}).get("actualStartTime"):
                self.todo.chats.append(native)


def _check_videos(failure: PlatformFailure, natives: Sequence[str]) -> None:
    """Raise a failure that does not concern these videos alone."""
    if not isinstance(failure, AccountUnavailable | Blocked | UnexpectedResponse):
        raise failure
    if not isinstance(failure, UnexpectedResponse):
        require_one_of(failure)
    if len(natives) > 1:
        require_optional(failure)


def _published(video: dict[str, Any], answer: Exchange, pointer: str) -> datetime:
    """When a video was published; now for one that is to be published later."""
    VIDEO_HEAD.check(video["snippet"], answer, f"{pointer}/snippet")
    at = video["snippet"].get("publishedAt")
    return read_time(at, answer, f"{pointer}/snippet/publishedAt") if at else datetime.now(UTC)


def _uploads(page: Exchange) -> Iterator[tuple[str, datetime | None]]:
    """(video, when it was published; for one that never was, when it was put into the list)."""
    for number, item in enumerate(checked(page, UPLOAD)):
        pointer = f"/items/{number}"
        snippet, details = item["snippet"], item.get("contentDetails") or {}
        UPLOAD_HEAD.check(snippet, page, f"{pointer}/snippet")
        UPLOAD_DETAILS.check(details, page, f"{pointer}/contentDetails")
        RESOURCE.check(snippet["resourceId"], page, f"{pointer}/snippet/resourceId")
        at = details.get("videoPublishedAt") or snippet.get("publishedAt")
        yield snippet["resourceId"]["videoId"], read_time(at, page, pointer) if at else None
