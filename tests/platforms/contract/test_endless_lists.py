"""The connector stops reading a list that repeats a page forever, and reports it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import httpx

from recordroom.errors import PlatformFailure
from recordroom.platforms.contract import Window
from tests.fault_transport import RecordedTransport
from tests.platforms.contract.profile import each_platform
from tests.platforms.contract.sandbox import PagedTransport, Sandbox
from tests.platforms.contract.test_resume import stage_pages

PLACE = r"after|cursor|pageToken|page|max_id|offset|until_id|start|pagination_token|next_token"
LIMIT = 400  # requests
Answering = Callable[[], httpx.Response]


def list_in(url: str, page_size: str) -> str:
    """Return the address of a list without the position in it."""
    address, _, query = url.partition("?")
    return "&".join(
        [address, *sorted(one for one in query.split("&") if not re.match(rf"({PLACE}|{page_size})=", one))]
    )


@each_platform(lambda profile: profile.page_size)
def test_page_that_repeats_for_ever_is_reported(sandbox: Sandbox) -> None:
    stage_pages(sandbox)
    profile = sandbox.profile
    sandbox.transport.real = RecordedTransport(
        PagedTransport(sandbox.transport.real, profile.page_size, profile.page)
    )
    sandbox.identify()
    before = len(sandbox.transport.asked)
    whole = set(sandbox.read())
    pages = Counter(list_in(url, profile.page_size) for url in sandbox.transport.asked[before:])
    paged = [name for name, count in pages.items() if count > 1]
    assert paged
    for name in paged:
        first: list[httpx.Response] = []

        def repeat(
            request: httpx.Request, real: Answering, name: str = name, first: list[httpx.Response] = first
        ) -> httpx.Response:
            if list_in(str(request.url), profile.page_size) != name:
                return real()
            first.extend([] if first else [real()])
            return first[0]

        sandbox.transport.asked.clear()
        reported, found = False, set[str]()
        with sandbox.transport.meanwhile("", repeat):
            try:
                for exchange in sandbox.connector.fetch(sandbox.entry, Window("full"), sandbox.client):
                    found |= set(sandbox.parse([exchange]))
                    reported |= "short" in exchange.context
                    assert len(sandbox.transport.asked) < LIMIT, name
            except PlatformFailure:
                reported = True
        assert reported, f"{name}: {len(whole - found)} records are missing"
