"""TikTok's tokens: an access token lives a day, and is made anew with a refresh token that lives a year and
is replaced by each use.

Sources: business-api.tiktok.com/portal/docs (TikTok accounts, authentication) and
developers.tiktok.com/doc/oauth-user-access-token-management. The application is a token of kind "app": its id
is the `user`, its secret the `secret`. A refresh token is one of kind "refresh", the code of a consent
(consent.py) one of kind "code"; of the Display API refresh tokens are of kind "display refresh" and access
tokens of kind "display". Which code tells a dead refresh token is documented nowhere: here it is a wrong
parameter. Neither API asks for a verifier (RFC 7636).
"""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from infra.sandbox.faces.tiktok_errors import INVALID
from infra.sandbox.faces.tiktok_ids import WHERE, open_id
from infra.sandbox.model import Token
from infra.sandbox.network import Network

Json = dict[str, Any]
LIFETIME, REFRESHABLE = timedelta(days=1), timedelta(days=365)


def application(network: Network, app: object, secret: object) -> bool:
    known = network.token(WHERE, str(secret), str(app))
    return known is not None and known.kind == "app"


def given(network: Network, form: Mapping[str, Any], display: str, code: str) -> Token | None:
    """What is exchanged, where it lives: a refresh token, or the code of a consent, with the address that it
    was sent to.
    """
    consented = form.get("grant_type") == "authorization_code"
    if not consented and form.get("grant_type") != "refresh_token":
        return None
    found = network.token(WHERE, str(form.get(code if consented else "refresh_token")))
    if found is None or found.kind != ("code" if consented else f"{display}refresh"):
        return None
    return found if not consented or found.bound.partition(" ")[0] == form.get("redirect_uri") else None


def fresh(network: Network, old: Token, display: str = "") -> tuple[Token, Token]:
    """Another access token, and the refresh token for the next; what was exchanged is spent."""
    count = sum(one.where == WHERE for one in network.tokens)
    name = hashlib.sha256(f"{old.secret} {count}".encode()).hexdigest()[:40]
    more: Json = {"scopes": old.scopes, "kind": display.strip()}
    access = network.grant(WHERE, f"act.{name}", old.account, **more, expires=network.now() + LIFETIME)
    ends = old.expires if old.kind.endswith("refresh") and old.expires else network.now() + REFRESHABLE
    refresh = network.grant(
        WHERE, f"rft.{name}", old.account, kind=f"{display}refresh", scopes=old.scopes, expires=ends
    )
    network.expire_token(WHERE, secret=old.secret)
    return access, refresh


def business(network: Network, form: Mapping[str, Any]) -> Json:
    """/tt_user/oauth2/token/ and /tt_user/oauth2/refresh_token/"""
    if not application(network, form.get("client_id"), form.get("client_secret")):
        raise INVALID.refuse("client_id or client_secret is invalid")
    old = given(network, form, "", "auth_code")
    if old is None:
        raise INVALID.refuse("The auth_code or refresh_token is invalid or expired")
    access, refresh = fresh(network, old)
    return {
        "access_token": access.secret,
        "token_type": "Bearer",
        "scope": ",".join(access.scopes),
        "expires_in": int(LIFETIME.total_seconds()),
        "refresh_token": refresh.secret,
        "refresh_token_expires_in": left(network, refresh),
        "open_id": open_id(access.account),
    }


def left(network: Network, token: Token) -> int:
    """Seconds."""
    return int(((token.expires or network.now()) - network.now()).total_seconds())


def display(network: Network, form: Mapping[str, Any]) -> tuple[int, Json]:
    """/v2/oauth/token/: an answer without an envelope."""
    if not application(network, form.get("client_key"), form.get("client_secret")):
        return 401, {"error": "invalid_client", "error_description": "Client key or secret is incorrect."}
    old = given(network, form, "display ", "code")
    if old is None:
        return 400, {"error": "invalid_grant", "error_description": "Refresh token is invalid or expired."}
    access, refresh = fresh(network, old, "display ")
    return 200, {
        "access_token": access.secret,
        "token_type": "Bearer",
        "scope": ",".join(access.scopes),
        "expires_in": int(LIFETIME.total_seconds()),
        "refresh_token": refresh.secret,
        "refresh_expires_in": left(network, refresh),
        "open_id": open_id(access.account),
    }
