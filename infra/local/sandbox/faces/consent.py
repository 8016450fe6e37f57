"""The page on which whoever administers an account lets an application read it, and the code that comes of it (RFC 6749, 4.1; RFC 7636).

The real pages ask for a sign-in first; this one believes whoever clicks. A code is good once and for ten minutes, only with the address
that it was sent to and with the verifier whose hash the page was told: codes are tokens of kind "code", `bound` to both.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import timedelta
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Response, request

from infra.local.sandbox.faces.common import reply
from infra.local.sandbox.model import Token
from infra.local.sandbox.network import Network

LIFETIME = timedelta(minutes=10)


def page(network: Network, where: str, app: str = "client_id", joined: str = " ") -> Callable[[], Response]:
    """The view of the page; `app`, `joined`: what the platform calls the application's id, and what stands between scopes."""

    def view() -> Response:
        asked = request.args
        known = next((one for one in network.tokens if (one.where, one.kind, one.user) == (where, "app", asked.get(app))), None)
        if known is None or asked.get("response_type") != "code" or not asked.get("redirect_uri"):
            return reply(_html, "<p>This application is not known, or what it asks for is not.", 400, "text/html; charset=utf-8")
        if "answer" not in asked:
            return reply(_html, _choices(network, where), 200, "text/html; charset=utf-8")
        return reply(_html, "", 302, "text/html; charset=utf-8", {"Location": _landing(network, where, asked, joined)})

    return view


def _choices(network: Network, where: str) -> str:
    own = [account for account in network.accounts.values() if account.where == where and (account.staff or account.manages)]
    links = [f'<p><a href="{escape(_with(answer=account.handle))}">Allow as {escape(account.name)}</a>' for account in own]
    return "\n".join([*links, f'<p><a href="{escape(_with(answer=""))}">Decline</a>'])


def _with(**more: str) -> str:
    return f"?{urlencode({**request.args, **more})}"


def _landing(network: Network, where: str, asked: Mapping[str, str], joined: str) -> str:
    told = {"state": asked.get("state", "")}
    if not asked["answer"]:
        told |= {"error": "access_denied", "error_description": "The user denied the request"}
    else:
        count = sum(one.kind == "code" for one in network.tokens)
        secret = hashlib.sha256(f"{where} {count} {told['state']}".encode()).hexdigest()
        bound = f"{asked['redirect_uri']} {asked.get('code_challenge', '')}"
        scopes, ends = asked.get("scope", "").split(joined), network.now() + LIFETIME
        network.grant(where, secret, f"{where}/{asked['answer']}", kind="code", scopes=scopes, expires=ends, bound=bound)
        told["code"] = secret
    parts = urlsplit(asked["redirect_uri"])
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *told.items()])))


def redeemed(network: Network, where: str, form: Mapping[str, str], name: str = "code") -> Token | None:
    """The code of a form, which is spent by that; None where it is none, or not for whoever sends it."""
    code = network.token(where, form.get(name, ""))
    if code is None or code.kind != "code":
        return None
    network.expire_token(where, secret=code.secret, reason="spent")
    verifier = form.get("code_verifier", "")
    challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode() if verifier else ""
    return code if code.bound == f"{form.get('redirect_uri', '')} {challenge}" else None


def _html(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """A page for people: no description of it is published."""
