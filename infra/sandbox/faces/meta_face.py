"""What Meta's platforms share as servers: versions in the path, tokens in the query or a header, nodes, edges
and ?ids=, usage in percent, errors by number.

Sources: developers.facebook.com/docs/graph-api/overview, .../guides/versioning, .../overview/rate-limiting,
.../reference/debug_token. `appsecret_proof`, `pretty` and `debug` are ignored. It differs from the real one
in this: nothing can be written; there are no batches, no date_format, and no answers without a version in the
path.
"""

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from flask import Response, redirect, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces.common import Face, Refusal, Routes, base, dump, quota, reply
from infra.sandbox.faces.meta_errors import KINDS, METHOD, REASONS, dead, error, missing
from infra.sandbox.faces.meta_fields import Field, cost, limit_of, parse
from infra.sandbox.faces.meta_graph import Edge, Json, Node, Renderer
from infra.sandbox.faces.meta_media import refused
from infra.sandbox.model import Token
from infra.sandbox.validation import meta as validation
from infra.sandbox.validation.meta import EDGES

MOST_IDS = 50
APP = "1400000000000001"
DATA_ACCESS = timedelta(days=90)
TYPES = {"page": "PAGE", "system": "SYSTEM_USER"}
Sight = Any  # what a platform makes of a token; each face has its own
Kinds = str | Mapping[str, str]


class GraphFace(Face):
    case: ClassVar[str]  # whose business use it is: pages, instagram
    throttle_codes: ClassVar[
        Mapping[str, int]
    ]  # by kind of token; the others' requests count against the app
    business: ClassVar[Sequence[str]]  # kinds of token whose requests count against what they read
    lost_type: ClassVar[str] = METHOD  # of the error for what is not there
    newest: ClassVar[int] = 26  # version
    by_ids: ClassVar[bool] = True  # answers ?ids=

    def routes(self) -> Routes:
        return {
            "/<version>/": self.several,
            "/<version>/<wanted>": self.one,
            "/<version>/<wanted>/<edge>": self.below,
            "/scontent/<path:path>": self.media,
        }

    def _enter(self) -> Response | None:
        """The content network counts no requests and knows no tokens."""
        return None if request.path.startswith("/scontent/") else super()._enter()

    @abstractmethod
    def sight(self, token: Token) -> Sight: ...

    @abstractmethod
    def found(self, sight: Sight, wanted: str) -> Node | None:
        """The node of an id, as that token sees it."""

    @abstractmethod
    def owner(self, token: Token) -> str:
        """The id of the token's account."""

    @abstractmethod
    def file(self, path: str) -> tuple[bytes, str] | None:
        """The bytes and the type of what lies under a path of meta_media.py."""

    # -- who asks ---------------------------------------------------------------------------------

    def secret(self) -> str:
        header = re.sub(r"^(Bearer|OAuth) ", "", request.headers.get("Authorization", "")).strip()
        return request.args.get("access_token", "") or header

    def client(self) -> str:
        return self.secret() or "anonymous"

    def any_token(self, secret: str) -> Token | None:
        """Also a dead one."""
        return next(
            (one for one in self.network.tokens if (one.where, one.secret) == (self.where, secret)), None
        )

    def token(self) -> Token:
        """The living token of the request, or the refusal of any other."""
        secret = self.secret()
        if not secret:
            raise Refusal(400, error(104))
        token = self.any_token(secret)
        if token is None:
            raise Refusal(400, error(190))
        if not self.network.lives(token):
            raise Refusal(400, self.death(token))
        return token

    def death(self, token: Token) -> Json:
        parent = self.any_token(token.parent) if token.parent else None
        if parent is not None and parent.expired:
            return self.death(parent)
        return dead(token.reason, token.expires or self.network.now(), self.network.now())

    # -- answers ----------------------------------------------------------------------------------

    def usage(self) -> dict[str, str]:
        """Percent of what is allowed; told once there is something to tell."""
        left, token = quota(), self.any_token(self.secret())
        share = 100 if left.exceeded else 100 * (left.limit - left.remaining) // left.limit
        if share == 0:
            return {}
        shares = {"call_count": share, "total_cputime": share // 3, "total_time": share // 2}
        told = {"X-App-Usage": dump(shares)}
        if token is not None and token.kind in self.business:
            minutes = -(-(left.reset - self.network.now()) // timedelta(minutes=1)) if left.exceeded else 0
            case = {"type": self.case, **shares, "estimated_time_to_regain_access": max(0, minutes)}
            told["X-Business-Use-Case-Usage"] = dump({self.owner(token): [case]})
        return told

    def answer(
        self, value: Json, status: int = 200, kind: Kinds = "", edge: str = "", fields: Sequence[Field] = ()
    ) -> Response:
        """`kind` of the node, or of the nodes below the `edge`; under ?ids= those of each id."""
        version = request.view_args.get("version", "") if request.view_args else ""
        headers = {
            "facebook-api-version": version if re.fullmatch(r"v\d+\.0", version) else f"v{self.newest}.0",
            **self.usage(),
        }
        check = partial(validation.check, kind=kind, edge=edge, fields=fields)
        return reply(check, dump(value), status, "application/json; charset=UTF-8", headers)

    def refused(self, refusal: Refusal) -> Response:
        return self.answer(refusal.details[0], refusal.status)

    def lost(self, found: HTTPException) -> Response:
        if found.code == 405:
            told = missing("me")["error"]["message"].replace(
                "get request", f"{request.method.lower()} request"
            )
            return self.answer(error(100, 33, message=told, kind=METHOD), 400)
        return self.answer(error(2500, message=f"Unknown path components: {request.path}"), 400)

    def throttled(self) -> Response:
        token = self.any_token(self.secret())
        return self.ordered(self.throttle_codes.get(token.kind if token else "", 4), 0)

    def ordered(self, code: int, subcode: int) -> Response:
        reason = (
            next((word for word, (known, _) in REASONS.items() if known == subcode), None)
            if code == 190
            else None
        )
        now = self.network.now()
        return self.answer(dead(reason, now, now) if reason else error(code, subcode), KINDS[code].status)

    # -- requests ---------------------------------------------------------------------------------

    def asked(self, version: str) -> tuple[Sight, Renderer, tuple[Field, ...]]:
        """Who asks, how to answer, and the fields that were named."""
        number = re.fullmatch(r"v(\d+)\.0", version)
        if number is None or int(number[1]) > self.newest:
            raise Refusal(400, error(2500, message=f"Unknown path components: {request.path}"))
        token = self.token()
        return (
            self.sight(token),
            Renderer(f"{base()}/{version}", token.secret),
            parse(request.args.get("fields", "")),
        )

    def weigh(self, fields: Sequence[Field], count: int) -> None:
        """Refuses what would be too much for one answer."""
        if count * max(cost(fields), 1) > self.network.places[self.where].heaviest:
            raise Refusal(500, error(1))

    def node(self, sight: Sight, wanted: str) -> Node:
        found = self.found(sight, wanted)
        if found is None:
            raise Refusal(400, missing(wanted, self.lost_type))
        return found

    def one(self, version: str, wanted: str) -> Response:
        if wanted == "debug_token":
            return self.debugged(version)
        if "ids" in request.args:
            return self.several(version, wanted)
        sight, renderer, fields = self.asked(version)
        self.weigh(fields, 1)
        node = self.node(sight, wanted)
        return self.answer(renderer.node(node, fields), 200, node.kind, "", fields)

    def below(self, version: str, wanted: str, edge: str) -> Response:
        sight, renderer, fields = self.asked(version)
        self.weigh(fields, max(1, limit_of(request.args)))
        node = self.node(sight, wanted)
        if edge == "picture" and "picture" in validation.fields_of(node.kind):
            return self.picture(renderer.value(node, Field("picture")))
        return self.answer(
            self.listed(renderer, node, edge, fields),
            200,
            self.kind_below(renderer, node, edge),
            edge,
            fields,
        )

    def picture(self, told: Json) -> Response:
        """Where the picture is; as a redirect to it where nothing else is asked for."""
        if request.args.get("redirect", "true") in ("0", "false"):
            return self.answer(told, 200, "Pictured")
        there = redirect(told["data"]["url"])
        return reply(
            validation.check_redirect,
            there.get_data(),
            there.status_code,
            "text/html",
            {"Location": there.headers["Location"]},
        )

    def kind_below(self, renderer: Renderer, node: Node, edge: str) -> str:
        renderer.known(node.kind, edge)
        return EDGES.get(node.kind, {}).get(edge, "")

    def listed(self, renderer: Renderer, node: Node, name: str, fields: Sequence[Field]) -> Json:
        """The page of an edge that the parameters of the request ask for."""
        if not self.kind_below(renderer, node, name):
            raise Refusal(400, error(2500, message=f"Unknown path components: /{name}"))
        made = node.values.get(name)
        edge = made(request.args) if callable(made) else None
        return renderer.edge(edge, request.args, fields) if isinstance(edge, Edge) else {"data": []}

    def several(self, version: str, edge: str = "") -> Response:
        """?ids=a,b: one that is missing spoils all."""
        sight, renderer, fields = self.asked(version)
        wanted = [one for one in request.args.get("ids", "").split(",") if one]
        if not self.by_ids:
            raise Refusal(
                400, error(100, message="(#100) The parameter ids is not supported", kind=self.lost_type)
            )
        if not wanted:
            raise Refusal(400, error(100, message="(#100) The parameter ids is required"))
        if len(wanted) > MOST_IDS:
            raise Refusal(
                400, error(100, message=f"(#100) Too many IDs. Maximum: {MOST_IDS}. Provided: {len(wanted)}.")
            )
        self.weigh(fields, len(wanted) * (max(1, limit_of(request.args)) if edge else 1))
        nodes = {one: self.found(sight, one) for one in wanted}
        lost = [one for one, node in nodes.items() if node is None]
        if lost:
            raise Refusal(404, error(803, message=f"{KINDS[803].message}: {','.join(lost)}"))
        there = {one: node for one, node in nodes.items() if node is not None}
        kinds = {
            one: self.kind_below(renderer, node, edge) if edge else node.kind for one, node in there.items()
        }
        told = {
            one: self.listed(renderer, node, edge, fields) if edge else renderer.node(node, fields)
            for one, node in there.items()
        }
        return self.answer(told, 200, kinds, edge, fields)

    def debugged(self, version: str) -> Response:
        """What a token is, whose, for what and how long; told to the application too, whose token is its id
        and its secret.
        """
        app, _, secret = self.secret().partition("|")
        if not secret or self.network.token(self.where, secret, app) is None:
            self.asked(version)
        token = self.any_token(request.args.get("input_token", ""))
        if token is None:
            lost = {"code": 190, "message": KINDS[190].message}
            return self.answer({"data": {"error": lost, "is_valid": False, "scopes": []}}, 200, "Debugged")
        alive, granted = self.network.lives(token), token.granted or self.network.start
        told: Json = {
            "app_id": APP,
            "type": TYPES.get(token.kind, "USER"),
            "application": "Records",
            "data_access_expires_at": 0
            if token.kind == "system"
            else int((granted + DATA_ACCESS).timestamp()),
            "expires_at": int(token.expires.timestamp()) if token.expires else 0,
            "is_valid": alive,
            "issued_at": int(granted.timestamp()),
            "scopes": token.scopes,
            "user_id": self.owner(token),
        }
        if token.kind == "page":
            told["profile_id"] = self.owner(token)
        if not alive:
            died = self.death(token)["error"]
            told["error"] = {"code": 190, "message": died["message"], "subcode": died["error_subcode"]}
        return self.answer({"data": told}, 200, "Debugged")

    # -- files ------------------------------------------------------------------------------------

    def media(self, path: str) -> Response:
        """A file of the content network, for those who have its address from an answer of the last days."""
        check, why = validation.check_media, refused(path, request.args, self.network.now())
        found = self.file(path) if why is None else None
        if found is None:
            return reply(check, why or "Not Found", 403 if why else 404, "text/plain")
        return reply(check, found[0], 200, found[1], {"Cache-Control": "max-age=1209600, no-transform"})
