"""OAuth: the consent page, the code, and the terms of each platform's tokens.

On the consent page, the administrator of an account lets an application read it; the platform then sends the
browser back to the application with a code (RFC 6749, 4.1; RFC 7636). The real pages ask for a sign-in first,
this one does not. A code is a token of kind "code". It works once, for ten minutes, with the redirect address
and the verifier that it is `bound` to. An application is a token of kind "app": its client ID is the `user`,
its client secret the `secret`. If the request names a set of permissions of the application (Facebook Login
for Business), the page asks for the `scopes` of the application instead; `bound` is the name of that set.

The token endpoints are part of each face, since their parameters, errors, and responses differ.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Response, request

from infra.sandbox.faces.common import reply
from infra.sandbox.model import Token
from infra.sandbox.network import Network

CODE_LIFETIME, HTML = timedelta(minutes=10), "text/html; charset=utf-8"
DENIED_BY_META = {"error_reason": "user_denied", "error_description": "The user denied your request"}


@dataclass(frozen=True)
class Terms:
    """How the consent page and the tokens of one platform differ from others."""

    access: timedelta = timedelta(hours=1)  # lifetime of an access token
    refresh: timedelta | None = None  # lifetime of a refresh token; None: no end, or no refresh tokens
    app_field: str = "client_id"  # the parameter with the application's ID
    separator: str = " "  # between scopes
    is_https_only: bool = False  # the redirect address must be https
    has_optional_scopes: bool = False  # the administrator may leave out single scopes
    # parameters of the redirect after "Decline"
    denial: Mapping[str, str] = field(
        default_factory=lambda: {"error_description": "The user denied the request"}
    )
    fragment: str = ""  # of the redirect


META = Terms(separator=",", is_https_only=True, has_optional_scopes=True, denial=DENIED_BY_META, fragment="_")
TERMS = {
    "facebook": replace(
        META,
        denial={**DENIED_BY_META, "error_code": "200", "error_description": "Permissions error"},
        fragment="_=_",
    ),
    "instagram": META,
    "threads": META,
    "linkedin": Terms(access=timedelta(days=60), refresh=timedelta(days=365)),
    "youtube": Terms(access=timedelta(seconds=3599)),
    "vimeo": Terms(),
    "x": Terms(access=timedelta(hours=2), refresh=timedelta(days=180)),
    "tiktok": Terms(
        access=timedelta(days=1), refresh=timedelta(days=365), app_field="client_key", separator=","
    ),
}


def consent_page(network: Network, where: str) -> Callable[..., Response]:
    """Return the view of a platform's consent page."""
    terms = TERMS[where]

    def view(**_: str) -> Response:
        asked = request.args
        apps = (one for one in network.tokens if (one.where, one.kind) == (where, "app"))
        app = next((one for one in apps if one.user == asked.get(terms.app_field)), None)
        scopes = _requested_scopes(app, asked, terms) if app else []
        if not scopes or asked.get("response_type") != "code" or not _is_redirect_allowed(asked, terms):
            return reply(_html, "<p>This application is not known, or what it asks for is not.", 400, HTML)
        if "answer" not in asked:
            return reply(
                _html, _choices(network, where, scopes if terms.has_optional_scopes else []), 200, HTML
            )
        return reply(_html, "", 302, HTML, {"Location": _redirect(network, where, asked, scopes)})

    return view


def _is_redirect_allowed(asked: Mapping[str, str], terms: Terms) -> bool:
    schemes = ("https",) if terms.is_https_only else ("http", "https")
    return urlsplit(asked.get("redirect_uri", "")).scheme in schemes


def _requested_scopes(app: Token, asked: Mapping[str, str], terms: Terms) -> list[str]:
    """Return the requested scopes, except those that the administrator leaves out."""
    is_set = app.bound and asked.get("config_id") == app.bound
    wanted = app.scopes if is_set else asked.get("scope", "").split(terms.separator)
    return [scope for scope in wanted if scope and scope != asked.get("without")]


def _choices(network: Network, where: str, optional: Sequence[str]) -> str:
    """Return the links of the page: one for each account, and one to decline.

    Accounts that manage others consent for them. If there are none, each agency account consents for itself.
    """
    here = [account for account in network.accounts.values() if account.where == where]
    own = [account for account in here if account.manages] or [account for account in here if account.staff]
    links = [(f"Allow as {account.name}", _link(answer=account.handle)) for account in own]
    links += [
        (f"Without {scope} as {account.name}", _link(answer=account.handle, without=scope))
        for account in own
        for scope in optional
    ]
    links += [("Decline", _link(answer=""))]
    return "\n".join(f'<p><a href="{escape(address)}">{escape(words)}</a>' for words, address in links)


def _link(**more: str) -> str:
    return f"?{urlencode({**request.args, **more})}"


def _redirect(network: Network, where: str, asked: Mapping[str, str], scopes: list[str]) -> str:
    """Return the redirect address, with a new code or with the denial."""
    result = {"state": asked.get("state", "")}
    if not asked["answer"]:
        result |= {"error": "access_denied", **TERMS[where].denial}
    else:
        count = sum(one.kind == "code" for one in network.tokens)
        secret = hashlib.sha256(f"{where} {count} {result['state']}".encode()).hexdigest()
        bound = f"{asked['redirect_uri']} {asked.get('code_challenge', '')}"
        more: dict[str, Any] = {"kind": "code", "scopes": scopes, "bound": bound}
        network.grant(
            where, secret, f"{where}/{asked['answer']}", expires=network.now() + CODE_LIFETIME, **more
        )
        result["code"] = secret
    parts = urlsplit(asked["redirect_uri"])
    query = urlencode([*parse_qsl(parts.query), *result.items()])
    return urlunsplit(parts._replace(query=query, fragment=TERMS[where].fragment))


def redeem_code(network: Network, where: str, form: Mapping[str, str], name: str = "code") -> Token | None:
    """Return the code in a form and spend it.

    Return None if the code is unknown, or bound to another redirect address or verifier.
    """
    code = network.token(where, form.get(name, ""))
    if code is None or code.kind != "code":
        return None
    network.expire_token(where, secret=code.secret, reason="spent")
    verifier = form.get("code_verifier", "")
    digest = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return code if code.bound == f"{form.get('redirect_uri', '')} {digest if verifier else ''}" else None


def find_app(network: Network, where: str, app_id: object, secret: object) -> Token | None:
    """Return the application with that client ID and client secret, or None."""
    app = network.token(where, str(secret), str(app_id))
    return app if app is not None and app.kind == "app" else None


def issue_token(network: Network, source: Token, secret: str, **more: Any) -> Token:
    """Grant a token for the account and scopes of a code or a refresh token.

    more: kind, expires, and parent of the new token; without `expires` it has the platform's usual lifetime.
    """
    more = {"expires": network.now() + TERMS[source.where].access, **more}
    return network.grant(source.where, secret, source.account, scopes=source.scopes, **more)


def issue_refresh_token(network: Network, code: Token, secret: str) -> Token:
    """Grant the refresh token that a consent gives."""
    lifetime = TERMS[code.where].refresh
    expires = network.now() + lifetime if lifetime else None
    return issue_token(network, code, secret, kind="refresh", expires=expires)


def count_tokens(network: Network, where: str, account: str | None = None) -> int:
    """Count the tokens of a platform, or of one account, dead ones too.

    New secrets are numbered by it.
    """
    return sum(one.where == where and account in (None, one.account) for one in network.tokens)


def _html(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Accept any page: platforms publish no description of their consent pages."""
