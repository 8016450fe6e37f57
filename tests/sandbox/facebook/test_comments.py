"""Comments: their order, pages, and levels, who sees the hidden ones, and what is removed with one."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.faces.facebook.access import PERMISSIONS, PUBLIC_CONTENT
from infra.sandbox.model import Post
from infra.sandbox.moderation import Unsupported
from infra.sandbox.network import Network
from tests.sandbox.facebook.client import ANA, BO, PAGE, PTA, SAID, Client


def test_comments_as_a_stream_and_by_level(network: Network, client: Client, post: Post) -> None:
    first = network.comment(ANA, post, "1")
    second = network.comment(PAGE, first, "2")
    network.comment(ANA, second, "3")  # a reply to a reply has the same level
    network.comment(BO, post, "4")
    address = f"{native_id(network, post)}/comments"
    stream = client(address, filter="stream", summary="true", fields=SAID)
    assert [one["message"] for one in stream["data"]] == ["1", "2", "3", "4"]
    assert stream["summary"] == {"order": "chronological", "total_count": 4, "can_comment": True}
    assert {one["parent"]["id"] for one in stream["data"] if "parent" in one} == {native_id(network, first)}
    assert "reply_comment_id=" in stream["data"][1]["permalink_url"]
    assert client.messages(address) == ["1", "4"] == client.messages(address, filter="toplevel")
    assert client.messages(address, filter="stream", order="reverse_chronological") == ["4", "3", "2", "1"]
    assert client.messages(f"{native_id(network, first)}/comments") == ["2", "3"]
    assert client(native_id(network, first), fields="comment_count")["comment_count"] == 2
    assert client.error(address, filter="all")[:2] == (400, 100)


def test_comments_page_by_page(network: Network, client: Client, post: Post) -> None:
    said = [network.comment(ANA, post, str(number)) for number in range(230)]
    address = f"{native_id(network, post)}/comments"
    first = client(address, filter="stream", limit=5000)
    assert (len(first["data"]), "previous" in first["paging"]) == (100, False)
    asked = parse_qs(urlsplit(first["paging"]["next"]).query)
    assert (asked["access_token"], asked["filter"], asked["after"]) == (
        ["token"],
        ["stream"],
        [first["paging"]["cursors"]["after"]],
    )
    bare = httpx.Client(transport=client.http._transport)  # the link contains the token
    second = bare.get(first["paging"]["next"]).json()
    assert [one["message"] for one in second["data"]] == [str(number) for number in range(100, 200)]
    assert bare.get(second["paging"]["previous"]).json()["data"] == first["data"]
    network.remove(said[199])  # the page shifts during the reading
    third = bare.get(second["paging"]["next"]).json()
    assert [one["message"] for one in third["data"]] == [str(number) for number in range(200, 230)]
    assert "next" not in third["paging"]
    assert client(address, after=third["paging"]["cursors"]["after"]) == {"data": []}
    assert client.error(address, after="nonsense")[:2] == (400, 100)


def test_hidden_comments_are_the_pages_own_and_nobody_elses(
    network: Network, client: Client, signed: Any, post: Post
) -> None:
    rude, kind = network.comment(ANA, post, "Idiots!"), network.comment(BO, post, "Thanks.")
    network.comment(BO, rude, "Indeed")
    network.hide(rude)
    address, other = f"{native_id(network, post)}/comments", signed(PTA, "page", *PERMISSIONS, PUBLIC_CONTENT)
    own = client(address, filter="stream", fields="message,is_hidden")["data"]
    assert [(one["message"], one["is_hidden"]) for one in own] == [
        ("Idiots!", True),
        ("Thanks.", False),
        ("Indeed", False),
    ]
    seen = other(address, filter="stream", summary="true")
    assert ([one["message"] for one in seen["data"]], seen["summary"]["total_count"]) == (
        ["Thanks.", "Indeed"],
        3,
    )
    assert all(one.keys() == {"created_time", "message"} for one in seen["data"])  # no IDs, no people
    assert other.error(native_id(network, rude)) == (400, 100, 33)
    assert other(native_id(network, kind))["message"] == "Thanks."
    network.restore(rude)
    assert len(other(address, filter="stream")["data"]) == 3


def test_what_is_removed_is_error_100_and_takes_its_answers_along(
    network: Network, client: Client, post: Post
) -> None:
    question, other = network.comment(ANA, post, "Why?"), network.comment(ANA, post, "When?")
    answer = network.comment(PAGE, question, "Ice.")
    network.remove(question)
    for gone in (question, answer):
        assert client.error(native_id(network, gone)) == (400, 100, 33)
    assert client.messages(f"{native_id(network, post)}/comments", filter="stream") == ["When?"]
    network.remove(post)
    assert client.error(native_id(network, other)) == (400, 100, 33)
    told = client.http.get(f"/v26.0/{native_id(network, post)}").json()["error"]
    assert told["type"] == "GraphMethodException"
    assert "does not exist, cannot be loaded due to missing permissions" in told["message"]
    with pytest.raises(Unsupported, match="does not come back"):
        network.restore(post)


def test_comments_on_one_photo_of_several_are_the_photos(network: Network, client: Client) -> None:
    photos = [network.photo("facebook", "One"), network.photo("facebook", "Two", caption="My street")]
    post = network.publish(PAGE, "Two", photos=photos)
    network.comment(ANA, post, "Nice")
    beside = network.comment(ANA, post, "That is mine", beside=photos[1].number)
    network.comment(PAGE, beside, "Really?")
    assert client.messages(f"{native_id(network, post)}/comments", filter="stream") == ["Nice"]
    hung = client(native_id(network, post), fields="attachments{subattachments}")["attachments"]["data"][0][
        "subattachments"
    ]["data"]
    address = hung[1]["target"]["id"]
    shown = client(f"{address}/comments", filter="stream", fields=SAID)["data"]
    assert [one["message"] for one in shown] == ["That is mine", "Really?"]
    assert (shown[0]["object"]["id"], shown[0]["object"]["name"]) == (address, "My street")
    assert shown[0]["id"] == native_id(network, beside)
    assert shown[0]["id"].startswith(f"{address}_")


def test_a_user_token_is_shown_no_comments_and_no_people(network: Network, signed: Any, post: Post) -> None:
    network.comment(ANA, post, "Why?")
    visit = network.publish(ANA, "Hello", wall=PAGE)
    user = signed(BO, "user")
    address = f"{native_id(network, post)}/comments"
    assert user(address, filter="stream") == {"data": []}
    assert user(address, summary="true")["summary"]["total_count"] == 0
    assert user(native_id(network, post), fields="message,from,comments")["from"]["name"] == "The District"
    assert user(native_id(network, visit), fields="message,from") == {
        "message": "Hello",
        "id": native_id(network, visit),
    }
