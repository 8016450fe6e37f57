"""Private messages of an account on Bluesky, as its chats tell them.

Read (lexicons chat.bsky.convo.listConvos, .getMessages, .defs and chat.bsky.embed.joinLink of the PyPI
  package atproto): {"convos": [{"id", "members", "lastMessage"}]}         conversations of two, and of groups
  {"messages": [...], "relatedProfiles": [...]}          of one of them, newest first; which, the question
  alone says

A message cannot be edited. Who deletes one deletes it for themselves: of what the account deleted nothing but
its id, time and sender is told (`#deletedMessageView`), and one that was read before stays as it is. What a
group tells of itself (`#systemMessageView`: who came, who left, its name) is no message and stands in the
evidence, as do reactions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from recordroom.model import MESSAGE, Exchange, Record
from recordroom.platforms.bluesky.content import Content, View
from recordroom.platforms.bluesky.views import TYPED, failure_of
from recordroom.platforms.schema import ITEM, LIST, NULL, TEXT, Shape, content_of, items, when

CONVOS = Shape({"convos": LIST, "cursor": TEXT | NULL})
CONVO = Shape({"id": TEXT, "members": LIST, "lastMessage": ITEM | NULL})
PERSON = Shape({"did": TEXT, "handle": TEXT, "displayName": TEXT | NULL})
MESSAGES = Shape({"messages": LIST, "relatedProfiles": LIST | NULL, "cursor": TEXT | NULL})
HEAD = Shape({"id": TEXT, "sentAt": TEXT})  # what the walk needs of a message, or of what stands in its place
SAID = Shape(
    {
        "id": TEXT,
        "sentAt": TEXT,
        "text": TEXT,
        "sender": ITEM,
        "facets": LIST | NULL,
        "embed": ITEM | NULL,
        "replyTo": ITEM | NULL,
    },
    {"rev": "counts what happens in a chat", "reactions": "who reacted how"} | TYPED,
)
SENDER = Shape({"did": TEXT})
EMBED = Shape({"record": ITEM | NULL, "joinLinkPreview": ITEM | NULL}, TYPED)
SHARED = Shape({"uri": TEXT | NULL})
JOIN = Shape({"code": TEXT, "name": TEXT | NULL})
WORDS, DELETED, SYSTEM = "messageView", "deletedMessageView", "systemMessageView"

People = Mapping[str, tuple[str, str | None]]  # DID -> (handle, name)


@dataclass(frozen=True, slots=True)
class Said:
    """What the walk needs of a message. `sort`: one of WORDS, DELETED, SYSTEM, or one that nobody knows yet."""

    native_id: str
    sort: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Convo:
    native_id: str
    people: People
    last: Said | None


def record_id(convo: str, native: str) -> str:
    return f"bluesky:messages/{convo}/{native}"


def root_id(convo: str) -> str:
    return f"bluesky:conversations/{convo}"


def convos_in(page: Exchange) -> list[Convo]:
    if problem := failure_of(page):
        raise problem
    body = content_of(page)
    CONVOS.check(body, page, "")
    found = list[Convo]()
    for i, one in enumerate(body["convos"]):
        CONVO.check(one, page, f"/convos/{i}")
        last = one.get("lastMessage")
        said = None if last is None else _said(last, page, f"/convos/{i}/lastMessage")
        found.append(Convo(one["id"], _people(one["members"], page, f"/convos/{i}/members"), said))
    return found


def said_in(page: Exchange) -> list[Said]:
    """The messages of a page, and what stands in the place of one."""
    if problem := failure_of(page):
        raise problem
    body = content_of(page)
    MESSAGES.check(body, page, "")
    return [_said(one, page, f"/messages/{i}") for i, one in enumerate(body["messages"])]


def messages_of(body: dict[str, Any], view: View) -> Iterator[Record]:
    """Of a conversation, which the context of the exchange names, or the address of a saved one."""
    exchange, context = view.exchange, view.exchange.context
    MESSAGES.check(body, exchange, "")
    convo = context.get("convo") or parse_qs(urlsplit(exchange.url).query).get("convoId", ["unknown"])[0]
    people = {
        **context.get("people", {}),
        **_people(body.get("relatedProfiles") or (), exchange, "/relatedProfiles"),
    }
    for i, one in enumerate(items(body["messages"], exchange, "/messages")):
        yield from _message(one, convo, people, view, f"/messages/{i}")


def last_of(body: dict[str, Any], view: View) -> Iterator[Record]:
    """The last message of each conversation of a saved list."""
    for i, convo in enumerate(convos_in(view.exchange)):
        if convo.last is not None:
            yield from _message(
                body["convos"][i]["lastMessage"],
                convo.native_id,
                convo.people,
                view,
                f"/convos/{i}/lastMessage",
            )


def _sort(item: Mapping[str, Any]) -> str:
    return str(item.get("$type")).rpartition("#")[2]


def _said(item: Any, page: Exchange, pointer: str) -> Said:
    HEAD.check(item, page, pointer)
    return Said(item["id"], _sort(item), when(item["sentAt"], page, f"{pointer}/sentAt"))


def _people(members: Iterable[Any], page: Exchange, pointer: str) -> dict[str, tuple[str, str | None]]:
    found = list(members)
    for i, one in enumerate(found):
        PERSON.check(one, page, f"{pointer}/{i}")
    return {one["did"]: (one["handle"], one.get("displayName") or None) for one in found}


def _message(item: Any, convo: str, people: People, view: View, pointer: str) -> Iterator[Record]:
    said = _said(item, view.exchange, pointer)
    if said.sort in (DELETED, SYSTEM):
        return
    left = SAID.check(item, view.exchange, pointer, "messages")
    left += () if said.sort == WORDS else (f"messages.{said.sort}",)
    SENDER.check(item["sender"], view.exchange, f"{pointer}/sender")
    sender, answered = item["sender"]["did"], item.get("replyTo")
    if answered is not None:
        HEAD.check(answered, view.exchange, f"{pointer}/replyTo")
    content = Content(item["text"], view, sender)
    content.add_facets(item.get("facets") or [], item["text"], f"{pointer}/facets")
    shared = _embedded(item["embed"], content, f"{pointer}/embed") if item.get("embed") is not None else None
    handle, name = people.get(sender, (None, None))
    others = [other for did, (other, _) in people.items() if did != sender]
    yield Record(
        record_id=record_id(convo, said.native_id),
        kind=MESSAGE,
        native_id=said.native_id,
        pointer=pointer,
        parent_id=record_id(convo, answered["id"]) if answered is not None else None,
        root_id=root_id(convo),
        author_id=sender,
        author_name=name,
        author_handle=handle,
        author_is_account=None if view.me is None else sender == view.me,
        text=content.text,
        published_at=said.at,
        visibility="private",
        links=content.links,
        mentions=[*content.mentions, *(others if sender == view.me and len(others) == 1 else ())],
        tags=content.tags,
        shared_id=shared,
        repaired=id(item) in view.touched,
        leftover=left + content.left,
    )


def _embedded(embed: dict[str, Any], content: Content, pointer: str) -> str | None:
    """The post (or list, or feed) that a message passes on; an invitation into a group is told by its name."""
    exchange = content.view.exchange
    content.left += EMBED.check(embed, exchange, pointer, "messages.embed")
    if embed.get("joinLinkPreview") is not None:
        JOIN.check(embed["joinLinkPreview"], exchange, f"{pointer}/joinLinkPreview")
        content.text = "\n\n".join(filter(None, (content.text, embed["joinLinkPreview"].get("name"))))
    if embed.get("record") is None:
        return None
    SHARED.check(embed["record"], exchange, f"{pointer}/record")
    return f"bluesky:{embed['record']['uri']}" if embed["record"].get("uri") else None
