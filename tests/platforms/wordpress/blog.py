"""Stored responses of a WordPress site, served by their routes, for faults that no real site makes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from recordroom.model import Exchange, Identity, Record
from recordroom.platforms import wordpress
from recordroom.platforms.contract import Window
from tests.platforms.scripted import Answer, Scripted, account

HERE = Path(__file__).parent
SITE = Identity("blog.example.org", "blog.example.org", "Blog")


def body(case: str) -> Any:
    given: Any = json.loads((HERE / f"{case}.json").read_text())
    return given["body"] if isinstance(given, dict) and "body" in given else given


INDEX = Exchange(
    "GET", "https://blog.example.org/wp-json/?_fields=name", 200, (), json.dumps(body("profile")).encode()
)
ENTRY = account("wordpress", "https://blog.example.org", replace(SITE, exchange=INDEX))
SECRETS = {"user": "archive", "password": "abcd efgh"}


def run(client: Scripted, window: Window | None = None) -> list[Record]:
    found: list[Record] = []
    for exchange in wordpress.fetch(ENTRY, window or Window("full"), client):
        found += wordpress.parse(exchange)
    return found


def serving(lists: dict[str, Any], **secrets: str) -> Scripted:
    """Return a client that answers each list by its route; a route without a response is empty."""

    def answer(url: str) -> Answer:
        given: Any = next((a for route, a in lists.items() if f"/{route}" in url), [])
        return given(url) if callable(given) else given if isinstance(given, Answer) else Answer(given)

    return Scripted(answer, secrets)
