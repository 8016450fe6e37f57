"""One HTTP client for all platforms: time-outs, a few jittered retries, limits, redirects kept in bounds, secrets kept out.

- Connection errors and 5xx are retried (httpx-retries); a response cut in the middle is asked for again here. A throttle is never
  slept through: Throttled(until).
- A redirect is followed within the host that was asked, to another host only for media, without credentials, and never to a private
  address unless `api_url` itself is one.
- Accept-Encoding: identity is sent; what is coded all the same is decoded and the coding header dropped, so that kept bytes are plain.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from httpx_retries import Retry, RetryTransport

from recordroom.capture.scrub import Scrubber
from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange

ATTEMPTS = 3
REDIRECTS = 5
DEFAULT_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(hours=25)  # a daily quota at most; a wilder word of a server must not silence an account for years
_DROPPED = frozenset({"authorization", "cookie", "set-cookie", "transfer-encoding"})
_RETRY = Retry(total=2, backoff_factor=0.5, max_backoff_wait=4, status_forcelist=[500, 502, 504], respect_retry_after_header=False)


class HttpClient:
    """Implements platforms.Client; anonymous until `authorize`. Counts `requests`.

    `limit`: bytes of the largest response. `private`: media may lie at private addresses. `transport`: replaces the network in tests
    that run a server in-process.
    """

    def __init__(
        self,
        *,
        contact: str,
        limit: int,
        private: bool = False,
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.secrets: Mapping[str, str] = {}
        self.scrubber = Scrubber(())
        self.requests = 0
        self._limit = limit
        self._private = private
        headers = {"User-Agent": f"recordroom/1 (+{contact})", "Accept-Encoding": "identity"}
        self._http = httpx.Client(
            transport=RetryTransport(transport=transport or httpx.HTTPTransport(), retry=_RETRY),
            headers=headers,
            timeout=httpx.Timeout(timeout, connect=min(10.0, timeout)),
            follow_redirects=False,
            trust_env=False,
        )

    def authorize(self, secrets: Mapping[str, str]) -> None:
        """Use an account's secrets, by name; every one but `user` is scrubbed from whatever is received."""
        self.secrets = secrets
        self.scrubber = Scrubber(value for name, value in secrets.items() if name != "user")

    def __repr__(self) -> str:
        return "HttpClient(...)"  # never the secrets

    def close(self) -> None:
        self._http.close()

    def get(
        self,
        url: str,
        params: Mapping[str, str | int | list[str]] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        context: Mapping[str, Any] | None = None,
        expect: tuple[int, ...] = (200,),
    ) -> Exchange:
        """The response where its status is in `expect`, else the failure that it means (platforms.Client says which)."""
        address = httpx.URL(url).copy_merge_params(dict(params)) if params else httpx.URL(url)  # `params=` would drop the url's own
        request = self._http.build_request("GET", address, headers=dict(headers or {}))
        exchange = self._follow(request, dict(context or {}))
        if exchange.status in expect:
            return exchange
        raise self._failure(exchange)

    def _follow(self, request: httpx.Request, context: dict[str, Any]) -> Exchange:
        for _ in range(REDIRECTS):
            exchange = self._exchange(request, context)
            target = exchange.header("location")
            if exchange.status not in (301, 302, 303, 307, 308) or target is None:
                return exchange
            address = urljoin(exchange.url, target)
            if not _same_host(exchange.url, address):
                raise UnexpectedResponse(f"{exchange.url} redirects to another host ({urlsplit(address).netloc})", _SIGN_IN, exchange)
            if "login" in urlsplit(address).path or "signin" in urlsplit(address).path:
                raise UnexpectedResponse(f"{exchange.url} redirects to a sign-in page", _SIGN_IN, exchange)
            request = self._http.build_request("GET", address, headers=_kept_headers(request))
        raise UnexpectedResponse(f"{request.url} redirects more than {REDIRECTS} times", _SIGN_IN)

    def _exchange(self, request: httpx.Request, context: dict[str, Any]) -> Exchange:
        shown = self.scrubber.text(str(request.url))
        self._must_be_public(request.url.host)  # an answer may name any host as the place to ask next
        problem: Exception | None = None
        for _ in range(ATTEMPTS):
            self.requests += 1
            try:
                response = self._http.send(request, stream=True)
                try:
                    body = self._read(response, shown)
                finally:
                    response.close()
                return self._received(request, response, body, context)
            except (httpx.TransportError, httpx.DecodingError) as failed:
                problem = failed
        words = self.scrubber.text(f"{type(problem).__name__}: {problem}")
        raise UnexpectedResponse(f"{shown} gave no whole answer in {ATTEMPTS} tries ({words})", "The next capture asks again.") from None

    def _read(self, response: httpx.Response, shown: str) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self._limit:
                raise UnexpectedResponse(
                    f"{shown} answers with more than {self._limit} bytes", "Raise RECORDROOM_RESPONSE_LIMIT if that is right."
                )
        return bytes(body)

    def _received(self, request: httpx.Request, response: httpx.Response, body: bytes, context: dict[str, Any]) -> Exchange:
        coded = response.headers.get("content-encoding", "identity").lower() != "identity"
        clean, places = self.scrubber.scrub(body)
        if places:
            context = {**context, "scrubbed": places}
        drop = _DROPPED | ({"content-encoding", "content-length"} if coded or places else set())
        return Exchange(
            method=request.method,
            url=self.scrubber.text(str(request.url)),
            status=response.status_code,
            reason=response.reason_phrase,
            headers=self._headers(response.headers, drop),
            body=clean,
            context=context,
            request_headers=self._headers(request.headers, _DROPPED),
            fetched_at=datetime.now(UTC),
        )

    def _headers(self, headers: httpx.Headers, drop: frozenset[str] | set[str]) -> tuple[tuple[str, str], ...]:
        return tuple(
            (k, self.scrubber.text(v)) for k, v in headers.multi_items() if k.lower() not in drop and not k.lower().startswith("proxy-")
        )

    def _failure(self, exchange: Exchange) -> PlatformFailure:
        status, url = exchange.status, exchange.url
        if status == 429 or (status == 503 and exchange.header("retry-after")):
            until = paused_until(exchange, datetime.now(UTC))
            return Throttled(f"{url} answers {status}: asked too often", until, exchange)
        if status == 401 and self.secrets:
            return TokenExpired(
                f"{url} answers 401: the credential is no longer accepted", "Renew it in the account's Airflow connection.", exchange
            )
        if status in (401, 403):
            return Blocked(f"{url} answers {status}: not permitted", "Check the account's permissions, or give it a connection.", exchange)
        if status in (404, 410):
            return AccountUnavailable(f"{url} answers {status}: not there", "Check the account's address in the register.", exchange)
        return UnexpectedResponse(f"{url} answers {status}", "The response is kept; the next capture asks again.", exchange)

    @contextmanager
    def download(self, url: str) -> Iterator[httpx.Response]:
        """A media file as a stream, wherever redirects lead: no credentials leave the host, no private address is reached."""
        for _ in range(REDIRECTS):
            self._must_be_public(urlsplit(url).hostname)
            self.requests += 1
            try:
                with self._http.stream("GET", url) as response:
                    self._must_be_public(_peer(response))
                    if not response.is_redirect:
                        yield response
                        return
                    url = urljoin(url, response.headers["location"])
            except httpx.TransportError as problem:
                raise UnexpectedResponse(self.scrubber.text(f"{type(problem).__name__}: {problem}"), "It is asked for again.") from None
            if urlsplit(url).scheme not in ("http", "https"):
                raise UnexpectedResponse(f"a media file redirects to {urlsplit(url).scheme}:", "Nothing to do.")
        raise UnexpectedResponse(f"a media file redirects more than {REDIRECTS} times", "Nothing to do.")

    def _must_be_public(self, host: str | None) -> None:
        if self._private or host is None:
            return
        if _has_private_address(host):
            raise UnexpectedResponse(f"{host} is a private address, the account's own is not", "It was not asked.")


_SIGN_IN = "The platform wants a person to sign in, or the address in the register is not the API's."


def is_private(url: str) -> bool:
    """Whether an address of the register leads to a private network (a self-hosted or a test server)."""
    return _has_private_address(urlsplit(url).hostname or "")


def _has_private_address(host: str) -> bool:
    """False also where the name is unknown: the request itself will say so."""
    try:
        addresses = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return any(not ipaddress.ip_address(str(a).split("%")[0]).is_global for a in addresses)


def paused_until(exchange: Exchange, now: datetime) -> datetime:
    """When to come back: Retry-After (seconds or date), X-RateLimit-Reset or RateLimit-Reset (epoch, seconds or ISO 8601)."""
    for name in ("retry-after", "x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset"):
        value = exchange.header(name)
        until = _instant(value.strip(), now) if value else None
        if until is not None:
            return min(max(until, now), now + LONGEST_PAUSE)
    return now + DEFAULT_PAUSE


def _instant(value: str, now: datetime) -> datetime | None:
    if value.isascii() and value.isdigit():
        seconds = min(int(value), 10**11)
        return now + timedelta(seconds=seconds) if seconds < 10**9 else datetime.fromtimestamp(min(seconds, 2 * 10**9), UTC)
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(value)
        except (TypeError, ValueError):
            continue
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    return None


def _same_host(one: str, other: str) -> bool:
    a, b = urlsplit(one), urlsplit(other)
    upgraded = (a.scheme, b.scheme) == ("http", "https")
    return a.hostname == b.hostname and (upgraded or (a.scheme == b.scheme and a.port == b.port))


def _kept_headers(request: httpx.Request) -> dict[str, str]:
    return {k: v for k, v in request.headers.items() if k.lower() in ("authorization", "accept", "if-none-match", "if-modified-since")}


def _peer(response: httpx.Response) -> str | None:
    """The address that answered, so that a name that resolves anew between check and connection is caught."""
    stream = response.extensions.get("network_stream")
    address = stream.get_extra_info("server_addr") if stream is not None else None
    return str(address[0]) if address else None
