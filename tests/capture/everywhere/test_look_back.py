"""Unavailable records are looked up again in turn: they may be back with their author, and in no list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from recordroom.archive.gaps import Gaps
from recordroom.capture import absences
from tests.capture.everywhere.scene import Scene, conversation
from tests.capture.everywhere.stages import STAGES
from tests.clock import standing

ANSWERED = [name for name, stage in STAGES.items() if stage.answered]
SUSPENDING = [name for name in ANSWERED if name != "wordpress"]  # a site belongs to its owner


@pytest.fixture(autouse=True)
def _all_at_each_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absences, "TURN", 1)


@pytest.mark.parametrize("scene", ANSWERED, indirect=True)
def test_what_is_gone_stays_gone_however_often_it_is_asked_for(scene: Scene) -> None:
    with standing(scene.network.now):
        _, comment, reply = conversation(scene)
        scene.sound("full")
        scene.network.remove(reply)
        scene.sound("sweep")
        told = scene.told(reply.now.text)
        assert [status for status, _ in told] in (
            ["visible", "unavailable"],
            ["visible", "removed"],
            ["visible", "trashed"],
        )
        for _ in range(2):
            scene.network.wait(hours=20)
            assert scene.sound("sweep").changed == 0
        assert (scene.told(reply.now.text), len(scene.told(comment.now.text))) == (told, 1)


@pytest.mark.parametrize("scene", SUSPENDING, indirect=True)
def test_what_was_away_with_its_author_is_visible_again(scene: Scene) -> None:
    with standing(scene.network.now):
        _, _, reply = conversation(scene)
        scene.sound("full")
        scene.network.suspend(scene.teacher)
        assert scene.capture("sweep").failure is None, "some count what they do not show, which is reported"
        scene.network.suspend(scene.teacher, suspended=False)
        scene.network.wait(hours=20)
        scene.sound("sweep")
        assert scene.told(reply.now.text)[-1][0] == "visible"
        assert scene.sound("sweep").changed == 0


@pytest.mark.parametrize("scene", ["mastodon"], indirect=True)
def test_that_the_account_can_be_read_is_asked_first(scene: Scene) -> None:
    asked: list[str] = []

    def heard(path: str, body: Any) -> Any:
        asked.append(path)
        return body

    with standing(scene.network.now):
        _, _, reply = conversation(scene)
        scene.sound("full")
        scene.network.remove(reply)
        scene.sound("sweep")
        scene.between.telling = heard
        scene.sound("sweep")
    at = asked.index("/api/v1/statuses")
    assert asked[at - 2 : at] == asked[:2] == ["/api/v1/accounts/lookup", "/api/v2/instance"]


@pytest.mark.parametrize("scene", ["bluesky"], indirect=True)
def test_it_ends_no_sweep_that_is_throttled_there(scene: Scene) -> None:
    with standing(scene.network.now):
        conversation(scene)
        scene.sound("full")
        scene.network.suspend(scene.teacher)
        scene.sound("sweep")
        scene.network.fail(scene.where, 429, 100, path="getPosts")
        scene.sound("sweep")
        assert scene.network.faults[0].times < 100, "it was asked"


@pytest.mark.parametrize("scene", ["x"], indirect=True)
def test_so_many_that_are_said_to_be_deleted_at_once_are_not_believed_and_it_is_told(scene: Scene) -> None:
    protected = "https://api.twitter.com/2/problems/not-authorized-for-resource"

    def telling(_: str, body: Any) -> Any:
        for problem in body.get("errors", []):
            problem["type"] = protected
        return body

    with standing(scene.network.now):
        posts = [scene.publish(f"Day {number}") for number in range(8)]
        scene.sound("full")
        scene.between.telling = telling
        for some in (posts[:4], posts[4:]):
            for post in some:
                scene.network.remove(post)
            scene.sound("sweep")
        scene.between.telling = None
        statuses = {post.now.text: scene.told(post.now.text) for post in posts}
        assert all(told[-1][0] == "unavailable" for told in statuses.values())
        outcome = scene.capture("sweep")
        assert (outcome.failure, outcome.changed, outcome.absent) == (None, 0, 0)
        assert statuses == {post.now.text: scene.told(post.now.text) for post in posts}
        assert [gap for gap in scene.gaps() if gap.startswith("platform-limit")]


@pytest.mark.parametrize("scene", ["bluesky"], indirect=True)
def test_that_no_sweep_comes_to_it_for_longer_than_each_turn_takes_is_told(scene: Scene) -> None:
    with standing(scene.network.now):
        conversation(scene)
        scene.sound("full")
        scene.network.suspend(scene.teacher)
        scene.sound("sweep")
        scene.network.fail(scene.where, 429, 100, path="getPosts")
        scene.sound("sweep")
        scene.network.wait(days=1)
        assert scene.capture("sweep").failure is None
        [told] = Gaps(scene.archive.archive).open_now([scene.name])
        assert told.reason.startswith("platform-limit")
        assert (
            f"since {scene.network.now() - timedelta(days=1):%Y-%m-%d}, no sweep has finished asking Bluesky"
            in told.detail
        )
        scene.network.faults.clear()
        scene.sound("sweep")
        assert scene.gaps() == []
