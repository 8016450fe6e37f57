"""Random stories, one on each platform in each run.

STORIES=1000 plays the first thousand seeds. STORIES=17-17 repeats a story that failed, whose seed and steps
its failure reports.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from recordroom.capture.derived.rebuild import rebuild_records
from recordroom.platforms.registry import load
from tests.capture.everywhere.random_stories.looks import Slow, SmallParts
from tests.capture.everywhere.random_stories.oracle import Oracle
from tests.capture.everywhere.random_stories.plot import play, unchanged
from tests.capture.everywhere.random_stories.steps import Story
from tests.capture.everywhere.scene import Scene, opened
from tests.clock import standing
from tests.services import S3, Buckets

# LinkedIn's API has a version for each month, and none of a later one
START = datetime(2026, 6, 1, 16, tzinfo=UTC)
IN_EACH_RUN = "1"


def seeds() -> range:
    first, _, last = (os.environ.get("STORIES") or IN_EACH_RUN).rpartition("-")
    return range(int(first or 1), int(last) + 1)


@pytest.fixture
def scene(request: pytest.FixtureRequest, s3: S3, buckets: Buckets, tmp_path: Path) -> Scene:
    """Each story has buckets of its own, which are checked at its end (tests/capture/conftest.py)."""
    if load(request.param).PLATFORM.renewal:
        request.getfixturevalue("airflow")
    return opened(request.param, s3, buckets, tmp_path, START)


@pytest.mark.parametrize("seed", seeds())
def test_what_is_held_is_what_the_platform_shows(
    scene: Scene, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story(scene, Random(f"{scene.platform} {seed}"))  # noqa: S311 (no secret: the same story each time)
    scene.between.real = Slow(scene.between.real, scene.network)
    scene.network.quotas[scene.where] = (10**6, 300)
    SmallParts.thrown(story.dice).put_in_force(monkeypatch)
    try:
        with standing(scene.network.now):
            oracle = Oracle(story)
            play(story, oracle, story.dice.randint(25, 50))
            unchanged(story)
            is_rebuilt(story)
    except BaseException as failure:
        failure.add_note("\n".join(["", f"STORIES={seed}-{seed} on {scene.platform}:", *story.steps]))
        raise


def is_rebuilt(story: Story) -> None:
    archive = story.scene.archive
    before = archive.rows(story.scene.name)
    rebuild_records(archive.archive, archive.derived)
    assert archive.rows(story.scene.name) == before
