"""Fixtures: an archive of the test's own, with its index. A folder's conftest imports them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recordroom.search.index.indexer import Index
from tests.building import Building
from tests.services import S3, Buckets


@pytest.fixture
def building(s3: S3, buckets: Buckets, elasticsearch: str, tmp_path: Path) -> Building:
    """Return a new archive, with the address of an Elasticsearch for its index."""
    return Building.at(s3, buckets, tmp_path, elasticsearch)


@pytest.fixture
def index(building: Building) -> Iterator[Index]:
    """Yield the index of `building`."""
    index = Index(building.settings, building.archive, building.derived)
    yield index
    index.client.close()
