"""Servers that send too slowly, or that cause long waits for nothing.

A response that is sent a byte a minute would block a capture, and the runs of all accounts after it, for
hours. The client's timeouts are between two bytes, also of the head, and such a server never reaches them.
Here each response must keep a minimum speed, from its first byte on. The client's timeout limits the time
before that.
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

SLOWEST, OVER = 1024, 60.0  # bytes a second, as the mean of so many seconds: slower than any line in use
SLOW, LONG = 65_536, 600.0  # the same of a response that took so long: the largest file arrives within a day
MOST, VAIN = 2, 20.0  # files in a row, each after so many seconds: three tries to connect take longer


class TransferSpeed:
    """The speed of one response, which begins now."""

    def __init__(self) -> None:
        self._began = self._since = time.monotonic()
        self._all = self._came = 0

    def note(self, size: int) -> None:
        """Note that bytes were received; UnexpectedResponse if they are too slow."""
        now = time.monotonic()
        self._all, self._came = self._all + size, self._came + size
        if now - self._began > LONG:
            _must_be(self._all, now - self._began, SLOW)
        if now - self._since > OVER:
            _must_be(self._came, now - self._since, SLOWEST)
            self._since, self._came = now, 0


def _must_be(came: int, waited: float, slowest: int) -> None:
    if came < slowest * waited:
        raise UnexpectedResponse(
            f"the server sent only {came} bytes in {waited:.0f} s", "A later capture tries again."
        )


class HostBackoff:
    """Asks hosts of files less often if they cause long waits, in one capture.

    After MOST files in a row that took long without result, each further file is requested with half the
    chance. A post may have many files, and its account is not captured meanwhile. It is by chance since each
    night asks in the same order: two videos that never arrive would otherwise block the images behind them
    for good.
    """

    def __init__(self) -> None:
        self._tried: Counter[str] = Counter()

    @contextmanager
    def with_host_of(self, url: str) -> Iterator[None]:
        """Count a failed download against its host.

        UnexpectedResponse if the host is skipped.
        """
        host, began = _host(url), time.monotonic()
        if random() >= 0.5 ** (self._tried[host] - MOST + 1):  # noqa: S311 (no secret); below MOST it is 1 and more
            raise UnexpectedResponse(
                f"{host} did not send {self._tried[host]} earlier files in time",
                "A later capture tries again.",
            )
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
    """httpx's own transport, whose responses must keep a minimum speed.

    Only its pool can be given connections of `network`.
    """

    def __init__(self, authorities: ssl.SSLContext, network: httpcore.NetworkBackend) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=authorities, keepalive_expiry=5.0, network_backend=_TimedNetwork(network)
        )


class _TimedNetwork(httpcore.NetworkBackend):
    """A network whose connections must keep a minimum speed."""

    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(self, *args: Any, **more: Any) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_tcp(*args, **more))


class _Stream(httpcore.NetworkStream):
    """A connection whose responses must keep a minimum speed.

    A request begins a new response.
    """

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._speed: TransferSpeed | None = None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, timeout)
        self._speed = self._speed or TransferSpeed()
        self._speed.note(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._speed = None
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(self, *args: Any, **more: Any) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(*args, **more))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
