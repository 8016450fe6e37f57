"""What a platform does not tell is asked for, not taken for nothing: numbers of answers that are left out, or have another name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.capture.everywhere.scene import Scene, conversation


def without(*names: str) -> Callable[[str, Any], Any]:
    """Answers without these properties."""

    def told(path: str, body: Any) -> Any:
        if isinstance(body, dict):
            return {name: told(path, value) for name, value in body.items() if name not in names}
        return [told(path, one) for one in body] if isinstance(body, list) else body

    return told


@pytest.mark.parametrize(
    ("scene", "names"),
    [
        ("bluesky", ("replyCount", "quoteCount")),
        ("youtube", ("commentCount",)),
        ("vimeo", ("replies",)),
        ("vimeo", ("replies", "comments")),
        ("linkedin", ("commentsSummary",)),
        ("linkedin", ("commentsSummary", "commentSummary")),
    ],
    indirect=["scene"],
)
def test_answers_that_are_not_counted_are_asked_for(scene: Scene, names: tuple[str, ...]) -> None:
    scene.between.telling = without(*names)
    told = conversation(scene)
    assert scene.capture("full").failure is None
    for one in told:
        assert scene.told(one.now.text) == [("visible", [])]


@pytest.mark.parametrize("scene", ["tiktok"], indirect=True)
def test_answers_beyond_those_beside_a_comment_are_asked_for_where_their_number_is_not_told(scene: Scene) -> None:
    scene.between.telling = without("replies")
    _, comment, _ = conversation(scene)
    for number in range(5):
        scene.network.comment(scene.teacher, comment, f"Answer {number}")
    assert scene.capture("full").failure is None
    assert all(scene.told(f"Answer {number}") for number in range(5))


@pytest.mark.parametrize("scene", ["youtube"], indirect=True)
def test_where_comments_are_switched_off_that_is_asked_once_and_then_when_it_is_their_turn(scene: Scene) -> None:
    asked: list[str] = []

    def noted(path: str, body: Any) -> Any:
        asked.append(path.rpartition("/")[2])
        return body

    scene.network.publish(scene.us, "Closed", title="Closed", comments_off=True, at=datetime.now(UTC) - timedelta(days=200))
    scene.between.telling = noted
    scene.sound()
    first = asked.count("commentThreads")
    scene.sound("sweep")
    assert asked.count("commentThreads") - first == first - 1, "but the lists of those that wait, of the whole channel, each time"
