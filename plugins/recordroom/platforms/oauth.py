"""OAuth 2: the page of a person's consent, a token for that consent, and its renewal.

RFC 6749, sections 4.1 and 6; RFC 7636.

```
<page>?response_type=code & client_id & redirect_uri & scope & state
       & code_challenge & code_challenge_method=S256
POST <endpoint>  grant_type=authorization_code & code & redirect_uri & code_verifier
                 & client_id & client_secret
POST <endpoint>  grant_type=refresh_token & refresh_token & client_id & client_secret
{"access_token": "...", "expires_in": 3599, "refresh_token": "...", "refresh_token_expires_in": 31536000}
{"error": "invalid_grant", "error_description": "..."}        with 400, or 401
```

If the refresh token is no longer valid (`invalid_grant`), a person must consent again; every other error is a
fault of the server or of the app's settings. No library is used: the maintained ones refuse plain http, which
servers on the same machine speak, or bring an HTTP client of their own.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from recordroom.errors import Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange, loads
from recordroom.platforms.contract import Consent, ConsentCode, Token, TokenClient
from recordroom.platforms.http import read_retry_after, unexpected_field

APP = ("client_id", "client_secret")
ERRORS = (400, 401, 403, 429)
DEAD = frozenset({"invalid_grant", "invalid_token", "token_expired", "expired_token"})
CONSENT = (
    "Run `recordroom connect` again, so that the account's administrator consents again. The connection"
    " itself"
    " needs no change."
)
SETTINGS = (
    "Check client_id, client_secret, and refresh_token in the account's connection, and the app's settings at"
    " the platform."
)


def refresh_token(
    client: TokenClient,
    endpoint: str,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Token:
    """Return a new token for the refresh token of `client`.

    form: fields of this platform, in addition to or instead of the usual ones.
    Raises TokenExpired if the refresh token is no longer valid, Throttled, and UnexpectedResponse otherwise.
    """
    held = client.secrets
    usual = {
        "grant_type": "refresh_token",
        "refresh_token": held["refresh_token"],
        **{name: held[name] for name in APP},
    }
    return read_token(client.post(endpoint, usual | dict(form or {}), headers=headers, expect=(200, *ERRORS)))


def exchange_code(
    client: TokenClient,
    endpoint: str,
    code: ConsentCode,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Token:
    """Return the token for a person's consent; arguments and errors as in `refresh_token`."""
    held = client.secrets
    usual = {"grant_type": "authorization_code", "code": code.code, "redirect_uri": code.redirect_uri}
    usual |= {name: held[name] for name in APP} | ({"code_verifier": code.verifier} if code.verifier else {})
    return read_token(client.post(endpoint, usual | dict(form or {}), headers=headers, expect=(200, *ERRORS)))


def consent_address(
    consent: Consent, held: Mapping[str, str], redirect: str, state: str, verifier: str
) -> str:
    """Return the address that a person opens in order to consent.

    held: the secrets of the connection.
    """
    challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        consent.app_id_parameter: held["client_id"],
        "redirect_uri": redirect,
        **(
            {consent.scope_set_parameter: held[consent.scope_set_parameter]}
            if consent.scope_set_parameter in held
            else {"scope": consent.scope_separator.join(consent.scopes)}
        ),
        "state": state,
        **({"code_challenge": challenge, "code_challenge_method": "S256"} if verifier else {}),
        **consent.extra_parameters,
    }
    return f"{consent.page}{'&' if '?' in consent.page else '?'}{urlencode(query)}"


def read_token(answer: Exchange) -> Token:
    """Return the token in the response of a token endpoint.

    Its values are named `token` and, if the platform gives a new one, `refresh_token`.
    """
    told = _told(answer)
    if "error" in told or answer.status != 200:
        raise _failure(answer, told)
    access, refresh = told.get("access_token"), told.get("refresh_token")
    if not isinstance(access, str) or not access:
        raise unexpected_field(answer, "/access_token", "text", told.get("access_token", "nothing"))
    values = {"token": access} | ({"refresh_token": refresh} if isinstance(refresh, str) and refresh else {})
    lives = next(
        (told[name] for name in ("refresh_token_expires_in", "refresh_expires_in") if name in told), None
    )
    return Token(values, read_expiry(answer, told.get("expires_in")), read_expiry(answer, lives))


def read_expiry(answer: Exchange, seconds: object) -> datetime | None:
    """Return the time so many seconds after a response; None if `seconds` is not a usable number."""
    if type(seconds) not in (int, float) or not 0 < float(str(seconds)) < 1e10:
        return None
    return (answer.fetched_at or datetime.now(UTC)) + timedelta(seconds=float(str(seconds)))


def _told(answer: Exchange) -> dict[str, Any]:
    try:
        told = loads(answer.body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise UnexpectedResponse(
            f"{answer.url}: HTTP {answer.status} without JSON, in response to a request for a token",
            "The next capture tries again.",
        )
    return told


def _failure(answer: Exchange, told: Mapping[str, Any]) -> Exception:
    error, words = str(told.get("error", "")), str(told.get("error_description", ""))
    said = f"{answer.url}: HTTP {answer.status}" + "".join(
        f": {part[:200]}" for part in (error, words) if part
    )
    if answer.status == 429:
        return Throttled(said, read_retry_after(answer))
    return TokenExpired(said, CONSENT) if error in DEAD else UnexpectedResponse(said, SETTINGS)
