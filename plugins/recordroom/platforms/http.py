"""What an answer means before its content is read: the failure that a status names, and JSON that is what it
must be.

`parse` raises the named failure for whatever is no success, so that a saved error body is told as such
without a network.
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


class Asking(ABC):
    """`needs`: secrets of which one at least must be given; none where nobody has to say who asks."""

    who: ClassVar[str]
    statuses: ClassVar[tuple[int, ...]]
    needs: ClassVar[tuple[str, ...]] = ("token",)

    def __init__(self, client: Client) -> None:
        if self.needs and not any(client.secrets.get(name) for name in self.needs):
            words = f"{self.who} gives nothing without a {' or a '.join(self.needs)}"
            raise Blocked(words, "Give the account a `connection` in the register.")
        self.secrets: Mapping[str, str] = client.secrets
        self._client = client
        self._full: Throttled | None = None
        self._completing = False

    def shown(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secrets['token']}"}

    @abstractmethod
    def named(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None: ...

    def used_up(self, exchange: Exchange) -> Throttled | None:  # noqa: ARG002 (most tell it by a failure)
        return None

    def smaller(
        self,
        exchange: Exchange,  # noqa: ARG002
        url: str,  # noqa: ARG002
        params: Params | None,  # noqa: ARG002
    ) -> tuple[str, Params | None] | None:
        """None: most never ask for less."""
        return None

    @contextmanager
    def completing(self) -> Iterator[None]:
        """Requests without which an answer that is there already could not be used: only a refusal stops
        them.
        """
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
        """As platforms.Client says; a failure carries the answer."""
        while True:
            if self._full is not None and not self._completing:
                raise self._full
            sent = {**(headers or {}), **self.shown()}
            exchange = self._client.get(
                url, params, headers=sent, context=context, expect=(*expect, *self.statuses)
            )
            self._full = self.used_up(exchange)
            problem = self.named(exchange, expect)
            if problem is None:
                return exchange
            again = self.smaller(exchange, url, params)
            if again is None:
                raise problem
            url, params = again


MINUTE, WAITS = timedelta(minutes=1), 3  # how long, and how often in a row, a request waits


def patiently(
    ask: Callable[[], Exchange], again: Callable[[], None] = lambda: None, *, within: timedelta = MINUTE
) -> Exchange:
    """What `ask` gives; where more is allowed `within` that time, once it has come. `again` is called before
    it is asked once more.
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


class Patient:
    """A Client whose requests wait so, `within` the window by which the platform counts them."""

    def __init__(self, client: Client, *, within: timedelta = MINUTE) -> None:
        self._client, self._within = client, within

    @property
    def secrets(self) -> Mapping[str, str]:
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
        ask = partial(self._client.get, url, params, headers=headers, context=context, expect=expect)
        return patiently(ask, within=self._within)


PAUSE = timedelta(minutes=15)  # where a platform throttles without saying until when
LONGEST_PAUSE = timedelta(
    hours=25
)  # a daily quota at most: a wilder word of a server must not silence an account for years
_START = 120
_NO_WORDS = re.compile(r"[0-9TZ:.,+\- ]{0,40}")  # a day, a time, a number
_STEP = re.compile(r"(?!\.+$)[A-Za-z0-9_.~:=-]+")
_EPOCHS = 1_000_000_000  # a number of seconds from here on is no span but a date


def failure(exchange: Exchange, *, anonymous: bool = False, words: str = "") -> PlatformFailure | None:
    """The failure that the status names; None where it names none (below 400). `words`: the platform's own,
    from its body.
    """
    status, where = exchange.status, f"{exchange.method} {exchange.url}".strip()
    if status < 400:
        return None
    said = f"{where}: HTTP {status}" + (f": {words}" if words else "")
    if status == 429 or (status == 503 and exchange.header("Retry-After") is not None):
        return Throttled(said, retry_after(exchange), exchange)
    if status == 401 and not anonymous:
        return TokenExpired(said, "Make a new credential and put it into the account's connection.", exchange)
    if status in {401, 403}:
        return Blocked(
            said, "The platform refuses us; see the page of this platform in docs/platforms.", exchange
        )
    if status in {404, 410}:
        return AccountUnavailable(said, "Check the account's address in the register.", exchange)
    return UnexpectedResponse(said, "The next capture tries again.", exchange)


def unworded(exchange: Exchange) -> PlatformFailure | None:
    """The same of an API that says each of its errors in words of its own, where an answer has none: a page
    that says 404 is then of something between (a proxy, say), and nobody's word that anything is gone."""
    found = failure(exchange)
    if isinstance(found, AccountUnavailable):
        return UnexpectedResponse(
            f"{found.message}, and no word of the platform's", "The next capture tries again.", exchange
        )
    return found


def told_by(answer: Exchange) -> str:
    """In words, by what an answer tells that it fails: `HTTP 500`."""
    if answer.status == NO_ANSWER:
        return "no whole answer"
    return f"HTTP {answer.status}" if answer.status >= 400 else "an answer that cannot be read"


def retry_after(exchange: Exchange) -> datetime:
    """The instant of Retry-After (seconds, or a date) or of a reset header (seconds, epoch, ISO 8601),
    LONGEST_PAUSE away at most; PAUSE after the answer where none makes sense."""
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


def json_of(exchange: Exchange) -> Any:
    """The JSON of a body; UnexpectedResponse says what stands there instead."""
    try:
        return loads(exchange.body)
    except (ValueError, RecursionError) as problem:
        start = exchange.body[:_START].strip()
        what = "HTML" if start[:1] == b"<" else "nothing" if not start else "no JSON"
        words = f"{exchange.url or 'body'}: {what} instead of JSON ({len(exchange.body)} bytes)"
        raise UnexpectedResponse(words, "The response is kept.", exchange) from problem


def wrong(exchange: Exchange, pointer: str, expected: str, found: object) -> UnexpectedResponse:
    """The failure of one field: where it stands, what the platform promises, what was found ("nothing" where
    it is not there).

    What people wrote is named by its kind alone: failures reach logs, and whoever reads those may not be whom
    it is shown to."""
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


def in_path(native: str, exchange: Exchange | None = None) -> str:
    """An id that an answer told, as one step of the next address. UnexpectedResponse where it would lead to
    something else of the same host, which would be taken for what was asked for: "", "..", "1/comments",
    "1?fields=id".

    >>> in_path("17841400000000001_1.a~b:c=-")
    '17841400000000001_1.a~b:c=-'
    """
    if _STEP.fullmatch(native) is None:
        where = exchange.url if exchange and exchange.url else "an answer"
        words = (
            f"{where}: an id must be letters, digits, and signs that change no path, found {_kind(native)}"
        )
        raise UnexpectedResponse(words, "Nothing is asked for in its place.", exchange, misshapen=True)
    return native


def place_of(url: str) -> str:
    """Host, unusual port and path of an address: an identity where a site is its address. ValueError where it
    is no address.

    >>> place_of("https://Blog.example.org:443/news/?x=1"), place_of("http://127.0.0.1:8088")
    ('blog.example.org/news', '127.0.0.1:8088')
    """
    parts = urlsplit(url if "//" in url else f"//{url}")
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme, ":")
    return parts.netloc.rpartition("@")[2].lower().removesuffix(usual) + parts.path.rstrip("/")


def place_with_query(url: str) -> str:
    """The same with a mark of the query, where there is one: an identity where one path leads to many. Not
    the query itself, which may hold what only its owner should know.

    >>> place_with_query("https://City.example/RSSFeed.aspx?ModID=1"), place_with_query("https://city.example/rss/")
    ('city.example/RSSFeed.aspx?3857aa15ef61', 'city.example/rss')
    """
    query = urlsplit(url if "//" in url else f"//{url}").query
    return f"{place_of(url)}?{sha256(query.encode())[:12]}" if query else place_of(url)


def _date(value: str | None) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            parsed = read(value or "")
            return parsed.astimezone(UTC) if parsed.tzinfo else None
        except (ValueError, OverflowError):
            continue
    return None
