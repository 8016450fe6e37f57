"""Private messages of an account: the crawl of its chats, and their records.

Read through the account's own server, which passes requests on to Bluesky's service for private messages
(https://docs.bsky.app/docs/api/chat-bsky-convo-list-convos, -get-messages; the header:
https://atproto.com/specs/xrpc, Service Proxying):

    chat.bsky.convo.listConvos                   by the last event, also those of strangers not yet accepted
    chat.bsky.convo.listConvos?status=request    the latter again, in case the complete list leaves them out
    chat.bsky.convo.getMessages                  newest first; only the request names the conversation

chat.bsky.convo.getLog is not used: it reports what happens from now on, and a capture comes later.

A message cannot be edited. Somebody who deletes one deletes it for themselves. Only the ID, time, and sender
are given of a message that the account deleted (`#deletedMessageView`), and one that was read before stays as
it is. Reports of a group (`#systemMessageView`: who came, who left, its name) and reactions are no messages;
they are only kept in the evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from recordroom.errors import Blocked, PlatformFailure, UnexpectedResponse
from recordroom.model import MESSAGE as MESSAGE_KIND
from recordroom.model import Exchange, Record
from recordroom.platforms.bluesky.api import failure_of
from recordroom.platforms.bluesky.content import Content, View
from recordroom.platforms.bluesky.schema import (
    CONVO,
    CONVOS,
    JOIN,
    MESSAGE,
    MESSAGE_EMBED,
    MESSAGE_HEAD,
    MESSAGES,
    PERSON,
    SENDER,
    SHARED,
)
from recordroom.platforms.bluesky.state import CrawlState
from recordroom.platforms.contract import LISTED_LATE
from recordroom.platforms.paging import Params, catch_failure
from recordroom.platforms.schema import load_content, read_time, require_list
from recordroom.platforms.unread import IN_A_ROW, require_optional

LIST_METHOD, TALK_METHOD = "chat.bsky.convo.listConvos", "chat.bsky.convo.getMessages"
PAGE = 100  # conversations or messages in a page
LISTS: tuple[Params, ...] = ({"limit": PAGE}, {"limit": PAGE, "status": "request"})
SERVICE = {"Atproto-Proxy": "did:web:api.bsky.chat#bsky_chat"}
PERMISSION = "an app password with access to direct messages (docs/platforms/bluesky.md)"
TEXT, DELETED, SYSTEM = "messageView", "deletedMessageView", "systemMessageView"

People = Mapping[str, tuple[str, str | None]]  # DID -> (handle, name)


@dataclass(frozen=True, slots=True)
class MessageEntry:
    """One entry of a conversation: a message, or what replaces one."""

    native_id: str
    type: str  # TEXT, DELETED, SYSTEM, or one that this connector does not know
    at: datetime


@dataclass(frozen=True, slots=True)
class Convo:
    """A conversation of a list."""

    native_id: str
    people: People
    last: MessageEntry | None


def read_chats(state: CrawlState) -> Iterator[Exchange]:
    """Read private messages, or report a refusal.

    A crawl that resumes after a refusal requests them again.
    """
    for found in catch_failure(Chats(state).read()):
        if not isinstance(found, PlatformFailure):
            yield found
            continue
        answer = state.answer_of(found)
        fails = isinstance(found, UnexpectedResponse) and not 400 <= answer.status < 500
        needed = "" if fails else f": Bluesky requires {PERMISSION}"
        words = f"{found.message[:200]}{needed}"
        context = {**state.api.context, "not_given": True, "messages_refused": words}
        yield state.at_cursor(replace(answer, context=context))


class Chats:
    """The conversations of one crawl.

    A window of the last days ends at the first page of conversations without anything new; all others read
    the complete lists. A conversation is read back to an archived message that was sent before messages were
    last read. If one is not given, it is requested again after all others, and only a second failure counts.
    """

    def __init__(self, state: CrawlState) -> None:
        self.state, self.window, self.box = state, state.window, state.todo.box
        self.since = state.window.messages_since

    def read(self) -> Iterator[Exchange]:
        """Read everything new; raise a PlatformFailure if the server does not give it."""
        yield from self._read_waiting()
        while self.box.lists < len(LISTS):
            if not self.box.last:
                yield from self._read_list(LISTS[self.box.lists])
            self.box.lists, self.box.page, self.box.last = self.box.lists + 1, None, False
        self.box.waiting, self.box.put_off = self.box.put_off, []
        while self.box.waiting:
            yield from self._read_convo(*self.box.waiting[0])
        if self.window.has_archived_messages and not self.box.met:
            raise Blocked("the list of conversations is empty, but the archive has private messages")
        self.box.done = True

    def _read_list(self, params: Params) -> Iterator[Exchange]:
        box = self.box
        for page in self.state.api.own_pages(LIST_METHOD, params, start=box.page, headers=SERVICE):
            found = _convos_in(page)
            news = [convo for convo in found if convo.native_id not in box.read and self._has_news(convo)]
            ends = self.window.kind == "recent" and bool(found) and not news
            box.met = box.met or bool(found)
            box.waiting = [[convo.native_id, convo.people] for convo in news]
            box.page, box.last = page.cursor, ends or page.cursor is None
            yield from self._read_waiting()
            if box.last:
                return

    def _has_news(self, convo: Convo) -> bool:
        """Return whether a conversation has anything new.

        A last message that is not archived is new, however old it is: the list may have moved while it was
        read.
        """
        if self.since is None or convo.last is None:
            return self.window.kind != "recent" or convo.last is not None
        is_late = convo.last.at >= self.since - LISTED_LATE
        return is_late or (convo.last.type == TEXT and not self._is_archived(convo.native_id, convo.last))

    def _is_archived(self, convo: str, entry: MessageEntry) -> bool:
        return self.window.is_archived(_record_id(convo, entry.native_id))

    def _read_waiting(self) -> Iterator[Exchange]:
        """Read the conversations that wait; defer those that are not given.

        After IN_A_ROW of them in a row, the failure is raised.
        """
        box, row = self.box, 0
        while box.waiting:
            try:
                yield from self._read_convo(*box.waiting[0])
                row = 0
            except PlatformFailure as failure:
                require_optional(failure)  # raises what concerns more than one conversation
                if row >= IN_A_ROW:
                    raise
                row, box.talk = row + 1, None
                box.read.append(box.waiting[0][0])  # for the other list
                box.put_off.append(box.waiting.pop(0))

    def _read_convo(self, convo: str, people: People) -> Iterator[Exchange]:
        """Read the first conversation that waits."""
        box = self.box
        params: Params = {"convoId": convo, "limit": PAGE}
        for page in self.state.api.own_pages(TALK_METHOD, params, start=box.talk, headers=SERVICE):
            entries = _entries_in(page)
            ends = page.cursor is None or any(self._was_read(convo, entry) for entry in entries)
            box.talk = None if ends else page.cursor
            if ends:
                box.waiting.pop(0)
                box.read.append(convo)
            context = {**page.context, "convo": convo, "people": people, **self._missed(convo, entries)}
            yield self.state.at_cursor(replace(page, context=context))
            if ends:
                break

    def _was_read(self, convo: str, entry: MessageEntry) -> bool:
        is_old = self.since is not None and entry.at < self.since - LISTED_LATE
        return is_old and entry.type == TEXT and self._is_archived(convo, entry)

    def _missed(self, convo: str, entries: list[MessageEntry]) -> dict[str, str]:
        """Report messages that the account deleted before they were read.

        No later capture gets them.
        """
        deleted = [
            entry
            for entry in entries
            if entry.type == DELETED and (self.since is None or entry.at >= self.since)
        ]
        number = sum(not self._is_archived(convo, entry) for entry in deleted)
        words = (
            "the account deleted private messages before a capture read them"
            f" ({number} in {_root_id(convo)}): only their times and senders are known"
        )
        return {"messages_missed": words} if number else {}


def _record_id(convo: str, native: str) -> str:
    return f"bluesky:messages/{convo}/{native}"


def _root_id(convo: str) -> str:
    return f"bluesky:conversations/{convo}"


def _convos_in(page: Exchange) -> list[Convo]:
    """Return the conversations of a list, with their last messages."""
    if problem := failure_of(page):
        raise problem
    body = load_content(page)
    CONVOS.check(body, page, "")
    found: list[Convo] = []
    for i, one in enumerate(body["convos"]):
        CONVO.check(one, page, f"/convos/{i}")
        last = one.get("lastMessage")
        entry = None if last is None else _entry_of(last, page, f"/convos/{i}/lastMessage")
        found.append(Convo(one["id"], _people_in(one["members"], page, f"/convos/{i}/members"), entry))
    return found


def _entries_in(page: Exchange) -> list[MessageEntry]:
    """Return the entries of a page of messages."""
    if problem := failure_of(page):
        raise problem
    body = load_content(page)
    MESSAGES.check(body, page, "")
    return [_entry_of(one, page, f"/messages/{i}") for i, one in enumerate(body["messages"])]


def _entry_of(item: Any, page: Exchange, pointer: str) -> MessageEntry:
    MESSAGE_HEAD.check(item, page, pointer)
    type_of_entry = str(item.get("$type")).rpartition("#")[2]
    return MessageEntry(item["id"], type_of_entry, read_time(item["sentAt"], page, f"{pointer}/sentAt"))


def _people_in(members: Iterable[Any], page: Exchange, pointer: str) -> dict[str, tuple[str, str | None]]:
    found = list(members)
    for i, one in enumerate(found):
        PERSON.check(one, page, f"{pointer}/{i}")
    return {one["did"]: (one["handle"], one.get("displayName") or None) for one in found}


def read_messages(body: dict[str, Any], view: View) -> Iterator[Record]:
    """Read the messages of a conversation.

    The context names the conversation; the address does in a saved response.
    """
    exchange, context = view.exchange, view.context
    MESSAGES.check(body, exchange, "")
    convo = context.get("convo") or parse_qs(urlsplit(exchange.url).query).get("convoId", ["unknown"])[0]
    related = _people_in(body.get("relatedProfiles") or (), exchange, "/relatedProfiles")
    people = {**context.get("people", {}), **related}
    for i, one in enumerate(require_list(body["messages"], exchange, "/messages")):
        yield from _read_message(one, convo, people, view, f"/messages/{i}")


def read_last_messages(body: dict[str, Any], view: View) -> Iterator[Record]:
    """Read the last message of each conversation of a saved list."""
    for i, convo in enumerate(_convos_in(view.exchange)):
        if convo.last is not None:
            last = body["convos"][i]["lastMessage"]
            yield from _read_message(last, convo.native_id, convo.people, view, f"/convos/{i}/lastMessage")


def _read_message(item: Any, convo: str, people: People, view: View, pointer: str) -> Iterator[Record]:
    entry = _entry_of(item, view.exchange, pointer)
    if entry.type in (DELETED, SYSTEM):
        return
    left = MESSAGE.check(item, view.exchange, pointer, "messages")
    left += () if entry.type == TEXT else (f"messages.{entry.type}",)
    SENDER.check(item["sender"], view.exchange, f"{pointer}/sender")
    sender, parent = item["sender"]["did"], item.get("replyTo")
    if parent is not None:
        MESSAGE_HEAD.check(parent, view.exchange, f"{pointer}/replyTo")
    content = Content(item["text"], view, sender)
    content.add_facets(item.get("facets") or [], item["text"], f"{pointer}/facets")
    shared = _add_embed(item["embed"], content, f"{pointer}/embed") if item.get("embed") is not None else None
    handle, name = people.get(sender, (None, None))
    others = [other for did, (other, _) in people.items() if did != sender]
    yield Record(
        record_id=_record_id(convo, entry.native_id),
        kind=MESSAGE_KIND,
        native_id=entry.native_id,
        pointer=pointer,
        parent_id=_record_id(convo, parent["id"]) if parent is not None else None,
        root_id=_root_id(convo),
        author_id=sender,
        author_name=name,
        author_handle=handle,
        author_is_account=None if view.me is None else sender == view.me,
        text=content.text,
        published_at=entry.at,
        visibility="private",
        links=content.links,
        mentions=[*content.mentions, *(others if sender == view.me and len(others) == 1 else ())],
        tags=content.tags,
        shared_id=shared,
        repaired=id(item) in view.touched,
        leftover=left + content.left,
    )


def _add_embed(embed: dict[str, Any], content: Content, pointer: str) -> str | None:
    """Add what a message embeds; return the record ID of a shared post.

    It may share lists and feeds too. An invitation into a group is added by the name of the group.
    """
    exchange = content.view.exchange
    content.left += MESSAGE_EMBED.check(embed, exchange, pointer, "messages.embed")
    if embed.get("joinLinkPreview") is not None:
        JOIN.check(embed["joinLinkPreview"], exchange, f"{pointer}/joinLinkPreview")
        content.text = "\n\n".join(filter(None, (content.text, embed["joinLinkPreview"].get("name"))))
    if embed.get("record") is None:
        return None
    SHARED.check(embed["record"], exchange, f"{pointer}/record")
    return f"bluesky:{embed['record']['uri']}" if embed["record"].get("uri") else None
