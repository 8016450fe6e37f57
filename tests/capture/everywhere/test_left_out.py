"""More records than a platform's lists show or one sweep looks up: each is looked up in turn.

No record that is still there is doubted.
"""

from __future__ import annotations

import pytest

from infra.sandbox.faces.x import face
from recordroom.capture import absences, lookups
from recordroom.platforms.x import crawl
from tests.capture.everywhere.scene import Scene
from tests.clock import standing

LISTED, ASKED, ALL = 5, 3, 16


@pytest.mark.parametrize("scene", ["x"], indirect=True)
def test_what_is_left_out_by_the_lists_is_asked_for_in_turn(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(face, "MENTIONS", LISTED)
    monkeypatch.setattr(crawl, "MENTIONS_CUT_FROM", LISTED)
    monkeypatch.setattr(lookups, "ASKED_AT_MOST", ASKED)
    with standing(scene.network.now):
        post = scene.publish("Closed today")
        asked = scene.network.comment(scene.parent, post, "Until when?")
        named = [
            scene.network.publish(scene.parent, f"Hello @{scene.stage.handle} {number}")
            for number in range(ALL)
        ]
        scene.sound("history")
        scene.network.remove(named[0])
        scene.network.remove(asked)
        # the conversation takes one place, once
        for day in range(1 + absences.turns_needed([row["record_id"] for row in scene.rows()], ASKED)):
            scene.network.wait(days=1)
            outcome = scene.capture("sweep")
            assert outcome.failure is None
            assert len(scene.told("Until when?")) == 2, "its conversation was read: it goes before all others"
            assert [gap.split()[0] for gap in scene.gaps()] == ["platform-limit"], day
            if len(scene.told(f"Hello @{scene.stage.handle} 0")) == 2:
                break
        texts = [f"Hello @{scene.stage.handle} {number}" for number in range(ALL)]
        assert [len(scene.told(text)) for text in texts] == [2, *[1] * (ALL - 1)]
        monkeypatch.setattr(lookups, "ASKED_AT_MOST", ALL)
        scene.sound("sweep")
        assert scene.gaps() == []
