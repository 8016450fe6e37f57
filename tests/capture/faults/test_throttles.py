"""Throttles that pass or last, tokens that expire halfway, and a history that continues from its cursor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from recordroom.archive import gaps
from recordroom.capture import run, windows
from recordroom.capture.credentials import tokens
from recordroom.platforms import mastodon
from tests.capture.stage import US, Play, begun


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({"Retry-After": "600"}, 10),
        ({}, 15),
        ({"Retry-After": "999999999"}, 25 * 60),
        ({"X-RateLimit-Reset": "soon"}, 15),
    ],
)
def test_a_throttle_says_when_to_come_back(play: Play, headers: dict[str, str], minutes: int) -> None:
    old, _, gone = begun(play)
    play.network.edit(old, "School starts at ten")
    play.network.remove(gone)
    asked = len(play.between.asked)
    with play.between.meanwhile("/context", lambda _r, _a: httpx.Response(429, headers=headers)):
        outcome = play.capture()
    assert sum("/context" in url for url in play.between.asked[asked:]) == 1, "a throttle is not tried again"
    assert outcome.failure is None
    assert outcome.not_before is not None
    assert abs(outcome.not_before - datetime.now(UTC) - timedelta(minutes=minutes)) < timedelta(minutes=4)
    assert (outcome.gaps, outcome.absent, outcome.changed) == ([], 0, 1), "what was read before is committed"
    account, sums = play.archive.account(play.name), play.archive.state(play.name).sums
    assert "throttled until" in windows.why_not_due(account, sums, datetime.now(UTC), at_once=True)
    assert windows.why_not_due(account, sums, datetime.now(UTC) + timedelta(hours=26)) == ""
    assert play.sound().absent == 1


def always_throttled(play: Play, monkeypatch: pytest.MonkeyPatch, kind: str | None) -> list[str]:
    """Return the reasons of the gaps that a throttle opens after long enough."""
    with (
        monkeypatch.context() as long_after,
        play.between.meanwhile("/api/v1/", lambda _r, _a: httpx.Response(429)),
    ):
        long_after.setattr(run, "STARVED", timedelta(0))
        play.capture(kind)
        assert play.capture(kind).not_before is not None
    return [g.reason for g in gaps.Gaps(play.archive.archive).open_now([play.name])]


@pytest.mark.parametrize("partial", [False, True])
def test_a_throttle_that_lasts_is_a_gap(
    play: Play, monkeypatch: pytest.MonkeyPatch, *, partial: bool
) -> None:
    """This includes windows that say nothing of what they do not show, such as those of feeds."""
    monkeypatch.setattr(mastodon, "PLATFORM", replace(mastodon.PLATFORM, window_is_partial=partial))
    begun(play)
    play.sound()
    assert always_throttled(play, monkeypatch, None) == ["capture-failed: Throttled"]
    play.sound()
    assert play.gaps() == []


def test_a_throttle_that_lasts_from_the_first_capture_on_is_a_gap(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert always_throttled(play, monkeypatch, "history") == ["capture-failed: Throttled (whole account)"]


def test_a_throttle_that_keeps_us_from_a_sweep_is_a_gap(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """Captures of the last days meanwhile do not close it."""
    begun(play)
    play.sound()
    assert always_throttled(play, monkeypatch, "full") == ["capture-failed: Throttled (whole account)"]
    play.sound()
    assert len(play.gaps()) == 1
    play.sound("full")
    assert play.gaps() == []


def test_a_token_that_dies_half_way(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "a-token-that-will-die-soon"
    play.network.grant("mastodon", token, US)
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": token})
    old, _, gone = begun(play, signed_in=True)
    play.network.edit(old, "School starts at ten")
    play.network.remove(gone)

    def dying(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        play.network.expire_token("mastodon")
        return real()

    with play.between.meanwhile("/context", dying):
        outcome = play.capture()
    assert play.final()["failure"]["type"] == "TokenExpired"
    assert "credential" in str(outcome.failure)
    assert (outcome.absent, outcome.changed) == (0, 1)
    play.network.expire_token("mastodon", expired=False)
    assert play.sound().absent == 1


def test_a_history_goes_on_from_its_cursor(play: Play) -> None:
    for number in range(90):
        play.network.publish(US, f"Post {number}")
    pages = iter(range(9))

    def second_fails(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return real() if next(pages) == 0 else httpx.Response(500)

    with play.between.meanwhile("/statuses?", second_fails):
        assert play.capture().failure is not None
    assert len(play.rows()) == 40
    first = len(play.between.asked)
    outcome = play.sound("history")
    assert outcome.new == 50
    listed = [url for url in play.between.asked[first:] if "/statuses?" in url]
    assert all("max_id" in url for url in listed), "the first page is not asked for again"
    assert play.archive.state(play.name).sums.history == {"cursor": None, "done": True}
    assert len(play.rows()) == 90
