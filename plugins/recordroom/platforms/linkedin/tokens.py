"""A member's token: made by their consent, made anew from the refresh token, and when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recordroom.errors import Blocked
from recordroom.platforms import Code, Token, TokenClient, oauth
from recordroom.platforms.linkedin.platform import OAUTH
from recordroom.platforms.linkedin.shapes import INSPECTED
from recordroom.platforms.linkedin.urns import moment_of
from recordroom.platforms.shapes import content_of

if TYPE_CHECKING:
    from recordroom.register.models import Account


def renew(account: Account, client: TokenClient) -> Token:
    """Another access token for the refresh token, which stays as it is and lives for a year from the consent."""
    return oauth.refreshed(client, _endpoint(account))


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    return oauth.exchanged(client, _endpoint(account), code)


def inspect(account: Account, client: TokenClient) -> Token:
    """When the token ends. LinkedIn tells the app alone: https://learn.microsoft.com/en-us/linkedin/shared/authentication/token-introspection,
    2026-11-25."""
    if lacking := [name for name in oauth.APP if name not in client.secrets]:
        raise Blocked(f"LinkedIn tells of a token's end to the app only: the connection lacks {', '.join(lacking)}")
    form = {"token": client.secrets["token"], **{name: client.secrets[name] for name in oauth.APP}}
    answer = client.post(_endpoint(account, "introspectToken"), form)
    told = content_of(answer)
    INSPECTED.check(told, answer, "")
    return Token({}, None if told.get("expires_at") is None else moment_of(told["expires_at"] * 1000, answer, "/expires_at"))


def _endpoint(account: Account, name: str = "accessToken") -> str:
    return f"{account.api_url.rstrip('/') if account.api_url else OAUTH}/oauth/v2/{name}"
