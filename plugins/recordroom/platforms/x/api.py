"""How X is asked, and what it calls a failure."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
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
from recordroom.platforms.contract import Client, Code, Token, TokenClient
from recordroom.platforms.http import Asking
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import content_of
from recordroom.platforms.x.platform import ARCHIVE_PAGE, HOST, PAGE

if TYPE_CHECKING:
    from recordroom.register.models import Account

_STATUSES = (400, 401, 402, 403, 404, 429, 503)
NOT_FOUND, REFUSED, FAILED, _CAPPED = (
    "resource-not-found",
    "not-authorized-for-resource",
    "internal-error",
    "usage-capped",
)
SECOND, TRIES = (
    1,
    8,
    # how long a refused search of the archive waits, and how often: other accounts may search with the same app
)


def base_of(account: Account) -> str:
    return (account.api_url or HOST).rstrip("/")


class Api(Asking):
    """A Client that sends the token and names failures as X tells them. `some`: several are asked for by
    their ids, and none of them may be there."""

    who, statuses = "X", _STATUSES

    def __init__(self, client: Client, *, some: bool = False) -> None:
        super().__init__(client)
        self._some = some

    def get(
        self,
        url: str,
        params: Params | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        context: Mapping[str, Any] | None = None,
        expect: tuple[int, ...] = (200,),
    ) -> Exchange:
        """Of the archive's search X allows an app one request in a second, and 300 in a quarter of an hour: a
        refusal names the end of the latter, whichever it is of, so that the next second tells."""
        ask = partial(super().get, url, params, headers=headers, context=context, expect=expect)
        for _ in range(TRIES if url.endswith("/search/all") else 0):
            try:
                return ask()
            except Throttled as full:
                if not is_of_rate(full):
                    raise
                sleep(SECOND)
        return ask()

    def smaller(
        self, exchange: Exchange, url: str, params: Params | None
    ) -> tuple[str, Params | None] | None:
        """X fails to give large pages of the archive, while it gives small ones
        (github.com/DocNow/twarc/issues/449).
        """
        large = params is not None and params.get("max_results") == ARCHIVE_PAGE
        return (url, {**(params or {}), "max_results": PAGE}) if large and exchange.status >= 500 else None

    def named(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None:
        return (
            None
            if exchange.status in expect and exchange.status != 200
            else failure(exchange, some=self._some)
        )


def failure(exchange: Exchange, *, some: bool = False) -> PlatformFailure | None:
    """What a status says, or an answer with nothing but errors; None where the answer is none. A month's cap
    looks like a rate.
    """
    sort, words = error_of(exchange)
    said = f"{_where(exchange)}: {words}"
    if exchange.status >= 400:
        if sort == _CAPPED:
            return Throttled(said, (exchange.fetched_at or datetime.now(UTC)) + http.LONGEST_PAUSE, exchange)
        empty = (
            Blocked(said, "Buy credits for the app at console.x.com.", exchange)
            if exchange.status == 402
            else None
        )
        return empty or (http.failure(exchange, words=words) if words else http.unworded(exchange))
    if some or not words:
        return None
    if sort == REFUSED:
        return Blocked(said, "The account is protected: use a token of the account itself.", exchange)
    if sort == NOT_FOUND:
        return AccountUnavailable(said, "Check the account's address in the register.", exchange)
    return UnexpectedResponse(said, "The next capture tries again.", exchange)


def is_of_rate(failure: PlatformFailure) -> bool:
    """Whether X says that there were too many requests in a short time: neither the month's cap nor the
    account's own share of money.
    """
    told = failure.exchange
    return isinstance(failure, Throttled) and told is not None and error_of(told)[0] != _CAPPED


def error_of(exchange: Exchange) -> tuple[str, str]:
    """(type, words) of an answer that holds nothing but what went wrong; ("", "") of any other."""
    if exchange.status < 400 and b'"errors"' not in exchange.body:
        return "", ""
    try:
        body = content_of(exchange)
    except UnexpectedResponse:
        return "", ""
    if (
        not isinstance(body, dict)
        or body.get("data") is not None
        or (exchange.status < 400 and body.get("meta"))
    ):
        return "", ""
    listed = body.get("errors")
    first = next((one for one in listed if isinstance(one, dict)), {}) if isinstance(listed, list) else {}
    told = body if "detail" in body or "title" in body else first
    words = told.get("detail") or told.get("message") or told.get("title") or ("an error" if first else "")
    return str(told.get("type", "")).rpartition("/")[2], str(words)[:200].rstrip(". ")


def _where(exchange: Exchange) -> str:
    return f"{exchange.method} {exchange.url.partition('?')[0]}: HTTP {exchange.status}".strip()


def renew(account: Account, client: TokenClient) -> Token:
    """A person's token lives two hours; the refresh token that it is made anew with is spent by use, and
    comes back as another (https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code,
    2026-11-25). An app's own token never ends."""
    return _token(
        account, client, {"grant_type": "refresh_token", "refresh_token": client.secrets["refresh_token"]}
    )


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    form = {
        "grant_type": "authorization_code",
        "code": code.code,
        "redirect_uri": code.redirect,
        "code_verifier": code.verifier,
    }
    return _token(account, client, form)


def _token(account: Account, client: TokenClient, form: Mapping[str, str]) -> Token:
    """The app says who it is in a header. A token or code that is spent or revoked is `invalid_request`, as a
    mistake of the app is: the words tell them apart."""
    app = ":".join(client.secrets[name] for name in oauth.APP)
    headers = {"Authorization": f"Basic {base64.b64encode(app.encode()).decode()}"}
    answer = client.post(
        f"{base_of(account)}/2/oauth2/token", form, headers=headers, expect=(200, *oauth.ERRORS)
    )
    if answer.status == 400 and b" was invalid" in answer.body:
        raise TokenExpired("X made no new token: what was sent for it is spent or revoked", oauth.CONSENT)
    return oauth.token_of(answer)
