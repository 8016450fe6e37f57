"""A crawl of an account on Bluesky: its pages, its complete conversations, and where a fetch resumes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from infra.sandbox.model import Post
from recordroom.platforms import bluesky
from recordroom.platforms.contract import Window
from tests.fault_transport import RecordedTransport
from tests.platforms.bluesky.account import (
    FEED,
    POSTS,
    QUOTES,
    SINCE,
    THREAD,
    at_method,
    change_threads,
    did_of,
    permalink,
    publish,
    read,
    rename_address,
    reply_in_chain,
    requests_of,
)
from tests.platforms.contract.sandbox import START, PagedTransport, Sandbox
from tests.platforms.scripted import Answer, Chosen

PLATFORM = "bluesky"


def names(sandbox: Sandbox, *posts: Post) -> set[str]:
    return {sandbox.named(post) for post in posts}


def test_conversation_deeper_than_a_response_is_read_to_its_end(sandbox: Sandbox) -> None:
    sandbox.transport.real = PagedTransport(sandbox.transport.real, "depth", 10)
    top = sandbox.publish(days=9)
    deep = reply_in_chain(sandbox, top, 65)
    wide = [sandbox.comment(top, 1) for _ in range(30)]
    found = read(sandbox)
    profile = f"at://{sandbox.entry.known.native_id}"
    assert set(found) == {profile} | names(sandbox, top, *deep, *wide)
    kinds = [found[sandbox.named(post)].kind for post in (top, deep[0], deep[1], deep[-1], wide[0])]
    assert kinds == ["post", "comment", "reply", "reply", "comment"]
    assert {record.root_id for uri, record in found.items() if uri != profile} == {
        f"bluesky:{sandbox.named(top)}"
    }


def test_two_hundred_levels_of_a_conversation_are_parsed(sandbox: Sandbox) -> None:
    deep = reply_in_chain(sandbox, sandbox.publish(days=9), 230)
    assert names(sandbox, *deep) <= set(read(sandbox))
    assert len(requests_of(sandbox, THREAD)) == 2


def test_recent_window_reads_no_page_before_it(sandbox: Sandbox) -> None:
    sandbox.transport.real = PagedTransport(sandbox.transport.real, "limit", 10)
    days = [sandbox.publish(days=day + 0.5) for day in range(30)]
    found = read(sandbox, Window("recent", since=START - timedelta(days=8)))
    assert names(sandbox, *days[:8]) <= set(found)
    assert len(requests_of(sandbox, FEED)) == 1


def test_replies_to_a_reply_of_the_account_are_read_once(sandbox: Sandbox) -> None:
    old, us = sandbox.publish(days=20), sandbox.us
    late = START - timedelta(days=1)
    reply = sandbox.comment(sandbox.comment(old), us, at=late)
    answer = sandbox.comment(reply)
    elsewhere = sandbox.comment(publish(sandbox, sandbox.others[0], 15), us, at=late)
    unanswered = sandbox.comment(publish(sandbox, sandbox.others[0], 15), us, at=late)
    thanks = sandbox.comment(elsewhere)
    removed = sandbox.publish(days=14)
    lost = sandbox.comment(removed, us, at=late)
    below = sandbox.comment(lost)
    sandbox.network.remove(removed)
    found = read(sandbox, Window("recent", since=START - timedelta(days=5)))
    assert names(sandbox, answer, thanks, below, unanswered) <= set(found)
    assert [found[sandbox.named(one)].kind for one in (answer, elsewhere, thanks)] == [
        "reply",
        "post",
        "comment",
    ]
    sandbox.transport.asked.clear()
    assert names(sandbox, answer, thanks, below) <= set(read(sandbox))
    assert len(requests_of(sandbox, THREAD)) == 3  # of old, elsewhere, lost


@pytest.mark.parametrize("kind", ["full", "recent"])
def test_replies_below_a_deleted_reply_are_read_with_those_of_the_account(
    sandbox: Sandbox, kind: str
) -> None:
    """The conversation of the root post does not lead below a deleted reply.

    The account's own list has its replies.
    """
    top = sandbox.publish(days=9)
    deleted = sandbox.comment(top)
    reply = sandbox.comment(deleted, sandbox.us)
    answer = sandbox.comment(sandbox.comment(reply, 1))
    sandbox.comment(top)
    sandbox.network.remove(deleted)
    other = sandbox.publish(days=8)
    sandbox.comment(sandbox.comment(sandbox.comment(other), sandbox.us))
    plan, root = Chosen(lambda _: True), f"bluesky:{sandbox.named(top)}"
    window = Window(kind, since=SINCE, plan=plan)
    assert sandbox.named(answer) in read(sandbox, window)
    assert len(requests_of(sandbox, THREAD)) == 3  # of top, reply, other
    assert set(plan.whole) == {root, f"bluesky:{sandbox.named(other)}"}
    assert len(plan.whole) == 2
    plan.wanted = lambda one: one != root
    sandbox.transport.asked.clear()
    assert sandbox.named(answer) not in read(sandbox, window)
    assert len(requests_of(sandbox, THREAD)) == 1  # of other


@pytest.mark.parametrize("kind", ["full", "recent"])
def test_replies_below_a_deleted_reply_are_read_where_the_root_post_is_pages_later(
    sandbox: Sandbox, kind: str
) -> None:
    sandbox.transport.real = PagedTransport(sandbox.transport.real, "limit", 10)
    roots, answers = [sandbox.publish(days=20), sandbox.publish(days=19)], list[Post]()
    for root in roots:
        deleted = sandbox.comment(root)
        reply = sandbox.comment(deleted, sandbox.us, at=START - timedelta(days=1))
        answers.append(sandbox.comment(reply, 1))
        sandbox.network.remove(deleted)
    for number in range(20):
        sandbox.publish(days=18 - number / 2)
    unwanted = f"bluesky:{sandbox.named(roots[1])}"
    window = Window(kind, since=SINCE, plan=(plan := Chosen(lambda root: root != unwanted)))
    found = read(sandbox, window)
    assert [sandbox.named(answer) in found for answer in answers] == [True, False]
    assert f"bluesky:{sandbox.named(roots[0])}" in plan.whole
    listed = [exchange for exchange in sandbox.fetch(window) if FEED in exchange.url]
    assert len(listed) == 3
    rest = read(sandbox, replace(window, cursor=listed[1].cursor))
    assert sandbox.named(answers[0]) in rest, "a fetch that stopped resumes"


def test_permalink_below_a_deleted_reply_brings_what_follows_it(sandbox: Sandbox) -> None:
    top = sandbox.publish(days=9)
    deleted = sandbox.comment(top)
    reply = sandbox.comment(deleted, 1)
    answer = sandbox.comment(reply)
    shown = sandbox.comment(sandbox.comment(top), 1)
    sandbox.network.remove(deleted)
    for one, expected, threads in ((reply, (top, reply, answer), 2), (shown, (top, shown), 1)):
        sandbox.transport.asked.clear()
        assert names(sandbox, *expected) <= read(sandbox, Window("one", url=permalink(sandbox, one))).keys()
        assert len(requests_of(sandbox, THREAD)) == threads


def test_hidden_reply_is_hidden_where_its_permalink_is_captured(sandbox: Sandbox) -> None:
    """Its conversation says so, and its own address does not."""
    top = sandbox.publish(days=9)
    hidden, blocked = sandbox.comment(top), sandbox.comment(top, 1)
    sandbox.network.hide(hidden)
    sandbox.network.block(sandbox.us, sandbox.others[1])
    for one in (hidden, blocked):
        record = read(sandbox, Window("one", url=permalink(sandbox, one)))[sandbox.named(one)]
        assert (record.status, record.acted_by) == ("hidden", "agency")


@pytest.mark.parametrize("kind", ["full", "recent", "one"])
def test_fetch_of_deep_conversations_resumes_from_any_exchange(sandbox: Sandbox, kind: str) -> None:
    """The contract tests resume between pages.

    Here a conversation has more levels than a response, and a hidden reply.
    """
    posts = [sandbox.publish(days=9 + number) for number in range(8)]
    reply_in_chain(sandbox, posts[0], 40)
    sandbox.network.hide(sandbox.comment(posts[0]))
    sandbox.comment(sandbox.comment(publish(sandbox, sandbox.others[0], 3), sandbox.us))
    real = PagedTransport(PagedTransport(sandbox.transport.real, "depth", 7), "limit", 4)
    sandbox.transport.real = RecordedTransport(real)
    window = Window(kind, since=SINCE, url=permalink(sandbox, posts[0]))
    exchanges = sandbox.fetch(window)
    complete = [set(sandbox.parse([exchange])) for exchange in exchanges]
    for number, exchange in enumerate(exchanges):
        assert exchange.cursor is not None
        rest = set(sandbox.read(replace(window, cursor=exchange.cursor)))
        assert set().union(*complete) == rest.union(*complete[: number + 1]), number


def test_only_the_author_of_a_conversation_hides_its_replies(sandbox: Sandbox) -> None:
    """The author of a conversation may list any post of the network as a hidden reply.

    Most of those reply to no post of the account.
    """
    parent, teacher = sandbox.others
    top = sandbox.publish(days=9)
    comment, own = sandbox.comment(top), sandbox.comment(top)
    theirs = publish(sandbox, teacher, 8)
    ours = sandbox.comment(theirs, sandbox.us)
    below, above = sandbox.comment(ours), sandbox.comment(ours)
    under, aside = sandbox.comment(above), sandbox.comment(theirs)
    strange = publish(sandbox, parent, 7)
    listed = [sandbox.named(one) for one in (comment, strange, below, aside, under)]
    gates = {sandbox.named(theirs): listed, sandbox.named(top): [sandbox.named(own), sandbox.named(strange)]}
    sandbox.transport.rules = [change_threads(sandbox, (below, under), gates)]
    records = (
        record
        for exchange in sandbox.fetch()
        for record in bluesky.parse(exchange)
        if record.kind in ("comment", "reply")
    )
    assert {(record.native_id, record.status, record.acted_by) for record in records} == {
        (sandbox.named(comment), "visible", None),
        (sandbox.named(below), "hidden", None),
        (sandbox.named(above), "visible", None),
        (sandbox.named(under), "hidden", None),
        (sandbox.named(own), "hidden", "agency"),
    }


@pytest.mark.parametrize("days", [9, 7])  # before, or after, the post below which it is hidden
def test_reply_that_the_account_hides_is_hidden_though_others_list_it_too(
    sandbox: Sandbox, days: int
) -> None:
    theirs = publish(sandbox, sandbox.others[1], 10)
    sandbox.comment(sandbox.comment(theirs, sandbox.us, at=START - timedelta(days=days)), 1)
    top = sandbox.publish(days=8)
    hidden = sandbox.comment(top)
    gates = {sandbox.named(one): [sandbox.named(hidden)] for one in (theirs, top)}
    sandbox.transport.rules = [change_threads(sandbox, [hidden], gates)]
    record = read(sandbox)[sandbox.named(hidden)]
    assert (record.status, record.acted_by) == ("hidden", "agency")


@pytest.mark.parametrize("kind", ["full", "one"])
def test_replies_to_a_hidden_reply_below_a_deleted_one_are_read(sandbox: Sandbox, kind: str) -> None:
    deleted = sandbox.comment(sandbox.publish(days=9))
    hidden = sandbox.comment(deleted)
    reply = sandbox.comment(hidden, 1)
    deeper = sandbox.comment(reply)
    sandbox.network.hide(hidden)
    sandbox.network.remove(deleted)
    found = read(sandbox, Window(kind, url=permalink(sandbox, hidden)))
    assert [found[sandbox.named(one)].status for one in (hidden, reply, deeper)] == [
        "hidden",
        "visible",
        "visible",
    ]
    assert len(requests_of(sandbox, POSTS)) == (1 if kind == "full" else 2), (
        "a hidden reply is requested once"
    )


def test_reply_to_an_address_with_a_handle_stops_nothing(sandbox: Sandbox) -> None:
    """The lexicon accepts a handle in place of a DID, and such an address leads nowhere."""
    first = sandbox.publish(days=9)
    theirs = publish(sandbox, sandbox.others[0], 8)
    astray = sandbox.comment(theirs, sandbox.us)
    below = sandbox.comment(astray, 1)
    handle = sandbox.named(theirs).replace(did_of(sandbox, sandbox.others[0]), "ana.test")
    sandbox.network.remove(theirs)
    rename_address(sandbox, sandbox.named(theirs), handle)
    found = read(sandbox)
    assert names(sandbox, first, astray, below) <= found.keys()
    assert found[sandbox.named(astray)].parent_id == f"bluesky:{handle}"


def converse_and_quote(sandbox: Sandbox) -> Post:
    """Publish a post of the account with a reply and a quote."""
    top = sandbox.publish(days=9)
    sandbox.comment(top)
    publish(sandbox, sandbox.others[1], 8, quote=top)
    return top


@pytest.mark.parametrize("method", [THREAD, QUOTES])
def test_refusal_of_a_conversation_is_reported(sandbox: Sandbox, method: str) -> None:
    top = converse_and_quote(sandbox)
    name = f"bluesky:{sandbox.named(top)}"
    refusal = Answer({"error": "InvalidRequest", "message": "Error: depth must be less"}, 400)
    sandbox.transport.rules = [at_method(method, refusal)]
    told = [exchange.context for exchange in sandbox.fetch()]
    assert [
        c["unread"] for c in told if "InvalidRequest: Error: depth must be less" in c.get("short", "")
    ] == [name]
    sandbox.transport.rules = [
        at_method(method, Answer({"error": "NotFound", "message": "Post not found"}, 400))
    ]
    assert sandbox.named(top) in read(sandbox), "it has just been removed"


@pytest.mark.parametrize("method", [THREAD, QUOTES])
def test_404_of_a_proxy_is_reported_of_one_conversation_only(sandbox: Sandbox, method: str) -> None:
    """The AppView itself says NotFound with HTTP 400."""
    top = converse_and_quote(sandbox)
    sandbox.transport.rules = [at_method(method, Answer("<html>Not found", 404))]
    told = [exchange.context for exchange in sandbox.fetch()]
    assert {context["unread"] for context in told if "unread" in context} == {f"bluesky:{sandbox.named(top)}"}
