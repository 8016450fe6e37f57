"""Failures of a Mastodon instance, most of which the sandbox does not make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from recordroom.errors import Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import mastodon
from recordroom.platforms.contract import Window
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox, parsed
from tests.platforms.mastodon.account import SHAPE, SINCE, at_path, change_statuses, record_id, sign_out
from tests.platforms.scripted import UNWORDED, Answer

PLATFORM = "mastodon"
FAULTS = {
    "HTML instead of JSON": (
        Answer("<!DOCTYPE html><title>Sign in</title>"),
        UnexpectedResponse,
        "HTML instead of JSON",
    ),
    "an error in a 200": (
        Answer({"error": "This method requires an authenticated user"}),
        UnexpectedResponse,
        "list",
    ),
    "nothing": (Answer(""), UnexpectedResponse, "nothing instead of JSON"),
    "wrong encoding": (
        Answer("[{\xe9}]".encode("latin-1")),
        UnexpectedResponse,
        "unreadable content instead of JSON",
    ),
    "a date without its zone": (
        Answer([SHAPE | {"created_at": "2026-11-01T10:00:00"}]),
        UnexpectedResponse,
        "created_at",
    ),
    "a throttle": (
        Answer({"error": "Too many requests"}, 429, {"X-RateLimit-Reset": "2026-11-24T19:00:00Z"}),
        Throttled,
        "429",
    ),
    "a wall": (Answer({"error": "This method requires an authenticated user"}, 401), Blocked, "401"),
    "an instance too old": (Answer([SHAPE | {"replies_count": "many"}]), UnexpectedResponse, "replies_count"),
}


def account_path(sandbox: Sandbox) -> str:
    return f"/api/v1/accounts/{sandbox.identify().known.native_id}"


def test_date_that_does_not_exist_is_reported_and_the_other_conversations_are_read(sandbox: Sandbox) -> None:
    first, second = sandbox.publish(days=3), sandbox.publish(days=2)
    odd, sound = sandbox.comment(first), sandbox.comment(second)
    sandbox.transport.rules = [
        ("", change_statuses(sandbox, [(odd, {"created_at": "2026-13-41T00:00:00.000Z"})]))
    ]
    sign_out(sandbox)
    exchanges = sandbox.fetch()
    reported = next(exchange.context["short"] for exchange in exchanges if "short" in exchange.context)
    assert f"/{sandbox.named(odd)}/created_at must be a date and time" in reported
    records, problems = parsed(mastodon, exchanges)
    assert {r.record_id for r in records if r.kind != "profile"} == {
        record_id(sandbox, one) for one in (first, second, sound)
    }
    assert len(problems) == 1, "for the core to keep it, so that a fixed connector can read it"


@pytest.mark.parametrize("fault", FAULTS)
def test_failure_of_a_page_has_a_type_and_carries_the_response(sandbox: Sandbox, fault: str) -> None:
    answer, failure, words = FAULTS[fault]
    sandbox.transport.rules = [at_path(f"{account_path(sandbox)}/statuses", answer)]
    with pytest.raises(TokenExpired if failure is Blocked else failure):
        sandbox.fetch()
    sign_out(sandbox)
    with pytest.raises(failure, match=words) as raised:
        sandbox.fetch()
    assert isinstance(raised.value, PlatformFailure)
    assert raised.value.exchange is not None


@pytest.mark.parametrize("answer", UNWORDED)
@pytest.mark.parametrize("path", ["the profile", "/api/v1/statuses"])
def test_404_of_a_proxy_is_no_404_of_the_instance(sandbox: Sandbox, path: str, answer: Answer) -> None:
    top = sandbox.publish(days=3)
    sandbox.comment(top)
    sandbox.network.edit(top, "Notice 990")
    sandbox.comment(sandbox.network.publish(sandbox.others[0], "Theirs"), sandbox.us)
    profile = account_path(sandbox)
    sandbox.entry = sandbox.entry.with_identity(replace(sandbox.entry.known, exchange=None))
    sandbox.transport.rules = [at_path(profile if path == "the profile" else path, answer)]
    with pytest.raises(UnexpectedResponse, match="without an error of the platform's API"):
        sandbox.fetch()


@pytest.mark.parametrize("answer", UNWORDED)
@pytest.mark.parametrize("what", ["context", "history"])
def test_conversation_with_a_404_of_a_proxy_is_not_complete(
    sandbox: Sandbox, what: str, answer: Answer
) -> None:
    """Otherwise its replies, or its text before an edit, would count as read."""
    top = sandbox.publish(days=3)
    sandbox.comment(top)
    sandbox.network.edit(top, "Notice 990")
    sandbox.transport.rules = [at_path(f"{sandbox.named(top)}/{what}", answer)]
    told = [exchange.context for exchange in sandbox.fetch()]
    assert [c["unread"] for c in told if "without an error of the platform's API" in c.get("short", "")] == [
        record_id(sandbox, top)
    ]


def test_token_that_the_instance_no_longer_knows_has_expired(sandbox: Sandbox) -> None:
    """The instance shows it what visitors see."""
    sandbox.publish()
    sandbox.client.authorize({"token": "of an application that was deleted"})
    with pytest.raises(TokenExpired, match="The access token is invalid"):
        sandbox.fetch(Window("recent", since=SINCE))


def test_missing_scope_is_named(sandbox: Sandbox) -> None:
    sandbox.identify()
    sandbox.network.withdraw("mastodon", "read:statuses")
    with pytest.raises(
        Blocked, match=r"outside the authorized scopes: required is .* read:accounts and read:statuses"
    ):
        sandbox.fetch()


def test_status_that_the_instance_fails_to_give_by_id_hides_nothing_else(sandbox: Sandbox) -> None:
    network, (parent, _) = sandbox.network, sandbox.others
    top = sandbox.publish(days=9)
    theirs, sound = (network.publish(parent, "Theirs", at=START - timedelta(days=days)) for days in (8, 7))
    reply, other = sandbox.comment(theirs, sandbox.us), sandbox.comment(sound, sandbox.us)
    network.limit(sandbox.others[1])  # so that only notifications report it, and it is looked up by its ID
    mentions = [
        network.publish(sandbox.others[1], "Hello @district", at=START - timedelta(days=days))
        for days in (6, 5)
    ]
    messages = [
        network.message(parent, sandbox.us, "Hello", at=START - timedelta(days=days)) for days in (4, 3)
    ]
    answers = [network.message(parent, sandbox.us, "Again", answers=one) for one in messages]
    failing = {sandbox.named(one) for one in (theirs, mentions[0], answers[0])}

    def fail(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        url = urlsplit(str(request.url))
        named = {*parse_qs(url.query).get("id[]", ()), *url.path.split("/")}
        return httpx.Response(500, text="Oops") if named & failing else real()

    sandbox.transport.rules = [("", fail)]
    exchanges = sandbox.fetch(Window("full", reads_messages=True))
    unread = {record_id(sandbox, one) for one in (reply, mentions[0], answers[0])}
    read = {record_id(sandbox, one) for one in (top, other, mentions[1], *messages[1:], answers[1])}
    found = set(sandbox.parse(exchanges))
    assert found & (unread | read) == read
    told = [exchange.context for exchange in exchanges if "unread" in exchange.context]
    assert {context["unread"] for context in told} == unread
    assert "could not be read, and will be asked for again" in told[-1]["short"]


def test_list_that_leads_back_to_its_pages_is_reported(sandbox: Sandbox) -> None:
    """The contract tests repeat one page; here each page is another one, of seven statuses in rotation."""
    turns = iter(range(10**6))

    def shuffle(*_: Any) -> httpx.Response:
        turn = next(turns)
        return httpx.Response(200, json=[SHAPE | {"id": str(100 + turn % 7), "favourites_count": turn}])

    sandbox.identify()
    sandbox.transport.rules = [(f"/accounts/{sandbox.entry.known.native_id}/statuses", shuffle)]
    with pytest.raises(UnexpectedResponse, match="leads back"):
        sandbox.fetch()


def test_conversations_that_contain_each_other_end(sandbox: Sandbox) -> None:
    sign_out(sandbox)
    top = sandbox.publish(days=3)
    question = sandbox.comment(top)
    answer = sandbox.comment(question)
    ours, unseen = sandbox.comment(answer, sandbox.us), sandbox.comment(top)
    looped = {sandbox.named(one) for one in (question, answer)}

    def keep(body: Any) -> Any:
        return {"ancestors": [], "descendants": [one for one in body["descendants"] if one["id"] in looped]}

    above = {"in_reply_to_id": sandbox.named(answer), "replies_count": 9}
    change = change_statuses(sandbox, [(question, above), (answer, {"replies_count": 9})])
    cut = rewrite_json(keep)
    sandbox.transport.rules = [
        ("/context", lambda request, real: change(request, lambda: cut(request, real))),
        ("", change),
    ]
    found = {r.record_id for r in sandbox.read().values() if r.kind != "profile"}
    assert found == {record_id(sandbox, one) for one in (top, question, answer, ours)}
    assert record_id(sandbox, unseen) not in found


@pytest.mark.parametrize("inner", ["1", '"\\ud800"'])
def test_json_nested_without_end_is_reported(inner: str) -> None:
    for depth in (300, 480, 100_000):
        with pytest.raises(UnexpectedResponse):
            list(mastodon.parse(Exchange("GET", "", 200, (), f"{'[' * depth}{inner}{']' * depth}".encode())))
