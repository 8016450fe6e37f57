"""Vimeo's refusals and limits are named and reported, and no record read is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from recordroom.errors import (
    Blocked,
    PlatformFailure,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
    UsageError,
)
from recordroom.model import Absence, Exchange
from recordroom.platforms import vimeo
from recordroom.platforms.contract import KnownRecord, Window
from tests.fault_transport import fault, rewrite_json
from tests.platforms.contract.sandbox import Sandbox, marked, words_of
from tests.platforms.scripted import Answer
from tests.platforms.vimeo.test_walk import error

PLATFORM = "vimeo"


def grant(sandbox: Sandbox, *scopes: str) -> None:
    """Leave only these scopes to the token."""
    [token] = sandbox.network.tokens
    token.scopes = list(scopes)


def test_nothing_is_asked_after_the_last_request_that_is_allowed(sandbox: Sandbox) -> None:
    video, _ = sandbox.converse()
    sandbox.network.caption(video, "en", "Ice")
    sandbox.publish()
    sandbox.identify()
    sandbox.transport.asked.clear()
    until = (sandbox.network.now() + timedelta(seconds=90)).replace(microsecond=0)
    left = iter(("3", "2", "0", "0", "0"))

    def count(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        response = real()
        rates = {
            "X-RateLimit-Limit": "250",
            "X-RateLimit-Remaining": next(left),
            "X-RateLimit-Reset": until.isoformat(),
        }
        return httpx.Response(
            response.status_code,
            headers={"content-type": "application/json"} | rates,
            content=response.read(),
        )

    given: list[Exchange] = []
    with sandbox.transport.meanwhile("", count), pytest.raises(Throttled) as told:
        given.extend(vimeo.fetch(sandbox.entry, Window("full"), sandbox.client))
    assert told.value.until == until
    track = f"/videos/{sandbox.named(video)}/texttracks"  # the page's tracks are still requested
    assert [urlsplit(url).path for url in sandbox.transport.asked] == [
        "/me",
        "/oauth/verify",
        "/me/videos",
        track,
    ]
    assert len(sandbox.parse(given)) == 3


def test_a_scope_that_the_token_lacks_is_told_and_named(sandbox: Sandbox) -> None:
    videos = [sandbox.publish(days=days) for days in (1, 2)]
    grant(sandbox, "public", "video_files")
    told = [exchange.context.get("short", "") for exchange in sandbox.fetch()]
    assert told[0].startswith("Vimeo does not confirm that the token has the scope private: ")
    lack = told[0].partition("; create a token")[0]
    assert all(words.startswith(lack) for words in told if words)
    grant(sandbox, "public", "private")
    told = [exchange.context.get("short", "") for exchange in sandbox.fetch()]
    assert f"(first: {sandbox.named(videos[0])})" in told[-1]
    assert "Vimeo does not list video_files among the scopes of the token" in told[-1]
    for status in (404, 403):
        with sandbox.transport.meanwhile("/oauth/verify", fault("vimeo", status)):
            exchanges = sandbox.fetch()
        assert "the scope public and private" in exchanges[0].context["short"]
        assert set(marked(sandbox.parse(exchanges).values())) == words_of(videos)
    odd = Answer({"scopes": ["public"]})
    with (
        sandbox.transport.meanwhile("/oauth/verify", odd.instead),
        pytest.raises(UnexpectedResponse, match="scope"),
    ):
        sandbox.fetch()


def test_a_permalink_that_the_token_may_not_see_is_not_called_gone(sandbox: Sandbox) -> None:
    window = Window("one", url="https://vimeo.com/9")
    with pytest.raises(UsageError) as told:
        sandbox.read(window)
    assert told.value.mend == "It may have been removed, or may belong to another account."
    grant(sandbox, "public")
    with pytest.raises(UsageError) as told:
        sandbox.read(window)
    assert (
        "This does not mean that it was removed: Vimeo does not confirm that the token has the scope private"
        in told.value.mend
    )


@pytest.mark.parametrize("scope", ["public", "private", "video_files", "public private"])
def test_a_404_is_believed_only_of_a_token_that_may_see_all(sandbox: Sandbox, scope: str) -> None:
    video = sandbox.publish()
    sandbox.identify()
    grant(sandbox, *scope.split())
    ids = [KnownRecord(f"vimeo:videos/{n}", n, "post") for n in (sandbox.named(video), "8", "9")]
    there, *gone = sandbox.lookup(*ids)
    assert isinstance(there, Exchange)
    assert len([url for url in sandbox.transport.asked if "/oauth/verify" in url]) == 1
    if scope == "public private":
        assert [(a.record_id, a.status) for a in gone if isinstance(a, Absence)] == [
            (k.record_id, "unavailable") for k in ids[1:]
        ]
        return
    refused = [e for e in gone if isinstance(e, Exchange)]
    assert [e.context["untold"] for e in refused] == [[k.record_id] for k in ids[1:]]
    assert [list(vimeo.parse(e)) for e in refused] == [[], []]


def test_a_throttle_ends_when_vimeo_says_and_its_message_names_no_fields(sandbox: Sandbox) -> None:
    sandbox.converse()
    until = (sandbox.network.now() + timedelta(minutes=20)).replace(microsecond=0)
    limit = Answer(
        {"error": "Too many API requests", "error_code": 9000},
        429,
        {"X-RateLimit-Reset": str(int(until.timestamp()))},
    )
    with sandbox.transport.meanwhile("/comments?", limit.instead), pytest.raises(Throttled) as told:
        sandbox.fetch()
    assert told.value.until == until
    assert told.value.exchange is not None
    assert "fields=" in told.value.exchange.url  # the evidence is as it was
    assert "fields=" not in told.value.message


def test_a_refusal_of_every_list_of_comments_fails_and_one_of_a_single_video_does_not(
    sandbox: Sandbox,
) -> None:
    first, _ = sandbox.converse(days=1)
    second, talk = sandbox.converse(days=2)
    refused = Answer({"error": "No access to comments", "error_code": 3200}, 403)
    with sandbox.transport.meanwhile(f"/videos/{sandbox.named(first)}/comments", refused.instead):
        exchanges = sandbox.fetch()
    assert words_of(talk) <= set(marked(sandbox.parse(exchanges).values()))
    assert "1 conversation could not be read" in exchanges[-1].context["short"]
    given: list[Exchange] = []
    with (
        sandbox.transport.meanwhile("/comments?", refused.instead),
        pytest.raises(Blocked, match="No access to comments"),
    ):
        given.extend(vimeo.fetch(sandbox.entry, Window("full"), sandbox.client))
    assert set(marked(sandbox.parse(given).values())) == words_of([first, second])
    for video in (first, second):
        sandbox.network.switch_comments(video)
    assert not any("short" in exchange.context for exchange in sandbox.fetch()), (
        "comments that are switched off are not missing"
    )


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (error(401, 8003, "The user credentials are invalid."), TokenExpired),
        (error(403, 3200, "No access"), Blocked),
        (error(400, 2204, "The input is invalid."), UnexpectedResponse),
        (Answer("<html>", 503), UnexpectedResponse),
        (Answer("", 429), Throttled),
    ],
)
def test_failures_are_named_in_the_platforms_words(
    sandbox: Sandbox, answer: Answer, failure: type[PlatformFailure]
) -> None:
    with sandbox.transport.meanwhile("/me/videos", answer.instead), pytest.raises(failure) as told:
        sandbox.read()
    assert not isinstance(answer.body, dict) or answer.body["error"].rstrip(".") in told.value.message


@pytest.mark.parametrize(
    ("name", "path"), [("text", "/comments"), ("description", "/me/videos"), ("created_on", "/comments")]
)
def test_a_field_under_another_name_is_named_and_is_no_edit(sandbox: Sandbox, name: str, path: str) -> None:
    sandbox.converse()

    def without(body: Any) -> Any:
        return body | {
            "data": [{key: value for key, value in one.items() if key != name} for one in body["data"]]
        }

    with (
        sandbox.transport.meanwhile(path, rewrite_json(without)),
        pytest.raises(UnexpectedResponse, match=name),
    ):
        sandbox.read()


def test_a_page_that_leads_to_itself_is_named(sandbox: Sandbox) -> None:
    page = Answer(json.dumps({"data": [], "total": 1, "paging": {"next": "/me/videos?page=2"}}))
    with (
        sandbox.transport.meanwhile("/me/videos", page.instead),
        pytest.raises(UnexpectedResponse, match=r"same page|leads back"),
    ):
        sandbox.read()
