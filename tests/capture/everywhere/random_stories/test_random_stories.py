"""As many stories as there is time for: one on each platform in each run, the first thousand seeds with STORIES=1000, and one that failed,
whose seed and steps are told, with STORIES=17-17."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from recordroom.capture.derived.rebuild import rebuild_records
from recordroom.platforms import load
from tests.capture.everywhere.random_stories.looks import TROUBLES, WINDOWS, Slow, folded_anew, imported, in_small_parts, look, whole
from tests.capture.everywhere.random_stories.oracle import Oracle
from tests.capture.everywhere.random_stories.steps import Story
from tests.capture.everywhere.scene import Scene, opened
from tests.clock import standing
from tests.services import S3, Buckets

START = datetime(2026, 6, 1, 16, tzinfo=UTC)  # LinkedIn's API has a version for each month, and none of a later one
IN_EACH_RUN = "1"
TOLD = ("not-captured", "posts-missed")  # gaps that no capture can close


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
def test_what_is_held_is_what_the_platform_shows(scene: Scene, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(scene, Random(f"{scene.platform} {seed}"))  # noqa: S311 (no secret: the same story each time)
    scene.between.real = Slow(scene.between.real, scene.network)
    scene.network.quotas[scene.where] = (10**6, 300)
    in_small_parts(story, monkeypatch)
    try:
        with standing(scene.network.now):
            play(story, Oracle(story))
            is_rebuilt(story)
    except BaseException as failure:
        failure.add_note("\n".join(["", f"STORIES={seed}-{seed} on {scene.platform}:", *story.steps]))
        raise


def play(story: Story, oracle: Oracle) -> None:
    dice = story.dice
    for _ in range(dice.randint(25, 50)):
        if dice.random() < 0.85:
            story.act()
            continue
        if dice.random() < 0.2:
            dice.choice((imported, folded_anew))(story)
            continue
        trouble = dice.choice(TROUBLES) if dice.random() < 0.5 else None
        outcome = look(story, dice.choice(WINDOWS), trouble)
        oracle.claims()
        if outcome and not trouble and outcome.window in ("recent", "full"):
            oracle.recent()
        if outcome and not trouble and outcome.window == "full":
            oracle.forget()
    whole(story)
    oracle.claims()
    oracle.whole()
    unchanged(story)


def unchanged(story: Story) -> None:
    """Nothing is open that can be made good, and whoever looks again finds nothing new."""
    gaps = sorted(story.scene.gaps())
    assert [gap for gap in gaps if not gap.startswith(TOLD)] == []
    for kind in ("sweep", None, "full"):
        assert (outcome := look(story, kind))
        body = story.scene.archive.manifests(story.scene.name)[-1].body
        assert (outcome.new, outcome.changed, outcome.absent, body["evidence"], body["deltas"]) == (0, 0, 0, [], [])
        assert sorted(story.scene.gaps()) == gaps


def is_rebuilt(story: Story) -> None:
    archive = story.scene.archive
    before = archive.rows(story.scene.name)
    rebuild_records(archive.archive, archive.derived)
    assert archive.rows(story.scene.name) == before
