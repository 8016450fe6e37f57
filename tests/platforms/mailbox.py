"""A made-up inbox behind the conversations of the Graph API, for the made-up Page and the made-up account of Instagram.

Conversations come by their last message, messages newest first; both lists are paged, and `paging.next` carries the token. Of what is older
than the `most` newest messages of a conversation nothing is told (`beyond` "silent"), the id alone ("bare"), or an error ("error").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from tests.platforms.scripted import Answer
from tests.platforms.wall import TOKEN, at, error

FAULT = error(1, "An unknown error occurred", status=500)
INNER = re.compile(r"messages\.limit\((\d+)\)")


@dataclass
class Mailbox:
    """`said`: conversation -> its messages, the oldest first. `refusal`: what every list answers. `failing`: a conversation at which Meta
    fails, but for its id; `given_alone`: it is given where it is asked for by itself. `asked`: the addresses."""

    host: str
    people: tuple[dict[str, str], dict[str, str]]  # the account, and who writes to it
    platform: str = "messenger"
    most: int = 10_000
    beyond: str = "silent"
    said: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refusal: Answer | None = None
    failing: str = ""
    given_alone: bool = False
    folders: dict[str, str] = field(default_factory=dict)  # conversation -> the folder in which it lies; others are in the inbox
    closed: str = ""  # a folder that Meta does not give
    closing: Answer = FAULT  # what it answers there
    asked: list[str] = field(default_factory=list)

    def say(self, conversation: str, number: float, *, ours: bool = False, **more: Any) -> str:
        by, to = self.people if ours else self.people[::-1]
        made = {"id": f"m_{number:g}", "created_time": at(number), "from": by, "to": {"data": [to]}, "message": f"message {number:g}"}
        self.said.setdefault(conversation, []).append(made | more)
        return str(made["id"])

    def __call__(self, url: str) -> Answer:
        self.asked.append(url)
        if self.refusal is not None:
            return self.refusal
        parts = urlsplit(url)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        steps = parts.path.removeprefix("/v26.0/").split("/")
        if steps[-1] == "messages":
            fails = steps[0] == self.failing and not self.given_alone
            return FAULT if fails else self.messages(steps[0], query)
        assert query["platform"] == self.platform
        folder = query.get("folder", "")
        if folder and folder == self.closed:
            return self.closing
        within = [name for name in self.said if self.folders.get(name, "") == folder]
        by_time = sorted(within, key=lambda name: str(self.said[name][-1]["created_time"]), reverse=True)
        if query["fields"] == "id":
            return Answer(self.paged([{"id": name} for name in by_time], query, parts.path))
        inner = INNER.search(query["fields"])
        assert inner is not None
        found = []
        for name in by_time:
            first = self.messages(name, {"limit": inner[1], "fields": query["fields"]}).body
            found.append({"id": name, "updated_time": self.said[name][-1]["created_time"], "messages": first})
        listed = self.paged(found, query, parts.path)
        return FAULT if self.failing in [one["id"] for one in listed["data"]] else Answer(listed)

    def messages(self, conversation: str, query: dict[str, str]) -> Answer:
        newest = self.said[conversation][::-1]
        if self.beyond == "silent":
            newest = newest[: self.most]
        if self.beyond == "bare":
            newest = [*newest[: self.most], *({"id": one["id"], "created_time": one["created_time"]} for one in newest[self.most :])]
        if self.beyond == "error" and int(query.get("after", 0)) >= self.most:
            return error(100, "(#100) The message was deleted")
        return Answer(self.paged(newest, query, f"/v26.0/{conversation}/messages"))

    def paged(self, found: list[Any], query: dict[str, str], path: str) -> dict[str, Any]:
        limit, after = int(query.get("limit", 25)), int(query.get("after", 0))
        body: dict[str, Any] = {"data": found[after : after + limit]}
        if after + limit < len(found):
            more = urlencode({**query, "limit": limit, "after": after + limit})
            body["paging"] = {"cursors": {"after": "b"}, "next": f"{self.host}{path}?access_token={quote(TOKEN)}&{more}"}
        return body
