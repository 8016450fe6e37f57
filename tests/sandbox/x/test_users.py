"""Users: by name and by ID, suspended, protected, and the token's own."""

from typing import Any

import httpx

from infra.sandbox.faces import native_id
from infra.sandbox.network import Network
from tests.sandbox.x.client import ANA, DISTRICT, FORBIDDEN, LOST, get, post_of, problems, user


def test_a_user_is_found_by_name_and_followed_by_id(network: Network, client: httpx.Client) -> None:
    before = user(client, fields="user.fields=public_metrics,protected")
    assert (before["name"], before["protected"], before["public_metrics"]["tweet_count"]) == (
        "The District",
        False,
        0,
    )
    assert "created_at" not in before
    network.rename(DISTRICT, handle="all_district", name="District of All")
    told = get(client, "/2/users/by/username/district")
    assert problems(told) == [(LOST, "district")]
    assert "data" not in told
    after = get(client, f"/2/users/{before['id']}")["data"]
    assert (after["username"], after["name"]) == ("all_district", "District of All")


def test_who_is_suspended_or_protected(network: Network, open_face: Any, client: httpx.Client) -> None:
    post, number = network.publish(ANA, "x"), user(client, "ana")["id"]
    network.unpublish(ANA)
    assert user(client, "ana", "user.fields=protected")["protected"] is True
    told = get(client, f"/2/users/{number}/tweets")
    assert problems(told) == [(FORBIDDEN, number)]
    assert problems(post_of(client, network, post)) == [(FORBIDDEN, native_id(network, post))]
    network.grant("x", "anas", ANA)
    own = open_face(network, "x", token="anas")
    assert post_of(own, network, post)["data"]["text"] == "x"
    network.suspend(ANA)
    for address in ("/2/users/by/username/ana", f"/2/users/{number}", f"/2/users/{number}/tweets"):
        (told,) = get(client, address)["errors"]
        assert (told["title"], told["detail"].startswith("User has been suspended: [")) == ("Forbidden", True)
    network.suspend(ANA, suspended=False)
    network.unpublish(ANA, published=True)
    assert post_of(client, network, post)["data"]["text"] == "x"


def test_me_is_for_people_and_the_archive_for_applications(
    open_face: Any, network: Network, client: httpx.Client
) -> None:
    person = open_face(network, "x", token="token")
    assert get(person, "/2/users/me")["data"]["username"] == "district"
    for wrong, path in ((client, "/2/users/me"), (person, "/2/tweets/search/all?query=from:district")):
        answer = wrong.get(path)
        assert (answer.status_code, answer.json()["title"]) == (403, "Unsupported Authentication")
        assert answer.json()["type"] == "https://api.twitter.com/2/problems/unsupported-authentication"
