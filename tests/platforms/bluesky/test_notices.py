"""Posts on Bluesky that mention or quote an account without a reply, and the session that reads them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from infra.sandbox.model import Post
from recordroom.errors import AccountUnavailable, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import HIDDEN, REMOVED, UNAVAILABLE, VISIBLE, Exchange
from recordroom.platforms import bluesky
from recordroom.platforms.contract import KnownRecord, Window
from tests.capture.everywhere.stages import SECRET
from tests.fault_transport import RecordedTransport, rewrite_json
from tests.platforms.bluesky.account import (
    NOTICES,
    POSTS,
    QUOTES,
    SINCE,
    at_method,
    did_of,
    known,
    named_in,
    open_directory,
    publish,
    rename_address,
    requests_of,
    sign_in,
    withhold,
)
from tests.platforms.contract.sandbox import START, PagedTransport, Sandbox
from tests.platforms.scripted import Answer, Chosen

PLATFORM = "bluesky"
FULL, RECENT = Window("full"), Window("recent", since=SINCE)
CREATE = "com.atproto.server.createSession"
MENTION = "Hello @district.test"


@pytest.fixture
def named(sandbox: Sandbox) -> dict[str, Post]:
    """Return posts around the account: mentions, a quote, and a reply.

    They are a post of the account with a reply that mentions it, a mention, a quote, and a mention in a
    conversation of others.
    """
    parent, teacher = sandbox.others
    post = sandbox.publish(days=9)
    reply = sandbox.comment(post, words=MENTION)
    mention = publish(sandbox, parent, 8, MENTION)
    quote = publish(sandbox, teacher, 7, "Look", quote=post)
    theirs = publish(sandbox, teacher, 6)
    inside = sandbox.comment(theirs, words=MENTION)
    below = sandbox.comment(mention, 1)
    sign_in(sandbox)
    return {
        "post": post,
        "reply": reply,
        "mention": mention,
        "quote": quote,
        "theirs": theirs,
        "inside": inside,
        "below": below,
    }


def names(sandbox: Sandbox, *posts: Post) -> set[str]:
    return {f"bluesky:{sandbox.named(post)}" for post in posts}


@pytest.mark.parametrize("window", [FULL, RECENT, Window("history")], ids=lambda window: window.kind)
def test_mentions_and_quotes_that_reply_to_no_post_of_the_account_are_read(
    sandbox: Sandbox, named: dict[str, Post], window: Window
) -> None:
    uris = {name: f"bluesky:{sandbox.named(post)}" for name, post in named.items()}
    exchanges = sandbox.fetch(window)
    found = sandbox.parse(exchanges)
    places = {name: found[uris[name]] for name in ("mention", "quote", "inside")}
    assert {name: (record.kind, record.parent_id, record.root_id) for name, record in places.items()} == {
        "mention": ("comment", None, uris["mention"]),
        "quote": ("comment", None, uris["quote"]),
        "inside": ("reply", uris["theirs"], uris["theirs"]),
    }
    assert (places["quote"].shared_id, found[uris["reply"]].kind) == (uris["post"], "comment")
    assert not {uris["theirs"], uris["below"]} & found.keys()
    assert not [one for one in places.values() if "comments" in (one.counts or {})], (
        "replies to them are not read, so not compared"
    )
    given = [record.record_id for exchange in exchanges for record in bluesky.parse(exchange)]
    assert [given.count(uris[name]) for name in ("reply", "quote")] == [1, 1]
    assert not [
        exchange for exchange in exchanges if "short" in exchange.context or b"isRead" in exchange.body
    ]


def test_mentions_are_read_though_the_account_wants_those_of_people_it_follows_only(
    sandbox: Sandbox, named: dict[str, Post]
) -> None:
    """The account follows no one, so with its own setting the list is empty."""

    def prefer(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        empty = {"notifications": [], "priority": True}
        return real() if request.url.params.get("priority") == "false" else httpx.Response(200, json=empty)

    sandbox.transport.rules = [(NOTICES, prefer)]
    assert names(sandbox, named["mention"], named["inside"]) <= sandbox.read().keys()


def test_post_that_the_appview_fails_to_give_hides_nothing_else(
    sandbox: Sandbox, named: dict[str, Post]
) -> None:
    """The cases are a post that only a notification reports, and a hidden post whose parent was removed."""
    parent = sandbox.comment(named["post"])
    hidden, other = sandbox.comment(parent, 1), sandbox.comment(parent, 1)
    for one in (hidden, other):
        sandbox.network.hide(one)
    sandbox.network.remove(parent)
    unread = {sandbox.named(one) for one in (other, named["mention"])}

    def fail(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return httpx.Response(500, text="Oops") if unread & named_in(request, "uris") else real()

    sandbox.transport.rules = [(POSTS, fail)]
    exchanges = sandbox.fetch()
    found = sandbox.parse(exchanges)
    assert names(sandbox, named["inside"], named["quote"], hidden) <= found.keys()
    assert not {f"bluesky:{uri}" for uri in unread} & found.keys()
    told = [exchange.context for exchange in exchanges if "unread" in exchange.context]
    assert {context["unread"] for context in told} == {f"bluesky:{uri}" for uri in unread}
    assert "could not be read, and later captures try again" in told[-1]["short"]
    assert exchanges[-1].context["people"] == [], "the blocks are requested last"


class Held(Chosen):
    """A plan for which all records are archived, with that status."""

    status = VISIBLE

    def find_known(self, record_id: str, *, anywhere: bool = False) -> KnownRecord | None:
        assert anywhere
        return KnownRecord(record_id, record_id, "comment", status=self.status)


def test_notification_of_a_reply_far_below_is_read_unless_the_reply_is_archived(sandbox: Sandbox) -> None:
    """Its conversation says whether the root post's author hides it; the post itself does not.

    Nothing else reports one that is back.
    """
    plan = Held(lambda _: True)
    ours = sandbox.comment(publish(sandbox, sandbox.others[0], 9), sandbox.us)
    below = sandbox.comment(sandbox.comment(ours), 1, at=START - timedelta(days=1))
    sign_in(sandbox)
    window, name = Window("recent", since=START - timedelta(days=2)), f"bluesky:{sandbox.named(below)}"
    assert name in sandbox.read(window), "the account's reply is older than the window, and not listed"
    for plan.status, told in ((VISIBLE, False), (HIDDEN, False), (UNAVAILABLE, True), (REMOVED, True)):
        assert (name in sandbox.read(replace(window, plan=plan))) is told


@pytest.mark.usefixtures("named")
def test_session_is_sent_to_the_server_of_the_account_only(sandbox: Sandbox) -> None:
    open_directory(
        sandbox, {sandbox.us: "https://pds.test", sandbox.others[0]: "https://enoki.host.bsky.network"}
    )
    shown = list[str]()

    def note(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        shown.extend([str(request.url)] if "authorization" in request.headers else [])
        return real()

    sandbox.transport.rules.append(("", note))
    sandbox.fetch()
    assert shown
    assert all(url.startswith(f"https://pds.test/xrpc/{NOTICES}") for url in shown)


def test_without_an_app_password_quotes_are_read_and_mentions_are_not_requested(
    sandbox: Sandbox, named: dict[str, Post]
) -> None:
    sandbox.client.authorize({})
    found = sandbox.read()
    assert names(sandbox, named["quote"]) <= found.keys()
    assert not names(sandbox, named["mention"]) & found.keys()
    assert not requests_of(sandbox, NOTICES)


def test_quotes_are_requested_where_their_number_has_changed(
    sandbox: Sandbox, named: dict[str, Post]
) -> None:
    plan, [top] = Chosen(lambda _: False), names(sandbox, named["post"])
    sandbox.fetch(replace(RECENT, plan=plan))
    assert plan.asked[top] == ("1 and 1", False)
    assert not requests_of(sandbox, QUOTES)
    plan.wanted = lambda _: True
    sandbox.fetch(replace(RECENT, plan=plan))
    assert len(requests_of(sandbox, QUOTES)) == 1
    assert plan.whole.count(top) == 1


def test_reply_that_quotes_its_own_conversation_is_read_once(sandbox: Sandbox) -> None:
    post = sandbox.publish(days=9)
    reply = sandbox.network.comment(
        sandbox.others[1], post, "Look", at=START - timedelta(days=8), quote=post.key
    )
    records = [record for exchange in sandbox.fetch() for record in bluesky.parse(exchange)]
    found = [
        (record.kind, record.shared_id) for record in records if record.native_id == sandbox.named(reply)
    ]
    assert found == [("comment", f"bluesky:{sandbox.named(post)}")]
    assert requests_of(sandbox, QUOTES)


@pytest.mark.parametrize("kind", ["full", "history"])
def test_pages_of_quotes_and_mentions_are_read_to_their_end_from_any_exchange(
    sandbox: Sandbox, named: dict[str, Post], kind: str
) -> None:
    parent, teacher = sandbox.others
    posts = [publish(sandbox, teacher, 5 - number / 30, "Look", quote=named["post"]) for number in range(25)]
    posts += [publish(sandbox, parent, 4 - number / 30, MENTION) for number in range(25)]
    sandbox.transport.real = RecordedTransport(PagedTransport(sandbox.transport.real, "limit", 10))
    exchanges = sandbox.fetch(Window(kind))
    parts = [set(sandbox.parse([exchange])) for exchange in exchanges]
    assert names(sandbox, *posts) <= set[str]().union(*parts)
    for number, exchange in enumerate(exchanges):
        rest = set(sandbox.read(Window(kind, cursor=exchange.cursor)))
        assert set[str]().union(*parts) == rest.union(*parts[: number + 1])


def test_empty_page_of_notifications_is_not_the_end(sandbox: Sandbox) -> None:
    """A page ends after ten parts of the list, in which there may be no matching item."""
    parent, teacher = sandbox.others
    post = sandbox.publish(days=20)
    first = publish(sandbox, parent, 19, MENTION)
    for number in range(50):
        sandbox.network.repost(teacher, post, at=START - timedelta(days=18 - number / 10))
    last = publish(sandbox, parent, 1, MENTION)
    sandbox.transport.real = PagedTransport(sandbox.transport.real, "limit", 2)
    sign_in(sandbox)
    assert names(sandbox, first, last) <= sandbox.read().keys()


def test_recent_window_reads_no_notifications_before_it(sandbox: Sandbox) -> None:
    days = [publish(sandbox, sandbox.others[0], day + 0.5, MENTION) for day in range(30)]
    sandbox.transport.real = PagedTransport(sandbox.transport.real, "limit", 4)
    sign_in(sandbox)
    found = sandbox.read(Window("recent", since=START - timedelta(days=7)))
    assert names(sandbox, *days[:7]) <= found.keys()
    assert len(requests_of(sandbox, NOTICES)) == 2


def test_mention_that_the_appview_does_not_show_is_read_from_its_notification(
    sandbox: Sandbox, named: dict[str, Post]
) -> None:
    withhold(sandbox, named["mention"])
    [name] = names(sandbox, named["mention"])
    record = sandbox.read()[name]
    assert (record.text, record.status, record.acted_by, record.kind) == (
        MENTION,
        "hidden",
        "platform",
        "comment",
    )
    assert record.leftover == ()


def test_mention_that_replies_to_an_address_with_a_handle_stops_nothing(
    sandbox: Sandbox, named: dict[str, Post]
) -> None:
    old = sandbox.named(named["theirs"])
    new = old.replace(did_of(sandbox, sandbox.others[1]), "bo.test")
    sandbox.network.remove(named["theirs"])
    rename_address(sandbox, old, new)
    [name] = names(sandbox, named["inside"])
    record = sandbox.read()[name]
    assert (record.kind, record.parent_id) == ("reply", f"bluesky:{new}")


REFUSALS = [
    Answer({"error": "ExpiredToken", "message": "Token has expired"}, 400),
    Answer({"error": "AuthMissing", "message": "Authentication Required"}, 401),
    Answer({"error": "InternalServerError", "message": "Internal Server Error"}, 500),
]


@pytest.mark.parametrize("answer", REFUSALS)
def test_refused_notifications_are_reported_and_stop_nothing_else(
    sandbox: Sandbox, named: dict[str, Post], answer: Answer
) -> None:
    sandbox.transport.rules = [at_method(NOTICES, answer)]
    for window in (FULL, RECENT):
        exchanges = sandbox.fetch(window)
        [told] = (exchange for exchange in exchanges if "short" in exchange.context)
        assert told.context["short"].startswith(
            "posts that mention the account without replying to it could not be read: "
        )
        assert told.context["short"].endswith("docs/platforms/bluesky.md says what to do")
        assert not list(bluesky.parse(told))
        assert (
            names(sandbox, named["post"], named["reply"], named["quote"]) <= sandbox.parse(exchanges).keys()
        )


def test_app_password_that_gives_no_session_is_reported(sandbox: Sandbox) -> None:
    sandbox.client.authorize({"password": SECRET})
    [told] = (exchange.context["short"] for exchange in sandbox.fetch(RECENT) if "short" in exchange.context)
    assert "did not open a session with the app password" in told


@pytest.mark.usefixtures("named")
def test_notifications_of_another_shape_are_a_failure_that_names_the_field(sandbox: Sandbox) -> None:
    sandbox.transport.rules = [at_method(NOTICES, Answer({"notices": []}))]
    with pytest.raises(UnexpectedResponse, match="notifications"):
        sandbox.fetch()


def test_mention_is_looked_up_by_its_own_address_and_no_block_hides_it(
    sandbox: Sandbox, named: dict[str, Post]
) -> None:
    sandbox.network.block(sandbox.us, sandbox.others[0])
    sandbox.identify()
    [answer] = sandbox.lookup(known(sandbox, named["mention"], "comment"))
    assert isinstance(answer, Exchange)
    found = [(record.native_id, record.status, record.kind) for record in bluesky.parse(answer)]
    assert found == [(sandbox.named(named["mention"]), "visible", "comment")]


# -- sessions
# ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def password(sandbox: Sandbox) -> str:
    """Give the client an app password of the account."""
    sandbox.identify()
    sandbox.network.grant("bluesky", SECRET, sandbox.us, kind="password")
    sandbox.client.authorize({"password": SECRET})
    return SECRET


def test_app_password_opens_a_session_at_the_server_of_the_account(sandbox: Sandbox, password: str) -> None:
    open_directory(sandbox, {sandbox.us: "https://pds.test"})
    sent = dict[str, Any]()

    def note(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        sent[str(request.url)] = json.loads(request.read())
        return real()

    sandbox.transport.rules.append((CREATE, note))
    token = bluesky.renew(sandbox.entry, sandbox.client)
    assert token.values.keys() == {"token"}
    assert token.expires_at is not None
    assert token.expires_at - sandbox.network.now() <= timedelta(hours=2)
    assert token.expires_at - sandbox.network.now() > timedelta(hours=1)
    assert sent == {
        f"https://pds.test/xrpc/{CREATE}": {"identifier": sandbox.entry.known.native_id, "password": password}
    }


@pytest.mark.usefixtures("password")
def test_session_token_that_is_no_jwt_has_no_known_end(sandbox: Sandbox) -> None:
    sandbox.transport.rules = [(CREATE, rewrite_json(lambda body: body | {"accessJwt": "no JWT"}))]
    assert bluesky.renew(sandbox.entry, sandbox.client).expires_at is None


@pytest.mark.usefixtures("password")
def test_session_of_another_account_is_refused(sandbox: Sandbox) -> None:
    theirs = did_of(sandbox, sandbox.others[0])
    sandbox.transport.rules = [(CREATE, rewrite_json(lambda body: body | {"did": theirs}))]
    with pytest.raises(TokenExpired, match=f"belongs to {theirs}"):
        bluesky.renew(sandbox.entry, sandbox.client)


def test_app_password_that_the_server_does_not_know_has_expired(sandbox: Sandbox) -> None:
    sandbox.client.authorize({"password": "of another account"})
    with pytest.raises(TokenExpired, match="Invalid identifier or password"):
        bluesky.renew(sandbox.entry, sandbox.client)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (
            Answer({"error": "AuthFactorTokenRequired", "message": "A sign in code has been sent"}, 401),
            TokenExpired,
        ),
        (Answer({"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, 429), Throttled),
        (Answer({"error": "InvalidRequest", "message": "?"}, 400), UnexpectedResponse),
    ],
)
@pytest.mark.usefixtures("password")
def test_server_that_opens_no_session_gives_its_reason(
    sandbox: Sandbox, answer: Answer, failure: type[PlatformFailure]
) -> None:
    sandbox.transport.rules = [at_method(CREATE, answer)]
    with pytest.raises(failure):
        bluesky.renew(sandbox.entry, sandbox.client)


@pytest.mark.usefixtures("password")
def test_app_password_is_never_sent_unencrypted(sandbox: Sandbox) -> None:
    open_directory(sandbox, {sandbox.us: "http://pds.test"}, public=True)
    with pytest.raises(AccountUnavailable):
        bluesky.renew(sandbox.entry, sandbox.client)
    assert not requests_of(sandbox, CREATE)
