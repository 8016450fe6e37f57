"""What one pass over a Bluesky account asks the AppView with, and what is still to be asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from recordroom.model import Exchange
from recordroom.platforms.bluesky.chats import Box
from recordroom.platforms.bluesky.hosts import Servers, ask
from recordroom.platforms.bluesky.platform import PLATFORM
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.cursor import Remaining
from recordroom.platforms.lookups import Ids
from recordroom.platforms.unread import Passed, Unread

if TYPE_CHECKING:
    from recordroom.register.models import Account

BATCH = PLATFORM.ids_in_a_lookup


@dataclass
class Todo(Remaining):
    """What is still to be asked."""

    page: str | None = None
    listed: bool = False  # there is no next page
    threads: list[str] = field(default_factory=list)  # posts whose conversations are to be asked for
    below: dict[str, str] = field(
        default_factory=dict
    )  # replies that may have answers: the post of ours whose conversation may show them
    posts: dict[str, list[str | None]] = field(
        default_factory=dict
    )  # replies that conversations hide: of each who, why, its first post
    asked: list[str] = field(
        default_factory=list
    )  # threads asked for because another one did not show them whole, since the last page
    quotes: list[str] = field(default_factory=list)  # posts of ours of which is asked who quotes them
    notices: str | None = None  # cursor of the next page of notifications
    named: bool = False  # the mentions were read
    box: Box = field(default_factory=Box)  # private messages
    lacking: list[str] = field(default_factory=list)  # what is not given, in words
    unread: Passed = field(default_factory=Passed)  # conversations that were not given


read_cursor = Todo.read


class Asking:
    """One pass over a window."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.account, self.client, self.window = account, client, window or Window("full")
        self.me = account.known.native_id
        self.context: dict[str, Any] = {"account": self.me, "server": account.known.server}
        self.todo = Todo.read(self.window.cursor) if self.window.cursor else Todo()
        self.unread = Unread(self.window, self.todo.unread)
        self.since = self.window.since if self.window.kind == "recent" else None
        self.servers = Servers(account, client, self.me)
        self.roots: dict[
            str, str
        ] = {}  # a thread that is asked for -> the post of ours whose conversation it belongs to
        self.besides: frozenset[str] = (
            frozenset()
        )  # posts that were found by their addresses: their conversations are asked for the rest
        self.given = (
            Ids()
        )  # posts that were given out: conversations above all, which know best what is hidden

    def get(self, method: str, params: Mapping[str, Any], *more: int) -> Exchange:
        return ask(self.account, self.client, method, params, context=self.context, more=more)

    def located(self, answer: Exchange, dids: Iterable[str]) -> Exchange:
        """With the servers of those whose pictures stand in it, for `parse` to say where the original files
        are; None where that is not told now."""
        servers = {
            did: server
            for did in dict.fromkeys(dids)
            if (server := self.servers.of(did)) or did in self.servers.untold
        }
        return replace(answer, context={**answer.context, "servers": servers}) if servers else answer

    def lacking(self, answer: Exchange, what: str) -> Exchange:
        self.todo.lacking.append(what)
        return self.with_short(replace(answer, context={**answer.context, "not_given": True}))

    def with_short(self, answer: Exchange) -> Exchange:
        words = "; ".join(filter(None, [*self.todo.lacking, self.unread.words]))
        told = {"short": f"{words}; docs/platforms/bluesky.md says what to do"}
        return replace(answer, context={**self.context, **answer.context, **told}, cursor=self.todo.cursor)


def with_files(posts: Iterable[dict[str, Any]]) -> list[str]:
    return [post["author"]["did"] for post in posts if '"blob"' in json.dumps(post["record"].get("embed"))]
