"""The sandbox's YouTube as a channel to test against, and who writes on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from infra.local.sandbox.faces import create_app, native_id
from infra.local.sandbox.model import Post, Video
from infra.local.sandbox.network import Network
from recordroom.accounts import Account
from recordroom.capture.client import HttpClient
from recordroom.model import Absence, Exchange, Record
from recordroom.platforms import Known, Window, youtube
from tests.fault_transport import FaultTransport
from tests.platforms.scripted import Answer, account

START = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
US, ANA, BO = "youtube/district", "youtube/ana", "youtube/bo"
FORCE = "https://www.googleapis.com/auth/youtube.force-ssl"
TOKEN, KEY = "the-owners-token", "the-projects-key"
RECENT = Window("recent", since=START - timedelta(days=30), changed_since=START - timedelta(hours=1))
WINDOWS = [Window("full"), Window("history"), RECENT]


@dataclass
class Tube:
    """The sandbox's YouTube; `between.asked`: the addresses that were asked."""

    network: Network
    between: FaultTransport

    def client(self, **secrets: str) -> HttpClient:
        client = HttpClient(contact="a@b.example", limit=10**8, transport=self.between)
        client.authorize(secrets or {"token": TOKEN})
        return client

    def account(self, **more: Any) -> Account:
        entry = account("youtube", "https://www.youtube.com/@district", api_url="http://tube.test", **more)
        return entry.identified(youtube.identify(entry, self.client(key=KEY)))

    def exchanges(self, window: Window | None = None, **secrets: str) -> list[Exchange]:
        return list(youtube.fetch(self.account(), window or Window("full"), self.client(**secrets)))

    def records(self, window: Window | None = None, **secrets: str) -> dict[str, Record]:
        """Records by native id."""
        return {r.native_id: r for e in self.exchanges(window, **secrets) for r in youtube.parse(e)}

    def texts(self, window: Window | None = None, **secrets: str) -> dict[str, Record]:
        """Records by their words, videos by their titles."""
        return {(r.title or "") if r.kind == "post" else (r.text or ""): r for r in self.records(window, **secrets).values()}

    def lookup(self, *known: Known, **secrets: str) -> list[Exchange | Absence]:
        return list(youtube.lookup(self.account(), known, self.client(**secrets)))

    def asked(self, method: str, **query: str) -> list[dict[str, str]]:
        """The parameters of the requests so far of a method, with these among them."""
        found = [urlsplit(url) for url in self.between.asked]
        read = [{n: v[0] for n, v in parse_qs(p.query).items()} for p in found if p.path == f"/youtube/v3/{method}"]
        return [one for one in read if query.items() <= one.items()]

    def id(self, post: Post) -> str:
        return native_id(self.network, post)

    def video(self, title: str, days: float = 0, **more: Any) -> Post:
        film = {"video": Video(95), "at": START - timedelta(days=days), "title": title}
        return self.network.publish(US, f"About {title}", **{**film, **more})


def opened(network: Network) -> Tube:
    return Tube(network, FaultTransport(httpx.WSGITransport(create_app(network, "youtube"))))


def new_tube() -> Tube:
    network = Network(START)
    network.place("youtube", "YouTube", host="www.youtube.com")
    for key in (US, ANA, BO):
        network.account(key, key.rpartition("/")[2].title(), about="All of it", staff=key == US)
    network.grant("youtube", KEY, "")
    network.grant("youtube", TOKEN, US, scopes=[FORCE])
    return opened(network)


def refuse(tube: Tube, method: str, which: str, reason: str, status: int) -> None:
    """Let YouTube refuse, from now on, whatever is asked of that method about `which` (an id)."""
    told = {"error": {"code": status, "message": reason, "errors": [{"domain": "youtube.test", "message": reason, "reason": reason}]}}

    def answer(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        asked = ",".join(request.url.params.values()).split(",")
        return Answer(told, status).instead() if which in asked else real()

    tube.between.rules.append((f"/{method}?", answer))


def conversation(tube: Tube, title: str = "Closed", days: float = 0, answers: int = 2) -> Post:
    """A video with a comment that has answers, and one that has none."""
    video = tube.video(title, days)
    at = video.created
    asked = tube.network.comment(ANA, video, f"When, {title}?", at=at + timedelta(minutes=1))
    for number in range(answers):
        tube.network.comment((BO, US)[number % 2], asked, f"Answer {number} to {title}", at=at + timedelta(minutes=2 + number))
    tube.network.comment(BO, video, f"Thanks for {title}.", at=at + timedelta(hours=1))
    return video
