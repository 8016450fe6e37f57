"""The token of a channel's owner: for an hour at a time, from their consent or from the refresh token that it gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recordroom.platforms import Code, Token, TokenClient, oauth
from recordroom.platforms.youtube.platform import TOKENS

if TYPE_CHECKING:
    from recordroom.register.models import Account


def renew(account: Account, client: TokenClient) -> Token:
    """An access token for the next hour; the refresh token stays as it is."""
    return oauth.refreshed(client, _tokens(account))


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    return oauth.exchanged(client, _tokens(account), code)


def _tokens(account: Account) -> str:
    return f"{account.api_url.rstrip('/')}/token" if account.api_url else TOKENS
