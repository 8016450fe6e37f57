"""The limits of requests in a quarter of an hour and in a month, and the price of responses."""

from typing import Any

import httpx

from infra.sandbox.faces import native_id
from infra.sandbox.network import Network
from tests.sandbox.x.client import DISTRICT, get, timeline, user


def test_each_endpoint_has_a_limit_of_its_own(network: Network, client: httpx.Client) -> None:
    number = user(client)["id"]
    network.quota("x", 2, 900)
    asked = (
        f"/2/users/{number}/tweets",
        f"/2/users/{number}/tweets",
        f"/2/users/{number}",
        f"/2/users/{number}/tweets",
    )
    answers = [client.get(path) for path in asked]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert [one.headers["x-rate-limit-remaining"] for one in answers] == ["1", "0", "1", "0"]
    network.wait(minutes=15)
    assert client.get(f"/2/users/{number}/tweets").status_code == 200


def test_reads_are_paid_for_once_a_day(network: Network, open_face: Any, client: httpx.Client) -> None:
    for number in range(6):
        network.publish(DISTRICT, f"post {number}")
    number = user(client)["id"]
    network.pay("x", 100)
    place = network.places["x"]
    client.get(f"/2/users/{number}/tweets?max_results=5")
    assert place.credits == 75
    client.get(f"/2/users/{number}/tweets?max_results=6")
    assert place.credits == 70
    network.wait(days=1)
    open_face(network, "x", token="bearer").get(
        f"/2/users/{number}/tweets?max_results=6&expansions=author_id"
    )
    assert place.credits == 30
    assert get(client, "/2/usage/tweets")["data"]["project_usage"] == "12"
    network.pay("x", 3)
    assert (
        client.get(f"/2/tweets?ids={native_id(network, network.publish(DISTRICT, 'x'))}").status_code == 200
    )
    broke = client.get(f"/2/users/{number}/tweets")
    assert (broke.status_code, broke.json()["title"]) == (402, "CreditsDepleted")
    network.pay("x", None)
    assert client.get(f"/2/users/{number}/tweets").status_code == 200


def test_what_is_ones_own_costs_less(network: Network, open_face: Any) -> None:
    network.publish(DISTRICT, "x")
    own = open_face(network, "x", token="token")
    number = get(own, "/2/users/me")["data"]["id"]
    network.pay("x", 10)
    own.get(f"/2/users/{number}/tweets")
    assert network.places["x"].credits == 9


def test_a_month_is_capped(network: Network, client: httpx.Client) -> None:
    for number in range(6):
        network.publish(DISTRICT, f"post {number}")
    network.places["x"].cap = 5
    assert len(timeline(client, "max_results=5")["data"]) == 5
    capped = client.get("/2/tweets/1")
    assert (capped.status_code, capped.json()["title"], capped.json()["period"]) == (
        429,
        "UsageCapExceeded",
        "Monthly",
    )
    assert client.get("/2/usage/tweets").status_code == 200
    network.wait(days=10)  # into December
    assert client.get("/2/tweets/1").status_code == 200
