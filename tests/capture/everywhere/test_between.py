"""The account is suspended after the check that it can be read, and before missing records are looked up."""

from __future__ import annotations

from typing import Any

import pytest

from recordroom.capture.lookups import RecordLookup
from tests.capture.everywhere.scene import Scene
from tests.capture.everywhere.stages import STAGES
from tests.clock import standing

# a site belongs to its owner
SUSPENDING = [name for name, stage in STAGES.items() if stage.answered and name != "wordpress"]


@pytest.mark.parametrize("scene", SUSPENDING, indirect=True)
def test_a_suspension_between_the_check_and_the_questions_removes_nothing_else(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = RecordLookup.ask

    def suspended(*more: Any) -> Any:
        scene.network.suspend(scene.us)
        return asks(*more)

    with standing(scene.network.now):
        post = scene.publish("Closed today", title="Closed today")
        comments = [scene.network.comment(scene.parent, post, f"Question {number}") for number in range(4)]
        scene.sound("full")
        scene.network.remove(comments[0])
        monkeypatch.setattr(RecordLookup, "ask", suspended)
        scene.capture("sweep")
        monkeypatch.setattr(RecordLookup, "ask", asks)
        others = ["Closed today", *(f"Question {number}" for number in range(1, 4))]
        assert [len(scene.told(text)) for text in others] == [1] * 4
        scene.network.suspend(scene.us, suspended=False)
        scene.network.wait(hours=20)
        assert scene.capture("sweep").failure is None
        assert scene.told("Question 0")[-1][0] in ("removed", "unavailable")
        assert [len(scene.told(text)) for text in others] == [1] * 4
        assert scene.gaps() == []
