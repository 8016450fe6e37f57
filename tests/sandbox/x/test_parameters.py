"""Requests in older or newer words, with invalid parameters, or for missing items."""

import httpx
import pytest

from infra.sandbox.network import Network
from tests.sandbox.x.client import ANA, DISTRICT, get, post_of


def test_older_and_newer_words(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "x" * 300, quote=network.publish(ANA, "y"))
    older = post_of(
        client, network, post, "tweet.fields=note_tweet,public_metrics&expansions=referenced_tweets.id"
    )
    newer = post_of(client, network, post, "post.fields=note_post,public_metrics&expansions=referenced_posts")
    assert set(older["data"]) == {
        "id",
        "text",
        "edit_history_tweet_ids",
        "note_tweet",
        "public_metrics",
        "referenced_tweets",
    }
    assert set(newer["data"]) == {
        "id",
        "text",
        "edit_history_post_ids",
        "note_post",
        "public_metrics",
        "referenced_posts",
    }
    assert (
        "retweet_count" in older["data"]["public_metrics"],
        "repost_count" in newer["data"]["public_metrics"],
    ) == (True, True)
    assert (list(older["includes"]), list(newer["includes"])) == (["tweets"], ["posts"])
    lost = (get(client, "/2/tweets/1"), get(client, "/2/tweets/1?post.fields=lang"))
    assert [told["errors"][0]["type"].split("/2/")[0] for told in lost] == [
        "https://api.twitter.com",
        "https://api.x.com",
    ]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/2/tweets/1?tweet.fields=note_post", "tweet.fields"),
        ("/2/tweets/1?post.fields=note_tweet", "post.fields"),
        ("/2/tweets/1?tweet.fields=created_at&post.fields=lang", "tweet.fields"),
        ("/2/tweets/1?tweet.fields=nothing", "tweet.fields"),
        ("/2/tweets/1?expansions=author", "expansions"),
        ("/2/tweets/1?user.fields=email", "user.fields"),
        ("/2/tweets/1?max_results=5", "max_results"),
        ("/2/tweets", "ids"),
        ("/2/tweets?ids=" + ",".join(map(str, range(1, 102))), "ids"),
        ("/2/users/1400000000000007919/tweets?max_results=4", "max_results"),
        ("/2/users/1400000000000007919/tweets?max_results=101", "max_results"),
        ("/2/users/1400000000000007919/tweets?pagination_token=zzz", "pagination_token"),
        ("/2/users/1400000000000007919/tweets?start_time=yesterday", "start_time"),
        ("/2/tweets/search/recent?query=x&max_results=9", "max_results"),
        (f"/2/tweets/search/recent?query={'x' * 513}", "query"),
        (f"/2/tweets/search/all?query={'x' * 1_025}", "query"),
    ],
)
def test_parameters_that_are_not_taken(client: httpx.Client, path: str, name: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["title"]) == (400, "Invalid Request")
    assert list(answer.json()["errors"][0]["parameters"]) == [name]


def test_what_is_not_there(network: Network, client: httpx.Client) -> None:
    assert client.get("/2/nothing").status_code == 404
    assert client.get("/2/oauth2/token").status_code == 400
    assert client.get("/media/nothing.jpg").status_code == 404
    assert network.invalid == []
