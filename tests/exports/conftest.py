"""An archive in the making with its index, and the way to export from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recordroom.exports.production import Order, assemble
from recordroom.search.index import Index
from tests.building import Building
from tests.services import S3, Buckets

Export = Callable[..., dict[str, Any]]


@pytest.fixture
def building(s3: S3, buckets: Buckets, tmp_path: Path, elasticsearch: str) -> Building:
    return Building.at(s3, buckets, tmp_path, elasticsearch)


@pytest.fixture
def index(building: Building) -> Iterator[Index]:
    index = Index(building.settings, building.archive, building.derived)
    yield index
    index.client.close()


@pytest.fixture
def export(building: Building, tmp_path: Path) -> Export:
    """`export("query", "csv", out="name", as_of=...)` -> the receipt; the files stand in tmp_path / name."""

    def run(query: str = "", format_: str = "csv", *, out: str = "out", **more: Any) -> dict[str, Any]:
        return assemble(building.settings, Order(query, tmp_path / out, format_, **more))

    return run
