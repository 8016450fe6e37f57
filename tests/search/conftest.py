"""An archive of this test's own, with its index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recordroom.search.index.indexer import Index
from tests.building import Building
from tests.services import S3, Buckets


@pytest.fixture
def building(s3: S3, buckets: Buckets, elasticsearch: str, tmp_path: Path) -> Building:
    return Building.at(s3, buckets, tmp_path, elasticsearch)


@pytest.fixture
def index(building: Building) -> Iterator[Index]:
    index = Index(building.settings, building.archive, building.derived)
    yield index
    index.client.close()
