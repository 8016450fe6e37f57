"""Instagram's API: its two hosts, and the tokens of its two logins.

A token of Instagram's own login is for graph.instagram.com, one of Facebook's login for graph.facebook.com.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recordroom.platforms.contract import Client, Code, Token, TokenClient
from recordroom.platforms.instagram.platform import FACEBOOK_PREFIX, SCOPES
from recordroom.platforms.meta.tokens import exchange_code, inspected, renew_token

if TYPE_CHECKING:
    from recordroom.register.models import Account

VERSION = "v26.0"  # https://developers.facebook.com/docs/graph-api/changelog/, 2026-11-24
INSTAGRAM, FACEBOOK = "https://graph.instagram.com", "https://graph.facebook.com"
CODES = "https://api.instagram.com"  # where the code of a consent is exchanged


def is_of_facebook(client: Client) -> bool:
    """Return whether the token is of Facebook's login."""
    return client.secrets.get("token", "").startswith(FACEBOOK_PREFIX)


def base_of(account: Account, client: Client) -> str:
    """Return the address of the API for the token's login."""
    host = account.api_url or (FACEBOOK if is_of_facebook(client) else INSTAGRAM)
    return f"{host.rstrip('/')}/{VERSION}"


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    """Return the token for 60 days that a consent to Instagram's login gives.

    https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/business-login,
    2026-11-25.
    """
    codes, tokens = ((account.api_url or host).rstrip("/") for host in (CODES, INSTAGRAM))
    return exchange_code(
        client,
        f"{codes}/oauth/access_token",
        f"{tokens}/access_token",
        "ig_exchange_token",
        code,
        needs=SCOPES,
    )


def renew(account: Account, client: TokenClient) -> Token:
    """Return the next token for 60 days of Instagram's login.

    https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token, 2026-11-25.
    """
    host = (account.api_url or INSTAGRAM).rstrip("/")
    return renew_token(client, f"{host}/refresh_access_token", "ig_refresh_token")


def inspect(account: Account, client: TokenClient) -> Token:
    """Return when a token of Facebook's login ends.

    It is asked for by the token itself: an ID and a secret in the connection are those of Instagram's login.
    """
    token = client.secrets["token"]
    return inspected(client, base_of(account, client), token, token)
