"""Requests to a platform's API: the failures that responses mean, and waiting for throttles.

The functions name the failure of a response by its status alone, so that `parse` raises it for a saved error
body too, without a network. `ApiClient` is the client on which each connector builds its own.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from json import dumps
from time import sleep
from typing import Any, ClassVar
from urllib.parse import urlsplit

from recordroom.canonical import sha256
from recordroom.errors import (
    AccountUnavailable,
    Blocked,
    PlatformFailure,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
)
from recordroom.model import NO_ANSWER, Exchange, loads
from recordroom.platforms.contract import Client
from recordroom.platforms.paging import Params
from recordroom.stored_texts import text

PAUSE = timedelta(minutes=15)  # of a throttle without a stated end
# a daily quota at most: a wrong date from a server must not stop the captures of an account for years
LONGEST_PAUSE = timedelta(hours=25)
_START = 120  # characters of a body that a message shows
_NO_WORDS = re.compile(r"[0-9TZ:.,+\- ]{0,40}")  # a day, a time, a number
_STEP = re.compile(r"(?!\.+$)[A-Za-z0-9_.~:=-]+")
_EPOCHS = 1_000_000_000  # from here on, a number of seconds is a date and not a span


def find_failure(exchange: Exchange, *, anonymous: bool = False, words: str = "") -> PlatformFailure | None:
    """Return the failure that a status means; None below 400.

    words: the platform's own message, from the body.
    """
    status, where = exchange.status, f"{exchange.method} {exchange.url}".strip()
    if status < 400:
        return None
    said = f"{where}: HTTP {status}" + (f": {words}" if words else "")
    if status == 429 or (status == 503 and exchange.header("Retry-After") is not None):
        return Throttled(said, read_retry_after(exchange), exchange)
    if status == 401 and not anonymous:
        return TokenExpired(
            said, "Create a new credential and enter it in the account's connection.", exchange
        )
    if status in {401, 403}:
        return Blocked(
            said,
            "The platform refuses access. The platform's page in docs/platforms says what it requires.",
            exchange,
        )
    if status in {404, 410}:
        return AccountUnavailable(said, "Check the account's address in the register.", exchange)
    return UnexpectedResponse(said, "The next capture tries again.", exchange)


def find_proxy_failure(exchange: Exchange) -> PlatformFailure | None:
    """Return the failure of an error response without the error body of its API.

    A 404 without it comes from something in between, such as a proxy, and does not say that anything was
    removed.
    """
    found = find_failure(exchange)
    if isinstance(found, AccountUnavailable):
        return UnexpectedResponse(
            text("part-no-error", failure=found.message), "The next capture tries again.", exchange
        )
    return found


def describe_failure(answer: Exchange) -> str:
    """Describe in words how a response fails: `HTTP 500`."""
    if answer.status == NO_ANSWER:
        return text("part-incomplete")
    return f"HTTP {answer.status}" if answer.status >= 400 else text("part-unreadable")


def read_retry_after(exchange: Exchange) -> datetime:
    """Return the time after which a throttled request may be sent again.

    It is read from Retry-After (seconds, or a date) or from a reset header (seconds, epoch, ISO 8601), and is
    at most LONGEST_PAUSE after the response. Without a usable header it is PAUSE after the response.
    """
    answered = exchange.fetched_at or _date(exchange.header("Date")) or datetime.now(UTC)
    return min(_told(exchange, answered), answered + LONGEST_PAUSE)


def _told(exchange: Exchange, answered: datetime) -> datetime:
    for name in ("Retry-After", "X-RateLimit-Reset", "RateLimit-Reset", "X-Rate-Limit-Reset"):
        given = (exchange.header(name) or "").strip()
        if given.isascii() and given.isdecimal() and len(given) < 11:
            seconds = int(given)
            return (
                answered + timedelta(seconds=seconds)
                if seconds < _EPOCHS
                else max(datetime.fromtimestamp(seconds, UTC), answered)
            )
        if found := _date(given):
            return max(found, answered)
    return answered + PAUSE


def read_json(exchange: Exchange) -> Any:
    """Return the JSON of a body; UnexpectedResponse says what the body is instead."""
    try:
        return loads(exchange.body)
    except (ValueError, RecursionError) as problem:
        start = exchange.body[:_START].strip()
        what = "HTML" if start[:1] == b"<" else "nothing" if not start else "unreadable content"
        words = f"{exchange.url or 'body'}: {what} instead of JSON ({len(exchange.body)} bytes)"
        raise UnexpectedResponse(words, "The response is kept.", exchange) from problem


def unexpected_field(exchange: Exchange, pointer: str, expected: str, found: object) -> UnexpectedResponse:
    """Return the failure of one field that is not as the platform promises.

    pointer: where the field is.
    found: its value; "nothing" if it is missing. A text that a person wrote appears by its length alone,
        because messages reach logs, whose readers may not see the record.
    """
    words = f"{exchange.url or 'body'}: {pointer or '/'} must be {expected}, found {_kind(found)}"
    return UnexpectedResponse(words, exchange=exchange, misshapen=True)


def _kind(found: object) -> str:
    if found == "nothing":
        return "nothing"
    if isinstance(found, str):
        return repr(found) if _NO_WORDS.fullmatch(found) else f"a text of {len(found)} characters"
    if isinstance(found, dict):  # an error with the status of a success says so in the platform's own words
        said = found.get("error")
        return f"an error: {said[:_START]}" if isinstance(said, str) else f"an object of {len(found)}"
    return (
        f"a list of {len(found)}" if isinstance(found, list) else dumps(found, default=repr)
    )  # null, true, a number


def require_path_segment(native: str, exchange: Exchange | None = None) -> str:
    """Return an ID from a response for use as one segment of the next address.

    Raises UnexpectedResponse for an ID that would lead to another address of the same host, whose response
    would be taken for the requested one: "", "..", "1/comments", "1?fields=id".

    >>> require_path_segment("17841400000000001_1.a~b:c=-")
    '17841400000000001_1.a~b:c=-'
    """
    if _STEP.fullmatch(native) is None:
        where = exchange.url if exchange and exchange.url else "a response"
        words = (
            f"{where}: an ID must contain only characters that do not change a path, found {_kind(native)}"
        )
        raise UnexpectedResponse(words, "No request is made with it.", exchange, misshapen=True)
    return native


def site_of(url: str) -> str:
    """Return host, unusual port, and path of an address: the identity of a site.

    Raises ValueError for a text that is not an address.

    >>> site_of("https://Blog.example.org:443/news/?x=1"), site_of("http://127.0.0.1:8088")
    ('blog.example.org/news', '127.0.0.1:8088')
    """
    parts = urlsplit(url if "//" in url else f"//{url}")
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme, ":")
    return parts.netloc.rpartition("@")[2].lower().removesuffix(usual) + parts.path.rstrip("/")


def site_with_query(url: str) -> str:
    """Return `site_of` with a hash of the query, for paths that lead to several sites.

    The query itself is left out, because it may hold a secret of its owner.

    >>> site_with_query("https://City.example/RSSFeed.aspx?ModID=1")
    'city.example/RSSFeed.aspx?3857aa15ef61'
    >>> site_with_query("https://city.example/rss/")
    'city.example/rss'
    """
    query = urlsplit(url if "//" in url else f"//{url}").query
    return f"{site_of(url)}?{sha256(query.encode())[:12]}" if query else site_of(url)


def _date(value: str | None) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            parsed = read(value or "")
            return parsed.astimezone(UTC) if parsed.tzinfo else None
        except (ValueError, OverflowError):
            continue
    return None


class ApiClient(ABC):
    """A client of one platform's API, which names failures as that API reports them.

    A subclass says which responses are failures (`find_failure`), and which response uses up what is allowed
    (`find_throttle`). Such a response is returned like others; the next request raises, and is not sent.
    """

    api_name: ClassVar[str]  # the API, as messages name it
    error_statuses: ClassVar[tuple[int, ...]]  # error statuses whose body `find_failure` reads
    # secrets, at least one of them; (): anonymous is enough
    one_of_secrets: ClassVar[tuple[str, ...]] = ("token",)

    def __init__(self, client: Client) -> None:
        if self.one_of_secrets and not any(client.secrets.get(name) for name in self.one_of_secrets):
            words = f"{self.api_name} gives no content without a {' or a '.join(self.one_of_secrets)}"
            raise Blocked(words, "Add a `connection` to the account's entry in the register.")
        self.secrets: Mapping[str, str] = client.secrets
        self._client = client
        self._full: Throttled | None = None
        self._completing = False

    def make_headers(self) -> dict[str, str]:
        """Return the headers of a request; called for each one, because a token may be renewed meanwhile."""
        return {"Authorization": f"Bearer {self.secrets['token']}"}

    @abstractmethod
    def find_failure(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None:
        """Return the failure that a response reports; None for a success."""

    def find_throttle(self, exchange: Exchange) -> Throttled | None:  # noqa: ARG002 (most report it by a failure)
        """Return the throttle that begins after a response."""
        return None

    def reduce_request(
        self,
        exchange: Exchange,  # noqa: ARG002
        url: str,  # noqa: ARG002
        params: Params | None,  # noqa: ARG002
    ) -> tuple[str, Params | None] | None:
        """Return the same request for less, if the response asks for that; else None."""
        return None

    def send(self, url: str, request: Callable[[], Exchange]) -> Exchange:  # noqa: ARG002 (of hooks)
        """Send a request; a subclass may wait for the end of a throttle, and send it again."""
        return request()

    @contextmanager
    def completing(self) -> Iterator[None]:
        """Send requests although the limit is used up: without them a received response is useless."""
        before, self._completing = self._completing, True
        try:
            yield
        finally:
            self._completing = before

    def get(
        self,
        url: str,
        params: Params | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        context: Mapping[str, Any] | None = None,
        expect: tuple[int, ...] = (200,),
    ) -> Exchange:
        """Request a URL as `Client.get` does; a failure carries the response."""
        return self.send(url, partial(self._get, url, params, headers or {}, context, expect))

    def _get(
        self,
        url: str,
        params: Params | None,
        headers: Mapping[str, str],
        context: Mapping[str, Any] | None,
        expect: tuple[int, ...],
    ) -> Exchange:
        while True:
            if self._full is not None and not self._completing:
                raise self._full
            sent = {**headers, **self.make_headers()}
            exchange = self._client.get(
                url, params, headers=sent, context=context, expect=(*expect, *self.error_statuses)
            )
            self._full = self.find_throttle(exchange)
            problem = self.find_failure(exchange, expect)
            if problem is None:
                return exchange
            again = self.reduce_request(exchange, url, params)
            if again is None:
                raise problem
            url, params = again


MINUTE = timedelta(minutes=1)
WAITS = 3  # times in a row that a request waits


def wait_and_retry(
    ask: Callable[[], Exchange], again: Callable[[], None] = lambda: None, *, within: timedelta = MINUTE
) -> Exchange:
    """Send a request, and wait for the end of a throttle that is near.

    No later run continues the lists of a sweep or requests by IDs, so these must end within one run.
    again: called before each further attempt.
    within: the longest wait. Raises Throttled if the throttle lasts longer.
    """
    for _ in range(WAITS):
        try:
            return ask()
        except Throttled as full:
            if (left := full.until - datetime.now(UTC)) > within:
                raise
            sleep(max(left.total_seconds(), 0))
            again()
    return ask()


class PatientClient:
    """A Client whose requests wait for the end of a throttle (`wait_and_retry`).

    within: the window in which the platform counts requests.
    """

    def __init__(self, client: Client, *, within: timedelta = MINUTE) -> None:
        self._client, self._within = client, within

    @property
    def secrets(self) -> Mapping[str, str]:
        """The secrets of the client below."""
        return self._client.secrets

    def get(
        self,
        url: str,
        params: Params | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        context: Mapping[str, Any] | None = None,
        expect: tuple[int, ...] = (200,),
    ) -> Exchange:
        """Request a URL as `Client.get` does."""
        ask = partial(self._client.get, url, params, headers=headers, context=context, expect=expect)
        return wait_and_retry(ask, within=self._within)
