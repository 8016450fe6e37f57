"""Meta's three logins: a consent page each, a code that becomes a token for an hour or two, and that one one
for sixty days.

Sources: developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow,
.../guides/access-tokens/get-long-lived,
.../instagram-platform/instagram-api-with-instagram-login/business-login and .../threads/get-started/get-access-tokens-and-permissions;
what Facebook says of codes and of a wrong secret, as quoted in public issue threads
(github.com/laravel/socialite/issues/385, github.com/scribejava/scribejava/issues/605). The application is a
token of kind "app": its id is the `user`. It differs from the real ones in this: any address of https may be
come back to; who consents on Facebook lets all Pages be read that they manage.
"""

import hashlib
from collections.abc import Mapping
from datetime import timedelta

from infra.sandbox.faces.common import Refusal
from infra.sandbox.faces.meta_errors import error
from infra.sandbox.faces.oauth import redeem_code
from infra.sandbox.model import Token
from infra.sandbox.network import Network

SHORT, LONG = timedelta(hours=1), timedelta(days=60)
SPENT = "Matching code was not found or was already used"
NO_SECRET = "Error validating client secret."  # noqa: S105 (words)


def application(network: Network, where: str, form: Mapping[str, str]) -> bool:
    known = network.token(where, form.get("client_secret", ""), form.get("client_id", ""))
    return known is not None and known.kind == "app"


def granted(network: Network, old: Token, kind: str, lives: timedelta) -> Token:
    """Another token of whom an older one, or a code, is."""
    count = sum(one.where == old.where for one in network.tokens)
    begins = {"user": "EAA", "instagram": "IGAA", "threads": "THAA"}[kind]
    secret = f"{begins}{hashlib.sha256(f'{old.secret} {count}'.encode()).hexdigest()}"
    return network.grant(
        old.where, secret, old.account, kind=kind, scopes=old.scopes, expires=network.now() + lives
    )


def personal(network: Network, where: str, asked: Mapping[str, str]) -> Token:
    """Facebook's /oauth/access_token: a person's token for a code, or for a shorter one of theirs."""
    if not application(network, where, asked):
        raise Refusal(400, error(1, message=NO_SECRET))
    if asked.get("grant_type") == "fb_exchange_token":
        old = network.token(where, asked.get("fb_exchange_token", ""))
        if old is None or old.kind != "user":
            raise Refusal(400, error(190))
        return granted(network, old, "user", LONG)
    words = _why(network, where, asked.get("code", ""))
    code = redeem_code(network, where, asked)
    if code is None:
        raise Refusal(400, error(100, message=words))
    return granted(network, code, "user", SHORT)


def _why(network: Network, where: str, secret: str) -> str:
    """What Facebook says of a code that it does not take."""
    code = next(
        (one for one in network.tokens if (one.where, one.kind, one.secret) == (where, "code", secret)), None
    )
    if code is None:
        return "Invalid verification code format."
    if not network.lives(code):
        return f"This authorization code has {'been used' if code.reason == 'spent' else 'expired'}."
    same = "Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request"
    return f"Error validating verification code. {same}"
