"""Posts that mention or quote an account on Mastodon without a reply to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from infra.sandbox.model import Post
from recordroom.model import UNAVAILABLE, Absence, Exchange
from recordroom.platforms import mastodon
from recordroom.platforms.contract import KnownRecord, Window
from tests.fault_transport import RecordedTransport, rewrite_json
from tests.platforms.contract.sandbox import START, PagedTransport, Sandbox
from tests.platforms.mastodon.account import SINCE, known, record_id, requests_to, sign_out, use_token_of
from tests.platforms.scripted import Chosen

PLATFORM = "mastodon"
FULL, RECENT = Window("full"), Window("recent", since=SINCE)


@pytest.fixture
def named(sandbox: Sandbox) -> dict[str, Post]:
    """Return posts around the account: mentions, a quote, and replies.

    They are a post of the account with replies, a mention, a quote, a mention in a conversation of others,
    and a private one.
    """
    network, (parent, teacher) = sandbox.network, sandbox.others
    at = [START - timedelta(days=days) for days in range(10)]
    post = sandbox.publish(days=9)
    reply = sandbox.comment(post, 0, "@district when?")
    below = sandbox.comment(reply)
    mention = network.publish(parent, "Thank you @district", at=at[8])
    quote = network.publish(teacher, "Look", quote=post, at=at[7])
    theirs = network.publish(teacher, "Theirs", at=at[6])
    inside = sandbox.comment(theirs, 0, "@district should read this")
    private = network.message(parent, sandbox.us, "Between us", at=at[5])
    sandbox.comment(mention, 1)
    sandbox.comment(inside, 1)
    return {
        "post": post, "reply": reply, "below": below, "mention": mention, "quote": quote, "theirs": theirs,
        "inside": inside, "private": private,
    }  # fmt: skip


def mention_daily(sandbox: Sandbox, number: int) -> list[Post]:
    """Publish mentions of so many days, and return them, the newest first."""
    at = (START - timedelta(days=day + 0.5) for day in range(number))
    return [
        sandbox.network.publish(sandbox.others[0], f"@district day {day}", at=when)
        for day, when in enumerate(at)
    ]


@pytest.mark.parametrize("window", [FULL, RECENT, Window("history")], ids=lambda window: window.kind)
def test_mentions_and_quotes_that_reply_to_no_post_of_the_account_are_read(
    sandbox: Sandbox, named: dict[str, Post], window: Window
) -> None:
    names = {name: record_id(sandbox, post) for name, post in named.items()}
    exchanges = sandbox.fetch(window)
    found = sandbox.parse(exchanges)
    places = {name: found[names[name]] for name in ("mention", "quote", "inside")}
    assert {name: (r.kind, r.parent_id, r.root_id, r.author_is_account) for name, r in places.items()} == {
        "mention": ("comment", None, names["mention"], False),
        "quote": ("comment", None, names["quote"], False),
        "inside": ("reply", names["theirs"], names["theirs"], False),
    }
    assert (places["quote"].shared_id, found[names["reply"]].kind, found[names["below"]].kind) == (
        names["post"],
        "comment",
        "reply",
    )
    assert names["theirs"] not in found
    assert not [r for r in places.values() if "comments" in (r.counts or {})], (
        "replies to them are not read, so not compared"
    )
    assert not [exchange for exchange in exchanges if "short" in exchange.context]
    [asked] = (url for url in sandbox.transport.asked if "/notifications" in url and "max_id" not in url)
    assert "include_filtered=true" in asked


def test_notification_of_an_unknown_type_is_read_and_reported(
    sandbox: Sandbox, named: dict[str, Post]
) -> None:
    def rename(body: Any) -> Any:
        for one in body:
            one["type"] = "quote_of" if one["type"] == "quote" else one["type"]
        theirs = [one | {"id": "9", "type": "status"} for one in body[:1]]
        return [*body, *(one | {"status": one["status"] | {"id": "4242", "mentions": []}} for one in theirs)]

    with sandbox.transport.meanwhile("/notifications", rewrite_json(rename)):
        found = sandbox.read()
    quote = found[record_id(sandbox, named["quote"])]
    assert (quote.shared_id, quote.leftover) == (
        record_id(sandbox, named["post"]),
        ("notification.type.quote_of",),
    )
    assert found[record_id(sandbox, named["inside"])].leftover == ()
    assert "mastodon:social.test/statuses/4242" not in found, "a known type that names no one"


def test_private_mention_is_neither_a_record_nor_evidence(sandbox: Sandbox, named: dict[str, Post]) -> None:
    exchanges = sandbox.fetch()
    assert record_id(sandbox, named["private"]) not in sandbox.parse(exchanges)
    assert not [exchange for exchange in exchanges if b"Between us" in exchange.body]


def test_reply_that_names_the_account_is_read_once_in_its_conversation(
    sandbox: Sandbox, named: dict[str, Post]
) -> None:
    reply = sandbox.named(named["reply"])
    assert (
        sum(record.native_id == reply for exchange in sandbox.fetch() for record in mastodon.parse(exchange))
        == 1
    )


@pytest.mark.parametrize("kind", ["full", "history"])
def test_pages_of_mentions_are_read_to_their_end_from_any_exchange(sandbox: Sandbox, kind: str) -> None:
    sandbox.transport.real = RecordedTransport(PagedTransport(sandbox.transport.real, "limit", 20))
    mentions = {record_id(sandbox, one) for one in mention_daily(sandbox, 50)}
    exchanges = sandbox.fetch(Window(kind))
    parts = [set(sandbox.parse([exchange])) for exchange in exchanges]
    assert mentions <= set[str]().union(*parts)
    for number, exchange in enumerate(exchanges):
        rest = set(sandbox.read(Window(kind, cursor=exchange.cursor)))
        assert set[str]().union(*parts) == rest.union(*parts[: number + 1])


def test_recent_window_reads_no_notifications_before_it(sandbox: Sandbox) -> None:
    sandbox.transport.real = PagedTransport(sandbox.transport.real, "limit", 20)
    days = mention_daily(sandbox, 50)
    found = sandbox.read(Window("recent", since=START - timedelta(days=15)))
    assert {record_id(sandbox, one) for one in days[:15]} <= found.keys()
    assert len(requests_to(sandbox, "/notifications")) == 1


def test_edited_mention_has_its_history(sandbox: Sandbox) -> None:
    [mention] = mention_daily(sandbox, 1)
    sandbox.network.edit(mention, "@district edited")
    records = (record for exchange in sandbox.fetch() for record in mastodon.parse(exchange))
    found = [r for r in records if r.native_id == sandbox.named(mention) and r.historical]
    assert [(r.text, r.kind) for r in found] == [
        ("@district day 0", "comment"),
        ("@district edited", "comment"),
    ]


def test_without_the_scope_missing_mentions_are_reported_and_all_else_is_captured(
    sandbox: Sandbox, named: dict[str, Post]
) -> None:
    sandbox.network.withdraw("mastodon", "read:notifications")
    for window in (FULL, RECENT):
        exchanges = sandbox.fetch(window)
        [told] = (exchange.context["short"] for exchange in exchanges if "short" in exchange.context)
        assert (
            told
            == "posts that mention the account without replying to it could not be read (This action is outside the authorized"
            " scopes); docs/platforms/mastodon.md says what to do"
        )
        assert {record_id(sandbox, named[name]) for name in ("post", "reply", "below")} <= sandbox.parse(
            exchanges
        ).keys()


def test_two_refusals_are_reported_together(sandbox: Sandbox) -> None:
    for scope in ("read:notifications", "read:mutes"):
        sandbox.network.withdraw("mastodon", scope)
    told = [exchange.context["short"] for exchange in sandbox.fetch() if "short" in exchange.context]
    assert told[-1].startswith("posts that mention the account")
    assert "the lists of what the account blocks and filters could not be read" in told[-1]


def test_with_the_token_of_another_account_missing_mentions_are_reported(
    sandbox: Sandbox, named: dict[str, Post]
) -> None:
    use_token_of(sandbox, sandbox.others[0])
    exchanges = sandbox.fetch()
    assert not requests_to(sandbox, "/notifications")
    assert "the token is not this account's" in next(
        e.context["short"] for e in exchanges if "short" in e.context
    )
    assert record_id(sandbox, named["mention"]) not in sandbox.parse(exchanges)


def test_without_a_token_notifications_are_not_requested(sandbox: Sandbox) -> None:
    sign_out(sandbox)
    sandbox.fetch()
    assert not requests_to(sandbox, "/notifications") + requests_to(sandbox, "/verify_credentials")


class Gone(Chosen):
    """A plan for which all records are archived as unavailable."""

    def find_known(self, record_id: str, *, anywhere: bool = False) -> KnownRecord | None:
        return KnownRecord(record_id, record_id, "comment", status=UNAVAILABLE) if anywhere else None


@pytest.fixture
def limited(sandbox: Sandbox) -> list[Post]:
    """Return a reply, a mention, and a message by an author whom moderators limit.

    No list and no conversation shows them.
    """
    network, teacher = sandbox.network, sandbox.others[1]
    network.limit(teacher)
    reply = sandbox.comment(sandbox.publish(days=3), 1, "@district why?")
    mention = network.publish(teacher, "Hello @district", at=START - timedelta(days=2))
    return [reply, mention, network.message(teacher, sandbox.us, "Hello", at=START - timedelta(days=1))]


def requests_by_id(sandbox: Sandbox, posts: list[Post]) -> list[str]:
    return [url for post in posts for url in requests_to(sandbox, f"/statuses/{sandbox.named(post)}")]


def test_statuses_of_a_limited_account_are_read_by_their_own_address_once(
    sandbox: Sandbox, limited: list[Post]
) -> None:
    found = sandbox.read(Window("full", reads_messages=True))
    reply, mention, message = (record_id(sandbox, one) for one in limited)
    top = record_id(sandbox, sandbox.network.posts[limited[0].root or ""])
    assert [
        (found[name].kind, found[name].parent_id, found[name].root_id) for name in (reply, mention, message)
    ] == [
        ("comment", top, top),
        ("comment", None, mention),
        ("message", None, message),
    ]
    assert len(requests_by_id(sandbox, limited)) == 3
    sandbox.transport.asked.clear()
    sandbox.fetch(Window("full", is_archived=lambda _: True))
    assert not requests_by_id(sandbox, limited[:2])


def test_statuses_of_a_limited_account_that_was_away_are_visible_again(
    sandbox: Sandbox, limited: list[Post]
) -> None:
    found = sandbox.read(Window("full", is_archived=lambda _: True, plan=Gone(lambda _: True)))
    assert {found[record_id(sandbox, one)].status for one in limited[:2]} == {"visible"}, (
        "its author's account was unavailable"
    )


def test_statuses_of_a_limited_account_are_not_missing(sandbox: Sandbox, limited: list[Post]) -> None:
    removed = sandbox.comment(sandbox.publish())
    asked = [known(sandbox, one, "comment", None, one) for one in (*limited[:2], removed)]
    sandbox.network.remove(removed)
    sandbox.identify()
    result = sandbox.lookup(*asked)
    assert [one.record_id for one in result if isinstance(one, Absence)] == [record_id(sandbox, removed)]
    read = sandbox.parse(one for one in result if isinstance(one, Exchange))
    assert set(read) == {record_id(sandbox, one) for one in limited[:2]}


def test_reply_to_a_limited_account_has_its_place_in_the_conversation(sandbox: Sandbox) -> None:
    sandbox.network.limit(sandbox.others[0])
    top = sandbox.publish(days=9)
    question = sandbox.comment(top)
    answer = sandbox.comment(question, sandbox.us, at=START - timedelta(days=1))
    record = sandbox.read(Window("recent", since=START - timedelta(days=2)))[record_id(sandbox, answer)]
    assert (record.kind, record.parent_id, record.root_id) == (
        "reply",
        record_id(sandbox, question),
        record_id(sandbox, top),
    )


def test_mention_is_looked_up_by_its_own_id(sandbox: Sandbox, named: dict[str, Post]) -> None:
    sandbox.network.remove(named["quote"])
    sandbox.identify()
    asked = [known(sandbox, named[name], "comment", None, named[name]) for name in ("mention", "quote")]
    seen, gone = sandbox.lookup(*asked)
    assert isinstance(seen, Exchange)
    assert [(r.kind, r.root_id) for r in mastodon.parse(seen)] == [
        ("comment", record_id(sandbox, named["mention"]))
    ]
    assert isinstance(gone, Absence)
    assert (gone.record_id, gone.status) == (record_id(sandbox, named["quote"]), "unavailable")
