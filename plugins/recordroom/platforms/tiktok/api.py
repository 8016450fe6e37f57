"""How TikTok is asked, and what it calls a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recordroom.errors import Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import http
from recordroom.platforms.contract import Client
from recordroom.platforms.http import Asking, retry_after, wrong
from recordroom.platforms.schema import content_of
from recordroom.platforms.tiktok.platform import API, HOST
from recordroom.platforms.tiktok.shapes import BODY

if TYPE_CHECKING:
    from recordroom.register.models import Account

RATES = frozenset({40100, 51021, "rate_limit_exceeded"})  # too many requests of the app
DEAD = frozenset({40102, 40104, 40105, "access_token_invalid"})  # expired, empty, wrong or revoked
WRONG = 40002  # a parameter
REFUSED = frozenset({40001, "scope_not_authorized", "scope_permission_missed"})
_NEW = "The account consents again; docs/platforms/tiktok.md says how."


def base_of(account: Account) -> str:
    return f"{(account.api_url or HOST).rstrip('/')}{API}"


class Api(Asking):
    """A Client that sends the token and names failures as TikTok tells them."""

    who, statuses = "TikTok", (400, 401, 403, 404, 429)

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self.open_id = client.secrets["user"]

    def shown(self) -> dict[str, str]:
        return {"Access-Token": self.secrets["token"]}

    def named(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None:  # noqa: ARG002 (its codes say all)
        return failure(exchange)


def failure(exchange: Exchange) -> PlatformFailure | None:
    """The failure that the code of an answer names, mostly with HTTP 200; else the one of its status; None
    where it is none.
    """
    code, words = error_of(exchange)
    if code is None:
        return http.unworded(exchange)
    said = (
        f"{exchange.method} {exchange.url.partition('?')[0]}: HTTP {exchange.status}, code {code}:"
        f" {words[:200].rstrip('. ')}".strip()
    )
    if code in RATES or exchange.status == 429:
        return Throttled(said, retry_after(exchange), exchange)
    if code in DEAD:
        return TokenExpired(said, _NEW, exchange)
    if code in REFUSED:
        return Blocked(
            said,
            "A permission of the app or the account's consent is missing; docs/platforms/tiktok.md names"
            " them.",
            exchange,
        )
    return UnexpectedResponse(said, "The next capture tries again.", exchange)


def error_of(exchange: Exchange) -> tuple[int | str | None, str]:
    """(code, words) of an error; (None, "") where the body tells none: `code` 0, or in the Display API "ok"."""
    try:
        body = content_of(exchange)
    except UnexpectedResponse:
        return None, ""
    if not isinstance(body, dict):
        return None, ""
    inner = body.get("error")
    error = inner if isinstance(inner, dict) else body
    code = error.get("code")
    if code in (0, "ok") or type(code) not in (int, str):
        return None, ""
    return code, str(error.get("message", ""))


def data_of(exchange: Exchange) -> dict[str, Any]:
    body = content_of(exchange)
    BODY.check(body, exchange, "")
    if not isinstance(body.get("data"), dict):
        raise wrong(exchange, "/data", "an object", body.get("data"))
    found: dict[str, Any] = body["data"]
    return found
