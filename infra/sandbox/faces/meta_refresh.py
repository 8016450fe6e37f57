"""Tokens of a login of their own, as Instagram and Threads have: a consent gives one for an hour, that gives
one for 60 days, and one of these that is a day old gives a next one.

Sources: developers.facebook.com/docs/instagram-platform/reference/refresh_access_token,
developers.facebook.com/docs/threads/get-started/long-lived-tokens. What is told of a token that is too young
are words of this sandbox's own.
"""

from abc import abstractmethod
from datetime import timedelta
from typing import ClassVar

from flask import Response, request

from infra.sandbox.faces import meta_login
from infra.sandbox.faces.common import Refusal, Routes, dump, reply
from infra.sandbox.faces.meta_errors import error
from infra.sandbox.faces.meta_face import GraphFace
from infra.sandbox.faces.meta_graph import Json
from infra.sandbox.faces.oauth import consent_page, redeem_code
from infra.sandbox.model import Token
from infra.sandbox.validation import meta as validation

LIFETIME, YOUNGEST = timedelta(days=60), timedelta(hours=24)


class SixtyDays(GraphFace):
    own: ClassVar[str]  # the kind of token that has such a life
    grant_type: ClassVar[str]
    exchange_type: ClassVar[str]  # where a short one becomes a long one
    traded_kind: ClassVar[str]  # of the answer to a code, for validation
    refreshed_kind: ClassVar[str]  # of the answer, for validation
    tells_permissions: ClassVar[bool] = True  # in that answer

    def routes(self) -> Routes:
        refresh: Routes = {
            f"{version}/refresh_access_token": self.refreshed for version in ("", "/<version>")
        }
        page = consent_page(self.network, self.where)
        return {**super().routes(), **refresh, "/oauth/authorize": page, "/access_token": self.lengthened}

    def forms(self) -> Routes:
        return {"/oauth/access_token": self.traded}

    @abstractmethod
    def short(self, token: Token) -> Json:
        """How the token that a code gives is told."""

    def traded(self) -> Response:
        """A token for an hour, for a code. Errors of this address have a form of their own."""
        if not meta_login.application(self.network, self.where, request.form):
            return self.flat(meta_login.NO_SECRET)
        code = redeem_code(self.network, self.where, request.form)
        if code is None or request.form.get("grant_type") != "authorization_code":
            return self.flat(meta_login.SPENT)
        return self.answer(
            self.short(meta_login.granted(self.network, code, self.own, meta_login.SHORT)),
            200,
            self.traded_kind,
        )

    def flat(self, words: str) -> Response:
        told = {"error_type": "OAuthException", "code": 400, "error_message": words}
        return reply(validation.check_flat, dump(told), 400, "application/json; charset=UTF-8")

    def lengthened(self) -> Response:
        """A token for 60 days, for one for an hour."""
        token, asked = self.token(), request.args
        apps = [
            one
            for one in self.network.tokens
            if (one.where, one.kind, one.secret) == (self.where, "app", asked.get("client_secret"))
        ]
        if not apps:
            raise Refusal(400, error(100, message=meta_login.NO_SECRET))
        if asked.get("grant_type") != self.exchange_type or token.kind != self.own:
            raise Refusal(400, error(100))
        fresh = meta_login.granted(self.network, token, self.own, LIFETIME)
        told = {
            "access_token": fresh.secret,
            "token_type": "bearer",
            "expires_in": int(LIFETIME.total_seconds()),
        }
        return self.answer(told, 200, "LoginToken")

    def refreshed(self, **_: str) -> Response:
        """Another token for the next 60 days; the old one lives on until its own end."""
        token, now = self.token(), self.network.now()
        if request.args.get("grant_type") != self.grant_type or token.kind != self.own:
            raise Refusal(400, error(100))
        if now - (token.granted or self.network.start) < YOUNGEST:
            raise Refusal(400, error(100, message="(#100) The access token is less than 24 hours old"))
        count = sum((one.where, one.account) == (self.where, token.account) for one in self.network.tokens)
        more = {"kind": token.kind, "scopes": token.scopes, "expires": now + LIFETIME}
        fresh = self.network.grant(
            self.where, f"{token.secret.partition('~')[0]}~{count}", token.account, **more
        )
        told: Json = {
            "access_token": fresh.secret,
            "token_type": "bearer",
            "expires_in": int(LIFETIME.total_seconds()),
        }
        permitted = {"permissions": ",".join(token.scopes)} if self.tells_permissions else {}
        return self.answer({**told, **permitted}, 200, self.refreshed_kind)
