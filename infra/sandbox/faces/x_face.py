"""What all of X's endpoints share: tokens, limits of each endpoint, words, errors, what an answer costs."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces import x_errors as errors
from infra.sandbox.faces.common import Face, Refusal, base, dump, quota, reply
from infra.sandbox.faces.x_media import FOLDERS
from infra.sandbox.faces.x_posts import Entities
from infra.sandbox.faces.x_query import Query, older, read, words_of
from infra.sandbox.faces.x_sight import Json, Sight
from infra.sandbox.faces.x_usage import charge, exhausted
from infra.sandbox.model import Token
from infra.sandbox.validation import x as validation
from infra.sandbox.validation.x import Form

COMMON = ("tweet.read", "users.read")  # scopes that every consent has
UNSCOPED = ("refresh", "app")  # kinds of token that let nobody in
OAUTH = "/2/oauth2/token"


class XFace(Face):
    # -- who asks ---------------------------------------------------------------------------------

    def secret(self) -> str:
        return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()

    def client(self) -> str:
        """Each endpoint has a window of its own."""
        return f"{self.secret()} {request.url_rule.rule if request.url_rule else ''}"

    def cost(self) -> int:
        return 0 if request.path.startswith(FOLDERS) or request.path == OAUTH else 1

    def token(self, operation: str) -> Token:
        token = self.network.token(self.where, self.secret())
        if token is None or token.kind in UNSCOPED:
            raise errors.plain(401, "Unauthorized")
        scheme = "OAuth2UserToken" if token.account else "BearerToken"
        supported = validation.DERIVED["operations"][operation]["security"]
        if scheme not in supported:
            raise errors.unsupported(scheme, supported)
        if (
            set(validation.DERIVED["operations"][operation]["scopes"]) - {*COMMON, *token.scopes}
            and token.account
        ):
            raise errors.plain(
                403, "Forbidden"
            )  # in these words: github.com/plhery/node-twitter-api-v2/issues/434
        return token

    def ask(self, operation: str) -> Entities:
        """Who asks for what; refuses those whom nothing is told."""
        token = self.token(operation)
        query = read(operation, request.args.to_dict())
        if (gone := exhausted(self.network)) and not operation.startswith("/2/usage"):
            raise errors.capped() if gone == "cap" else errors.depleted()
        return Entities(Sight(self.network, token), base(), query)

    # -- answers ----------------------------------------------------------------------------------

    def answer(self, operation: str, query: Query | None, value: Json, status: int = 200) -> Response:
        left, form = quota(), query.form if query else Form(words_of(request.args), {})
        rates = {
            "x-rate-limit-limit": str(left.limit),
            "x-rate-limit-remaining": str(left.remaining),
            "x-rate-limit-reset": str(int(left.reset.timestamp())),
        }
        check = partial(validation.check, operation, form)
        told = older(value) if form.words == "tweet" else value
        return reply(
            check, dump(told), status, validation.JSON if status == 200 else validation.PROBLEM, rates
        )

    def told(
        self, operation: str, made: Entities, data: Any, *, meta: Json | None = None, own: bool = False
    ) -> Response:
        """An answer with what it expands, and its price."""
        includes = {kind: list(shelf.values()) for kind, shelf in made.included.items() if shelf}
        answer: Json = {} if data in (None, []) else {"data": data}
        answer |= ({"includes": includes} if includes else {}) | (
            {"errors": made.errors} if made.errors else {}
        )
        answer |= {} if meta is None else {"meta": meta}
        charge(
            self.network,
            [(kind, one.get("id", "")) for kind, one in validation.things(operation, answer)],
            own=own,
        )
        return self.answer(operation, made.query, answer)

    def several(
        self, operation: str, parameter: str, make: Callable[[Entities, str], Json | None]
    ) -> Response:
        """Things by ids or names: what is not found stands among the errors."""
        made = self.ask(operation)
        found = [make(made, value) for value in dict.fromkeys(made.query.chosen(parameter))]
        return self.told(operation, made, [one for one in found if one is not None])

    def refused(self, refusal: Refusal) -> Response:
        (told,) = refusal.details
        if request.path == OAUTH:
            return reply(validation.check_token, dump(told), refusal.status, validation.JSON)
        return self.answer("Refusal", None, told, refusal.status)

    def lost(self, error: HTTPException) -> Response:
        if request.path == OAUTH:
            return self.refused(
                Refusal(
                    400,
                    {
                        "error": "invalid_request",
                        "error_description": "Missing required parameter [grant_type].",
                    },
                )
            )
        return self.refused(
            errors.plain(404, "Not Found") if error.code != 405 else errors.plain(400, "Bad Request")
        )

    def throttled(self) -> Response:
        return self.refused(errors.plain(429, "Too Many Requests"))
