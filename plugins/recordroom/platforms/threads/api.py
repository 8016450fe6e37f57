"""Consent and renewal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recordroom.platforms.contract import Code, Token, TokenClient
from recordroom.platforms.meta.tokens import granted, renewed
from recordroom.platforms.threads.platform import HOST

if TYPE_CHECKING:
    from recordroom.register.models import Account


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    """https://developers.facebook.com/documentation/threads/get-started/get-access-tokens-and-permissions,
    2026-11-25
    """
    host = (account.api_url or HOST).rstrip("/")
    return granted(client, f"{host}/oauth/access_token", f"{host}/access_token", "th_exchange_token", code)


def renew(account: Account, client: TokenClient) -> Token:
    """https://developers.facebook.com/docs/threads/get-started/long-lived-tokens, 2026-11-25"""
    return renewed(
        client, f"{(account.api_url or HOST).rstrip('/')}/refresh_access_token", "th_refresh_token"
    )
