"""The archive behind the pages of exports, and the people who read them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from tests.building import DAY, Building
from tests.services import S3, Buckets
from tests.web.conftest import tell
from tests.web.seated import Who, visited

MESSAGE = "wordpress:x/messages/1"


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("exports"), elasticsearch)
    tell(building)
    message = {
        "record_id": MESSAGE,
        "kind": "message",
        "root_id": "wordpress:x/talk",
        "text": "Snow? My child is ill",
        "published_at": DAY,
    }
    building.capture("news", [message], at=DAY + timedelta(hours=4))
    building.index()
    return building


@pytest.fixture
def client(building: Building, who: Who) -> Iterator[TestClient]:
    with visited(building, who) as client:
        yield client
