"""A network between a client and a platform, on which a test lets requests fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from httpx_retries import Retry

from recordroom.capture.http import client

Answer = Callable[[httpx.Request, Callable[[], httpx.Response]], httpx.Response]
META = ("facebook", "instagram", "threads")
_REASONS = {403: "forbidden", 404: "notFound"}


@dataclass
class FaultTransport(httpx.BaseTransport):
    """Pass requests on to `real`, except those that a rule answers."""

    real: httpx.BaseTransport
    asked: list[str] = field(default_factory=list)  # the addresses requested so far
    # (part of an address, what answers in the platform's place)
    rules: list[tuple[str, Answer]] = field(default_factory=list)
    # number of a request, from 0 -> what happens before it
    before: dict[int, Callable[[], object]] = field(default_factory=dict)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.before.pop(len(self.asked), lambda: None)()
        self.asked.append(str(request.url))
        for part, answer in self.rules:
            if part in str(request.url):
                return answer(request, lambda: self.real.handle_request(request))
        return self.real.handle_request(request)

    @contextmanager
    def meanwhile(self, part: str, answer: Answer) -> Iterator[None]:
        """Answer the requests whose address contains `part` with `answer(request, real)`; `real()` is the
        platform's response.
        """
        self.rules.append((part, answer))
        try:
            yield
        finally:
            self.rules.clear()


@dataclass
class RecordedTransport(httpx.BaseTransport):
    """Ask `real` once for each address and repeat its response afterwards: a platform on which nothing
    changes, only quicker.
    """

    real: httpx.BaseTransport
    recorded: dict[tuple[str, str], httpx.Response] = field(default_factory=dict)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        key = (str(request.url), request.headers.get("authorization", ""))
        if request.method != "GET":
            return self.real.handle_request(request)
        if key not in self.recorded:
            response = self.real.handle_request(request)
            response.read()
            self.recorded[key] = response
        found = self.recorded[key]
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)


def rewrite_json(change: Callable[[Any], Any]) -> Answer:
    """The platform's response with its JSON changed; `change` may change it in place and return it."""

    def answer(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        response = real()
        body = response.read()
        if response.status_code != 200 or "json" not in response.headers.get("content-type", ""):
            return response
        headers = {
            name: value for name, value in response.headers.items() if name.lower() != "content-length"
        }
        return httpx.Response(200, headers=headers, content=json.dumps(change(json.loads(body))).encode())

    return answer


def fault(platform: str, way: int | str) -> Answer:
    """A failure: the status of an error in the platform's own words, `bare` (the error page of a proxy),
    `silent` (no response comes), `cut` (half of the response), or `odd` (the response with a number in place
    of each list and of results by keys).
    """

    def answer(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        if way == "silent":
            raise httpx.ReadTimeout("The read operation timed out")
        if way == "bare":
            return httpx.Response(502, html="<h1>Bad gateway</h1>")
        if way in ("cut", "odd"):
            response = real()
            body = response.read()
            content = (
                body[: len(body) // 2]
                if way == "cut"
                else json.dumps(_without_lists(json.loads(body))).encode()
            )
            return httpx.Response(
                response.status_code, content=content, headers={"content-type": "application/json"}
            )
        return httpx.Response(200 if platform == "tiktok" else int(way), json=refusal(platform, int(way)))

    return answer


def refusal(platform: str, status: int) -> dict[str, Any]:
    """A platform's own words for an error of that status."""
    words = "It cannot be given"
    if platform in META:
        return {
            "error": {"message": words, "type": "OAuthException", "code": {403: 200, 404: 100}.get(status, 1)}
        }
    bodies: dict[str, dict[str, Any]] = {
        "bluesky": {
            "error": {403: "Forbidden", 404: "NotFound"}.get(status, "InternalServerError"),
            "message": words,
        },
        "mastodon": {"error": words},
        "tiktok": {"code": {403: 40001, 404: 40002}.get(status, 50000), "message": words, "data": {}},
        "vimeo": {"error": words, "error_code": {403: 3200, 404: 5000}.get(status, 4000)},
        "wordpress": {
            "code": {403: "rest_forbidden", 404: "rest_post_invalid_id"}.get(status, "error"),
            "message": words,
        },
        "x": {"title": words, "detail": words, "status": status, "type": "about:blank"},
        "youtube": {
            "error": {
                "code": status,
                "message": words,
                "errors": [{"reason": _REASONS.get(status, "backendError")}],
            }
        },
    }
    return bodies.get(platform, {"message": words, "status": status})


def _without_lists(body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    return {
        name: 5 if isinstance(value, list) or name == "results" else _without_lists(value)
        for name, value in body.items()
    }


def retry_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat failed requests without a pause; tests/capture/test_client.py tests the pause."""
    monkeypatch.setattr(
        client, "_RETRY", Retry(total=client._RETRY.total, status_forcelist=client._RETRY.status_forcelist)
    )
