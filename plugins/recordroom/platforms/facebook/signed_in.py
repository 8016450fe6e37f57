"""What Facebook tells a token of the Page alone: its private messages, and whom it blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from recordroom.errors import PlatformFailure
from recordroom.model import Exchange
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.facebook.asking import PAGE_SIZE, Asking
from recordroom.platforms.facebook.login import READING, permissions
from recordroom.platforms.meta.errors import words_of
from recordroom.platforms.meta.graph import objects
from recordroom.platforms.meta.inbox import Reader
from recordroom.platforms.meta.messages import MESSENGER
from recordroom.platforms.unread import spared

if TYPE_CHECKING:
    from recordroom.register.models import Account


class SignedIn(Asking):
    """Without the permissions all else is captured, and it is told."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(account, client, window)
        self.client = client
        self.mail = Reader(self, self.window, MESSENGER, self.todo.inbox, self.todo.refused)

    def messages(self) -> Iterator[Exchange]:
        if self.mail.wanted:
            for page in self.mail.read(f"{self.me}/conversations"):
                yield self.with_short(page)

    def blocked(self) -> Exchange:
        """The whole list of blocked people as one answer. Where it is refused, or is empty and may be so for
        lack of a permission, nothing is concluded, and it is told."""
        try:
            pages = list(
                self.pages(f"{self.me}/blocked", {"fields": "id,name", "limit": PAGE_SIZE}, edge="blocked")
            )
        except PlatformFailure as refusal:
            answer = spared(refusal)
            return self.not_told("blocked", words_of(answer), answer)
        if not any(list(objects(page)) for page in pages) and (why := self.why_empty()):
            return self.not_told("blocked", f"it is empty, and {why}", pages[0])
        more = [person for page in pages[1:] for _, person in objects(page)]
        return replace(pages[0], context={**pages[0].context, "more": more}, cursor=self.todo.cursor)

    def why_empty(self) -> str:
        """In words what an empty list may come from, as the comments of a Page come empty with a token of the
        wrong kind.
        """
        told = permissions(self.client, self.base)
        if told is None:
            return (
                "whether the token may read it is not told: let the connection give the id and secret of"
                " the app"
            )
        lacking = [name for name in READING if name not in told]
        return f"the token has no {', '.join(lacking)}" if lacking else ""
