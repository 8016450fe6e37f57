"""X's OAuth 2.0.

An access token lives for two hours. Each use replaces a refresh token.

Source: docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code.
"""

from collections.abc import Mapping

from infra.sandbox.faces.common import Json, Refusal
from infra.sandbox.faces.oauth import (
    TERMS,
    count_tokens,
    find_app,
    issue_refresh_token,
    issue_token,
    redeem_code,
)
from infra.sandbox.faces.x.access import WHERE
from infra.sandbox.network import Network

OFFLINE = "offline.access"


def refuse_token(status: int, error: str, description: str) -> Refusal:
    return Refusal(status, {"error": error, "error_description": description})


def exchange_token(network: Network, form: Mapping[str, str], app: tuple[str, str] | None) -> Json:
    """Grant a pair of tokens for a refresh token or a code, and spend it.

    A client that loses this response has lost access to the account. app: the client ID and client secret; an
    application without a secret names its ID in the form (client_id).
    """
    if app is None or not find_app(network, WHERE, *app):
        raise refuse_token(401, "unauthorized_client", "Missing valid authorization header")
    if form.get("grant_type") == "authorization_code":
        source = redeem_code(network, WHERE, form)
        if source is None:
            raise refuse_token(400, "invalid_request", "Value passed for the authorization code was invalid.")
    else:
        source = network.token(WHERE, form.get("refresh_token", ""))
        if form.get("grant_type") != "refresh_token" or source is None or source.kind != "refresh":
            raise refuse_token(400, "invalid_request", "Value passed for the token was invalid.")
        network.expire_token(WHERE, secret=source.secret, reason="spent")
    stem = source.secret.partition("~")[0]
    access = issue_token(network, source, f"{stem}~access{count_tokens(network, WHERE, source.account)}")
    refresh = issue_refresh_token(
        network, source, f"{stem}~refresh{count_tokens(network, WHERE, source.account)}"
    )
    return {
        "token_type": "bearer",
        "expires_in": int(TERMS[WHERE].access.total_seconds()),
        "access_token": access.secret,
        "scope": " ".join(source.scopes or [OFFLINE]),
        "refresh_token": refresh.secret,
    }
