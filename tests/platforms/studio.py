"""A made-up Vimeo account behind as much of the API as the connector asks for, with the real one's manners.

Links to other pages are relative to the API; only the `fields` that are asked for are answered; a comment says neither its parent nor an
edit; what is gone and what must not be seen are one 404.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from recordroom.model import Identity, Record
from recordroom.platforms import Window, vimeo
from tests.platforms.scripted import Answer, Scripted, account

ME, AMY, BEN = "100", "200", "300"
TOKEN = "9c1dbe5c8a7f4d0e"
START = datetime(2026, 11, 1, tzinfo=UTC)
API = "https://api.vimeo.com"
DISTRICT = account("vimeo", "https://vimeo.com/fircrest100", Identity(ME, "vimeo.com"))
NAMES = {ME: "Fircrest Schools", AMY: "Amy R.", BEN: "Ben T."}


def at(hours: float) -> str:
    return (START + timedelta(hours=hours)).isoformat()


def error(status: int, code: int, message: str = "", headers: dict[str, str] | None = None) -> Answer:
    return Answer({"error": message, "link": None, "developer_message": message, "error_code": code}, status, headers or {})


def who(native: str) -> dict[str, str]:
    return {"uri": f"/users/{native}", "name": NAMES[native], "link": f"https://vimeo.com/{NAMES[native].split()[0].lower()}{native}"}


def only(value: Any, fields: list[str]) -> Any:
    if isinstance(value, list):
        return [only(one, fields) for one in value]
    if not isinstance(value, dict) or "" in fields:
        return value
    kept = {name: [f.partition(".")[2] for f in fields if f.partition(".")[0] == name] for name in value}
    return {name: only(value[name], below) for name, below in kept.items() if below}


@dataclass
class Studio:
    """`videos`, `comments` (by what they stand under), `tracks`, `albums` with their `members`, `events`; None: the plan has none.
    `answers`: part of an address -> what is answered instead. `before`: what happens before a request is answered."""

    videos: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    tracks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    albums: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    events: dict[str, dict[str, Any]] | None = None
    answers: dict[str, Answer | Callable[[str], Answer]] = field(default_factory=dict)
    before: Callable[[str], object] = lambda _: None
    headers: dict[str, str] = field(default_factory=dict)
    holder: str = ME
    scope: str = "public private video_files"
    asked: list[str] = field(default_factory=list)
    user: dict[str, Any] = field(default_factory=lambda: {**who(ME), "bio": "Films", "websites": []})

    def video(self, number: int, **more: Any) -> str:
        native = str(number)
        made: dict[str, Any] = {"uri": f"/videos/{native}", "name": f"film {native}", "description": None, "status": "available"}
        made |= {"created_time": at(number), "modified_time": at(number), "user": who(ME), "link": f"https://vimeo.com/{native}"}
        made |= {"privacy": {"view": "anybody", "comments": "anybody"}, "duration": 60, "tags": [], "stats": {"plays": 0}}
        made |= {
            "download": [{"quality": "source", "link": f"https://player.vimeo.com/progressive_redirect/download/{native}?signature=1"}]
        }
        self.videos[native] = made | more
        return native

    def comment(self, video: str, number: int, author: str | None = AMY, under: str = "", **more: Any) -> str:
        """On a video, or `under` a comment on it."""
        made = {"uri": f"/videos/{video}/comments/{number}", "text": f"comment {number}", "created_on": at(number)}
        self.comments.setdefault(under or video, []).append({**made, "user": who(author) if author else None, **more})
        return str(number)

    def track(self, video: str, number: int, language: str = "en", **more: Any) -> None:
        link = f"https://captions.cloud.vimeo.com/captions/{number}.vtt?expires=1&sig=1"
        made = {"uri": f"/videos/{video}/texttracks/{number}", "active": True, "language": language, "type": "captions", "link": link}
        self.tracks.setdefault(video, []).append(made | more)

    def album(self, number: int, *members: str, **more: Any) -> None:
        made = {"uri": f"/users/{ME}/albums/{number}", "name": f"showcase {number}", "description": None, "user": who(ME)}
        made |= {"created_time": at(number), "modified_time": at(number), "link": f"https://vimeo.com/showcase/{number}"}
        self.albums[str(number)] = made | more
        self.members[str(number)] = list(members)

    def __call__(self, url: str) -> Answer:
        self.before(url)
        self.asked.append(url)
        for part, instead in self.answers.items():
            if part in url:
                return instead(url) if callable(instead) else instead
        parts = urlsplit(url)
        if parts.path.endswith("/oauth/verify"):
            return Answer({"scope": self.scope}, headers=self.headers)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        answer = self.answered(parts.path.strip("/").split("/"), parts.path, query)
        return Answer(answer.body, answer.status, {**self.headers, **answer.headers})

    def handle(self, request: httpx.Request) -> httpx.Response:
        """As a server, which looks at the token."""
        if request.url.host != "api.vimeo.com":
            return httpx.Response(200, content=b"a file: " + request.url.path.encode(), headers={"content-type": "video/mp4"})
        known = request.headers.get("authorization") == f"Bearer {TOKEN}"
        answer = self(str(request.url)) if known else error(401, 8003, "The user credentials are invalid.")
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.bytes)

    def answered(self, steps: list[str], path: str, query: dict[str, str]) -> Answer:
        match steps:
            case ["me"]:
                found: Any = {**self.user, **who(self.holder)} if self.holder != ME else self.user
            case ["me", "videos"]:
                found = [self.seen(native) for native in self.videos]
                key = "modified_time" if query.get("sort") == "modified_time" else "created_time"
                found.sort(key=lambda one: one[key], reverse=True)
            case ["me", "albums"]:
                found = [self.showcase(native) for native in self.albums][::-1]
            case ["me", "albums", album]:
                found = self.showcase(album) if album in self.albums else None
            case ["me", "albums", album, "videos"]:
                found = [self.videos[native] for native in self.members[album]] if album in self.albums else None
            case ["me", "live_events"]:
                found = None if self.events is None else list(self.events.values())
            case ["me", "live_events", event]:
                found = (self.events or {}).get(event)
            case ["videos", video, *rest]:
                found = self.below(video, rest) if video in self.videos else None
            case _:
                found = None
        if found is None:
            return error(404, 5000, "The requested thing could not be found.")
        fields = query.get("fields", "").split(",")
        return self.paged(found, path, query, fields) if isinstance(found, list) else Answer(only(found, fields))

    def below(self, video: str, rest: list[str]) -> Any:
        match rest:
            case []:
                return self.seen(video)
            case ["texttracks"]:
                return self.tracks.get(video, [])
            case ["comments"]:
                return [self.said(one) for one in self.comments.get(video, ())]
            case ["comments", comment]:
                known = (one for under in self.comments.values() for one in under)
                return next((self.said(one) for one in known if one["uri"] == f"/videos/{video}/comments/{comment}"), None)
            case ["comments", comment, "replies"]:
                return [self.said(one) for one in self.comments.get(comment, ())]

    def seen(self, video: str) -> dict[str, Any]:
        found = {"comments": self.comments, "texttracks": self.tracks}
        connections: dict[str, Any] = {name: {"total": len(places.get(video, ()))} for name, places in found.items()}
        return {**self.videos[video], "metadata": {"connections": {**connections, "likes": {"total": 0}}}}

    def said(self, comment: dict[str, Any]) -> dict[str, Any]:
        total = len(self.comments.get(comment["uri"].rpartition("/")[2], ()))
        return {**comment, "metadata": {"connections": {"replies": {"total": total}}}}

    def showcase(self, album: str) -> dict[str, Any]:
        return {**self.albums[album], "metadata": {"connections": {"videos": {"total": len(self.members[album])}}}}

    def paged(self, found: list[Any], path: str, query: dict[str, str], fields: list[str]) -> Answer:
        page, size = int(query.get("page", 1)), int(query.get("per_page", 25))
        assert size <= 100, "Vimeo gives no more than 100"
        last = max(-(-len(found) // size), 1)
        links = {"next": page + 1, "previous": page - 1, "first": 1, "last": last}
        paging = {name: f"{path}?{urlencode({**query, 'page': n})}" if 1 <= n <= last else None for name, n in links.items()}
        data = [only(one, fields) for one in found[(page - 1) * size : page * size]]
        return Answer({"total": len(found), "page": page, "per_page": size, "paging": paging, "data": data})


class Transport(httpx.BaseTransport):
    """The studio as a network of its own."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.studio.handle(request)


def client_of(studio: Any, **more: Any) -> Scripted:
    return Scripted(studio, secrets={"token": TOKEN}, **more)


def records_of(studio: Any, window: Window | None = None) -> dict[str, Record]:
    """Records by what they are and their number: "videos/1"."""
    found = (r for e in vimeo.fetch(DISTRICT, window or Window("full"), client_of(studio)) for r in vimeo.parse(e))
    return {r.record_id.partition(":")[2]: r for r in found}


def new_studio() -> Studio:
    """A video with a comment, two answers to it and one to an answer; a video without any."""
    studio = Studio()
    film = studio.video(1)
    above = studio.comment(film, 10)
    studio.comment(film, 11, ME, above)
    below = studio.comment(film, 12, BEN, above)
    studio.comment(film, 13, AMY, below)
    studio.video(2)
    return studio
