"""A session of an account on Bluesky, for its app password: what its own server tells the account alone is
asked for with it.

POST com.atproto.server.createSession  {identifier, password} -> {did, accessJwt, ...}      lexicon of the
PyPI package atproto {"error": "AuthenticationRequired", "message": "Invalid identifier or password"}
with 401: revoked, or mistyped

The server allows 30 of these in 5 minutes and 300 a day for each account
(docs.bsky.app/docs/advanced-guides/rate-limits, 2026-11-25). A session lives two hours, as its token says;
the app password makes the next one, so its refresh token is never used.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recordroom.errors import AccountUnavailable, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange, loads
from recordroom.platforms.bluesky.hosts import Servers, did_of_name, name_in
from recordroom.platforms.bluesky.platform import SIGN_IN
from recordroom.platforms.bluesky.views import words_of
from recordroom.platforms.contract import Token, TokenClient
from recordroom.platforms.http import failure
from recordroom.platforms.schema import TEXT, Shape, content_of

if TYPE_CHECKING:
    from recordroom.register.models import Account

SESSION = Shape({"did": TEXT, "accessJwt": TEXT})
REFUSED = frozenset({"AuthenticationRequired", "AuthFactorTokenRequired"})


def renew(account: Account, client: TokenClient) -> Token:
    """A session that is the account's own: what somebody else's server tells would be theirs."""
    did = did_of_name(account, client, name_in(account))
    server = Servers(account, client, did).of_account()
    if server is None:
        raise AccountUnavailable(
            f"the server of {account.url} cannot be found out", "Check its address in the register."
        )
    sent = {"identifier": did, "password": client.secrets["password"]}
    answer = client.post(
        f"{server}/xrpc/com.atproto.server.createSession",
        sent,
        expect=(200, 400, 401, 403, 429),
        as_json=True,
    )
    if answer.status != 200:
        raise _failure(answer)
    found = content_of(answer)
    SESSION.check(found, answer, "")
    if found["did"] != did:
        raise TokenExpired(f"the app password is that of {found['did']}, not of {account.url}", SIGN_IN)
    return Token({"token": found["accessJwt"]}, _end_of(found["accessJwt"]))


def _failure(answer: Exchange) -> Exception:
    words = words_of(answer)
    said = f"{answer.url}: HTTP {answer.status}: {words}"
    if words.partition(":")[0] in REFUSED:
        return TokenExpired(f"the account's server takes the app password no more ({said})", SIGN_IN)
    return failure(answer, words=words) or UnexpectedResponse(said, "It is asked for again.")


def _end_of(token: str) -> datetime | None:
    """As the token itself says (RFC 7519, section 4.1.4); None where it does not."""
    try:
        claims = loads(urlsafe_b64decode(token.split(".")[1] + "=="))
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, OSError):
        return None
