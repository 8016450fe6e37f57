"""Timelines and mentions: their pages, their reach, and the items that can be left out."""

import httpx

from infra.sandbox.network import Network
from tests.sandbox.x.client import ANA, BO, DISTRICT, get, timeline, user


def test_a_timeline_is_paged_by_tokens_that_do_not_shift(network: Network, client: httpx.Client) -> None:
    for number in range(12):
        network.publish(DISTRICT, f"post {number}")
    first = timeline(client, "max_results=5")
    assert [one["text"] for one in first["data"]] == [f"post {number}" for number in (11, 10, 9, 8, 7)]
    assert (first["meta"]["result_count"], first["meta"]["newest_id"]) == (5, first["data"][0]["id"])
    network.publish(DISTRICT, "post 12")
    second = timeline(client, f"max_results=5&pagination_token={first['meta']['next_token']}")
    assert second["data"][0]["text"] == "post 6"
    last = timeline(client, f"max_results=5&pagination_token={second['meta']['next_token']}")
    assert ([one["text"] for one in last["data"]], "next_token" in last["meta"]) == (
        ["post 1", "post 0"],
        False,
    )
    assert timeline(client, f"since_id={first['data'][0]['id']}")["data"][0]["text"] == "post 12"
    assert timeline(client, "start_time=2030-01-01T00:00:00Z") == {"meta": {"result_count": 0}}


def test_a_timeline_ends_at_its_reach(network: Network, client: httpx.Client) -> None:
    network.places["x"].reach = 7
    for number in range(9):
        network.publish(DISTRICT, f"post {number}")
    told = timeline(client, "max_results=100")
    assert ([one["text"] for one in told["data"]][-1], "next_token" in told["meta"]) == ("post 2", False)
    assert get(client, "/2/tweets/search/all?query=from:district")["meta"]["result_count"] == 9


def test_replies_and_reposts_can_be_left_out(network: Network, client: httpx.Client) -> None:
    post = network.publish(ANA, "Look!")
    network.repost(DISTRICT, post)
    network.comment(DISTRICT, post, "Seen.")
    network.publish(DISTRICT, "And this?", quote=post)
    texts = [one["text"] for one in timeline(client)["data"]]
    assert texts[1:] == ["@ana Seen.", "RT @ana: Look!"]
    assert texts[0].startswith("And this? https://t.co/")
    kinds = timeline(client, "tweet.fields=referenced_tweets")["data"]
    assert [one["referenced_tweets"][0]["type"] for one in kinds] == ["quoted", "replied_to", "retweeted"]
    assert len(timeline(client, "exclude=replies,retweets")["data"]) == 1
    network.remove(post)
    assert [one["text"] for one in timeline(client)["data"]][1:] == ["@ana Seen."]


def test_mentions(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed")
    network.comment(ANA, post, "Why?")
    network.publish(BO, "Ask @district, they know")
    network.publish(BO, "Not them")
    told = get(client, f"/2/users/{user(client)['id']}/mentions")
    assert [one["text"] for one in told["data"]] == ["Ask @district, they know", "@district Why?"]
