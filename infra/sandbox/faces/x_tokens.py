"""X's OAuth 2.0: an access token for two hours, and a refresh token that is spent by use and comes back as
another.

Source: docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code. The application is a token of
kind "app": its client id is the `user`, its client secret the `secret`; one without a secret of its own names
its id in the form (client_id).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from infra.sandbox.faces.common import Refusal
from infra.sandbox.faces.oauth import redeem_code
from infra.sandbox.faces.x_ids import WHERE
from infra.sandbox.model import Token
from infra.sandbox.network import Network

Json = dict[str, Any]
LIFETIME, REFRESHABLE = timedelta(hours=2), timedelta(days=180)
OFFLINE = "offline.access"


def _oauth(status: int, error: str, words: str) -> Refusal:
    return Refusal(status, {"error": error, "error_description": words})


def application(network: Network, basic: tuple[str, str] | None) -> None:
    """Refuses who is not the application."""
    known = network.token(WHERE, basic[1], basic[0]) if basic else None
    if known is None or known.kind != "app":
        raise _oauth(401, "unauthorized_client", "Missing valid authorization header")


def refreshed(network: Network, form: Mapping[str, str], basic: tuple[str, str] | None) -> Json:
    """Another pair, for a refresh token or a consent. A refresh token that was used once is worth nothing:
    who loses the answer has lost the account."""
    application(network, basic)
    if form.get("grant_type") == "authorization_code":
        if (refresh := redeem_code(network, WHERE, form)) is None:
            raise _oauth(400, "invalid_request", "Value passed for the authorization code was invalid.")
    else:
        spent = network.token(WHERE, form.get("refresh_token", ""))
        if form.get("grant_type") != "refresh_token" or spent is None or spent.kind != "refresh":
            raise _oauth(400, "invalid_request", "Value passed for the token was invalid.")
        network.expire_token(WHERE, secret=spent.secret, reason="spent")
        refresh = spent
    access, again = (
        _granted(network, refresh, kind, lives) for kind, lives in (("", LIFETIME), ("refresh", REFRESHABLE))
    )
    told = {
        "token_type": "bearer",
        "expires_in": int(LIFETIME.total_seconds()),
        "access_token": access.secret,
    }
    return {**told, "scope": " ".join(refresh.scopes or [OFFLINE]), "refresh_token": again.secret}


def _granted(network: Network, refresh: Token, kind: str, lives: timedelta) -> Token:
    count = sum(one.where == WHERE and one.account == refresh.account for one in network.tokens)
    secret = f"{refresh.secret.partition('~')[0]}~{kind or 'access'}{count}"
    return network.grant(
        WHERE, secret, refresh.account, kind=kind, scopes=refresh.scopes, expires=network.now() + lives
    )
