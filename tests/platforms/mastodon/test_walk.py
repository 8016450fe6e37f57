"""A crawl of an account on Mastodon.

The cases are conversations beyond the limits of a context, replies of the account, and muted people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import httpx
import pytest

from infra.sandbox.model import Post
from recordroom.model import Absence, Exchange
from recordroom.platforms import mastodon
from recordroom.platforms.contract import KnownRecord, Window
from tests.capture.everywhere.stages import SECRET
from tests.fault_transport import RecordedTransport, rewrite_json
from tests.platforms.contract.sandbox import START, PagedTransport, Sandbox
from tests.platforms.mastodon.account import (
    SINCE,
    WINDOWS,
    change_statuses,
    close_to_visitors,
    known,
    named_in,
    profile_id,
    record_id,
    reply_in_chains,
    requests_to,
    sign_out,
)
from tests.platforms.scripted import Answer, Chosen

PLATFORM = "mastodon"
EMPTY = Answer({"ancestors": [], "descendants": []})


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window.kind)
def test_conversation_beyond_the_limits_of_a_context_is_read_completely(
    sandbox: Sandbox, window: Window
) -> None:
    sign_out(sandbox)
    top = sandbox.publish(days=9)
    chain = reply_in_chains(sandbox, top, 50, 50)  # deeper than 20
    others = reply_in_chains(sandbox, top, 30, 10)  # 80 in all, which is more than 60
    found = sandbox.read(window)
    assert set(found) == {record_id(sandbox, post) for post in (top, *chain, *others)} | {profile_id(sandbox)}
    kinds = [
        found[record_id(sandbox, post)].kind for post in (top, chain[0], chain[1], chain[49], others[10])
    ]
    assert kinds == ["post", "comment", "reply", "reply", "comment"]
    assert {r.root_id for r in found.values() if r.kind != "profile"} == {record_id(sandbox, top)}
    assert found[record_id(sandbox, top)].counts == {"likes": 0, "shares": 0, "comments": 4}


class Held(Chosen):
    """A plan for which these records are archived: record ID -> (kind, parent, root)."""

    held: Mapping[str, tuple[str, str | None, str]] = MappingProxyType({})

    def find_known(self, record_id: str, *, anywhere: bool = False) -> KnownRecord | None:  # noqa: ARG002 (it is of the window)
        found = self.held.get(record_id)
        return KnownRecord(record_id, record_id.rpartition("/")[2], *found) if found else None

    def hold(self, sandbox: Sandbox, top: Post, *replies: Post) -> None:
        root = record_id(sandbox, top)
        above = {one.key: record_id(sandbox, sandbox.network.posts[one.parent or ""]) for one in replies}
        self.held = {root: ("post", None, root)} | {
            record_id(sandbox, one): ("reply", above[one.key], root) for one in replies
        }


@pytest.mark.parametrize("kind", ["full", "history", "recent"])
@pytest.mark.parametrize("is_held", [False, True])
def test_replies_to_a_reply_of_the_account_beyond_a_context_are_read(
    sandbox: Sandbox, kind: str, *, is_held: bool
) -> None:
    sign_out(sandbox)
    plan, top = Held(lambda _: True), sandbox.publish(days=9)
    below = reply_in_chains(sandbox, top, 70, 1)  # more than the 60 that a visitor is shown
    first, second = sandbox.comment(below[69], sandbox.us), sandbox.comment(below[0], sandbox.us)
    answers = [sandbox.comment(first), sandbox.comment(second)]
    if is_held:
        plan.hold(sandbox, top, first, second)
    window = Window(kind, since=SINCE, plan=plan)
    found = sandbox.read(window)
    places = [found[record_id(sandbox, one)] for one in (first, *answers)]
    assert [(place.kind, place.root_id) for place in places] == [("reply", record_id(sandbox, top))] * 3
    contexts = named_in(sandbox, "context")
    # a sweep reads its parent, with everything below
    once = [0, 1] if is_held and kind == "recent" else [1, 0]
    assert [contexts.count(sandbox.named(one)) for one in (top, below[69], first, second)] == [1, *once, 0], (
        "what a conversation shows is not requested again"
    )
    plan.wanted = lambda _: False
    sandbox.transport.asked.clear()
    sandbox.fetch(window)
    assert not is_held or not named_in(sandbox, "context")


@pytest.mark.parametrize("kind", ["full", "history", "recent"])
# the account's replies, by a capture that ended before it read their parents
@pytest.mark.parametrize("is_held", [False, True])
def test_parents_of_replies_of_the_account_beyond_a_context_are_read(
    sandbox: Sandbox, kind: str, *, is_held: bool
) -> None:
    sign_out(sandbox)
    plan, top = Held(lambda _: True), sandbox.publish(days=9)
    below = reply_in_chains(sandbox, top, 70, 1)  # more than the 60 that a visitor is shown
    deep, lone = sandbox.comment(below[65]), sandbox.comment(below[69])
    deeper, lower, shown = sandbox.comment(deep), sandbox.comment(lone), sandbox.comment(below[0])
    ours = [sandbox.comment(above, sandbox.us) for above in (deeper, lower, shown)]
    if is_held and kind != "recent":  # which leaves them to a sweep
        plan.hold(sandbox, top, *ours)
    found = sandbox.read(Window(kind, since=SINCE, plan=plan))
    root = record_id(sandbox, top)
    places = [found[record_id(sandbox, one)] for one in (below[65], below[69], deep, lower)]
    replies = [("reply", record_id(sandbox, above), root) for above in (below[65], lone)]
    assert [(place.kind, place.parent_id, place.root_id) for place in places] == [
        *[("comment", root, root)] * 2,
        *replies,
    ]
    assert {record_id(sandbox, one) for one in (deeper, lone, shown)} <= set(found)
    # the way up begins at it, because no other status is known
    again = [deeper, lower] if is_held and kind != "recent" else []
    expected = sorted(sandbox.named(one) for one in (top, below[65], below[69], *again))
    assert sorted(named_in(sandbox, "context")) == expected, (
        "what a conversation shows is not requested again"
    )


def test_parents_that_no_conversation_shows_are_requested_once(sandbox: Sandbox) -> None:
    """The parents are, for example, in a chain of replies that each come after 60 others.

    Or they are for some people only, and no count includes them.
    """
    sign_out(sandbox)
    top = sandbox.publish(days=9)
    chain = reply_in_chains(sandbox, top, 10, 10)
    ours = sandbox.comment(chain[-1], sandbox.us)
    with sandbox.transport.meanwhile("/context", EMPTY.instead):
        found = sandbox.read()
    assert {record_id(sandbox, one) for one in (*chain, ours)} <= set(found)
    contexts = named_in(sandbox, "context")
    assert len(contexts) == len(set(contexts)) == 11


def test_parent_that_the_instance_fails_to_give_leaves_its_conversation_incomplete(sandbox: Sandbox) -> None:
    """It is due again, and nothing is concluded about statuses that are not seen in it."""
    sign_out(sandbox)
    plan, top = Chosen(lambda _: True), sandbox.publish(days=9)
    below = reply_in_chains(sandbox, top, 70, 1)
    sandbox.comment(below[65], sandbox.us)
    times = list[str]()

    def fail(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        times.append(str(request.url))
        # climbing sees it
        return real() if len(times) == 1 else httpx.Response(500, json={"error": "It cannot be given"})

    with sandbox.transport.meanwhile(f"id%5B%5D={sandbox.named(below[65])}", fail):
        assert record_id(sandbox, below[65]) not in sandbox.read(Window("full", plan=plan))
    assert plan.left == [record_id(sandbox, top)]


@pytest.mark.parametrize("secrets", [{}, {"token": SECRET}], ids=["visitor", "token"])
def test_parent_by_an_author_whom_moderators_limit_is_read(sandbox: Sandbox, secrets: dict[str, str]) -> None:
    """This includes a context that shows the replies to it: the case of `seen_ours` and `seen_reply`."""
    sandbox.client.authorize(secrets)
    sandbox.transport.rules.append(
        ("/context", rewrite_json(lambda body: body | {"descendants": body["descendants"][:60]}))
    )
    sandbox.network.limit(sandbox.others[1])
    top = sandbox.publish(days=9)
    first, second = sandbox.comment(top, 1), sandbox.comment(top, 1)
    seen_ours, seen_reply = sandbox.comment(first, sandbox.us), sandbox.comment(second)
    reply_in_chains(sandbox, top, 70, 1)
    third = sandbox.comment(top, 1)
    ours = sandbox.comment(third, sandbox.us)
    found = sandbox.read()
    for limited in (first, second, third):
        record = found[record_id(sandbox, limited)]
        assert (record.kind, record.root_id, record.parent_id) == ("comment", *[record_id(sandbox, top)] * 2)
    for reply in (seen_ours, seen_reply, ours):
        assert found[record_id(sandbox, reply)].kind == "reply"


@pytest.mark.parametrize(
    "claim", ["0000-12-31T10:00:00.000Z", "-0044-03-15T12:00:00.000Z", "10000-01-01T00:00:00.000Z"]
)
def test_time_that_no_calendar_has_makes_no_conversation_unreadable(sandbox: Sandbox, claim: str) -> None:
    """Another server's status claims it, and an instance passes it on."""
    top = sandbox.publish(days=3)
    odd, edited = sandbox.comment(top), sandbox.comment(top, words="As it was first")
    sandbox.network.edit(edited, "Edited")
    mention = sandbox.network.publish(sandbox.others[0], "Hello @district", at=START - timedelta(days=2))
    message = sandbox.network.message(sandbox.others[0], sandbox.us, "Hello", at=START - timedelta(days=1))
    changes = [
        *((one, {"created_at": claim}) for one in (odd, mention, message)),
        (edited, {"edited_at": claim}),
    ]
    # the last state is as old as the edit
    state = rewrite_json(lambda body: [*body[:-1], body[-1] | {"created_at": claim}])
    sandbox.transport.rules = [("/history", state), ("", change_statuses(sandbox, changes))]
    window = Window("recent", since=SINCE, reads_messages=True, messages_since=SINCE)
    records = [r for exchange in sandbox.fetch(window) for r in mastodon.parse(exchange)]
    found = {r.record_id: r for r in records if not r.historical}
    assert [found[record_id(sandbox, one)].published_at for one in (odd, mention, message)] == [None] * 3
    first = found[record_id(sandbox, odd)]
    assert (first.valid_from, first.leftover) == (None, ("created_at: no date",))
    last = found[record_id(sandbox, edited)]
    assert (last.published_at, last.edited_at, last.leftover) == (
        edited.created,
        None,
        ("edited_at: no date",),
    )
    states = [
        (r.text, r.valid_from) for r in records if r.historical and r.record_id == record_id(sandbox, edited)
    ]
    assert states == [("As it was first", edited.created)], "its present state is known"


def test_no_context_is_requested_twice(sandbox: Sandbox) -> None:
    sign_out(sandbox)
    sandbox.network.limit(sandbox.others[1])
    top = sandbox.publish(days=9)
    chain = reply_in_chains(sandbox, top, 3, 4)
    counted = sandbox.comment(chain[-1], 1)  # its parent counts it, and no context shows it
    chains = reply_in_chains(sandbox, top, 56, 4)
    found = sandbox.read()
    contexts = named_in(sandbox, "context")
    assert len(contexts) == len(set(contexts))
    assert record_id(sandbox, counted) not in found
    assert record_id(sandbox, chains[-1]) in found


def test_with_a_token_conversations_without_counted_replies_are_requested_too(sandbox: Sandbox) -> None:
    top, sent = sandbox.publish(), set[str | None]()

    def note(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        sent.add(request.headers.get("authorization"))
        return real()

    with sandbox.transport.meanwhile("", note):
        sandbox.fetch()
    assert named_in(sandbox, "context") == [sandbox.named(top)]
    assert sent == {f"Bearer {SECRET}"}
    assert not any(SECRET in url for url in sandbox.transport.asked)
    sign_out(sandbox)
    sandbox.transport.asked.clear()
    sandbox.fetch()
    assert named_in(sandbox, "context") == []


@pytest.mark.parametrize(("kind", "all_told"), [("recent", True), ("full", False), ("history", False)])
def test_recent_window_trusts_a_post_that_counts_no_replies(
    sandbox: Sandbox, kind: str, *, all_told: bool
) -> None:
    """The plan asks within hours for replies that only some people see.

    Sweeps ask for such replies to posts of others. When each capture asked for all of them, an account that
    publishes much used up what its instance allows, and no capture was completed.
    """
    plan = Chosen(lambda _: True)
    silent, answered = sandbox.publish(days=9), sandbox.publish(days=8)
    sandbox.comment(answered)
    theirs = [
        sandbox.network.publish(sandbox.others[0], "Theirs", at=START - timedelta(days=days))
        for days in (7, 6)
    ]
    ours = [sandbox.comment(one, sandbox.us) for one in theirs]
    sandbox.comment(ours[1])
    sandbox.fetch(Window(kind, since=SINCE, plan=plan))
    assert plan.asked == {record_id(sandbox, silent): (0, all_told), record_id(sandbox, answered): (1, False)}
    contexts = [
        one for one in (silent, answered, *ours) if sandbox.named(one) in named_in(sandbox, "context")
    ]
    assert contexts == ([silent, answered, ours[1]] if kind == "recent" else [silent, answered, *ours])


def test_recent_window_reads_no_page_before_it(sandbox: Sandbox) -> None:
    sandbox.transport.real = PagedTransport(sandbox.transport.real, "limit", 10)
    posts = [sandbox.publish(days=day + 0.5) for day in range(30)]
    sandbox.fetch(Window("recent", since=START - timedelta(days=8)))
    listed = requests_to(sandbox, f"/accounts/{sandbox.entry.known.native_id}/statuses")
    assert len(listed) == 1
    found = sandbox.read(Window("recent", since=START - timedelta(days=8)))
    assert {record_id(sandbox, post) for post in posts[:8]} <= set(found)


def test_account_without_posts_has_a_profile(sandbox: Sandbox) -> None:
    sign_out(sandbox)
    assert set(sandbox.read()) == {profile_id(sandbox)}


def test_replies_of_the_account_have_their_place_in_the_conversation(sandbox: Sandbox) -> None:
    sign_out(sandbox)
    parent, network = sandbox.others[0], sandbox.network
    top = sandbox.publish(days=9)
    question = sandbox.comment(top)
    ours = sandbox.comment(question, sandbox.us)  # in a conversation of the account
    theirs = network.publish(parent, "Theirs", at=START - timedelta(days=8))
    between = sandbox.comment(theirs, 1)
    second = sandbox.comment(between, sandbox.us)  # in another one
    below = sandbox.comment(second)
    third = sandbox.comment(below, sandbox.us)
    removed = network.publish(parent, "Removed", at=START - timedelta(days=7))
    orphan = sandbox.comment(removed, sandbox.us)
    network.remove(removed)
    private = network.publish(parent, "Private", at=START - timedelta(days=6), visibility="private")
    last = sandbox.comment(private, sandbox.us)  # only its author is given
    found = sandbox.read()

    def named(post: Post) -> str:
        return record_id(sandbox, post)

    posts = (top, question, ours, theirs, between, second, below, third, orphan, private, last)
    places = {one.key: (r.kind, r.parent_id, r.root_id) for one in posts if (r := found.get(named(one)))}
    assert places == {
        top.key: ("post", None, named(top)),
        question.key: ("comment", named(top), named(top)),
        ours.key: ("reply", named(question), named(top)),
        second.key: ("post", named(between), named(theirs)),
        below.key: ("comment", named(second), named(theirs)),
        third.key: ("post", named(below), named(theirs)),
        orphan.key: ("post", None, named(orphan)),
        last.key: ("post", named(private), named(private)),
    }


def test_recent_reply_in_an_old_conversation_brings_the_replies_to_it(sandbox: Sandbox) -> None:
    sign_out(sandbox)
    top = sandbox.publish(days=20)
    ours = sandbox.comment(sandbox.comment(top), sandbox.us, at=START - timedelta(days=1))
    answer = sandbox.comment(ours)
    found = sandbox.read(Window("recent", since=START - timedelta(days=5)))
    assert [found[record_id(sandbox, one)].kind for one in (ours, answer)] == ["reply", "reply"]
    assert found[record_id(sandbox, answer)].root_id == record_id(sandbox, top)


@pytest.mark.parametrize("kind", ["full", "recent", "one"])
def test_fetch_without_a_token_resumes_from_any_exchange(sandbox: Sandbox, kind: str) -> None:
    """The contract tests resume with a token, to which an instance shows a conversation at once."""
    sign_out(sandbox)
    posts = [sandbox.publish(days=9 + number) for number in range(12)]
    sandbox.network.edit(posts[3], "Notice 990", at=START - timedelta(days=1))
    below = reply_in_chains(sandbox, posts[0], 70, 35)
    sandbox.comment(below[20], sandbox.us)
    theirs = sandbox.network.publish(sandbox.others[0], "Theirs", at=START - timedelta(days=2))
    sandbox.comment(sandbox.comment(theirs, sandbox.us))
    sandbox.transport.real = RecordedTransport(PagedTransport(sandbox.transport.real, "limit", 5))
    window = Window(kind, since=SINCE, url=f"https://social.test/@district/{sandbox.named(posts[0])}")
    exchanges = sandbox.fetch(window)
    complete = [set(sandbox.parse([exchange])) for exchange in exchanges]
    assert {record_id(sandbox, one) for one in below} <= set().union(*complete)
    for number, exchange in enumerate(exchanges):
        assert exchange.cursor is not None
        rest = set(sandbox.read(replace(window, cursor=exchange.cursor)))
        assert set().union(*complete) == rest.union(*complete[: number + 1]), number


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window.kind)
def test_replies_of_muted_people_are_read_as_a_visitor_sees_them(sandbox: Sandbox, window: Window) -> None:
    top = sandbox.publish(days=3)
    muted, other = sandbox.comment(top), sandbox.comment(top, 1)
    below, under = sandbox.comment(other), sandbox.comment(muted, 1)
    plan = Chosen(lambda _: True)
    window = replace(window, plan=plan)
    assert all(exchange.request_headers for exchange in sandbox.fetch(window)), (
        "nothing is requested twice if no one is muted"
    )
    sandbox.network.mute(sandbox.us, sandbox.others[0])
    exchanges = sandbox.fetch(window)
    replies = {
        record_id(sandbox, one): kind
        for one, kind in ((muted, "comment"), (other, "comment"), (below, "reply"), (under, "reply"))
    }
    found = sandbox.parse(exchanges)
    assert {name: (found[name].kind, found[name].status) for name in replies} == {
        n: (kind, "visible") for n, kind in replies.items()
    }
    for number, exchange in enumerate(exchanges):  # at every point of interruption
        rest = sandbox.read(replace(window, cursor=exchange.cursor))
        assert set(replies) <= set(sandbox.parse(exchanges[: number + 1])) | set(rest)
    assert plan.whole.count(record_id(sandbox, top)) >= 2
    with sandbox.transport.meanwhile("", close_to_visitors):
        found = sandbox.read(window)
    assert record_id(sandbox, below) not in found, "an instance that shows visitors nothing"
    assert record_id(sandbox, muted) in found, "a reply to it is shown, and its own address shows it"
    assert {record_id(sandbox, one) for one in (other, under)} <= set(found)


def test_reply_to_a_muted_person_has_its_place_in_the_conversation(sandbox: Sandbox) -> None:
    top = sandbox.publish(days=9)
    question = sandbox.comment(top)
    answer = sandbox.comment(question, sandbox.us, at=START - timedelta(days=1))
    sandbox.network.mute(sandbox.us, sandbox.others[0])
    found = sandbox.read(Window("recent", since=START - timedelta(days=2)))  # the posts above are older
    record = found[record_id(sandbox, answer)]
    assert (record.kind, record.parent_id, record.root_id) == (
        "reply",
        record_id(sandbox, question),
        record_id(sandbox, top),
    )


@pytest.mark.parametrize("is_closed", [False, True])
def test_reply_that_only_the_account_is_not_shown_is_not_missing(
    sandbox: Sandbox, *, is_closed: bool
) -> None:
    top = sandbox.publish(days=9)
    muted, removed = sandbox.comment(top), sandbox.comment(top)
    asked = [
        known(sandbox, one, "comment", top, top, visibility=lambda: "public") for one in (muted, removed)
    ]
    sandbox.network.remove(removed)
    sandbox.network.mute(sandbox.us, sandbox.others[0])
    sandbox.identify()
    sandbox.transport.rules += [("", close_to_visitors)] if is_closed else []
    found = sandbox.lookup(*asked)
    [record] = sandbox.parse(one for one in found if isinstance(one, Exchange)).values()
    place = (record.native_id, record.kind, record.parent_id, record.status)
    assert place == (sandbox.named(muted), "comment", record_id(sandbox, top), "visible")
    assert [one.record_id for one in found if isinstance(one, Absence)] == [record_id(sandbox, removed)]
