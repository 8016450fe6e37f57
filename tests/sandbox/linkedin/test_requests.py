"""The required headers and form of a request, and the limit of requests."""

import httpx
import pytest
from werkzeug.test import Client

from infra.sandbox.faces import create_app, native_id
from infra.sandbox.network import Network
from tests.sandbox.conftest import VERSIONED
from tests.sandbox.linkedin.client import DISTRICT, enc


@pytest.mark.parametrize(
    ("headers", "status", "code", "words"),
    [
        ({"LinkedIn-Version": ""}, 400, "VERSION_MISSING", "A version must be present"),
        (
            {"LinkedIn-Version": "202511"},
            426,
            "NONEXISTENT_VERSION",
            "Requested version 20251101 is not active",
        ),
        (
            {"LinkedIn-Version": "202701"},
            426,
            "NONEXISTENT_VERSION",
            "Requested version 20270101 is not active",
        ),
        ({"LinkedIn-Version": "202613"}, 426, "NONEXISTENT_VERSION", "is not active"),
        ({"X-Restli-Protocol-Version": ""}, 400, "BAD_REQUEST", "protocol version"),
        ({"X-Restli-Protocol-Version": "1.0.0"}, 400, "ILLEGAL_ARGUMENT", "could not be resolved"),
        ({"X-RestLi-Method": "BATCH_GET"}, 400, "ILLEGAL_ARGUMENT", "could not be resolved"),
        ({"Authorization": ""}, 401, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token"),
        ({"Authorization": "Bearer nonsense"}, 401, "INVALID_ACCESS_TOKEN", "Invalid access token"),
        ({"Authorization": "Bearer refresh"}, 401, "INVALID_ACCESS_TOKEN", "Invalid access token"),
    ],
)
def test_what_a_request_must_bring(
    client: httpx.Client, headers: dict[str, str], status: int, code: str, words: str
) -> None:
    answer = client.get("/rest/organizationAcls?q=roleAssignee", headers=headers)
    assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (status, status, code)
    assert words in answer.json()["message"]


def test_a_version_is_sunset(network: Network, client: httpx.Client) -> None:
    assert client.get("/rest/organizationAcls?q=roleAssignee").status_code == 200
    network.places["linkedin"].sunset = "202612"
    assert client.get("/rest/organizationAcls?q=roleAssignee").status_code == 426


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/rest/posts?q=author&author=urn:li:organization:1", "Invalid query parameters"),
        ("/rest/posts?q=author&author=urn%3Ali%3Aorganization%3A1&count=101", "Invalid query parameters"),
        ("/rest/posts?q=author&author=urn%3Ali%3Aorganization%3A1&fields=id", "Invalid query parameters"),
        ("/rest/posts?q=author&author=urn%3Ali%3Aorganization%3A1&sortBy=BEST", "Invalid query parameters"),
        ("/rest/posts?ids=List%28urn%3Ali%3Ashare%3A1%29", "could not be resolved"),
        ("/rest/posts?q=authors", "could not be resolved"),
    ],
)
def test_how_parameters_must_be_written(client: httpx.Client, path: str, words: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (400, "ILLEGAL_ARGUMENT")
    assert words in answer.json()["message"]


def test_an_urn_in_a_path_must_be_escaped(network: Network) -> None:
    """A server that keeps the address as it was sent refuses any other."""
    urn = native_id(network, network.publish(DISTRICT, "x"))
    asked = Client(create_app(network, "linkedin"))
    headers = {"Authorization": "Bearer token", **VERSIONED}
    assert asked.get(f"/rest/posts/{enc(urn)}", headers=headers).status_code == 200
    raw = asked.get(f"/rest/posts/{urn}", headers=headers)
    assert (raw.status_code, raw.get_json()["message"]) == (400, "Syntax exception in path variables")
    assert asked.get(f"/rest/reactions/(entity:{enc(urn)})?q=entity", headers=headers).status_code == 200


def test_a_day_of_requests_ends_at_midnight_utc(network: Network, client: httpx.Client) -> None:
    network.quota("linkedin", 2, 86_400)
    assert [client.get("/rest/organizationAcls?q=roleAssignee").status_code for _ in range(3)] == [
        200,
        200,
        429,
    ]
    network.wait(hours=5)  # from 18:30 to 23:30
    assert client.get("/rest/organizationAcls?q=roleAssignee").status_code == 429
    network.wait(minutes=30)
    assert client.get("/rest/organizationAcls?q=roleAssignee").status_code == 200
    assert network.invalid == []
