"""X's API: its client, its lists, its failures, and its tokens."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from time import sleep
from typing import TYPE_CHECKING, Any

from recordroom.errors import (
    AccountUnavailable,
    Blocked,
    PlatformFailure,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
)
from recordroom.model import Exchange
from recordroom.platforms import http, oauth
from recordroom.platforms.contract import Client, ConsentCode, Token, TokenClient
from recordroom.platforms.http import ApiClient
from recordroom.platforms.paging import Params, follow_cursors
from recordroom.platforms.schema import load_content
from recordroom.platforms.unread import require_optional
from recordroom.platforms.x.entities import next_token
from recordroom.platforms.x.platform import ARCHIVE_PAGE, HOST, PAGE

if TYPE_CHECKING:
    from recordroom.register.models import Account

MANUAL = "docs/platforms/x.md says what to do"
# The last part of an error's type.
NOT_FOUND, REFUSED, FAILED = "resource-not-found", "not-authorized-for-resource", "internal-error"
_CAPPED = "usage-capped"
_STATUSES = (400, 401, 402, 403, 404, 429, 503)
# How many seconds a throttled search of the archive waits, and how often: other accounts may search with the
# same app.
SECOND, ATTEMPTS = 1, 8


def base_of(account: Account) -> str:
    return (account.api_url or HOST).rstrip("/")


class Api(ApiClient):
    """A client that sends the token, and names failures as X reports them.

    base: the address of the API.
    some: items are requested by their IDs. A response without any of them is then no failure.
    """

    api_name, error_statuses = "X", _STATUSES

    def __init__(self, client: Client, base: str = HOST, *, some: bool = False) -> None:
        super().__init__(client)
        self.base, self._some = base, some

    def send(self, url: str, request: Callable[[], Exchange]) -> Exchange:
        """Send a request; a throttled search of the archive is sent again after a second.

        X allows an app one such search in a second, and 300 in 15 minutes. A refusal always names the end of
        the 15 minutes, whichever limit it is about, so that only a second attempt shows which one it was.
        """
        for _ in range(ATTEMPTS if url.endswith("/search/all") else 0):
            try:
                return request()
            except Throttled as throttled:
                if not is_of_rate(throttled):
                    raise
                sleep(SECOND)
        return request()

    def reduce_request(
        self, exchange: Exchange, url: str, params: Params | None
    ) -> tuple[str, Params | None] | None:
        """Request a smaller page of the archive where X fails to give a large one.

        It does so repeatedly, while it gives small ones (github.com/DocNow/twarc/issues/449).
        """
        is_large = params is not None and params.get("max_results") == ARCHIVE_PAGE
        return (url, {**(params or {}), "max_results": PAGE}) if is_large and exchange.status >= 500 else None

    def find_failure(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None:
        if exchange.status in expect and exchange.status != 200:
            return None
        return failure(exchange, some=self._some)

    def call(
        self, path: str, params: Params, context: Mapping[str, Any], expect: tuple[int, ...] = (200,)
    ) -> Exchange:
        """Request a path of the API, such as `/2/tweets`."""
        return self.get(f"{self.base}{path}", params, context=context, expect=expect)

    def pages(
        self,
        path: str,
        params: Params,
        context: Mapping[str, Any],
        *,
        start: str | None = None,
        parameter: str = "pagination_token",
    ) -> Iterator[Exchange]:
        """Read the pages of a list.

        start: token of the first page; None: the beginning of the list.
        parameter: that of the token.
        """
        return follow_cursors(
            self, f"{self.base}{path}", params, next_token, parameter=parameter, context=context, start=start
        )

    def search(
        self, params: Params, context: Mapping[str, Any], *, in_archive: bool, start: str | None
    ) -> Iterator[Exchange]:
        """Read the pages of a search for posts.

        in_archive: whether all posts are searched, or those of the last seven days.
        """
        path = f"/2/tweets/search/{'all' if in_archive else 'recent'}"
        return self.pages(path, params, context, start=start, parameter="next_token")


def failure(exchange: Exchange, *, some: bool = False) -> PlatformFailure | None:
    """Return the failure that a response reports; None: there is none.

    A response with the status of a success fails if it consists of errors. The cap of a month has the status
    of a rate limit.

    some: see Api.
    """
    kind, words = error_of(exchange)
    message = f"{_request_of(exchange)}: {words}"
    if exchange.status >= 400:
        if kind == _CAPPED:
            until = (exchange.fetched_at or datetime.now(UTC)) + http.LONGEST_PAUSE
            return Throttled(message, until, exchange)
        if exchange.status == 402:
            return Blocked(message, "Buy credits for the app at console.x.com.", exchange)
        return http.find_failure(exchange, words=words) if words else http.find_proxy_failure(exchange)
    if some or not words:
        return None
    return _failure_of_success(kind, message, exchange)


def _failure_of_success(kind: str, message: str, exchange: Exchange) -> PlatformFailure:
    if kind == REFUSED:
        return Blocked(message, "The account is protected. Use a token of the account itself.", exchange)
    if kind == NOT_FOUND:
        return AccountUnavailable(message, "Check the account's address in the register.", exchange)
    return UnexpectedResponse(message, "The next capture tries again.", exchange)


def is_of_rate(failure: PlatformFailure) -> bool:
    """Whether X reports too many requests in a short time.

    False for the cap of a month, and for the account's own share of the budget.
    """
    answer = failure.exchange
    return isinstance(failure, Throttled) and answer is not None and error_of(answer)[0] != _CAPPED


def refusal_in(failure: PlatformFailure) -> Exchange:
    """Return the response by which X does not give something optional.

    Raises the failure where it concerns more than that (platforms/unread.py), as when no credits are left.
    """
    answer = require_optional(failure)
    if isinstance(failure, Blocked) and answer.status != 403:
        raise failure
    return answer


def error_of(exchange: Exchange) -> tuple[str, str]:
    """Return the type and the words of the error that a response consists of.

    ("", ""): the response consists of something else.
    """
    if exchange.status < 400 and b'"errors"' not in exchange.body:
        return "", ""
    try:
        body = load_content(exchange)
    except UnexpectedResponse:
        return "", ""
    if not isinstance(body, dict) or body.get("data") is not None:
        return "", ""
    if exchange.status < 400 and body.get("meta"):
        return "", ""
    listed = body.get("errors")
    first = next((one for one in listed if isinstance(one, dict)), {}) if isinstance(listed, list) else {}
    error = body if "detail" in body or "title" in body else first
    words = error.get("detail") or error.get("message") or error.get("title") or ("an error" if first else "")
    return str(error.get("type", "")).rpartition("/")[2], str(words)[:200].rstrip(". ")


def _request_of(exchange: Exchange) -> str:
    return f"{exchange.method} {exchange.url.partition('?')[0]}: HTTP {exchange.status}".strip()


# -- tokens ------------------------------------------------------------------------------------------------


def renew(account: Account, client: TokenClient) -> Token:
    """Renew a person's token, which is valid for two hours.

    An app's own token does not expire. A refresh token can be used once, and its use gives another one
    (https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code, 2026-11-25).
    """
    form = {"grant_type": "refresh_token", "refresh_token": client.secrets["refresh_token"]}
    return _request_token(account, client, form)


def consented(account: Account, client: TokenClient, code: ConsentCode) -> Token:
    form = {
        "grant_type": "authorization_code",
        "code": code.code,
        "redirect_uri": code.redirect_uri,
        "code_verifier": code.verifier,
    }
    return _request_token(account, client, form)


def _request_token(account: Account, client: TokenClient, form: Mapping[str, str]) -> Token:
    """Request a token. The app identifies itself in a header.

    X answers with the type `invalid_request` for a token or code that is used up or revoked, and for a
    mistake of the app. Only the words differ.
    """
    app = ":".join(client.secrets[name] for name in oauth.APP)
    headers = {"Authorization": f"Basic {base64.b64encode(app.encode()).decode()}"}
    url = f"{base_of(account)}/2/oauth2/token"
    answer = client.post(url, form, headers=headers, expect=(200, *oauth.ERRORS))
    if answer.status == 400 and b" was invalid" in answer.body:
        raise TokenExpired(
            "X gave no new token: the refresh token or code was already used, or was revoked", oauth.CONSENT
        )
    return oauth.read_token(answer)
