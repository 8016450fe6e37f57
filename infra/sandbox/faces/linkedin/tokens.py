"""LinkedIn's OAuth.

An access token lives for 60 days, a refresh token for a year. Use does not change a refresh token.

Sources: learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens and
.../token-introspection. A request with a `code_verifier` is refused, since the application has a secret. The
pages do not say so, but public issue threads do (github.com/UsefulSoftwareCo/executor/issues/2087,
github.com/teamhanko/hanko/pull/2405; 2026-11-25).
"""

from collections.abc import Mapping

from infra.sandbox.faces.common import Json, Refusal
from infra.sandbox.faces.linkedin.access import WHERE
from infra.sandbox.faces.linkedin.errors import NO_FORM
from infra.sandbox.faces.oauth import (
    TERMS,
    count_tokens,
    find_app,
    issue_refresh_token,
    issue_token,
    redeem_code,
)
from infra.sandbox.model import Token
from infra.sandbox.network import Network

INVALID = "The provided authorization grant or refresh token is invalid, expired or revoked"


def check_app(network: Network, form: Mapping[str, str]) -> None:
    """Refuse a form that does not identify the application."""
    app = find_app(network, WHERE, form.get("client_id", ""), form.get("client_secret", ""))
    if app is None or "code_verifier" in form:
        raise Refusal(401, "invalid_client", "Client authentication failed")


def count_seconds_left(network: Network, token: Token) -> int:
    ends = token.expires or network.now() + (TERMS[WHERE].refresh or TERMS[WHERE].access)
    return max(0, int((ends - network.now()).total_seconds()))


def exchange_token(network: Network, form: Mapping[str, str]) -> Json:
    """Grant an access token for a refresh token or a code.

    Earlier ones live until their own ends.
    """
    check_app(network, form)
    if form.get("grant_type") == "authorization_code":
        code = redeem_code(network, WHERE, form)
        refresh = code and issue_refresh_token(network, code, f"AQX{code.secret}")
    elif form.get("grant_type") == "refresh_token":
        refresh = network.token(WHERE, form.get("refresh_token", ""))
    else:
        raise Refusal(*NO_FORM)
    if refresh is None or refresh.kind != "refresh":
        raise Refusal(400, "invalid_grant", INVALID)
    number = count_tokens(network, WHERE, refresh.account)
    access = issue_token(network, refresh, f"{refresh.secret}~{number}")
    return {
        "access_token": access.secret,
        "expires_in": count_seconds_left(network, access),
        "refresh_token": refresh.secret,
        "refresh_token_expires_in": count_seconds_left(network, refresh),
        "scope": ",".join(refresh.scopes),
    }


def introspect_token(network: Network, form: Mapping[str, str]) -> Json:
    """Describe a token: whether it is active, until when, and for which scopes."""
    check_app(network, form)
    known = (one for one in network.tokens if one.where == WHERE and one.kind != "app")
    token = next((one for one in known if one.secret == form.get("token", "")), None)
    if token is None:
        return {"active": False}
    is_active, granted = network.lives(token), int((token.granted or network.start).timestamp())
    now = int(network.now().timestamp())
    return {
        "active": is_active,
        "auth_type": "3L",
        "authorized_at": granted,
        "client_id": form["client_id"],
        "created_at": granted,
        "expires_at": (
            now + count_seconds_left(network, token)
            if is_active
            else int((token.expires or network.now()).timestamp())
        ),
        "scope": ",".join(token.scopes),
        "status": "active" if is_active else "revoked" if token.reason == "revoked" else "expired",
    }
