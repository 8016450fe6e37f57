"""TikTok's API: its client, its failures, and the account's token.

    Access-Token: <token>                                   no address contains it
    {"code": 0, "message": "OK", "request_id", "data": {}}
    {"code": 40105, "message": "..."}                       an error, mostly with HTTP 200
    {"error": {"code": "ok", "message"}, "data": {}}        the Display API

A token is good for a day, and the refresh token for a year.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from recordroom.errors import Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import http, oauth
from recordroom.platforms.contract import Client, ConsentCode, Token, TokenClient
from recordroom.platforms.http import ApiClient, read_retry_after, unexpected_field
from recordroom.platforms.schema import load_content
from recordroom.platforms.tiktok.platform import API, HOST
from recordroom.platforms.tiktok.schema import BODY, GRANT

if TYPE_CHECKING:
    from recordroom.register.models import Account

_RATE_CODES = frozenset({40100, 51021, "rate_limit_exceeded"})  # too many requests of the app
# The token has expired, is missing, is wrong, or was revoked.
_TOKEN_CODES = frozenset({40102, 40104, 40105, "access_token_invalid"})
_PERMISSION_CODES = frozenset({40001, "scope_not_authorized", "scope_permission_missed"})
_WRONG_PARAMETER = 40002
_NEW = "The administrator of the account must consent again (docs/platforms/tiktok.md)."


def base_of(account: Account) -> str:
    """Return the address of the API, without a slash at its end."""
    return f"{(account.api_url or HOST).rstrip('/')}{API}"


class Api(ApiClient):
    """A client that sends the token, and names failures by TikTok's codes.

    open_id: the ID by which the app knows the account of the token.
    """

    api_name, error_statuses = "TikTok", (400, 401, 403, 404, 429)

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self.open_id = client.secrets["user"]

    def make_headers(self) -> dict[str, str]:
        return {"Access-Token": self.secrets["token"]}

    def find_failure(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None:  # noqa: ARG002
        return failure(exchange)


def failure(exchange: Exchange, body: Any = None) -> PlatformFailure | None:
    """Return the failure that the code or the status names; None: there is none.

    body: the JSON of the response, if it was read before.
    """
    code, words = _error_of(exchange, body)
    if code is None:
        return http.find_proxy_failure(exchange)
    said = (
        f"{exchange.method} {exchange.url.partition('?')[0]}: HTTP {exchange.status}, code {code}:"
        f" {words[:200].rstrip('. ')}".strip()
    )
    if code in _RATE_CODES or exchange.status == 429:
        return Throttled(said, read_retry_after(exchange), exchange)
    if code in _TOKEN_CODES:
        return TokenExpired(said, _NEW, exchange)
    if code in _PERMISSION_CODES:
        return Blocked(
            said,
            "A permission of the app, or of the account's consent, is missing (docs/platforms/tiktok.md lists"
            " them).",
            exchange,
        )
    return UnexpectedResponse(said, "The next capture tries again.", exchange)


def is_wrong_parameter(failure: PlatformFailure) -> bool:
    """Whether TikTok calls a parameter wrong.

    It also does so if the place in a list has expired, or if the video or the comment has gone.
    """
    return failure.exchange is not None and _error_of(failure.exchange)[0] == _WRONG_PARAMETER


def _error_of(exchange: Exchange, body: Any = None) -> tuple[int | str | None, str]:
    """Return code and message of an error; (None, ""): the body states none.

    The code of a success is 0; in the Display API it is "ok".
    """
    try:
        body = load_content(exchange) if body is None else body
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
    """Return the object `data` of a response."""
    body = load_content(exchange)
    BODY.check(body, exchange, "")
    if not isinstance(body.get("data"), dict):
        raise unexpected_field(exchange, "/data", "an object", body.get("data"))
    found: dict[str, Any] = body["data"]
    return found


def renew(account: Account, client: TokenClient) -> Token:
    """Request a token for the next day. TikTok may return another refresh token."""
    form = {"grant_type": "refresh_token", "refresh_token": client.secrets["refresh_token"]}
    return _request_token(account, client, "refresh_token", form)


def consented(account: Account, client: TokenClient, code: ConsentCode) -> Token:
    """Request the token that a person's consent gives."""
    form = {"grant_type": "authorization_code", "auth_code": code.code, "redirect_uri": code.redirect_uri}
    return _request_token(account, client, "token", form)


def _request_token(account: Account, client: TokenClient, name: str, form: Mapping[str, str]) -> Token:
    """Request a token from the address with this name.

    Its secret `user` is the open_id. All errors except a throttle become TokenExpired: TikTok does not
    document the codes that would distinguish an expired refresh token from a mistake of the app.
    """
    app = {name: client.secrets[name] for name in oauth.APP}
    answer = client.post(
        f"{base_of(account)}/tt_user/oauth2/{name}/",
        {**app, **form},
        as_json=True,
        expect=(200, *oauth.ERRORS),
    )
    problem = failure(answer)
    if isinstance(problem, Throttled):
        raise problem
    if problem is not None:
        raise TokenExpired(
            f"TikTok did not issue a token: {problem.message}", f"{oauth.SETTINGS} {oauth.CONSENT}"
        )
    granted = data_of(answer)
    GRANT.check(granted, answer, "/data")
    values = {
        "token": granted["access_token"],
        "refresh_token": granted.get("refresh_token"),
        "user": granted.get("open_id"),
    }
    ends = (
        oauth.read_expiry(answer, granted.get(name)) for name in ("expires_in", "refresh_token_expires_in")
    )
    return Token({name: value for name, value in values.items() if value}, *ends)
