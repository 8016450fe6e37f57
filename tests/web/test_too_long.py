"""What is longer than Elasticsearch finds anything by is refused in words, and is no event that costs
another.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from recordroom.exports import orders
from tests.building import Building
from tests.web.seated import Who, visited
from tests.web.test_audit_seated import sit


@pytest.fixture
def client(building: Building, who: Who) -> Iterator[TestClient]:
    with visited(building, who, raise_server_exceptions=False) as client:
        yield client


LONG = "c" * 40_000
TOO_LONG = (
    f"/search?author={LONG}",
    f"/search?conversation={LONG}",
    f"/search?record={LONG}",
    f"/person?platform=wordpress&id={LONG}",
    f"/export?author={LONG}",
)


@pytest.mark.parametrize("address", TOO_LONG)
def test_what_is_too_long_to_be_found_is_refused_in_words(client: TestClient, who: Who, address: str) -> None:
    sit(who, "officer", "RecordsOfficer")
    answer = client.get(address)
    assert (answer.status_code, "cannot have more than 8,191 characters" in answer.text) == (400, True)


def test_a_record_of_an_id_that_is_too_long_is_not_there(client: TestClient, who: Who) -> None:
    sit(who, "officer", "RecordsOfficer")
    for page in ("conversation", "record"):
        assert client.get(f"/{page}?id=wordpress:{LONG}").status_code == 404
    assert client.get("/audit").status_code == 200


def test_an_order_of_what_is_too_long_is_refused_in_words(
    client: TestClient, who: Who, building: Building
) -> None:
    sit(who, "legal", "Legal")
    form = client.get("/export?q=snow").text
    token = form.split('name="token" value="')[1][:64]
    for name in ("author", "record", "conversation"):
        for value in (LONG, "\U0001f600" * 9_000):
            answer = client.post("/exports", data={"token": token, "do": "order", "q": "plain", name: value})
            assert (answer.status_code, "cannot have more than 8,191 characters" in answer.text) == (
                400,
                True,
            )
    assert list(orders.list_newest(building.derived)) == []
