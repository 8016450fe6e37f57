"""Private messages on Messenger and Instagram: which are requested.

    /<account>/conversations?platform=messenger|instagram   conversations, each with its newest messages
                            &folder=page_done|other|spam    of a Page: those that are not in the inbox
    /<conversation>/messages                                the older messages of a conversation

Sources: https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversations and
https://developers.facebook.com/docs/graph-api/reference/message, 2026-11-25. No reference names the folders:
accounts that had marked all conversations as done got none without them
(https://github.com/eisenjulian/fb-page-chat-download/issues/3).

Conversations are listed by the time of their last message, messages newest first. A window of the last days
ends at the first page of conversations without a message since messages were last read. Within a
conversation it ends at the first message from before that, if it is archived. A conversation that moved to
the top while the list was read is captured with its next message.

"You can only get details about the 20 most recent messages in the conversation": an older message is listed
by its ID alone, or is an error that calls it deleted. A message that its author took back may look the same.
Older messages are given anyway, and are read as long as a page gives any. Unless the oldest message given is
one that an earlier capture read, messages were missed, and no later response will have them: the core
reports it (`messages_missed`). Nothing follows from a message that is not there.

An inbox that had conversations and now has none, in no folder, counts as one that is not shown. A
conversation at which Meta fails, in the list and by itself, is passed over and reported, and so is a folder
other than the inbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from recordroom.errors import PlatformFailure
from recordroom.model import Exchange, instant, moment
from recordroom.platforms.contract import LISTED_LATE, Window
from recordroom.platforms.crawl import with_context
from recordroom.platforms.cursor import CursorPart, Four
from recordroom.platforms.http import require_path_segment
from recordroom.platforms.meta.errors import INVALID, code_of, describe_error, is_refusal
from recordroom.platforms.meta.graph import GraphRequests, next_of, objects
from recordroom.platforms.meta.messages import (
    CONNECTION,
    CONVERSATION,
    MESSAGE,
    MESSAGE_FIELDS,
    MessageBox,
    is_given,
)
from recordroom.platforms.paging import Params, catch_failure
from recordroom.platforms.schema import Reading, load_content, read_time
from recordroom.platforms.unread import IN_A_ROW, require_optional

CONVERSATIONS, MESSAGES = 20, 20  # in a page of each


@dataclass
class Inbox(CursorPart):
    """The rest of an inbox: a part of the cursor."""

    folder: int = 0  # position of the folder that is read
    page: str | None = None  # the next page of its conversations
    # Conversations with older messages: [conversation, next page ("": the first), ID and time of the oldest
    # message given so far].
    older: list[Four] = field(default_factory=list)
    over: bool = False  # nothing is left


class InboxReader:
    """One pass over an inbox.

    walk: the requests for the account.
    until: messages before this time need not be read again; None: all are read.
    inbox: the rest of the inbox, which the pass changes.
    missing: gets what Meta fails to give, in words.
    missed: the first conversation that was not given completely, until a response reports it.
    """

    def __init__(
        self, walk: GraphRequests, window: Window, box: MessageBox, inbox: Inbox, missing: list[str]
    ) -> None:
        self.walk, self.window, self.box, self.inbox, self.missing = walk, window, box, inbox, missing
        self.fields = f"{MESSAGE_FIELDS},{box.extra_fields}"
        last_read = window.messages_since if window.kind == "recent" else None
        self.until = last_read - LISTED_LATE if last_read else None
        self.missed = ""
        self._failures_in_a_row = 0

    @property
    def wanted(self) -> bool:
        """Whether the register asks for messages, and some are left to read."""
        return self.window.reads_messages and self.window.kind != "one" and not self.inbox.over

    def read(self, path: str) -> Iterator[Exchange]:
        """Read all folders, each page of conversations followed by older messages.

        A refusal is yielded, too. A crawl that resumes after it requests the same again.

        path: the list of conversations.
        """
        try:
            yield from self._read_folders(path)
        except PlatformFailure as refusal:  # of the inbox itself, or of one conversation after the other
            answer = require_optional(refusal)
            yield self.refused(answer, describe_error(answer), fault=not is_refusal(answer))

    def refused(self, answer: Exchange, why: str, *, fault: bool = False) -> Exchange:
        """Return a response that refuses the messages, with the words for the core.

        fault: whether Meta failed; otherwise a permission is missing.
        """
        remedy = f"required is {self.box.permission}; docs/platforms/{self.box.name}.md says how to add it"
        words = f"{why}; {'each capture tries again' if fault else remedy}"
        return with_context(answer, messages_refused=words)

    def _read_folders(self, path: str) -> Iterator[Exchange]:
        inbox, folders = self.inbox, self.box.folders
        # Whether all pages so far were empty, although the inbox had conversations.
        is_empty = self.window.has_archived_messages and not inbox.folder and inbox.page is None
        yield from self._read_older()
        while inbox.folder < len(folders):
            folder = folders[inbox.folder]
            for page in catch_failure(self._conversation_pages(path, folder)):
                if isinstance(page, PlatformFailure):
                    yield self._skip_folder(folder, page)
                    break
                if native := page.context.get("passed"):
                    is_empty, is_recent = False, True
                    inbox.older.append([native, "", "", ""])
                else:
                    is_empty, is_recent = is_empty and not any(objects(page)), self._queue_older(page)
                inbox.page = page.cursor if is_recent else None
                inbox.folder += inbox.page is None
                if is_empty and inbox.folder == len(folders):
                    inbox.folder = 0  # a crawl that resumes here requests the same again
                    yield self.refused(page, "the list of conversations is empty, although it was not before")
                    return
                self._note_progress()
                yield self._with_missed(page)
                yield from self._read_older()
                if not is_recent:
                    break

    def _skip_folder(self, folder: str, failure: PlatformFailure) -> Exchange:
        """Go on behind a folder that Meta does not give.

        The failure of the inbox itself is raised.
        """
        if not folder:
            raise failure
        answer, inbox = require_optional(failure), self.inbox
        inbox.page, inbox.folder = None, self.box.folders.index(folder) + 1
        self._note_progress()
        if code_of(answer) != INVALID:  # then there is no such folder
            self._note_missing(
                f"does not give the private messages in the folder {folder} ({describe_error(answer)})"
            )
        return self._with_missed(with_context(answer, not_given=True))

    def _conversation_pages(self, path: str, folder: str) -> Iterator[Exchange]:
        within = {"folder": folder} if folder else {}
        query: Params = {
            "platform": self.box.platform,
            **within,
            "fields": f"id,updated_time,messages.limit({MESSAGES}){{{self.fields}}}",
            "limit": CONVERSATIONS,
        }
        return self.walk.sparing(path, query, self.inbox.page, edge="conversations")

    def _note_progress(self) -> None:
        self.inbox.over = self.inbox.folder == len(self.box.folders) and not self.inbox.older

    def _note_missing(self, what: str) -> None:
        words = f"{self.box.title} {what}"
        self.missing += [words] if words not in self.missing else []

    def _queue_older(self, page: Exchange) -> bool:
        """Queue the conversations of a page that have older messages.

        Returns whether any conversation is in the window, or the page is empty: Meta gives empty pages with
        more behind them.
        """
        reading, is_recent = Reading(page), not any(objects(page))
        for pointer, conversation in objects(page):
            reading.check(CONVERSATION, conversation, pointer)
            updated = conversation.get("updated_time")
            is_before_window = (
                self.until is not None
                and updated
                and read_time(updated, page, f"{pointer}/updated_time") < self.until
            )
            if not is_before_window:
                is_recent = True
                listed = reading.read_object(CONNECTION, conversation, "messages", pointer)
                entry = [conversation["id"], "", "", ""]
                if rest := self._rest_of(entry, listed, reading, f"{pointer}/messages"):
                    self.inbox.older.append(rest)
        return is_recent

    def _read_older(self) -> Iterator[Exchange]:
        """Read the older messages of the queued conversations.

        A conversation that Meta refuses or fails to give is passed over. After IN_A_ROW failures Meta is
        down, and the next one is raised.
        """
        inbox = self.inbox
        query: Params = {"fields": self.fields, "limit": MESSAGES}
        while inbox.older:
            conversation, place, *_ = inbox.older[0]
            context = {**self.walk.context, "edge": "messages", "conversation": conversation}
            try:
                path = f"{require_path_segment(conversation)}/messages"
                for page in self.walk.walked(path, query, place or None, context):
                    self._failures_in_a_row = 0
                    rest = self._rest_of(inbox.older[0], load_content(page), Reading(page), "")
                    inbox.older[:1] = [rest] if rest else []
                    self._note_progress()
                    yield self._with_missed(page)
                    if not rest:
                        break
            except PlatformFailure as failure:
                answer = require_optional(failure)
                if is_refusal(answer):
                    self._note_missed(inbox.older[0])
                else:
                    self._note_failure(conversation, answer, failure)
                del inbox.older[0]
                self._note_progress()
                yield self._with_missed(with_context(answer, not_given=True))

    def _note_failure(self, conversation: str, answer: Exchange, failure: PlatformFailure) -> None:
        """Note a conversation at which Meta fails.

        A sweep reads it once it is given again.
        """
        if self._failures_in_a_row >= IN_A_ROW:
            raise failure
        self._failures_in_a_row += 1
        where = f"{self.box.name}:conversations/{conversation}"
        self._note_missing(
            f"lists private messages ({where}) but does not give them ({describe_error(answer)})"
        )

    def _rest_of(
        self, entry: list[str], listed: dict[str, Any], reading: Reading, pointer: str
    ) -> list[str] | None:
        """Return the entry of a conversation after a page of its messages.

        None: no more messages are needed. Notes where older messages are there, or may be, and are not given.

        entry: the conversation as it was queued before this page.
        listed: the list of messages.
        """
        messages = reading.read_objects(MESSAGE, listed, "data", pointer)
        given = [message for message in messages if is_given(message)]
        times = [read_time(message["created_time"], reading.exchange, f"{pointer}/data") for message in given]
        following, oldest = next_of(listed, reading, pointer), entry[2:]
        if given:
            oldest = [given[times.index(min(times))]["id"], instant(min(times))]
        if self.until is not None and times and min(times) < self.until and self._is_archived(oldest[0]):
            return None
        most = self.box.most_given
        may_be_cut = following is None and most is not None and len(given) >= most
        if len(given) < len(messages) or may_be_cut:
            self._note_missed([entry[0], "", *oldest])
            if not given:  # then no older message will be given
                return None
        return [entry[0], following, *oldest] if following else None

    def _note_missed(self, entry: list[str]) -> None:
        """Note that older messages of a conversation are not given.

        Nothing is missed where the oldest message given is one that an earlier capture read, since that one
        reached further back. A message that an interrupted capture read is archived, too, and proves nothing.
        """
        conversation, _, native, at = entry
        since = self.window.messages_since
        if since is None or not native or moment(at) >= since or not self._is_archived(native):
            self.missed = self.missed or conversation

    def _with_missed(self, page: Exchange) -> Exchange:
        """Return the page with what was missed, for the core."""
        if not self.missed:
            return page
        where, self.missed = f"{self.box.name}:conversations/{self.missed}", ""
        words = (
            f"{self.box.title} gives only the newest messages of a conversation: {where} (and perhaps"
            f" others) may"
            " have older messages that were not captured, or that were deleted before;"
            f" docs/platforms/{self.box.name}.md says what to do"
        )
        return with_context(page, messages_missed=words)

    def _is_archived(self, native: str) -> bool:
        return self.window.is_archived(f"{self.box.name}:messages/{native}")
