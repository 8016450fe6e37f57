"""Tokens of Meta's platforms: their exchange, renewal, and inspection.

Addresses and responses of these requests contain secrets: none is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from recordroom.errors import Blocked, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.contract import Client, ConsentCode, Token, TokenClient
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.meta.errors import ERRORS, code_of, failure, object_in
from recordroom.platforms.meta.graph import GraphAs
from recordroom.platforms.oauth import APP, CONSENT, read_token
from recordroom.platforms.schema import LIST, NULL, NUMBER, Reading, Shape, load_content

TOKEN_STATE = Shape(
    {"expires_at": NUMBER | NULL, "data_access_expires_at": NUMBER | NULL, "scopes": LIST | NULL}
)


def exchange_code(
    client: TokenClient,
    code_url: str,
    token_url: str,
    grant: str,
    code: ConsentCode,
    *,
    needs: Iterable[str] = (),
) -> Token:
    """Return the token for 60 days that a consent gives.

    code_url: where the code is exchanged for a token for an hour.
    token_url: where that one is exchanged for the token for 60 days, by this grant.
    needs: permissions. The person may have left out some; then Blocked is raised.
    """
    form = {"grant_type": "authorization_code", "code": code.code, "redirect_uri": code.redirect_uri}
    form |= {name: client.secrets[name] for name in APP}
    short, permissions = read_code_response(client.post(code_url, form, expect=(200, *ERRORS)))
    if permissions is not None and (missing := [name for name in needs if name not in permissions]):
        remedy = "Run `recordroom connect` again. The person must agree to all requested permissions."
        raise Blocked(f"the person did not agree to {', '.join(missing)}", remedy)
    params = {"grant_type": grant, "client_secret": client.secrets["client_secret"], "access_token": short}
    return read_meta_token(client.trade(token_url, params, expect=(200, *ERRORS)))


def renew_token(client: TokenClient, address: str, grant: str) -> Token:
    """Return the next token for 60 days.

    The token before must be valid and at least 24 hours old. It is part of the address, as documented.
    """
    params = {"grant_type": grant, "access_token": client.secrets["token"]}
    return read_meta_token(client.trade(address, params, expect=(200, *ERRORS)))


def read_code_response(answer: Exchange) -> tuple[str, frozenset[str] | None]:
    """Return the token that a code gives, and its permissions.

    The permissions are None where they are not stated. The token is an object of its own, or in a list
    `data`. Raises TokenExpired where the code was not
    accepted, which Instagram and Threads report as

        {"error_type": "OAuthException", "code": 400,
         "error_message": "Matching code was not found or was already used"}
    """
    problem, body = failure(answer), object_in(answer)
    if message := body.get("error_message"):
        raise TokenExpired(f"the code was not accepted: {str(message)[:200]}", CONSENT)
    if isinstance(problem, UnexpectedResponse) and code_of(answer) is not None:
        raise TokenExpired(f"the code was not accepted: {problem.message}", CONSENT)
    if problem is not None:
        raise problem
    found = body["data"][0] if isinstance(body.get("data"), list) and body["data"] else body
    if not isinstance(found, dict) or not isinstance(found.get("access_token"), str):
        raise unexpected_field(answer, "/access_token", "text", "nothing")
    permissions = found.get("permissions")  # a text, as the documentation shows, or a list
    names = permissions.split(",") if isinstance(permissions, str) else permissions
    if not isinstance(names, list):
        return found["access_token"], None
    return found["access_token"], frozenset(str(name).strip() for name in names)


def read_meta_token(answer: Exchange) -> Token:
    """Return the token in a response; raise the failure that it reports instead."""
    if problem := failure(answer):
        raise problem
    return read_token(answer)


def inspect_token(client: TokenClient, base: str, token: str, asks: str) -> Token:
    """Return when a token ends, and when its access to data ends.

    Access to data ends unless the holder consents again. Meta writes 0 for never.

    asks: the token that asks for it.
    """
    data = _debugged(client, base, token, asks)
    ends = [data.get(name) for name in ("expires_at", "data_access_expires_at")]
    expires_at, consent_until = (
        datetime.fromtimestamp(end, UTC) if end and 0 < end < 1e10 else None for end in ends
    )
    return Token({}, expires_at, consent_until)


def read_permissions(client: Client, base: str, token: str, asks: str) -> frozenset[str] | None:
    """Return the permissions of a token; None where Meta does not state them.

    asks: the token that asks for it.
    """
    scopes = _debugged(client, base, token, asks).get("scopes")
    return None if scopes is None else frozenset(map(str, scopes))


def _debugged(client: Client, base: str, token: str, asks: str) -> dict[str, Any]:
    """Return what Meta states of a token.

    https://developers.facebook.com/docs/graph-api/reference/debug_token/, 2026-11-25.
    """
    answer = GraphAs(client, asks).get(f"{base}/debug_token", {"input_token": token})
    return Reading(answer).read_object(TOKEN_STATE, load_content(answer), "data", "")
