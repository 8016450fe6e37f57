"""A form sent to be counted has an address: Back and Reload work for its sender for a week."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from recordroom.archive import store
from recordroom.search import term_list
from recordroom.web import deps, forms
from tests.building import Building
from tests.web.conftest import POST, SECRET
from tests.web.seated import Who, visited

TERMS = {"terms": "snow\n\nbus", "account": "news"}
EXPORT = {"q": "snow", "do": "count", "account": "news", "title": "Request 9", "context": "1"}
LONG = {"terms": "\n".join(f"word{number}" * 100 for number in range(term_list.MOST))}


@pytest.fixture
def client(building: Building, who: Who) -> Iterator[TestClient]:
    with visited(building, who) as client:
        yield client


def send(client: TestClient, page: str, given: dict[str, Any]) -> str:
    """The address of what was asked for."""
    answer = client.post(page, data={**given, "token": forms.derive_token("a session")})
    assert (answer.status_code, answer.content) == (303, b""), answer.text
    return str(answer.headers["location"])


@pytest.mark.parametrize(
    ("page", "given", "told"),
    [
        ("/terms", TERMS, ("Term report", "Line 2 of the list is empty", "account news")),
        (
            "/exports",
            EXPORT,
            ("1 record in 1 conversation", 'value="Request 9"', "Context can add at most"),
        ),
        ("/exports", {"do": "selected", "record": [POST, SECRET]}, ("2 records in 2 conversations",)),
        ("/terms", LONG, ("Term report", f"The {term_list.MOST:,} counted terms")),
    ],
)
def test_an_answer_has_an_address_that_gives_it_again(
    client: TestClient, page: str, given: dict[str, Any], told: tuple[str, ...]
) -> None:
    address = send(client, page, given)
    assert len(address) < 100, "however long the list is"
    for _ in range(2):
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        assert all(words in answer.text for words in told)


def test_nobody_else_opens_it_and_no_other_page(client: TestClient, who: Who) -> None:
    address = send(client, "/terms", TERMS)
    assert client.get(address.replace("/terms", "/export")).status_code == 404
    for wrong in ("x", "../x", f"{address.rpartition('=')[2]}x", f"{datetime.now(UTC):%Y-%m-%d}-{'0' * 32}"):
        assert client.get("/terms", params={"kept": wrong}).status_code == 404
    who.name = "somebody else"
    refused = client.get(address)
    assert (refused.status_code, "snow" in refused.text) == (404, False)
    assert "no longer kept" in refused.text


def test_while_the_bucket_is_away_the_answer_is_given_without_an_address(
    client: TestClient, building: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/search?q=snow")  # so that the quarantine is known
    away = store.derived(building.settings.model_copy(update={"s3_endpoint": "http://127.0.0.1:9"}))
    place = replace(deps.get_workspace(), derived=away)
    monkeypatch.setattr(deps, "get_workspace", lambda: place)
    for page, given, words in (
        ("/terms", TERMS, "Term report"),
        ("/exports", EXPORT, "1 record in 1 conversation"),
    ):
        answer = client.post(page, data={**given, "token": forms.derive_token("a session")})
        assert (answer.status_code, words in answer.text) == (200, True), answer.text
    monkeypatch.undo()


def test_it_is_kept_for_a_week(client: TestClient, building: Building) -> None:
    old, new = (f"forms/{datetime.now(UTC).date() - timedelta(days=days)}-{'0' * 32}.json" for days in (8, 6))
    for key in (old, new):
        building.derived.put_new(key, b"{}")
    send(client, "/terms", TERMS)
    there = set(building.derived.keys("forms/"))
    assert (old in there, new in there) == (False, True)


def test_a_list_that_cannot_be_read_stays_in_its_form(client: TestClient) -> None:
    answer = client.post("/terms", data={"terms": " ", "token": forms.derive_token("a session")})
    assert (answer.status_code, "The list has no terms" in answer.text) == (400, True)
