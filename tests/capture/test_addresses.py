"""Private addresses: what the register allows, and that no name or redirect reaches another one."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from infra.sandbox.network import Network
from infra.sandbox.server import create_server
from recordroom.archive.gaps import Gaps
from recordroom.capture.http import client as module
from recordroom.capture.http import downloads
from recordroom.capture.http.addresses import is_public, private_servers, unallowed_server
from recordroom.capture.http.client import HttpClient
from recordroom.errors import UnexpectedResponse
from recordroom.model import Media
from recordroom.register import validation
from recordroom.register.models import WARNING
from tests.archives import make
from tests.platforms.scripted import account
from tests.services import S3, Buckets

NAME = "127.1"  # resolved like a name on every system, and leads to this machine


@dataclass
class Inside:
    """A server of this machine that only the agency's own network should reach."""

    port: int
    redirects: dict[str, str] = field(default_factory=dict)  # path -> address that it redirects to
    asked: list[str] = field(default_factory=list)  # paths that were requested


@pytest.fixture
def inside() -> Iterator[Inside]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            to = found.redirects.get(self.path)
            self.send_response(302 if to else 200)
            if to:
                self.send_header("Location", to)
            self.send_header("Content-Length", "0" if to else "2")
            self.end_headers()
            self.wfile.write(b"" if to else b"{}")

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Inside(server.server_port)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield found
        server.shutdown()


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RETRY", module._RETRY.copy_with(backoff_factor=0))


@pytest.fixture
def client_of() -> Iterator[Callable[..., HttpClient]]:
    made: list[HttpClient] = []

    def make_client(*private: tuple[str, int]) -> HttpClient:
        made.append(HttpClient(contact="records@example.org", limit=1000, private=private, timeout=0.5))
        return made[-1]

    yield make_client
    for one in made:
        one.close()


# -- which addresses
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "100.64.0.1", "169.254.169.254", "172.16.0.1", "192.168.1.1", "0.0.0.1",
        "224.0.0.1", "240.0.0.1", "192.0.0.192", "168.63.129.16", "::", "::1", "fe80::1%eth0", "fd00::1",
        "fec0::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1",
        "64:ff9b:1::808:808", "64:ff9b::169.254.169.254", "::ffff:0:808:808", "2002:7f00:1::1",
        "::ffff:168.63.129.16", "64:ff9b::c000:c0",
    ],
)  # fmt: skip
def test_a_private_address_is_known_in_every_form(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "168.63.129.17",
        "192.0.1.1",
        "2606:4700::1111",
        "64:ff9b::808:808",
        "::ffff:8.8.8.8",
        "2002:808:808::1",
    ],
)
def test_a_public_address_is_one_in_every_form(address: str) -> None:
    assert is_public(address)


def test_the_register_alone_says_what_may_be_private() -> None:
    def of(url: str, **more: Any) -> set[tuple[str, int]]:
        return set(private_servers(account("bluesky", url, **more)))

    assert of("https://blog.example.org") == set()
    assert of("https://blog.example.org", private_network=True) == {("blog.example.org", 443)}
    assert of("http://192.168.1.5/feed") == {("192.168.1.5", 80)}
    assert of("https://[fd00::1]:8443/") == {("fd00::1", 8443)}
    assert of("http://localhost:8088") == {("localhost", 8088)}
    assert of("http://blog.localhost") == {("blog.localhost", 80)}
    assert of("https://Bücher.example/", private_network=True) == {("xn--bcher-kva.example", 443)}
    both = {("blog.example.org", 443), ("wp.internal", 8080)}
    assert of("https://blog.example.org", api_url="http://wp.internal:8080/x", private_network=True) == both
    network = "http://127.0.0.1:1?plc=http://127.0.0.1:2&pds=http://127.0.0.1:3&x=y"
    assert of("https://bsky.app/profile/a.test", api_url=network) == {
        ("127.0.0.1", 1),
        ("127.0.0.1", 2),
        ("127.0.0.1", 3),
    }
    assert of("http://127.1:80/") == set(), "it is resolved as a name is"


# -- what is reached
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "2130706433", NAME, "[::ffff:127.0.0.1]",
        "[::127.0.0.1]", "[::1]", "[64:ff9b::10.0.0.1]", "[2002:7f00:1::1]", "[fec0::1]", "168.63.129.16",
    ],
)  # fmt: skip
def test_an_account_reaches_no_private_address(
    inside: Inside, client_of: Callable[..., HttpClient], host: str
) -> None:
    client = client_of(("blog.example.org", 443))
    with pytest.raises(UnexpectedResponse, match="at a private address") as refused:
        client.get(f"http://{host}:{inside.port}/")
    assert refused.value.exchange is None, "no server took a request"
    assert "private_network: true" in refused.value.mend
    with (
        pytest.raises(UnexpectedResponse, match="at a private address"),
        client.download(f"http://{host}:{inside.port}/"),
    ):
        pytest.fail("it answered")
    assert inside.asked == []


def test_a_server_that_is_allowed_opens_no_other_port_and_no_other_host(
    inside: Inside, client_of: Callable[..., HttpClient], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        client = client_of(("127.0.0.1", inside.port))
        inside.redirects |= {
            "/port": f"http://127.0.0.1:{port}/",
            "/host": f"http://localhost:{inside.port}/far",
        }
        for path in inside.redirects:
            outcome = downloads.fetch_file(
                client, 1000, Media("m", "image", f"http://127.0.0.1:{inside.port}{path}"), tmp_path
            )
            assert outcome["missing_reason"].startswith("not fetched: ")
            assert "at a private address" in outcome["missing_reason"]
        with pytest.raises(UnexpectedResponse, match="at a private address"):
            client.get(f"http://127.0.0.1:{port}/")
        assert client.get(f"http://127.0.0.1:{inside.port}/").body == b"{}"
        assert inside.asked == ["/port", "/host", "/"]
        other.settimeout(0)
        with pytest.raises(BlockingIOError):
            other.accept()


def answers(monkeypatch: pytest.MonkeyPatch, *turns: list[str]) -> list[str]:
    """Play a name server, and return the names that were asked for.

    Each question for a name in .example gets the next of these answers; the last one repeats.
    """
    real, asked, left = socket.getaddrinfo, list[str](), list(turns)

    def play(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        if not str(host).endswith(".example"):
            return real(host, port, *more, **named)
        asked.append(host)
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [found for address in addresses for found in real(address, port, *more, **named)]

    monkeypatch.setattr(socket, "getaddrinfo", play)
    return asked


def test_a_name_that_changes_between_check_and_connection_reaches_nothing(
    inside: Inside, client_of: Callable[..., HttpClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first answer is an address without a route, each further one is this machine."""
    asked = answers(monkeypatch, ["192.0.2.1"], ["127.0.0.1"])
    monkeypatch.setattr(
        "recordroom.capture.http.addresses.is_public", lambda one: is_public(one) or one == "192.0.2.1"
    )
    monkeypatch.setattr(module, "_RETRY", module._RETRY.copy_with(total=0))
    client = client_of()
    with pytest.raises(UnexpectedResponse, match="Connect"):
        client.get(f"http://rebinding.example:{inside.port}/")
    assert asked == ["rebinding.example"], "resolved once for its connection"
    with pytest.raises(UnexpectedResponse, match="at a private address"):
        client.get(f"http://rebinding.example:{inside.port}/")
    assert inside.asked == []


def test_a_name_of_which_one_address_is_private_is_refused(
    inside: Inside, client_of: Callable[..., HttpClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, ["8.8.8.8", "127.0.0.1"])
    with pytest.raises(UnexpectedResponse, match="at a private address"):
        client_of().get(f"http://half.example:{inside.port}/")
    assert inside.asked == []


def test_a_further_address_of_a_name_is_tried_where_the_first_does_not_answer(
    inside: Inside, client_of: Callable[..., HttpClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answers(monkeypatch, ["127.0.0.2", "127.0.0.1"])
    assert client_of(("two.example", inside.port)).get(f"http://two.example:{inside.port}/").body == b"{}"
    assert asked == ["two.example"]


# -- TLS
# ------------------------------------------------------------------------------------------------------------


def certificate(folder: Path, name: str) -> Path:
    """Return a file with a key and a self-signed certificate for `name`."""
    key, path = ec.generate_private_key(ec.SECP256R1()), folder / "server.pem"
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    plain, pem = serialization.NoEncryption(), serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(pem)
    )
    return path


def test_tls_names_and_verifies_the_host_though_the_address_is_connected_to(
    client_of: Callable[..., HttpClient], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names: list[str | None] = []
    pem = certificate(tmp_path, "blog.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.sni_callback = lambda _socket, name, _context: names.append(name)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            pass  # the client that refuses the certificate hangs up

    with Quiet(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        port = server.server_port
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        answers(monkeypatch, ["127.0.0.1"])
        monkeypatch.setattr(module, "_authorities", lambda: ssl.create_default_context(cafile=str(pem)))
        client = client_of(("blog.example", port), ("other.example", port))
        assert client.get(f"https://blog.example:{port}/").body == b"{}"
        with pytest.raises(UnexpectedResponse, match=r"certificate is not valid for 'other\.example'"):
            client.get(f"https://other.example:{port}/")
        server.shutdown()
    assert names[:2] == ["blog.example", "other.example"]


# -- a capture, and the register
# ------------------------------------------------------------------------------------------------------------


def test_the_accounts_own_host_does_not_switch_the_guard_off(
    s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    """A gap opens with the reason; the key in the register closes it."""
    network = Network(datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3))
    network.place("mastodon", "District Social", host="social.test")
    network.account("mastodon/district", "The district")
    network.publish(
        "mastodon/district", "School starts at nine", photos=[network.photo("mastodon", "A road")]
    )
    server = create_server(network, 0)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    url = f"http://{NAME}:{server.port}/mastodon"
    entry = {"id": "social", "platform": "mastodon", "url": "https://social.test/@district", "api_url": url}
    archive = make(s3, buckets, tmp_path, entry)
    outcome = archive.capture("social")
    assert (
        outcome.new,
        f"{NAME} (port {server.port}) is at a private address" in (outcome.failure or ""),
    ) == (0, True)
    [gap] = Gaps(archive.archive).open_now(["social"])
    assert gap.reason == "capture-failed: UnexpectedResponse (whole account)"
    assert (
        f"{NAME} (port {server.port}) is at a private address, which the register does not allow"
        in gap.detail
    )

    archive = make(s3, buckets, tmp_path, {**entry, "private_network": True})
    outcome = archive.capture("social")
    assert (outcome.failure, outcome.new) == (None, 2)
    [post] = [row for row in archive.rows("social") if row["kind"] == "post"]
    assert [one["missing_reason"] for one in post["media"]] == [None]
    archive.capture("social", "full")
    assert Gaps(archive.archive).open_now(["social"]) == []
    server.shutdown()


def test_the_register_is_checked_for_accounts_that_need_the_key(tmp_path: Path) -> None:
    path = tmp_path / "accounts.yaml"
    entries = (
        f"{{id: name, platform: mastodon, url: 'https://social.test/@a',\n     api_url: 'http://{NAME}:88'",
        (
            f"{{id: key, platform: mastodon, url: 'https://social.test/@b', api_url: 'http://{NAME}',"
            " private_network: true"
        ),
        "{id: literal, platform: mastodon, url: 'https://social.test/@c', api_url: 'http://127.0.0.1:88'",
        f"{{id: files, platform: mastodon, url: 'http://{NAME}/@d', import_only: true",
        f"{{id: plain, platform: mastodon, url: 'http://{NAME}/@e'",
    )
    text = "agency: {id: esd, name: Test, contact: a@b.example}\naccounts:\n"
    path.write_text(text + "".join(f"  - {one}, title: T, class: official, owner: O}}\n" for one in entries))
    register = validation.load_register(path, ["mastodon"], unallowed=unallowed_server)
    found = [p for p in register.problems if "private address" in p.message]
    assert [(p.account, p.field, p.line, p.level) for p in found] == [
        ("name", "api_url", 4, WARNING),
        ("plain", "url", 8, WARNING),
    ]
    assert found[0].message == f"{NAME} (port 88) is at a private address, to which captures do not connect"
    assert "private_network: true" in found[0].mend
    assert not [
        p for p in validation.load_register(path, ["mastodon"]).problems if "private address" in p.message
    ], "captures store no such warning"
