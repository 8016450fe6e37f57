"""Complete accounts on any platform: a month, pages that shift, and a very long conversation."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from recordroom.archive import evidence
from recordroom.coverage import budgets
from recordroom.jobs.context import JobContext
from tests.capture.everywhere.scene import CROWDED, Scene, crowded, says, something

pytestmark = pytest.mark.thorough


def test_an_ordinary_month(scene: Scene) -> None:
    for day in range(12):
        post = scene.publish(
            f"Day {day} at school", at=datetime.now(UTC).replace(microsecond=0) - timedelta(days=29 - 2 * day)
        )
        for number in range(day % 4 if scene.stage.answered else 0):
            comment = scene.network.comment(scene.parent, post, f"Question {number} of day {day}")
            scene.network.comment(scene.us, comment, f"Answer {number} of day {day}")
    something(scene)
    first = scene.sound()
    kinds = [r["kind"] for r in scene.rows()]
    assert (kinds.count("post"), kinds.count("comment"), kinds.count("reply")) == (
        (13, 19, 19) if scene.stage.answered else (13, 0, 0)
    )
    # and whom it blocks
    profiles = {r["record_id"] for r in scene.archive.written(scene.name) if r["kind"] == "profile"}
    assert first.new == len(kinds) + len(profiles)
    [pictured] = [r for r in scene.rows() if says(r, "Closed today")]
    assert any(m["sha256"] is not None for m in pictured["media"])
    again, whole = scene.sound(), scene.sound("full")
    assert (again.new, again.changed, again.absent) == (0, 0, 0)
    assert (whole.new, whole.changed, whole.absent) == (0, 0, 0)
    assert scene.gaps() == []


def test_what_is_kept_says_of_which_account_it_is(scene: Scene) -> None:
    """This distinguishes what an interrupted capture had fetched from another account's.

    See capture/segment/recovery.py.
    """
    something(scene)
    scene.sound()
    pinned = scene.archive.state(scene.name).sums.identity
    keys = scene.archive.archive.keys(f"evidence/{scene.platform}/{scene.name}/")
    kept = [
        one.exchange.context
        for key in keys
        for one in evidence.read_exchanges(scene.archive.archive.get(key))
    ]
    assert pinned is not None
    assert {(context["account"], context["server"]) for context in kept} == {
        (pinned["native_id"], pinned["server"])
    }


def test_a_plan_is_told_where_conversations_are_read_by_it(scene: Scene) -> None:
    """Feeds and WordPress are read completely each time, in few requests."""
    something(scene)
    scene.sound()
    [budget] = budgets.list_budgets(JobContext(scene.archive.place, scene.archive.register, ""))
    by_plan = bool(scene.archive.manifests(scene.name)[-1].body.get("visited"))
    assert (bool(budget["plan"]), budget["readings_a_day"] != [0, 0]) == (by_plan, by_plan)


def test_a_page_that_shifts_while_it_is_read(scene: Scene) -> None:
    """New posts above and removals in the middle move everything between two pages.

    Every post that was there all the time is captured, and is never absent.
    """
    scene.network.quotas[scene.where] = (1_000_000, 300)
    posts = [scene.publish(f"Post {number}", title=f"Post {number}") for number in range(130)]
    scene.sound()

    def shift() -> None:
        for number in range(7):
            scene.publish(f"Late {number}", title=f"Late {number}")
        for post in posts[90:93]:
            scene.network.remove(post)

    scene.between.before[scene.between.asked + 4] = shift
    outcome = scene.capture("full")
    assert (outcome.failure, outcome.not_before) == (None, None)
    scene.sound("full")
    told = defaultdict(list)
    for row in scene.rows():
        told[(row["text"] or row["title"]).partition("\n")[0]].append(row["status"])
    stayed = [f"Post {n}" for n in range(130) if n not in (90, 91, 92)] + [f"Late {n}" for n in range(7)]
    assert {words: told[words] for words in stayed} == {words: ["visible"] for words in stayed}
    assert [told[f"Post {n}"] for n in (90, 91, 92)] == [["visible", scene.stage.gone]] * 3


@pytest.mark.parametrize("scene", CROWDED, indirect=True)
def test_five_thousand_comments_in_threads_three_deep(scene: Scene) -> None:
    """All are captured, and their number equals the platform's own count."""
    crowded(scene)
    outcome = scene.sound()
    assert len([r for r in scene.rows() if r["kind"] in ("comment", "reply")]) == 5_000
    assert scene.gaps() == []
    assert scene.sound("full").new == 0
    assert outcome.requests < 5_000
