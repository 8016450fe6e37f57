"""The account's own token: made by its consent, and made anew each day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from recordroom.errors import Throttled, TokenExpired
from recordroom.platforms import oauth
from recordroom.platforms.contract import Code, Token, TokenClient
from recordroom.platforms.tiktok.api import base_of, data_of, failure
from recordroom.platforms.tiktok.shapes import GRANT

if TYPE_CHECKING:
    from recordroom.register.models import Account


def renew(account: Account, client: TokenClient) -> Token:
    return _token(
        account,
        client,
        "refresh_token",
        {"grant_type": "refresh_token", "refresh_token": client.secrets["refresh_token"]},
    )


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    form = {"grant_type": "authorization_code", "auth_code": code.code, "redirect_uri": code.redirect}
    return _token(account, client, "token", form)


def _token(account: Account, client: TokenClient, name: str, form: Mapping[str, str]) -> Token:
    """A token lives a day, the refresh token that it is made anew with a year, and may come back as another.
    `user` is the open_id, by which the app knows the account. The codes that would tell a dead refresh token
    from a mistake of the app are not documented."""
    app = {name: client.secrets[name] for name in oauth.APP}
    answer = client.post(
        f"{base_of(account)}/tt_user/oauth2/{name}/",
        {**app, **form},
        as_json=True,
        expect=(200, *oauth.ERRORS),
    )
    problem = failure(answer)
    if isinstance(problem, Throttled):
        raise problem
    if problem is not None:
        raise TokenExpired(f"TikTok made no token: {problem.message}", f"{oauth.SETTINGS} {oauth.CONSENT}")
    told = data_of(answer)
    GRANT.check(told, answer, "/data")
    values = {
        "token": told["access_token"],
        "refresh_token": told.get("refresh_token"),
        "user": told.get("open_id"),
    }
    ends = (oauth.after(answer, told.get(name)) for name in ("expires_in", "refresh_token_expires_in"))
    return Token({name: value for name, value in values.items() if value}, *ends)
