"""A made-up Threads account behind as much of the API as the connector asks for, with the real one's limits and manners.

Only fields that were asked for are answered, of a poll by their names, and only those that its documentation gives for a list may be
asked of it. Pages tell cursors and no addresses; a list of one page tells neither. Ids cannot be asked for together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from recordroom.model import Identity, Record
from recordroom.platforms import Window, threads
from tests.platforms.gallery import named
from tests.platforms.scripted import Answer, Scripted, account
from tests.platforms.wall import GONE, at, error

ME, TOKEN, HOST = "25000000000000001", "THAAm0PX4ZCpsBAKZD", "https://graph.threads.net"
US, AMY, BEN = "fircrestschools", "amy.r", "ben_t"
DISTRICT = account("threads", "https://www.threads.com/@fircrestschools", Identity(ME, "threads.com", handle=US))
SIGNED = "https://scontent.cdninstagram.example/v/t51.2885-15/{}_n.jpg?_nc_cat=1&oh=1&oe=61227755"
_MEDIA = "id media_product_type media_type media_url permalink username text timestamp shortcode thumbnail_url children is_quote_post"
_MORE = "quoted_post reposted_post gif_url topic_tag has_replies reply_audience is_verified profile_picture_url"
_REPLY = "root_post replied_to is_reply is_reply_owned_by_me"
_POST = "owner alt_text link_attachment_url poll_attachment is_spoiler_media text_entities text_attachment ghost_post_status"
ALLOWED = {  # by edge: what https://developers.facebook.com/docs/threads/ lists
    **dict.fromkeys(("threads", "ghost_posts"), f"{_MEDIA} {_MORE} {_POST} ghost_post_expiration_timestamp"),
    "conversation": f"{_MEDIA} {_MORE} {_REPLY} hide_status poll_attachment",
    "pending_replies": f"{_MEDIA} {_MORE} {_REPLY} hide_status poll_attachment reply_approval_status",
    "replies": f"{_MEDIA} {_MORE} {_REPLY} poll_attachment",
    "mentions": f"{_MEDIA} {_MORE} {_POST} {_REPLY}",
    "": f"{_MEDIA} {_MORE} {_POST} {_REPLY} hide_status ghost_post_expiration_timestamp",
}


@dataclass
class Loom:
    """`posts`: all there is, by id; `lists`: what stands in each list of the account, newest first; `waiting`: replies that wait, by post.
    `counted`: the insights' replies where they are not what there is. `gone`: what cannot be seen. `closed`: edges, to
    this token. `heeds`: what is asked for by time."""

    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=lambda: {"threads": [], "ghost_posts": [], "replies": [], "mentions": []})
    waiting: dict[str, list[str]] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    heeds: bool = True
    answers: dict[str, Answer | Callable[[str], Answer]] = field(default_factory=dict)
    account: dict[str, Any] = field(default_factory=lambda: {"id": ME, "username": US, "name": "Fircrest Schools"})

    def post(self, number: int, *, into: str = "threads", by: str = US, **more: Any) -> str:
        """`into`: the list of the account in which it stands; "" none."""
        made: dict[str, Any] = {"id": str(number), "media_product_type": "THREADS", "media_type": "TEXT_POST", "text": f"post {number}"}
        made |= {"permalink": f"https://www.threads.com/@{by}/post/D{number}", "shortcode": f"D{number}", "timestamp": at(number)}
        made |= {"username": by, "is_quote_post": False, "is_reply": False} | ({"owner": {"id": ME}} if by == US else {})
        self.posts[str(number)] = made | more
        if into:
            self.lists[into].insert(0, str(number))
        return str(number)

    def reply(self, above: str, number: int, by: str = AMY, **more: Any) -> str:
        root = (self.posts[above].get("root_post") or {"id": above})["id"]
        told = {"root_post": {"id": root}, "replied_to": {"id": above}, "is_reply": True, "is_reply_owned_by_me": by == US}
        self.post(number, into="replies" if by == US else "", by=by, text=f"reply {number}", hide_status="NOT_HUSHED", **told)
        self.posts[str(number)].pop("owner", None)
        self.posts[str(number)] |= more
        return str(number)

    def hold(self, above: str, number: int, status: str = "pending") -> str:
        native = self.reply(above, number)
        self.waiting.setdefault(above, []).append(native)
        self.posts[native]["reply_approval_status"] = status
        return native

    def below(self, root: str) -> list[str]:
        waiting = {native for some in self.waiting.values() for native in some}
        found = [n for n, post in self.posts.items() if (post.get("root_post") or {}).get("id") == root and n not in waiting | self.gone]
        return sorted(found, key=lambda n: str(self.posts[n]["timestamp"]))

    # -- answers ------------------------------------------------------------------------------------------------------------------

    def __call__(self, url: str) -> Answer:
        for part, instead in self.answers.items():
            if part in url:
                return instead(url) if callable(instead) else instead
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" == HOST
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        assert "access_token" not in query
        native, _, edge = parts.path.removeprefix("/v1.0/").partition("/")
        if edge in self.closed:
            return error(10, f"Application does not have permission for this action ({edge})")
        there = native in self.posts and native not in self.gone
        if edge and not there and native != ME:
            return error(100, GONE.format(native), 33)
        if edge:
            return self.insights(native) if edge == "insights" else self.listed(native, edge, query)
        if native == "me":
            return Answer({name: self.account[name] for name in named(query["fields"]) if name in self.account})
        return Answer(self.chosen(native, "", query["fields"])) if there else error(100, GONE.format(native), 33)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """As a server, which looks at the token."""
        if not (request.url.host or "").startswith("graph."):
            return httpx.Response(200, content=b"a picture: " + request.url.path.encode(), headers={"content-type": "image/jpeg"})
        known = request.headers.get("authorization") == f"Bearer {TOKEN}"
        answer = self(str(request.url)) if known else error(190, "Invalid OAuth access token - Cannot parse access token", status=400)
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.bytes)

    def insights(self, native: str) -> Answer:
        told = {"likes": 4, "replies": self.counted.get(native, len(self.below(native))), "reposts": 2, "quotes": 1, "views": 90}
        return Answer({"data": [{"name": n, "period": "lifetime", "values": [{"value": v}], "title": n} for n, v in told.items()]})

    def listed(self, native: str, edge: str, query: dict[str, str]) -> Answer:
        if edge in self.lists:
            assert native == ME
            since = datetime.fromtimestamp(int(query.get("since", 0)) if self.heeds else 0, UTC)
            found = [n for n in self.lists[edge] if n not in self.gone and datetime.fromisoformat(self.posts[n]["timestamp"]) >= since]
        elif edge == "pending_replies":
            if native not in self.waiting:
                return error(100, "(#100) Reply approvals are not enabled for this post")
            found = [n for n in self.waiting[native] if n not in self.gone]
        else:
            assert (edge, query["reverse"]) == ("conversation", "false")
            assert not self.posts[native]["is_reply"], "only for root posts"
            found = self.below(native)
        limit, after = min(100, int(query.get("limit", 25))), int(query.get("after", 0))
        body: dict[str, Any] = {"data": [self.chosen(n, edge, query["fields"]) for n in found[after : after + limit]]}
        if body["data"] and len(found) > limit:
            body["paging"] = {"cursors": {"before": str(after), "after": str(after + limit)}}
        return Answer(body)

    def chosen(self, native: str, edge: str, fields: str) -> dict[str, Any]:
        asked = named(fields)
        assert asked.keys() <= set(ALLOWED[edge].split()), f"{edge}: {sorted(asked.keys() - set(ALLOWED[edge].split()))}"
        one = self.posts[native] | {"has_replies": bool(self.below(native)) or any(
            (post.get("replied_to") or {}).get("id") == native for post in self.posts.values()
        )}  # fmt: skip
        told = {name: one[name] for name in asked if one.get(name) is not None} | {"id": native}
        if "poll_attachment" in told:
            inner = asked["poll_attachment"].split(",")
            told["poll_attachment"] = {name: value for name, value in one["poll_attachment"].items() if name in inner}
        return told


class Transport(httpx.BaseTransport):
    """The loom as a network of its own. `asked`: the addresses that were asked for."""

    def __init__(self, loom: Loom) -> None:
        self.loom, self.asked = loom, list[str]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        return self.loom.handle(request)


def client_of(loom: Any, **more: Any) -> Scripted:
    return Scripted(loom, secrets={"token": TOKEN}, **more)


def records_of(loom: Any, window: Window | None = None) -> dict[str, Record]:
    """Records by native id."""
    fetched = threads.fetch(DISTRICT, window or Window("full"), client_of(loom, most=5000))
    return {r.native_id: r for e in fetched for r in threads.parse(e)}


def new_loom() -> Loom:
    """A post with replies three deep, a quote of it, a repost; a post for a day; somebody's post that mentions the account, and what the
    account answers there."""
    loom = Loom()
    first = loom.post(1, text="Snow! @ben_t #SnowDay", topic_tag="Winter")
    a = loom.reply(first, 101)
    b = loom.reply(a, 102, US)
    loom.reply(b, 103, BEN)
    loom.post(2, is_quote_post=True, quoted_post={"id": "1"})
    loom.post(3, text=None, media_type="REPOST_FACADE", reposted_post={"id": "900"}, media_url=SIGNED.format(900))
    loom.post(4, into="ghost_posts", ghost_post_status="ACTIVE")
    loom.post(900, by=AMY, into="mentions", text="Thanks @fircrestschools")
    loom.reply("900", 104, US)
    return loom
