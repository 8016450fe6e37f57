"""What all faces share: one gate before them (faults, the lock) and one behind (no answer leaves unchecked)."""

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
from infra.sandbox.network import Network
from infra.sandbox.validation import Invalid

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Json = dict[str, Any]
Check = Callable[[int, Mapping[str, str], bytes], None]
ORDERED = "sandbox.ordered"  # the number of an error that a story wants told
Routes = Mapping[str, Callable[..., Response]]


class Refusal(Exception):
    """An error of the platform, raised anywhere in a view; what the details are is the face's own."""

    def __init__(self, status: int, *details: Any) -> None:
        super().__init__(status, *details)
        self.status, self.details = status, details


def base() -> str:
    """The address that the face is mounted at, without a slash: the platform's own host as far as links go."""
    return request.url_root.rstrip("/")


def quota() -> Quota:
    return cast("Quota", g.quota)


def reply(
    check: Check, body: bytes | str, status: int, content_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer with the check that it must pass."""
    g.check = check
    return Response(body, status, {"Content-Type": content_type, **(headers or {})})


def dump(value: Any, *, pretty: bool = False) -> str:
    """JSON in UTF-8, compact or indented; a lone surrogate, which UTF-8 cannot hold, stays an escape."""
    plain = (
        json.dumps(value, ensure_ascii=False, indent=2)
        if pretty
        else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    )
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", plain)


class Face(ABC):
    """One platform's API over the network: a Flask app whose requests are counted and whose answers are
    checked.
    """

    def __init__(self, network: Network, where: str) -> None:
        self.network, self.where = network, where
        self.app = Flask(f"sandbox/{where}", static_folder=None)
        self.app.url_map.strict_slashes = self.app.url_map.merge_slashes = (
            False  # no redirects of Flask's own
        )
        self.app.config["PROPAGATE_EXCEPTIONS"] = True  # a bug of the sandbox is no answer
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
        """{rule: view}"""

    def forms(self) -> Routes:
        """{rule: view} of what is asked for with a posted form: tokens."""
        return {}

    @abstractmethod
    def client(self) -> str:
        """Whose quota the request counts against."""

    def cost(self) -> int:
        """What the request takes from that quota; one that takes nothing is never throttled."""
        return 1

    @abstractmethod
    def throttled(self) -> Response:
        """The platform's answer to one request too many: mostly a 429."""

    def ordered(self, code: int, subcode: int) -> Response:
        """The platform's own error of that number. Only those in moderation.CODED have numbers: a story that
        orders one of another platform is refused before it gets here."""
        raise ValueError(f"the errors of {self.where} have no numbers: {code}, {subcode}")

    @abstractmethod
    def refused(self, refusal: Refusal) -> Response: ...

    @abstractmethod
    def lost(self, error: HTTPException) -> Response:
        """The platform's answer for a path or a method that it does not have."""

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
            told = dump({"sandbox": "this is no answer of the platform", "reason": str(reason)})
            return Response(told, 500, mimetype="application/json")
        return response


class Gate:
    """The WSGI app around a face: one request at a time, and faults, which are no answers of the platform."""

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
