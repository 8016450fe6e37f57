"""Mastodon's private mentions, and the people and words that an account blocks or filters."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from infra.sandbox.model import Post
from recordroom.errors import TokenExpired
from recordroom.model import Record
from recordroom.platforms import mastodon
from recordroom.platforms.contract import KnownRecord, Window
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox
from tests.platforms.mastodon.account import (
    OUTSIDE,
    SINCE,
    at_path,
    named_in,
    profile_id,
    record_id,
    requests_to,
    sign_out,
    use_token_of,
)
from tests.platforms.scripted import Answer, Chosen

PLATFORM = "mastodon"
ALL = Window("full", reads_messages=True)
RECENT = Window("recent", since=SINCE, reads_messages=True, messages_since=START - timedelta(days=2))


@pytest.fixture
def inbox(sandbox: Sandbox) -> dict[str, Post]:
    """Return private messages, and a post with a public and a private reply.

    The messages are a private question, the account's reply, and two further ones.
    """
    network, (parent, _), us = sandbox.network, sandbox.others, sandbox.us
    question = network.message(parent, us, "May I ask?", at=START - timedelta(days=9))
    reply = network.message(us, parent, "Please do", answers=question, at=START - timedelta(days=8))
    first, second = (
        network.message(parent, us, text, answers=reply, at=START - timedelta(days=7))
        for text in ("This", "That")
    )
    post = sandbox.publish(days=6)
    public = sandbox.comment(post)
    private = network.message(parent, us, "For you only", answers=post, at=START - timedelta(days=5))
    return {
        "question": question, "reply": reply, "first": first, "second": second, "post": post,
        "public": public, "private": private,
    }  # fmt: skip


def write_daily(sandbox: Sandbox, number: int) -> list[Post]:
    """Send private mentions of so many days, the newest first, each in a conversation of its own."""
    at = (START - timedelta(days=day + 0.5) for day in range(number))
    return [
        sandbox.network.message(sandbox.others[0], sandbox.us, f"Day {day}", at=when)
        for day, when in enumerate(at)
    ]


def all_held(_: str) -> bool:
    """Return that a record is archived, for a plan in which all are."""
    return True


def messages_in(found: dict[str, Record]) -> set[str]:
    return {name for name, record in found.items() if record.kind == "message"}


def test_private_mentions_are_messages_of_one_conversation(sandbox: Sandbox, inbox: dict[str, Post]) -> None:
    names = {name: record_id(sandbox, post) for name, post in inbox.items()}
    found = sandbox.read(ALL)
    places = {
        name: (r.kind, r.visibility, r.parent_id, r.root_id)
        for name, r in found.items()
        if r.kind != "profile"
    }
    top = names["question"]
    assert {name: places[names[name]] for name in ("question", "reply", "first", "second", "private")} == {
        "question": ("message", "direct", None, top),
        "reply": ("message", "direct", top, top),
        "first": ("message", "direct", names["reply"], top),
        "second": ("message", "direct", names["reply"], top),
        "private": ("message", "direct", names["post"], names["post"]),
    }
    assert [found[names[name]].kind for name in ("post", "public")] == ["post", "comment"]
    assert not [r for r in found.values() if r.visibility == "direct" and r.kind != "message"]


def test_direct_status_is_a_message_without_a_request_for_messages(
    sandbox: Sandbox, inbox: dict[str, Post]
) -> None:
    """The list of the account's own statuses contains them.

    The contexts of its posts contain private replies.
    """
    found = sandbox.read(Window("full"))
    assert messages_in(found) == {
        record_id(sandbox, inbox[name]) for name in ("reply", "first", "second", "private")
    }
    assert record_id(sandbox, inbox["question"]) not in found
    assert not [r for r in found.values() if r.visibility == "direct" and r.kind != "message"]


def test_messages_are_read_back_to_the_last_capture(sandbox: Sandbox) -> None:
    days = write_daily(sandbox, 60)
    ours = sandbox.network.message(
        sandbox.us, sandbox.others[0], "Late", answers=days[50], at=START - timedelta(hours=1)
    )
    found = messages_in(sandbox.read(replace(RECENT, is_archived=all_held)))
    assert {record_id(sandbox, one) for one in (days[50], days[0], ours)} <= found
    assert record_id(sandbox, days[40]) not in found
    assert len(requests_to(sandbox, "/conversations")) == 1
    assert {record_id(sandbox, one) for one in days} <= messages_in(sandbox.read(ALL))


def test_page_of_conversations_whose_last_statuses_were_deleted_is_not_the_end(sandbox: Sandbox) -> None:
    days = {record_id(sandbox, one) for one in write_daily(sandbox, 60)}

    def empty(body: Any) -> Any:
        return [{**one, "last_status": None} for one in body]

    turn = rewrite_json(empty)
    sandbox.transport.rules = [
        (
            "/conversations",
            lambda request, real: real() if "max_id" in request.url.params else turn(request, real),
        )
    ]
    for window in (
        ALL,
        Window("recent", since=SINCE, reads_messages=True, messages_since=START - timedelta(days=90)),
    ):
        found = messages_in(sandbox.read(replace(window, is_archived=all_held)))
        assert 20 <= len(days & found) < 60
        assert days <= messages_in(sandbox.read(window)), "notifications report the others"


def test_message_that_another_server_delivered_late_is_read_unless_it_is_archived(sandbox: Sandbox) -> None:
    new, late, archived = (
        sandbox.network.message(sandbox.others[0], sandbox.us, "Hello", at=START - timedelta(days=days))
        for days in (1, 3, 4)
    )
    plan = Chosen(lambda _: True)
    held = KnownRecord(record_id(sandbox, archived), sandbox.named(archived), "message")

    def known(record_id: str, *, anywhere: bool = False) -> KnownRecord | None:  # noqa: ARG001 (it is of the window)
        return held if record_id == held.record_id else None

    plan.find_known = known  # type: ignore[method-assign]
    found = messages_in(sandbox.read(replace(RECENT, plan=plan, is_archived=all_held)))
    assert found == {record_id(sandbox, one) for one in (new, late)}


def test_conversation_without_its_first_messages_is_kept(sandbox: Sandbox, inbox: dict[str, Post]) -> None:
    for name in ("question", "reply"):
        sandbox.network.remove(inbox[name])
    second = record_id(sandbox, inbox["second"])
    assert sandbox.read(ALL)[second].root_id == second


@pytest.mark.parametrize("window", [ALL, Window("full")])
def test_messages_between_others_and_their_history_are_not_kept(
    sandbox: Sandbox, inbox: dict[str, Post], window: Window
) -> None:
    parent, teacher = sandbox.others
    use_token_of(sandbox, parent)
    between = sandbox.network.message(parent, teacher, "Between us", answers=inbox["post"])
    sandbox.network.edit(between, "@bo@far.test Between the two of us")
    exchanges = sandbox.fetch(window)
    assert any(b"Between the two" in exchange.body for exchange in exchanges)
    assert record_id(sandbox, between) not in sandbox.parse(exchanges)
    assert sandbox.named(between) not in named_in(sandbox, "history")


@pytest.mark.usefixtures("inbox")
def test_with_the_token_of_another_account_messages_and_lists_are_not_requested(sandbox: Sandbox) -> None:
    use_token_of(sandbox, sandbox.others[0])
    exchanges = sandbox.fetch(ALL)
    [told] = (exchange for exchange in exchanges if "messages_refused" in exchange.context)
    assert "a token of the account itself" in told.context["messages_refused"]
    assert not list(mastodon.parse(told))
    assert not [url for url in sandbox.transport.asked if "/conversations" in url or "/blocks" in url]
    assert f"{profile_id(sandbox)}/moderation" not in sandbox.parse(exchanges)


def test_without_a_token_missing_messages_are_reported(sandbox: Sandbox) -> None:
    sign_out(sandbox)
    [told] = (exchange for exchange in sandbox.fetch(ALL) if "messages_refused" in exchange.context)
    assert not list(mastodon.parse(told))
    assert not requests_to(sandbox, "/conversations")


@pytest.mark.parametrize("path", ["/api/v1/conversations", "/api/v1/accounts/verify_credentials"])
@pytest.mark.usefixtures("inbox")
def test_without_the_scope_missing_messages_are_reported_and_the_rest_is_captured(
    sandbox: Sandbox, path: str
) -> None:
    sandbox.transport.rules = [at_path(path, OUTSIDE)]
    exchanges = sandbox.fetch(ALL)
    [told] = (exchange for exchange in exchanges if "messages_refused" in exchange.context)
    assert told.context["messages_refused"].startswith(
        "This action is outside the authorized scopes: required is"
    )
    assert {"post", "comment"} <= {record.kind for record in sandbox.parse(exchanges).values()}


def test_expired_token_is_no_refusal_of_messages(sandbox: Sandbox) -> None:
    sandbox.transport.rules = [
        at_path("/conversations", Answer({"error": "The access token is invalid"}, 401))
    ]
    with pytest.raises(TokenExpired):
        sandbox.fetch(ALL)


# -- blocked people and filters
# ------------------------------------------------------------------------------------------------------------


def test_blocks_mutes_servers_and_filters_are_one_record(sandbox: Sandbox) -> None:
    network, us, (parent, teacher) = sandbox.network, sandbox.us, sandbox.others
    network.rename(parent, name="Ana R.")
    network.accounts[teacher].name = ""
    network.block(us, parent)
    network.mute(us, teacher)
    network.block_domain(us, "bad.example")
    network.filter_words(us, "Rubbish", ["spam", "scam"], ("public", "home"), action="hide")
    name = f"{profile_id(sandbox)}/moderation"
    record = sandbox.read()[name]
    assert (record.kind, record.title, record.visibility, record.leftover) == (
        "profile",
        "Moderation",
        "private",
        (),
    )
    assert (record.text or "").splitlines() == [
        "blocked: @ana@far.test (Ana R.)",
        "blocked: bad.example (server)",
        "filter: scam, spam (home, public)",
        "muted: @bo@far.test",
    ]
    assert name not in sandbox.read(Window("recent", since=SINCE))


def test_empty_lists_are_a_record_and_a_refused_list_is_reported(sandbox: Sandbox) -> None:
    name = f"{profile_id(sandbox)}/moderation"
    assert sandbox.read()[name].text == ""
    sandbox.network.withdraw("mastodon", "read:filters")
    exchanges = sandbox.fetch()
    assert name not in sandbox.parse(exchanges)
    assert (
        "the lists of what the account blocks and filters could not be read" in exchanges[-1].context["short"]
    )


@pytest.mark.parametrize(
    ("body", "url", "line"),
    [
        (b'["bad.example"]', None, "blocked: bad.example (server)"),
        (
            b'[{"id": "1", "acct": "amy", "display_name": "Amy"}]',
            "https://schools.example/api/v1/mutes",
            "muted: @amy (Amy)",
        ),
        (b'[{"id": "1", "acct": "amy", "display_name": "Amy"}]', None, "blocked: @amy (Amy)"),
    ],
)
def test_saved_list_is_recognized_by_its_address_or_its_content(
    body: bytes, url: str | None, line: str
) -> None:
    [record] = mastodon.parse(mastodon.saved(body, url, "schools.example"))
    assert record.text == line
