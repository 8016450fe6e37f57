"""Fixtures: the archive of each test, and the rows of an undisturbed story."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.capture.races.acts import START, first_act, second_act
from tests.capture.stage import Play, opened
from tests.services import S3, Buckets


@pytest.fixture
def play(s3: S3, shared: Buckets, tmp_path: Path) -> Play:
    return opened(s3, shared, tmp_path, start=START)


@pytest.fixture(scope="module")
def undisturbed(s3: S3, shared: Buckets, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, ...]]:
    """Provide the rows of both acts in an undisturbed archive."""
    play = opened(s3, shared, tmp_path_factory.mktemp("undisturbed"), start=START)
    second_act(play, *first_act(play))
    play.sound()
    told = play.told()
    assert [(sequence, status) for _, sequence, status, *_ in told] == [
        (1, "visible"),
        (2, "visible"),
        (1, "visible"),
        (2, "unavailable"),
        (1, "visible"),
    ]
    return told
