"""Errors and damage in Bluesky's answers: they are told as what they are, and stop no more than they must."""

from __future__ import annotations

import json

import pytest

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import HIDDEN
from recordroom.platforms import Known, Window, bluesky
from tests.platforms.bluesky_net import AMY, DISTRICT, HOSTS, ME, SHAPE, START, Network, records_of, uri_of
from tests.platforms.scripted import Answer, Scripted
from tests.platforms.test_bluesky_inbox import Chats


def test_words_under_another_name_stop_no_fetch() -> None:
    """What nobody can read is kept nevertheless, with the conversations below it."""
    network = Network()
    answer = network.add(AMY, 2, network.add(ME, 1))
    for post in network.posts.values():
        post["record"]["text_v2"] = post["record"].pop("text")
    fetched = list(bluesky.fetch(DISTRICT, Window("full"), Scripted(network)))
    unread = [exchange for exchange in fetched if b"text_v2" in exchange.body]
    for exchange in unread:
        with pytest.raises(UnexpectedResponse, match="record/text must be text"):
            list(bluesky.parse(exchange))
    assert any(answer.encode() in exchange.body for exchange in unread)


FAULTS = {
    "HTML instead of JSON": (Answer("<!DOCTYPE html><title>Sign in</title>"), UnexpectedResponse, "HTML instead of JSON"),
    "an error in a 200": (Answer({"error": "InternalServerError"}), UnexpectedResponse, "/feed"),
    "a refusal": (Answer({"error": "InvalidRequest", "message": "Profile not found"}, 400), AccountUnavailable, "Profile not found"),
    "nothing": (Answer(""), UnexpectedResponse, "nothing instead of JSON"),
    "a date without its zone": (
        Answer({"feed": [{"post": SHAPE | {"indexedAt": "2026-11-01T10:00:00"}}]}),
        UnexpectedResponse,
        "indexedAt",
    ),
    "a throttle": (Answer({"error": "RateLimitExceeded", "message": "x"}, 429, {"RateLimit-Reset": "1795507500"}), Throttled, "429"),
    "a wall": (Answer({"error": "Forbidden", "message": "x"}, 403), Blocked, "403"),
    "a dead token": (Answer({"error": "ExpiredToken", "message": "Token has expired"}, 400), TokenExpired, "expired"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_page_is_named(fault: str) -> None:
    answer, failure, words = FAULTS[fault]
    network = Network(answers={"app.bsky.feed.getAuthorFeed": answer})
    with pytest.raises(failure, match=words) as told:
        records_of(Scripted(network), Window("recent", since=START))
    assert isinstance(told.value, PlatformFailure)
    assert told.value.exchange is not None


SIGNED_IN = {"password": "aaaa-bbbb-cccc-dddd", "token": "a session"}


@pytest.mark.parametrize("odd", [[], None, "x", 5])
@pytest.mark.parametrize(
    "method",
    ["app.bsky.feed.getQuotes", "app.bsky.notification.listNotifications", "chat.bsky.convo.listConvos", "chat.bsky.convo.getMessages"],
)
def test_an_answer_that_is_no_object_is_named_wherever_it_stands(method: str, odd: object) -> None:
    """What is read before the page's cursor is: a mistake of the connector would keep neither the answer nor what was to come behind it."""
    chats = Chats(answers={method: Answer(json.dumps(odd))})
    chats.network.answers[method] = Answer(json.dumps(odd))
    chats.network.quote(AMY, 2, chats.network.add(ME, 1))
    chats.say("c1", 1)
    fetched = bluesky.fetch(DISTRICT, Window("full", messages=True), Scripted(chats, SIGNED_IN))
    with pytest.raises(UnexpectedResponse, match="must be an object") as told:
        list(map(list, map(bluesky.parse, fetched)))
    assert told.value.misshapen


def test_a_conversation_of_another_shape_does_not_break_the_look_for_what_it_hides() -> None:
    network = Network(answers={"app.bsky.feed.getPostThread": Answer([])})
    hidden = network.add(AMY, 2, network.add(ME, 1))
    known = Known(f"bluesky:{hidden}", hidden, "comment", f"bluesky:{uri_of(ME, 1)}", f"bluesky:{uri_of(ME, 1)}", status=HIDDEN)
    with pytest.raises(UnexpectedResponse, match="must be an object"):
        list(bluesky.lookup(DISTRICT, [known], Scripted(network)))


def test_pages_that_repeat_are_named() -> None:
    feed = {"feed": [{"post": SHAPE | {"replyCount": 0}}], "cursor": "same"}
    network = Network(answers={"app.bsky.feed.getAuthorFeed": Answer(feed)})
    with pytest.raises(UnexpectedResponse, match=r"same page|leads back"):
        records_of(Scripted(network), Window("full"))


def test_a_directory_out_of_order_stops_nothing_and_no_smaller_copy_is_taken_for_the_original() -> None:
    """Where nobody is known of that name, the AppView's copy is all that there is; else the original is asked for again."""
    network, authors = Network(), [ME, *(f"did:plc:{name * 24}" for name in "abcd")]
    blob = {"$type": "blob", "ref": {"$link": "bafkreib"}, "mimeType": "image/png", "size": 3}
    pictured = {"$type": "app.bsky.embed.images", "images": [{"alt": "x", "image": blob}]}
    top = network.add(ME, 1, embed=pictured)
    posts = [top, *(network.add(author, key, top, embed=pictured) for key, author in enumerate(authors[1:], 2))]
    for uri in posts:
        network.posts[uri]["embed"] = {"$type": "app.bsky.embed.images#view", "images": [{"fullsize": "https://cdn.example/small"}]}

    def files(status: int) -> list[tuple[str | None, str | None]]:
        def worn(url: str) -> Answer:
            return Answer("<html>", status) if "plc.directory" in url else network(url)

        client = Scripted(worn)
        found = records_of(client, Window("full"))
        assert sum("plc.directory" in url for url in client.asked) == (5 if status == 404 else 3)
        return [(found[uri].media[0].url, found[uri].media[0].missing_reason) for uri in posts]

    assert files(500) == [(None, "not fetched: it is not told now where its author's server is")] * 5
    assert files(404) == [("https://cdn.example/small", None)] * 5
    network.posts = {top: network.posts[top]}
    found = records_of(Scripted(network), Window("full"))[top]
    assert found.media[0].url == f"{HOSTS[ME]}/xrpc/com.atproto.sync.getBlob?did={ME}&cid=bafkreib"
