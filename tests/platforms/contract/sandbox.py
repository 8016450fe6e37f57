"""The account of a platform's profile in the sandbox, and a connector that reads it as a capture does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from infra.sandbox.faces import create_app, native_id
from infra.sandbox.model import Post, Video
from infra.sandbox.moderation import Unsupported
from infra.sandbox.network import Network
from recordroom.capture.http.client import HttpClient
from recordroom.errors import UnexpectedResponse
from recordroom.model import Absence, Exchange, Record
from recordroom.platforms.contract import Connector, KnownRecord, Window
from recordroom.platforms.registry import load
from recordroom.register.models import Account
from tests.capture.everywhere.stages import SECRET, open_network
from tests.fault_transport import FaultTransport, RecordedTransport
from tests.platforms.contract.profile import PROFILES, PlatformTestProfile
from tests.platforms.scripted import account

START = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
MARK = re.compile(r"(Notice|Question|Answer|Thanks) \d{3}")


@dataclass
class PagedTransport(httpx.BaseTransport):
    """Ask the platform for pages of `size` items, however many the connector asks for.

    No platform promises to fill a page.
    """

    real: httpx.BaseTransport
    parameter: str
    size: int

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        query = request.url.query.decode()
        small = re.sub(rf"\b({self.parameter})(=|\(|%28)(\d+)", self._limit, query)
        url = request.url.copy_with(query=small.encode())
        return self.real.handle_request(
            httpx.Request(request.method, url, headers=request.headers, content=request.read())
        )

    def _limit(self, found: re.Match[str]) -> str:
        return f"{found[1]}{found[2]}{min(int(found[3]), self.size)}"


class CheckedClient(HttpClient):
    """The client of a capture, which also refuses an address that an ID from a response has changed."""

    def get(self, url: str, *arguments: Any, **more: Any) -> Exchange:
        steps = urlsplit(url).path.split("/")[1:]
        straight = (
            url.isprintable()
            and all(steps[:-1])
            and not any(step in {".", ".."} for step in steps)
            and "#" not in url
        )
        assert straight, f"an id has bent the address {url!r}"
        return super().get(url, *arguments, **more)


@dataclass
class Sandbox:
    """One account in the sandbox.

    Its posts, comments, and replies have texts like "Notice 003", by which `marked` finds them.
    """

    profile: PlatformTestProfile
    network: Network
    transport: FaultTransport
    connector: Connector
    client: HttpClient
    number: int = 0
    entry: Account = field(init=False)

    def __post_init__(self) -> None:
        stage = self.profile.stage
        self.entry = account(self.profile.name, stage.url, api_url=stage.api)

    @property
    def us(self) -> str:
        return f"{self.profile.where}/{self.profile.stage.handle}"

    @property
    def others(self) -> tuple[str, str]:
        parent, teacher = self.profile.stage.others
        return f"{self.profile.where}/{parent}", f"{self.profile.where}/{teacher}"

    def publish(self, days: float = 1, words: str = "", **more: Any) -> Post:
        """Publish a post of the account, so many days before START."""
        self.number += 1
        words, network = words or f"Notice {self.number:03}", self.network
        if self.profile.filmed:
            more = {"video": Video(5), **more}
        elif self.profile.stage.pictured:
            more = {"photos": [network.photo(self.profile.where, "Snow")], **more}
        if self.profile.titled:
            more = {"title": words, **more}
        # no two at the same time: some lists continue from a time
        at = START - timedelta(days=days) + timedelta(seconds=self.number)
        return network.publish(self.us, words, at=at, **more)

    def comment(self, parent: Post, who: int | str = 0, words: str = "", at: datetime | None = None) -> Post:
        """Publish a comment below a post or comment, soon after it.

        who: the first or the second of the others, or an account's key.
        """
        self.number += 1
        kind = "Answer" if parent.parent else "Question"
        when = at or parent.created + timedelta(minutes=self.number)
        by = who if isinstance(who, str) else self.others[who]
        return self.network.comment(by, parent, words or f"{kind} {self.number:03}", at=when)

    def converse(self, days: float = 1) -> tuple[Post, list[Post]]:
        """Publish a post with a question and a reply to that, if people can comment there."""
        post = self.publish(days)
        if not self.profile.stage.answered:
            return post, []
        question = self.comment(post)
        return post, [question, self.comment(question, 1)]

    def publish_extras(self) -> None:
        """Publish one of everything else that the platform has, for tests of lists."""
        network, where, (parent, teacher) = self.network, self.profile.where, self.others
        titled: dict[str, Any] = {"title": "Hello"} if self.profile.titled else {}
        shown: dict[str, Any] = {"photos": [network.photo(where, "Snow")]}
        handle = self.profile.stage.handle
        verbs: tuple[Callable[[], object], ...] = (
            lambda: self.publish(3, kind="page"),
            lambda: self.publish(0.1, kind="story", **shown),
            lambda: self.publish(0.1, ghost=True),
            lambda: self.publish(3, video=Video(5)),
            lambda: self.comment(self.publish(3, **shown)),
            lambda: (
                self.profile.name == "linkedin"
                and self.publish(3, event=network.event(where, "Open house", START + timedelta(days=9)))
            ),
            lambda: self.publish(3, visibility="private") if self.profile.stage.for_some else None,
            lambda: self.publish(
                3, album=network.album(self.us, "Showcase", at=START - timedelta(days=3)).key, **shown
            ),
            lambda: network.caption(self.publish(3), "en", "Ice", at=START - timedelta(days=3)),
            lambda: network.publish(
                parent, f"Hello @{handle}", at=START - timedelta(days=2), **titled, **shown
            ),
            lambda: network.publish(
                parent, "On your wall", at=START - timedelta(days=2), wall=self.us, **titled
            ),
            lambda: (
                self.profile.name == "feed"
                or network.repost(
                    self.us,
                    network.publish(teacher, "Passed on", at=START - timedelta(days=3), **titled, **shown),
                )
            ),
            lambda: self.comment(self.publish(3), words=f"Question 990 for @{handle}"),
            lambda: network.hide(self.converse(3)[1][0]),
            lambda: network.hold(self.converse(3)[1][0]),
            lambda: network.edit(self.publish(3), "Open", at=START - timedelta(days=2)),
            lambda: network.trash(self.publish(3)),
            lambda: network.remove(self.converse(3)[1][0]),
        )
        for verb in verbs:
            with suppress(Unsupported, ValueError, IndexError):
                verb()

    def identify(self) -> Account:
        self.entry = self.entry.with_identity(self.connector.identify(self.entry, self.client))
        return self.entry

    def fetch(self, window: Window | None = None) -> list[Exchange]:
        if self.entry.identity is None:
            self.identify()
        return list(self.connector.fetch(self.entry, window or Window("full"), self.client))

    def read(self, window: Window | None = None) -> dict[str, Record]:
        """Return what a fetch gives, by record ID."""
        return self.parse(self.fetch(window))

    def parse(self, exchanges: Iterable[Exchange]) -> dict[str, Record]:
        found = (record for exchange in exchanges for record in self.connector.parse(exchange))
        return {record.record_id: record for record in found if not record.historical}

    def lookup(self, *known: KnownRecord) -> list[Exchange | Absence]:
        return list(self.connector.lookup(self.entry, known, self.client))

    def named(self, post: Post) -> str:
        return native_id(self.network, post)


def marked(records: Iterable[Record]) -> dict[str, Record]:
    """Return records by the texts that `Sandbox` gave them."""
    found = ((MARK.search(record.text or record.title or ""), record) for record in records)
    return {mark[0]: record for mark, record in found if mark}


def words_of(posts: Iterable[Post]) -> set[str]:
    return {mark[0] for post in posts if (mark := MARK.search(post.now.text))}


def parsed(connector: Connector, exchanges: Iterable[Exchange]) -> tuple[list[Record], list[str]]:
    """Return (the records of these responses, why others could not be read).

    It continues after each unreadable response, as a capture does.
    """
    records, problems = list[Record](), list[str]()
    for exchange in exchanges:
        try:
            records += list(connector.parse(exchange))
        except UnexpectedResponse as problem:
            problems.append(problem.message)
    return records, problems


def open_sandbox(
    platform: str, *, page: int = 0, recorded: bool = False, network: Network | None = None
) -> Sandbox:
    """Open the account of a profile, with nothing published, or that of `network`.

    page: items of a page, at most. recorded: each address is requested once.
    """
    profile = PROFILES[platform]
    stage, connector = profile.stage, load(platform)
    if network is None:
        network = open_network(platform, START)
        network.quota(profile.where, 10**6, 60)
    real: httpx.BaseTransport = httpx.WSGITransport(create_app(network, profile.where))
    if page and profile.page_size:
        real = PagedTransport(real, profile.page_size, page)
    transport = FaultTransport(RecordedTransport(real) if recorded else real)
    client = CheckedClient(contact="a@b.example", limit=10**8, transport=transport)
    if stage.signs_in:
        names = connector.PLATFORM.secrets
        secrets = {"token": SECRET} if "token" in names else {"password": SECRET}
        client.authorize(secrets | ({"user": stage.login} if "user" in names else {}))
    return Sandbox(profile, network, transport, connector, client)
