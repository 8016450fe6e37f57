"""Private messages in the sandbox of Facebook or Instagram, numbered by their texts ("message 5")."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.sandbox.faces.facebook import access as facebook
from infra.sandbox.faces.instagram import nodes as instagram
from infra.sandbox.model import Account, Post
from recordroom.model import Record
from tests.capture.everywhere.faulty import SCOPES
from tests.fault_transport import Answer, rewrite_json
from tests.platforms.contract.sandbox import Sandbox

LISTS = ("/conversations", "/messages")


def number_of(text: str | None) -> int:
    return int((text or "").removeprefix("message "))


@dataclass
class Inbox:
    """The conversations of the account with people called t_1 and so on."""

    sandbox: Sandbox
    said: dict[int, Post] = field(default_factory=dict)  # by number
    people: dict[str, str] = field(default_factory=dict)  # name -> key of the account

    def __post_init__(self) -> None:
        for token in self.sandbox.network.tokens:
            if token.where == self.sandbox.profile.where:
                token.scopes = [
                    *token.scopes,
                    *SCOPES[self.sandbox.profile.name],
                    "instagram_manage_messages",
                ]

    def person(self, name: str) -> Account:
        network = self.sandbox.network
        if name not in self.people:
            self.people[name] = network.account(f"{self.sandbox.profile.where}/{name}", name.title()).key
        return network.accounts[self.people[name]]

    def say(self, name: str, number: int, at: datetime, *, ours: bool = False) -> Post:
        pair = (self.person(name).key, self.sandbox.us)
        self.said[number] = self.sandbox.network.message(
            *(pair[::-1] if ours else pair), f"message {number}", at=at
        )
        return self.said[number]

    def file(self, name: str, folder: str) -> None:
        """Move a conversation of a Page out of the inbox."""
        self.sandbox.network.file(self.sandbox.us, self.person(name).key, folder)

    def conversation(self, name: str) -> str:
        """Return the native ID of the conversation with a person."""
        thread_id = facebook.thread_id if self.sandbox.profile.name == "facebook" else instagram.thread_id
        return thread_id(self.sandbox.network.accounts[self.sandbox.us], self.person(name))

    def record_id(self, number: int) -> str:
        message_id = facebook.message_id if self.sandbox.profile.name == "facebook" else instagram.message_id
        return f"{self.sandbox.profile.name}:messages/{message_id(self.said[number])}"

    @property
    def asked(self) -> list[str]:
        """Return the requests so far for conversations and messages."""
        return [url for url in self.sandbox.transport.asked if any(part in url for part in LISTS)]

    def refuse(self, answer: Answer) -> None:
        """Refuse all requests for conversations and messages in this way until `allow`."""
        self.sandbox.transport.rules += [(part, answer) for part in LISTS]

    def allow(self) -> None:
        self.sandbox.transport.rules.clear()


def numbers_in(records: Iterable[Record]) -> list[int]:
    return [number_of(record.text) for record in records if record.kind == "message"]


def rewrite_messages(change: Callable[[dict[str, Any]], object]) -> Answer:
    """Change each list of messages in a response: the list and its `paging`."""

    def each(body: Any) -> Any:
        for one in body.get("data", ()):
            if "messages" in one:
                change(one["messages"])
        if any("created_time" in one for one in body.get("data", ())):
            change(body)
        return body

    return rewrite_json(each)


def rewrite_message(number: int, change: Callable[[dict[str, Any]], object]) -> Answer:
    """Change one message wherever it is listed."""

    def each(listed: dict[str, Any]) -> None:
        for one in listed["data"]:
            if one.get("message") == f"message {number}":
                change(one)

    return rewrite_messages(each)
