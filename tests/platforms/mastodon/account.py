"""The sandbox's Mastodon account: its authors, the accounts that read it, and the requests of that."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from infra.sandbox.model import Post
from recordroom.platforms.contract import KnownRecord, Window
from tests.fault_transport import Answer as Rule
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox
from tests.platforms.scripted import Answer

FIXTURES = Path(__file__).parent
SHAPE = json.loads((FIXTURES / "ordinary.json").read_text())["body"][1]
SINCE = START - timedelta(days=30)
WINDOWS = [Window("full"), Window("history"), Window("recent", since=SINCE)]
OUTSIDE = Answer({"error": "This action is outside the authorized scopes"}, 403)


def record_id(sandbox: Sandbox, post: Post) -> str:
    return f"mastodon:social.test/statuses/{sandbox.named(post)}"


def profile_id(sandbox: Sandbox) -> str:
    return f"mastodon:social.test/accounts/{sandbox.identify().known.native_id}"


def known(
    sandbox: Sandbox, post: Post, kind: str, parent: Post | None, root: Post, **more: Any
) -> KnownRecord:
    """Return a status as the archive has it."""
    above = record_id(sandbox, parent) if parent else None
    return KnownRecord(
        record_id(sandbox, post), sandbox.named(post), kind, above, record_id(sandbox, root), **more
    )


def sign_out(sandbox: Sandbox) -> None:
    """Read the account without a token."""
    sandbox.client.authorize({})


def use_token_of(sandbox: Sandbox, who: str) -> None:
    """Read the account with the token of another one, which sees what that one wrote in private."""
    sandbox.network.grant("mastodon", "the-token-of-another-account", who, scopes=["read"])
    sandbox.client.authorize({"token": "the-token-of-another-account"})


def reply_in_chains(sandbox: Sandbox, top: Post, count: int, length: int) -> list[Post]:
    """Publish so many replies below `top` by another account, in chains of that length."""
    found = list[Post]()
    for number in range(count):
        found.append(sandbox.comment(found[-1] if number % length else top))
    return found


def named_in(sandbox: Sandbox, part: str) -> list[str]:
    """Return the IDs of the statuses whose `part` (context or history) was requested so far."""
    paths = [urlsplit(url).path.split("/") for url in sandbox.transport.asked]
    return [path[-2] for path in paths if path[-1] == part]


def requests_to(sandbox: Sandbox, end: str) -> list[str]:
    """Return the requests so far whose path ends so."""
    return [url for url in sandbox.transport.asked if urlsplit(url).path.endswith(end)]


def at_path(end: str, answer: Answer) -> tuple[str, Rule]:
    """Return a rule of the transport: requests whose path ends so get that response."""

    def respond(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return answer.instead() if request.url.path.endswith(end) else real()

    return "", respond


def close_to_visitors(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
    """Let the instance show nothing to a request without a token."""
    refusal = {"error": "This method requires an authenticated user"}
    return real() if "authorization" in request.headers else httpx.Response(401, json=refusal)


def change_statuses(sandbox: Sandbox, changes: Iterable[tuple[Post, dict[str, Any]]]) -> Rule:
    """Return a rule: in the platform's responses, each status of these has other properties."""
    by_id = {sandbox.named(post): change for post, change in changes}

    def change(body: Any) -> Any:
        for one in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
            change(one)
        if isinstance(body, dict) and "in_reply_to_id" in body:
            body |= by_id.get(body["id"], {})
        return body

    return rewrite_json(change)
