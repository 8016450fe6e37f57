"""An answer that only drips is no answer: it would hold a capture, and the runs of all accounts after it, for hours.

The client's time-outs are between two bytes, of the head of an answer too; a server that sends one byte a minute meets them for ever. Here
each answer keeps a pace, from its first byte on. What a server needs to think before that has the client's time-out.
"""

from __future__ import annotations

import ssl
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import random
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from recordroom.errors import PlatformFailure, UnexpectedResponse

SLOWEST, OVER = 1024, 60.0  # bytes a second, as the mean of that many seconds: slower than any line that is in use
SLOW, LONG = 65_536, 600.0  # the same of all of an answer that has taken so long: the largest file comes within a day
MOST, VAIN = 2, 20.0  # files in a row, each of which took so many seconds: three tries to connect take longer


class TransferSpeed:
    """Of one answer, which begins now."""

    def __init__(self) -> None:
        self._began = self._since = time.monotonic()
        self._all = self._came = 0

    def note(self, size: int) -> None:
        """So many bytes came. UnexpectedResponse where they come too slowly."""
        now = time.monotonic()
        self._all, self._came = self._all + size, self._came + size
        if now - self._began > LONG:
            _must_be(self._all, now - self._began, SLOW)
        if now - self._since > OVER:
            _must_be(self._came, now - self._since, SLOWEST)
            self._since, self._came = now, 0


def _must_be(came: int, waited: float, slowest: int) -> None:
    if came < slowest * waited:
        raise UnexpectedResponse(f"the server only drips: {came} bytes in {waited:.0f} s", "It is asked for again.")


class HostBackoff:
    """With hosts of files, in one capture: one that kept us waiting for MOST files in a row, in vain, is asked ever more seldom from then
    on, for each further file with half the chance. A post may have many, and its account is not captured meanwhile. By chance, since each
    night asks in the same order: two films that never come would else keep from us for good the pictures behind them, which would."""

    def __init__(self) -> None:
        self._tried: Counter[str] = Counter()

    @contextmanager
    def with_host_of(self, url: str) -> Iterator[None]:
        host, began = _host(url), time.monotonic()
        if random() >= 0.5 ** (self._tried[host] - MOST + 1):  # noqa: S311 (no secret); below MOST it is 1 and more
            raise UnexpectedResponse(f"{host} kept us waiting for {self._tried[host]} files before, in vain", "It is asked for again.")
        try:
            yield
        except PlatformFailure:
            self._tried[host] += time.monotonic() - began > VAIN
            raise
        del self._tried[host]


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


class TimedTransport(httpx.HTTPTransport):
    """httpx's own, on connections of `network` whose answers keep a pace. (Only its pool can be given these.)"""

    def __init__(self, authorities: ssl.SSLContext, network: httpcore.NetworkBackend) -> None:
        self._pool = httpcore.ConnectionPool(ssl_context=authorities, keepalive_expiry=5.0, network_backend=_Paced(network))


class _Paced(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(self, *args: Any, **more: Any) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_tcp(*args, **more))


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._pace: TransferSpeed | None = None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, timeout)
        self._pace = self._pace or TransferSpeed()
        self._pace.note(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._pace = None
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(self, *args: Any, **more: Any) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(*args, **more))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
