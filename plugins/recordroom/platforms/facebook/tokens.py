"""The Page's token: what a consent gives, and when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recordroom.platforms.contract import Code, Token, TokenClient
from recordroom.platforms.facebook.login import page_token, token_ends
from recordroom.platforms.facebook.platform import base_of

if TYPE_CHECKING:
    from recordroom.register.models import Account


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    return page_token(account, client, code, base_of(account))


def inspect(account: Account, client: TokenClient) -> Token:
    return token_ends(client, base_of(account), client.secrets["token"])
