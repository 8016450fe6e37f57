"""Instagram's refusals, limits, and throttles are named and reported, and no record read is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from recordroom.errors import Throttled, TokenExpired
from recordroom.model import Exchange
from recordroom.platforms.contract import Window
from tests.platforms.contract.sandbox import Sandbox
from tests.platforms.instagram.test_walk import natives, open_talk, sign_in
from tests.platforms.meta.errors import error
from tests.platforms.scripted import Answer

PLATFORM = "instagram"


def shorts(exchanges: list[Exchange]) -> set[str]:
    return {exchange.context["short"] for exchange in exchanges if "short" in exchange.context}


def test_list_as_long_as_the_platforms_limit_is_reported(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(15):
        sandbox.publish(days=number + 1)
    monkeypatch.setattr("recordroom.platforms.instagram.crawl.LISTED", 16)
    assert shorts(sandbox.fetch()) == set()
    monkeypatch.setattr("recordroom.platforms.instagram.crawl.LISTED", 15)
    assert "gave 15: there may be more" in max(shorts(sandbox.fetch()))


@pytest.mark.parametrize("code", [1, 2, 10, 100, 200, 2500])
def test_refused_posts_that_tag_the_account_are_reported_and_everything_else_is_read(
    sandbox: Sandbox, code: int
) -> None:
    talk = open_talk(sandbox)
    whole = set(natives(sandbox))
    refusal = error(
        code, "(#10) Application does not have permission for this action", 33 if code == 100 else None
    )
    with sandbox.transport.meanwhile("/tags", refusal.instead):
        exchanges = sandbox.fetch()
        assert {record.native_id for record in sandbox.parse(exchanges).values()} == whole - {
            sandbox.named(talk.tagged)
        }
        [short] = shorts(exchanges)
        assert f"error {code}" in short
        before = exchanges[1].cursor  # read before the refusal
        assert shorts(sandbox.fetch(Window("full", cursor=before))) == {short}


@pytest.mark.parametrize("code", [1, 10])
def test_refused_stories_are_reported_and_everything_else_is_read(sandbox: Sandbox, code: int) -> None:
    """They are read before all others."""
    talk = open_talk(sandbox)
    whole = set(natives(sandbox))
    refusal = error(code, "(#10) Application does not have permission for this action")
    with sandbox.transport.meanwhile("/stories", refusal.instead):
        exchanges = sandbox.fetch()
    assert {record.native_id for record in sandbox.parse(exchanges).values()} == whole - {
        sandbox.named(talk.story)
    }
    assert {words.split(";")[0] for words in shorts(exchanges)} == {
        f"Instagram does not give stories (error {code})"
    }


@pytest.mark.parametrize(
    ("answer", "kind"), [(error(4, "limit"), Throttled), (error(190, "dead", 463), TokenExpired)]
)
def test_throttle_and_dead_token_at_an_optional_list_are_failures(
    sandbox: Sandbox, answer: Answer, kind: type[Exception]
) -> None:
    open_talk(sandbox)
    with sandbox.transport.meanwhile("/tags", answer.instead), pytest.raises(kind):
        sandbox.fetch()


def test_page_that_is_too_large_is_halved_and_stays_so(sandbox: Sandbox) -> None:
    first = sandbox.publish()
    for _ in range(120):
        sandbox.comment(first)
    too_much = error(
        1, "Please reduce the amount of data you're asking for, then retry your request", status=500
    )

    def limit_of(url: Any) -> int:
        return int(parse_qs(urlsplit(str(url)).query)["limit"][0])

    def careful(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return too_much.instead() if limit_of(request.url) > 30 else real()

    with sandbox.transport.meanwhile("/comments?", careful):
        assert len(sandbox.read()) == 122
    asked = [limit_of(url) for url in sandbox.transport.asked if "/comments?" in url]
    assert list(dict.fromkeys(asked)) == [50, 25]
    assert asked.count(25) == 5


@pytest.mark.parametrize("login", ["instagram", "facebook"])
def test_throttle_reports_when_to_come_back(sandbox: Sandbox, login: str) -> None:
    """Instagram names the minutes in a header."""
    sign_in(sandbox, login)
    open_talk(sandbox)
    sandbox.identify()
    until = sandbox.network.now() + timedelta(minutes=19)
    sandbox.network.throttle("instagram", until)
    with pytest.raises(Throttled, match="80002") as failure:
        sandbox.fetch()
    assert abs(failure.value.until - until) < timedelta(minutes=1)
