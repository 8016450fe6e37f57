"""A value in a response is deleted, retyped, or moved: the connector gives a record or a named failure.

The record can be archived.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordroom.canonical import encode_canonical
from recordroom.errors import PlatformFailure
from recordroom.model import Exchange
from recordroom.platforms.contract import Window
from tests.fault_transport import RecordedTransport, fault, rewrite_json
from tests.platforms.contract.profile import each_platform
from tests.platforms.contract.sandbox import START, Sandbox, marked
from tests.platforms.contract.test_lookup import known
from tests.platforms.mutations import damaged

pytestmark = pytest.mark.thorough

LIMIT = 2000  # requests of one use


def use(sandbox: Sandbox, window: Window, records: dict[str, Any]) -> None:
    """Make all requests that a capture makes through a connector."""
    sandbox.identify()
    results = [*sandbox.fetch(window), *sandbox.lookup(*map(known, records.values()))]
    sandbox.connector.totals(sandbox.entry, sandbox.client)
    for exchange in results:
        if isinstance(exchange, Exchange):
            encode_canonical(dict(exchange.context))
            with suppress(PlatformFailure):
                list(sandbox.connector.parse(exchange))


# its responses are XML: tests/platforms/feed/test_failures.py damages them
@each_platform(lambda profile: profile.name != "feed")
def test_damaged_response_never_breaks_a_connector(sandbox: Sandbox) -> None:
    """The damaged response is one that a fetch, a lookup, or the counts need; the others are as recorded."""
    sandbox.converse()
    sandbox.publish_extras()
    recorded = sandbox.transport.real = RecordedTransport(sandbox.transport.real)
    held = marked(sandbox.read().values())
    windows = (
        Window("full"),
        Window("recent", since=START - timedelta(days=30), changed_since=START - timedelta(days=30)),
    )
    count = 0
    for window in windows:
        before = len(sandbox.transport.asked)
        use(sandbox, window, held)
        count = max(count, len(sandbox.transport.asked) - before)
    unknown = fault(sandbox.profile.name, 404)
    recorded.real = httpx.MockTransport(lambda request: unknown(request, lambda: httpx.Response(404)))

    @settings(suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def break_one(data: st.DataObject) -> None:
        turn, turns = data.draw(st.integers(0, count - 1)), iter(range(10**6))
        damage = rewrite_json(lambda body: data.draw(damaged(body)))

        def at_its_turn(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
            return damage(request, real) if next(turns) == turn else real()

        with sandbox.transport.meanwhile("", at_its_turn), suppress(PlatformFailure):
            use(sandbox, data.draw(st.sampled_from(windows)), held)
        assert len(sandbox.transport.asked) < LIMIT
        sandbox.transport.asked.clear()

    break_one()
