"""Mastodon against faults that no real instance makes."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from recordroom.errors import Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import Window, mastodon
from tests.platforms.instance import AMY, DISTRICT, ME, SHAPE, START, Instance, record_id, records_of
from tests.platforms.scripted import UNWORDED, Answer, Scripted, read_of

FAULTS = {
    "HTML instead of JSON": (Answer("<!DOCTYPE html><title>Sign in</title>"), UnexpectedResponse, "HTML instead of JSON"),
    "an error in a 200": (Answer({"error": "This method requires an authenticated user"}), UnexpectedResponse, "list"),
    "nothing": (Answer(""), UnexpectedResponse, "nothing instead of JSON"),
    "wrong encoding": (Answer("[{\xe9}]".encode("latin-1")), UnexpectedResponse, "no JSON"),
    "a date without its zone": (Answer([SHAPE | {"created_at": "2026-11-01T10:00:00"}]), UnexpectedResponse, "created_at"),
    "a throttle": (Answer({"error": "Too many requests"}, 429, {"X-RateLimit-Reset": "2026-11-24T09:00:00Z"}), Throttled, "429"),
    "a wall": (Answer({"error": "This method requires an authenticated user"}, 401), Blocked, "401"),
    "an instance too old": (Answer([SHAPE | {"replies_count": "many"}]), UnexpectedResponse, "replies_count"),
}


def test_a_date_that_is_none_is_told_and_the_other_conversations_are_read() -> None:
    instance = Instance()
    instance.add(2, AMY, instance.add(1), created_at="2026-13-41T00:00:00.000Z")
    instance.add(4, AMY, instance.add(3))
    exchanges = list(mastodon.fetch(DISTRICT, Window("full"), Scripted(instance)))
    told = next(e.context["short"] for e in exchanges if "short" in e.context)
    assert "/2/created_at must be a date and time" in told
    read, unread = read_of(exchanges, mastodon.parse)
    assert {r.native_id for r in read if r.kind != "profile"} == {"1", "3", "4"}
    assert unread == 1, "for the core to keep it, so that a mended connector can read it"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_page_is_named(fault: str) -> None:
    answer, failure, words = FAULTS[fault]
    instance = Instance(answers={f"/api/v1/accounts/{ME}/statuses": answer})
    with pytest.raises(failure, match=words) as told:
        records_of(Scripted(instance), Window("full"))
    assert isinstance(told.value, PlatformFailure)
    assert told.value.exchange is not None
    with pytest.raises(TokenExpired if failure is Blocked else failure):
        records_of(Scripted(instance, secrets={"token": "t"}), Window("full"))


@pytest.mark.parametrize("answer", UNWORDED)
@pytest.mark.parametrize("path", [f"accounts/{ME}", "statuses"])
def test_a_page_that_says_404_is_no_word_of_the_instances(path: str, answer: Answer) -> None:
    instance = Instance(answers={f"/api/v1/{path}": answer})
    instance.add(2, AMY, instance.add(1, edited_at=START.isoformat()))
    instance.add(4, ME, instance.add(3, AMY))
    with pytest.raises(UnexpectedResponse, match="no word of the platform's"):
        records_of(Scripted(instance), Window("full"))


@pytest.mark.parametrize("answer", UNWORDED)
@pytest.mark.parametrize("what", ["context", "history"])
def test_a_conversation_of_which_a_page_says_404_is_not_taken_for_read(what: str, answer: Answer) -> None:
    """What a status said before its edit would be taken for read, or what answers it."""
    instance = Instance(answers={f"/api/v1/statuses/1/{what}": answer})
    instance.add(2, AMY, instance.add(1, edited_at=START.isoformat()))
    told = [exchange.context for exchange in mastodon.fetch(DISTRICT, Window("full"), Scripted(instance))]
    assert [c["unread"][-11:] for c in told if "no word of the platform's" in c.get("short", "")] == ["/statuses/1"]


def test_a_token_that_the_instance_knows_no_more_is_dead_and_not_none() -> None:
    """All that anybody sees is answered to it."""
    answers = {"/api/v1/accounts/verify_credentials": Answer({"error": "The access token is invalid"}, 401)}
    with pytest.raises(TokenExpired, match="The access token is invalid"):
        records_of(Scripted(Instance(answers=answers), secrets={"token": "t"}), Window("recent", since=START))


def test_a_scope_that_the_token_lacks_is_named() -> None:
    instance = Instance(answers={f"/api/v1/accounts/{ME}/statuses": Answer({"error": "This action is outside the authorized scopes"}, 403)})
    with pytest.raises(Blocked, match=r"outside the authorized scopes: needed is .* read:accounts and read:statuses"):
        records_of(Scripted(instance, secrets={"token": "t"}), Window("full"))


def test_a_status_that_the_instance_fails_to_give_by_its_id_keeps_nothing_else_from_being_read() -> None:
    instance = Instance()
    top, theirs = instance.add(1), instance.add(2, AMY)
    unread = {instance.add(4, ME, theirs), instance.named(10), instance.whisper(12, AMY, instance.whisper(8))}
    read = {top, instance.add(5, ME, instance.add(3, AMY)), instance.named(11), instance.whisper(13, AMY, instance.whisper(9))}

    def broken(url: str) -> Answer:
        asked = {*parse_qs(urlsplit(url).query).get("id[]", ()), *urlsplit(url).path.split("/")}
        return Answer("Oops", 500) if asked & {str(theirs), "10", "12"} else instance(url)

    exchanges = list(mastodon.fetch(DISTRICT, Window("full", messages=True), Scripted(broken, {"token": "ours"})))
    found = {int(r.native_id) for e in exchanges for r in mastodon.parse(e) if r.kind != "profile"}
    assert (found & (unread | read)) == read
    told = [e.context for e in exchanges if "unread" in e.context]
    assert {context["unread"] for context in told} == {record_id(native) for native in unread}
    assert "could not be read, and will be asked for again" in told[-1]["short"]


def test_a_conversation_that_has_just_gone_stops_nothing() -> None:
    instance = Instance(answers={"/api/v1/statuses/3/context": Answer({"error": "Record not found"}, 404)})
    for number in (1, 3):
        instance.add(number)
        instance.add(number + 1, AMY, number)
    assert {record_id(1), record_id(2), record_id(3)} <= set(records_of(Scripted(instance), Window("full")))


def test_pages_that_repeat_or_never_end_are_named() -> None:
    page = [SHAPE | {"id": str(n)} for n in range(50, 10, -1)]
    instance = Instance(answers={f"/api/v1/accounts/{ME}/statuses": Answer(page)})
    with pytest.raises(UnexpectedResponse, match=r"same page|leads back"):
        records_of(Scripted(instance), Window("full"))
    turns = iter(range(10**6))

    def shuffled(url: str) -> Answer:
        if "/accounts/100/statuses" not in url:
            return instance(url)
        turn = next(turns)
        return Answer([SHAPE | {"id": str(100 + turn % 7), "favourites_count": turn}])

    with pytest.raises(UnexpectedResponse, match="leads back"):
        records_of(Scripted(shuffled), Window("full"))


def test_conversations_that_contain_each_other_end() -> None:
    instance = Instance()
    instance.add(1)
    instance.add(2, AMY, 1)
    instance.add(3, AMY, 2)
    looped = instance.seen(2) | {"replies_count": 9}, instance.seen(3) | {"replies_count": 9}
    for number in (1, 2, 3):
        instance.answers[f"/api/v1/statuses/{number}/context"] = Answer({"ancestors": [], "descendants": list(looped)})
    instance.add(4, ME, 3)
    instance.statuses[2]["in_reply_to_id"] = "3"
    instance.add(5, AMY, 1)
    assert len(records_of(Scripted(instance), Window("full"))) == 5


@pytest.mark.parametrize("inner", ["1", '"\\ud800"'])
def test_json_nested_without_end_is_named(inner: str) -> None:
    for depth in (300, 480, 100_000):
        with pytest.raises(UnexpectedResponse):
            list(mastodon.parse(Exchange("GET", "", 200, (), f"{'[' * depth}{inner}{']' * depth}".encode())))
