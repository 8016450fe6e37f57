"""The base of all faces: routes, quotas, faults, and the check of each response."""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request as WSGIRequest
from werkzeug.wrappers import Response as WSGIResponse

from infra.sandbox.limits import Quota, answer_fault, count, take_fault
from infra.sandbox.model import Photo, Post
from infra.sandbox.network import Network
from infra.sandbox.pictures import picture
from infra.sandbox.validation import Invalid

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Json = dict[str, Any]
Check = Callable[[int, Mapping[str, str], bytes], None]
ORDERED = "sandbox.ordered"  # numbers of an error that a story orders
Routes = Mapping[str, Callable[..., Response]]


class Refusal(Exception):
    """An error of the platform, raised anywhere in a view.

    details: arguments for the face's own `refused`.
    """

    def __init__(self, status: int, *details: Any) -> None:
        super().__init__(status, *details)
        self.status, self.details = status, details


def base() -> str:
    """Return the address of the face, without a final slash.

    It replaces the platform's host in links.
    """
    return request.url_root.rstrip("/")


def bearer() -> str:
    """Return the token in the header Authorization, or ""."""
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()


def quota() -> Quota:
    return cast("Quota", g.quota)


def reply(
    check: Check, body: bytes | str, status: int, content_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a response with the check that it must pass."""
    g.check = check
    return Response(body, status, {"Content-Type": content_type, **(headers or {})})


def dump(value: Any, *, pretty: bool = False) -> str:
    """Return JSON in UTF-8, compact or indented.

    A lone surrogate, which UTF-8 cannot encode, remains an escape.
    """
    plain = (
        json.dumps(value, ensure_ascii=False, indent=2)
        if pretty
        else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    )
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", plain)


def sort_newest(posts: Iterable[Post]) -> list[Post]:
    return sorted(posts, key=lambda post: (post.created, post.number), reverse=True)


def photo_bytes(where: str, photo: Photo) -> bytes:
    """Return the file of a photo, made from its seed, or from its place and number."""
    return picture(photo.kind, photo.seed or f"{where}{photo.number}", photo.width, photo.height)


class Face(ABC):
    """One platform's API: a Flask app that counts requests and checks responses."""

    def __init__(self, network: Network, where: str) -> None:
        self.network, self.where = network, where
        self.app = Flask(f"sandbox/{where}", static_folder=None)
        # no redirects by Flask, and no response for a bug of the sandbox
        self.app.url_map.strict_slashes = self.app.url_map.merge_slashes = False
        self.app.config["PROPAGATE_EXCEPTIONS"] = True
        self.app.before_request(self._enter)
        self.app.after_request(self._leave)
        self.app.register_error_handler(Refusal, self.refused)
        self.app.register_error_handler(HTTPException, self.lost)
        for rule, view in self.routes().items():
            self.app.add_url_rule(rule, rule, view, methods=["GET"], provide_automatic_options=False)
        for rule, view in self.forms().items():
            self.app.add_url_rule(rule, rule, view, methods=["POST"], provide_automatic_options=False)

    @abstractmethod
    def routes(self) -> Routes:
        """Return {rule: view} for GET."""

    def forms(self) -> Routes:
        """Return {rule: view} for POST: sign-in, tokens, and queries."""
        return {}

    @abstractmethod
    def client(self) -> str:
        """Return the key of the quota of the request."""

    def cost(self) -> int:
        """Return the cost of the request in that quota.

        Requests without a cost are never throttled.
        """
        return 1

    @abstractmethod
    def throttled(self) -> Response:
        """Return the platform's response to a request over the quota, mostly a 429."""

    def ordered(self, code: int, subcode: int) -> Response:
        """Return the platform's own error with these numbers.

        Only the platforms in moderation.CODED have numbers. A story that orders an error of another one is
        refused earlier.
        """
        raise ValueError(f"the errors of {self.where} have no numbers: {code}, {subcode}")

    @abstractmethod
    def refused(self, refusal: Refusal) -> Response: ...

    @abstractmethod
    def lost(self, error: HTTPException) -> Response:
        """Return the platform's response for an unknown path or method."""

    def _enter(self) -> Response | None:
        cost = self.cost()
        g.quota = count(self.network, self.where, self.client(), cost)
        if cost and quota().exceeded:
            return self.throttled()
        return self.ordered(*request.environ[ORDERED]) if ORDERED in request.environ else None

    def _leave(self, response: Response) -> Response:
        try:
            if "check" not in g:
                raise Invalid(f"nothing checks {request.path}")
            if request.method != "HEAD":
                g.check(response.status_code, response.headers, response.get_data())
        except Invalid as reason:
            self.network.invalid.append(f"{self.where}: {request.full_path}: {reason}")
            body = dump({"sandbox": "this is no answer of the platform", "reason": str(reason)})
            return Response(body, 500, mimetype="application/json")
        return response


class Gate:
    """The WSGI app around a face.

    It handles one request at a time, and injects faults.
    """

    def __init__(self, face: Face) -> None:
        self.face = face

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        asked, network = WSGIRequest(environ), self.face.network
        with network.lock:
            fault = take_fault(network, self.face.where, asked.full_path)
            if fault is not None and fault.code:
                environ[ORDERED], fault = (fault.code, fault.subcode), None
            real = (
                WSGIResponse.from_app(self.face.app, environ, buffered=True)
                if fault is None or fault.cut is not None
                else None
            )
        answer = answer_fault(fault, asked, real) if fault is not None else cast("WSGIResponse", real)
        return answer(environ, start_response)
