"""The account into which the tests import: its archive is held against the specification after each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.capture.stage import Play, opened
from tests.services import S3, Buckets
from tests.verifier.agreement import check


@pytest.fixture
def play(s3: S3, buckets: Buckets, tmp_path: Path) -> Iterator[Play]:
    yield opened(s3, buckets, tmp_path / "place")
    check(s3, buckets, tmp_path / "place")
