"""A made-up Instagram account behind as much of the API as the connector asks for, with both logins, and the real one's limits and manners.

Only fields that were asked for are answered. `paging.next` carries the token, as the real one does. Under Instagram's own login /me is the
account and its `id` the app's own number of it; ids cannot be asked for together. Under Facebook's /me is a Page or a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx

from recordroom.model import Identity, Record
from recordroom.platforms import Window, instagram
from tests.platforms.scripted import Answer, Scripted, account
from tests.platforms.wall import GONE, at, error

ME, AMY, BEN = "17841400000000001", "81001", "81002"
OURS, FACEBOOKS = "IGAAm0PX4ZCpsBAKZD", "EAAGm0PX4ZCpsBAKZD"
DISTRICT = account("instagram", "https://www.instagram.com/fircrestschools", Identity(ME, "instagram.com", handle="fircrestschools"))
LOGINS = ("instagram", "facebook")
EDGES = ("accounts", "comments", "media", "replies", "stories", "tags")
NAMES = {ME: "fircrestschools", AMY: "amy.r", BEN: "ben_t"}
SIGNED = "https://scontent.cdninstagram.example/v/t51.29350-15/{}_n.jpg?_nc_cat=1&oh=1&oe=61227755"


def named(fields: str) -> dict[str, str]:
    """The names at the top of `fields=`, each with what stands in its braces: "id,replies.limit(9){id}" -> {"id": "", "replies": "id"}."""
    found, depth, start = dict[str, str](), 0, 0
    for i, letter in enumerate(f"{fields},"):
        depth += {"{": 1, "}": -1, "(": 1, ")": -1}.get(letter, 0)
        if letter == "," and not depth:
            one = re.fullmatch(r"(\w+)(?:\.\w+\([^)]*\))*(?:\{(.*)\})?", fields[start:i])
            assert one is not None, fields[start:i]
            found[one[1]], start = one[2] or "", i + 1
    return found


@dataclass
class Gallery:
    """`posts`, `stories`, `tagged`, `comments` (by what they answer, oldest first): what the API gives of each. `gone`: what cannot be
    seen. `pages_of_replies`: so many stand in their comment; `tells`: and whether it tells that there are more. `holder`: whose token of
    Facebook's login it is. `answers`: part of an address -> what is answered instead."""

    login: str = "instagram"
    holder: str = "page"
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    stories: dict[str, dict[str, Any]] = field(default_factory=dict)
    tagged: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    silent: bool = False  # without the permission for comments
    pages_of_replies: int = 50
    tells: bool = True
    answers: dict[str, Answer | Callable[[str], Answer]] = field(default_factory=dict)
    account: dict[str, Any] = field(
        default_factory=lambda: {"username": NAMES[ME], "name": "Fircrest Schools", "biography": "Our schools", "media_count": 0}
    )

    @property
    def token(self) -> str:
        return OURS if self.login == "instagram" else FACEBOOKS

    @property
    def host(self) -> str:
        return f"https://graph.{self.login}.com"

    def post(self, number: int, **more: Any) -> str:
        self.posts[str(number)] = self._media(number, ME, caption=f"post {number}") | {"owner": {"id": ME}} | more
        return str(number)

    def story(self, number: int, **more: Any) -> str:
        self.stories[str(number)] = self._media(number, ME, media_product_type="STORY") | more
        return str(number)

    def tag(self, number: int, author: str = AMY, **more: Any) -> str:
        self.tagged[str(number)] = self._media(number, author, caption=f"with @{NAMES[ME]}") | more
        return str(number)

    def _media(self, number: int, author: str, **more: Any) -> dict[str, Any]:
        made = {"id": str(number), "media_type": "IMAGE", "media_product_type": "FEED", "media_url": SIGNED.format(number)}
        made |= {"permalink": f"https://www.instagram.com/p/C{number}/", "shortcode": f"C{number}", "timestamp": at(number)}
        return made | {"username": NAMES[author], "like_count": 1, "is_comment_enabled": True} | more

    def comment(self, above: str, number: int, author: str = AMY, **more: Any) -> str:
        """On a post, or in answer to a comment."""
        made: dict[str, Any] = {"id": str(number), "text": f"comment {number}", "timestamp": at(number), "username": NAMES[author]}
        made |= {"from": {"id": author, "username": NAMES[author]}, "like_count": 0, "hidden": False}
        if above not in self.posts | self.stories:
            made["parent_id"] = above
        self.comments.setdefault(above, []).append(made | more)
        return str(number)

    # -- answers ------------------------------------------------------------------------------------------------------------------

    def __call__(self, url: str) -> Answer:
        for part, instead in self.answers.items():
            if part in url:
                return instead(url) if callable(instead) else instead
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" == self.host
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        assert "access_token" not in query
        steps = parts.path.removeprefix("/v26.0/").split("/")
        if steps == [""]:
            return self.many(query["ids"].split(","), query["fields"])
        if steps == ["debug_token"]:
            return Answer({"data": {"is_valid": True, "expires_at": 0}})
        if len(steps) == 1:
            return self.single(steps[0], query["fields"])
        if len(steps) > 2 or steps[1] not in EDGES:
            return error(2500, f"Unknown path components: /{'/'.join(steps[1:])}")
        return Answer(self.listed(steps[0], steps[1], query))

    def handle(self, request: httpx.Request) -> httpx.Response:
        """As a server, which looks at the token."""
        if not (request.url.host or "").startswith("graph."):
            return httpx.Response(200, content=b"a picture: " + request.url.path.encode(), headers={"content-type": "image/jpeg"})
        known = request.headers.get("authorization") == f"Bearer {self.token}"
        answer = self(str(request.url)) if known else error(190, "Invalid OAuth access token - Cannot parse access token", status=400)
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.bytes)

    def single(self, native: str, fields: str) -> Answer:
        found = self.node(native)
        if found is None:
            return error(100, GONE.format(native), 33)
        if native == "me" and self.login == "facebook" and self.holder != "page":
            return error(100, "(#100) Tried accessing nonexisting field (instagram_business_account) on node type (User)")
        return Answer(self.chosen(found, fields))

    def many(self, natives: list[str], fields: str) -> Answer:
        assert self.login == "facebook"
        assert len(natives) <= 50
        if lost := [native for native in natives if self.node(native) is None]:
            return error(803, f"(#803) Some of the aliases you requested do not exist: {','.join(lost)}", status=404)
        return Answer({native: self.chosen(self.node(native) or {}, fields) for native in natives})

    def node(self, native: str) -> dict[str, Any] | None:
        if native == "me" and self.login == "facebook":
            return {"id": "500", "instagram_business_account": {"id": ME, "username": self.account["username"]}}
        if native == ("me" if self.login == "instagram" else ME):
            return ({"id": "9000", "user_id": ME} if self.login == "instagram" else {"id": ME}) | self.account
        said = {c["id"]: c for under in self.comments.values() for c in under} if not self.silent else {}
        found = self.posts.get(native) or self.stories.get(native) or said.get(native)
        return None if native in self.gone else found

    def listed(self, native: str, edge: str, query: dict[str, str]) -> dict[str, Any]:
        if edge == "accounts":
            linked = {"id": ME, "username": self.account["username"]}
            return {"data": [{"id": "501"}, {"id": "500", "instagram_business_account": linked}]}
        if edge in ("comments", "replies"):
            found, most = self.under(native), 50
        else:
            lists = {"media": self.posts, "stories": self.stories, "tags": self.tagged}
            found, most = [one for one in lists[edge].values() if one["id"] not in self.gone], 100
            found = sorted(found, key=lambda one: str(one["timestamp"]), reverse=True)
        return self.paged(found, edge, query, native, min(most, int(query.get("limit", 25))))

    def under(self, native: str) -> list[dict[str, Any]]:
        shown = [c for c in self.comments.get(native, ()) if c["id"] not in self.gone and not self.silent]
        return shown[::-1]

    def paged(self, found: list[Any], edge: str, query: dict[str, str], native: str, limit: int) -> dict[str, Any]:
        after = int(query.get("after", 0))
        body: dict[str, Any] = {"data": [self.chosen(one, query["fields"]) for one in found[after : after + limit]]}
        if after + limit < len(found):
            more = urlencode({**query, "limit": limit, "after": after + limit})
            address = f"{self.host}/v26.0/{native}/{edge}?access_token={quote(self.token)}&pretty=0&{more}"
            body["paging"] = {"cursors": {"after": "b"}, "next": address}
        return body

    def chosen(self, one: dict[str, Any], fields: str) -> dict[str, Any]:
        asked = named(fields)
        told = {name: one[name] for name in asked if name in one} | {"id": one["id"]}
        if "comments_count" in asked and one["id"] in self.posts | self.stories | self.tagged:
            there = [c for c in self.comments.get(one["id"], ()) if c["id"] not in self.gone]
            told.setdefault("comments_count", sum(1 + len(self.comments.get(c["id"], ())) for c in there))
        for edge in asked.keys() & {"replies", "comments"}:
            if under := self.under(one["id"]):
                told[edge] = self.paged(under, edge, {"fields": asked[edge]}, one["id"], self.pages_of_replies)
                if not self.tells:
                    told[edge].pop("paging", None)
        return told


class Transport(httpx.BaseTransport):
    """The gallery as a network of its own. `asked`: the addresses that were asked for."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery, self.asked = gallery, list[str]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        return self.gallery.handle(request)


def client_of(gallery: Any, token: str = OURS, **more: Any) -> Scripted:
    return Scripted(gallery, secrets={"token": gallery.token if isinstance(gallery, Gallery) else token}, **more)


def records_of(gallery: Any, window: Window | None = None) -> dict[str, Record]:
    """Records by native id."""
    fetched = instagram.fetch(DISTRICT, window or Window("full"), client_of(gallery, most=5000))
    return {r.native_id: r for e in fetched for r in instagram.parse(e)}


def reel(gallery: Gallery, number: int, **more: Any) -> str:
    film = {"media_type": "VIDEO", "media_product_type": "REELS", "media_url": f"https://v.example/{number}.mp4?oh=1"}
    return gallery.post(number, **film, thumbnail_url=SIGNED.format(f"{number}0"), **more)


def new_gallery() -> Gallery:
    """A post with a comment, and two replies to it; a post without any; a story; a post of somebody else that tags the account."""
    gallery = Gallery()
    first = gallery.post(1, caption="Snow! @ben_t #SnowDay #2026")
    above = gallery.comment(first, 1010)
    gallery.comment(above, 1011, ME)
    gallery.comment(above, 1012, BEN)
    gallery.post(2)
    gallery.story(700)
    gallery.tag(3, comments_count=9)
    return gallery
