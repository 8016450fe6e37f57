"""TikTok's errors and tokens.

An access token lives for a day. A refresh token lives for a year, and each use replaces it.

The Accounts API reports an error as a code in a response of HTTP 200, the Display API as a word with a
status. In the Display API, refresh tokens are of kind "display refresh" and access tokens of kind "display".

Sources: business-api.tiktok.com/portal/docs (return codes; TikTok accounts, authentication),
developers.tiktok.com/doc/tiktok-api-v2-error-handling and .../oauth-user-access-token-management. If no
public response shows the message of an error, the message here is our own. No page documents the code for a
dead refresh token: here it is an invalid parameter. Neither API requires a verifier (RFC 7636).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.sandbox.faces.common import Json, Refusal
from infra.sandbox.faces.oauth import TERMS, count_tokens, find_app, issue_token
from infra.sandbox.faces.tiktok.entities import WHERE, open_id
from infra.sandbox.model import Token
from infra.sandbox.network import Network


@dataclass(frozen=True)
class Problem:
    """An error in the forms of both APIs."""

    code: int  # Accounts API
    message: str  # default message
    word: str  # Display API
    status: int  # Display API

    def refuse(self, message: str = "") -> Refusal:
        return Refusal(self.status, self, message or self.message)


NO_PERMISSION = Problem(
    40001, "Permission error: the access token does not have what this needs.", "scope_not_authorized", 401
)
INVALID = Problem(40002, "Invalid parameter", "invalid_params", 400)
RATE = Problem(40100, "Too many requests. Please retry in some time.", "rate_limit_exceeded", 429)
EXPIRED = Problem(40102, "Access token is expired.", "access_token_invalid", 401)
NO_TOKEN = Problem(40104, "Access token is null.", "access_token_invalid", 401)
DEAD_TOKEN = Problem(40105, "Access token is incorrect or has been revoked.", "access_token_invalid", 401)


def grant_business(network: Network, form: Mapping[str, Any]) -> Json:
    """Return the data of /tt_user/oauth2/token/ and /tt_user/oauth2/refresh_token/."""
    if not find_app(network, WHERE, form.get("client_id"), form.get("client_secret")):
        raise INVALID.refuse("client_id or client_secret is invalid")
    source = _find_source(network, form, "", "auth_code")
    if source is None:
        raise INVALID.refuse("The auth_code or refresh_token is invalid or expired")
    return _issue_pair(network, source, "", "refresh_token_expires_in")


def grant_display(network: Network, form: Mapping[str, Any]) -> tuple[int, Json]:
    """Return the status and body of /v2/oauth/token/, which has no envelope."""
    if not find_app(network, WHERE, form.get("client_key"), form.get("client_secret")):
        return 401, {"error": "invalid_client", "error_description": "Client key or secret is incorrect."}
    source = _find_source(network, form, "display ", "code")
    if source is None:
        return 400, {"error": "invalid_grant", "error_description": "Refresh token is invalid or expired."}
    return 200, _issue_pair(network, source, "display ", "refresh_expires_in")


def _find_source(network: Network, form: Mapping[str, Any], api: str, code: str) -> Token | None:
    """Return the living refresh token or code to exchange.

    A code is bound to its redirect address.

    api: prefix of the kinds of tokens ("display " or ""). code: name of the parameter with the code.
    """
    is_consent = form.get("grant_type") == "authorization_code"
    if not is_consent and form.get("grant_type") != "refresh_token":
        return None
    found = network.token(WHERE, str(form.get(code if is_consent else "refresh_token")))
    if found is None or found.kind != ("code" if is_consent else f"{api}refresh"):
        return None
    return found if not is_consent or found.bound.partition(" ")[0] == form.get("redirect_uri") else None


def _issue_pair(network: Network, source: Token, api: str, expires_field: str) -> Json:
    """Grant an access token and the next refresh token, and spend the source.

    expires_field: name of the field with the seconds until the refresh token expires.
    """
    digest = hashlib.sha256(f"{source.secret} {count_tokens(network, WHERE)}".encode()).hexdigest()[:40]
    access = issue_token(network, source, f"act.{digest}", kind=api.strip())
    lifetime = TERMS[WHERE].refresh
    expires = network.now() + lifetime if lifetime else None
    if source.kind.endswith("refresh") and source.expires:
        expires = source.expires
    refresh = issue_token(network, source, f"rft.{digest}", kind=f"{api}refresh", expires=expires)
    network.expire_token(WHERE, secret=source.secret)
    return {
        "access_token": access.secret,
        "token_type": "Bearer",
        "scope": ",".join(access.scopes),
        "expires_in": int(TERMS[WHERE].access.total_seconds()),
        "refresh_token": refresh.secret,
        expires_field: int(((expires or network.now()) - network.now()).total_seconds()),
        "open_id": open_id(access.account),
    }
