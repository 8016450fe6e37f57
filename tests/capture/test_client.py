"""The HTTP client with real sockets: retries, refusals, unchanged bodies, and unrevealed secrets."""

from __future__ import annotations

import gzip
import logging
import socketserver
import threading
import traceback
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import httpx
import pytest

from recordroom.archive import secret_scan
from recordroom.archive.media import is_missing
from recordroom.archive.secret_scan import MARKER
from recordroom.capture.http import client as module
from recordroom.capture.http import downloads, slow_servers
from recordroom.capture.http.client import HttpClient
from recordroom.errors import (
    AccountUnavailable,
    Blocked,
    PlatformFailure,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
)
from recordroom.model import NO_ANSWER, Media

SECRET = "s3cret-of-our/account+=="
Script = Callable[[BinaryIO], None]


@dataclass
class Server:
    """A server that answers each path with the next of its scripts; the last script repeats."""

    url: str
    over: threading.Event = field(default_factory=threading.Event)  # the test has ended
    scripts: dict[str, list[Script]] = field(default_factory=dict)  # path -> scripts, the next one first
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # (path, headers) of each request

    def on(self, path: str, *answers: bytes | Script) -> str:
        self.scripts[path] = [a if callable(a) else sends(a) for a in answers]
        return f"{self.url}{path}"

    def names(self) -> list[tuple[str, int]]:
        port = int(self.url.rpartition(":")[2])
        return [("127.0.0.1", port), ("localhost", port)]

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def silent(self, _: BinaryIO) -> None:
        """Send no response."""
        self.over.wait()

    def drips(self, head: bytes, drop: bytes) -> Script:
        """Return a script that sends this head, and then fifty drops a second without end."""

        def script(out: BinaryIO) -> None:
            out.write(head)
            while not self.over.wait(0.02):
                out.write(drop)

        return script


def sends(data: bytes) -> Script:
    def script(out: BinaryIO) -> None:
        out.write(data)

    return script


def answer(body: bytes = b"{}", status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            path = self.rfile.readline().decode().split(" ")[1]
            lines = iter(lambda: self.rfile.readline().decode("latin-1").strip(), "")
            headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
            # if any of it is unread, the system cuts the response short
            self.rfile.read(int(headers.get("content-length", 0)))
            served.asked.append((path, headers))
            scripts = served.scripts[path.partition("?")[0]]
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
            try:
                script(cast("BinaryIO", self.wfile))
            except (BrokenPipeError, ConnectionResetError):
                return  # the client had enough of it

    class Threading(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Threading(("127.0.0.1", 0), Handler) as tcp:
        served = Server(f"http://127.0.0.1:{tcp.server_address[1]}")
        threading.Thread(target=tcp.serve_forever, args=(0.02,), daemon=True).start()
        yield served
        served.over.set()
        tcp.shutdown()


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RETRY", module._RETRY.copy_with(backoff_factor=0))


@pytest.fixture
def client(server: Server) -> Iterator[HttpClient]:
    """Provide a client that waits long enough for this server, however busy the machine is."""
    client = HttpClient(contact="records@example.org", limit=1 << 20, private=server.names())
    yield client
    client.close()


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


# -- tried again, or not
# ------------------------------------------------------------------------------------------------------------


def test_what_is_cut_in_the_middle_is_asked_for_again(server: Server, client: HttpClient) -> None:
    url = server.on(
        "/",
        answer(b"{" * 1000)[:-500],
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"a\r\n',
        answer(b'{"a": 1}'),
    )
    assert client.get(url).body == b'{"a": 1}'
    assert client.requests == 3
    assert len(server.asked) == 3


def test_what_is_always_cut_is_named(server: Server, client: HttpClient) -> None:
    with pytest.raises(UnexpectedResponse, match="no complete response in 3 tries") as failed:
        client.get(server.on("/", answer(b"{" * 1000)[:-500]), context={"root": "x:1"})
    assert len(server.asked) == 3
    told = failed.value.exchange
    assert told is not None
    assert (told.status, told.url, told.body, told.headers, told.context) == (
        NO_ANSWER,
        f"{server.url}/",
        b"",
        (),
        {"root": "x:1"},
    )


def test_whether_a_server_took_a_request_is_told(
    server: Server, client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure of one request alone may be passed over; an unreachable server fails every request."""
    impatient = HttpClient(contact="records@example.org", limit=1000, private=server.names(), timeout=0.2)
    monkeypatch.setattr(slow_servers, "OVER", 0.3)
    asked: list[tuple[HttpClient, str]] = [
        (impatient, server.on("/silent", server.silent)),
        (impatient, server.on("/large", answer(b"{" * 2000))),
        (client, server.on("/drips", server.drips(answer(b"{" * 1000)[:-1000], b" "))),
        (client, server.on("/head", server.drips(b"HTTP/1.1 200 OK\r\nX-Long: ", b"a"))),
        (impatient, "http://127.0.0.1:1/"),
    ]
    told = []
    for one, url in asked:
        with pytest.raises(UnexpectedResponse) as failed:
            one.get(url)
        told.append(failed.value.exchange.status if failed.value.exchange else None)
    assert told == [NO_ANSWER] * 4 + [None]
    impatient.close()


def test_no_answer_in_time_is_asked_for_three_times_and_no_more(server: Server) -> None:
    client = HttpClient(contact="records@example.org", limit=1000, private=server.names(), timeout=0.2)
    with pytest.raises(UnexpectedResponse, match="ReadTimeout"):
        client.get(server.on("/", server.silent))
    assert client.requests == 3
    client.close()


def test_a_server_that_only_drips_is_named(
    server: Server, client: HttpClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_servers, "OVER", 0.3)
    url = server.on("/", server.drips(answer(b"{" * 1000)[:-1000], b" "))
    with pytest.raises(UnexpectedResponse, match=r"sent only \d+ bytes in"):
        client.get(url)
    item = Media("m", "image", url)
    assert "the server sent only " in downloads.fetch_file(client, 1 << 20, item, tmp_path)["missing_reason"]
    assert files_in(tmp_path) == [], "what had come by then keeps no room"
    assert len(server.asked) == 2


def test_the_head_of_an_answer_may_not_drip_either(
    server: Server, client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of its bytes comes in time, but the complete head does not."""
    monkeypatch.setattr(slow_servers, "OVER", 0.3)
    with pytest.raises(UnexpectedResponse, match=r"sent only \d+ bytes in"):
        client.get(server.on("/", server.drips(b"HTTP/1.1 200 OK\r\nX-Long: ", b"a")))
    assert len(server.asked) == 1


def test_a_large_answer_comes_in_its_time_or_not_at_all(
    server: Server, client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rate that is enough for a small response would take weeks for a video."""
    monkeypatch.setattr(slow_servers, "OVER", 0.1)
    monkeypatch.setattr(slow_servers, "LONG", 0.3)
    monkeypatch.setattr(slow_servers, "SLOW", 1_000_000)
    with pytest.raises(UnexpectedResponse, match=r"sent only \d{4,6} bytes in"):
        client.get(server.on("/", server.drips(answer(b"{" * 1_000_000)[:-1_000_000], b" " * 1000)))


def test_a_host_that_keeps_us_waiting_for_files_in_vain_is_asked_ever_more_seldom(
    server: Server, client: HttpClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client never stops asking.

    Otherwise two videos that never come would block the images after them, each night again.
    """
    monkeypatch.setattr(slow_servers, "VAIN", 0.0)
    dice = iter([0.99] * 4 + [0.5] * 4 + [0.49, 0.25, 0.24, 0.99])
    monkeypatch.setattr(slow_servers, "random", lambda: next(dice))
    script = server.on("/", b""), server.on("/there", answer(b"words"))
    silent, there = (Media("m", "document", url) for url in script)

    def reason(item: Media) -> str:
        return str(downloads.fetch_file(client, 1000, item, tmp_path).get("missing_reason", ""))

    assert ["RemoteProtocolError" in reason(silent), reason(there)] == [
        True,
        "",
    ], "a server that answers once is asked again"
    assert ["RemoteProtocolError" in reason(silent) for _ in range(2)] == [True, True]
    asked = len(server.asked)
    for item in (silent, there):
        assert is_missing(reason(item))
        assert "earlier files in time" in reason(item)
    assert len(server.asked) == asked
    assert client.get(server.on("/api", answer())).status == 200, "the platform itself is another matter"
    assert "RemoteProtocolError" in reason(silent), "one of two is asked for"
    assert "did not send 3 earlier files in time" in reason(there), "one of four"
    assert [reason(there), reason(there)] == ["", ""], "a server that answers once is asked again"


def test_three_tries_to_connect_are_a_wait_in_vain() -> None:
    """A network that drops everything sent to a host does not respond at all, for each file."""
    client = HttpClient(contact="records@example.org", limit=1000)
    assert (module._RETRY.total + 1) * (client._http.timeout.connect or 0) > slow_servers.VAIN
    client.close()


def test_nobody_there_is_named(client: HttpClient) -> None:
    for url in (
        "http://127.0.0.1:1/",
        f"http://{'a' * 70}.example/",
        "http://127.0.0.1:99999/",
        "http://[::1",
        "gopher://x/",
        "/x",
    ):
        with pytest.raises(UnexpectedResponse):
            client.get(url)


def test_errors_of_a_server_are_asked_for_again(server: Server, client: HttpClient) -> None:
    bad = answer(b"", "502 Bad Gateway")
    assert client.get(server.on("/", bad, bad, answer(b"[]"))).body == b"[]"


@pytest.mark.parametrize(
    ("status", "headers", "signed_in", "failure"),
    [
        ("429 Too Many", [], True, Throttled),
        ("503 Busy", ["Retry-After: 30"], True, Throttled),
        ("503 Busy", [], True, UnexpectedResponse),
        ("401 Who", [], True, TokenExpired),
        ("401 Who", [], False, Blocked),
        ("403 No", [], True, Blocked),
        ("404 Gone", [], True, AccountUnavailable),
        ("410 Gone", [], True, AccountUnavailable),
        ("418 Teapot", [], True, UnexpectedResponse),
        ("304 Not Modified", [], True, UnexpectedResponse),
    ],
)
def test_a_status_has_its_name(
    server: Server,
    client: HttpClient,
    *,
    status: str,
    headers: list[str],
    signed_in: bool,
    failure: type[PlatformFailure],
) -> None:
    if signed_in:
        client.authorize({"token": SECRET})
    with pytest.raises(failure) as caught:
        client.get(server.on("/", answer(b"", status, *headers)))
    assert type(caught.value) is failure
    assert caught.value.exchange is not None
    assert len(server.asked) == 1


# -- how much, and where
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("coded", [False, True], ids=["endless", "a bomb of gzip"])
def test_more_than_the_limit_is_not_read(server: Server, client: HttpClient, *, coded: bool) -> None:
    written: list[int] = []

    def endless(out: BinaryIO) -> None:
        out.write(b"HTTP/1.1 200 OK\r\n" + (b"Content-Encoding: gzip\r\n" if coded else b"") + b"\r\n")
        piece = gzip.compress(b"\0" * (16 << 20)) if coded else b"\0" * (1 << 16)
        while True:
            out.write(piece)
            written.append(len(piece))

    tracemalloc.start()
    with pytest.raises(UnexpectedResponse, match=f"more than {1 << 20} bytes"):
        client.get(server.on("/", endless))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < (160 << 20 if coded else 12 << 20)
    assert len(server.asked) == 1, "it is not asked for again"


def test_redirects_stay_on_the_host_and_take_the_sign_in_along(server: Server, client: HttpClient) -> None:
    server.on("/new", answer(b'"here"'))
    moved = server.on("/old", answer(b"", "301 Moved", "Location: /new?page=2"))
    got = client.get(moved, {"page": 1}, headers={"Authorization": f"Bearer {SECRET}"})
    assert got.body == b'"here"'
    assert server.asked[-1][0] == "/new?page=2"
    assert server.asked[-1][1]["authorization"] == f"Bearer {SECRET}"
    assert got.url.endswith("/new?page=2")
    assert not any(name.lower() == "authorization" for name, _ in got.request_headers)


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("http://127.0.0.2:1/", "another host"),
        ("https://example.org/", "another host"),
        ("/wp-login.php", "sign-in page"),
        ("/users/sign_in?next=1", "sign-in page"),
        ("/LogIn/", "sign-in page"),
        ("/turn", "more than 5 times"),
    ],
)
def test_a_redirect_that_leads_astray_is_named(
    server: Server, client: HttpClient, location: str, words: str
) -> None:
    with pytest.raises(UnexpectedResponse, match=words):
        client.get(
            server.on("/turn", answer(b"", "302 Found", f"Location: {location}")),
            headers={"Authorization": f"Bearer {SECRET}"},
        )


@pytest.mark.parametrize(
    ("location", "mend"),
    [("http://www.127.0.0.1/", "with or without www."), ("http://127.0.0.2/", "sign in")],
)
def test_a_site_that_is_at_home_with_www_says_what_to_enter(
    server: Server, client: HttpClient, location: str, mend: str
) -> None:
    """This is the most common mistake in an address of a site or a feed."""
    with pytest.raises(UnexpectedResponse) as told:
        client.get(server.on("/feed", answer(b"", "301 Moved Permanently", f"Location: {location}")))
    assert mend in told.value.mend


def test_a_word_that_only_looks_like_signing_in_is_followed(server: Server, client: HttpClient) -> None:
    server.on("/2026/signing-ceremony", answer(b"1"))
    assert (
        client.get(server.on("/", answer(b"", "302 Found", "Location: /2026/signing-ceremony"))).body == b"1"
    )


def test_a_redirect_that_repeats_the_secret_is_followed_as_the_server_said_it(
    server: Server, client: HttpClient
) -> None:
    client.authorize({"token": "secret-in-the-address"})
    server.on("/b", answer(b"1"))
    got = client.get(server.on("/a", answer(b"", "302 Found", "Location: /b?token=secret-in-the-address")))
    assert server.asked[-1][0] == "/b?token=secret-in-the-address"
    assert "secret-in" not in str(got)


# -- as it came
# ------------------------------------------------------------------------------------------------------------


def test_headers_and_bytes_are_as_they_came_but_for_what_is_dropped(
    server: Server, client: HttpClient
) -> None:
    client.authorize({"token": SECRET})
    headers = [
        "Set-Cookie: session=1",
        "X-Name: Schülerzeitung",
        "x-name: twice",
        "Proxy-Status: seen",
        f"X-Echo: {SECRET}",
    ]
    got = client.get(
        server.on("/", answer(b"\x00\xff\r\n", f"200 Fine {SECRET}", *headers)), headers={"Cookie": "a=b"}
    )
    assert got.body == b"\x00\xff\r\n"
    names = [name for name, _ in got.headers]
    assert "X-Name" in names
    assert "x-name" in names
    assert dict(got.headers)["X-Name"] == "Schülerzeitung"
    assert not {"set-cookie", "proxy-status"} & {n.lower() for n in names}
    assert "cookie" not in {n.lower() for n, _ in got.request_headers}
    assert dict(got.headers)["X-Echo"] == MARKER.decode()
    assert SECRET not in got.reason
    assert server.asked[0][1]["accept-encoding"] == "identity"
    assert "records@example.org" in server.asked[0][1]["user-agent"]


def test_a_secret_across_compressed_chunks_is_scrubbed(server: Server, client: HttpClient) -> None:
    client.authorize({"token": SECRET})
    packed = gzip.compress(b'{"echo": "' + SECRET.encode() + b'"}')
    chunks = (
        b"".join(b"3\r\n" + packed[i : i + 3].ljust(3, b"\0") + b"\r\n" for i in range(0, len(packed), 3))
        + b"0\r\n\r\n"
    )
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    got = client.get(server.on("/", head + chunks))
    assert got.body == b'{"echo": "' + MARKER + b'"}'
    assert got.context["scrubbed"] == 1
    assert got.header("content-encoding") is None
    assert got.header("transfer-encoding") is None


def test_a_file_that_holds_the_secret_is_not_kept(server: Server, client: HttpClient, tmp_path: Path) -> None:
    client.authorize({"token": SECRET})
    url = server.on("/echo.svg", answer(b"<svg>" + SECRET.encode() + b"</svg>"))
    outcome = downloads.fetch_file(client, 1 << 20, Media("m", "image", f"{url}?token={SECRET}"), tmp_path)
    assert "contains a secret" in outcome["missing_reason"]
    assert SECRET not in str(outcome)
    assert files_in(tmp_path) == []


def test_a_file_that_unpacks_to_too_much_to_be_checked_is_lacking(
    server: Server, client: HttpClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.authorize({"token": SECRET})
    monkeypatch.setattr(secret_scan, "MOST", 1000)
    url = server.on("/letter.gz", answer(gzip.compress(b"x" * 1001)))
    outcome = downloads.fetch_file(client, 1 << 20, Media("m", "document", url), tmp_path)
    assert outcome["missing_reason"].startswith("too large: it unpacks to more than 1,000 bytes")
    assert is_missing(outcome["missing_reason"])
    assert files_in(tmp_path) == []


def test_a_file_that_wants_the_token_gets_it_and_no_other_host_does(
    server: Server, client: HttpClient, tmp_path: Path
) -> None:
    client.authorize({"token": SECRET})
    port = server.url.rpartition(":")[2]
    server.on("/there", answer(b"words"))
    for url in (
        server.on("/here", answer(b"words")),
        server.on("/near", answer(b"", "302 Found", "Location: /there")),
        server.on("/far", answer(b"", "302 Found", f"Location: http://localhost:{port}/there")),
    ):
        downloads.fetch_file(client, 1000, Media("m", "document", url, with_token=True), tmp_path)
    sent = [(path, "authorization" in headers) for path, headers in server.asked]
    assert sent == [("/here", True), ("/near", True), ("/there", True), ("/far", True), ("/there", False)]
    assert server.asked[0][1]["authorization"] == f"Bearer {SECRET}"
    server.asked.clear()
    downloads.fetch_file(client, 1000, Media("m", "document", f"{server.url}/here"), tmp_path)
    assert "authorization" not in server.asked[0][1]


@pytest.mark.parametrize(
    "url",
    ["http://[::1", "data:image/png;base64,AA", "", "http://", "//x", "http://user:pa55word@127.0.0.1:1/a"],
)
def test_a_media_address_that_is_none_is_named(client: HttpClient, tmp_path: Path, url: str) -> None:
    outcome = downloads.fetch_file(client, 1000, Media("m", "image", url), tmp_path)
    assert outcome["missing_reason"].startswith("not fetched: ")
    assert "pa55word" not in str(outcome)


@pytest.mark.parametrize(
    ("as_json", "sort"), [(False, "application/x-www-form-urlencoded"), (True, "application/json")]
)
def test_a_token_is_asked_for_by_form_or_as_json(as_json: bool, sort: str) -> None:
    """Whatever the response, it is requested once: what is sent may be valid for one use only."""
    asked: list[httpx.Request] = []

    def endpoint(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(502)

    client = HttpClient(contact="t@example.org", limit=1000, transport=httpx.MockTransport(endpoint))
    with pytest.raises(PlatformFailure) as caught:
        client.post("http://127.0.0.1/token", {"refresh_token": "once"}, as_json=as_json)
    sent = {True: b'{"refresh_token":"once"}', False: b"refresh_token=once"}[as_json]
    assert [(one.method, one.headers["content-type"], one.content) for one in asked] == [("POST", sort, sent)]
    assert caught.value.exchange is None


def test_what_is_traded_in_an_address_stands_in_no_failure(server: Server, client: HttpClient) -> None:
    """The client does not yet know a token that was received just now."""
    fine = client.trade(server.on("/fine", answer(b'{"access_token": "next"}')), {"token": SECRET})
    assert (fine.url, fine.body) == (f"{server.url}/fine", b'{"access_token": "next"}')
    told = [repr(fine)]
    scripts: dict[str, bytes] = {
        "/refused": answer(SECRET.encode(), "403 No"),
        "/cut": answer(SECRET.encode() * 9)[:-5],
        "/large": answer(SECRET.encode() * (1 << 16)),
        "/turn": answer(b"", "302 Found", f"Location: /?t={SECRET}"),
    }
    for address in (
        *(server.on(path, script) for path, script in scripts.items()),
        "http://127.0.0.1:1/",
        "http://[::1",
    ):
        with pytest.raises(PlatformFailure) as caught:
            client.trade(address, {"token": SECRET})
        told += [
            str(caught.value),
            repr(caught.value.exchange),
            "".join(traceback.format_exception(caught.value)),
        ]
    assert not [
        t for t in told for written in (SECRET, SECRET.replace("/", "%2F"), SECRET[:12]) if written in t
    ]


def test_nothing_is_told_of_a_secret(
    server: Server, client: HttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    """A secret appears neither in the log at any level, nor in any failure's message, data, or traceback."""
    caplog.set_level(logging.DEBUG)
    client.authorize({"token": SECRET})
    echo = f"{SECRET} and %s" % SECRET.replace("/", "%2F")
    turn = f"Location: http://{'elsewhere.example'}/?t={SECRET}"
    scripts: dict[str, bytes] = {
        "/refused": answer(echo.encode(), "403 No", f"X-Echo: {echo}"),
        "/cut": answer(echo.encode() * 9)[:-5],
        "/large": answer(echo.encode() * (1 << 16)),
        "/turn": answer(b"", "302 Found", turn),
        "/again": answer(b"", "302 Found", f"Location: /again?t={SECRET}"),
    }
    told = [repr(client)]
    for path, script in scripts.items():
        with pytest.raises(PlatformFailure) as caught:
            client.get(server.on(path, script), {"t": SECRET}, headers={"Authorization": f"Bearer {SECRET}"})
        told += [
            str(caught.value),
            repr(caught.value),
            repr(caught.value.exchange),
            "".join(traceback.format_exception(caught.value)),
        ]
    with pytest.raises(PlatformFailure) as caught, client.download(f"http://127.0.0.1:1/?t={SECRET}"):
        pytest.fail("it answered")
    told += ["".join(traceback.format_exception(caught.value)), caplog.text]
    for written in (SECRET, SECRET.replace("/", "%2F"), SECRET.replace("+", "%2B"), SECRET[:12]):
        assert not [t for t in told if written in t]
    assert all(path in " ".join(server.paths()) for path in scripts)


@pytest.mark.parametrize("how", ["post", "trade"])
def test_an_error_that_repeats_what_was_sent_for_a_token_has_it_no_more(
    server: Server, client: HttpClient, how: str
) -> None:
    address = server.on(
        "/token",
        answer(
            b'{"error": "Malformed access token the-short-one of https%3A//a.example/"}', "400 Bad Request"
        ),
    )
    sent = {
        "grant_type": "exchange",
        "token": "the-short-one",
        "redirect_uri": "https://a.example/",
        "code": "short",
    }
    told = getattr(client, how)(address, sent, expect=(200, 400))
    assert told.body == b'{"error": "Malformed access token [SECRET REMOVED] of https%3A//a.example/"}'
