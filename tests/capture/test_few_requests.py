"""Work that needs more requests than a platform allows at once is finished anyway.

Each run continues with what the run before did not reach.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recordroom.platforms import http
from recordroom.platforms.mastodon import conversations as mastodon
from recordroom.platforms.registry import load
from recordroom.platforms.vimeo import crawl as vimeo
from tests.capture.everywhere.scene import Scene, opened
from tests.clock import standing
from tests.services import S3, Buckets

START = datetime(2026, 6, 1, 16, tzinfo=UTC)
RUNS = 8  # a few more than are needed
NOTICES, ANSWERS = 12, 4  # more replies than TikTok shows with a comment


def run(scene: Scene, kind: str) -> None:
    """Capture day after day until one capture is complete."""
    for _ in range(RUNS):
        outcome = scene.capture(kind)
        assert outcome.failure is None
        if outcome.not_before is None:
            return
        scene.network.wait(days=1)
    pytest.fail(f"none of {RUNS} runs of {kind} has come to its end")


@pytest.mark.parametrize(
    ("platform", "first", "sweep"),
    [("linkedin", 18, 18), ("tiktok", 18, 18), ("vimeo", 11, 11), ("wordpress", 12, 12), ("mastodon", 12, 7)],
)
def test_a_first_capture_and_a_sweep_come_to_their_ends_with_few_requests(
    s3: S3, shared: Buckets, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch,
    *, platform: str, first: int, sweep: int,
) -> None:  # fmt: skip
    """`first`, `sweep`: how many requests each run of them may make."""
    if load(platform).PLATFORM.renewal:
        request.getfixturevalue("airflow")
    for name in ("FILMS_PER_PAGE", "ALBUMS_PER_PAGE"):
        monkeypatch.setattr(vimeo, name, 4)
    monkeypatch.setattr(mastodon, "PAGE", 2)
    scene = opened(platform, s3, shared, tmp_path, START)
    monkeypatch.setattr(http, "sleep", lambda seconds: scene.network.wait(seconds=seconds))
    with standing(scene.network.now):
        for number in range(NOTICES):
            titled = {"title": f"Notice {number}"} if platform == "vimeo" else {}
            post = scene.publish(f"Notice {number}", at=START - timedelta(days=200 - number), **titled)
            comment = scene.network.comment(
                scene.parent, post, f"Question {number}", at=post.created + timedelta(hours=1)
            )
            for answer in range(ANSWERS):
                scene.network.comment(
                    scene.teacher,
                    comment,
                    f"Answer {number} {answer}",
                    at=comment.created + timedelta(hours=1),
                )
            if platform == "vimeo":
                scene.network.album(scene.us, f"Showcase {number}", at=post.created)
            if platform == "wordpress":
                scene.network.edit(post, f"Notice {number}, mended", at=post.created + timedelta(hours=2))
        scene.network.quota(scene.where, first, 60)
        run(scene, "history")
        more = NOTICES if platform in ("vimeo", "wordpress") else 0  # showcases; earlier texts
        assert len(scene.rows()) == NOTICES * (2 + ANSWERS) + more
        [oldest] = [one for one in scene.network.posts.values() if one.now.text == f"Answer 0 {ANSWERS - 1}"]
        scene.network.remove(oldest)
        scene.network.wait(days=2)
        scene.network.quota(scene.where, sweep, 60)
        run(scene, "sweep")
        assert [status for status, _ in scene.told(oldest.now.text)] == ["visible", scene.stage.gone_below]
