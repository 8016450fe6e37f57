"""Mastodon's private mentions, and whom and what an account keeps away, against a small instance of made-up statuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from recordroom.errors import TokenExpired
from recordroom.model import Exchange, Record
from recordroom.platforms import Known, Window, mastodon
from tests.platforms.instance import AMY, DISTRICT, ME, SERVER, START, Instance, record_id
from tests.platforms.scripted import Answer, Chosen, Scripted

BEN = "300"
TOKEN = {"token": "ours"}
ALL = Window("full", messages=True)
OUTSIDE = Answer({"error": "This action is outside the authorized scopes"}, 403)


def fetched(instance: Instance, window: Window = ALL, client: Scripted | None = None) -> list[Exchange]:
    return list(mastodon.fetch(DISTRICT, window, client or Scripted(instance, TOKEN)))


def records(exchanges: list[Exchange]) -> dict[str, Record]:
    return {r.native_id: r for e in exchanges for r in mastodon.parse(e)}


@pytest.fixture
def instance() -> Instance:
    """A question in private, our answer to it, two further ones beside each other; and a post with a public answer and a private one."""
    instance = Instance()
    instance.whisper(1)
    instance.whisper(2, ME, 1, to=AMY)
    instance.whisper(3, AMY, 2)
    instance.whisper(4, AMY, 2)
    instance.add(10)
    instance.add(11, AMY, 10)
    instance.whisper(12, AMY, 10)
    return instance


def test_private_mentions_are_messages_of_one_conversation_and_nothing_else(instance: Instance) -> None:
    found = records(fetched(instance))
    placed = {n: (r.kind, r.visibility, r.parent_id, r.root_id) for n, r in found.items() if r.kind != "profile"}
    top = record_id(1)
    assert {n: placed[n] for n in "1234"} == {
        "1": ("message", "direct", None, top),
        "2": ("message", "direct", top, top),
        "3": ("message", "direct", record_id(2), top),
        "4": ("message", "direct", record_id(2), top),
    }
    assert placed["12"] == ("message", "direct", record_id(10), record_id(10))
    assert {n: placed[n][0] for n in ("10", "11")} == {"10": "post", "11": "comment"}
    assert not [r for r in found.values() if r.visibility == "direct" and r.kind != "message"]
    assert found["1"].record_id == record_id(1)


def test_a_direct_status_is_a_message_though_nobody_asked_for_messages(instance: Instance) -> None:
    """The list of the account's own statuses holds those, and the contexts of its posts private answers."""
    found = records(fetched(instance, Window("full")))
    assert {n for n, r in found.items() if r.kind == "message"} == {"2", "3", "4", "12"}
    assert "1" not in found  # a question that is answered in private, and by whom it was asked
    assert not [r for r in found.values() if r.visibility == "direct" and r.kind != "message"]


def all_held(_: str) -> bool:
    """Of nothing that is new do notifications tell."""
    return True


def test_messages_are_read_back_to_the_last_capture(instance: Instance) -> None:
    for number in range(100, 200):
        instance.whisper(number)
    instance.whisper(500)
    instance.whisper(501, ME, 100, to=AMY)
    window = Window("recent", since=START, messages=True, messages_since=START + timedelta(hours=450), holds=all_held)
    client = Scripted(instance, TOKEN)
    found = records(fetched(instance, window, client))
    assert {"100", "500", "501"} <= found.keys()
    assert "150" not in found
    assert len([url for url in client.asked if "/conversations" in url]) == 1
    everything = records(fetched(instance))
    assert {str(n) for n in range(100, 200)} <= everything.keys()


def test_a_page_of_conversations_whose_last_statuses_were_deleted_is_not_the_end(instance: Instance) -> None:
    for number in range(100, 200):
        instance.whisper(number)

    def hollow(url: str) -> Answer:
        answer = instance(url)
        if "/conversations" not in url or "max_id" in url:
            return answer
        return Answer([{**one, "last_status": None} for one in answer.body], answer.status, answer.headers)

    for window in (ALL, Window("recent", since=START, messages=True, messages_since=START)):
        found = records(fetched(instance, replace(window, holds=all_held), Scripted(hollow, TOKEN)))
        assert 40 <= len({str(n) for n in range(100, 200)} & found.keys()) < 100
        found = records(fetched(instance, window, Scripted(hollow, TOKEN)))
        assert {str(n) for n in range(100, 200)} <= found.keys(), "notifications tell of the others"


def test_what_another_server_sent_late_is_read_unless_it_is_held() -> None:
    instance, plan = Instance(), Chosen(lambda _: True)
    for number in (440, 445, 500):
        instance.whisper(number)
    held = Known(record_id(440), "440", "message")

    def known(record_id: str, *, anywhere: bool = False) -> Known | None:  # noqa: ARG001 (it is of the window)
        return held if record_id == held.record_id else None

    plan.known = known  # type: ignore[method-assign]
    window = Window("recent", since=START, messages=True, messages_since=START + timedelta(hours=450), plan=plan, holds=all_held)
    assert {"440", "445", "500"} & records(fetched(instance, window)).keys() == {"445", "500"}


def test_a_conversation_without_its_beginning_is_kept_all_the_same(instance: Instance) -> None:
    instance.hidden |= {1, 2}
    instance.statuses[4] |= {"in_reply_to_id": None}
    assert records(fetched(instance))["4"].root_id == record_id(4)


@pytest.mark.parametrize("window", [ALL, Window("full")])
def test_what_others_write_to_each_other_is_not_kept_nor_its_history(instance: Instance, window: Window) -> None:
    """A token of somebody else, or a mention of many, may show it."""
    instance.whisper(13, AMY, 10, to=BEN, edited_at="2026-11-10T00:00:00Z")
    client = Scripted(instance, TOKEN)
    assert "13" not in records(fetched(instance, window, client))
    assert not [url for url in client.asked if "/statuses/13/history" in url]


def test_with_somebody_elses_token_neither_messages_nor_lists_are_asked_for(instance: Instance) -> None:
    instance.holder = AMY
    client = Scripted(instance, TOKEN)
    exchanges = fetched(instance, ALL, client)
    [told] = (e for e in exchanges if "messages_refused" in e.context)
    assert "a token of the account itself" in told.context["messages_refused"]
    assert not list(mastodon.parse(told))
    assert not [url for url in client.asked if "/conversations" in url or "/blocks" in url]
    assert f"{ME}/moderation" not in records(exchanges)


def test_without_a_token_it_is_told() -> None:
    client = Scripted(Instance(), {})
    [told] = (e for e in fetched(Instance(), ALL, client) if "messages_refused" in e.context)
    assert not list(mastodon.parse(told))
    assert not [url for url in client.asked if "/conversations" in url]


@pytest.mark.parametrize("path", ["/api/v1/conversations", "/api/v1/accounts/verify_credentials"])
def test_without_the_scope_the_rest_is_captured_and_it_is_told(instance: Instance, path: str) -> None:
    instance.answers[path] = OUTSIDE
    exchanges = fetched(instance)
    [told] = (e for e in exchanges if "messages_refused" in e.context)
    assert told.context["messages_refused"].startswith("This action is outside the authorized scopes: needed is")
    assert {"post", "comment"} <= {r.kind for r in records(exchanges).values()}


def test_a_dead_token_is_no_refusal(instance: Instance) -> None:
    instance.answers["/api/v1/conversations"] = Answer({"error": "The access token is invalid"}, 401)
    with pytest.raises(TokenExpired):
        fetched(instance)


# -- whom it keeps away ----------------------------------------------------------------------------------------------------------


def _person(native: str, **more: Any) -> dict[str, Any]:
    return {"id": native, "acct": f"user{native}@elsewhere.example", "display_name": "", "note": "", **more}


def test_blocks_mutes_servers_and_filters_are_one_record(instance: Instance) -> None:
    words = [{"id": "1", "keyword": "spam", "whole_word": True}, {"id": "2", "keyword": "scam", "whole_word": False}]
    told = {"id": "9", "title": "Rubbish", "context": ["public", "home"], "filter_action": "hide", "keywords": words, "statuses": []}
    people = {"blocks": [_person(AMY, display_name="Amy R.")], "mutes": [_person(BEN, mute_expires_at=None)]}
    instance.kept_away = {**people, "domain_blocks": ["bad.example"], "filters": [told | {"expires_at": None}]}
    record = records(fetched(instance))[f"{ME}/moderation"]
    assert (record.record_id, record.kind, record.title) == (f"mastodon:{SERVER}/accounts/{ME}/moderation", "profile", "Moderation")
    assert (record.visibility, record.leftover) == ("private", ())
    assert (record.text or "").splitlines() == [
        f"blocked: @user{AMY}@elsewhere.example (Amy R.)",
        "blocked: bad.example (server)",
        "filter: scam, spam (home, public)",
        f"muted: @user{BEN}@elsewhere.example",
    ]
    assert f"{ME}/moderation" not in records(fetched(instance, Window("recent", since=START)))


def test_nobody_kept_away_is_a_record_and_a_refusal_of_any_list_is_none(instance: Instance) -> None:
    assert records(fetched(instance))[f"{ME}/moderation"].text == ""
    instance.answers["/api/v2/filters"] = OUTSIDE
    exchanges = fetched(instance)
    assert f"{ME}/moderation" not in records(exchanges)
    assert "whom the account blocks and what it filters is not told" in exchanges[-1].context["short"]


@pytest.mark.parametrize(
    ("body", "url", "line"),
    [
        (b'["bad.example"]', None, "blocked: bad.example (server)"),
        (b'[{"id": "1", "acct": "amy", "display_name": "Amy"}]', "https://schools.example/api/v1/mutes", "muted: @amy (Amy)"),
        (b'[{"id": "1", "acct": "amy", "display_name": "Amy"}]', None, "blocked: @amy (Amy)"),
    ],
)
def test_a_saved_list_is_known_by_its_address_or_by_what_only_it_has(body: bytes, url: str | None, line: str) -> None:
    [record] = mastodon.parse(mastodon.saved(body, url, "schools.example"))
    assert record.text == line
