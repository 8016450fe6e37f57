"""A sample of the recorded stories: today's code has the same results as earlier code.

`python -m tests.capture.everywhere.recorded_stories replay` repeats all of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from recordroom.platforms.registry import list_names, load
from tests.capture.everywhere.recorded_stories.replay import play_again, replay
from tests.capture.everywhere.recorded_stories.story_file import FOLDER, RecordedStory, path_of, read
from tests.services import S3
from tests.tiers import sampled

SEEDS = (1, 10)
ONE = "mastodon"  # the tests of the replay itself change its first story


def one_story(platform: str, seed: int) -> RecordedStory:
    [story] = read(path_of(platform), [seed])
    return story


@pytest.fixture(params=list_names())
def platform(request: pytest.FixtureRequest) -> str:
    if load(request.param).PLATFORM.renewal:
        request.getfixturevalue("airflow")
    return str(request.param)


@pytest.mark.parametrize("seed", sampled(SEEDS, len(SEEDS)))
def test_a_replayed_story_comes_to_the_same_records(platform: str, seed: int, s3: S3, tmp_path: Path) -> None:
    found = replay(one_story(platform, seed), s3, tmp_path)
    assert found.problems == []


def test_a_story_that_is_played_again_comes_to_the_same_records(
    platform: str, s3: S3, tmp_path: Path
) -> None:
    found = play_again(one_story(platform, SEEDS[0]), s3, tmp_path)
    assert found.problems == []


def test_each_platform_has_recorded_stories() -> None:
    assert {path.name for path in FOLDER.glob("*.xz")} == {path_of(name).name for name in list_names()}


def test_different_requests_may_come_in_any_order(s3: S3, tmp_path: Path) -> None:
    story = one_story(ONE, SEEDS[0])
    for capture in story.captures:
        capture.exchanges.sort(key=lambda exchange: exchange.key)  # equal ones stay in their order
    found = replay(story, s3, tmp_path)
    assert (found.problems, found.borrowed, found.unused) == ([], [], [])


def test_a_request_that_the_record_does_not_have_is_named(s3: S3, tmp_path: Path) -> None:
    story = one_story(ONE, SEEDS[0])
    lost = story.captures[-1].exchanges.pop(3)
    found = replay(story, s3, tmp_path)
    assert found.missing
    assert (found.missing.method, found.missing.url) == (lost.method, lost.url)
    assert lost.url in found.problems[0]
    assert found.verdict == "different"


def test_a_recorded_request_that_no_capture_makes_is_reported(s3: S3, tmp_path: Path) -> None:
    story = one_story(ONE, SEEDS[0])
    exchange = story.captures[-1].exchanges[-1]
    story.captures[-1].exchanges.append(exchange)
    found = replay(story, s3, tmp_path)
    assert (found.problems, found.unused) == ([], [f"{exchange.method} {exchange.url}"])


def test_another_text_is_a_difference(s3: S3, tmp_path: Path) -> None:
    story = one_story(ONE, SEEDS[0])
    for capture in story.captures:
        for exchange in capture.exchanges:
            exchange.content = exchange.content.replace(b"mark1q", b"mark1x")
    found = replay(story, s3, tmp_path)
    assert any(": text was " in problem for problem in found.problems)
    assert found.verdict == "different"
