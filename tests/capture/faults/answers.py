"""Responses of a platform or a network when something is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from tests.fault_transport import Answer

LIMIT = 1 << 20


def always(status: int, body: bytes | str = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request, _real: httpx.Response(status, headers=named, content=body)


def raising(problem: type[httpx.TransportError]) -> Answer:
    def answer(request: httpx.Request, _: object) -> httpx.Response:
        raise problem("as a network does it", request=request)

    return answer


class Stream(httpx.SyncByteStream):
    """A body that may end with an error, or never; `read` counts the bytes that were taken."""

    def __init__(self, pieces: Callable[[], Iterator[bytes]]) -> None:
        self.pieces, self.read = pieces, 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces():
            self.read += len(piece)
            yield piece


def cut(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
    whole = real().read()

    def pieces() -> Iterator[bytes]:
        yield whole[: len(whole) // 2]
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")

    return httpx.Response(200, stream=Stream(pieces))


def altered(change: Callable[[Any], Any]) -> Answer:
    """Return the platform's own response with its JSON changed."""

    def answer(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        response = real()
        return httpx.Response(response.status_code, content=json.dumps(change(json.loads(response.read()))))

    return answer


def without_zones(tree: Any) -> Any:
    return {
        **tree,
        "descendants": [{**d, "created_at": d["created_at"].rstrip("Z")} for d in tree["descendants"]],
    }


def named_ids(tree: Any) -> Any:
    return {**tree, "descendants": [{**d, "id": {"value": d["id"]}} for d in tree["descendants"]]}


FAULTS: dict[str, tuple[Answer, str]] = {
    "an error of the server": (always(500), "500"),
    "a gateway's": (always(502, "<html>Bad gateway</html>"), "502"),
    "no answer in time": (raising(httpx.ReadTimeout), "ReadTimeout"),
    "no connection": (raising(httpx.ConnectError), "ConnectError"),
    "cut in the middle": (cut, "RemoteProtocolError"),
    "HTML": (
        always(200, "<!doctype html><title>Down for maintenance</title>", content_type="text/html"),
        "HTML instead of JSON",
    ),
    "nothing": (always(200), "nothing instead of JSON"),
    "half of it": (always(200, '{"ancestors": [], "descenda'), "unreadable content"),
    "another encoding": (
        always(200, '{"ancestors": [], "descendants": "é"}'.encode("latin-1")),
        "instead of JSON",
    ),
    "not what it says it is coded in": (always(200, b"{}", content_encoding="gzip"), "DecodingError"),
    "an error as a success": (
        always(200, '{"error": "This method requires an authenticated user"}'),
        "descendants",
    ),
    "a list for an object": (always(200, "[]"), "must be"),
    "nested without end": (always(200, "[" * 100_000), ""),
    "dates without zone": (altered(without_zones), "created_at"),
    "ids that are none": (altered(named_ids), "id"),
    "refused": (always(403, '{"error": "This action is not allowed"}'), "403"),
    "a sign-in page": (always(302, location="/auth/sign_in"), "sign-in page"),
    "a sign-in page elsewhere": (
        always(302, location="https://accounts.example.org/login"),
        "another host (accounts.example.org)",
    ),
    "an address that is none": (always(302, location="http://[::1"), "Invalid URL in location header"),
    "round and round": (
        lambda r, _: httpx.Response(302, headers={"location": str(r.url)}),
        "more than 5 times",
    ),
    "too large": (always(200, b" " * (LIMIT + 1)), f"more than {LIMIT} bytes"),
}
