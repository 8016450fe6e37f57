"""The page on which whoever administers an account lets an application read it, and the code that comes of it
(RFC 6749, 4.1; RFC 7636).

The real pages ask for a sign-in first; this one believes whoever clicks. A code is good once and for ten
minutes, only with the address that it was sent to and with the verifier whose hash the page was told: codes
are tokens of kind "code", `bound` to both. A person may leave single scopes out where the platform lets them.
What is asked for may also be a set that stands in the application's own settings (Facebook Login for
Business): the `scopes` of the application, whose name is what it is `bound` to.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Response, request

from infra.sandbox.faces.common import reply
from infra.sandbox.model import Token
from infra.sandbox.network import Network

LIFETIME, HTML = timedelta(minutes=10), "text/html; charset=utf-8"


@dataclass(frozen=True)
class Style:
    """How one platform's page differs. `app`, `joined`: what it calls the application's id, and what stands
    between scopes; `secure`: it comes back to https only; `partly`: single scopes may be left out; `denied`:
    what it says of who declines; `mark`: what stands behind # in the address that it comes back to."""

    app: str = "client_id"
    joined: str = " "
    secure: bool = False
    partly: bool = False
    denied: Mapping[str, str] = field(
        default_factory=lambda: {"error_description": "The user denied the request"}
    )
    mark: str = ""


def page(network: Network, where: str, style: Style = Style()) -> Callable[..., Response]:
    """The view of the page."""

    def view(**_: str) -> Response:
        asked = request.args
        known = next(
            (
                one
                for one in network.tokens
                if (one.where, one.kind, one.user) == (where, "app", asked.get(style.app))
            ),
            None,
        )
        scopes = _scopes(known, asked, style) if known else []
        if not scopes or asked.get("response_type") != "code" or not _may_land(asked, style):
            return reply(_html, "<p>This application is not known, or what it asks for is not.", 400, HTML)
        if "answer" not in asked:
            return reply(_html, _choices(network, where, scopes if style.partly else []), 200, HTML)
        return reply(_html, "", 302, HTML, {"Location": _landing(network, where, asked, scopes, style)})

    return view


def _may_land(asked: Mapping[str, str], style: Style) -> bool:
    return urlsplit(asked.get("redirect_uri", "")).scheme in (
        ("https",) if style.secure else ("http", "https")
    )


def _scopes(app: Token, asked: Mapping[str, str], style: Style) -> list[str]:
    """What is asked for, without what the person leaves out."""
    wanted = (
        app.scopes
        if app.bound and asked.get("config_id") == app.bound
        else asked.get("scope", "").split(style.joined)
    )
    return [scope for scope in wanted if scope and scope != asked.get("without")]


def _choices(network: Network, where: str, leave: Sequence[str]) -> str:
    """Who manages something consents for it; where nobody does, the account for itself."""
    here = [account for account in network.accounts.values() if account.where == where]
    own = [account for account in here if account.manages] or [account for account in here if account.staff]
    links = [(f"Allow as {account.name}", _with(answer=account.handle)) for account in own]
    links += [
        (f"Without {scope} as {account.name}", _with(answer=account.handle, without=scope))
        for account in own
        for scope in leave
    ]
    links += [("Decline", _with(answer=""))]
    return "\n".join(f'<p><a href="{escape(address)}">{escape(words)}</a>' for words, address in links)


def _with(**more: str) -> str:
    return f"?{urlencode({**request.args, **more})}"


def _landing(network: Network, where: str, asked: Mapping[str, str], scopes: list[str], style: Style) -> str:
    told = {"state": asked.get("state", "")}
    if not asked["answer"]:
        told |= {"error": "access_denied", **style.denied}
    else:
        count = sum(one.kind == "code" for one in network.tokens)
        secret = hashlib.sha256(f"{where} {count} {told['state']}".encode()).hexdigest()
        bound = f"{asked['redirect_uri']} {asked.get('code_challenge', '')}"
        ends = network.now() + LIFETIME
        network.grant(
            where, secret, f"{where}/{asked['answer']}", kind="code", scopes=scopes, expires=ends, bound=bound
        )
        told["code"] = secret
    parts = urlsplit(asked["redirect_uri"])
    return urlunsplit(
        parts._replace(query=urlencode([*parse_qsl(parts.query), *told.items()]), fragment=style.mark)
    )


def redeemed(network: Network, where: str, form: Mapping[str, str], name: str = "code") -> Token | None:
    """The code of a form, which is spent by that; None where it is none, or not for whoever sends it."""
    code = network.token(where, form.get(name, ""))
    if code is None or code.kind != "code":
        return None
    network.expire_token(where, secret=code.secret, reason="spent")
    verifier = form.get("code_verifier", "")
    challenge = (
        urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if verifier
        else ""
    )
    return code if code.bound == f"{form.get('redirect_uri', '')} {challenge}" else None


def _html(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """A page for people: no description of it is published."""
