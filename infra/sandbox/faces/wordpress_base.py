"""What the views of WordPress' API share: who signs in, how it refuses, and the one way out for all items."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces import wordpress_query as query
from infra.sandbox.faces.common import Face, Refusal, base, quota, reply
from infra.sandbox.faces.wordpress_items import Items, in_context
from infra.sandbox.faces.wordpress_words import options
from infra.sandbox.limits import retry_after
from infra.sandbox.model import Account
from infra.sandbox.validation import wordpress as validation

Item = dict[str, Any]


def answer(
    route: str, value: Any, status: int = 200, headers: dict[str, str] | None = None, **check: Any
) -> Response:
    """JSON as PHP writes it: slashes and everything beyond ASCII escaped."""
    body = json.dumps(value, separators=(",", ":")).replace("/", "\\/")
    common = {
        "X-Robots-Tag": "noindex",
        "X-Content-Type-Options": "nosniff",
        "Link": f'<{base()}/wp-json/>; rel="https://api.w.org/"',
    }
    return reply(
        partial(validation.check, route, **check),
        body,
        status,
        "application/json; charset=UTF-8",
        {**common, **(headers or {})},
    )


class WordPressBase(Face):
    # -- who asks, and what may go wrong ----------------------------------------------------------

    def client(self) -> str:
        return request.headers.get("Authorization", "anonymous")

    def account(self) -> Account | None:
        """Whose application password it is; a dead one counts as none."""
        kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
        if kind != "Basic":
            return None
        try:
            user, _, password = base64.b64decode(encoded).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        token = self.network.token(self.where, re.sub(r"[^A-Za-z0-9]", "", password), user)
        if token is None and self.network.places[self.where].reports_bad_password:
            raise Refusal(
                401, "incorrect_password", "The provided password is an invalid application password."
            )
        return self.network.accounts[token.account] if token else None

    def items(self) -> Items:
        return Items(self.network, self.network.places[self.where], base(), self.account() is not None)

    def throttled(self) -> Response:
        """WordPress itself has no limit: this is the web server before it."""
        page = (
            "<html><head><title>429 Too Many Requests</title></head><body><h1>429 Too Many"
            " Requests</h1></body></html>"
        )
        return reply(
            partial(validation.check, "throttle"),
            page,
            429,
            "text/html",
            {"Retry-After": retry_after(self.network, quota())},
        )

    def refused(self, refusal: Refusal) -> Response:
        code, message, *more = refusal.details
        return answer(
            "error",
            {
                "code": code,
                "message": message,
                "data": {"status": refusal.status, **(more[0] if more else {})},
            },
            refusal.status,
        )

    def lost(self, error: HTTPException) -> Response:
        if not request.path.startswith("/wp-json"):
            return reply(
                partial(validation.check, "file"),
                "<title>Page not found</title>",
                404,
                "text/html; charset=UTF-8",
            )
        parts = request.path.removeprefix("/wp-json/wp/v2/").split("/")
        route = "revisions" if "revisions" in parts else parts[0]
        if error.code == 405 and request.method == "OPTIONS" and route in validation.RECORDED:
            return answer("options", options(route))
        return self.refused(
            Refusal(404, "rest_no_route", "No route was found matching the URL and request method.")
        )

    def forbid(self, items: Items, what: str) -> str:
        """The context asked for; `edit` only for who may edit."""
        context = query.context()
        if context == "edit" and not items.admin:
            raise Refusal(401, "rest_forbidden_context", f"Sorry, you are not allowed to edit {what}.")
        return context

    # -- one way out for all items ----------------------------------------------------------------

    def shown(self, items: Items, route: str, item: Item, context: str) -> Item:
        whole = in_context(item, validation.RECORDED[route], context)
        if "_embed" in request.args:
            asked = query.many("_embed")
            found = items.embedded(route, item)
            named = {name: found[name] for name in asked if name in found}
            whole["_embedded"] = found if asked in ([], ["1"], ["true"]) else named
        return query.only(whole, query.fields())

    def one(self, items: Items, route: str, item: Item, context: str) -> Response:
        return answer(route, self.shown(items, route, item, context), context=context, fields=query.fields())

    def several(
        self, items: Items, route: str, page: query.Page, made: Callable[[Any], Item], context: str
    ) -> Response:
        told = [self.shown(items, route, made(one), context) for one in page.items]
        return answer(route, told, headers=page.headers(), context=context, fields=query.fields())
