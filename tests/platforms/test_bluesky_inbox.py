"""An account's private messages on Bluesky, against a small service of made-up chats."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, Record
from recordroom.platforms import Window, bluesky
from tests.platforms.bluesky_net import AMY, BEN, DISTRICT, HOSTS, ME, START, Network
from tests.platforms.scripted import Answer, Scripted

SECRETS = {"password": "aaaa-bbbb-cccc-dddd", "token": "a session"}
FULL = Window("full", messages=True)
LIST, TALK = "chat.bsky.convo.listConvos", "chat.bsky.convo.getMessages"
HANDLES = {ME: "fircrest.example", AMY: "amy.example", BEN: "ben.example"}
REFUSED = Answer({"error": "InvalidToken", "message": "Bad token method"}, 400)


def person(did: str) -> dict[str, Any]:
    return {"did": did, "handle": HANDLES[did], "displayName": HANDLES[did].partition(".")[0].title()}


@dataclass
class Chats:
    """What was said, by conversation; the service tells ten in a page, those with the newest message first."""

    network: Network = field(default_factory=Network)
    said: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    requests: set[str] = field(default_factory=set)  # which the list of all leaves out
    answers: dict[str, Answer] = field(default_factory=dict)
    size: int = 10

    def say(self, convo: str, hour: int, sender: str = AMY, sort: str = "messageView", **more: Any) -> str:
        made: dict[str, Any] = {"$type": f"chat.bsky.convo.defs#{sort}", "id": f"m{hour}", "rev": f"r{hour}"}
        made |= {"sentAt": (START + timedelta(hours=hour)).isoformat(), "sender": {"did": sender}}
        self.said.setdefault(convo, []).insert(0, made | ({"text": f"message {hour}"} if sort == "messageView" else {}) | more)
        return f"m{hour}"

    def __call__(self, url: str) -> Answer:
        parts = urlsplit(url)
        query, method = parse_qs(parts.query), parts.path.removeprefix("/xrpc/")
        if not method.startswith("chat."):
            return self.network(url)
        assert f"{parts.scheme}://{parts.netloc}" == HOSTS[ME]
        return self.answers.get(method) or (self.convos if method == LIST else self.messages)(query)

    def convos(self, query: dict[str, list[str]]) -> Answer:
        wanted = [name for name in self.said if (name in self.requests) == ("status" in query)]
        found = sorted(wanted, key=lambda name: self.said[name][0]["sentAt"], reverse=True)
        told = [{"id": name, "members": [person(ME), person(AMY)], "lastMessage": self.said[name][0]} for name in found]
        return self.page("convos", told, query)

    def messages(self, query: dict[str, list[str]]) -> Answer:
        return self.page("messages", self.said[query["convoId"][0]], query)

    def page(self, name: str, told: list[dict[str, Any]], query: dict[str, list[str]]) -> Answer:
        start = int(query.get("cursor", ["0"])[0])
        more = {"cursor": str(start + self.size)} if len(told) > start + self.size else {}
        return Answer({name: told[start : start + self.size]} | more)


def fetched(chats: Callable[[str], Answer], window: Window = FULL, client: Scripted | None = None) -> list[Exchange]:
    return list(bluesky.fetch(DISTRICT, window, client or Scripted(chats, SECRETS)))


def messages(exchanges: list[Exchange]) -> dict[str, Record]:
    return {r.record_id.removeprefix("bluesky:messages/"): r for e in exchanges for r in bluesky.parse(e) if r.kind == "message"}


def test_a_conversation_is_read_whole_with_who_wrote_to_whom() -> None:
    chats = Chats()
    facet = {"index": {"byteStart": 0, "byteEnd": 7}, "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://x.example/"}]}
    post = {"$type": "app.bsky.embed.record#view", "record": {"$type": "app.bsky.embed.record#viewRecord", "uri": f"at://{BEN}/p/1"}}
    chats.say("c1", 1, facets=[facet], reactions=[{"value": "+", "sender": {"did": ME}, "createdAt": START.isoformat()}])
    chats.say("c1", 2, ME, replyTo=chats.said["c1"][0], embed=post)
    chats.say("c1", 3, sort="systemMessageView", data={"$type": "chat.bsky.convo.defs#systemMessageDataEditGroup"})
    preview = {"$type": "chat.bsky.group.defs#joinLinkPreviewView", "code": "a1", "name": "Parents"}
    chats.say("c1", 4, embed={"$type": "chat.bsky.embed.joinLink#view", "joinLinkPreview": preview})
    found = messages(fetched(chats))
    assert {n: (r.kind, r.parent_id, r.root_id, r.visibility) for n, r in found.items()} == {
        "c1/m1": ("message", None, "bluesky:conversations/c1", "private"),
        "c1/m2": ("message", "bluesky:messages/c1/m1", "bluesky:conversations/c1", "private"),
        "c1/m4": ("message", None, "bluesky:conversations/c1", "private"),
    }
    asked, answer = found["c1/m1"], found["c1/m2"]
    assert (asked.native_id, asked.text, asked.links) == ("m1", "message 1", ["https://x.example/"])
    assert (asked.author_handle, asked.author_name, asked.author_is_account) == ("amy.example", "Amy", False)
    assert (answer.author_is_account, answer.mentions, answer.shared_id) == (True, ["amy.example"], f"bluesky:at://{BEN}/p/1")
    assert found["c1/m4"].text == "message 4\n\nParents"
    assert not any(r.leftover for r in found.values())


def test_nothing_is_asked_where_the_register_does_not_want_it() -> None:
    chats = Chats()
    chats.say("c1", 1)
    client = Scripted(chats, SECRETS)
    fetched(chats, Window("full"), client)
    assert not [url for url in client.asked if "chat.bsky" in url]


def test_the_service_is_asked_through_the_accounts_own_server() -> None:
    chats = Chats()
    chats.say("c1", 1)
    client = Scripted(chats, SECRETS)
    fetched(chats, FULL, client)
    sent = [headers for url, headers in zip(client.asked, client.sent, strict=True) if "chat.bsky" in url]
    assert len(sent) == 3
    assert all(one == {"Authorization": "Bearer a session", "Atproto-Proxy": "did:web:api.bsky.chat#bsky_chat"} for one in sent)


def test_what_strangers_wrote_and_nobody_accepted_is_read_too() -> None:
    chats = Chats(requests={"c2"})
    chats.say("c1", 1)
    chats.say("c2", 2, BEN)
    assert messages(fetched(chats)).keys() == {"c1/m1", "c2/m2"}


@pytest.fixture
def many() -> Chats:
    """25 conversations, of which each has 25 messages: three pages of three pages."""
    chats = Chats()
    for hour in range(25 * 25):
        chats.say(f"c{hour % 25}", hour)
    return chats


@pytest.mark.parametrize("kind", ["recent", "full"])
def test_they_are_read_back_to_when_they_were_last_read(many: Chats, kind: str) -> None:
    held = set(messages(fetched(many)))
    many.say("c3", 700)
    many.say("c24", 701)
    since = START + timedelta(hours=650)
    window = replace(FULL, kind=kind, since=START, messages_since=since, holds=lambda r: r.removeprefix("bluesky:messages/") in held)
    client = Scripted(many, SECRETS)
    found = messages(fetched(many, window, client))
    assert {"c3/m700", "c24/m701"} <= found.keys()
    assert len([url for url in client.asked if TALK in url]) == 2
    assert len([url for url in client.asked if LIST in url]) == (4 if kind == "full" else 3)


def test_what_an_earlier_capture_did_not_come_to_is_read_however_old_it_is(many: Chats) -> None:
    """It died between two pages, or the conversation moved up the list while that was read."""
    window = replace(FULL, kind="recent", since=START, messages_since=START + timedelta(hours=2000), holds=lambda _: False)
    assert len(messages(fetched(many, window))) == 625


def test_what_the_account_deleted_before_it_was_read_is_told_once() -> None:
    chats, held = Chats(), {"bluesky:messages/c1/m1"}
    chats.say("c1", 1, sort="deletedMessageView")
    chats.say("c1", 2, sort="deletedMessageView")
    chats.say("c1", 3)
    for since, number in ((None, 1), (START + timedelta(hours=2), 1), (START + timedelta(hours=3), 0)):
        window = replace(FULL, messages_since=since, holds=held.__contains__)
        told = [e.context["messages_missed"] for e in fetched(chats, window) if "messages_missed" in e.context]
        assert [words.partition(" ")[0] for words in told] == (["1"] if number else [])


def test_an_app_password_without_access_stops_nothing_else_and_it_is_told() -> None:
    chats = Chats(answers={LIST: REFUSED})
    chats.network.add(ME, 1)
    for secrets in (SECRETS, {"password": "aaaa-bbbb-cccc-dddd"}, {}):
        client = Scripted(chats, secrets)
        who = replace(DISTRICT, identity=replace(DISTRICT.known, exchange=Exchange("GET", "https://x.example", 200, (), b"{}")))
        exchanges = list(bluesky.fetch(who, FULL, client))
        [told] = (e for e in exchanges if "messages_refused" in e.context)
        assert "needed is an app password of the account with access to its chats" in told.context["messages_refused"]
        assert not list(bluesky.parse(told))
        assert "post" in {r.kind for e in exchanges for r in bluesky.parse(e)}
    chats.say("c1", 1)
    chats.answers = {TALK: REFUSED}
    assert any("messages_refused" in e.context for e in fetched(chats))


def test_a_conversation_that_is_not_given_keeps_no_other_from_being_read_and_all_is_asked_for_again_until_it_is() -> None:
    chats, broken = Chats(), {"c1"}
    for hour in range(1, 31):
        chats.say(f"c{hour % 3 + 1}", hour)

    def answer(url: str) -> Answer:
        asked = parse_qs(urlsplit(url).query)
        second_page = TALK in url and asked["convoId"][0] in broken and "cursor" in asked
        return Answer("Oops", 500) if second_page else chats(url)

    chats.size = 5
    exchanges = fetched(answer)
    assert {name.partition("/")[0] for name in messages(exchanges)} == {"c1", "c2", "c3"}
    assert len(messages(exchanges)) == 25
    [told] = (e.context["messages_refused"] for e in exchanges if "messages_refused" in e.context)
    assert "convoId=c1" in told
    assert "needed is" not in told
    broken.clear()
    again = fetched(chats, replace(FULL, cursor=exchanges[-1].cursor))
    assert messages(again).keys() | messages(exchanges).keys() == messages(fetched(chats)).keys()
    assert not [e for e in again if "messages_refused" in e.context]


def test_a_list_that_is_empty_and_was_not_is_not_shown() -> None:
    assert not [e for e in fetched(Chats()) if "messages_refused" in e.context]
    who = replace(DISTRICT, identity=replace(DISTRICT.known, exchange=Exchange("GET", "https://x.example", 200, (), b"{}")))
    exchanges = bluesky.fetch(who, replace(FULL, messages_held=True), Scripted(Chats(), SECRETS))
    [told] = (e.context["messages_refused"] for e in exchanges if "messages_refused" in e.context)
    assert told.startswith("the list of conversations is empty, and was not before")


def test_an_answer_of_another_shape_is_a_failure_and_another_sort_of_message_is_kept() -> None:
    chats = Chats(answers={LIST: Answer({"conversations": []})})
    with pytest.raises(UnexpectedResponse, match="convos"):
        fetched(chats)
    chats.answers = {}
    chats.say("c1", 1)
    chats.said["c1"][0]["$type"] = "chat.bsky.convo.defs#voiceMessageView"
    assert messages(fetched(chats))["c1/m1"].leftover == ("messages.voiceMessageView",)


def test_saved_answers_say_whose_they_are_as_far_as_they_tell() -> None:
    chats = Chats()
    chats.say("c1", 1)
    talk, convos = (json.dumps(one.body).encode() for one in (chats.messages({"convoId": ["c1"]}), chats.convos({})))
    address = f"https://pds.example/xrpc/{TALK}?convoId=c1"
    for body, url, name in ((talk, address, "c1/m1"), (talk, None, "unknown/m1"), (convos, None, "c1/m1")):
        assert messages([bluesky.saved(body, url, None)]).keys() == {name}
