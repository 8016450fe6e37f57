"""Fixtures: the small accounts of a platform with which most of its tests begin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from recordroom.platforms import http
from recordroom.platforms.x import api
from tests.clock import standing
from tests.fault_transport import retry_at_once
from tests.platforms.contract.sandbox import Sandbox, open_sandbox


@pytest.fixture
def sandbox(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Provide the account of one platform, at the time of its network.

    That time passes where the connector waits. The platform is the test's parameter, or the `PLATFORM` of its
    module. No response of the sandbox may be one that the platform would not give.
    """
    retry_at_once(monkeypatch)
    sandbox = open_sandbox(getattr(request, "param", None) or request.module.PLATFORM)
    for module in (http, api):
        monkeypatch.setattr(module, "sleep", lambda seconds: sandbox.network.wait(seconds=seconds))
    with standing(sandbox.network.now):
        yield sandbox
    sandbox.client.close()
    assert sandbox.network.invalid == []
