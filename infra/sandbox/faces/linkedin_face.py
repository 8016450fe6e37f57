"""What all of LinkedIn's resources share: tokens, versions and protocol, lists by offset, batches, errors."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from flask import Response, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces import linkedin_errors as errors
from infra.sandbox.faces import linkedin_restli as restli
from infra.sandbox.faces.common import Face, Refusal, base, dump, reply
from infra.sandbox.faces.linkedin_sight import Sight
from infra.sandbox.validation import linkedin as validation

Json = dict[str, Any]
Parameters = Mapping[str, Any]
MOST = 100
UNSCOPED = ("refresh", "app")  # kinds of token that let nobody in
OAUTH = "/oauth/v2/"


class RestliFace(Face):
    # -- who asks, and how ------------------------------------------------------------------------

    def client(self) -> str:
        return "the application"

    def cost(self) -> int:
        return 1 if request.path.startswith("/rest/") else 0

    def version(self) -> str:
        return request.headers.get("LinkedIn-Version", "")

    def sight(self) -> Sight:
        """Of the token of the request; refuses what has none that lives, no version that does, or the older
        protocol.
        """
        secret = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        token = self.network.token(self.where, secret)
        if token is None or token.kind in UNSCOPED or not token.account:
            dead = (
                one
                for one in self.network.tokens
                if (one.where, one.secret) == (self.where, secret) and one.kind not in UNSCOPED
            )
            raise errors.unauthorized(next(dead, None), secret)
        if not (version := self.version()):
            raise Refusal(*errors.NO_VERSION)
        latest = f"{self.network.now():%Y%m}"
        if (
            not re.fullmatch(r"\d{4}(0[1-9]|1[0-2])", version)
            or not self.network.places[self.where].sunset <= version <= latest
        ):
            raise errors.sunset(version)
        protocol = request.headers.get("X-Restli-Protocol-Version", "1.0.0")
        if protocol == "1.0.0":  # in which neither lists nor escaped URNs are read
            raise Refusal(*errors.NO_METHOD)
        if protocol != validation.RESTLI:
            raise errors.unsupported(protocol)
        return Sight(self.network, base(), token)

    def asked(self, *known: str) -> Parameters:
        """The parameters of the request, none but those that are known."""
        try:
            restli.check_path(request.environ.get("REQUEST_URI", ""))
        except restli.Unreadable:
            raise Refusal(*errors.BAD_PATH) from None
        try:
            found = restli.parameters(request.query_string.decode())
        except restli.Unreadable:
            raise Refusal(*errors.BAD_QUERY) from None
        if set(found) - set(known):
            raise Refusal(*errors.BAD_QUERY)
        method = request.headers.get("X-RestLi-Method", "").upper()
        if method and method != ("FINDER" if "q" in found else "BATCH_GET" if "ids" in found else method):
            raise Refusal(*errors.NO_METHOD)
        return found

    def need(self, sight: Sight, scopes: tuple[str, ...], resource: str, method: str) -> None:
        if not sight.permits(scopes):
            raise errors.forbidden(resource, method, self.version())

    # -- answers ----------------------------------------------------------------------------------

    def answer(self, kind: str, value: Any, status: int = 200) -> Response:
        headers = {"X-RestLi-Protocol-Version": validation.RESTLI} | (
            {"X-RestLi-Error-Response": "true"} if status >= 400 else {}
        )
        return reply(partial(validation.check, kind), dump(value), status, "application/json", headers)

    def page(
        self,
        kind: str,
        found: list[Any],
        make: Callable[[Any], Json],
        asked: Parameters,
        *,
        total: bool = True,
    ) -> Response:
        """A page by offset: whoever reads on while something is put before it sees things twice, or not at
        all.
        """
        start, count = self.number(asked, "start", 0, 10**9), self.number(asked, "count", 10, MOST)
        links = [
            self.link(rel, at, count)
            for rel, at in (("prev", start - count), ("next", start + count))
            if 0 <= at < len(found)
        ]
        paging: Json = {"start": start, "count": count, "links": links} | (
            {"total": len(found)} if total else {}
        )
        return self.answer(
            f"{kind}s", {"paging": paging, "elements": [make(one) for one in found[start : start + count]]}
        )

    def number(self, asked: Parameters, name: str, default: int, most: int) -> int:
        told = asked.get(name, str(default))
        if not isinstance(told, str) or not told.isdigit() or int(told) > most:
            raise Refusal(*errors.BAD_QUERY)
        return int(told)

    def link(self, rel: str, start: int, count: int) -> Json:
        kept = [
            one
            for one in request.query_string.decode().split("&")
            if one.partition("=")[0] not in ("start", "count", "")
        ]
        query = "&".join(sorted([*kept, f"start={start}", f"count={count}"]))
        return {"type": "application/json", "rel": rel, "href": f"{quote(request.path, safe='/')}?{query}"}

    def batch(self, kind: str, asked: Parameters, one: Callable[[str], Json]) -> Response:
        """Several by their keys: what is refused stands beside what is found."""
        keys = asked.get("ids")
        if not isinstance(keys, list) or not keys:
            raise Refusal(*errors.NO_METHOD)
        results, failed = {}, {}
        for key in keys:
            try:
                results[key] = one(key)
            except Refusal as refusal:
                failed[key] = self.error(refusal)
        statuses = dict.fromkeys(results, 200) | {key: error["status"] for key, error in failed.items()}
        return self.answer(f"{kind}Batch", {"results": results, "statuses": statuses, "errors": failed})

    def error(self, refusal: Refusal) -> Json:
        code, words, *service = refusal.details
        told = {"status": refusal.status, "code": code, "message": words}
        return told | ({"serviceErrorCode": service[0]} if service else {})

    def refused(self, refusal: Refusal) -> Response:
        if request.path.startswith(OAUTH):
            code, words = refusal.details
            told = dump({"error": code, "error_description": words})
            return reply(partial(validation.check_oauth, ""), told, refusal.status, "application/json")
        return self.answer("Error", self.error(refusal), refusal.status)

    def lost(self, _error: HTTPException) -> Response:
        oauth = request.path.startswith(OAUTH)
        return self.refused(Refusal(*(errors.NO_FORM if oauth else errors.NO_RESOURCE)))

    def throttled(self) -> Response:
        return self.refused(Refusal(*errors.THROTTLED))
