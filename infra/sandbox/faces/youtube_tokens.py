"""Google's OAuth: an access token for an hour, for a refresh token that stays as it is, which a consent
gives.

Source: developers.google.com/identity/protocols/oauth2/web-server#offline. The application is a token of kind
"app": its client id is the `user`, its client secret the `secret`; a refresh token is one of kind "refresh".
"""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from infra.sandbox.faces import youtube_ids as ids
from infra.sandbox.faces.oauth import redeem_code
from infra.sandbox.faces.youtube_sight import WHERE
from infra.sandbox.model import Token
from infra.sandbox.network import Network

LIFETIME = timedelta(seconds=3599)


def answered(network: Network, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    """The status and the answer to a posted form."""
    known = network.token(WHERE, form.get("client_secret", ""), form.get("client_id", ""))
    if known is None or known.kind != "app":
        return 401, {"error": "invalid_client", "error_description": "The OAuth client was not found."}
    consented = form.get("grant_type") == "authorization_code"
    if not consented and form.get("grant_type") != "refresh_token":
        return 400, {
            "error": "unsupported_grant_type",
            "error_description": f"Invalid grant_type: {form.get('grant_type', '')}",
        }
    refresh = _offline(network, form) if consented else network.token(WHERE, form.get("refresh_token", ""))
    if refresh is None or refresh.kind != "refresh":
        return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
    count = sum(one.where == WHERE and one.account == refresh.account for one in network.tokens)
    more: dict[str, Any] = {
        "scopes": refresh.scopes,
        "expires": network.now() + LIFETIME,
        "parent": refresh.secret,
    }
    secret = ids.encode(hashlib.sha256(f"{refresh.secret} {count}".encode()).digest())
    fresh = network.grant(WHERE, f"ya29.{secret}", refresh.account, **more)
    told = {
        "access_token": fresh.secret,
        "expires_in": int(LIFETIME.total_seconds()),
        "scope": " ".join(refresh.scopes),
    }
    return 200, {**told, "token_type": "Bearer", **({"refresh_token": refresh.secret} if consented else {})}


def _offline(network: Network, form: Mapping[str, str]) -> Token | None:
    """The refresh token that a consent gives."""
    code = redeem_code(network, WHERE, form)
    return code and network.grant(
        WHERE, f"1//{code.secret}", code.account, kind="refresh", scopes=code.scopes
    )
