"""Tokens of a login of their own, as Instagram and Threads have: they live 60 days, and one that is a day old gets a next one.

Sources: developers.facebook.com/docs/instagram-platform/reference/refresh_access_token,
developers.facebook.com/docs/threads/get-started/long-lived-tokens. What is told of a token that is too young are words of this
sandbox's own.
"""

from datetime import timedelta
from typing import ClassVar

from flask import Response, request

from infra.local.sandbox.faces.common import Refusal, Routes
from infra.local.sandbox.faces.meta_errors import error
from infra.local.sandbox.faces.meta_face import GraphFace
from infra.local.sandbox.faces.meta_graph import Json

LIFETIME, YOUNGEST = timedelta(days=60), timedelta(hours=24)


class SixtyDays(GraphFace):
    own: ClassVar[str]  # the kind of token that has such a life
    grant_type: ClassVar[str]
    refreshed_kind: ClassVar[str]  # of the answer, for validation
    tells_permissions: ClassVar[bool] = True  # in that answer

    def routes(self) -> Routes:
        refresh = {f"{version}/refresh_access_token": self.refreshed for version in ("", "/<version>")}
        return {**super().routes(), **refresh}

    def refreshed(self, **_: str) -> Response:
        """Another token for the next 60 days; the old one lives on until its own end."""
        token, now = self.token(), self.network.now()
        if request.args.get("grant_type") != self.grant_type or token.kind != self.own:
            raise Refusal(400, error(100))
        if now - (token.granted or self.network.start) < YOUNGEST:
            raise Refusal(400, error(100, message="(#100) The access token is less than 24 hours old"))
        count = sum((one.where, one.account) == (self.where, token.account) for one in self.network.tokens)
        more = {"kind": token.kind, "scopes": token.scopes, "expires": now + LIFETIME}
        fresh = self.network.grant(self.where, f"{token.secret.partition('~')[0]}~{count}", token.account, **more)
        told: Json = {"access_token": fresh.secret, "token_type": "bearer", "expires_in": int(LIFETIME.total_seconds())}
        permitted = {"permissions": ",".join(token.scopes)} if self.tells_permissions else {}
        return self.answer({**told, **permitted}, 200, self.refreshed_kind)
