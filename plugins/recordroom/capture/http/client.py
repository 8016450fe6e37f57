"""One HTTP client for all platforms: time-outs, a few jittered retries, limits, redirects kept in bounds, secrets kept out.

- Connection errors and 5xx are retried (httpx-retries); a response cut in the middle is asked for again here. A throttle is never
  slept through: Throttled(until).
- Whatever the network or an address does is a named failure: callers meet PlatformFailure and nothing else.
- Each piece of an answer has its time, and so has the whole: a server that drips bytes would hold its account for ever (pace.py). A host
  of files that keeps us waiting for nothing is asked ever more seldom in the rest of the capture.
- A redirect is followed within the host that was asked, to another host only for media, without credentials. Nothing at a private
  address is reached but the servers that the register allows there (addresses.py).
- Accept-Encoding: identity is sent; what is coded all the same is decoded and the coding header dropped, so that kept bytes are plain.
"""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from httpx_retries import Retry, RetryTransport

from recordroom.capture.budget import Meter
from recordroom.capture.http import slow_servers
from recordroom.capture.http.addresses import REMEDY, AddressRefused, CheckedNetwork, Server
from recordroom.capture.scrub import SHORTEST, Scrubber
from recordroom.errors import PlatformFailure, UnexpectedResponse
from recordroom.model import NO_ANSWER, Exchange
from recordroom.platforms.answers import failure

ATTEMPTS = 3
NAMES = frozenset({"user", "client_id", "config_id", "scope"})  # they name somebody or something, and stand in what is public
_TOLD = frozenset({"grant_type", "redirect_uri"})  # of what is sent for a token, beside NAMES
REDIRECTS = 5
_UNREACHABLE = (httpx.TransportError, UnicodeError, OverflowError)  # the latter two: a host or port that cannot be
_CUT = (httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError, httpx.DecodingError)  # of a server that is there
_DROPPED = frozenset({"authorization", "cookie", "set-cookie", "transfer-encoding"})
for _name in ("httpx", "httpcore", "httpx_retries"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # below, they log whole addresses and headers: secrets may stand there
_RETRY = Retry(total=2, backoff_factor=0.5, max_backoff_wait=4, status_forcelist=[500, 502, 504], respect_retry_after_header=False)


class HttpClient:
    """Implements platforms.Client; anonymous until `authorize`.

    `limit`: bytes of the largest response. `private`: servers that may be at a private address
    (addresses.private_servers). `transport`: replaces the network in tests that run a server in-process.
    """

    def __init__(
        self,
        *,
        contact: str,
        limit: int,
        private: Collection[Server] = (),
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._secrets: dict[str, str] = {}
        self._known: set[str] = set()
        self.scrubber = Scrubber(())
        self._limit = limit
        self._patience = slow_servers.HostBackoff()
        self._sent = _Counted(transport or slow_servers.TimedTransport(_authorities(), CheckedNetwork(private)))
        self.meter = meter or Meter()
        headers = {"User-Agent": f"recordroom/1 (+{contact})", "Accept-Encoding": "identity"}
        self._http = httpx.Client(
            transport=RetryTransport(transport=self._sent, retry=_RETRY),
            headers=headers,
            timeout=httpx.Timeout(timeout, connect=min(10.0, timeout)),
            follow_redirects=False,
            trust_env=False,
        )

    @property
    def secrets(self) -> Mapping[str, str]:
        return self._secrets

    @property
    def requests(self) -> int:
        """How many were sent, repetitions and media included."""
        return self._sent.number

    def authorize(self, secrets: Mapping[str, str]) -> None:
        """Use an account's secrets, by name; every one but NAMES is scrubbed from whatever is received, those used before too."""
        self._known |= {value for name, value in secrets.items() if name not in NAMES}
        self._secrets.clear()
        self._secrets.update(secrets)  # whoever holds the mapping has the new ones
        self.scrubber = Scrubber(self._known)

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
        exchange = self._follow(self._request(url, dict(params or {}), dict(headers or {})), dict(context or {}))
        if exchange.status in expect:
            return exchange
        raise self._failure(exchange)

    def post(
        self,
        url: str,
        form: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        expect: tuple[int, ...] = (200,),
        as_json: bool = False,
    ) -> Exchange:
        """Ask for a token. Asked once: what was sent may be good for one use only; and what came stands in no failure."""
        sent = {"json" if as_json else "data": dict(form)}
        return self._token(self._request(url, {}, dict(headers or {}), "POST", **sent), url, expect, form)

    def trade(self, url: str, params: Mapping[str, str], *, expect: tuple[int, ...] = (200,)) -> Exchange:
        """As `post`, with what is sent in the address. Nothing shows that: a secret that was got just now is none that is scrubbed yet."""
        return self._token(self._request(url, dict(params), {}), url, expect, params)

    def _token(self, request: httpx.Request, shown: str, expect: tuple[int, ...], sent: Mapping[str, str]) -> Exchange:
        """What is given may be a secret that is known already: a refresh token that stays is told again. It must be that secret still, so
        nothing is scrubbed from it. An error may repeat what was sent, and its words are told to people."""
        exchange, _ = self._exchange(request, {}, attempts=1, shown=shown, as_it_came=True)
        if exchange.status >= 400:
            secret = {value for name, value in sent.items() if name not in NAMES | _TOLD and len(value) >= SHORTEST}
            exchange = replace(exchange, body=Scrubber(self._known | secret).scrub(exchange.body)[0])
        if exchange.status in expect:
            return exchange
        failure = self._failure(exchange)
        failure.exchange = None
        raise failure

    def _request(self, url: str, params: dict[str, Any], headers: dict[str, str], method: str = "GET", **sent: Any) -> httpx.Request:
        try:
            urlsplit(url).port  # noqa: B018 (raises where it is none: the system would take another one for it)
            address = httpx.URL(url).copy_merge_params(params) if params else httpx.URL(url)  # `params=` would drop the url's own
            return self._http.build_request(method, address, headers=headers, **sent)
        except (httpx.InvalidURL, ValueError) as problem:
            raise UnexpectedResponse(self.scrubber.text(f"{url!r} is no address: {problem}"), "The next capture asks again.") from None

    def _follow(self, request: httpx.Request, context: dict[str, Any]) -> Exchange:
        exchange, target = self._exchange(request, context)
        for _ in range(REDIRECTS):
            if exchange.status not in (301, 302, 303, 307, 308) or target is None:
                return exchange
            address = _joined(str(request.url), target)
            if address is None or not _same_host(str(request.url), address):
                where = self.scrubber.text(urlsplit(address).netloc if address else target)
                mend = _ITSELF if address is not None and _differ_in_www(str(request.url), address) else _SIGN_IN
                raise UnexpectedResponse(f"{exchange.url} redirects to another host ({where})", mend, exchange)
            if _SIGN_IN_PATH.search(urlsplit(address).path):
                raise UnexpectedResponse(f"{exchange.url} redirects to a sign-in page", _SIGN_IN, exchange)
            request = self._request(address, {}, _kept_headers(request))
            exchange, target = self._exchange(request, context)
        raise UnexpectedResponse(f"{exchange.url} redirects more than {REDIRECTS} times", _SIGN_IN, exchange)

    def _exchange(
        self, request: httpx.Request, context: dict[str, Any], attempts: int = ATTEMPTS, shown: str = "", *, as_it_came: bool = False
    ) -> tuple[Exchange, str | None]:
        """What `_asked` gives, and the meter's word on it. `shown`: the address as all others see it, where that is not whole;
        `as_it_came`: with the secrets in its body."""
        before, exchange = self.requests, None
        try:
            exchange, target = self._asked(request, context, attempts, self.scrubber.text(shown or str(request.url)), as_it_came=as_it_came)
        finally:
            self.meter.after(exchange, self.requests - before)
        return exchange, target

    def _asked(
        self, request: httpx.Request, context: dict[str, Any], attempts: int, shown: str, *, as_it_came: bool
    ) -> tuple[Exchange, str | None]:
        """The exchange, and where it redirects to as the server said it (in the exchange, a secret is scrubbed from it)."""
        unanswered = Exchange(request.method, shown, NO_ANSWER, (), b"", context, fetched_at=datetime.now(UTC))
        problem: Exception | None = None
        for _ in range(attempts):
            self.meter.before()
            try:
                response = self._http.send(request, stream=True)
            except _UNREACHABLE as failed:  # after the transport's own tries
                self.meter.unanswered()
                problem = failed
                break
            except AddressRefused as refusal:
                self.meter.unanswered()
                raise UnexpectedResponse(self.scrubber.text(str(refusal)), REMEDY) from None
            except UnexpectedResponse as failure:  # its head only drips
                failure.exchange = unanswered
                raise
            try:
                body = self._read(response, unanswered)
                received = self._received(request, response, body, context, shown, as_it_came=as_it_came)
                return received, response.headers.get("location")
            except (httpx.TransportError, httpx.DecodingError) as failed:
                problem = failed
            finally:
                response.close()
        words = self.scrubber.text(f"{type(problem).__name__}: {problem}")
        raise UnexpectedResponse(
            f"{shown} gave no whole answer in {attempts} tries ({words})",
            "The next capture asks again.",
            unanswered if isinstance(problem, _CUT) else None,
        ) from None

    def _read(self, response: httpx.Response, unanswered: Exchange) -> bytes:
        body = bytearray()
        try:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > self._limit:
                    words = f"{unanswered.url} answers with more than {self._limit} bytes"
                    raise UnexpectedResponse(words, "Raise RECORDROOM_RESPONSE_LIMIT if that is right.")
        except UnexpectedResponse as failure:  # or the server only drips
            failure.exchange = unanswered
            raise
        return bytes(body)

    def _received(
        self, request: httpx.Request, response: httpx.Response, body: bytes, context: dict[str, Any], shown: str, *, as_it_came: bool
    ) -> Exchange:
        coded = response.headers.get("content-encoding", "identity").lower() != "identity"
        clean, places = (body, 0) if as_it_came else self.scrubber.scrub(body)
        if places:
            context = {**context, "scrubbed": places}
        drop = _DROPPED | ({"content-encoding", "content-length"} if coded or places else set())
        return Exchange(
            method=request.method,
            url=shown,
            status=response.status_code,
            reason=self.scrubber.text(response.reason_phrase),
            headers=self._headers(response.headers, drop),
            body=clean,
            context=context,
            request_headers=self._headers(request.headers, _DROPPED),
            fetched_at=datetime.now(UTC),
        )

    def _headers(self, headers: httpx.Headers, drop: frozenset[str] | set[str]) -> tuple[tuple[str, str], ...]:
        """Names and values as they came, byte for byte (as latin-1), but for those that are dropped and for secrets."""
        pairs = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw)
        kept = ((n, v) for n, v in pairs if n.lower() not in drop and not n.lower().startswith("proxy-"))
        return tuple((name, self.scrubber.scrub(value.encode("latin-1"))[0].decode("latin-1")) for name, value in kept)

    def _failure(self, exchange: Exchange) -> PlatformFailure:
        named = failure(exchange, anonymous=not self.secrets)
        return named or UnexpectedResponse(f"{exchange.url}: HTTP {exchange.status}", "The next capture asks again.", exchange)

    @contextmanager
    def download(self, url: str, *, with_token: bool = False) -> Iterator[httpx.Response]:
        """A media file as a stream, wherever redirects lead: no credentials leave the host, no private address is reached. `with_token`:
        as Media has it."""
        with self._patience.with_host_of(url), self._download(url, with_token=with_token) as response:
            yield response

    @contextmanager
    def _download(self, url: str, *, with_token: bool) -> Iterator[httpx.Response]:
        target, shown = _joined(url, ""), {"Authorization": f"Bearer {self.secrets.get('token', '')}"} if with_token else {}
        for _ in range(REDIRECTS):
            if target is None or urlsplit(target).scheme not in ("http", "https"):
                raise UnexpectedResponse("a media file lies at no address of the web", "Nothing to do.")
            request = self._request(target, {}, shown if _same_host(url, target) else {})
            try:
                with closing(self._http.send(request, stream=True)) as response:
                    if not response.has_redirect_location:
                        yield response
                        return
                    target = _joined(target, response.headers["location"])
            except AddressRefused as refusal:
                raise UnexpectedResponse(self.scrubber.text(str(refusal)), REMEDY) from None
            except (*_UNREACHABLE, httpx.DecodingError) as problem:
                raise UnexpectedResponse(self.scrubber.text(f"{type(problem).__name__}: {problem}"), "It is asked for again.") from None
        raise UnexpectedResponse(f"a media file redirects more than {REDIRECTS} times", "Nothing to do.")


class _Counted(httpx.BaseTransport):
    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner, self.number = inner, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.number += 1
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


_SIGN_IN_PATH = re.compile(r"(?:log|sign)[-_]?in(?![a-z])", re.IGNORECASE)
_ITSELF = "If that is the site itself, enter that address in the register: with www. where it has it, without where not."
_SIGN_IN = "The platform wants a person to sign in, or the address in the register is not the API's."


@cache
def _authorities() -> ssl.SSLContext:
    """Read once a process, not for each capture."""
    return httpx.create_ssl_context()


def _joined(base: str, target: str) -> str | None:
    """The absolute address of a redirect; None where it is none."""
    try:
        address = urljoin(base, target)
        urlsplit(address).port  # noqa: B018 (raises where it is no number)
    except ValueError:
        return None
    return address


def _same_host(one: str, other: str) -> bool:
    a, b = urlsplit(one), urlsplit(other)
    upgraded = (a.scheme, b.scheme) == ("http", "https")
    return a.hostname == b.hostname and (upgraded or (a.scheme == b.scheme and a.port == b.port))


def _differ_in_www(one: str, other: str) -> bool:
    a, b = urlsplit(one).hostname or "", urlsplit(other).hostname or ""
    return a != b and a.removeprefix("www.") == b.removeprefix("www.")


def _kept_headers(request: httpx.Request) -> dict[str, str]:
    return {k: v for k, v in request.headers.items() if k.lower() in ("authorization", "accept", "if-none-match", "if-modified-since")}
