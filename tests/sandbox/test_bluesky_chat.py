"""Bluesky's private messages: the result of each action for the signed-in account only."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.faces.bluesky.sessions import PRIVILEGED
from infra.sandbox.moderation import Unsupported
from infra.sandbox.network import Network
from infra.sandbox.validation import Invalid, bluesky

DISTRICT, ANA, BO = "bluesky/district.test", "bluesky/ana.test", "bluesky/bo.test"
CHAT = {"Atproto-Proxy": "did:web:api.bsky.chat#bsky_chat"}
CONVOS, MESSAGES, LOG = (f"chat.bsky.convo.{name}" for name in ("listConvos", "getMessages", "getLog"))
Ask = Callable[..., Any]


def signed(network: Network, open_face: Any, account: str, *scopes: str) -> httpx.Client:
    """Return a session of an app password with these scopes."""
    password = f"password of {account} {scopes}"
    network.grant("bluesky", password, account, kind="password", scopes=list(scopes))
    client: httpx.Client = open_face(network, "bluesky")
    body = {"identifier": network.accounts[account].handle, "password": password}
    session = client.post("/xrpc/com.atproto.server.createSession", json=body).json()
    client.headers["Authorization"] = f"Bearer {session['accessJwt']}"
    return client


def asking(client: httpx.Client) -> Ask:
    return lambda nsid, **parameters: client.get(f"/xrpc/{nsid}", params=parameters, headers=CHAT).json()


@pytest.fixture
def ask(network: Network, open_face: Any) -> Ask:
    """Provide a session of the district, with an app password that has access to chats."""
    return asking(signed(network, open_face, DISTRICT, PRIVILEGED[0]))


def kinds(logs: list[Any]) -> list[str]:
    return [one["$type"].partition("#")[2] for one in logs]


def test_conversations_are_told_by_what_happened_last(network: Network, ask: Ask) -> None:
    asked = network.message(ANA, DISTRICT, "When does bus 14 come? @district.test")
    network.message(BO, DISTRICT, "Hello?")
    network.message(BO, ANA, "Between us")
    network.message(DISTRICT, ANA, "At 7:40.", answers=asked)
    first, second = ask(CONVOS)["convos"]
    assert [[one["handle"] for one in convo["members"]] for convo in (first, second)] == [
        ["district.test", "ana.test"],
        ["district.test", "bo.test"],
    ]
    assert [(one["status"], one["unreadCount"], one["lastMessage"]["text"]) for one in (first, second)] == [
        ("accepted", 0, "At 7:40."),
        ("request", 1, "Hello?"),
    ]
    assert [one["id"] for one in ask(CONVOS, status="request")["convos"]] == [second["id"]]
    assert [one["id"] for one in ask(CONVOS, readState="unread", kind="direct")["convos"]] == [second["id"]]
    assert ask(CONVOS, kind="group")["convos"] == []
    last, before = ask(MESSAGES, convoId=first["id"])["messages"]
    assert (before["id"], before["text"], before["facets"][0]["index"]["byteStart"]) == (
        native_id(network, asked),
        "When does bus 14 come? @district.test",
        23,
    )
    assert (last["replyTo"]["id"], "replyTo" in last["replyTo"]) == (before["id"], False)
    network.message(BO, DISTRICT, "Anybody?")
    assert [one["id"] for one in ask(CONVOS)["convos"]] == [second["id"], first["id"]]


def test_who_blocks_whom_is_told_beside_a_conversation(network: Network, ask: Ask) -> None:
    network.message(ANA, DISTRICT, "Hello?")
    network.block(DISTRICT, ANA)
    (convo,) = ask(CONVOS)["convos"]
    us, them = (one["viewer"] for one in convo["members"])
    (held,) = ask("com.atproto.repo.listRecords", repo="district.test", collection="app.bsky.graph.block")[
        "records"
    ]
    assert ("blocking" in us, them["blockedBy"], them["blocking"]) == (False, False, held["uri"])


def test_messages_come_newest_first_and_in_pages(network: Network, ask: Ask) -> None:
    for number in range(7):
        network.message(ANA, DISTRICT, str(number))
    (convo,) = ask(CONVOS)["convos"]
    page = ask(MESSAGES, convoId=convo["id"], limit=3)
    found = [one["text"] for one in page["messages"]]
    while "cursor" in page:
        page = ask(MESSAGES, convoId=convo["id"], limit=3, cursor=page["cursor"])
        found += [one["text"] for one in page["messages"]]
    assert found == [str(number) for number in range(6, -1, -1)]
    assert [one["handle"] for one in page["relatedProfiles"]] == ["ana.test"]
    assert ask(MESSAGES, convoId=convo["id"], limit=101)["message"].endswith(
        "integer too big (maximum 100, got 101)"
    )
    assert ask(MESSAGES)["message"].endswith('Missing required key "convoId"')
    assert ask(MESSAGES, convoId="nonsense")["error"] == "InvalidConvo"


def test_conversations_are_paged_by_their_revision(network: Network, ask: Ask) -> None:
    for number in range(5):
        network.account(f"bluesky/parent{number}.test")
        network.message(f"bluesky/parent{number}.test", DISTRICT, str(number))
    first = ask(CONVOS, limit=2)
    second = ask(CONVOS, limit=3, cursor=first["cursor"])
    assert [one["lastMessage"]["text"] for page in (first, second) for one in page["convos"]] == [
        "4",
        "3",
        "2",
        "1",
        "0",
    ]
    assert ask(CONVOS, cursor=second["cursor"]) == {"convos": []}


def test_who_deletes_a_message_deletes_it_for_themselves(network: Network, open_face: Any, ask: Ask) -> None:
    said = network.message(ANA, DISTRICT, "I should not have said that")
    answer = network.message(DISTRICT, ANA, "Neither should I", answers=said)
    (convo,) = ask(CONVOS)["convos"]
    network.unsend(said)
    network.unsend(answer)
    last, first = ask(MESSAGES, convoId=convo["id"])["messages"]
    assert (last["$type"], "text" in last, last["sender"]) == (
        "chat.bsky.convo.defs#deletedMessageView",
        False,
        answer_of(convo, "district.test"),
    )
    assert (first["text"], first["id"]) == ("I should not have said that", native_id(network, said))
    other = asking(signed(network, open_face, ANA, PRIVILEGED[0]))
    last, first = other(MESSAGES, convoId=convo["id"])["messages"]
    assert (last["text"], last["replyTo"]["$type"], first["$type"]) == (
        "Neither should I",
        "chat.bsky.convo.defs#deletedMessageView",
        "chat.bsky.convo.defs#deletedMessageView",
    )
    network.unsend(said, who=DISTRICT)
    assert {one["$type"] for one in ask(MESSAGES, convoId=convo["id"])["messages"]} == {
        "chat.bsky.convo.defs#deletedMessageView"
    }
    assert ask(CONVOS)["convos"][0]["lastMessage"]["$type"] == "chat.bsky.convo.defs#deletedMessageView"


def answer_of(convo: Any, handle: str) -> Any:
    return next({"did": one["did"]} for one in convo["members"] if one["handle"] == handle)


def test_the_log_starts_now(network: Network, ask: Ask) -> None:
    network.message(ANA, DISTRICT, "Before")
    begun = ask(LOG)
    assert begun["logs"] == []
    assert ask(LOG, cursor=begun["cursor"]) == begun
    network.message(DISTRICT, ANA, "Answered")
    kept = network.message(BO, DISTRICT, "Hello", likes=1)
    told = ask(LOG, cursor=begun["cursor"])
    assert kinds(told["logs"]) == [
        "logAcceptConvo",
        "logCreateMessage",
        "logBeginConvo",
        "logCreateMessage",
        "logAddReaction",
    ]
    assert [one["message"]["text"] for one in told["logs"] if "message" in one] == [
        "Answered",
        "Hello",
        "Hello",
    ]
    network.unsend(kept)
    assert ask(LOG, cursor=told["cursor"])["logs"] == []
    network.unsend(kept, who=DISTRICT)
    (gone,) = ask(LOG, cursor=told["cursor"])["logs"]
    assert (gone["$type"].partition("#")[2], gone["message"]["id"]) == (
        "logDeleteMessage",
        native_id(network, kept),
    )


def test_a_message_may_pass_on_a_post_and_nothing_else(network: Network, ask: Ask) -> None:
    post = network.publish(DISTRICT, "Closed")
    network.message(ANA, DISTRICT, "Is this true?", shared=post)
    (convo,) = ask(CONVOS)["convos"]
    assert convo["lastMessage"]["embed"]["record"]["uri"] == native_id(network, post)
    network.remove(post)
    (said,) = ask(MESSAGES, convoId=convo["id"])["messages"]
    assert said["embed"]["record"]["$type"] == "app.bsky.embed.record#viewNotFound"
    with pytest.raises(Unsupported, match="holds words"):
        network.message(ANA, DISTRICT, "Look", photos=[network.photo("bluesky", "A bus")])
    with pytest.raises(Unsupported, match="only its author"):
        network.unsend(network.message("x/ana", "x/district", "?"), who="x/district")


@pytest.mark.parametrize("nsid", [CONVOS, MESSAGES, LOG])
def test_who_may_read_private_messages(network: Network, open_face: Any, nsid: str) -> None:
    network.message(ANA, DISTRICT, "Private")
    plain, full = signed(network, open_face, DISTRICT), signed(network, open_face, DISTRICT, PRIVILEGED[0])
    refused = plain.get(f"/xrpc/{nsid}", headers=CHAT)
    assert (refused.status_code, refused.json()) == (
        400,
        {"error": "InvalidToken", "message": "Bad token method"},
    )
    assert plain.get(f"/xrpc/{nsid}").json()["message"] == "Bad token method"
    assert full.get(f"/xrpc/{nsid}").json() == {
        "error": "MethodNotImplemented",
        "message": "Method Not Implemented",
    }
    assert full.get(f"/xrpc/{nsid}?convoId=x", headers=CHAT).json().get("error") in (None, "InvalidConvo")
    anybody = open_face(network, "bluesky").get(f"/xrpc/{nsid}", headers=CHAT)
    assert (anybody.status_code, anybody.json()["error"]) == (401, "AuthMissing")
    other = signed(network, open_face, BO, PRIVILEGED[0])
    assert b"Private" not in other.get(f"/xrpc/{nsid}?convoId=x", headers=CHAT).content
    network.withdraw("bluesky", PRIVILEGED[0])
    assert (
        signed(network, open_face, DISTRICT).get(f"/xrpc/{nsid}", headers=CHAT).json()["message"]
        == "Bad token method"
    )


Break = Callable[[Any], object]
BROKEN: list[tuple[str, Break, str]] = [
    (CONVOS, lambda one: one["convos"][0].pop("members"), "members: Field required"),
    (CONVOS, lambda one: one["convos"][0].update(unread=1), "unread: not in the lexicon"),
    (
        CONVOS,
        lambda one: one["convos"][0]["lastMessage"].update({"$type": "chat.bsky.convo.defs#nothing"}),
        "fits no lexicon",
    ),
    (CONVOS, lambda one: one["convos"][0]["members"][0].update(did="nobody"), "Invalid DID"),
    (MESSAGES, lambda one: one["messages"][0].pop("sentAt"), "sentAt: Field required"),
    (MESSAGES, lambda one: one["messages"][1].update(text="x" * 10_001), "at most 10000 characters"),
    (MESSAGES, lambda one: one["messages"][0].update(likes=1), "likes: not in the lexicon"),
    (LOG, lambda one: one["logs"][0].pop("rev"), "rev: Field required"),
    (LOG, lambda one: one["logs"][0].update(convo=one["logs"][0].pop("convoId")), "convoId: Field required"),
]


@pytest.mark.parametrize(("nsid", "broken", "reason"), BROKEN)
def test_what_is_broken_is_refused(network: Network, ask: Ask, nsid: str, broken: Break, reason: str) -> None:
    begun = ask(LOG)["cursor"]
    network.unsend(
        network.message(DISTRICT, ANA, "Look", likes=1, shared=network.publish(DISTRICT, "Closed"))
    )
    network.message(
        ANA,
        DISTRICT,
        "@district.test https://made-up.test",
        likes=1,
        answers=network.message(DISTRICT, ANA, "Here"),
    )
    convo = ask(CONVOS)["convos"][0]["id"]
    answer = ask(nsid, **{MESSAGES: {"convoId": convo}, LOG: {"cursor": begun}}.get(nsid, {}))
    rates = {
        "RateLimit-Limit": "1",
        "RateLimit-Remaining": "1",
        "RateLimit-Reset": "1795570763",
        "RateLimit-Policy": "1;w=300",
    }
    bluesky.check(nsid, 200, rates, json.dumps(answer).encode())
    broken(answer)
    with pytest.raises(Invalid) as why:
        bluesky.check(nsid, 200, rates, json.dumps(answer).encode())
    assert reason in str(why.value)
