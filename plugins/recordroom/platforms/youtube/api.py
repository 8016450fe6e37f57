"""YouTube's API: its client, its lists, its failures, the day of its quota, and tokens.

Sources: https://developers.google.com/youtube/v3/docs/errors, https://cloud.google.com/apis/design/errors,
2026-11-25.

    Authorization: Bearer <token>, X-Goog-Api-Key: <key>      no address contains them
    {"error": {"code", "message", "errors": [{"reason", "domain", "message"}], "status",
               "details": [{"reason"}]}}

All tokens and keys of a Google Cloud project share its quota. Its day ends at midnight in California.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from recordroom.errors import (
    AccountUnavailable,
    Blocked,
    PlatformFailure,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
)
from recordroom.model import Exchange, loads
from recordroom.platforms import http, oauth
from recordroom.platforms.contract import Client, ConsentCode, Token, TokenClient
from recordroom.platforms.html_text import read_text
from recordroom.platforms.http import ApiClient, read_retry_after
from recordroom.platforms.paging import Params, follow_cursors, limit_empty_pages, resume_pages
from recordroom.platforms.schema import load_content
from recordroom.platforms.youtube.platform import API, HOST, TOKENS
from recordroom.platforms.youtube.schema import LISTED

if TYPE_CHECKING:
    from recordroom.register.models import Account

ERRORS = (400, 401, 403, 404, 429, 500, 503)
QUOTA_ZONE = ZoneInfo("America/Los_Angeles")

_DAY = frozenset(("quotaExceeded", "dailyLimitExceeded"))
_PACE = frozenset(
    ("rateLimitExceeded", "userRateLimitExceeded", "servingLimitExceeded", "RATE_LIMIT_EXCEEDED")
)
_KEY = frozenset(("keyInvalid", "keyExpired", "API_KEY_INVALID"))
_CLOSED = frozenset(
    (
        "authenticatedUserAccountClosed",
        "authenticatedUserAccountSuspended",
        "channelClosed",
        "channelSuspended",
    )
)
FORBIDDEN = "forbidden"  # for the token or key that was sent
_PAGE = "The platform's page in docs/platforms says what is required."
_NOT_ENABLED = f"Enable the API in the Google Cloud project of the key or token. {_PAGE}"
_SCOPE = f"A scope is missing: the token's holder must consent again. {_PAGE}"
_MENDS = {
    "accessNotConfigured": _NOT_ENABLED,
    "SERVICE_DISABLED": _NOT_ENABLED,
    "insufficientPermissions": _SCOPE,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": _SCOPE,
    "forbidden": f"The token must be that of the account's owner. {_PAGE}",
    "ipRefererBlocked": (
        "The key is restricted to other addresses. Allow this server's address in the Google Cloud console."
    ),
}


class Google(ApiClient):
    """A client that sends the token or the key, and names failures.

    If there are both, it sends the token, which is shown more.

    base: the address of the API.
    """

    api_name, error_statuses, one_of_secrets = "Google's API", ERRORS, ("key", "token")

    def __init__(self, client: Client, base: str = f"{HOST}{API}") -> None:
        super().__init__(client)
        self.base = base

    @property
    def is_owner(self) -> bool:
        """Whether requests have the token of the channel's owner; a key is shown less."""
        return bool(self.secrets.get("token"))

    def make_headers(self) -> dict[str, str]:
        return super().make_headers() if self.is_owner else {"X-Goog-Api-Key": self.secrets["key"]}

    def find_failure(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None:  # noqa: ARG002
        return failure(exchange)

    def call(self, method: str, params: Params, context: Mapping[str, Any] | None = None) -> Exchange:
        """Call a method of the API, such as `videos`."""
        return self.get(f"{self.base}/{method}", params, context=context)

    def pages(
        self, method: str, params: Params, context: Mapping[str, Any], *, start: str | None
    ) -> Iterator[Exchange]:
        """Read the pages of a list; from its head where the stored token has expired.

        start: token of the first page; None: the head of the list.
        """
        url = f"{self.base}/{method}"
        _, pages = resume_pages(
            lambda place: follow_cursors(
                self, url, params, _next_page, parameter="pageToken", context=context, start=place
            ),
            start,
            lambda failure: isinstance(failure, UnexpectedResponse),
        )
        yield from limit_empty_pages(pages, lambda page: not load_content(page).get("items"))


def _next_page(exchange: Exchange) -> str | None:
    """Return the token of the next page; None after the last."""
    body = load_content(exchange)
    LISTED.check(body, exchange, "")
    token: str | None = body.get("nextPageToken")
    return token


def failure(exchange: Exchange) -> PlatformFailure | None:
    """Return the failure that an error's reasons name, else that of its status.

    None: there is none.
    """
    reasons, message = _error_of(exchange) if exchange.status >= 400 else ((), "")
    if not reasons:
        return http.find_proxy_failure(exchange)
    where = f"{exchange.method} {exchange.url.partition('?')[0]}".strip()
    said = f"{where}: HTTP {exchange.status}, {reasons[0]}: {read_text(message)[:200].rstrip('. ')}"
    named = frozenset(reasons)
    if named & (_DAY | _PACE) or exchange.status == 429:
        whole_day = named & _DAY or b"PerDay" in exchange.body
        return Throttled(said, midnight(exchange) if whole_day else read_retry_after(exchange), exchange)
    if named & _KEY or exchange.status == 401:
        return TokenExpired(
            said, f"Create a new key or token, and enter it in the account's connection. {_PAGE}", exchange
        )
    if exchange.status == 404 or named & _CLOSED:
        return AccountUnavailable(
            said, "It was removed, or the key or token must not see it. Google does not say which.", exchange
        )
    if exchange.status == 403:
        return Blocked(
            said, next((_MENDS[reason] for reason in reasons if reason in _MENDS), _PAGE), exchange
        )
    return UnexpectedResponse(said, "The next capture tries again.", exchange)


def midnight(exchange: Exchange) -> datetime:
    """Return the end of the day of the quota in which a response was sent."""
    answered = (exchange.fetched_at or datetime.now(UTC)).astimezone(QUOTA_ZONE)
    return datetime.combine(answered.date() + timedelta(days=1), time(), QUOTA_ZONE).astimezone(UTC)


def reasons_of(exchange: Exchange | None) -> tuple[str, ...]:
    """Return the reasons of an error."""
    return _error_of(exchange)[0] if exchange is not None else ()


def _error_of(exchange: Exchange) -> tuple[tuple[str, ...], str]:
    """(reasons, message) of an error; no reasons where the body holds none."""
    try:
        body = loads(exchange.body)
    except (ValueError, RecursionError):
        return (), ""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return (), ""
    lists = (error.get(name) for name in ("errors", "details"))
    parts = [part for found in lists if isinstance(found, list) for part in found if isinstance(part, dict)]
    reasons = tuple(part["reason"] for part in parts if isinstance(part.get("reason"), str))
    return reasons or (str(error.get("status", "error")),), str(error.get("message", ""))


def require_one_of(failure: PlatformFailure) -> Exchange:
    """Return the error that a record is not found, or forbidden for this token.

    Other failures are raised.

    https://developers.google.com/youtube/v3/docs/comments/list, Errors, 2026-11-25: commentNotFound (404),
    forbidden (403)
    """
    answer, reasons = failure.exchange, reasons_of(failure.exchange)
    if answer is None or not (FORBIDDEN in reasons or (answer.status == 404 and reasons)):
        raise failure
    return answer


def renew(account: Account, client: TokenClient) -> Token:
    """Return an access token for the next hour.

    The refresh token does not change.
    """
    return oauth.refresh_token(client, tokens_at(account))


def consented(account: Account, client: TokenClient, code: ConsentCode) -> Token:
    return oauth.exchange_code(client, tokens_at(account), code)


def tokens_at(account: Account) -> str:
    return f"{account.api_url.rstrip('/')}/token" if account.api_url else TOKENS
