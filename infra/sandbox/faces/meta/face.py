"""The servers of Meta's platforms, and their logins.

Sources: developers.facebook.com/docs/graph-api/overview, .../guides/versioning, .../overview/rate-limiting,
.../reference/debug_token. `appsecret_proof`, `pretty`, and `debug` are ignored.

A login gives a code, which becomes a token for an hour, which becomes one for sixty days. Sources:
developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow,
.../guides/access-tokens/get-long-lived,
.../instagram-platform/instagram-api-with-instagram-login/business-login,
.../threads/get-started/get-access-tokens-and-permissions;
developers.facebook.com/docs/instagram-platform/reference/refresh_access_token,
developers.facebook.com/docs/threads/get-started/long-lived-tokens; Facebook's messages for codes and a wrong
secret are quoted in public issue threads (github.com/laravel/socialite/issues/385,
github.com/scribejava/scribejava/issues/605). The message for a token that is too young is our own.

Differences from the real servers: nothing can be written; there are no batches, no date_format, and no
responses without a version in the path; any https address may be the redirect address; a consent on Facebook
covers all Pages that the person manages.
"""

import hashlib
import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from flask import Response, redirect, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces.common import Face, Json, Refusal, Routes, base, dump, quota, reply
from infra.sandbox.faces.meta.errors import KINDS, METHOD, REASONS, dead, error, missing
from infra.sandbox.faces.meta.graph import Edge, Field, Node, Renderer, asked_of, cost, limit_of, parse
from infra.sandbox.faces.meta.media import refused
from infra.sandbox.faces.oauth import consent_page, count_tokens, find_app, issue_token, redeem_code
from infra.sandbox.model import Token
from infra.sandbox.network import Network
from infra.sandbox.validation import meta as validation
from infra.sandbox.validation.meta import EDGES

SHORT, LONG = timedelta(hours=1), timedelta(days=60)  # lifetimes of tokens
YOUNGEST = timedelta(hours=24)  # age of a token that can be refreshed
PREFIXES = {"user": "EAA", "instagram": "IGAA", "threads": "THAA"}  # of secrets, by kind of token
SPENT = "Matching code was not found or was already used"
NO_SECRET = "Error validating client secret."  # noqa: S105 (words)
MOST_IDS = 50
APP = "1400000000000001"
DATA_ACCESS = timedelta(days=90)
TYPES = {"page": "PAGE", "system": "SYSTEM_USER"}
Nodes = Any  # the nodes that a token sees; each platform has a class of its own
Kinds = str | Mapping[str, str]


def issue_login_token(network: Network, source: Token, kind: str, lifetime: timedelta) -> Token:
    """Grant a token of a login for a code, or for an older token."""
    seed = f"{source.secret} {count_tokens(network, source.where)}"
    secret = f"{PREFIXES[kind]}{hashlib.sha256(seed.encode()).hexdigest()}"
    return issue_token(network, source, secret, kind=kind, expires=network.now() + lifetime)


class GraphFace(Face):
    """A face of the Graph API.

    A platform provides its nodes, its files, and its limits.
    """

    case: ClassVar[str]  # business use case: pages, instagram, threads
    throttle_codes: ClassVar[Mapping[str, int]]  # by kind of token; other requests count against the app
    business: ClassVar[Sequence[str]]  # kinds of token whose requests count against the account they read
    lost_type: ClassVar[str] = METHOD  # type of the error for a missing node
    newest: ClassVar[int] = 26  # version
    by_ids: ClassVar[bool] = True  # supports ?ids=

    def routes(self) -> Routes:
        return {
            "/<version>/": self.show_several,
            "/<version>/<wanted>": self.show_node,
            "/<version>/<wanted>/<edge>": self.show_edge,
            "/scontent/<path:path>": self.serve_media,
        }

    def _enter(self) -> Response | None:
        """Answer requests to the content network without a quota or a token."""
        return None if request.path.startswith("/scontent/") else super()._enter()

    @abstractmethod
    def nodes_for(self, token: Token) -> Nodes:
        """Return the nodes that a token sees."""

    @abstractmethod
    def find_node(self, nodes: Nodes, wanted: str) -> Node | None:
        """Return the node with an ID, as the token sees it."""

    @abstractmethod
    def owner(self, token: Token) -> str:
        """Return the ID of the token's account."""

    @abstractmethod
    def find_file(self, path: str) -> tuple[bytes, str] | None:
        """Return the bytes and type of the file at a path of meta/media.py."""

    # -- tokens ------------------------------------------------------------------------------------

    def secret(self) -> str:
        header = re.sub(r"^(Bearer|OAuth) ", "", request.headers.get("Authorization", "")).strip()
        return request.args.get("access_token", "") or header

    def client(self) -> str:
        return self.secret() or "anonymous"

    def find_token(self, secret: str) -> Token | None:
        """Return the token with a secret, even a dead one."""
        return next(
            (one for one in self.network.tokens if (one.where, one.secret) == (self.where, secret)), None
        )

    def token(self) -> Token:
        """Return the living token of the request; refuse any other."""
        secret = self.secret()
        if not secret:
            raise Refusal(400, error(104))
        token = self.find_token(secret)
        if token is None:
            raise Refusal(400, error(190))
        if not self.network.lives(token):
            raise Refusal(400, self.explain_death(token))
        return token

    def explain_death(self, token: Token) -> Json:
        parent = self.find_token(token.parent) if token.parent else None
        if parent is not None and parent.expired:
            return self.explain_death(parent)
        return dead(token.reason, token.expires or self.network.now(), self.network.now())

    # -- responses ---------------------------------------------------------------------------------

    def usage_headers(self) -> dict[str, str]:
        """Return the usage in percent of the limits. Without usage there are no headers."""
        left, token = quota(), self.find_token(self.secret())
        share = 100 if left.exceeded else 100 * (left.limit - left.remaining) // left.limit
        if share == 0:
            return {}
        shares = {"call_count": share, "total_cputime": share // 3, "total_time": share // 2}
        headers = {"X-App-Usage": dump(shares)}
        if token is not None and token.kind in self.business:
            minutes = -(-(left.reset - self.network.now()) // timedelta(minutes=1)) if left.exceeded else 0
            case = {"type": self.case, **shares, "estimated_time_to_regain_access": max(0, minutes)}
            headers["X-Business-Use-Case-Usage"] = dump({self.owner(token): [case]})
        return headers

    def answer(
        self, value: Json, status: int = 200, kind: Kinds = "", edge: str = "", fields: Sequence[Field] = ()
    ) -> Response:
        """Return a response.

        kind: of the node, or of the nodes of the `edge`; with ?ids=, of each ID.
        """
        version = request.view_args.get("version", "") if request.view_args else ""
        headers = {
            "facebook-api-version": version if re.fullmatch(r"v\d+\.0", version) else f"v{self.newest}.0",
            **self.usage_headers(),
        }
        check = partial(validation.check, kind=kind, edge=edge, asked=asked_of(fields))
        return reply(check, dump(value), status, "application/json; charset=UTF-8", headers)

    def refused(self, refusal: Refusal) -> Response:
        return self.answer(refusal.details[0], refusal.status)

    def lost(self, found: HTTPException) -> Response:
        if found.code == 405:
            message = missing("me")["error"]["message"].replace(
                "get request", f"{request.method.lower()} request"
            )
            return self.answer(error(100, 33, message=message, kind=METHOD), 400)
        return self.answer(error(2500, message=f"Unknown path components: {request.path}"), 400)

    def throttled(self) -> Response:
        token = self.find_token(self.secret())
        return self.ordered(self.throttle_codes.get(token.kind if token else "", 4), 0)

    def ordered(self, code: int, subcode: int) -> Response:
        reason = (
            next((word for word, (known, _) in REASONS.items() if known == subcode), None)
            if code == 190
            else None
        )
        now = self.network.now()
        return self.answer(dead(reason, now, now) if reason else error(code, subcode), KINDS[code].status)

    # -- requests ----------------------------------------------------------------------------------

    def read_request(self, version: str) -> tuple[Nodes, Renderer, tuple[Field, ...]]:
        """Return the visible nodes, how to render them, and the requested fields."""
        number = re.fullmatch(r"v(\d+)\.0", version)
        if number is None or int(number[1]) > self.newest:
            raise Refusal(400, error(2500, message=f"Unknown path components: {request.path}"))
        token = self.token()
        return (
            self.nodes_for(token),
            Renderer(f"{base()}/{version}", token.secret),
            parse(request.args.get("fields", "")),
        )

    def check_cost(self, fields: Sequence[Field], count: int) -> None:
        """Refuse a request that is too large for one response."""
        if count * max(cost(fields), 1) > self.network.places[self.where].heaviest:
            raise Refusal(500, error(1))

    def require_node(self, nodes: Nodes, wanted: str) -> Node:
        found = self.find_node(nodes, wanted)
        if found is None:
            raise Refusal(400, missing(wanted, self.lost_type))
        return found

    def show_node(self, version: str, wanted: str) -> Response:
        if wanted == "debug_token":
            return self.describe_token(version)
        if "ids" in request.args:
            return self.show_several(version, wanted)
        nodes, renderer, fields = self.read_request(version)
        self.check_cost(fields, 1)
        node = self.require_node(nodes, wanted)
        return self.answer(renderer.node(node, fields), 200, node.kind, "", fields)

    def show_edge(self, version: str, wanted: str, edge: str) -> Response:
        nodes, renderer, fields = self.read_request(version)
        self.check_cost(fields, max(1, limit_of(request.args)))
        node = self.require_node(nodes, wanted)
        if edge == "picture" and "picture" in validation.fields_of(node.kind):
            return self.picture(renderer.value(node, Field("picture")))
        return self.answer(
            self.list_edge(renderer, node, edge, fields),
            200,
            self.edge_kind(renderer, node, edge),
            edge,
            fields,
        )

    def picture(self, value: Json) -> Response:
        """Return the address of an image, as a redirect by default."""
        if request.args.get("redirect", "true") in ("0", "false"):
            return self.answer(value, 200, "Pictured")
        there = redirect(value["data"]["url"])
        return reply(
            validation.check_redirect,
            there.get_data(),
            there.status_code,
            "text/html",
            {"Location": there.headers["Location"]},
        )

    def edge_kind(self, renderer: Renderer, node: Node, edge: str) -> str:
        renderer.known(node.kind, edge)
        return EDGES.get(node.kind, {}).get(edge, "")

    def list_edge(self, renderer: Renderer, node: Node, name: str, fields: Sequence[Field]) -> Json:
        """Return the page of an edge that the parameters request."""
        if not self.edge_kind(renderer, node, name):
            raise Refusal(400, error(2500, message=f"Unknown path components: /{name}"))
        made = node.values.get(name)
        edge = made(request.args) if callable(made) else None
        return renderer.edge(edge, request.args, fields) if isinstance(edge, Edge) else {"data": []}

    def show_several(self, version: str, edge: str = "") -> Response:
        """Return the nodes in ?ids=a,b. If one is missing, all are refused."""
        nodes, renderer, fields = self.read_request(version)
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
        self.check_cost(fields, len(wanted) * (max(1, limit_of(request.args)) if edge else 1))
        found = {one: self.find_node(nodes, one) for one in wanted}
        lost = [one for one, node in found.items() if node is None]
        if lost:
            raise Refusal(404, error(803, message=f"{KINDS[803].message}: {','.join(lost)}"))
        there = {one: node for one, node in found.items() if node is not None}
        kinds = {
            one: self.edge_kind(renderer, node, edge) if edge else node.kind for one, node in there.items()
        }
        value = {
            one: self.list_edge(renderer, node, edge, fields) if edge else renderer.node(node, fields)
            for one, node in there.items()
        }
        return self.answer(value, 200, kinds, edge, fields)

    def describe_token(self, version: str) -> Response:
        """Describe the token in `input_token`.

        The application may ask, too; its token is its ID and its secret.
        """
        app, _, secret = self.secret().partition("|")
        if not secret or self.network.token(self.where, secret, app) is None:
            self.read_request(version)
        token = self.find_token(request.args.get("input_token", ""))
        if token is None:
            lost = {"code": 190, "message": KINDS[190].message}
            return self.answer({"data": {"error": lost, "is_valid": False, "scopes": []}}, 200, "Debugged")
        alive, granted = self.network.lives(token), token.granted or self.network.start
        body: Json = {
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
            body["profile_id"] = self.owner(token)
        if not alive:
            died = self.explain_death(token)["error"]
            body["error"] = {"code": 190, "message": died["message"], "subcode": died["error_subcode"]}
        return self.answer({"data": body}, 200, "Debugged")

    # -- files -------------------------------------------------------------------------------------

    def serve_media(self, path: str) -> Response:
        """Return a file of the content network.

        Its address must have been issued in the last days.
        """
        check, why = validation.check_media, refused(path, request.args, self.network.now())
        found = self.find_file(path) if why is None else None
        if found is None:
            return reply(check, why or "Not Found", 403 if why else 404, "text/plain")
        return reply(check, found[0], 200, found[1], {"Cache-Control": "max-age=1209600, no-transform"})


class OwnLoginFace(GraphFace):
    """A face with a login of its own, as Instagram and Threads have."""

    own: ClassVar[str]  # kind of the login's tokens
    grant_type: ClassVar[str]  # to refresh a long-lived token
    exchange_type: ClassVar[str]  # to exchange a short-lived token for a long-lived one
    traded_kind: ClassVar[str]  # kind of the response to a code, for validation
    refreshed_kind: ClassVar[str]  # kind of the response to a refresh, for validation
    tells_permissions: ClassVar[bool] = True  # in the response to a refresh

    def routes(self) -> Routes:
        refresh: Routes = {
            f"{version}/refresh_access_token": self.refresh_token for version in ("", "/<version>")
        }
        page = consent_page(self.network, self.where)
        return {**super().routes(), **refresh, "/oauth/authorize": page, "/access_token": self.exchange_short}

    def forms(self) -> Routes:
        return {"/oauth/access_token": self.exchange_code}

    @abstractmethod
    def describe_short(self, token: Token) -> Json:
        """Return the response with the token that a code gives."""

    def exchange_code(self) -> Response:
        """Grant a token for an hour for a code.

        Errors of this address have a form of their own.
        """
        form = request.form
        if not find_app(self.network, self.where, form.get("client_id", ""), form.get("client_secret", "")):
            return self.flat_error(NO_SECRET)
        code = redeem_code(self.network, self.where, form)
        if code is None or form.get("grant_type") != "authorization_code":
            return self.flat_error(SPENT)
        return self.answer(
            self.describe_short(issue_login_token(self.network, code, self.own, SHORT)), 200, self.traded_kind
        )

    def flat_error(self, words: str) -> Response:
        body = {"error_type": "OAuthException", "code": 400, "error_message": words}
        return reply(validation.check_flat, dump(body), 400, "application/json; charset=UTF-8")

    def exchange_short(self) -> Response:
        """Grant a token for 60 days for one for an hour."""
        token, asked = self.token(), request.args
        apps = (one for one in self.network.tokens if (one.where, one.kind) == (self.where, "app"))
        if not any(one.secret == asked.get("client_secret") for one in apps):
            raise Refusal(400, error(100, message=NO_SECRET))
        if asked.get("grant_type") != self.exchange_type or token.kind != self.own:
            raise Refusal(400, error(100))
        fresh = issue_login_token(self.network, token, self.own, LONG)
        return self.answer(self.describe_long(fresh), 200, "LoginToken")

    def describe_long(self, token: Token) -> Json:
        expires = int(LONG.total_seconds())
        return {"access_token": token.secret, "token_type": "bearer", "expires_in": expires}

    def refresh_token(self, **_: str) -> Response:
        """Grant a token for the next 60 days. The old one lives until its own end."""
        token, now = self.token(), self.network.now()
        if request.args.get("grant_type") != self.grant_type or token.kind != self.own:
            raise Refusal(400, error(100))
        if now - (token.granted or self.network.start) < YOUNGEST:
            raise Refusal(400, error(100, message="(#100) The access token is less than 24 hours old"))
        number = count_tokens(self.network, self.where, token.account)
        secret = f"{token.secret.partition('~')[0]}~{number}"
        fresh = issue_token(self.network, token, secret, kind=token.kind, expires=now + LONG)
        permitted = {"permissions": ",".join(token.scopes)} if self.tells_permissions else {}
        return self.answer({**self.describe_long(fresh), **permitted}, 200, self.refreshed_kind)
