"""One reading of an account in the sandbox, with what each response gave and a cursor after each.

The writer and the tests of stored cursors use it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_type_hints
from unittest.mock import patch
from urllib.parse import parse_qsl

import httpx
from httpx_retries import Retry

from infra.sandbox.network import Network
from recordroom.capture.http import client
from recordroom.errors import PlatformFailure
from recordroom.model import Exchange, Record
from recordroom.platforms import http
from recordroom.platforms.contract import Window
from recordroom.platforms.x import api
from tests.capture.everywhere.faulty import sort_of
from tests.capture.everywhere.stages import SECRET
from tests.clock import standing
from tests.fault_transport import RecordedTransport, fault
from tests.platforms.contract.profile import PROFILES
from tests.platforms.contract.sandbox import PagedTransport, Sandbox, open_sandbox

TIMES = ("since", "changed_since", "messages_since")  # times of a window, stored as ISO 8601
# it has no private messages
UNREACHED = {"threads": {"inbox.folder", "inbox.page", "inbox.older", "inbox.over"}}
MOST = 300  # responses of a reading
ITEMS = ("data", "elements")  # the lists of responses that `hollow` empties


@dataclass
class TroubleTransport(httpx.BaseTransport):
    """A platform that fails at requests of one sort.

    asked: the sorts of the requests so far, in order.
    """

    real: httpx.BaseTransport
    platform: str
    sort: str = (
        ""  # as `sort_of` names it, followed by the page's own parameters where `way` concerns one page
    )
    # As `fault` has it; `hollow`: the response's list is empty; `repeat`: the first page for every page
    # that is requested.
    way: int | str = 500
    asked: dict[str, int] | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        parameters = [
            f"{name}={value}"
            for name, value in parse_qsl(request.url.query.decode())
            if name != "access_token"
        ]
        sort = sort_of(f"{request.url.path}?{'&'.join(parameters)}")
        if self.asked is not None:
            self.asked[sort] = self.asked.get(sort, 0) + 1
        if sort != self.sort:
            return self.real.handle_request(request)
        if self.way == "hollow":
            return self._hollow(request)
        if self.way == "repeat":
            return self._repeat(request)
        return fault(self.platform, self.way)(request, lambda: self.real.handle_request(request))

    def _hollow(self, request: httpx.Request) -> httpx.Response:
        """Empty a page, but only one that is followed by another."""
        response = self.real.handle_request(request)
        body = json.loads(response.read())
        paging = body.get("paging", {})
        links = [link.get("rel") for link in paging.get("links", ())]
        if paging.get("next") or paging.get("cursors", {}).get("after") or "next" in links:
            body |= {name: [] for name in ITEMS if name in body}
        return httpx.Response(response.status_code, json=body)

    def _repeat(self, request: httpx.Request) -> httpx.Response:
        """Return the first page with a link to a next one."""
        first = request.url.copy_remove_param("cursor")
        response = self.real.handle_request(httpx.Request(request.method, first, headers=request.headers))
        body = json.loads(response.read())
        if body["data"].get("has_more"):
            body["data"]["cursor"] += int(request.url.params.get("cursor", 0))
        return httpx.Response(response.status_code, json=body)


@dataclass
class PagedFeed(httpx.BaseTransport):
    """A feed with linked pages (RFC 5005), made of the one page that the sandbox gives."""

    real: httpx.BaseTransport
    size: int = 5

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("page", 1))
        response = self.real.handle_request(
            httpx.Request("GET", request.url.copy_with(query=None), headers=request.headers)
        )
        told = response.read().decode()
        items = re.findall(r"<item>.*?</item>", told, re.DOTALL)
        before, after = told[: told.index("<item>")], told[told.rindex("</item>") + len("</item>") :]
        some = items[(page - 1) * self.size : page * self.size]
        following = request.url.copy_with(query=f"page={page + 1}".encode())
        link = f'<link xmlns="http://www.w3.org/2005/Atom" rel="next" href="{following}"/>'
        more = link if len(items) > page * self.size else ""
        return httpx.Response(
            200,
            headers={"content-type": "application/rss+xml"},
            content=f"{before}{more}{''.join(some)}{after}",
        )


@dataclass(frozen=True)
class Response:
    """The records and the cursor of one response of a reading."""

    cursor: str | None
    records: frozenset[str]  # `digest` of each


@contextmanager
def open_story(network: Network, platform: str, page: int) -> Iterator[Sandbox]:
    """Open the account of a stored sandbox, at the time of its network.

    That time passes where the connector waits. page: items of a page.
    """
    retry = Retry(total=client._RETRY.total, status_forcelist=client._RETRY.status_forcelist)
    with ExitStack() as stack:
        stack.enter_context(standing(network.now))
        stack.enter_context(patch.object(client, "_RETRY", retry))
        for module in (http, api):
            stack.enter_context(patch.object(module, "sleep", lambda seconds: network.wait(seconds=seconds)))
        sandbox = open_sandbox(platform, network=network)
        profile, real = sandbox.profile, sandbox.transport.real
        paged = PagedTransport(real, profile.page_size, page) if profile.page_size else PagedFeed(real)
        sandbox.transport.real = TroubleTransport(RecordedTransport(paged), platform)
        if any(token.kind == "password" and platform == "bluesky" for token in network.tokens):
            sandbox.client.authorize({"password": SECRET})
            renew = sandbox.connector.renew  # type: ignore[attr-defined]
            session = renew(sandbox.entry, sandbox.client).values
            sandbox.client.authorize({"password": SECRET, **session})
        sandbox.identify()
        try:
            yield sandbox
        finally:
            sandbox.client.close()
    assert network.invalid == []


def load_network(text: str, folder: Path) -> Network:
    """Return the sandbox in this file's text; it writes nothing to a file."""
    path = folder / "network.json"
    path.write_text(text)
    network = Network.load(path)
    network.path = None
    return network


def window_of(stored: dict[str, Any], cursor: str | None = None) -> Window:
    """Return a window from its stored form: `kind`, `url`, `messages`, and TIMES."""
    times: dict[str, Any] = {name: datetime.fromisoformat(stored[name]) for name in TIMES if name in stored}
    return Window(
        stored["kind"],
        url=stored.get("url"),
        reads_messages=stored.get("messages", False),
        cursor=cursor,
        **times,
    )


def trouble_of(sandbox: Sandbox) -> TroubleTransport:
    assert isinstance(sandbox.transport.real, TroubleTransport)
    return sandbox.transport.real


def read(sandbox: Sandbox, stored: dict[str, Any], cursor: str | None = None) -> tuple[list[Response], str]:
    """Read this stored reading's window from its beginning, or from a cursor.

    Returns the responses and how it ended: "" or a failure's code.
    """
    trouble = trouble_of(sandbox)
    trouble.sort, trouble.way = stored.get("trouble") or ("", 500)
    found: list[Response] = []
    ended = ""
    try:
        for exchange in sandbox.connector.fetch(
            sandbox.entry, window_of(stored["window"], cursor), sandbox.client
        ):
            found.append(Response(exchange.cursor, frozenset(map(digest, parse(sandbox, exchange)))))
            assert len(found) < MOST, "the reading does not end"
    except PlatformFailure as failure:
        ended = failure.code
    return found, ended


def parse(sandbox: Sandbox, exchange: Exchange) -> list[Record]:
    """Return the records of a response.

    One that cannot be read has none; a capture keeps it for a later parser.
    """
    try:
        return list(sandbox.connector.parse(exchange))
    except PlatformFailure:
        return []


def digest(record: Record) -> str:
    """Return a record's ID and a hash of its content."""
    told = [
        *(record.kind, record.parent_id, record.root_id, record.author_id, record.title, record.text),
        *(
            str(record.published_at),
            record.status,
            record.visibility,
            record.historical,
            str(record.valid_from),
        ),
        [file.identity for file in record.media],
    ]
    return f"{record.record_id} {hashlib.sha256(json.dumps(told).encode()).hexdigest()[:10]}"


def records_in(responses: Iterable[Response]) -> set[str]:
    return set[str]().union(*(response.records for response in responses))


def fields_of(part: Any, place: str = "") -> Iterator[tuple[str, Any, bool]]:
    """Yield (path, value, whether it differs from the default) of each field of a cursor.

    The connector has read the cursor; fields of its parts have paths like `inbox.page`.
    """
    for one in fields(part):
        value = getattr(part, one.name)
        if is_dataclass(value):
            yield from fields_of(value, f"{place}{one.name}.")
        elif one.name != "unknown":
            begins = one.default_factory() if one.default_factory is not MISSING else one.default
            yield f"{place}{one.name}", value, value != begins


def fields_that_may_be(part: Any, place: str = "") -> set[str]:
    """Return the paths of a cursor's fields; those of its parts are like `inbox.page`."""
    found, hints = set[str](), get_type_hints(part)
    for one in fields(part):
        if is_dataclass(hints[one.name]):
            found |= fields_that_may_be(hints[one.name], f"{place}{one.name}.")
        elif one.name != "unknown":
            found.add(f"{place}{one.name}")
    return found


def stage_of(todo: Any) -> frozenset[str]:
    """Return what a cursor says, without IDs, addresses, and counts.

    A reading continues in the same way from two cursors of the same stage.
    """
    if not is_dataclass(todo):
        return frozenset({"address"})
    return frozenset(f"{path} {word_in(value, path)}" for path, value, says in fields_of(todo) if says)


def word_in(value: Any, path: str) -> str:
    """Return the name of a list, the number of a folder, or the kind of the first item that waits."""
    if path.endswith(("folder", "lists")) or isinstance(value, bool):
        return str(value)
    if isinstance(value, list | tuple) and value:
        return word_in(value[0], "") if isinstance(value[0], str) else ""
    return value if isinstance(value, str) and re.fullmatch(r"[a-z_]+", value) else ""


def platforms() -> list[str]:
    return sorted(PROFILES)
