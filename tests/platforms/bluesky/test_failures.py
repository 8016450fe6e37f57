"""Failures of Bluesky, and damaged responses: each has a type, and stops no more than it must."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recordroom.errors import (
    AccountUnavailable,
    Blocked,
    PlatformFailure,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
)
from recordroom.platforms import bluesky
from recordroom.platforms.contract import Window
from tests.fault_transport import rewrite_json
from tests.platforms.bluesky.account import (
    FEED,
    NOTICES,
    PRIVILEGED,
    QUOTES,
    SHAPE,
    SINCE,
    at_method,
    change_posts,
    did_of,
    open_directory,
    publish,
    read,
    sign_in,
)
from tests.platforms.contract.sandbox import START, Sandbox
from tests.platforms.scripted import Answer

PLATFORM = "bluesky"


def test_text_under_another_name_does_not_stop_a_fetch(sandbox: Sandbox) -> None:
    """An unreadable response is kept anyway, and the conversations below it are read."""
    answer = sandbox.comment(sandbox.publish())
    rename = rewrite_json(lambda body: json.loads(json.dumps(body).replace('"text":', '"text_v2":')))
    with sandbox.transport.meanwhile("", rename):
        fetched = sandbox.fetch()
    unread = [exchange for exchange in fetched if b"text_v2" in exchange.body]
    for exchange in unread:
        with pytest.raises(UnexpectedResponse, match="record/text must be text"):
            list(bluesky.parse(exchange))
    assert any(sandbox.named(answer).encode() in exchange.body for exchange in unread)


FAULTS = {
    "HTML instead of JSON": (
        Answer("<!DOCTYPE html><title>Sign in</title>"),
        UnexpectedResponse,
        "HTML instead of JSON",
    ),
    "an error in a 200": (Answer({"error": "InternalServerError"}), UnexpectedResponse, "/feed"),
    "a refusal": (
        Answer({"error": "InvalidRequest", "message": "Profile not found"}, 400),
        AccountUnavailable,
        "Profile not found",
    ),
    "nothing": (Answer(""), UnexpectedResponse, "nothing instead of JSON"),
    "a date without its zone": (
        Answer({"feed": [{"post": SHAPE | {"indexedAt": "2026-11-01T10:00:00"}}]}),
        UnexpectedResponse,
        "indexedAt",
    ),
    "a throttle": (
        Answer({"error": "RateLimitExceeded", "message": "x"}, 429, {"RateLimit-Reset": "1795635300"}),
        Throttled,
        "429",
    ),
    "a wall": (Answer({"error": "Forbidden", "message": "x"}, 403), Blocked, "403"),
    "a dead token": (
        Answer({"error": "ExpiredToken", "message": "Token has expired"}, 400),
        TokenExpired,
        "expired",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_failure_of_a_page_has_a_type_and_carries_the_response(sandbox: Sandbox, fault: str) -> None:
    answer, failure, words = FAULTS[fault]
    sandbox.transport.rules = [at_method(FEED, answer)]
    with pytest.raises(failure, match=words) as raised:
        read(sandbox, Window("recent", since=SINCE))
    assert isinstance(raised.value, PlatformFailure)
    assert raised.value.exchange is not None


@pytest.mark.parametrize("odd", [[], None, "x", 5])
@pytest.mark.parametrize(
    "method", [QUOTES, NOTICES, "chat.bsky.convo.listConvos", "chat.bsky.convo.getMessages"]
)
def test_response_that_is_no_object_is_reported(sandbox: Sandbox, method: str, odd: object) -> None:
    """It is read before the cursor of its page.

    A mistake of the connector would keep neither the response nor what follows it.
    """
    post = sandbox.publish(days=9)
    publish(sandbox, sandbox.others[0], 8, quote=post)
    sandbox.network.message(sandbox.others[0], sandbox.us, "Hello", at=START)
    sign_in(sandbox, PRIVILEGED)
    sandbox.transport.rules = [at_method(method, Answer(json.dumps(odd)))]
    sandbox.identify()
    fetched = bluesky.fetch(sandbox.entry, Window("full", reads_messages=True), sandbox.client)
    with pytest.raises(UnexpectedResponse, match="must be an object") as raised:
        list(map(list, map(bluesky.parse, fetched)))
    assert raised.value.misshapen


@pytest.mark.parametrize(("status", "asked"), [(500, 3), (404, 5)])
def test_directory_that_fails_is_not_taken_for_one_that_knows_nobody(
    sandbox: Sandbox, status: int, asked: int
) -> None:
    """If it knows no account of that name, the AppView's copy is all that there is.

    Otherwise the original is requested again later.
    """
    network, authors = sandbox.network, [*sandbox.others, "bluesky/cy.test", "bluesky/di.test"]
    for who in authors[2:]:
        network.account(who, who)
    top = sandbox.publish(days=9, photos=[network.photo("bluesky", "Snow")])
    replies = [
        network.comment(who, top, "Look", photos=[network.photo("bluesky", "Ice")], at=START)
        for who in authors
    ]
    open_directory(sandbox, {}, Answer("<html>", status))
    found = read(sandbox)
    assert len({url for url in sandbox.transport.asked if "plc.test" in url}) == asked
    files: list[Any] = [found[sandbox.named(post)].media[0] for post in (top, *replies)]
    if status == 500:
        assert {(one.url, one.missing_reason) for one in files} == {
            (None, "not fetched: it is not told now where its author's server is")
        }
    else:
        assert all("/img/feed_fullsize/plain/" in one.url and one.missing_reason is None for one in files)


def test_original_file_is_that_of_its_authors_server(sandbox: Sandbox) -> None:
    top = sandbox.publish(days=9, photos=[sandbox.network.photo("bluesky", "Snow")])
    open_directory(sandbox, {sandbox.us: "https://shimeji.host.bsky.network"})
    sandbox.transport.rules.append(
        change_posts(sandbox, [(top, lambda post: post["record"]["embed"]["images"][0].pop("aspectRatio"))])
    )
    [file] = read(sandbox)[sandbox.named(top)].media
    address = f"https://shimeji.host.bsky.network/xrpc/com.atproto.sync.getBlob?did={did_of(sandbox, sandbox.us)}&cid="
    assert (file.url or "").startswith(address)
    assert file.width is None
