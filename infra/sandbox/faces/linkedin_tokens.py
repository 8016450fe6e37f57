"""LinkedIn's OAuth: an access token for 60 days from a refresh token that lives a year and is not renewed by
use.

Sources: learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens and
.../token-introspection. The application is a token of kind "app": its client id is the `user`, its client
secret the `secret`. It has one, so no proof key is wanted of it: whoever sends a `code_verifier` all the same
is not let in, which the pages do not say, and public issue threads do
(github.com/UsefulSoftwareCo/executor/issues/2087, github.com/teamhanko/hanko/pull/2405; 2026-11-25).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from infra.sandbox.faces.common import Refusal
from infra.sandbox.faces.linkedin_errors import NO_FORM
from infra.sandbox.faces.linkedin_urns import WHERE
from infra.sandbox.faces.oauth import redeem_code
from infra.sandbox.model import Token
from infra.sandbox.network import Network

Json = dict[str, Any]
LIFETIME, REFRESHABLE = timedelta(days=60), timedelta(days=365)
INVALID = "The provided authorization grant or refresh token is invalid, expired or revoked"


def application(network: Network, form: Mapping[str, str]) -> None:
    """Refuses who is not the application."""
    known = network.token(WHERE, form.get("client_secret", ""), form.get("client_id", ""))
    if known is None or known.kind != "app" or "code_verifier" in form:
        raise Refusal(401, "invalid_client", "Client authentication failed")


def left(network: Network, token: Token) -> int:
    """Seconds."""
    ends = token.expires or network.now() + REFRESHABLE
    return max(0, int((ends - network.now()).total_seconds()))


def refreshed(network: Network, form: Mapping[str, str]) -> Json:
    """Another access token, for a refresh token or a consent; the ones before live on until their own ends."""
    application(network, form)
    if form.get("grant_type") not in ("refresh_token", "authorization_code"):
        raise Refusal(*NO_FORM)
    consented = form["grant_type"] == "authorization_code"
    refresh = _consented(network, form) if consented else network.token(WHERE, form.get("refresh_token", ""))
    if refresh is None or refresh.kind != "refresh":
        raise Refusal(400, "invalid_grant", INVALID)
    count = sum(one.where == WHERE and one.account == refresh.account for one in network.tokens)
    more: Json = {"scopes": refresh.scopes, "expires": network.now() + LIFETIME}
    fresh = network.grant(WHERE, f"{refresh.secret}~{count}", refresh.account, **more)
    return {
        "access_token": fresh.secret,
        "expires_in": left(network, fresh),
        "refresh_token": refresh.secret,
        "refresh_token_expires_in": left(network, refresh),
        "scope": ",".join(refresh.scopes),
    }


def _consented(network: Network, form: Mapping[str, str]) -> Token | None:
    """The refresh token that a consent gives."""
    code = redeem_code(network, WHERE, form)
    ends = network.now() + REFRESHABLE
    return code and network.grant(
        WHERE, f"AQX{code.secret}", code.account, kind="refresh", scopes=code.scopes, expires=ends
    )


def introspected(network: Network, form: Mapping[str, str]) -> Json:
    """What is known of a token: whether it lives, how long, and for what."""
    application(network, form)
    secret = form.get("token", "")
    token = next(
        (one for one in network.tokens if one.where == WHERE and one.secret == secret and one.kind != "app"),
        None,
    )
    if token is None:
        return {"active": False}
    alive, granted = network.lives(token), int((token.granted or network.start).timestamp())
    return {
        "active": alive,
        "auth_type": "3L",
        "authorized_at": granted,
        "client_id": form["client_id"],
        "created_at": granted,
        "expires_at": (
            int(network.now().timestamp()) + left(network, token)
            if alive
            else int((token.expires or network.now()).timestamp())
        ),
        "scope": ",".join(token.scopes),
        "status": "active" if alive else "revoked" if token.reason == "revoked" else "expired",
    }
