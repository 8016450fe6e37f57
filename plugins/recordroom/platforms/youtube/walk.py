"""What is asked of YouTube, in which order: the channel, its uploads, the threads of each video, the answers that a thread lacks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zlib import crc32

from recordroom.counted import counted
from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import HELD, HIDDEN, SPAM, UNAVAILABLE, Absence, Exchange, Identity, Totals
from recordroom.platforms import Client, Known, Window
from recordroom.platforms.answers import in_path
from recordroom.platforms.google import Google, reasons_of
from recordroom.platforms.paging import Params, by_cursor, not_in_vain
from recordroom.platforms.shapes import Reading, content_of, when
from recordroom.platforms.unread import Passed, Unread, spared
from recordroom.platforms.youtube.comments import parts_of
from recordroom.platforms.youtube.fields import (
    CAPTION,
    CHANNEL,
    CHANNEL_COUNTS,
    CHANNEL_PARTS,
    CHANNEL_SNIPPET,
    COMMENT,
    COMMENT_WALKED,
    RESOURCE,
    THREAD,
    TRACK,
    UPLOAD,
    UPLOAD_DETAILS,
    UPLOAD_WALKED,
    VIDEO,
    VIDEO_PARTS,
    VIDEO_WALKED,
)
from recordroom.platforms.youtube.parts import number_of, snippet_of
from recordroom.platforms.youtube.permalinks import post_in
from recordroom.platforms.youtube.platform import BATCH, PUBLISHED, SERVER, WAITING, base_of, record_id
from recordroom.platforms.youtube.records import checked, next_page

if TYPE_CHECKING:
    from recordroom.accounts import Account

TRACKS_A_NIGHT = 10  # videos that are asked for their tracks in one sweep: 500 units, and 200 for each track that is new
AGAIN = 30  # days after which it is asked for them again
SHOWN = 5  # answers that a thread holds at most, in recorded responses; of those that wait nothing else tells
OLD = 10  # so many uploads at the end of a page that are older than the last days: those after them are so, too
OF_VIDEO, OF_CHANNEL = "videoId", "allThreadsRelatedToChannelId"
UPLOADS: Params = {"part": "snippet,contentDetails", "maxResults": 50}
THREADS: Params = {"part": "snippet,replies", "order": "time", "textFormat": "html", "maxResults": 100}
ANSWERS: Params = {"part": "snippet", "textFormat": "html", "maxResults": 100}
COMMENTS_OFF, NO_UPLOADS, FORBIDDEN = "commentsDisabled", "playlistNotFound", "forbidden"
_LEFT_OUT = "YouTube leaves it out of its answer, without a reason"


def identify(account: Account, client: Client) -> Identity:
    """The channel of `account.url`, or the one that is known already, whatever it is called now."""
    asked = _named(account.url)
    if account.identity is not None and "id" not in asked:
        asked = {"id": account.identity.native_id}
    exchange = Google(client).get(f"{base_of(account)}/channels", {"part": CHANNEL_PARTS, **asked})
    found = checked(exchange, CHANNEL)
    if not found:
        words = f"YouTube has no channel {next(iter(asked.values()))}"
        raise AccountUnavailable(words, "It is closed or suspended, or the address in the register is another's.", exchange)
    snippet = found[0]["snippet"]
    CHANNEL_SNIPPET.check(snippet, exchange, "/items/0/snippet")
    return Identity(found[0]["id"], SERVER, snippet["title"], (snippet.get("customUrl") or "").removeprefix("@") or None, exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`own`: the public videos, as the channel counted them when this capture began; None where it does not."""
    exchange = account.known.exchange or identify(account, client).exchange
    if exchange is None:
        return None
    channels = [channel for channel in checked(exchange, CHANNEL) if channel["id"] == account.known.native_id]
    if len(channels) != 1:
        words = f"{exchange.url}: the channel {account.known.native_id} must stand in it once, found {len(channels)}"
        raise UnexpectedResponse(words, "The next capture asks again.", exchange)
    statistics = channels[0].get("statistics") or {}
    CHANNEL_COUNTS.check(statistics, exchange, "/items/0/statistics")
    number = number_of(statistics, "videoCount", exchange, "/items/0/statistics")
    return None if number is None else Totals({"own": number}, exchange)


def _named(url: str) -> dict[str, str]:
    """What the address of a channel names it by: /channel/UC..., /@handle, /user/name, /c/name, /name."""
    steps = [step for step in urlsplit(url).path.split("/") if step] or [""]
    if len(steps) > 1 and steps[0] in ("channel", "user"):
        return {"id" if steps[0] == "channel" else "forUsername": steps[1]}
    return {"forHandle": steps[1] if len(steps) > 1 and steps[0] == "c" else steps[0]}


@dataclass
class _Todo:
    """What is still to be asked; as JSON it is the cursor."""

    video: str = ""  # of a permalink
    uploads: bool = True
    page: str | None = None  # token of the next page of uploads
    lists: list[list[str]] = field(default_factory=list)  # [filter, of what, moderation status] of threads to be read
    threads: str | None = None  # token of the next page of the first list
    parents: list[list[str]] = field(default_factory=list)  # [comment, its video] whose answers are to be read
    answers: str | None = None  # token of the next page of the first one's
    counted: dict[str, int] = field(default_factory=dict)  # of new videos: comments that are counted and were not given yet
    asked: int = 0  # videos that were asked for their tracks
    untold: int = 0  # videos whose tracks are not known: nobody has asked for them yet, or they were refused
    refused: str = ""  # YouTube's reason for that
    unread: Passed = field(default_factory=Passed)  # conversations that were not given
    crowded: list[str] = field(default_factory=list)  # comments below which more answers may wait than were listed
    chats: list[str] = field(default_factory=list)  # broadcasts that have begun: what was said beside them cannot be read

    @classmethod
    def read(cls, cursor: str) -> _Todo:
        told = json.loads(cursor)
        return cls(**{**told, "unread": Passed(**told.get("unread", {}))})

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then the uploads page by page, each page followed by the comments on its videos."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo.video, walk.todo.uploads = post_in(window.url or ""), False
        yield walk.profile()
    if walk.todo.video:
        yield walk.one()
    yield from walk.pending()
    if walk.todo.uploads:
        yield from walk.uploads()
    walk.unread.end()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Each by its id. YouTube leaves out what is gone, and never says why; but it says where comments are switched off. Whether a comment
    still waits it does not say: one that did waits until a list shows it otherwise."""
    walk, known = _Walk(account, client), {k.native_id: k for k in ids}
    if any(k.kind == "profile" for k in known.values()):
        yield walk.profile()
    videos = [k.native_id for k in known.values() if k.kind == "post"]
    for some, answer, there in walk.by_id("videos", {"part": VIDEO_PARTS}, videos):
        held = {native: _held_tracks(native, known[native].files) for native in there if native in known}
        yield replace(answer, context={**answer.context, "tracks": {native: tracks for native, tracks in held.items() if tracks}})
        for native in some:
            if native not in there and "untold" not in answer.context:
                yield Absence(known[native].record_id, UNAVAILABLE, walk.why_no_video, answer)
    said = [k for k in known.values() if k.kind in ("comment", "reply")]
    places = {k.native_id: [k.kind, k.parent_id, k.root_id] for k in said}
    waits = {k.native_id: k.status for k in said if k.status in (HELD, SPAM)}
    part = {"part": "snippet", "textFormat": "html"}
    for some, answer, there in walk.by_id("comments", part, list(places), places=places, waits=waits):
        yield answer
        if "untold" not in answer.context:
            yield from walk.silent([known[native] for native in some if native not in there], answer)


class _Walk:
    """One pass over a window."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.base, self.api, self.channel = base_of(account), Google(client), account.known
        self.window = window or Window("full")
        self.context: dict[str, Any] = {"account": self.channel.native_id, "server": SERVER}
        self.todo = _Todo.read(self.window.cursor) if self.window.cursor else _Todo()
        self.since = self.window.since if self.window.kind == "recent" else None
        self.unread = Unread(self.window, self.todo.unread)
        self.owner = bool(client.secrets.get("token"))
        self.today = datetime.now(UTC).toordinal()
        self.off: dict[str, Exchange | None] = {}  # video -> the answer that its comments are switched off

    @property
    def why_no_video(self) -> str:
        """It is left out of the answer, and nothing more: what follows from that is said as such."""
        if self.owner:
            probably = "its owner is shown private videos too, so it was probably deleted, by the channel or by YouTube"
            return f"{_LEFT_OUT}; {probably}"
        return f"{_LEFT_OUT}; it may be deleted, or private: YouTube tells that to its owner only"

    @property
    def why_no_comment(self) -> str:
        """Whoever asks without the owner's consent is told less."""
        if self.owner:
            return "deleted or rejected: YouTube does not say which, nor by whom; it is neither held nor taken for spam"
        return "deleted, rejected, held or taken for spam: YouTube tells the latter two to the channel's owner only"

    def get(self, method: str, params: Params, **context: Any) -> Exchange:
        return self.api.get(f"{self.base}/{method}", params, context=self.context | context)

    def pages(self, method: str, params: Params, start: str | None, **context: Any) -> Iterator[Exchange]:
        """The pages of a list. A token that was stored may be dead by now: the list is then read anew."""
        yield from not_in_vain(self.found(method, params, start, self.context | context), lambda page: not content_of(page).get("items"))

    def found(self, method: str, params: Params, start: str | None, more: Mapping[str, Any]) -> Iterator[Exchange]:
        url = f"{self.base}/{method}"
        found = by_cursor(self.api, url, params, next_page, parameter="pageToken", context=more, start=start)
        try:
            first = next(found)
        except UnexpectedResponse:
            if start is None:
                raise
            found = by_cursor(self.api, url, params, next_page, parameter="pageToken", context=more)
            first = next(found)
        yield first
        yield from found

    def by_id(self, method: str, params: Params, natives: list[str], **context: Any) -> Iterator[tuple[list[str], Exchange, set[str]]]:
        """(ids, the answer, those of them that are in it). YouTube leaves out what it does not give; its reference has errors for that too,
        of which one is enough for a request for many: that is halved until each has an answer of its own."""
        waiting = [natives[start : start + BATCH] for start in range(0, len(natives), BATCH)]
        while waiting:
            some = waiting.pop(0)
            try:
                answer = self.get(method, {**params, "id": ",".join(some)}, **context)
            except (AccountUnavailable, Blocked) as problem:
                refused = _refused(problem, some)
                if len(some) == 1:
                    yield some, refused, set()
                else:
                    waiting[:0] = [some[: len(some) // 2], some[len(some) // 2 :]]
                continue
            yield some, answer, {item["id"] for item in checked(answer, VIDEO if method == "videos" else COMMENT)}

    def profile(self) -> Exchange:
        """As it was read to see who answers."""
        seen = self.channel.exchange or self.get("channels", {"part": CHANNEL_PARTS, "id": self.channel.native_id})
        return replace(seen, context={**seen.context, **self.context}, cursor=self.todo.cursor)

    def one(self) -> Exchange:
        """The video of a permalink."""
        native, self.todo.video = self.todo.video, ""
        [answer] = self.videos([native])
        found = checked(answer, VIDEO)
        if not found or snippet_of(found[0], answer, "/items/0")["channelId"] != self.channel.native_id:
            raise UsageError(f"{self.window.url} cannot be seen on this channel", "It may be gone, private, or another's.")
        if self.owner:
            self.todo.lists += [[OF_VIDEO, native, status] for status in WAITING]
        return replace(answer, cursor=self.todo.cursor)

    def uploads(self) -> Iterator[Exchange]:
        """All uploads; of the last days, until a page ends with older ones. A channel without any has no list of them."""
        try:
            for page in self.pages("playlistItems", {**UPLOADS, "playlistId": self.list_of_uploads()}, self.todo.page):
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
        except AccountUnavailable as problem:
            if NO_UPLOADS not in reasons_of(problem.exchange) or self.number_of_videos() != 0:
                raise
            self.end_uploads()
            yield from self.pending()

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
        """With what is known of their tracks. Where YouTube fails at one of several they are asked for in halves; that one is passed over,
        and what is said below it is read all the same."""
        try:
            answer = self.get("videos", {"part": VIDEO_PARTS, "id": ",".join(natives)})
        except UnexpectedResponse as failure:
            if len(natives) > 1:
                spared(failure)
                for half in (natives[: len(natives) // 2], natives[len(natives) // 2 :]):
                    yield from self.videos(half)
                return
            answer = self.unread.passed(record_id(natives[0]), failure)
            self.todo.lists += [[OF_VIDEO, natives[0], PUBLISHED]] if self.since is None else []
            yield self.with_short(answer)
            return
        self.unread.answered()
        self.note_videos(answer)
        tracks = self.tracks(answer)
        yield replace(answer, context={**answer.context, **({"tracks": tracks} if tracks else {}), **self.short})

    def tracks(self, answer: Exchange) -> dict[str, list[str]]:
        """video -> identities of its tracks, as they are held or, where it is its turn, as YouTube tells them. One that has some, of which
        neither is known, is not among them."""
        found = {}
        for video in checked(answer, VIDEO):
            if (video.get("contentDetails") or {}).get("caption") == "true":
                native = video["id"]
                held = _held_tracks(native, self.window.files(record_id(native)))
                told = self.told_tracks(native) if self.is_turn(native, held=bool(held)) else None
                if told is not None or held:
                    found[native] = held if told is None else told
                else:
                    self.todo.untold += 1
        return found

    def told_tracks(self, native: str) -> list[str] | None:
        """None where they are not given: to see them one needs more rights on a channel than to see its comments, or YouTube fails to."""
        self.todo.asked += 1
        try:
            return _tracks(self.get("captions", {"part": "snippet", "videoId": native}))
        except (AccountUnavailable, Blocked, UnexpectedResponse) as problem:
            reasons = reasons_of(problem.exchange)
            if not reasons:
                raise
            self.todo.refused = reasons[0]
            return None

    def is_turn(self, native: str, *, held: bool) -> bool:
        """A video of which no track is held, and each other one every so many days."""
        if not self.owner or self.window.kind not in ("full", "one") or self.todo.asked >= TRACKS_A_NIGHT:
            return False
        return not held or self.window.kind == "one" or (crc32(native.encode()) + self.today) % AGAIN == 0

    def note_videos(self, answer: Exchange) -> None:
        """Which comments are to be read. Where they are switched off there is no count of them; where there is none, YouTube is asked."""
        for at, video in enumerate(checked(answer, VIDEO)):
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

    @property
    def short(self) -> dict[str, str]:
        """For the core: what the API gives to nobody who comes later."""
        words = []
        if self.todo.chats:
            which = f"{counted(len(self.todo.chats), 'broadcast')} (first: {record_id(self.todo.chats[0])})"
            words.append(f"what was said in the live chat of {which} is not captured: YouTube gives it only while they run")
        if self.todo.untold and self.window.kind in ("full", "history"):
            why = f"{TRACKS_A_NIGHT} videos a night are asked for theirs" if self.owner else "YouTube gives them to the owner only"
            words.append(f"the captions of {counted(self.todo.untold, 'video')} are not captured: {why}")
        if self.todo.refused:
            words.append(f"YouTube does not tell which captions some videos have ({self.todo.refused})")
        if self.todo.crowded:
            which = f"{counted(len(self.todo.crowded), 'comment')} (first: {record_id(self.todo.crowded[0])})"
            words.append(f"below {which} more answers may be held, or taken for spam, than are captured: YouTube lists {SHOWN} of each")
        words += filter(None, [self.unread.words])
        return {"short": "; ".join(words)} if words else {}

    def with_short(self, answer: Exchange) -> Exchange:
        return replace(answer, context={**answer.context, **self.short}, cursor=self.todo.cursor)

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds."""
        while self.todo.parents or self.todo.lists:
            yield from self.answers() if self.todo.parents else self.threads()

    def threads(self) -> Iterator[Exchange]:
        """The first list, each page followed by the answers that it lacks. What has gone since its video was listed is seen to by the next
        capture."""
        todo, (which, native, status) = self.todo, self.todo.lists[0]
        params = {**THREADS, which: native} | ({"moderationStatus": status} if status != PUBLISHED else {})
        try:
            for page in self.pages("commentThreads", params, todo.threads):
                todo.threads = page.cursor
                self.unread.given()
                last = self.note_threads(page, status) or page.cursor is None
                if last:
                    self.end_list()
                yield self.with_short(page)
                yield from self.answers()
                if last:
                    if which == OF_VIDEO and status == PUBLISHED:
                        self.window.read(record_id(native))
                    return
        except PlatformFailure as problem:
            if which == OF_CHANNEL and (status == PUBLISHED or not isinstance(problem, UnexpectedResponse)):
                raise
            off = isinstance(problem, Blocked) and COMMENTS_OFF in reasons_of(problem.exchange)
            gone = off or isinstance(problem, AccountUnavailable)
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

    def silent(self, gone: list[Known], answer: Exchange) -> Iterator[Absence]:
        """Comments that an answer leaves out: hidden where their video says that comments are switched off."""
        for known in gone:
            off = self.switched_off((known.root_id or "").partition(":")[2])
            if off is not None:
                yield Absence(known.record_id, HIDDEN, f"{COMMENTS_OFF}: on the whole video, by the channel or by YouTube", off)
            else:
                yield Absence(known.record_id, UNAVAILABLE, self.why_no_comment, answer)

    def switched_off(self, video: str) -> Exchange | None:
        """The answer in which YouTube says that the comments on a video are switched off."""
        if video and video not in self.off:
            self.off[video] = None
            try:
                self.get("commentThreads", {"part": "id", OF_VIDEO: video, "maxResults": 1})
            except AccountUnavailable:
                pass
            except Blocked as problem:
                reasons = reasons_of(problem.exchange)
                if COMMENTS_OFF in reasons:
                    self.off[video] = problem.exchange
                elif FORBIDDEN not in reasons:  # of a video that is private now
                    raise
        return self.off.get(video)


def _refused(problem: PlatformFailure, natives: list[str]) -> Exchange:
    """The error that one of these is not found, or is not for whoever asks, of which then nothing is known; other failures are raised.

    https://developers.google.com/youtube/v3/docs/comments/list, Errors, 2026-11-25: commentNotFound (404), forbidden (403)
    """
    answer, reasons = problem.exchange, reasons_of(problem.exchange)
    if answer is None or not (FORBIDDEN in reasons or (answer.status == 404 and reasons)):
        raise problem
    untold = {"untold": [record_id(native) for native in natives]} if FORBIDDEN in reasons else {}
    return replace(answer, context={**answer.context, "not_given": True, **untold})


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


def _held_tracks(native: str, files: Iterable[str]) -> list[str]:
    return sorted(identity for identity in files if identity.startswith(f"{native}/captions/"))


def _tracks(answer: Exchange) -> list[str]:
    """Identities of the tracks that a person made: <video>/captions/<language>/<track>/<when it was last changed>."""
    found = []
    for number, item in enumerate(checked(answer, CAPTION)):
        snippet = item["snippet"]
        TRACK.check(snippet, answer, f"/items/{number}/snippet")
        if snippet.get("trackKind") != "ASR" and not snippet.get("isDraft") and snippet.get("status") != "failed":
            track = in_path(item["id"], answer)
            found.append(f"{snippet['videoId']}/captions/{snippet.get('language') or ''}/{track}/{snippet['lastUpdated']}")
    return sorted(found)
