"""Consent, renewal and what a token says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recordroom.platforms.contract import Client, Code, Token, TokenClient
from recordroom.platforms.instagram.platform import FACEBOOKS, SCOPES
from recordroom.platforms.meta.tokens import granted, inspected, renewed

if TYPE_CHECKING:
    from recordroom.register.models import Account

VERSION = "v26.0"  # https://developers.facebook.com/docs/graph-api/changelog/, 2026-11-24
INSTAGRAM, FACEBOOK = "https://graph.instagram.com", "https://graph.facebook.com"
CODES = "https://api.instagram.com"


def is_facebooks(client: Client) -> bool:
    return client.secrets.get("token", "").startswith(FACEBOOKS)


def base_of(account: Account, client: Client) -> str:
    host = account.api_url or (FACEBOOK if is_facebooks(client) else INSTAGRAM)
    return f"{host.rstrip('/')}/{VERSION}"


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    """Of Instagram's login;
    https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/business-login,
    2026-11-25."""
    endpoint, longer = (f"{(account.api_url or host).rstrip('/')}" for host in (CODES, INSTAGRAM))
    return granted(
        client,
        f"{endpoint}/oauth/access_token",
        f"{longer}/access_token",
        "ig_exchange_token",
        code,
        needs=SCOPES,
    )


def renew(account: Account, client: TokenClient) -> Token:
    """Of Instagram's login alone;
    https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token, 2026-11-25.
    """
    return renewed(
        client, f"{(account.api_url or INSTAGRAM).rstrip('/')}/refresh_access_token", "ig_refresh_token"
    )


def inspect(account: Account, client: TokenClient) -> Token:
    """Of Facebook's login, of itself: an id and a secret in the connection are those of Instagram's login."""
    token = client.secrets["token"]
    return inspected(client, base_of(account, client), token, token)
