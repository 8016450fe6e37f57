"""Sign-in at a PDS of Bluesky, and the tokens of a session.

An app password, a token of the kind "password", opens a session.

A session is an access token for two hours, which a revocation does not shorten, and a refresh token for
ninety days. The refresh token dies with its app password. Its use gives another pair, and it remains valid
for two more hours. All are JWTs with a scope: that of the app password, which is com.atproto.appPass by
default, or com.atproto.appPassPrivileged, which private messages need.

Seen on a real PDS (npm's @atproto/pds 0.5.35: auth-verifier, account-manager). Differences from it: any
number of sessions may be opened; a suspended account cannot sign in, and its tokens are refused with
AccountTakedown.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from infra.sandbox.faces.bluesky.views import WHERE, did
from infra.sandbox.faces.common import Json, Refusal
from infra.sandbox.model import Account, Token
from infra.sandbox.network import Network

ACCESS, REFRESH = "access", "refresh"
TYPES = {ACCESS: "at+jwt", REFRESH: "refresh+jwt"}
LIVES = {ACCESS: timedelta(hours=2), REFRESH: timedelta(days=90)}
GRACE = timedelta(hours=2)
PLAIN, PRIVILEGED = "com.atproto.appPass", ("com.atproto.appPassPrivileged", "com.atproto.access")
WRONG = (401, "AuthenticationRequired", "Invalid identifier or password")
MISSING = (401, "AuthMissing", "Authentication Required")
TAKEN = (401, "AccountTakedown", "Account has been taken down")


def scope_of(token: Token) -> str:
    return token.scopes[0] if token.scopes else PLAIN


def open_session(
    network: Network, account: Account | None, body: Mapping[str, Any]
) -> tuple[Account, Token, Token]:
    """Open a session for the account whose app password is in the body."""
    for name in ("identifier", "password"):
        if not isinstance(body.get(name), str):
            raise Refusal(400, "InvalidRequest", f'Missing required key "{name}" at $')
    password = network.token(WHERE, body["password"])
    if (
        account is None
        or account.suspended
        or password is None
        or (password.kind, password.account) != ("password", account.key)
    ):
        raise Refusal(*WRONG)
    return account, *_opened(network, account, scope_of(password), password.secret)


def refresh_session(network: Network, secret: str) -> tuple[Account, Token, Token]:
    """Open another session for a refresh token.

    The token remains valid for two hours, so that a client that loses the response keeps its access.
    """
    spent = find_token(network, secret, REFRESH)
    if network.token(WHERE, secret) is None:
        raise Refusal(400, "ExpiredToken", "Token has been revoked")
    account, ends = network.accounts[spent.account], network.now() + GRACE
    spent.expires = min(spent.expires or ends, ends)
    password = network.token(WHERE, spent.parent)
    return account, *_opened(network, account, scope_of(password) if password else PLAIN, spent.parent)


def viewer(network: Network, secret: str) -> Token:
    """Return the living access token of a request."""
    token = find_token(network, secret, ACCESS)
    if network.token(WHERE, secret) is None:
        raise Refusal(400, "ExpiredToken", "Token has expired")
    return token


def find_token(network: Network, secret: str, kind: str) -> Token:
    """Return a token of a session, even a dead one."""
    if not secret:
        raise Refusal(*MISSING)
    found = next(
        (one for one in network.tokens if (one.where, one.kind, one.secret) == (WHERE, kind, secret)), None
    )
    if found is None:
        raise Refusal(400, "InvalidToken", "Token could not be verified")
    if network.accounts[found.account].suspended:
        raise Refusal(*TAKEN)
    return found


def _opened(network: Network, account: Account, scope: str, password: str) -> tuple[Token, Token]:
    granted = []
    for kind, claimed, parent in ((ACCESS, scope, ""), (REFRESH, "com.atproto.refresh", password)):
        ends = network.now() + LIVES[kind]
        claims: Json = {
            "scope": claimed,
            "aud": f"did:web:{network.places[WHERE].host}",
            "sub": did(account),
            "jti": _jti(network),
        }
        claims |= {"iat": int(network.now().timestamp()), "exp": int(ends.timestamp())}
        secret = _jwt({"typ": TYPES[kind], "alg": "HS256"}, claims)
        granted.append(
            network.grant(
                WHERE, secret, account.key, kind=kind, scopes=[claimed], expires=ends, parent=parent
            )
        )
    return granted[0], granted[1]


def _jti(network: Network) -> str:
    number = network.number(f"{WHERE}#sessions")
    return base64.b64encode(hashlib.sha256(f"session {number}".encode()).digest()).decode().rstrip("=")


def _jwt(*parts: Json) -> str:
    content = ".".join(_letters(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return f"{content}.{_letters(hmac.digest(b'sandbox', content.encode(), 'sha256'))}"


def _letters(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
