"""Errors in TikTok's responses are reported as errors, and lose no record that was read."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from recordroom.errors import Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse
from recordroom.platforms.contract import Window
from recordroom.platforms.tiktok.crawl import VIDEO_PAGE
from tests.platforms.contract.sandbox import Sandbox, marked, words_of
from tests.platforms.scripted import UNWORDED, Answer

PLATFORM = "tiktok"


def refused(code: int, message: str = "no") -> Answer:
    return Answer({"code": code, "message": message, "request_id": "2026", "data": {}})


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (refused(40100, "Too many requests"), Throttled),
        (refused(51021), Throttled),
        (Answer({"message": "slow down"}, 429), Throttled),
        (refused(40105, "Access token is incorrect or has been revoked"), TokenExpired),
        (Answer({"code": 40105, "message": "no"}, 401), TokenExpired),
        (refused(40001, "No permission to operate"), Blocked),
        (refused(40002, "Invalid parameter"), UnexpectedResponse),
        (refused(50000, "Internal error"), UnexpectedResponse),
        (Answer({"code": 0, "message": "OK"}), UnexpectedResponse),
        *((answer, UnexpectedResponse) for answer in UNWORDED),
        (
            Answer(
                {"error": {"code": "access_token_invalid", "message": "x", "log_id": "1"}, "data": {}}, 401
            ),
            TokenExpired,
        ),
    ],
)
@pytest.mark.parametrize("path", ["get", "video/list", "comment/list"])
def test_an_error_in_a_200_is_no_empty_list(
    sandbox: Sandbox, path: str, answer: Answer, failure: type[PlatformFailure]
) -> None:
    """The same is true of a refused profile, which is requested first to identify the account."""
    for days in range(1, 6):
        sandbox.converse(days)
    with sandbox.transport.meanwhile(f"business/{path}/", answer.instead), pytest.raises(failure):
        sandbox.read()


def test_a_place_that_tiktok_takes_no_more_leads_to_the_beginning(sandbox: Sandbox) -> None:
    """Otherwise each run of a first capture would end there."""
    videos = [sandbox.publish() for _ in range(VIDEO_PAGE + 1)]
    stored, dead = sandbox.fetch()[1].cursor, [refused(40002, "cursor: invalid")]

    def refuse(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return dead.pop().instead() if dead else real()

    with sandbox.transport.meanwhile("cursor=", refuse):
        found = sandbox.read(Window("full", cursor=stored))
    assert set(marked(found.values())) == words_of(videos)
    assert not dead
