"""An archive of this test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.building import Building
from tests.services import S3, Buckets


@pytest.fixture
def building(s3: S3, buckets: Buckets, tmp_path: Path) -> Building:
    return Building.at(s3, buckets, tmp_path)
