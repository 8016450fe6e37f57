"""Conversations of the Page with people, and who may read them."""

from typing import Any

import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.faces.facebook.access import MESSAGING, PERMISSIONS
from infra.sandbox.network import Network
from tests.sandbox.facebook.client import ANA, BO, PAGE, PTA, Client

TALK = "id,updated_time,link,message_count,unread_count,participants,senders,can_reply"
WRITTEN = "id,created_time,from,to,message,attachments,shares,sticker,tags,reply_to"


@pytest.fixture
def inbox(signed: Any) -> Client:
    """Provide a client with a token that may read messages."""
    found: Client = signed(PAGE, "page", *PERMISSIONS, MESSAGING)
    return found


def test_conversations_with_people(network: Network, inbox: Client) -> None:
    asked = network.message(ANA, PAGE, "Is there school?", photos=[network.photo("facebook", "A snowy road")])
    network.message(PAGE, ANA, "See our post", answers=asked, shared=network.publish(PAGE, "Closed"))
    network.message(BO, PAGE, "Hello")
    network.message(BO, PAGE, "Anybody?")
    page = inbox("me")["id"]
    told = inbox(f"{page}/conversations", platform="MESSENGER", fields=f"{TALK},messages{{{WRITTEN}}}")[
        "data"
    ]
    assert [(one["message_count"], one["unread_count"], one["can_reply"]) for one in told] == [
        (2, 2, True),
        (2, 0, True),
    ]
    assert [one["name"] for one in told[0]["participants"]["data"]] == ["Bo Lindqvist", "The District"]
    assert (told[1]["updated_time"], told[1]["senders"]["data"][1]["id"]) == (
        "2026-11-24T18:30:03+0000",
        page,
    )
    answer, question = told[1]["messages"]["data"]
    assert (answer["from"]["id"], answer["message"], answer["to"]["data"][0]["name"]) == (
        page,
        "See our post",
        "ana",
    )
    assert answer["reply_to"] == {"mid": question["id"], "is_self_reply": False}
    assert answer["shares"]["data"][0]["link"].startswith("https://www.facebook.com/")
    assert question["id"] == native_id(network, asked)
    (picture,) = question["attachments"]["data"]
    assert (
        inbox.http.get(picture["image_data"]["url"]).headers["content-type"]
        == picture["mime_type"]
        == "image/jpeg"
    )
    assert {one["name"] for one in question["tags"]["data"]} == {"inbox", "source:mobile"}
    assert inbox(told[1]["id"], fields="messages")["messages"]["data"][1] == {
        "id": question["id"],
        "created_time": question["created_time"],
    }
    assert inbox(question["id"], fields="message,from{name}")["from"] == {
        "name": "ana",
        "id": question["from"]["id"],
    }
    assert inbox.messages(f"{told[1]['id']}/messages", fields="message") == [
        "See our post",
        "Is there school?",
    ]
    assert len(inbox(f"{told[1]['id']}/participants")["data"]) == 2
    ana = inbox("me/conversations", user_id=question["from"]["id"])["data"]
    assert [one["id"] for one in ana] == [told[1]["id"]]


def test_a_conversation_that_is_done_stands_in_its_folder_until_something_is_said(
    network: Network, inbox: Client
) -> None:
    network.message(ANA, PAGE, "Is there school?")
    network.message(BO, PAGE, "Win a car")
    network.file(PAGE, ANA, "page_done")
    network.file(PAGE, BO, "spam")
    (done,) = inbox("me/conversations", folder="page_done")["data"]
    assert (inbox("me/conversations")["data"], len(inbox("me/conversations", folder="spam")["data"])) == (
        [],
        1,
    )
    network.message(PAGE, ANA, "No")
    assert not inbox("me/conversations")["data"]
    network.message(ANA, PAGE, "Thanks")
    assert [one["id"] for one in inbox("me/conversations")["data"]] == [done["id"]]
    assert inbox.error("me/conversations", folder="none")[:2] == (400, 100)


def test_a_conversation_comes_first_when_something_is_said_in_it(network: Network, inbox: Client) -> None:
    for who in (ANA, BO):
        network.message(who, PAGE, "1")
    before = [one["id"] for one in inbox("me/conversations")["data"]]
    for number in range(2, 31):
        network.message(ANA, PAGE, str(number))
    first = inbox("me/conversations", limit=1, fields="messages.limit(10){message}")
    assert [first["data"][0]["id"]] == before[1:]
    messages, said = first["data"][0]["messages"], []
    while messages:
        said += [one["message"] for one in messages["data"]]
        following = messages.get("paging", {}).get("next")
        messages = inbox.http.get(following).json() if following else None
    assert said == [str(number) for number in range(30, 0, -1)]
    second = inbox.http.get(first["paging"]["next"]).json()
    assert ([one["id"] for one in second["data"]], "next" in second["paging"]) == (before[:1], False)


def test_what_was_unsent_and_what_is_none_of_ours(network: Network, inbox: Client, signed: Any) -> None:
    kept, taken = network.message(ANA, PAGE, "Yes"), network.message(ANA, PAGE, "No")
    network.message(ANA, BO, "Between us")
    network.message(ANA, PTA, "To the PTA")
    network.unsend(taken)
    (thread,) = inbox("me/conversations", fields="messages{message}")["data"]
    assert [one["message"] for one in thread["messages"]["data"]] == ["Yes"]
    assert inbox.error(native_id(network, taken)) == (400, 100, 33)
    other = signed(PTA, "page", *PERMISSIONS, MESSAGING)
    assert other.error(native_id(network, kept)) == other.error(thread["id"]) == (400, 100, 33)
    assert len(other("me/conversations")["data"]) == 1
    assert other.error(f"{inbox('me')['id']}/conversations") == (400, 10, 0)


def test_messages_need_the_pages_token_and_its_permission(
    network: Network, client: Client, inbox: Client, signed: Any
) -> None:
    sent = network.message(ANA, PAGE, "Yes")
    page, thread = client("me")["id"], inbox("me/conversations")["data"][0]["id"]
    for path in ("me/conversations", thread, f"{thread}/messages", native_id(network, sent)):
        assert client.error(path) == (403, 200, 0)
        assert inbox(path).keys() & {"data", "id"}
    assert "pages_messaging" in client("me/conversations")["error"]["message"]
    assert signed(BO, "user", *PERMISSIONS, MESSAGING).error(f"{page}/conversations") == (400, 210, 0)
    assert inbox.error("me/conversations", platform="instagram") == (400, 100, 0)
    network.withdraw("facebook", MESSAGING)
    assert inbox.error("me/conversations") == (403, 200, 0)
    assert inbox("me")["id"] == page
