"""A real mail server that keeps what it receives: SMTP with STARTTLS and one user."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "archive", "a-password-of-the-mail-server"


@dataclass
class MailServer:
    """`received`: each message that arrived. `refused`: addresses to which nothing is delivered."""

    port: int = 0
    received: list[EmailMessage] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    signed_in: int = 0
    tls: ssl.SSLContext | None = None


class _Session(socketserver.StreamRequestHandler):
    server: _Listener
    timeout = 60

    def handle(self) -> None:
        self._say("220 mail.test")
        while line := self.rfile.readline().decode().strip():
            verb, _, rest = line.partition(" ")
            if verb == "QUIT":
                self._say("221 bye")
                return
            getattr(self, f"_do_{verb.lower()}", self._accept)(rest)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _accept(self, _: str) -> None:
        self._say("250 fine")

    def _do_ehlo(self, _: str) -> None:
        starttls = (
            "250-STARTTLS\r\n" if self.server.mail.tls and not isinstance(self.request, ssl.SSLSocket) else ""
        )
        self._say(f"250-mail.test\r\n{starttls}250 AUTH PLAIN")

    def _do_starttls(self, _: str) -> None:
        self._say("220 go")
        assert self.server.mail.tls
        self.request = self.server.mail.tls.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)

    def _do_auth(self, given: str) -> None:
        right = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
        if given == f"PLAIN {right}":
            self.server.mail.signed_in += 1
            self._say("235 welcome")
        else:  # as some servers do, it repeats what it got
            self._say(f"535 not {base64.b64decode(given.rsplit(maxsplit=1)[-1]).decode()!r}")

    def _do_rcpt(self, rest: str) -> None:
        address = rest.partition("<")[2].partition(">")[0]
        self._say("550 no such mailbox" if address in self.server.mail.refused else "250 fine")

    def _do_data(self, _: str) -> None:
        self._say("354 go")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        message = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.server.mail.received.append(message)
        self._say("250 kept")


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    mail: MailServer


@contextmanager
def serving(mail: MailServer) -> Iterator[MailServer]:
    """Serve on a free port, or again on the one that it had."""
    _Listener.allow_reuse_address = True
    with _Listener(("127.0.0.1", mail.port), _Session) as server:
        server.mail, mail.port = mail, server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield mail
        server.shutdown()


def make_certificate(folder: Path) -> Path:
    """Write a certificate of 127.0.0.1 and its key into one file."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "mail.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def load_tls(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
