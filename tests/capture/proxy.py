"""A proxy in front of the S3 server that loses responses or goes away at a chosen request.

It reads complete requests, passes them on, and reads complete responses. If `lose` chooses a response, the
proxy closes the connection instead of passing it on.
"""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import BinaryIO, cast
from urllib.parse import urlsplit

from tests.services import S3

Lose = Callable[[str, str], bool]


@dataclass
class Proxy:
    """A proxy, with the faults that a test wants."""

    url: str
    asked: list[tuple[str, str]] = field(default_factory=list)  # (method, path) of each request
    # whether the response to a request, which the server has carried out, is lost
    lose: Lose = lambda _method, _path: False
    away: bool = False  # accepts no request


@contextmanager
def proxied(s3: S3) -> Iterator[tuple[S3, Proxy]]:
    """Run the S3 server behind a proxy."""
    address = urlsplit(s3.endpoint)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with (
                socket.create_connection((address.hostname, address.port)) as connection,
                connection.makefile("rwb") as server,
            ):
                client, out, beyond = (
                    cast("BinaryIO", stream) for stream in (self.rfile, self.wfile, server)
                )
                while not proxy.away and _passed(client, out, beyond, proxy):
                    pass

    class Threading(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Threading(("127.0.0.1", 0), Handler) as tcp:
        proxy = Proxy(f"http://127.0.0.1:{tcp.server_address[1]}")
        threading.Thread(target=tcp.serve_forever, args=(0.02,), daemon=True).start()
        yield replace(s3, endpoint=proxy.url), proxy
        tcp.shutdown()


def _passed(client: BinaryIO, out: BinaryIO, server: BinaryIO, proxy: Proxy) -> bool:
    """Pass on one request and its response; return False if the connection is to be closed."""
    head = _head(client)
    if not head or proxy.away:
        return False
    method, path = head[0].decode().split(" ")[:2]
    proxy.asked.append((method, path))
    server.write(b"".join(head))
    server.flush()
    if _value(head, b"expect"):
        interim = _head(server)
        out.write(b"".join(interim))
        if b" 100 " not in interim[0]:
            return False
    server.write(client.read(int(_value(head, b"content-length") or 0)))
    server.flush()
    answer = _head(server)
    length = 0 if method == "HEAD" else int(_value(answer, b"content-length") or 0)
    body = _chunks(server) if _value(answer, b"transfer-encoding") else server.read(length)
    if proxy.lose(method, path) or proxy.away:
        return False
    out.write(b"".join([*answer, body]))
    return True


def _head(stream: BinaryIO) -> list[bytes]:
    lines = []
    for line in iter(stream.readline, b""):
        lines.append(line)
        if line == b"\r\n":
            return lines
    return []


def _value(head: list[bytes], name: bytes) -> bytes:
    return next(
        (line.partition(b":")[2].strip() for line in head if line.lower().startswith(name + b":")), b""
    )


def _chunks(stream: BinaryIO) -> bytes:
    """Return a chunked body as it came."""
    parts = []
    while True:
        size = stream.readline()
        parts += [size, stream.read(int(size, 16) + 2)]
        if int(size, 16) == 0:
            return b"".join(parts)
