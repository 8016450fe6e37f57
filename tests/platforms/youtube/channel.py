"""The sandbox's YouTube channel: its posts, and the requests of tests with a token or a project's key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from infra.sandbox.model import Post, Video
from recordroom.capture.http.client import HttpClient
from recordroom.model import Absence, Exchange, Record
from recordroom.platforms.contract import KnownRecord, Window
from tests.capture.everywhere.stages import SECRET
from tests.platforms.contract.sandbox import START, Sandbox
from tests.platforms.scripted import Answer

FORCE = "https://www.googleapis.com/auth/youtube.force-ssl"
KEY = "the-projects-key"
RECENT = Window("recent", since=START - timedelta(days=30), changed_since=START - timedelta(hours=1))
WINDOWS = [Window("full"), Window("history"), RECENT]


def use_secrets(sandbox: Sandbox, **secrets: str) -> HttpClient:
    """Give the client these secrets; the project's key may be one of them.

    Without any, it has the owner's token.
    """
    if secrets.get("key") == KEY:
        sandbox.network.grant("youtube", KEY, "")
    sandbox.client.authorize(secrets or {"token": SECRET})
    return sandbox.client


def fetch(sandbox: Sandbox, window: Window | None = None, **secrets: str) -> list[Exchange]:
    """Return what a capture reads; it requests the channel first."""
    use_secrets(sandbox, **secrets)
    sandbox.identify()
    return sandbox.fetch(window)


def read_by_id(sandbox: Sandbox, window: Window | None = None, **secrets: str) -> dict[str, Record]:
    """Return records by native ID."""
    return {record.native_id: record for record in sandbox.parse(fetch(sandbox, window, **secrets)).values()}


def read_by_text(sandbox: Sandbox, window: Window | None = None, **secrets: str) -> dict[str, Record]:
    """Return records by their text, videos by their titles."""
    found = read_by_id(sandbox, window, **secrets).values()
    return {(record.title if record.kind == "post" else record.text) or "": record for record in found}


def look_up(sandbox: Sandbox, *known: KnownRecord, **secrets: str) -> list[Exchange | Absence]:
    use_secrets(sandbox, **secrets)
    sandbox.identify()
    return sandbox.lookup(*known)


def requests_of(sandbox: Sandbox, method: str, **query: str) -> list[dict[str, str]]:
    """Return the parameters of the requests so far of a method, with these among them."""
    found = [urlsplit(url) for url in sandbox.transport.asked]
    read = [
        {n: v[0] for n, v in parse_qs(p.query).items()} for p in found if p.path == f"/youtube/v3/{method}"
    ]
    return [one for one in read if query.items() <= one.items()]


def publish_video(sandbox: Sandbox, title: str, days: float = 0, **more: Any) -> Post:
    video = {"video": Video(95), "at": START - timedelta(days=days), "title": title}
    return sandbox.network.publish(sandbox.us, f"About {title}", **{**video, **more})


def converse(sandbox: Sandbox, title: str = "Closed", days: float = 0, answers: int = 2) -> Post:
    """Publish a video with a comment that has replies, and one that has none."""
    video = publish_video(sandbox, title, days)
    parent, teacher = sandbox.others
    at = video.created
    question = sandbox.comment(video, parent, f"When, {title}?", at=at + timedelta(minutes=1))
    for number in range(answers):
        who = (teacher, sandbox.us)[number % 2]
        sandbox.comment(question, who, f"Answer {number} to {title}", at=at + timedelta(minutes=2 + number))
    sandbox.comment(video, teacher, f"Thanks for {title}.", at=at + timedelta(hours=1))
    return video


def refuse(sandbox: Sandbox, method: str, which: str, reason: str, status: int) -> None:
    """Let YouTube refuse each further request of that method about `which` (an ID)."""
    one = {"domain": "youtube.test", "message": reason, "reason": reason}
    refusal = Answer({"error": {"code": status, "message": reason, "errors": [one]}}, status)

    def answer(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        named = ",".join(request.url.params.values()).split(",")
        return refusal.instead() if which in named else real()

    sandbox.transport.rules.append((f"/{method}?", answer))
