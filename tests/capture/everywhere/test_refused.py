"""Records that a platform refuses at each lookup do not prevent the lookup of others."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from infra.sandbox.faces import native_id
from recordroom.archive.gaps import Gaps
from recordroom.capture import absences
from tests.capture.everywhere.scene import Scene
from tests.capture.everywhere.stages import STAGES
from tests.clock import standing

ANSWERED = [name for name, stage in STAGES.items() if stage.answered]
SAID: dict[str, Any] = {
    "error": {"message": "(#200) Permissions error", "code": 200},
    "message": "Not permitted",
    "status": 403,
}
WORDED = {
    "bluesky": {"error": "Forbidden", "message": "Not permitted"},
    "mastodon": {"error": "This action is not allowed"},
    "tiktok": {"code": 40001, "message": "Not permitted", "data": {}},
}


def refuse(scene: Scene, numbers: Collection[str], status: int = 403) -> None:
    """Refuse these records; LinkedIn reports the refusal of several in the words of a single one."""

    def telling(_: str, body: Any) -> Any:
        told = {key: SAID if key in numbers else error for key, error in body.get("errors", {}).items()}
        return body | {"errors": told} if told else body

    if scene.platform == "linkedin":
        scene.between.telling = telling
        return
    status = 200 if scene.platform == "tiktok" else status  # it refuses with the status of a success
    body, headers = json.dumps(WORDED.get(scene.platform, SAID)), {"Content-Type": "application/json"}
    for number in numbers:
        place = f"/comments/{number}" if scene.platform in ("vimeo", "wordpress") else number
        scene.network.fail(scene.where, status, 1000, path=place, body=body, headers=headers)


@pytest.mark.parametrize("kept", [1, 4])
@pytest.mark.parametrize("scene", ANSWERED, indirect=True)
def test_records_that_the_platform_refuses_when_they_are_looked_for(scene: Scene, kept: int) -> None:
    """Many refused records side by side: the removal of others is noticed anyway.

    Nothing is concluded about the refused ones, and the refusal is reported.
    """
    post = scene.publish("Closed today", title="Closed today")
    comments = [scene.network.comment(scene.parent, post, f"Question {number}") for number in range(kept + 2)]
    scene.sound("full")
    for comment in comments:
        scene.network.remove(comment)
    refuse(
        scene, [re.findall(r"[\w.-]+", native_id(scene.network, comment))[-1] for comment in comments[1:-1]]
    )
    outcome = scene.capture("sweep")
    assert (outcome.failure, outcome.absent) == (None, 2)
    assert [len(scene.told(f"Question {number}")) for number in range(kept + 2)] == [2, *[1] * kept, 2]
    [told] = Gaps(scene.archive.archive).open_now([scene.name])
    assert told.reason.startswith("platform-limit")
    assert f"does not say whether {kept} record" in told.detail
    scene.network.faults.clear()
    scene.between.telling = None
    assert scene.capture("sweep").absent == kept
    assert scene.gaps() == []


@pytest.mark.parametrize("scene", ANSWERED, indirect=True)
def test_many_records_at_which_the_platform_fails_each_time_they_are_looked_for(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The platform fails at many records each time they are looked up, and is not down.

    The sweep ends, and nothing is concluded about them. The removal of others is noticed within days, because
    each sweep looks up others first.
    """
    monkeypatch.setattr(absences, "FEW", 10)
    post = scene.publish("Closed today", title="Closed today")
    comments = [scene.network.comment(scene.parent, post, f"Question {number}") for number in range(9)]
    scene.sound("full")
    for comment in comments:
        scene.network.remove(comment)
    refuse(
        scene,
        [re.findall(r"[\w.-]+", native_id(scene.network, comment))[-1] for comment in comments[1:-1]],
        500,
    )
    absent, sweeps = 0, 0
    while absent < 2:
        with standing(scene.network.now):
            outcome = scene.capture("sweep")
            [told] = Gaps(scene.archive.archive).open_now([scene.name])
        assert outcome.failure is None
        assert "does not say whether" in told.detail
        absent, sweeps = absent + outcome.absent, sweeps + 1
        assert sweeps < 30
        scene.network.wait(hours=20)
    assert [len(scene.told(f"Question {number}")) for number in range(9)] == [2, *[1] * 7, 2]
    scene.network.faults.clear()
    scene.between.telling = None
    with standing(scene.network.now):
        assert scene.capture("sweep").absent == 7
    assert scene.gaps() == []


@pytest.mark.parametrize("scene", ["x"], indirect=True)
def test_that_no_money_is_left_is_no_refusal_of_one(scene: Scene) -> None:
    comment = scene.network.comment(scene.parent, scene.publish("Closed today"), "Until when?")
    scene.sound("full")
    scene.network.remove(comment)
    refuse(scene, [native_id(scene.network, comment)], 402)
    outcome = scene.capture("sweep")
    assert "HTTP 402" in (outcome.failure or "")
    assert outcome.absent == 0


@dataclass
class Silent(httpx.BaseTransport):
    """A platform that does not respond to requests for one record."""

    real: httpx.BaseTransport
    number: str

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.number in unquote(str(request.url)):
            raise httpx.ReadTimeout("as a network does it", request=request)
        return self.real.handle_request(request)


@pytest.mark.parametrize("scene", ["linkedin", "mastodon", "vimeo", "x"], indirect=True)
def test_a_record_of_which_no_answer_comes_when_it_is_looked_for(scene: Scene) -> None:
    post = scene.publish("Closed today", title="Closed today")
    comments = [scene.network.comment(scene.parent, post, f"Question {number}") for number in range(3)]
    scene.sound("full")
    for comment in comments:
        scene.network.remove(comment)
    real, number = scene.between.real, re.findall(r"[\w.-]+", native_id(scene.network, comments[1]))[-1]
    scene.between.real = Silent(real, f"/comments/{number}" if scene.platform == "vimeo" else number)
    outcome = scene.capture("sweep")
    assert (outcome.failure, outcome.absent) == (None, 2)
    assert len(scene.told("Question 1")) == 1
    [told] = Gaps(scene.archive.archive).open_now([scene.name])
    assert "does not say whether 1 record" in told.detail
    assert "ReadTimeout" in told.detail
    assert "?" not in told.detail, "addresses without the ids that were asked for"
    scene.between.real = real
    assert scene.capture("sweep").absent == 1
    assert scene.gaps() == []
