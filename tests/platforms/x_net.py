"""A small network of made-up posts behind as much of X's API as the connector asks for, with the real one's limits."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from recordroom.model import Exchange, Identity, Record
from recordroom.platforms import Window, x
from recordroom.platforms.x.heads import EPOCH
from tests.platforms.scripted import Answer, Scripted, account

ME, AMY, BEN = "100", "200", "300"
NAMES = {ME: "FircrestSchools", AMY: "amy", BEN: "ben"}
NOW = datetime.now(UTC).replace(microsecond=0)
DISTRICT = account("x", "https://x.com/FircrestSchools", Identity(ME, "x.com"))
TOKEN = {"token": "a-token-of-ours"}
PROBLEMS = "https://api.x.com/2/problems"


def snowflake(at: datetime, number: int) -> str:
    return str(((int(at.timestamp() * 1000) - EPOCH) << 22) | number)


@dataclass
class Net:
    """Posts by id; every version of an edited one is there under its own id."""

    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)  # id -> type of the problem
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    polls: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)  # the oldest first
    people: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # blocking, muting
    answers: dict[str, Answer] = field(default_factory=dict)  # path -> what is answered instead
    user: dict[str, Any] = field(default_factory=lambda: {"id": ME, "name": "Fircrest Schools", "username": "FircrestSchools"})
    archive: bool = True
    most: int = 3200  # posts that a timeline gives
    most_naming: int = 800  # and the list of those that name the account
    page: int = 100

    def add(self, days: float, author: str = ME, parent: str | None = None, sort: str = "replied_to", **more: Any) -> str:
        at = NOW - timedelta(days=days)
        native = snowflake(at, len(self.posts) + 1)
        above = self.posts.get(parent or "")
        post: dict[str, Any] = {
            "id": native,
            "text": f"post {len(self.posts) + 1}",
            "author_id": author,
            "created_at": f"{at:%Y-%m-%dT%H:%M:%S.000Z}",
        }
        post |= {"conversation_id": native, "edit_history_post_ids": [native]}
        if above is not None:
            post["referenced_posts"] = [{"type": sort, "id": above["id"]}]
        if above is not None and sort == "replied_to":
            post |= {"conversation_id": above["conversation_id"], "in_reply_to_user_id": above["author_id"]}
        self.posts[native] = post | more
        return native

    def edit(self, native: str, text: str, minutes: int) -> str:
        first = self.posts[native]
        at = datetime.fromisoformat(first["created_at"]) + timedelta(minutes=minutes)
        new = snowflake(at, len(self.posts) + 1)
        history = [*first["edit_history_post_ids"], new]
        conversation = new if first["conversation_id"] == native else first["conversation_id"]
        more = {"id": new, "text": text, "created_at": f"{at:%Y-%m-%dT%H:%M:%S.000Z}", "conversation_id": conversation}
        self.posts[new] = first | more
        for one in history:
            self.posts[one] |= {"edit_history_post_ids": history}
        return new

    def seen(self, native: str) -> dict[str, Any]:
        replies = sum({"type": "replied_to", "id": native} in p.get("referenced_posts", ()) for p in self.current())
        counts = {"repost_count": 0, "reply_count": replies, "like_count": 1, "quote_count": 0, "bookmark_count": 0, "impression_count": 9}
        return self.posts[native] | {"public_metrics": counts}

    def current(self) -> list[dict[str, Any]]:
        """Newest first, of each its newest version."""
        there = [p for p in self.posts.values() if p["id"] == p["edit_history_post_ids"][-1] and p["id"] not in self.gone]
        return sorted(there, key=lambda p: -int(p["id"]))

    def __call__(self, url: str) -> Answer:
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path in self.answers:
            return self.answers[parts.path]
        if parts.path.startswith("/2/users/by/username/") or parts.path == f"/2/users/{ME}":
            own = sum(p["author_id"] == ME for p in self.current())
            return Answer({"data": {**self.user, "public_metrics": {"post_count": own, "followers_count": 3}}})
        if parts.path in (f"/2/users/{ME}/blocking", f"/2/users/{ME}/muting", "/2/dm_events"):
            return self.beside(parts.path.rpartition("/")[2], query)
        if parts.path == "/2/tweets":
            return self.by_id(query["ids"].split(","))
        return self.listed(parts.path, query)

    def beside(self, path: str, query: dict[str, str]) -> Answer:
        """Messages, newest first, or people."""
        found = self.messages[::-1] if path == "dm_events" else self.people.get(path, [])
        start, size = int(query.get("pagination_token", 0)), int(query["max_results"])
        meta: dict[str, Any] = {"result_count": len(found[start : start + size])}
        if start + size < len(found):
            meta["next_token"] = str(start + size)
        some = found[start : start + size]
        users = [{"id": n, "name": name.title(), "username": name} for n, name in NAMES.items()] if path == "dm_events" else []
        media = [self.media[k] for one in some for k in one.get("attachments", {}).get("media_keys", ())]
        return Answer({**({"data": some, "includes": {"users": users, "media": media}} if some else {}), "meta": meta})

    def say(self, days: float, author: str = AMY, **more: Any) -> str:
        at = NOW - timedelta(days=days)
        native = snowflake(at, len(self.messages) + 1)
        told = {"id": native, "event_type": "MessageCreate", "text": f"message {len(self.messages) + 1}", "sender_id": author}
        self.messages.append(told | {"created_at": f"{at:%Y-%m-%dT%H:%M:%S.000Z}", "dm_conversation_id": f"{ME}-{AMY}"} | more)
        return native

    def by_id(self, natives: list[str]) -> Answer:
        found = [native for native in natives if native in self.posts and native not in self.gone]
        lost = [native for native in natives if native not in found]
        problems = [
            {
                "type": f"{PROBLEMS}/{self.gone.get(one, 'resource-not-found')}",
                "title": "x",
                "detail": f"of {one}",
                "resource_id": one,
                "value": one,
            }
            for one in lost
        ]
        told: dict[str, Any] = self.told([self.seen(native) for native in found]) if found else {}
        return Answer(told | ({"errors": problems} if problems else {}))

    def listed(self, path: str, query: dict[str, str]) -> Answer:
        if path == "/2/tweets/search/all" and not self.archive:
            return Answer({"title": "Forbidden", "detail": "Not of this app", "type": f"{PROBLEMS}/client-forbidden"}, 403)
        found = [p for p in self.current() if self.wanted(p, path, query)]
        found = found[: {"tweets": self.most, "mentions": self.most_naming}.get(path.rpartition("/")[2])]
        if "until_id" in query:
            found = [p for p in found if int(p["id"]) < int(query["until_id"])]
        start = int(query.get("pagination_token") or query.get("next_token") or 0)
        size = min(int(query["max_results"]), self.page)
        some = found[start : start + size]
        meta: dict[str, Any] = {"result_count": len(some)}
        if start + size < len(found):
            meta["next_token"] = str(start + size)
        return Answer({**(self.told([self.seen(p["id"]) for p in some]) if some else {}), "meta": meta})

    def wanted(self, post: dict[str, Any], path: str, query: dict[str, str]) -> bool:
        at = datetime.fromisoformat(post["created_at"])
        if "start_time" in query and at < datetime.fromisoformat(query["start_time"]):
            return False
        if path.endswith("/mentions"):
            return post["author_id"] != ME and (post.get("in_reply_to_user_id") == ME or "@FircrestSchools" in post["text"])
        if path.endswith("/recent") and at < NOW - timedelta(days=7):
            return False
        asked, to_us = query.get("query", f"from:{ME}"), post.get("in_reply_to_user_id") == ME
        if asked.startswith("from:"):
            return bool(post["author_id"] == asked.removeprefix("from:"))
        if asked == f"@{NAMES[ME]} -to:{NAMES[ME]} -is:retweet -from:{ME}":
            return post["author_id"] != ME and not to_us and f"@{NAMES[ME]}" in post["text"]
        to_whom = to_us or f" to:{NAMES[ME]}" not in asked
        return to_whom and post["conversation_id"] in re.findall(r"conversation_id:(\d+)", asked)

    def told(self, posts: list[dict[str, Any]]) -> dict[str, Any]:
        named = {r["id"] for p in posts for r in p.get("referenced_posts", ())} | {i for p in posts for i in p["edit_history_post_ids"]}
        beside = [self.seen(n) for n in sorted(named - {p["id"] for p in posts}) if n in self.posts and n not in self.gone]
        keys = {k for p in posts for k in p.get("attachments", {}).get("media_keys", ())}
        users = {p["author_id"] for p in (*posts, *beside)}
        includes = {"users": [{"id": u, "name": NAMES[u].title(), "username": NAMES[u]} for u in sorted(users)], "posts": beside}
        polls = {n for p in posts for n in p.get("attachments", {}).get("poll_ids", ())}
        shelves = {"media": [self.media[k] for k in sorted(keys)], "polls": [self.polls[n] for n in sorted(polls)]}
        return {"data": posts, "includes": includes | shelves}


def client_of(net: Net, **more: Any) -> Scripted:
    return Scripted(net, TOKEN, **more)


def fetched(net: Net, window: Window | None = None, client: Scripted | None = None) -> list[Exchange]:
    return list(x.fetch(DISTRICT, window or Window("full"), client or client_of(net)))


def records(exchanges: list[Exchange]) -> dict[str, Record]:
    """The last word on each record, without profiles and older versions."""
    found = (r for e in exchanges for r in x.parse(e) if r.kind != "profile" and not r.historical)
    return {r.native_id: r for r in found}


def short(exchanges: list[Exchange]) -> str:
    return str(exchanges[-1].context.get("short", ""))
