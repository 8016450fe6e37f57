"""Conversations, which only a search finds, and the search's operators."""

from datetime import timedelta

import httpx

from infra.sandbox.faces import native_id
from infra.sandbox.network import Network
from tests.sandbox.x.client import ANA, BO, DISTRICT, conversation, get, post_of


def test_a_conversation_of_the_last_seven_days(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed", at=network.now() - timedelta(days=10))
    question = network.comment(ANA, post, "Why?", at=network.now() - timedelta(days=8))
    network.comment(BO, question, "Ice.", at=network.now() - timedelta(days=6))
    number = native_id(network, post)
    assert conversation(client, number) == ["@ana @district Ice."]
    assert conversation(client, number, "all") == ["@ana @district Ice.", "@district Why?", "Closed"]
    early = client.get(
        f"/2/tweets/search/recent?query=conversation_id:{number}&start_time=2026-11-01T00:00:00Z"
    )
    assert (early.status_code, "must be on or after" in early.json()["errors"][0]["message"]) == (400, True)


def test_answers_outlive_what_they_answer(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed")
    question = network.comment(ANA, post, "Why?")
    answer = network.comment(BO, question, "Ice.")
    network.remove(question)
    assert conversation(client, native_id(network, post)) == ["@ana @district Ice.", "Closed"]
    told = post_of(client, network, answer, "tweet.fields=referenced_tweets,conversation_id")["data"]
    assert told["referenced_tweets"] == [{"type": "replied_to", "id": native_id(network, question)}]
    network.remove(post)
    assert told["conversation_id"] == native_id(network, post)
    assert conversation(client, native_id(network, post)) == ["@ana @district Ice."]


def test_a_hidden_reply_is_answered_like_any_other(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed")
    rude = network.comment(ANA, post, "Fools!")
    before = post_of(client, network, rude, "tweet.fields=reply_settings,public_metrics")
    network.hide(rude)
    assert post_of(client, network, rude, "tweet.fields=reply_settings,public_metrics") == before
    assert conversation(client, native_id(network, post)) == ["@district Fools!", "Closed"]


def test_search_operators(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed")
    network.comment(ANA, post, "Why?")
    network.repost(BO, post)

    def found(query: str) -> int:
        count: int = get(client, f"/2/tweets/search/recent?query={query}")["meta"]["result_count"]
        return count

    queries = (
        "from:district",
        "to:district",
        "@district",
        "closed is:retweet",
        "closed -is:retweet",
        "from:nobody",
    )
    assert [found(query) for query in queries] == [1, 1, 1, 0, 1, 0]
    assert [
        found(query)
        for query in ("closed OR why", "from:nobody OR why @district", "closed why OR closed from:nobody")
    ] == [2, 1, 0]
    for wrong in ("-is:retweet", "near:me", "closed OR", "closed OR -why", "(closed OR why)", ""):
        assert client.get(f"/2/tweets/search/recent?query={wrong}").status_code == 400
    number = native_id(network, post)
    assert [
        found(query)
        for query in (f"conversation_id:{number}", f"conversation_id:1 OR conversation_id:{number}")
    ] == [2, 2]
    assert [
        found(query)
        for query in (
            f"conversation_id:{number} why",
            f"conversation_id:1 OR closed -conversation_id:{number}",
        )
    ] == [1, 0]
