"""Vimeo's API: its client, its failures, the scopes of a token, and its consent.

A token that may not see something is answered with the same 404 as for what is gone, and no list says that it
leaves something out. The scopes are therefore requested
(https://developer.vimeo.com/api/reference/authentication-extras): {"scope": "public private video_files",
...}. If Vimeo refuses to say, no scope is assumed.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled
from recordroom.model import Exchange, loads
from recordroom.platforms import http, oauth
from recordroom.platforms.contract import Client, ConsentCode, Token, TokenClient
from recordroom.platforms.http import ApiClient, read_retry_after, wait_and_retry
from recordroom.platforms.schema import load_content
from recordroom.platforms.vimeo.platform import HOST
from recordroom.platforms.vimeo.schema import GRANTED

if TYPE_CHECKING:
    from recordroom.register.models import Account

ACCEPT = "application/vnd.vimeo.*+json;version=3.4"
ERRORS = (400, 401, 403, 404, 429, 500, 503)
# without the first two a 404 may be about what is there
SEES_ALL, VIDEO_FILES = ("public", "private"), "video_files"


def base_of(account: Account) -> str:
    return (account.api_url or HOST).rstrip("/")


class Api(ApiClient):
    """A client that sends the token, names failures, and stops at the rate limit.

    patient: wait where Vimeo says that more is allowed within a minute.
    """

    api_name, error_statuses = "Vimeo's API", ERRORS

    def __init__(self, client: Client, *, patient: bool = False) -> None:
        super().__init__(client)
        self._patient = patient

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Send requests without waiting for the rate limit."""
        before, self._patient = self._patient, False
        try:
            yield
        finally:
            self._patient = before

    def send(self, url: str, request: Callable[[], Exchange]) -> Exchange:  # noqa: ARG002 (of the hook)
        """Send a request; a patient client waits for the end of a throttle."""
        return wait_and_retry(request, self._forget) if self._patient else request()

    def _forget(self) -> None:
        self._full = None

    def make_headers(self) -> dict[str, str]:
        return {**super().make_headers(), "Accept": ACCEPT}

    def find_failure(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None:  # noqa: ARG002
        return failure(exchange)

    def find_throttle(self, exchange: Exchange) -> Throttled | None:
        """Return the throttle, after the last request that a minute allows: the next one is not sent."""
        if (exchange.header("X-RateLimit-Remaining") or "").strip() != "0":
            return self._full
        words = f"{exchange.url.partition('?')[0]}: the requests that Vimeo allows for now are used up"
        return Throttled(words, read_retry_after(exchange))


def failure(exchange: Exchange) -> PlatformFailure | None:
    """Return the failure that a response reports, in Vimeo's words.

    None if it reports none.

    {"error": "The requested video couldn't be found.", "developer_message": "...", "error_code": 5000}
    """
    if exchange.status < 400:
        return None
    try:
        told = loads(exchange.body)
    except (ValueError, RecursionError):
        told = None
    told = told if isinstance(told, dict) else {}
    code, said = told.get("error_code"), told.get("developer_message") or told.get("error")
    words = (
        f"error {code}: {str(said)[:200].rstrip('. ')}"
        if code is not None
        else str(said or "")[:200].rstrip(". ")
    )
    if not words:
        return http.find_proxy_failure(exchange)
    # without the query, which names all fields
    problem = http.find_failure(replace(exchange, url=exchange.url.partition("?")[0]), words=words)
    if problem is not None:
        problem.exchange = exchange
    return problem


def granted_scopes(api: Api, base: str) -> frozenset[str]:
    """Return the scopes of the token.

    The complete response would repeat the token and name its holder.
    """
    try:
        answer = api.get(f"{base}/oauth/verify", {"fields": "scope"})
    except (AccountUnavailable, Blocked):
        return frozenset()
    body = load_content(answer)
    GRANTED.check(body, answer, "")
    return frozenset(body["scope"].split())


def unseen_without(scopes: frozenset[str]) -> str:
    """Say what a token with these scopes is not shown, and why; "": it is shown everything."""
    missing = " and ".join(name for name in SEES_ALL if name not in scopes)
    if not missing:
        return ""
    hidden = (
        "videos that are not public, and their comments, cannot be read, and records that are not found are"
        " not marked unavailable"
    )
    return (
        f"Vimeo does not confirm that the token has the scope {missing}: {hidden}; create a token with all"
        " required scopes"
    )


def consented(account: Account, client: TokenClient, code: ConsentCode) -> Token:
    """Return the token that a consent gives.

    It does not expire.

    The app names itself in a header: https://developer.vimeo.com/api/authentication, 2026-11-25.
    """
    app = b64encode(":".join(client.secrets[name] for name in oauth.APP).encode()).decode()
    return oauth.exchange_code(
        client,
        f"{base_of(account)}/oauth/access_token",
        code,
        headers={"Authorization": f"Basic {app}", "Accept": ACCEPT},
    )
