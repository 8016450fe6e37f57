"""A small network of made-up videos behind as much of TikTok's API as the connector asks for, with the real one's manners."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from recordroom.model import Exchange, Identity, Record
from recordroom.platforms import Window, tiktok
from recordroom.platforms.tiktok.walk import COMMENT_PAGE
from tests.platforms.scripted import Answer, Scripted, account

ME = "_000openIdOfFircrest"
NOW = datetime.now(UTC).replace(microsecond=0)
DISTRICT = account("tiktok", "https://www.tiktok.com/@fircrestschools", Identity(ME, "tiktok.com", "Fircrest", "fircrestschools"))
TOKEN = {"user": ME, "token": "act.a-token-of-ours"}
SORTED = 500  # comments of one video that come in the order asked for


def said(data: dict[str, Any]) -> Answer:
    return Answer({"code": 0, "message": "OK", "request_id": "2026", "data": data})


def refused(code: int, message: str = "no") -> Answer:
    return Answer({"code": code, "message": message, "request_id": "2026", "data": {}})


@dataclass
class Net:
    """`comments`: of each video, oldest first, answers among them with a `parent_comment_id`. Pages of comments are half full, and every
    third one is empty; beyond the first 500 each comment comes twice. `endless`: no list of comments says that it ends. `slow`: what is
    asked for by id comes after an empty page, one by one."""

    videos: list[dict[str, Any]] = field(default_factory=list)
    comments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)  # end of a path -> what is answered instead
    user: dict[str, Any] = field(default_factory=lambda: {"username": "fircrestschools", "display_name": "Fircrest Schools"})
    endless: bool = False
    slow: bool = False
    size: int = COMMENT_PAGE // 2
    before: Callable[[str], object] = lambda _: None

    def video(self, days: float, **more: Any) -> str:
        native = str(7_000_000_000_000_000_000 + len(self.videos))
        at = int((NOW - timedelta(days=days)).timestamp())
        told = {"item_id": native, "create_time": at, "caption": f"video {len(self.videos)}", "media_type": "VIDEO", "video_duration": 9.5}
        told |= {"share_url": f"https://www.tiktok.com/@fircrestschools/video/{native}?utm_source=x", "thumbnail_url": "https://t.test/c"}
        self.videos.append(told | {"likes": 3, "shares": 1, "video_views": 90} | more)
        self.comments[native] = []
        return native

    def comment(self, video: str, parent: str | None = None, **more: Any) -> str:
        native = f"{video[-3:]}{len(self.comments[video]) + 1:05}"
        told = {"comment_id": native, "video_id": video, "create_time": str(int(NOW.timestamp())), "text": f"said {native}", "likes": 0}
        told |= {"username": "amy", "display_name": "Amy", "unique_identifier": "u-amy", "owner": False, "status": "PUBLIC"}
        self.comments[video].append(told | ({"parent_comment_id": parent} if parent else {}) | more)
        return native

    def gone(self, native: str) -> None:
        self.videos = [video for video in self.videos if video["item_id"] != native]

    def __call__(self, url: str) -> Answer:
        self.before(url)
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = parts.path.removeprefix("/open_api/v1.3/")
        assert query["business_id"] == ME
        if path in self.answers:
            return self.answers[path]
        if path == "business/get/":
            return said({**self.user, "videos_count": len(self.videos)})
        if path == "business/video/list/":
            return self.listed(query)
        return self.talk(path, query)

    def listed(self, query: dict[str, str]) -> Answer:
        wanted = json.loads(query["filters"])["video_ids"] if "filters" in query else None
        shown = sorted((v for v in self.videos if wanted is None or v["item_id"] in wanted), key=lambda v: -v["create_time"])
        start, size = int(query.get("cursor", 0)), int(query["max_count"])
        shown = [v | {"comments": len(self.comments[v["item_id"]])} for v in shown]
        if wanted is not None:
            return self.found("videos", shown, query)
        videos = shown[start : start + size]
        return said({"videos": videos, "has_more": start + size < len(shown), "cursor": start + size})

    def found(self, name: str, all_of_them: list[dict[str, Any]], query: dict[str, str]) -> Answer:
        """What was asked for by id."""
        if not self.slow:
            return said({name: all_of_them, "has_more": False, "cursor": 0})
        at = int(query.get("cursor", 0))
        return said({name: all_of_them[at - 1 : at] if at else [], "has_more": at < len(all_of_them), "cursor": at + 1})

    def talk(self, path: str, query: dict[str, str]) -> Answer:
        if query["video_id"] not in {video["item_id"] for video in self.videos}:
            return refused(40002, "video_id: The video does not exist.")
        there = self.comments[query["video_id"]]
        assert (query["status"], query["sort_field"]) == ("ALL", "create_time")
        under = query.get("comment_id") if path == "business/comment/reply/list/" else None
        if under and under not in {comment["comment_id"] for comment in there}:
            return refused(40002, "comment_id: The comment does not exist.")
        level = [c for c in there if c.get("parent_comment_id") == under]
        if "comment_ids" in query:
            level = [c for c in there if c["comment_id"] in json.loads(query["comment_ids"])]
            return self.found("comments", [self.shown(c, there) for c in level], query)
        order = level[:SORTED] + [c for c in level[SORTED:] for _ in range(2)]
        page, start = (int(n) for n in query.get("cursor", "0:0").split(":"))
        some = [] if page % 3 == 1 else order[start : start + self.size]
        more = start + len(some) < len(order) or self.endless
        return said({"comments": [self.shown(c, there) for c in some], "has_more": more, "cursor": f"{page + 1}:{start + len(some)}"})

    @staticmethod
    def shown(comment: dict[str, Any], there: list[dict[str, Any]]) -> dict[str, Any]:
        under = [c for c in there if c.get("parent_comment_id") == comment["comment_id"]]
        return comment if "parent_comment_id" in comment else comment | {"replies": len(under), "reply_list": under[:3]}


def client_of(net: Net, **more: Any) -> Scripted:
    return Scripted(net, TOKEN, **more)


def fetched(net: Net, window: Window | None = None, client: Scripted | None = None) -> list[Exchange]:
    return list(tiktok.fetch(DISTRICT, window or Window("full"), client or client_of(net)))


def records(exchanges: list[Exchange]) -> dict[str, Record]:
    return {r.native_id: r for e in exchanges for r in tiktok.parse(e)}


def paths(client: Scripted) -> list[str]:
    return [urlsplit(url).path.removeprefix("/open_api/v1.3/business/") for url in client.asked]


@pytest.fixture
def net() -> Net:
    return Net()


@pytest.fixture
def busy() -> Net:
    """Videos and talk enough for every kind of page."""
    net = Net()
    for day in range(23):
        video = net.video(day)
        if day % 7 == 0:
            first, *_ = [net.comment(video) for _ in range(20)]
            for _ in range(19):
                net.comment(video, first)
    return net
