"""Fixtures that play a story on each platform."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recordroom.capture.segment import waiting_rows
from recordroom.platforms.registry import load
from tests.capture.everywhere.scene import Scene, opened
from tests.capture.everywhere.stages import STAGES
from tests.fault_transport import retry_at_once
from tests.services import S3, Buckets
from tests.tiers import QUICK_PLATFORMS


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Play a story on each platform that can have it, unless the test names its platforms itself."""
    chosen = any("scene" in str(mark.args[0]) for mark in metafunc.definition.iter_markers("parametrize"))
    if "scene" in metafunc.fixturenames and not chosen:
        able = [
            name for name, stage in sorted(STAGES.items()) if metafunc.function.__name__ not in stage.without
        ]
        metafunc.parametrize("scene", able, indirect=True)


def pytest_itemcollected(item: pytest.Item) -> None:
    """In the quick tier, stories are played on two platforms."""
    parameters = (
        item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    )
    platform = parameters.get("scene") or parameters.get("platform")
    if platform and platform not in QUICK_PLATFORMS:
        item.add_marker(pytest.mark.thorough)


@pytest.fixture
def scene(request: pytest.FixtureRequest, s3: S3, shared: Buckets, tmp_path: Path) -> Scene:
    if load(request.param).PLATFORM.renewal:
        request.getfixturevalue("airflow")
    return opened(
        request.param, s3, shared, tmp_path, datetime.now(UTC).replace(microsecond=0) - timedelta(hours=30)
    )


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat requests without a pause; tests/capture/test_client.py tests the pauses.

    Captures follow each other within seconds by one clock. Objects of an earlier capture are not checked
    again as if a minute had passed.
    """
    monkeypatch.setattr(waiting_rows, "CLOCKS", timedelta(0))
    retry_at_once(monkeypatch)


@pytest.fixture(autouse=True)
def valid(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail if the sandbox itself had to refuse a response as invalid.

    A story that a platform cannot have must fail, and must not hide such a failure.
    """
    scene: Scene | None = request.getfixturevalue("scene") if "scene" in request.fixturenames else None
    yield
    if scene and scene.network.invalid:
        pytest.fail("\n".join(scene.network.invalid))
