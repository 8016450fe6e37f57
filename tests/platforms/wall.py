"""A made-up Facebook Page behind as much of the Graph API as the connector asks for, with the real one's limits and manners.

`paging.next` carries the token, as the real one does. The default filter of comments leaves replies out; a person's token gets no comments;
one id that cannot be seen fails a request for many.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx

from recordroom.model import Identity, Record
from recordroom.platforms import Window, facebook
from recordroom.platforms.facebook.login import SCOPES
from tests.platforms.scripted import Answer, Scripted, account

ME, AMY, BEN = "100", "200", "300"
TOKEN = "EAAGm0PX4ZCpsBAKZD"
START = datetime(2026, 11, 1, tzinfo=UTC)
HOST = "https://graph.facebook.com"
NAMES = {ME: "Fircrest Schools", AMY: "Amy R.", BEN: "Ben T."}
DISTRICT = account("facebook", "https://www.facebook.com/FircrestSchools", Identity(ME, "facebook.com"))
GONE = "Unsupported get request. Object with ID '{}' does not exist, cannot be loaded due to missing permissions"


def at(hours: float) -> str:
    return (START + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S+0000")


def error(code: int, message: str = "", subcode: int | None = None, status: int = 400, headers: dict[str, str] | None = None) -> Answer:
    told = {"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode, "fbtrace_id": "A1b2C3"}
    return Answer({"error": {name: value for name, value in told.items() if value is not None}}, status, headers or {})


def who(native: str) -> dict[str, str]:
    return {"id": native, "name": NAMES[native]}


@dataclass
class Wall:
    """`posts`, `comments` (by what they stand under, in order), `photos`, `videos`: what the API gives of each. `unlisted`: posts that
    published_posts leaves out; `nowhere`: posts that the feed leaves out too; `gone`: what cannot be seen. `answers`: part of an address ->
    what is answered instead. `holder`: whose the token is."""

    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    photos: dict[str, dict[str, Any]] = field(default_factory=dict)
    videos: dict[str, dict[str, Any]] = field(default_factory=dict)
    reels: list[dict[str, Any]] = field(default_factory=list)
    stories: dict[str, dict[str, Any]] = field(default_factory=dict)
    blocked: list[dict[str, Any]] = field(default_factory=list)
    scopes: list[str] | None = field(default_factory=lambda: [*SCOPES])  # None: it is not told
    unlisted: set[str] = field(default_factory=set)
    nowhere: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    answers: dict[str, Answer | Callable[[str], Answer]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    holder: str = ME
    page: dict[str, Any] = field(
        default_factory=lambda: {
            "id": ME,
            "name": NAMES[ME],
            "username": "FircrestSchools",
            "link": "https://www.facebook.com/FircrestSchools",
        }
    )

    def post(self, number: int, author: str = ME, wall: str = ME, **more: Any) -> str:
        native = f"{wall}_{number}"
        made: dict[str, Any] = {"id": native, "created_time": at(number), "updated_time": at(number), "message": f"post {number}"}
        made |= {"permalink_url": f"https://www.facebook.com/{wall}/posts/{number}", "from": who(author), "is_published": True}
        self.posts[native] = made | more
        return native

    def comment(self, post: str, number: int, author: str = AMY, parent: str | None = None, **more: Any) -> str:
        """Under a post or a photo; `parent` is the comment that it answers."""
        top = post.rpartition("_")[2]
        made: dict[str, Any] = {"id": f"{top}_{number}", "created_time": at(number), "message": f"comment {number}", "from": who(author)}
        if parent is not None:
            made["parent"] = {"id": parent}
        self.comments.setdefault(post, []).append(made | more)
        if post in self.posts:
            self.posts[post]["updated_time"] = max(self.posts[post]["updated_time"], at(number))
        return str(made["id"])

    def photo(self, number: int, **more: Any) -> dict[str, Any]:
        """The attachment of a post that shows it; `more` is what the photo itself says."""
        size = {"source": f"https://scontent.example/full/{number}_n.jpg?oh=1", "width": 2048, "height": 1536}
        self.photos[str(number)] = {"id": str(number), "images": [{**size, "width": 10, "height": 10}, size]} | more
        media = {"image": {"src": f"https://scontent.example/p720x720/{number}_n.jpg?oh=1", "width": 720, "height": 540}}
        return {"type": "photo", "media_type": "photo", "target": {"id": str(number)}, "media": media}

    def story(self, number: int, *, film: bool = False, **more: Any) -> str:
        """A story of the photo or video `number`, which is made too."""
        if film:
            self.videos[str(number)] = {"id": str(number), "source": f"https://video.example/{number}.mp4?oh=1", "length": 7.5}
        else:
            self.photo(number)
        made = {"post_id": f"9{number}", "status": "PUBLISHED", "creation_time": at(number), "media_id": str(number)}
        made |= {"media_type": "video" if film else "photo", "url": f"https://www.facebook.com/stories/{number}/"}
        self.stories[f"9{number}"] = made | more
        return f"9{number}"

    def __call__(self, url: str) -> Answer:
        for part, instead in self.answers.items():
            if part in url:
                return instead(url) if callable(instead) else instead
        parts = urlsplit(url)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        assert "access_token" not in query
        steps = parts.path.removeprefix("/v26.0/").split("/")
        answer = self.many(query["ids"].split(",")) if steps == [""] else self.single(steps[0]) if len(steps) == 1 else None
        if answer is None:
            found, summary = self.edge(steps[0], steps[1], query)
            answer = self.paged(found, query, f"{HOST}/v26.0/{'/'.join(steps)}", summary)
        return Answer(answer.body, answer.status, {**self.headers, **answer.headers})

    def handle(self, request: httpx.Request) -> httpx.Response:
        """As a server, which looks at the token."""
        if request.url.host != "graph.facebook.com":
            return httpx.Response(200, content=b"a picture: " + request.url.path.encode(), headers={"content-type": "image/jpeg"})
        known = request.headers.get("authorization") == f"Bearer {TOKEN}"
        answer = self(str(request.url)) if known else error(190, "Malformed access token", status=401)
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.bytes)

    def seen(self, native: str) -> dict[str, Any] | None:
        """What the API says of an object, counts included."""
        comment = next((c for under in self.comments.values() for c in under if c["id"] == native), None)
        found = self.posts.get(native) or self.photos.get(native) or self.videos.get(native) or comment
        if found is None or native in self.gone:
            return None
        if comment is not None:
            own = [c for under in self.comments.values() for c in under if (c.get("parent") or {}).get("id") == native]
            return found | {"comment_count": len(own), "like_count": 0}
        direct = [c for c in self.comments.get(native, ()) if "parent" not in c]
        return found | {"comments": {"data": [], "summary": {"total_count": len(direct), "order": "chronological", "can_comment": True}}}

    def single(self, native: str) -> Answer:
        if native == "debug_token":
            told = {"scopes": self.scopes} if self.scopes is not None else {}
            return Answer({"data": {"type": "PAGE", "is_valid": True, "expires_at": 0, **told}})
        if native == "me":
            return Answer(self.page if self.holder == ME else {"id": self.holder})
        found = self.page if native == ME else self.seen(native)
        return error(100, GONE.format(native), 33) if found is None else Answer(found)

    def many(self, natives: list[str]) -> Answer:
        assert len(natives) <= 50
        for native in natives:
            if self.seen(native) is None:
                return error(100, GONE.format(native), 33)
        return Answer({native: self.seen(native) for native in natives})

    def edge(self, native: str, edge: str, query: dict[str, str]) -> tuple[list[Any], dict[str, Any]]:
        if edge == "comments":
            found = [self.seen(c["id"]) for c in self.comments.get(native, ()) if c["id"] not in self.gone]
            if query.get("filter", "toplevel") == "toplevel":
                found = [c for c in found if c and "parent" not in c]
            return (found if self.holder == ME else []), {}
        if edge in ("video_reels", "stories", "blocked"):
            return {"video_reels": self.reels, "stories": [*self.stories.values()][::-1], "blocked": self.blocked}[edge], {}
        listed = [post for native, post in self.posts.items() if native not in self.gone | self.nowhere]
        if edge == "published_posts":
            listed = [post for post in listed if post["id"] not in self.unlisted and post["from"]["id"] == ME]
        listed.sort(key=lambda p: p["created_time"], reverse=True)
        since, until = (datetime.fromtimestamp(int(query[n]), UTC) if n in query else None for n in ("since", "until"))
        times = [(datetime.fromisoformat(p["created_time"]), self.seen(p["id"])) for p in listed]
        found = [p for t, p in times if (since is None or t >= since) and (until is None or t <= until)]
        return found, {"summary": {"total_count": len(listed)}} if query.get("summary") == "total_count" else {}

    def paged(self, found: list[Any], query: dict[str, str], url: str, summary: dict[str, Any]) -> Answer:
        limit, after = int(query.get("limit", 25)), int(query.get("after", 0))
        assert limit <= 100, "Facebook gives no more than 100"
        body: dict[str, Any] = {"data": found[after : after + limit], **summary}
        if after + limit < len(found):
            more = urlencode({**query, "limit": limit, "after": after + limit})
            body["paging"] = {"cursors": {"before": "a", "after": "b"}, "next": f"{url}?access_token={quote(TOKEN)}&pretty=0&{more}"}
        return Answer(body)


class Transport(httpx.BaseTransport):
    """The wall as a network of its own. `asked`: the addresses that were asked for."""

    def __init__(self, wall: Wall) -> None:
        self.wall, self.asked = wall, list[str]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        return self.wall.handle(request)


def client_of(wall: Any, **more: Any) -> Scripted:
    return Scripted(wall, secrets={"token": TOKEN}, **more)


def records_of(wall: Any, window: Window | None = None) -> dict[str, Record]:
    """Records by native id."""
    return {r.native_id: r for e in facebook.fetch(DISTRICT, window or Window("full"), client_of(wall)) for r in facebook.parse(e)}


def conversations() -> Wall:
    """A post with a comment, an answer to it and one to that; a post without any; a visitor's post that the Page answers."""
    wall = Wall()
    first = wall.post(1)
    above = wall.comment(first, 10)
    wall.comment(first, 11, ME, above)
    wall.comment(first, 12, BEN, above)
    wall.post(2)
    visitor = wall.post(3, AMY)
    wall.comment(visitor, 13, ME)
    return wall


def album(wall: Wall, native: str, numbers: range) -> None:
    parts = [wall.photo(n, alt_text_custom=f"photo {n}") for n in numbers]
    wall.posts[native]["attachments"] = {
        "data": [{"type": "album", "media_type": "album", "title": "Photos", "subattachments": {"data": parts}}]
    }
