"""A real time-stamping authority: openssl behind an HTTP server, with a certificate of its own."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SETTINGS = """\
[ tsa ]
default_tsa = own
[ own ]
serial = serial
signer_cert = own.pem
signer_key = own.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = {digests}
accuracy = secs:1
[ extensions ]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
"""


@dataclass
class Authority:
    """`root`: its root certificate. `reply` makes a response of a query; `status` is its status. `requests`: how
    many came.
    """

    folder: Path
    port: int = 0
    status: int = 200
    requests: int = 0
    reply: Callable[[bytes], bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.reply = self.stamp

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/stamp"

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    def refuse(self) -> None:
        """Accept no SHA-256 from now on."""
        (self.folder / "tsa.cnf").write_text(SETTINGS.format(digests="sha512"))

    def stamp(self, query: bytes) -> bytes:
        (self.folder / "query").write_bytes(query)
        self.run("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "response")
        return (self.folder / "response").read_bytes()

    def run(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)


def make_root(folder: Path) -> Path:
    """Write a self-signed root certificate and its key; return the certificate."""
    folder.mkdir(exist_ok=True)
    line = "req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -subj /CN=Root -days 2"
    Authority(folder).run(*line.split(), "-addext", "keyUsage=critical,keyCertSign")
    return folder / "root.pem"


@contextmanager
def stamping(folder: Path) -> Iterator[Authority]:
    """Serve on a free port."""
    make_root(folder)
    found = Authority(folder)
    (folder / "serial").write_text("01")
    (folder / "tsa.cnf").write_text(SETTINGS.format(digests="sha256"))
    found.run(
        *[
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "own.key",
            "-out",
            "own.csr",
            "-subj",
            "/CN=Stamps",
        ]
    )
    found.run(
        *[
            "x509",
            "-req",
            "-in",
            "own.csr",
            "-CA",
            "root.pem",
            "-CAkey",
            "root.key",
            "-CAcreateserial",
            "-out",
            "own.pem",
            "-days",
            "2",
        ],
        *["-extfile", "tsa.cnf", "-extensions", "extensions"],
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.requests += 1
            assert self.headers["Content-Type"] == "application/timestamp-query"
            response = found.reply(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(found.status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(response)))
            self.end_headers()
            self.wfile.write(response)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name of the base class)
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()
