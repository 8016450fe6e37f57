"""How an account of Bluesky signs in at its PDS: an app password, a token of the kind "password", opens a
session.

A session is an access token for two hours, which no revoking shortens, and a refresh token for ninety days.
That one dies with its app password; used, it gets another pair, and is itself good for two more hours. All
are JWTs, which tell the scope: that of the app password, com.atproto.appPass where it has none, or
com.atproto.appPassPrivileged, which private messages want. Seen on a real PDS (npm's @atproto/pds 0.5.35:
auth-verifier, account-manager). It differs in this: any number of sessions may be opened; an account that was
taken away signs in nowhere, and what it had is refused with AccountTakedown.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from infra.sandbox.faces.bluesky_records import WHERE, Json, did
from infra.sandbox.faces.common import Refusal
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


def signed_in(
    network: Network, account: Account | None, body: Mapping[str, Any]
) -> tuple[Account, Token, Token]:
    """A new session of the account whose app password the body has."""
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


def refreshed(network: Network, secret: str) -> tuple[Account, Token, Token]:
    """Another pair for a refresh token, which goes on for two hours so that who loses the answer has lost
    nothing.
    """
    spent = known(network, secret, REFRESH)
    if network.token(WHERE, secret) is None:
        raise Refusal(400, "ExpiredToken", "Token has been revoked")
    account, ends = network.accounts[spent.account], network.now() + GRACE
    spent.expires = min(spent.expires or ends, ends)
    password = network.token(WHERE, spent.parent)
    return account, *_opened(network, account, scope_of(password) if password else PLAIN, spent.parent)


def viewer(network: Network, secret: str) -> Token:
    """The living access token of a request."""
    token = known(network, secret, ACCESS)
    if network.token(WHERE, secret) is None:
        raise Refusal(400, "ExpiredToken", "Token has expired")
    return token


def known(network: Network, secret: str, kind: str) -> Token:
    """The token of a session, dead ones too."""
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
    for kind, told, parent in ((ACCESS, scope, ""), (REFRESH, "com.atproto.refresh", password)):
        ends = network.now() + LIVES[kind]
        claims: Json = {
            "scope": told,
            "aud": f"did:web:{network.places[WHERE].host}",
            "sub": did(account),
            "jti": _jti(network),
        }
        claims |= {"iat": int(network.now().timestamp()), "exp": int(ends.timestamp())}
        secret = _jwt({"typ": TYPES[kind], "alg": "HS256"}, claims)
        granted.append(
            network.grant(WHERE, secret, account.key, kind=kind, scopes=[told], expires=ends, parent=parent)
        )
    return granted[0], granted[1]


def _jti(network: Network) -> str:
    number = network.number(f"{WHERE}#sessions")
    return base64.b64encode(hashlib.sha256(f"session {number}".encode()).digest()).decode().rstrip("=")


def _jwt(*parts: Json) -> str:
    told = ".".join(_letters(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return f"{told}.{_letters(hmac.digest(b'sandbox', told.encode(), 'sha256'))}"


def _letters(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
