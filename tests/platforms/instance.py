"""A made-up Mastodon instance that keeps the real one's limits."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from recordroom.accounts import Account
from recordroom.model import Identity, Record
from recordroom.platforms import Window, mastodon
from recordroom.platforms.mastodon.asking import BATCH
from tests.platforms.scripted import Answer, Scripted, account

FIXTURES = Path(__file__).parent / "mastodon"
SERVER, ME, AMY = "schools.example", "100", "200"
START = datetime(2026, 11, 1, tzinfo=UTC)
SHAPE = json.loads((FIXTURES / "ordinary.json").read_text())["body"][1]
DISTRICT = account("mastodon", f"https://{SERVER}/@fircrest", Identity(ME, SERVER))


def record_id(number: int) -> str:
    return f"mastodon:{SERVER}/statuses/{number}"


@dataclass
class Instance:
    """Statuses by number (the higher the later), with a real instance's limits for whoever has no token."""

    statuses: dict[int, dict[str, Any]] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    limited: set[str] = field(default_factory=set)  # authors of whom lists and conversations show nothing
    answers: dict[str, Answer] = field(default_factory=dict)  # path -> what is answered instead
    limit: int = 60
    depth: int = 20
    holder: str = ME  # whose token it is
    kept_away: dict[str, list[Any]] = field(default_factory=dict)  # blocks, mutes, domain_blocks, filters
    warnings: list[dict[str, Any]] = field(default_factory=list)  # of moderators to the account, oldest first

    def add(self, number: int, author: str = ME, parent: int | None = None, **more: Any) -> int:
        made = copy.deepcopy(SHAPE)
        made |= {"id": str(number), "content": f"<p>status {number}</p>", "spoiler_text": "", "url": f"https://{SERVER}/@x/{number}"}
        made |= {"created_at": (START + timedelta(hours=number)).isoformat(), "in_reply_to_id": parent and str(parent)}
        made["in_reply_to_account_id"] = self.statuses[parent]["account"]["id"] if parent else None
        made["account"] |= {"id": author, "acct": f"user{author}"}
        self.statuses[number] = made | more
        return number

    def seen(self, number: int) -> dict[str, Any]:
        return self.statuses[number] | {"replies_count": sum(s["in_reply_to_id"] == str(number) for s in self.statuses.values())}

    def below(self, number: int, depth: int) -> list[int]:
        own = [n for n, s in sorted(self.statuses.items()) if s["in_reply_to_id"] == str(number)]
        return [one for n in own for one in (n, *self.below(n, depth - 1))] if depth else []

    def __call__(self, url: str) -> Answer:
        parts = urlsplit(url)
        query, path = parse_qs(parts.query), parts.path
        if path in self.answers:
            return self.answers[path]
        steps = path.removeprefix("/api/v1/").split("/")
        if steps == ["accounts", ME, "statuses"]:
            mark = query.get("max_id", ["9" * 18])[0]
            below = int(mark) if mark.isdecimal() else 0
            own = [n for n in sorted(self.statuses, reverse=True) if self.statuses[n]["account"]["id"] == ME and n < below]
            return Answer([self.seen(n) for n in own[: int(query["limit"][0])]])
        if steps[-1] in ("conversations", "notifications", "verify_credentials", "blocks", "mutes", "domain_blocks", "filters"):
            return self.own(steps[-1], query)
        if steps[0] == "accounts":
            return Answer(json.loads((FIXTURES / "ordinary-profile.json").read_text()) | {"id": ME})
        if steps == ["statuses"]:
            asked = [int(n) for n in query.get("id[]", ()) if n.isdecimal()]
            assert len(asked) <= BATCH
            return Answer([self.seen(n) for n in asked if n in self.statuses and self.is_listed(n)])
        known = steps[1].isdecimal() and int(steps[1]) in self.statuses
        return self.single(int(steps[1]), "".join(steps[2:])) if known else Answer({"error": "Record not found"}, 404)

    def is_listed(self, number: int) -> bool:
        return number not in self.hidden and self.statuses[number]["account"]["id"] not in self.limited

    def own(self, what: str, query: dict[str, list[str]]) -> Answer:
        """What the holder of the token alone is told."""
        if what == "conversations":
            return self.conversations(query)
        if what == "notifications":
            return self.notifications(query)
        told = {"id": self.holder, "acct": f"user{self.holder}"}
        return Answer(told if what == "verify_credentials" else self.kept_away.get(what, []))

    def top(self, number: int) -> int:
        above = self.statuses[number]["in_reply_to_id"]
        return self.top(int(above)) if above else number

    def conversations(self, query: dict[str, list[str]]) -> Answer:
        """Of each conversation the last private status; the newest first. Pages are joined by a header."""
        direct = [n for n in sorted(self.statuses, reverse=True) if self.statuses[n]["visibility"] == "direct" and n not in self.hidden]
        last = list({self.top(n): n for n in reversed(direct)}.values())
        below, limit = int(query.get("max_id", ["999999999"])[0]), int(query["limit"][0])
        found = [n for n in sorted(last, reverse=True) if n < below]
        told = [{"id": str(n), "unread": True, "accounts": [], "last_status": self.seen(n)} for n in found[:limit]]
        more = f'<https://{SERVER}/api/v1/conversations?limit={limit}&max_id={found[limit - 1]}>; rel="next"' if len(found) > limit else ""
        return Answer(told, headers={"Link": more} if more else {})

    def notifications(self, query: dict[str, list[str]]) -> Answer:
        """Of statuses that name or quote the account, of the types asked for; behind each page that is not empty another is promised."""
        limit, below, told = int(query["limit"][0]), int(query.get("max_id", ["999999999"])[0]), list[dict[str, Any]]()
        if query["types[]"] == ["moderation_warning"]:
            told = [one for one in reversed(self.warnings) if int(one["id"]) < below]
        for number, status in sorted(self.statuses.items(), reverse=True):
            named = any(one["id"] == ME for one in status["mentions"])
            quoted = ((status.get("quote") or {}).get("quoted_status") or {}).get("account", {}).get("id") == ME
            kind = "mention" if named else "quote" if quoted else ""
            if number < below and kind in query["types[]"] and status["account"]["id"] != ME and number not in self.hidden:
                told.append(
                    {
                        "id": str(number),
                        "type": kind,
                        "created_at": (START + timedelta(hours=number)).isoformat(),
                        "status": self.seen(number),
                    }
                )
        last = told[:limit][-1]["id"] if told else ""
        address = f"https://{SERVER}/api/v1/notifications?{urlencode(query | {'max_id': [last]}, doseq=True)}"
        return Answer(told[:limit], headers={"Link": f'<{address}>; rel="next"'} if told else {})

    def warn(self, number: int, action: str, *statuses: int) -> None:
        """Moderators tell the account what they did to some of its statuses."""
        at = (START + timedelta(hours=number)).isoformat()
        warning: dict[str, Any] = {"id": str(number), "action": action, "text": "Not here", "created_at": at, "target_account": {"id": ME}}
        warning |= {"status_ids": [str(n) for n in statuses] or None, "appeal": None}
        self.warnings.append({"id": str(number), "type": "moderation_warning", "created_at": at, "moderation_warning": warning})

    def named(self, number: int, author: str = AMY, parent: int | None = None, **more: Any) -> int:
        """A public status that names the account."""
        return self.add(number, author, parent, **{"mentions": [{"id": ME, "acct": "fircrest", "username": "fircrest", "url": ""}], **more})

    def whisper(self, number: int, author: str = AMY, parent: int | None = None, to: str = ME, **more: Any) -> int:
        told = {"visibility": "direct", "mentions": [{"id": to, "acct": f"user{to}", "username": to, "url": "https://x.example"}]}
        return self.add(number, author, parent, **{**told, **more})

    def single(self, number: int, what: str) -> Answer:
        status = self.statuses[number]
        if not what:
            return Answer({"error": "Record not found"}, 404) if number in self.hidden else Answer(self.seen(number))
        if what == "context":
            shown = [n for n in self.below(number, self.depth)[: self.limit] if self.is_listed(n)]
            chain, above = list[dict[str, Any]](), status["in_reply_to_id"]
            while above:
                chain.insert(0, self.seen(int(above)))
                above = self.statuses[int(above)]["in_reply_to_id"]
            return Answer({"ancestors": chain, "descendants": [self.seen(n) for n in shown]})
        names = ("content", "spoiler_text", "sensitive", "created_at", "account", "media_attachments", "emojis")
        first = {n: status[n] for n in names} | {"content": "<p>as it was first</p>"}
        return Answer([first, {n: status[n] for n in names} | {"created_at": status["edited_at"]}])


def records_of(client: Scripted, window: Window, who: Account = DISTRICT) -> dict[str, Record]:
    """Records by id, the live ones."""
    return {r.record_id: r for e in mastodon.fetch(who, window, client) for r in mastodon.parse(e) if not r.historical}


def thread(instance: Instance, top: int, numbers: range, chain: int) -> None:
    """Answers to `top`, in chains of that length."""
    parent = top
    for at, number in enumerate(numbers):
        parent = instance.add(number, AMY, top if at % chain == 0 else parent)


@dataclass
class Private(Instance):
    """That keeps from the account itself what those wrote whom it mutes. `client`: who asks."""

    muted: set[str] = field(default_factory=set)
    client: Scripted = field(init=False)
    closed: bool = False  # to whoever is not signed in

    def __post_init__(self) -> None:
        self.client = Scripted(self, secrets={"token": "tolkien"})

    def __call__(self, url: str) -> Answer:
        known = bool(self.client.sent[-1])
        if self.closed and not known:
            return Answer({"error": "This method requires an authenticated user"}, 401)
        self.hidden = {n for n, s in self.statuses.items() if known and s["account"]["id"] in self.muted}
        return super().__call__(url)
