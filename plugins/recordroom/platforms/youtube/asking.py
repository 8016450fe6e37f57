"""What one pass over a channel asks YouTube with, what is still to be asked, and what of it is not given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import Client, Window
from recordroom.platforms.google import Google
from recordroom.platforms.paging import Params, by_cursor, not_in_vain
from recordroom.platforms.remaining import Remaining, Three, Two
from recordroom.platforms.shapes import content_of
from recordroom.platforms.unread import Passed, Unread
from recordroom.platforms.youtube.fields import CHANNEL_PARTS
from recordroom.platforms.youtube.platform import SERVER, base_of, record_id
from recordroom.platforms.youtube.records import next_page
from recordroom.text import counted

if TYPE_CHECKING:
    from recordroom.register.models import Account

TRACKS_A_NIGHT = 10  # videos that are asked for their tracks in one sweep: 500 units, and 200 for each track that is new
SHOWN = 5  # answers that a thread holds at most, in recorded responses; of those that wait nothing else tells


@dataclass
class Todo(Remaining):
    """What is still to be asked."""

    video: str = ""  # of a permalink
    uploads: bool = True
    page: str | None = None  # token of the next page of uploads
    lists: list[Three] = field(default_factory=list)  # [filter, of what, moderation status] of threads to be read
    threads: str | None = None  # token of the next page of the first list
    parents: list[Two] = field(default_factory=list)  # [comment, its video] whose answers are to be read
    answers: str | None = None  # token of the next page of the first one's
    counted: dict[str, int] = field(default_factory=dict)  # of new videos: comments that are counted and were not given yet
    asked: int = 0  # videos that were asked for their tracks
    untold: int = 0  # videos whose tracks are not known: nobody has asked for them yet, or they were refused
    refused: str = ""  # YouTube's reason for that
    unread: Passed = field(default_factory=Passed)  # conversations that were not given
    crowded: list[str] = field(default_factory=list)  # comments below which more answers may wait than were listed
    chats: list[str] = field(default_factory=list)  # broadcasts that have begun: what was said beside them cannot be read


read_cursor = Todo.read


class Asking:
    """One pass over a window: its requests."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.base, self.api, self.channel = base_of(account), Google(client), account.known
        self.window = window or Window("full")
        self.context: dict[str, Any] = {"account": self.channel.native_id, "server": SERVER}
        self.todo = Todo.read(self.window.cursor) if self.window.cursor else Todo()
        self.since = self.window.since if self.window.kind == "recent" else None
        self.unread = Unread(self.window, self.todo.unread)
        self.owner = bool(client.secrets.get("token"))

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

    def profile(self) -> Exchange:
        """As it was read to see who answers."""
        seen = self.channel.exchange or self.get("channels", {"part": CHANNEL_PARTS, "id": self.channel.native_id})
        return replace(seen, context={**seen.context, **self.context}, cursor=self.todo.cursor)

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
