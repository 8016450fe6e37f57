"""The account's own token, made by its consent."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from recordroom.platforms import Code, Token, TokenClient, oauth
from recordroom.platforms.vimeo.api import base_of
from recordroom.platforms.vimeo.platform import ACCEPT

if TYPE_CHECKING:
    from recordroom.register.models import Account


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    """The app names itself in a header (https://developer.vimeo.com/api/authentication, 2026-11-25); the token has no end."""
    app = b64encode(":".join(client.secrets[name] for name in oauth.APP).encode()).decode()
    return oauth.exchanged(
        client, f"{base_of(account)}/oauth/access_token", code, headers={"Authorization": f"Basic {app}", "Accept": ACCEPT}
    )
