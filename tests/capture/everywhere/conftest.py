"""A story is played on each platform."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.local.sandbox.moderation import Unsupported
from recordroom.capture import recovery
from recordroom.platforms import load
from tests.capture.everywhere.scene import Scene, opened
from tests.capture.everywhere.stages import STAGES
from tests.fault_transport import retry_at_once
from tests.services import S3, Buckets


@pytest.fixture(params=sorted(STAGES))
def scene(request: pytest.FixtureRequest, s3: S3, shared: Buckets, tmp_path: Path) -> Scene:
    without = STAGES[request.param].without
    if why := without.get(request.function.__name__):
        request.applymarker(pytest.mark.xfail(reason=why, raises=(Unsupported, AssertionError), strict=True))
    if load(request.param).PLATFORM.renewal:
        request.getfixturevalue("airflow")
    return opened(request.param, s3, shared, tmp_path, datetime.now(UTC).replace(microsecond=0) - timedelta(hours=30))


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for again is asked for without a pause; tests/capture/test_client.py waits. Captures follow each other within seconds,
    by one clock: what an earlier one wrote is not looked after again, as if a minute had passed."""
    monkeypatch.setattr(recovery, "CLOCKS", timedelta(0))
    retry_at_once(monkeypatch)


@pytest.fixture(autouse=True)
def valid(request: pytest.FixtureRequest) -> Iterator[None]:
    """No answer that the sandbox itself had to refuse: a failure of its own kind, which no story that a platform cannot have may hide."""
    scene: Scene | None = request.getfixturevalue("scene") if "scene" in request.fixturenames else None
    yield
    if scene and scene.network.invalid:
        pytest.fail("\n".join(scene.network.invalid))
