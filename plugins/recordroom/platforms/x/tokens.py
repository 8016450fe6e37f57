"""A person's token: made by their consent, and made anew before it ends."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING

from recordroom.errors import TokenExpired
from recordroom.platforms import oauth
from recordroom.platforms.contract import Code, Token, TokenClient
from recordroom.platforms.x.api import base_of

if TYPE_CHECKING:
    from recordroom.register.models import Account


def renew(account: Account, client: TokenClient) -> Token:
    """A person's token lives two hours; the refresh token that it is made anew with is spent by use, and
    comes back as another (https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code,
    2026-11-25). An app's own token never ends."""
    return _token(
        account, client, {"grant_type": "refresh_token", "refresh_token": client.secrets["refresh_token"]}
    )


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    form = {
        "grant_type": "authorization_code",
        "code": code.code,
        "redirect_uri": code.redirect,
        "code_verifier": code.verifier,
    }
    return _token(account, client, form)


def _token(account: Account, client: TokenClient, form: Mapping[str, str]) -> Token:
    """The app says who it is in a header. A token or code that is spent or revoked is `invalid_request`, as a
    mistake of the app is: the words tell them apart."""
    app = ":".join(client.secrets[name] for name in oauth.APP)
    headers = {"Authorization": f"Basic {base64.b64encode(app.encode()).decode()}"}
    answer = client.post(
        f"{base_of(account)}/2/oauth2/token", form, headers=headers, expect=(200, *oauth.ERRORS)
    )
    if answer.status == 400 and b" was invalid" in answer.body:
        raise TokenExpired("X made no new token: what was sent for it is spent or revoked", oauth.CONSENT)
    return oauth.token_of(answer)
