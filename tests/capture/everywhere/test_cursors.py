"""A first capture continues from the cursor of another version of recordroom, or starts again and reports it.

It loses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from recordroom.archive.state.account_summary import AccountSummary
from recordroom.capture import reader, session, windows
from recordroom.capture.session import Outcome
from recordroom.capture.windows import choose_window
from recordroom.jobs.captures import describe_outcome
from recordroom.platforms.contract import Window
from tests.capture.everywhere.faulty import allow, say
from tests.capture.everywhere.scene import Scene
from tests.capture.everywhere.stages import STAGES

WALKED = sorted(set(STAGES) - {"feed"})  # their first capture is one response


def tell(scene: Scene) -> None:
    allow(scene)
    for number in range(3):
        say(scene, str(number), datetime.now(UTC).replace(microsecond=0) - timedelta(days=20 * number + 1))


def begin(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """Start a first capture: its first run gets one response."""
    with monkeypatch.context() as hurried:
        hurried.setattr(reader, "LONGEST_RUN", timedelta(seconds=-1))
        return scene.capture("history")


def goes_on_from(monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str]) -> None:
    """Let the next first capture continue from a changed cursor."""

    def chosen(
        sums: AccountSummary, kind: str | None, since: datetime | None, now: datetime, url: str | None = None
    ) -> Window:
        window = choose_window(sums, kind, since, now, url)
        cursor = None if window.cursor is None else change(window.cursor)
        return Window("history", cursor=cursor) if window.kind == "history" else window

    monkeypatch.setattr(session, "choose_window", chosen)


def is_whole(scene: Scene) -> None:
    """Check that nothing was passed over, and that nothing read twice has another version."""
    again = scene.capture("full")
    assert (again.new, again.restarted) == (0, "")
    changed = {name for row in scene.rows() for name in row["changed"]}
    assert changed <= ({"media_bytes"} if scene.platform == "youtube" else set()), (
        "a sweep asks YouTube for captions"
    )


@pytest.mark.parametrize("scene", WALKED, indirect=True)
def test_a_field_of_a_later_version_is_kept_while_a_first_capture_goes_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(scene)
    assert begin(scene, monkeypatch).unfinished
    goes_on_from(monkeypatch, lambda cursor: json.dumps({**json.loads(cursor), "a_later_field": 7}))
    outcome = begin(scene, monkeypatch)
    assert (outcome.failure, outcome.restarted, outcome.unfinished) == (None, "", True)
    assert json.loads(scene.archive.manifests(scene.name)[-1].body["cursor"])["a_later_field"] == 7
    assert (done := scene.capture("history")).failure is None
    assert not done.unfinished
    is_whole(scene)


@pytest.mark.parametrize("scene", WALKED, indirect=True)
def test_a_cursor_that_cannot_be_interpreted_begins_again_and_is_reported(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(scene)
    begin(scene, monkeypatch)
    begin(scene, monkeypatch)
    goes_on_from(
        monkeypatch, lambda _: '{"version": 2}' if scene.platform == "wordpress" else '["of a later version"]'
    )
    outcome = scene.capture("history")
    assert (outcome.failure, outcome.unfinished) == (None, False)
    assert outcome.restarted.startswith(windows.RESTARTED)
    assert windows.RESTARTED in describe_outcome(outcome)
    assert outcome.restarted in scene.archive.manifests(scene.name)[-1].body["warnings"]
    assert scene.archive.state(scene.name).sums.history["done"]
    is_whole(scene)
