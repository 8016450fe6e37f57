"""Tokens of Meta's: what a consent gives, what another sixty days do, and when one ends.

```
granted(client, endpoint, longer, grant, code)   # the token for 60 days that a consent gives
renewed(client, address, grant)                  # a token for the next 60 days
inspected(client, base, token, asks)             # when a token of Facebook's login ends
permitted(client, base, token, asks)             # which permissions it has
```
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from recordroom.errors import Blocked, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.contract import Client, Code, Token, TokenClient
from recordroom.platforms.http import wrong
from recordroom.platforms.meta.errors import ERRORS, code_of, failure, object_in
from recordroom.platforms.meta.graph import GraphAs
from recordroom.platforms.oauth import APP, CONSENT, token_of
from recordroom.platforms.schema import LIST, NULL, NUMBER, Reading, Shape, content_of

DEBUGGED = Shape(
    {"expires_at": NUMBER | NULL, "data_access_expires_at": NUMBER | NULL, "scopes": LIST | NULL}
)


def granted(
    client: TokenClient, endpoint: str, longer: str, grant: str, code: Code, *, needs: Iterable[str] = ()
) -> Token:
    """A code gives a token for an hour, and that one a token for 60 days. Addresses and answers hold secrets:
    none of this is kept. `needs`: permissions, of which the person can leave out some; Blocked where the
    answer tells that they did."""
    form = {"grant_type": "authorization_code", "code": code.code, "redirect_uri": code.redirect}
    short, told = of_code(
        client.post(endpoint, form | {name: client.secrets[name] for name in APP}, expect=(200, *ERRORS))
    )
    if told is not None and (lacking := [name for name in needs if name not in told]):
        mend = "They consent again (`recordroom connect`), to all permissions that are asked for."
        raise Blocked(f"the person did not agree to {', '.join(lacking)}", mend)
    params = {"grant_type": grant, "client_secret": client.secrets["client_secret"], "access_token": short}
    return told_by(client.trade(longer, params, expect=(200, *ERRORS)))


def renewed(client: TokenClient, address: str, grant: str) -> Token:
    """Another token, for one that is at least 24 hours old and lives. It stands in the address, as
    documented; none of this is kept.
    """
    params = {"grant_type": grant, "access_token": client.secrets["token"]}
    return told_by(client.trade(address, params, expect=(200, *ERRORS)))


def of_code(answer: Exchange) -> tuple[str, frozenset[str] | None]:
    """The token that a code gives, bare or in a list `data`, and its permissions, None where they are not
    told. TokenExpired where it was not accepted, which Instagram and Threads say as

    {"error_type": "OAuthException", "code": 400, "error_message": "Matching code was not found or was already
    used"}
    """
    problem, told = failure(answer), object_in(answer)
    if said := told.get("error_message"):
        raise TokenExpired(f"the code was not accepted: {str(said)[:200]}", CONSENT)
    if isinstance(problem, UnexpectedResponse) and code_of(answer) is not None:
        raise TokenExpired(f"the code was not accepted: {problem.message}", CONSENT)
    if problem is not None:
        raise problem
    found = told["data"][0] if isinstance(told.get("data"), list) and told["data"] else told
    if not isinstance(found, dict) or not isinstance(found.get("access_token"), str):
        raise wrong(answer, "/access_token", "text", "nothing")
    permissions = found.get("permissions")  # as text, as its documentation shows, or a list
    names = permissions.split(",") if isinstance(permissions, str) else permissions
    return found["access_token"], frozenset(str(name).strip() for name in names) if isinstance(
        names, list
    ) else None


def told_by(answer: Exchange) -> Token:
    if problem := failure(answer):
        raise problem
    return token_of(answer)


def inspected(client: TokenClient, base: str, token: str, asks: str) -> Token:
    """When a token ends, and when access to data does unless its holder consents again; 0 is never."""
    data = _debugged(client, base, token, asks)
    ends = [data.get(name) for name in ("expires_at", "data_access_expires_at")]
    expires_at, consent_until = (
        datetime.fromtimestamp(end, UTC) if end and 0 < end < 1e10 else None for end in ends
    )
    return Token({}, expires_at, consent_until)


def permitted(client: Client, base: str, token: str, asks: str) -> frozenset[str] | None:
    """The permissions that a token has; None where that is not told."""
    scopes = _debugged(client, base, token, asks).get("scopes")
    return None if scopes is None else frozenset(map(str, scopes))


def _debugged(client: Client, base: str, token: str, asks: str) -> dict[str, Any]:
    """What /debug_token (https://developers.facebook.com/docs/graph-api/reference/debug_token/, 2026-11-25)
    tells of a token. `asks`: the token that asks for it. The address of the answer holds the token: it is
    never kept."""
    answer = GraphAs(client, asks).get(f"{base}/debug_token", {"input_token": token})
    return Reading(answer).part(DEBUGGED, content_of(answer), "data", "")
