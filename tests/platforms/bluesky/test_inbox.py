"""An account's private messages on Bluesky."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from infra.sandbox.faces.bluesky.views import rkey
from infra.sandbox.model import Post
from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, Record
from recordroom.platforms import bluesky
from recordroom.platforms.contract import Window
from tests.capture.everywhere.stages import SECRET
from tests.fault_transport import rewrite_json
from tests.platforms.bluesky.account import (
    PRIVILEGED,
    SINCE,
    at_method,
    named_in,
    publish,
    requests_of,
    sign_in,
)
from tests.platforms.contract.sandbox import START, PagedTransport, Sandbox
from tests.platforms.scripted import Answer

PLATFORM = "bluesky"
FULL = Window("full", reads_messages=True)
LIST, TALK = "chat.bsky.convo.listConvos", "chat.bsky.convo.getMessages"


def say(sandbox: Sandbox, who: str, whom: str, days: float, words: str = "Hello", **more: Any) -> Post:
    return sandbox.network.message(who, whom, words, at=START - timedelta(days=days), **more)


def from_parent(sandbox: Sandbox, days: float, words: str = "Hello", **more: Any) -> Post:
    return say(sandbox, sandbox.others[0], sandbox.us, days, words, **more)


def messages(sandbox: Sandbox, exchanges: list[Exchange]) -> dict[str, Record]:
    """Return messages by their own IDs."""
    found = sandbox.parse(exchanges)
    return {record.native_id: record for record in found.values() if record.kind == "message"}


def read(sandbox: Sandbox, window: Window = FULL) -> dict[str, Record]:
    return messages(sandbox, sandbox.fetch(window))


def ids(*posts: Post) -> set[str]:
    return {rkey(post) for post in posts}


def refusals(exchanges: list[Exchange]) -> list[str]:
    return [
        exchange.context["messages_refused"]
        for exchange in exchanges
        if "messages_refused" in exchange.context
    ]


def missed(exchanges: list[Exchange]) -> list[str]:
    return [
        exchange.context["messages_missed"] for exchange in exchanges if "messages_missed" in exchange.context
    ]


def test_conversation_is_read_completely_with_authors_and_recipients(sandbox: Sandbox) -> None:
    post = publish(sandbox, sandbox.others[1], 9)
    first = from_parent(sandbox, 8, "See https://x.example/", likes=1)
    answer = say(sandbox, sandbox.us, sandbox.others[0], 7, "Look", answers=first, shared=post)
    invited = from_parent(sandbox, 6, "Join")
    preview = {"$type": "chat.bsky.group.defs#joinLinkPreviewView", "code": "a1", "name": "Parents"}

    def add(body: Any) -> Any:
        """Add what the sandbox does not have: a message of the system, and an invitation to a group."""
        shown = next(one for one in body["messages"] if one["id"] == rkey(invited))
        shown["embed"] = {"$type": "chat.bsky.embed.joinLink#view", "joinLinkPreview": preview}
        kept = {name: shown[name] for name in ("rev", "sentAt")}
        data = {"$type": "chat.bsky.convo.defs#systemMessageDataEditGroup"}
        system = kept | {"$type": "chat.bsky.convo.defs#systemMessageView", "id": "system", "data": data}
        return body | {"messages": [system, *body["messages"]]}

    sign_in(sandbox, PRIVILEGED)
    sandbox.transport.rules = [(TALK, rewrite_json(add))]
    found = read(sandbox)
    assert set(found) == ids(first, answer, invited)
    asked, replied, invitation = (found[rkey(one)] for one in (first, answer, invited))
    assert {(record.kind, record.visibility, record.root_id) for record in found.values()} == {
        ("message", "private", asked.root_id)
    }
    assert (asked.root_id or "").startswith("bluesky:conversations/")
    assert [record.parent_id for record in (asked, replied, invitation)] == [None, asked.record_id, None]
    assert asked.record_id == f"bluesky:messages/{(asked.root_id or '').rpartition('/')[2]}/{rkey(first)}"
    assert (asked.text, asked.links) == ("See https://x.example/", ["https://x.example/"])
    assert (asked.author_handle, asked.author_name, asked.author_is_account) == (
        "ana.test",
        "Ana.Test",
        False,
    )
    assert (replied.author_is_account, replied.mentions, replied.shared_id) == (
        True,
        ["ana.test"],
        f"bluesky:{sandbox.named(post)}",
    )
    assert invitation.text == "Join\n\nParents"
    assert not any(record.leftover for record in found.values())


def test_messages_are_not_requested_unless_the_register_wants_them(sandbox: Sandbox) -> None:
    from_parent(sandbox, 1)
    sign_in(sandbox, PRIVILEGED)
    sandbox.fetch(Window("full"))
    assert not [url for url in sandbox.transport.asked if "chat.bsky" in url]


def test_chat_service_is_requested_through_the_server_of_the_account(sandbox: Sandbox) -> None:
    from_parent(sandbox, 1)
    sign_in(sandbox, PRIVILEGED)
    sent = list[str | None]()

    def note(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        assert request.headers["authorization"] == f"Bearer {sandbox.client.secrets['token']}"
        sent.append(request.headers.get("atproto-proxy"))
        return real()

    sandbox.transport.rules = [("chat.bsky", note)]
    sandbox.fetch(FULL)
    assert sent == ["did:web:api.bsky.chat#bsky_chat"] * 3


def test_requests_of_strangers_that_nobody_accepted_are_read_too(sandbox: Sandbox) -> None:
    """The lexicon does not say whether the list without a status has them; here it does not."""
    accepted = say(sandbox, sandbox.us, sandbox.others[0], 2)
    request = say(sandbox, sandbox.others[1], sandbox.us, 1)
    sign_in(sandbox, PRIVILEGED)
    accept = rewrite_json(
        lambda body: body | {"convos": [one for one in body["convos"] if one["status"] == "accepted"]}
    )
    sandbox.transport.rules = [
        (LIST, lambda asked, real: real() if "status" in asked.url.params else accept(asked, real))
    ]
    assert set(read(sandbox)) == ids(accepted, request)


@pytest.fixture
def many(sandbox: Sandbox) -> dict[str, list[Post]]:
    """Publish five accepted conversations, each with five messages, the oldest first.

    These are three pages of three pages.
    """
    network, people = sandbox.network, [f"bluesky/person{number}.test" for number in range(5)]
    for who in people:
        network.account(who, who)
    said: dict[str, list[Post]] = {who: [] for who in people}
    for number in range(5):
        for place, who in enumerate(people):
            pair = (who, sandbox.us) if number else (sandbox.us, who)
            said[who].append(say(sandbox, *pair, 20 - number - place / 10))
    sandbox.transport.real = PagedTransport(sandbox.transport.real, "limit", 2)
    sign_in(sandbox, PRIVILEGED)
    return said


@pytest.mark.parametrize("kind", ["recent", "full"])
def test_messages_are_read_back_to_the_last_capture(
    sandbox: Sandbox, many: dict[str, list[Post]], kind: str
) -> None:
    held = {record.record_id for record in read(sandbox).values()}
    assert len(held) == 25
    new = [say(sandbox, who, sandbox.us, 1) for who in list(many)[:2]]
    since = START - timedelta(days=2)
    sandbox.transport.asked.clear()
    found = read(
        sandbox, replace(FULL, kind=kind, since=SINCE, messages_since=since, is_archived=held.__contains__)
    )
    assert ids(*new) <= found.keys()
    assert len(requests_of(sandbox, TALK)) == 2
    lists = [url for url in requests_of(sandbox, LIST) if "status=" not in url]
    assert len(lists) == (3 if kind == "full" else 2)


def test_messages_that_an_interrupted_capture_did_not_read_are_read_however_old_they_are(
    sandbox: Sandbox, many: dict[str, list[Post]]
) -> None:
    """It ended between two pages, or the conversation moved up the list during the reading."""
    window = replace(
        FULL,
        kind="recent",
        since=SINCE,
        messages_since=START + timedelta(days=90),
        is_archived=lambda _: False,
    )
    assert set(read(sandbox, window)) == ids(*(post for said in many.values() for post in said))


def test_messages_that_the_account_deleted_before_they_were_read_are_reported_once(sandbox: Sandbox) -> None:
    first, second, _ = (from_parent(sandbox, days) for days in (9, 8, 7))
    sign_in(sandbox, PRIVILEGED)
    held = {read(sandbox)[rkey(first)].record_id}
    for one in (first, second):
        sandbox.network.unsend(one, who=sandbox.us)
    for since, number in ((None, 1), (START - timedelta(days=8), 1), (START - timedelta(days=7), 0)):
        told = missed(sandbox.fetch(replace(FULL, messages_since=since, is_archived=held.__contains__)))
        assert ["(1 in " in words for words in told] == ([True] if number else [])


def test_app_password_without_access_to_chats_is_reported_and_stops_nothing_else(sandbox: Sandbox) -> None:
    sandbox.publish()
    from_parent(sandbox, 1)
    sign_in(sandbox)
    for secrets in (dict(sandbox.client.secrets), {"password": SECRET}, {}):
        sandbox.client.authorize(secrets)
        exchanges = sandbox.fetch(FULL)
        [told] = (exchange for exchange in exchanges if "messages_refused" in exchange.context)
        assert (
            "Bluesky requires an app password with access to direct messages"
            in told.context["messages_refused"]
        )
        assert not list(bluesky.parse(told))
        assert "post" in {record.kind for record in sandbox.parse(exchanges).values()}


def test_refused_conversation_is_reported(sandbox: Sandbox) -> None:
    from_parent(sandbox, 1)
    sign_in(sandbox, PRIVILEGED)
    sandbox.transport.rules = [
        at_method(TALK, Answer({"error": "InvalidToken", "message": "Bad token method"}, 400))
    ]
    assert refusals(sandbox.fetch(FULL))


def test_conversation_that_is_not_given_hides_no_other_and_is_requested_again(
    sandbox: Sandbox, many: dict[str, list[Post]]
) -> None:
    complete = read(sandbox)
    broken = (next(iter(complete.values())).root_id or "").rpartition("/")[2]

    def fail(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        second_page = named_in(request, "convoId") == {broken} and "cursor" in request.url.params
        return httpx.Response(500, text="Oops") if second_page else real()

    with sandbox.transport.meanwhile(TALK, fail):
        exchanges = sandbox.fetch(FULL)
    found = messages(sandbox, exchanges)
    assert {record.root_id for record in found.values()} == {record.root_id for record in complete.values()}
    assert len(found) == len(complete) - 3
    [told] = refusals(exchanges)
    assert f"convoId={broken}" in told
    assert "needed is" not in told
    rest = sandbox.fetch(replace(FULL, cursor=exchanges[-1].cursor))
    assert (
        messages(sandbox, rest).keys() | found.keys()
        == complete.keys()
        == ids(*(one for said in many.values() for one in said))
    )
    assert not refusals(rest)


def test_empty_list_of_conversations_that_were_archived_is_reported(sandbox: Sandbox) -> None:
    sign_in(sandbox, PRIVILEGED)
    assert not refusals(sandbox.fetch(FULL))
    [told] = refusals(sandbox.fetch(replace(FULL, has_archived_messages=True)))
    assert told.startswith("the list of conversations is empty, but the archive has private messages")


def test_conversations_of_another_shape_are_a_failure(sandbox: Sandbox) -> None:
    sign_in(sandbox, PRIVILEGED)
    sandbox.transport.rules = [at_method(LIST, Answer({"conversations": []}))]
    with pytest.raises(UnexpectedResponse, match="convos"):
        sandbox.fetch(FULL)


def test_message_of_an_unknown_kind_is_kept_and_reported(sandbox: Sandbox) -> None:
    message = from_parent(sandbox, 1)
    sign_in(sandbox, PRIVILEGED)

    def rename(body: Any) -> Any:
        body["messages"][0]["$type"] = "chat.bsky.convo.defs#voiceMessageView"
        return body

    sandbox.transport.rules = [(TALK, rewrite_json(rename))]
    assert read(sandbox)[rkey(message)].leftover == ("messages.voiceMessageView",)


def test_saved_responses_name_their_conversation_as_far_as_they_can(sandbox: Sandbox) -> None:
    message = from_parent(sandbox, 1)
    sign_in(sandbox, PRIVILEGED)
    bodies = dict[str, bytes]()

    def note(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        response = real()
        bodies.setdefault(request.url.path.rpartition("/")[2], response.read())
        return response

    sandbox.transport.rules = [("chat.bsky", note)]
    convo = (read(sandbox)[rkey(message)].root_id or "").rpartition("/")[2]
    talk, convos = bodies[TALK], bodies[LIST]
    address = f"https://pds.example/xrpc/{TALK}?convoId={convo}"
    for body, url, name in ((talk, address, convo), (talk, None, "unknown"), (convos, None, convo)):
        [record] = (one for one in bluesky.parse(bluesky.saved(body, url, None)) if one.kind == "message")
        assert record.record_id == f"bluesky:messages/{name}/{rkey(message)}"
