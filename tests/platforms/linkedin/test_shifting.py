"""Requests to LinkedIn while lists shift."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from recordroom.errors import UnexpectedResponse
from recordroom.platforms.contract import Window
from tests.fault_transport import Answer as Rule
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import START, PagedTransport, Sandbox, marked, words_of
from tests.platforms.linkedin.test_walk import (
    comments_path,
    natives,
    on_page,
    publish_hourly,
    requested,
    rewrite_list,
)

PLATFORM = "linkedin"
RECENT = Window("recent", since=START - timedelta(days=60))


def shift(change: Callable[[], object]) -> Rule:
    """Call `change` once, before the second page of a list is given."""
    changes = [change]

    def answer(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        if changes:
            changes.pop()()
        return real()

    return on_page(99, answer)


@pytest.mark.parametrize("window", [Window("full"), RECENT], ids=["full", "recent"])
@pytest.mark.parametrize("removed", [1, 7, 60, 99, 130])
def test_posts_removed_while_the_list_is_read_hide_no_others(
    sandbox: Sandbox, window: Window, removed: int
) -> None:
    posts = publish_hourly(sandbox, 250)

    def remove() -> None:
        for post in posts[:removed]:
            sandbox.network.remove(post)

    with sandbox.transport.meanwhile("posts?q=author", shift(remove)):
        exchanges = sandbox.fetch(window)
    given = [
        record.native_id
        for one in exchanges
        for record in sandbox.connector.parse(one)
        if record.kind == "post"
    ]
    assert posts[0].status == "removed"
    assert {sandbox.named(post) for post in posts[removed:]} <= set(given)
    assert len(given) == len(set(given)), "no post is given twice"
    assert len(requested(sandbox, "posts?q=author")) < 12


@pytest.mark.parametrize("added", [1, 50, 120])
def test_posts_published_while_the_list_is_read_are_given_once(sandbox: Sandbox, added: int) -> None:
    posts = publish_hourly(sandbox, 350)

    def publish() -> None:
        posts.extend(sandbox.publish(days=0.01) for _ in range(added))

    with sandbox.transport.meanwhile("posts?q=author", shift(publish)):
        exchanges = sandbox.fetch(RECENT)
    given = [
        record.native_id
        for one in exchanges
        for record in sandbox.connector.parse(one)
        if record.kind == "post"
    ]
    assert len(posts) == 350 + added
    assert set(given) == {sandbox.named(post) for post in posts}
    assert len(given) == len(set(given))


def test_post_edited_while_the_list_is_read_moves_to_the_front_and_is_read(sandbox: Sandbox) -> None:
    posts = publish_hourly(sandbox, 350)
    edit = shift(lambda: sandbox.network.edit(posts[345], "Notice 345 edited meanwhile", at=START))
    with sandbox.transport.meanwhile("posts?q=author", edit):
        found = natives(sandbox, RECENT)
    assert found[sandbox.named(posts[345])].text == "Notice 345 edited meanwhile"
    assert {sandbox.named(post) for post in posts} <= set(found)


@pytest.mark.parametrize("removed", [1, 40, 99])
def test_comments_removed_while_they_are_read_hide_no_others(sandbox: Sandbox, removed: int) -> None:
    post = sandbox.publish(days=3)
    said = [sandbox.comment(post) for _ in range(350)]

    def remove() -> None:
        for comment in said[-removed:]:
            sandbox.network.remove(comment)

    with sandbox.transport.meanwhile("/comments?", shift(remove)):
        found = set(marked(sandbox.read().values()))
    assert said[-1].status == "removed"
    assert words_of(said[:-removed]) <= found


def test_full_page_with_everything_on_it_costs_no_second_request(sandbox: Sandbox) -> None:
    post = sandbox.publish(days=3)
    said = [sandbox.comment(post) for _ in range(100)]
    assert len(sandbox.read()) == 102
    assert len(requested(sandbox, comments_path(sandbox, post))) == 1
    said.append(sandbox.comment(post))
    assert words_of(said) <= set(marked(sandbox.read().values()))


def test_list_ends_with_a_full_page_or_with_a_short_one_without_a_next(sandbox: Sandbox) -> None:
    posts = publish_hourly(sandbox, 100)
    assert len(sandbox.read()) == 101

    def halve(body: Any) -> Any:
        start, links = body["paging"]["start"], [{"rel": "next", "href": "/x", "type": "application/json"}]
        paging = body["paging"] | {"links": links if start + 40 < 100 else []}
        return {"elements": body["elements"][:40], "paging": paging}

    with sandbox.transport.meanwhile("posts?q=author", rewrite_json(halve)):
        assert set(marked(sandbox.read().values())) == words_of(posts)


def test_hidden_items_keep_their_places_in_a_list_and_are_reported(sandbox: Sandbox) -> None:
    """Advertisements may be such items: a page shows two posts at its end, and the next one only these."""
    posts = publish_hourly(sandbox, 300)
    hidden = {sandbox.named(post) for post in (*posts[100:150], *posts[:98])}
    posts_shown = [post for post in posts if sandbox.named(post) not in hidden]
    sparse = rewrite_list(lambda elements: [one for one in elements if one["id"] not in hidden])
    with sandbox.transport.meanwhile("posts?q=author", sparse):
        exchanges = sandbox.fetch()
    assert set(marked(sandbox.parse(exchanges).values())) == words_of(posts_shown)
    assert "before the end of a list, in which items may be missing" in exchanges[-1].context["short"]


def test_list_that_repeats_its_first_page_is_named(sandbox: Sandbox) -> None:
    publish_hourly(sandbox, 150)
    first: list[httpx.Response] = []

    def repeat(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        first.extend([] if first else [real()])
        first[0].read()
        return httpx.Response(200, json=first[0].json())

    with (
        sandbox.transport.meanwhile("posts?q=author", repeat),
        pytest.raises(UnexpectedResponse, match="same page"),
    ):
        sandbox.read()


def test_list_that_never_stands_still_is_named(sandbox: Sandbox) -> None:
    publish_hourly(sandbox, 12)
    numbers = itertools.count(1)
    sandbox.transport.real = PagedTransport(sandbox.transport.real, sandbox.profile.page_size, 5)

    def replace(elements: list[Any]) -> list[Any]:
        return [one | {"id": f"urn:li:share:{next(numbers)}"} for one in elements]

    restless = sandbox.transport.meanwhile("posts?q=author", rewrite_list(replace))
    with restless, pytest.raises(UnexpectedResponse, match="keeps changing"):
        sandbox.read()
