"""Private messages of a Page on Messenger and of an account on Instagram, as they are asked for, conversation
by conversation.

Read (https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversations and
https://developers.facebook.com/docs/graph-api/reference/message, 2026-11-25):
  /<account>/conversations?platform=messenger|instagram    the conversations, each with its newest messages
                          &folder=page_done|other|spam     of a Page: those that are in no inbox any more, or
  never were /<conversation>/messages                                 the rest of them, behind the
  `paging.next` of that list

Conversations come by the time of their last message, messages newest first. A window of the last days ends at
the first page of conversations in which nothing was said since messages were last read, and within a
conversation at the first message from before that, if it is held: one that moved up the list while it was
read was passed over then, and comes with its next message.

"You can only get details about the 20 most recent messages in the conversation": an older one is listed by
its id alone, or is an error that calls it deleted. So may one be that its author has taken back: what is
older is given all the same, and is read on as long as a page gives any. Unless the oldest that was given is
one that was read before, messages were missed, and no later answer will have them: the core is told
(`messages_missed`). Nothing is concluded from a message that is not there. An inbox that held conversations
and has none at all, in no folder, is taken for one that is not shown. A conversation at which Meta fails, in
the list and by itself, is passed over and named, and so is a folder beside the inbox. The folders are named
by no reference: who had marked all as done got nothing without
(https://github.com/eisenjulian/fb-page-chat-download/issues/3).

```
inbox = Inbox()                                                      # what is still to be asked: a part of the cursor
for exchange in Reader(walk, window, MESSENGER, inbox, refused).read(path): ...  # also the refusal, where the permission is lacking
```
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from recordroom.errors import PlatformFailure
from recordroom.model import Exchange, instant, moment
from recordroom.platforms.contract import LATE, Window
from recordroom.platforms.cursor import Four, Part
from recordroom.platforms.http import in_path
from recordroom.platforms.meta.errors import code_of, is_refusal, words_of
from recordroom.platforms.meta.graph import Walk, next_of, objects
from recordroom.platforms.meta.messages import CONNECTION, CONVERSATION, MESSAGE, SAID, Box, is_given
from recordroom.platforms.paging import Params, catch_failure
from recordroom.platforms.schema import Reading, content_of, when
from recordroom.platforms.unread import IN_A_ROW, spared

CONVERSATIONS, MESSAGES = 20, 20  # in a page of each
INVALID = 100  # the code of an error about what was asked for


@dataclass
class Inbox(Part):
    """What is still to be asked. `folder`: which of the Box's; `page`: of the next conversations in it;
    `older`: [conversation, its next page ("" of the first), id and time of the oldest of its messages that
    were given]; `over`: nothing is left."""

    folder: int = 0
    page: str | None = None
    older: list[Four] = field(default_factory=list)
    over: bool = False


class Reader:
    """One pass over an inbox. `until`: what was said before that needs not be read again; None: all of it is
    read. `lacks`: where it is noted, in words, what Meta fails to give. `missed`: a conversation of which not
    all was given, and nobody was told yet."""

    def __init__(self, walk: Walk, window: Window, box: Box, inbox: Inbox, lacks: list[str]) -> None:
        self.walk, self.window, self.box, self.inbox, self.lacks = walk, window, box, inbox, lacks
        self.said, self._row = f"{SAID},{box.more}", 0
        self.until = (
            window.messages_since - LATE if window.messages_since and window.kind == "recent" else None
        )
        self.missed = ""

    @property
    def wanted(self) -> bool:
        return self.window.messages and self.window.kind != "one" and not self.inbox.over

    def told(self, page: Exchange) -> Exchange:
        """For the core: what was missed."""
        if not self.missed:
            return page
        where, self.missed = f"{self.box.name}:conversations/{self.missed}", ""
        words = (
            f"{self.box.title} gives the newest messages of a conversation only: {where} (the first of them)"
            " may hold older ones"
        )
        words += (
            f" that were not captured, or some that were deleted before; docs/platforms/{self.box.name}.md"
            " says what to do"
        )
        return replace(page, context={**page.context, "messages_missed": words})

    def read(self, path: str) -> Iterator[Exchange]:
        """Folder by folder, each page of conversations, followed by what is older in them.

        Whoever goes on after a refusal asks again.
        """
        try:
            yield from self._folders(path)
        except PlatformFailure as refusal:  # of the inbox itself, or of one conversation after the other
            answer = spared(refusal)
            yield self.refused(answer, words_of(answer), fault=not is_refusal(answer))

    def _folders(self, path: str) -> Iterator[Exchange]:
        inbox, folders = self.inbox, self.box.folders
        empty = self.window.messages_held and not inbox.folder and inbox.page is None
        yield from self._older()
        while inbox.folder < len(folders):
            folder = folders[inbox.folder]
            for page in catch_failure(self._conversations(path, folder)):
                if isinstance(page, PlatformFailure):
                    yield self._without(folder, page)
                    break
                if native := page.context.get("passed"):
                    empty, recent = False, True
                    inbox.older.append([native, "", "", ""])
                else:
                    empty, recent = empty and not any(objects(page)), self._note(page)
                inbox.page = page.cursor if recent else None
                inbox.folder += inbox.page is None
                if empty and inbox.folder == len(folders):
                    inbox.folder = 0  # whoever goes on here asks again
                    yield self.refused(page, "the list of conversations is empty, and was not before")
                    return
                self._settle()
                yield self.told(page)
                yield from self._older()
                if not recent:
                    break

    def _without(self, folder: str, refusal: PlatformFailure) -> Exchange:
        """Go on behind a folder that Meta does not give. The refusal of the inbox itself is raised."""
        if not folder:
            raise refusal
        answer, inbox = spared(refusal), self.inbox
        inbox.page, inbox.folder = None, self.box.folders.index(folder) + 1
        self._settle()
        if code_of(answer) != INVALID:  # then there is no such folder
            self._lack(f"does not give the private messages in the folder {folder} ({words_of(answer)})")
        return self.told(replace(answer, context={**answer.context, "not_given": True}))

    def _conversations(self, path: str, folder: str) -> Iterator[Exchange]:
        inner = f"messages.limit({MESSAGES}){{{self.said}}}"
        within = {"folder": folder} if folder else {}
        asked: Params = {
            "platform": self.box.platform,
            **within,
            "fields": f"id,updated_time,{inner}",
            "limit": CONVERSATIONS,
        }
        return self.walk.sparing(path, asked, self.inbox.page, edge="conversations")

    def _settle(self) -> None:
        self.inbox.over = self.inbox.folder == len(self.box.folders) and not self.inbox.older

    def _lack(self, what: str) -> None:
        words = f"{self.box.title} {what}"
        self.lacks += [words] if words not in self.lacks else []

    def refused(self, exchange: Exchange, why: str, *, fault: bool = False) -> Exchange:
        """The answer that says so, with the words for the core. `fault`: it is Meta's own, and no permission
        is lacking.
        """
        mend = f"needed is {self.box.permission}: docs/platforms/{self.box.name}.md says how to give it"
        words = f"{why}; {'it is asked for again at each capture' if fault else mend}"
        return replace(exchange, context={**exchange.context, "messages_refused": words})

    def _note(self, page: Exchange) -> bool:
        """Take up what is older; whether anything in the page is as new as the window, or nothing is there:
        Meta gives empty pages too, and more behind them."""
        reading, recent = Reading(page), not any(objects(page))
        for pointer, conversation in objects(page):
            reading.check(CONVERSATION, conversation, pointer)
            updated = conversation.get("updated_time")
            if (
                self.until is None
                or not updated
                or when(updated, page, f"{pointer}/updated_time") >= self.until
            ):
                recent = True
                listed = reading.part(CONNECTION, conversation, "messages", pointer)
                if more := self._more(
                    [conversation["id"], "", "", ""], listed, reading, f"{pointer}/messages"
                ):
                    self.inbox.older.append(more)
        return recent

    def _older(self) -> Iterator[Exchange]:
        """What was not given of a conversation is told; the others are read. After IN_A_ROW at which Meta
        fails it is down.
        """
        inbox = self.inbox
        while inbox.older:
            conversation, address, *_ = inbox.older[0]
            context = {**self.walk.context, "edge": "messages", "conversation": conversation}
            first: Params = {"fields": self.said, "limit": MESSAGES}
            try:
                for page in self.walk.walked(
                    f"{in_path(conversation)}/messages", first, address or None, context
                ):
                    self._row = 0
                    more = self._more(inbox.older[0], content_of(page), Reading(page), "")
                    inbox.older[:1] = [more] if more else []
                    self._settle()
                    yield self.told(page)
                    if not more:
                        break
            except PlatformFailure as failure:
                page = spared(failure)
                if is_refusal(page):
                    self._miss(inbox.older[0])
                else:
                    self._fail(conversation, page, failure)
                del inbox.older[0]
                self._settle()
                yield self.told(replace(page, context={**page.context, "not_given": True}))

    def _fail(self, conversation: str, answer: Exchange, failure: PlatformFailure) -> None:
        """Note one at which Meta fails: a sweep reads it once it is given again."""
        if self._row >= IN_A_ROW:
            raise failure
        self._row += 1
        where = f"{self.box.name}:conversations/{conversation}"
        self._lack(f"lists private messages ({where}) and does not give them ({words_of(answer)})")

    def _more(
        self, older: list[str], listed: dict[str, Any], reading: Reading, pointer: str
    ) -> list[str] | None:
        """What is still to be asked of a conversation, as far as it is needed; where some is there, or may
        be, and is not given, that is noted. `older`: what was to be asked before this page."""
        messages = reading.each(MESSAGE, listed, "data", pointer)
        given = [message for message in messages if is_given(message)]
        times = [when(message["created_time"], reading.exchange, f"{pointer}/data") for message in given]
        more, oldest = next_of(listed, reading, pointer), older[2:]
        if given:
            oldest = [given[times.index(min(times))]["id"], instant(min(times))]
        if self.until is not None and times and min(times) < self.until and self._is_held(oldest[0]):
            return None
        if len(given) < len(messages) or (
            more is None and self.box.most is not None and len(given) >= self.box.most
        ):
            self._miss([older[0], "", *oldest])
            if not given:  # nor will what is older be
                return None
        return [older[0], more, *oldest] if more else None

    def _miss(self, older: list[str]) -> None:
        """Note that what is older is not given, unless the oldest that was given is one that an earlier
        capture read: that one had reached further back. What a capture read that did not come to its end is
        held too, and tells nothing."""
        conversation, _, native, at = older
        since = self.window.messages_since
        if since is None or not native or moment(at) >= since or not self._is_held(native):
            self.missed = self.missed or conversation

    def _is_held(self, native: str) -> bool:
        return self.window.holds(f"{self.box.name}:messages/{native}")
