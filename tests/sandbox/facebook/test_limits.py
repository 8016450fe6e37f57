"""Invalid requests, requests that are too large or too frequent, and the errors that a story causes."""

import json
from datetime import timedelta
from typing import Any

import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.model import Post
from infra.sandbox.moderation import Unsupported
from infra.sandbox.network import Network
from tests.sandbox.facebook.client import ANA, BO, PAGE, SAID, Client


def test_ids_are_all_or_nothing(network: Network, client: Client, post: Post) -> None:
    comment = network.comment(ANA, post, "Why?")
    own = [native_id(network, post), native_id(network, comment)]
    told = client("", ids=",".join(own), fields="message")
    assert {key: one["message"] for key, one in told.items()} == {own[0]: "Closed", own[1]: "Why?"}
    assert client("comments", ids=own[0], fields="message")[own[0]]["data"][0]["id"] == own[1]
    network.remove(comment)
    assert client.error("", ids=",".join(own)) == (404, 803, 0)
    assert client.error("", ids=",".join(["1"] * 51))[:2] == (400, 100)


def test_too_much_at_once(network: Network, client: Client, post: Post) -> None:
    network.comment(ANA, post, "Why?")
    fields = f"message,comments.limit(100){{{SAID}}}"
    assert client.error("me/published_posts", fields=fields, limit=100) == (500, 1, 0)
    told = client("me/published_posts", fields=fields, limit=20)
    assert told["data"][0]["comments"]["data"][0]["message"] == "Why?"
    network.places["facebook"].heaviest = 10
    assert client.error("me/published_posts", fields=fields, limit=20) == (500, 1, 0)
    assert client.error("me/published_posts", limit=101)[:2] == (500, 1)


@pytest.mark.parametrize(
    ("path", "parameters", "told"),
    [
        ("me/feed", {"limit": "101"}, "(#100) The 'limit' parameter should not exceed 100"),
        ("me", {"fields": "foo"}, "(#100) Tried accessing nonexisting field (foo) on node type (Page)"),
        ("me/foo", {}, "(#100) Tried accessing nonexisting field (foo) on node type (Page)"),
        (
            "me/feed",
            {"fields": "link"},
            (
                "(#12) deprecate_post_aggregated_fields_for_attachement is deprecated for versions v3.3 and"
                " higher"
            ),
        ),
        (
            "me",
            {"fields": "id,name{"},
            'Syntax error "Expected name instead of end of string." at character 8: id,name{',
        ),
        (
            "me",
            {"fields": "id}"},
            'Syntax error "Expected end of string instead of "}"." at character 2: id}',
        ),
        ("me/feed/more", {}, "Unknown path components: /v26.0/me/feed/more"),
    ],
)
def test_wrong_parameters(
    network: Network, client: Client, path: str, parameters: dict[str, str], told: str
) -> None:
    network.publish(PAGE, "x")
    assert client(path, **parameters)["error"]["message"] == told
    assert client.http.get("/v27.0/me").json()["error"]["code"] == 2500
    assert (
        client.http.post("/v26.0/me/feed").json()["error"]["message"].startswith("Unsupported post request")
    )


def test_usage_rises_in_percent(network: Network, client: Client, signed: Any) -> None:
    network.quota("facebook", 4, 3600)
    answers = [client.http.get("/v26.0/me") for _ in range(5)]
    assert [json.loads(one.headers["X-App-Usage"])["call_count"] for one in answers] == [25, 50, 75, 100, 100]
    page = answers[0].json()["id"]
    told = [json.loads(one.headers["X-Business-Use-Case-Usage"])[page][0] for one in answers]
    assert (told[1]["type"], told[1]["call_count"], told[1]["estimated_time_to_regain_access"]) == (
        "pages",
        50,
        0,
    )
    assert (answers[4].status_code, answers[4].json()["error"]["code"]) == (400, 80001)
    assert 0 < told[4]["estimated_time_to_regain_access"] <= 60
    user = signed(BO, "user")
    assert "X-Business-Use-Case-Usage" not in user.http.get("/v26.0/me").headers
    network.throttle("facebook", network.now() + timedelta(hours=1))
    assert user.error("me") == (400, 17, 0)


def test_little_usage_is_not_told(client: Client) -> None:
    assert "X-App-Usage" not in client.http.get("/v26.0/me").headers


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (1, 500),
        (2, 500),
        (4, 403),
        (10, 400),
        (17, 400),
        (32, 403),
        (200, 403),
        (368, 400),
        (613, 400),
        (80001, 400),
    ],
)
def test_errors_that_a_story_asks_for(network: Network, client: Client, code: int, status: int) -> None:
    network.fail("facebook", code=code)
    assert client.error("me") == (status, code, 0)
    assert client("me")["name"] == "The District"
    assert network.invalid == []
    with pytest.raises(Unsupported, match="have no numbers"):
        network.fail("mastodon", code=code)


def test_the_secrets_proof_is_ignored(client: Client) -> None:
    assert client("me", appsecret_proof="nonsense", access_token="token")["name"] == "The District"
