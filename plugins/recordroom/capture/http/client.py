"""The only HTTP client: timeouts, retries, limits, redirects; secrets kept out.

- Connection errors and 5xx are retried with a random pause (httpx-retries); a response that was cut off is
  requested again here. A throttle is never waited for: Throttled(until).
- Every network error is a named failure: callers get PlatformFailure and nothing else.
- Each piece of a response has a timeout, and so has the complete response: a server that sends too slowly
  would block its account forever (slow_servers.py). A host of files that causes long waits without result is
  asked less and less often in the rest of the capture.
- A redirect is followed within the host that was asked, to another host only for media, without credentials
  (redirects.py). No private address is reached except the servers that the register allows (addresses.py).
- Accept-Encoding: identity is sent. A response that is encoded anyway is decoded, and the header is dropped,
  so that kept bytes are plain.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
from httpx_retries import Retry, RetryTransport

from recordroom.archive.secret_scan import SHORTEST, Scrubber
from recordroom.capture.budget import Meter
from recordroom.capture.http import slow_servers
from recordroom.capture.http.addresses import REMEDY, AddressRefused, CheckedNetwork, Server
from recordroom.capture.http.redirects import (
    MOST_REDIRECTS,
    SIGN_IN,
    SIGN_IN_PATH,
    WRONG_WWW,
    differ_only_in_www,
    is_same_host,
    join_address,
    keep_headers,
)
from recordroom.errors import PlatformFailure, UnexpectedResponse
from recordroom.model import NO_ANSWER, Exchange
from recordroom.platforms.http import find_failure

ATTEMPTS = 3
NAMES = frozenset({"user", "client_id", "config_id", "scope"})  # names, which are part of public data
_TOLD = frozenset({"grant_type", "redirect_uri"})  # sent for a token, in addition to NAMES, and no secrets
# the latter two: a host or port that cannot be
_UNREACHABLE = (httpx.TransportError, UnicodeError, OverflowError)
# of a server that is there
_CUT = (httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError, httpx.DecodingError)
_DROPPED = frozenset({"authorization", "cookie", "set-cookie", "transfer-encoding"})
for _name in ("httpx", "httpcore", "httpx_retries"):
    # below, they log complete addresses and headers, which may contain secrets
    logging.getLogger(_name).setLevel(logging.WARNING)
_RETRY = Retry(
    total=2,
    backoff_factor=0.5,
    max_backoff_wait=4,
    status_forcelist=[500, 502, 504],
    respect_retry_after_header=False,
)


class HttpClient:
    """Implements platforms.Client; anonymous until `authorize`."""

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
        """Open no connection yet.

        limit: bytes of the largest response.
        private: servers that may be at a private address (addresses.private_servers).
        transport: replaces the network in tests that run a server in-process.
        meter: counts what is spent.
        """
        self._secrets: dict[str, str] = {}
        self._known: set[str] = set()
        self.scrubber = Scrubber(())
        self._limit = limit
        self._backoff = slow_servers.HostBackoff()
        self._sent = _Counted(
            transport or slow_servers.TimedTransport(_authorities(), CheckedNetwork(private))
        )
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
        """The account's secrets by name; empty when anonymous."""
        return self._secrets

    @property
    def requests(self) -> int:
        """How many requests were sent, repetitions and media included."""
        return self._sent.number

    def authorize(self, secrets: Mapping[str, str]) -> None:
        """Use an account's secrets, by name.

        Every secret except NAMES is removed from whatever is received, and so are those used before.
        """
        self._known |= {value for name, value in secrets.items() if name not in NAMES}
        self._secrets.clear()
        self._secrets.update(secrets)  # connectors keep the mapping, which has the new ones
        self.scrubber = Scrubber(self._known)

    def __repr__(self) -> str:
        return "HttpClient(...)"  # never the secrets

    def close(self) -> None:
        """Close all connections."""
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
        """Return the response; raise a failure if its status is not in `expect`.

        platforms.Client says which.
        """
        exchange = self._follow(
            self._request(url, dict(params or {}), dict(headers or {})), dict(context or {})
        )
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
        """Request a token, once: what was sent may be good for one use only.

        No failure has what was received.
        """
        sent = {"json" if as_json else "data": dict(form)}
        return self._token(self._request(url, {}, dict(headers or {}), "POST", **sent), url, expect, form)

    def trade(self, url: str, params: Mapping[str, str], *, expect: tuple[int, ...] = (200,)) -> Exchange:
        """Request a token as `post` does, with what is sent in the address.

        Nothing shows the address: a secret that was received just now is not among those that are removed
        yet.
        """
        return self._token(self._request(url, dict(params), {}), url, expect, params)

    def _token(
        self, request: httpx.Request, shown: str, expect: tuple[int, ...], sent: Mapping[str, str]
    ) -> Exchange:
        """Send a request for a token.

        A token that stays is given again, and must stay the secret that it is: nothing is removed from a
        response. An error may repeat what was sent, and people read it, so there all secrets are removed.
        """
        exchange, _ = self._exchange(request, {}, attempts=1, shown=shown, as_it_came=True)
        if exchange.status >= 400:
            secret = {
                value for name, value in sent.items() if name not in NAMES | _TOLD and len(value) >= SHORTEST
            }
            exchange = replace(exchange, body=Scrubber(self._known | secret).scrub(exchange.body)[0])
        if exchange.status in expect:
            return exchange
        failure = self._failure(exchange)
        failure.exchange = None
        raise failure

    def _request(
        self, url: str, params: dict[str, Any], headers: dict[str, str], method: str = "GET", **sent: Any
    ) -> httpx.Request:
        try:
            urlsplit(url).port  # noqa: B018 (raises where it is none: the system would take another one for it)
            # `params=` would drop the url's own
            address = httpx.URL(url).copy_merge_params(params) if params else httpx.URL(url)
            return self._http.build_request(method, address, headers=headers, **sent)
        except (httpx.InvalidURL, ValueError) as problem:
            raise UnexpectedResponse(
                self.scrubber.text(f"{url!r} is not a valid address: {problem}"),
                "The next capture tries again.",
            ) from None

    def _follow(self, request: httpx.Request, context: dict[str, Any]) -> Exchange:
        exchange, target = self._exchange(request, context)
        for _ in range(MOST_REDIRECTS):
            if exchange.status not in (301, 302, 303, 307, 308) or target is None:
                return exchange
            address = join_address(str(request.url), target)
            if address is None or not is_same_host(str(request.url), address):
                where = self.scrubber.text(urlsplit(address).netloc if address else target)
                mend = (
                    WRONG_WWW
                    if address is not None and differ_only_in_www(str(request.url), address)
                    else SIGN_IN
                )
                raise UnexpectedResponse(
                    f"{exchange.url} redirects to another host ({where})", mend, exchange
                )
            if SIGN_IN_PATH.search(urlsplit(address).path):
                raise UnexpectedResponse(f"{exchange.url} redirects to a sign-in page", SIGN_IN, exchange)
            request = self._request(address, {}, keep_headers(request))
            exchange, target = self._exchange(request, context)
        raise UnexpectedResponse(
            f"{exchange.url} redirects more than {MOST_REDIRECTS} times", SIGN_IN, exchange
        )

    def _exchange(
        self,
        request: httpx.Request,
        context: dict[str, Any],
        attempts: int = ATTEMPTS,
        shown: str = "",
        *,
        as_it_came: bool = False,
    ) -> tuple[Exchange, str | None]:
        """Return what `_asked` does, and count it with the meter.

        shown: the address as everybody may see it, if it is not complete.
        as_it_came: with the secrets in its body.
        """
        before, exchange = self.requests, None
        try:
            exchange, target = self._asked(
                request,
                context,
                attempts,
                self.scrubber.text(shown or str(request.url)),
                as_it_came=as_it_came,
            )
        finally:
            self.meter.count(exchange, self.requests - before)
        return exchange, target

    def _asked(
        self, request: httpx.Request, context: dict[str, Any], attempts: int, shown: str, *, as_it_came: bool
    ) -> tuple[Exchange, str | None]:
        """Return the exchange, and where it redirects to, with secrets."""
        unanswered = Exchange(
            request.method, shown, NO_ANSWER, (), b"", context, fetched_at=datetime.now(UTC)
        )
        problem: Exception | None = None
        for _ in range(attempts):
            self.meter.reserve()
            try:
                response = self._http.send(request, stream=True)
            except _UNREACHABLE as failed:  # after the transport's own tries
                self.meter.release()
                problem = failed
                break
            except AddressRefused as refusal:
                self.meter.release()
                raise UnexpectedResponse(self.scrubber.text(str(refusal)), REMEDY) from None
            except UnexpectedResponse as failure:  # its head is sent too slowly
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
            f"{shown} sent no complete response in {attempts} tries ({words})",
            "The next capture tries again.",
            unanswered if isinstance(problem, _CUT) else None,
        ) from None

    def _read(self, response: httpx.Response, unanswered: Exchange) -> bytes:
        body = bytearray()
        try:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > self._limit:
                    words = f"{unanswered.url} sent more than {self._limit} bytes"
                    mend = "If a response may be that large, raise RECORDROOM_RESPONSE_LIMIT."
                    raise UnexpectedResponse(words, mend)
        except UnexpectedResponse as failure:  # or the server sends too slowly
            failure.exchange = unanswered
            raise
        return bytes(body)

    def _received(
        self,
        request: httpx.Request,
        response: httpx.Response,
        body: bytes,
        context: dict[str, Any],
        shown: str,
        *,
        as_it_came: bool,
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

    def _headers(
        self, headers: httpx.Headers, drop: frozenset[str] | set[str]
    ) -> tuple[tuple[str, str], ...]:
        """Return headers as received (as latin-1), without dropped ones and secrets."""
        pairs = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw)
        kept = ((n, v) for n, v in pairs if n.lower() not in drop and not n.lower().startswith("proxy-"))
        return tuple(
            (name, self.scrubber.scrub(value.encode("latin-1"))[0].decode("latin-1")) for name, value in kept
        )

    def _failure(self, exchange: Exchange) -> PlatformFailure:
        named = find_failure(exchange, anonymous=not self.secrets)
        return named or UnexpectedResponse(
            f"{exchange.url}: HTTP {exchange.status}", "The next capture tries again.", exchange
        )

    @contextmanager
    def download(self, url: str, *, with_token: bool = False) -> Iterator[httpx.Response]:
        """Stream a media file, wherever redirects lead.

        No credentials leave the host, and no private address is reached.

        with_token: as Media has it.
        """
        with self._backoff.with_host_of(url), self._download(url, with_token=with_token) as response:
            yield response

    @contextmanager
    def _download(self, url: str, *, with_token: bool) -> Iterator[httpx.Response]:
        target = join_address(url, "")
        shown = {"Authorization": f"Bearer {self.secrets.get('token', '')}"} if with_token else {}
        for _ in range(MOST_REDIRECTS):
            if target is None or urlsplit(target).scheme not in ("http", "https"):
                raise UnexpectedResponse("a media file has no valid web address", "No action is needed.")
            request = self._request(target, {}, shown if is_same_host(url, target) else {})
            try:
                with closing(self._http.send(request, stream=True)) as response:
                    if not response.has_redirect_location:
                        yield response
                        return
                    target = join_address(target, response.headers["location"])
            except AddressRefused as refusal:
                raise UnexpectedResponse(self.scrubber.text(str(refusal)), REMEDY) from None
            except (*_UNREACHABLE, httpx.DecodingError) as problem:
                raise UnexpectedResponse(
                    self.scrubber.text(f"{type(problem).__name__}: {problem}"), "A later capture tries again."
                ) from None
        raise UnexpectedResponse(
            f"a media file redirects more than {MOST_REDIRECTS} times", "No action is needed."
        )


class _Counted(httpx.BaseTransport):
    """Counts the requests that are sent, repetitions included."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner, self.number = inner, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.number += 1
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


@cache
def _authorities() -> ssl.SSLContext:
    """Return the trusted certificates, read once a process."""
    return httpx.create_ssl_context()
