"""What is asked of an account's chats: which conversations there are, and what was said in those where
something is new.

Read through the account's own server, which passes it on to Bluesky's service for private messages
(https://docs.bsky.app/docs/api/chat-bsky-convo-list-convos, -get-messages; the header:
https://atproto.com/specs/xrpc, Service Proxying): chat.bsky.convo.listConvos                  by what
happened last; those of strangers that nobody has accepted too chat.bsky.convo.listConvos?status=request   the
latter once more, should the list of all leave them out chat.bsky.convo.getMessages                 newest
first chat.bsky.convo.getLog is not used: it tells what happens from now on, and a capture comes later.

A window of the last days ends at the first page of conversations without anything new; every other goes
through all of them. Within a conversation it is read back to a message that is held and was said before
messages were last read. One that is not given waits until all others were read, and is asked for once more:
only what fails then is a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from recordroom.errors import Blocked, PlatformFailure
from recordroom.model import Exchange
from recordroom.platforms.bluesky import inbox
from recordroom.platforms.bluesky.inbox import Convo, People, Said
from recordroom.platforms.bluesky.views import cursor_of
from recordroom.platforms.contract import LATE, Window
from recordroom.platforms.cursor import Part
from recordroom.platforms.paging import NextOf, Params
from recordroom.platforms.unread import IN_A_ROW, spared

LIST, TALK, PAGE = "chat.bsky.convo.listConvos", "chat.bsky.convo.getMessages", 100
LISTS: tuple[Params, ...] = ({"limit": PAGE}, {"limit": PAGE, "status": "request"})
SERVICE = {"Atproto-Proxy": "did:web:api.bsky.chat#bsky_chat"}
PERMISSION = (
    "an app password of the account with access to its chats; docs/platforms/bluesky.md says how to get it"
)


class Own(Protocol):
    """Pages of the account's own server."""

    def __call__(
        self, method: str, params: Params, next_of: NextOf, start: str | None, headers: Mapping[str, str]
    ) -> Iterator[Exchange]: ...


@dataclass
class Box(Part):
    """What is still to be asked: a part of the cursor. `waiting`: conversations with their people; `talk`:
    cursor of the first one's next page; `read`: those of this capture; `last`: the list has no further page;
    `met`: there was a conversation at all; `put_off`: those that were not given."""

    lists: int = 0
    page: str | None = None
    last: bool = False
    waiting: list[list[Any]] = field(default_factory=list)
    talk: str | None = None
    read: list[str] = field(default_factory=list)
    met: bool = False
    done: bool = False
    put_off: list[list[Any]] = field(default_factory=list)


class Chats:
    """`cursor`: that of the whole fetch."""

    def __init__(self, own: Own, window: Window, box: Box, cursor: Callable[[], str]) -> None:
        self.own, self.window, self.box, self.cursor = own, window, box, cursor
        self.since = window.messages_since

    def pages(self) -> Iterator[Exchange]:
        """Everything that is new. Blocked, or another failure, where the server does not give it."""
        yield from self.talks()
        while self.box.lists < len(LISTS):
            if not self.box.last:
                yield from self.listed(LISTS[self.box.lists])
            self.box.lists, self.box.page, self.box.last = self.box.lists + 1, None, False
        self.box.waiting, self.box.put_off = self.box.put_off, []
        while self.box.waiting:
            yield from self.talk(*self.box.waiting[0])
        if self.window.messages_held and not self.box.met:
            raise Blocked("the list of conversations is empty, and was not before")
        self.box.done = True

    def listed(self, params: Params) -> Iterator[Exchange]:
        box = self.box
        for page in self.own(LIST, params, cursor_of, box.page, SERVICE):
            found = inbox.convos_in(page)
            news = [convo for convo in found if convo.native_id not in box.read and self.has_news(convo)]
            ends = self.window.kind == "recent" and bool(found) and not news
            box.met = box.met or bool(found)
            box.waiting = [[convo.native_id, convo.people] for convo in news]
            box.page, box.last = page.cursor, ends or page.cursor is None
            yield from self.talks()
            if box.last:
                return

    def has_news(self, convo: Convo) -> bool:
        """A last message that is not held is news however old it is: the list may have moved while it was
        read.
        """
        if self.since is None or convo.last is None:
            return self.window.kind != "recent" or convo.last is not None
        return convo.last.at >= self.since - LATE or (
            convo.last.sort == inbox.WORDS and not self.holds(convo.native_id, convo.last)
        )

    def holds(self, convo: str, said: Said) -> bool:
        return self.window.holds(inbox.record_id(convo, said.native_id))

    def talks(self) -> Iterator[Exchange]:
        """What was said in the conversations that wait, but for those that are not given; after IN_A_ROW of
        these nothing is.
        """
        box, row = self.box, 0
        while box.waiting:
            try:
                yield from self.talk(*box.waiting[0])
                row = 0
            except PlatformFailure as failure:
                spared(failure)  # raises what says nothing of one conversation alone
                if row >= IN_A_ROW:
                    raise
                row, box.talk = row + 1, None
                box.read.append(box.waiting[0][0])  # for the other list
                box.put_off.append(box.waiting.pop(0))

    def talk(self, convo: str, people: People) -> Iterator[Exchange]:
        """What was said in the first conversation that waits."""
        box = self.box
        for page in self.own(TALK, {"convoId": convo, "limit": PAGE}, cursor_of, box.talk, SERVICE):
            said = inbox.said_in(page)
            ends = page.cursor is None or any(self.was_read(convo, one) for one in said)
            box.talk = None if ends else page.cursor
            if ends:
                box.waiting.pop(0)
                box.read.append(convo)
            context = {**page.context, "convo": convo, "people": people, **self.missed(convo, said)}
            yield replace(page, context=context, cursor=self.cursor())
            if ends:
                break

    def was_read(self, convo: str, said: Said) -> bool:
        old = self.since is not None and said.at < self.since - LATE
        return old and said.sort == inbox.WORDS and self.holds(convo, said)

    def missed(self, convo: str, said: list[Said]) -> dict[str, str]:
        """What the account deleted before it was read: no later capture gets it."""
        gone = [
            one for one in said if one.sort == inbox.DELETED and (self.since is None or one.at >= self.since)
        ]
        number = sum(not self.holds(convo, one) for one in gone)
        words = (
            f"{number} messages of {inbox.root_id(convo)} were deleted by the account before they were read:"
            " nothing else is told of them"
        )
        return {"messages_missed": words} if number else {}
