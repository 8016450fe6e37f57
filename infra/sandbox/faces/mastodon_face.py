"""What all of Mastodon's endpoints share: tokens, their scopes, limits, errors, accounts by their id."""

from functools import partial
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces.common import Face, Refusal, base, dump, quota, reply
from infra.sandbox.faces.mastodon_accounts import WHERE
from infra.sandbox.faces.mastodon_entities import Entities
from infra.sandbox.model import Account
from infra.sandbox.validation import mastodon as validation

DEFAULT = ("read",)  # the scope of a token for which none was asked, docs.joinmastodon.org/methods/oauth


def answer(operation: str, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """`operation`: the path as the OpenAPI description writes it. Markup is escaped as Rails escapes it in
    JSON.
    """
    left = quota()
    rates = {
        "X-RateLimit-Limit": str(left.limit),
        "X-RateLimit-Remaining": str(left.remaining),
        "X-RateLimit-Reset": f"{left.reset:%Y-%m-%dT%H:%M:%S.%f}Z",
    }
    body = dump(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return reply(
        partial(validation.check, operation),
        body,
        status,
        "application/json; charset=utf-8",
        {**rates, **(headers or {})},
    )


class MastodonFace(Face):
    # -- who asks ---------------------------------------------------------------------------------

    def bearer(self) -> str:
        return request.headers.get("Authorization", "").removeprefix("Bearer ").strip() or request.args.get(
            "access_token", ""
        )

    def client(self) -> str:
        return self.bearer() or "anonymous"

    def entities(self) -> Entities:
        """A token that was revoked is refused; one that the server does not know, as that of an application
        that was deleted, is none, and is shown what anybody is."""
        secret = self.bearer()
        token = self.network.token(WHERE, secret) if secret else None
        if token is None and any(one.secret == secret for one in self.network.tokens):
            raise Refusal(401, "The access token was revoked")
        return Entities(self.network, base(), self.network.accounts[token.account] if token else None)

    def allowed(self, *scopes: str) -> Entities:
        """What anybody may ask for, and a token only with one of the scopes, or all of what they are a part
        of: a token without them is shown less than nobody (authorize_if_got_token! in
        app/controllers/api/base_controller.rb of mastodon/mastodon)."""
        made = self.entities()
        token = self.network.token(WHERE, self.bearer())
        if token is not None and not {*scopes, "read"} & set(token.scopes or DEFAULT):
            raise Refusal(403, "This action is outside the authorized scopes")
        return made

    def own(self, *scopes: str) -> tuple[Entities, Account]:
        """The account of a token that has one of the scopes, or all of what they are a part of."""
        made = self.allowed(*scopes)
        if made.viewer is None:
            raise Refusal(401, "The access token is invalid")
        return made, made.viewer

    def throttled(self) -> Response:
        return self.error(429, "Too many requests")

    def refused(self, refusal: Refusal) -> Response:
        return self.error(refusal.status, refusal.details[0])

    def lost(self, _error: HTTPException) -> Response:
        return self.error(404, "Not Found")

    def error(self, status: int, message: str) -> Response:
        return answer("/api/v1/statuses/{id}", {"error": message}, status)

    def account_of(self, made: Entities, account_id: str) -> Account:
        known = (
            one
            for one in self.network.accounts.values()
            if one.where == WHERE and made.account_id(one) == account_id
        )
        account = next(known, None)
        if account is None:
            raise Refusal(404, "Record not found")
        return account
