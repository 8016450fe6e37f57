"""A client that answers from a list, for faults that no real server makes.

It keeps the contract of platforms/contract.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import orjson

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, Identity, Record
from recordroom.platforms.contract import KnownRecord, ReplySign
from recordroom.platforms.http import find_failure
from recordroom.register.models import Account

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    """A scripted response; `body`: bytes, text, or a value that becomes JSON."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (
            self.body.encode("utf-8", "surrogatepass")
            if isinstance(self.body, str)
            else orjson.dumps(self.body)
        )

    def instead(self, *_: object) -> httpx.Response:
        """Return the response in place of the platform's, as a rule of a FaultTransport."""
        return httpx.Response(self.status, headers=dict(self.headers), content=self.bytes)


UNWORDED = (Answer("<html>Not found</html>", 404), Answer({}, 404))  # of a server between us and the platform


@dataclass
class Scripted:
    """A client with scripted responses; a request after the last one is an error."""

    # the response to each address, or a list of responses in order
    answer: Callable[[str], Answer] | Iterable[Answer]
    secrets: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # addresses of the requests
    sent: list[Mapping[str, str]] = field(default_factory=list)
    most: int = 500

    def __post_init__(self) -> None:
        if not callable(self.answer):
            waiting = iter(self.answer)
            self.answer = lambda url: next(waiting, None) or _too_many(url)

    def get(
        self,
        url: str,
        params: Mapping[str, str | int | list[str]] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        context: Mapping[str, Any] | None = None,
        expect: tuple[int, ...] = (200,),
    ) -> Exchange:
        whole = f"{url}{'&' if '?' in url else '?'}{urlencode(params, doseq=True)}" if params else url
        self.asked.append(whole)
        self.sent.append(dict(headers or {}))
        assert len(self.asked) <= self.most, f"no end after {self.most} requests"
        assert _leads_where_it_says(url), f"a step that an id has bent: {url!r}"
        assert callable(self.answer)
        given = self.answer(whole)
        exchange = Exchange(
            "GET",
            whole,
            given.status,
            tuple(given.headers.items()),
            given.bytes,
            dict(context or {}),
            tuple((headers or {}).items()),
            NOW,
        )
        if given.status in expect:
            return exchange
        raise find_failure(exchange, anonymous=not self.secrets) or UnexpectedResponse(
            f"{whole}: HTTP {given.status}", exchange=exchange
        )


@dataclass
class Exchanging(Scripted):
    """A scripted client that is also asked for a token."""

    told: Mapping[str, Any] = field(default_factory=dict)  # the token's response
    # (address, form, headers) of each request for a token
    posted: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)

    def post(
        self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str] | None = None, **_: Any
    ) -> Exchange:
        self.posted.append((url, dict(form), dict(headers or {})))
        return Exchange("POST", url, 200, (), orjson.dumps(self.told), fetched_at=NOW)

    def trade(self, url: str, params: Mapping[str, str], *, expect: tuple[int, ...] = (200,)) -> Exchange:
        return replace(self.get(url, params, expect=expect), url=url)


def asked_for(client: Scripted, part: str) -> list[str]:
    return [url for url in client.asked if part in url]


def read_of(
    fetched: Iterable[Exchange], parse: Callable[[Exchange], Iterable[Record]]
) -> tuple[list[Record], int]:
    """Return (the records of these responses, how many responses could not be read)."""
    found, unread = list[Record](), 0
    for exchange in fetched:
        try:
            found += list(parse(exchange))  # nothing of a response that cannot be read to its end
        except UnexpectedResponse:  # kept as it came
            unread += 1
    return found, unread


def _leads_where_it_says(url: str) -> bool:
    """Return whether a request for this address goes where the address says.

    No step of the path may be empty except the last, consist of dots, or contain a character that no address
    may have.
    """
    steps = urlsplit(url).path.split("/")[1:]
    return (
        url.isprintable()
        and all(steps[:-1])
        and not any(step in {".", ".."} for step in steps)
        and "#" not in url
    )


def _too_many(url: str) -> Answer:
    raise AssertionError(f"one request too many: {url}")


@dataclass
class Chosen:
    """A plan that wants these conversations only."""

    wanted: Callable[[str], bool]
    asked: dict[str, tuple[ReplySign, bool]] = field(default_factory=dict)  # root -> (sign, all_told)
    whole: list[str] = field(default_factory=list)  # conversations that were read to their end
    left: list[str] = field(default_factory=list)  # conversations that were not given

    def wants_conversation(
        self, root_id: str, published_at: datetime, sign: ReplySign, *, all_told: bool = True
    ) -> bool:
        assert published_at.tzinfo is not None
        self.asked[root_id] = (sign, all_told)
        return self.wanted(root_id)

    def note_read(self, root_id: str) -> None:
        self.whole += [root_id] if root_id not in self.left else []

    def note_not_given(self, root_id: str) -> None:
        self.left.append(root_id)

    def find_known(self, record_id: str, *, anywhere: bool = False) -> KnownRecord | None:  # noqa: ARG002 (nothing is archived)
        return None


def account(platform: str, url: str, identity: Identity | None = None, **more: Any) -> Account:
    return Account(
        id=f"{platform}-test",
        platform=platform,
        url=url,
        title="Test",
        class_="official",
        owner="Communications",
        identity=identity,
        **more,
    )
