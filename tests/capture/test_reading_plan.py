"""When each conversation is read, and what follows for those that were not.

Every change is found within the promised time.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from infra.sandbox.model import Post
from infra.sandbox.network import Network
from recordroom.archive.gaps import Gaps
from recordroom.archive.state.record_state import RecordState, apply_read
from recordroom.capture.reading_plan import (
    BLIND,
    DAY,
    LONGEST,
    NIGHT,
    PERIODS,
    SLACK,
    forecast_turns,
    is_due,
    longest_unread,
)
from recordroom.coverage import budgets
from recordroom.jobs.context import JobContext
from recordroom.model import instant
from tests.capture import airflow_database
from tests.capture.everywhere import scene as everywhere
from tests.capture.faults.answers import altered
from tests.capture.plans import make_plan
from tests.capture.stage import OTHER, PARENT, US, Play, opened
from tests.clock import standing
from tests.fault_transport import Answer
from tests.services import S3, Buckets

START = datetime(2026, 3, 2, 9, 20, tzinfo=UTC)


@pytest.fixture
def play(s3: S3, shared: Buckets, tmp_path: Path) -> Iterator[Play]:
    """Provide conversations of 90, 20, and 5 days ago; the first capture is long over."""
    play = opened(s3, shared, tmp_path, start=START)
    with standing(play.network.now):
        for days in (90, 20, 5):
            post = play.network.name(
                f"{days}", play.network.publish(US, f"{days} days ago", at=START - timedelta(days=days))
            )
            comment = play.network.comment(
                PARENT, post, f"Why, {days}?", at=post.created + timedelta(hours=1)
            )
            play.network.comment(OTHER, comment, f"Because, {days}", at=post.created + timedelta(hours=2))
        play.sound()
        play.sound("sweep")
        play.between.asked.clear()
        yield play


def conversation(play: Play, days: int) -> tuple[Post, Post, Post]:
    post = play.network.named(str(days))
    [comment] = [one for one in play.network.children[post.key] if one.now.text.startswith("Why")]
    return post, comment, play.network.children[comment.key][0]


def contexts(play: Play) -> int:
    found = sum(asked.endswith("/context") for asked in play.between.asked)
    play.between.asked.clear()
    return found


def run(play: Play, kind: str | None = None, **span: float) -> int:
    """Capture after some time, and return how many conversations were read.

    The capture must end well, with no absence and no new gap.
    """
    play.network.wait(**span)
    outcome = play.sound(kind)
    assert (outcome.absent, outcome.gaps) == (0, [])
    return contexts(play)


def status_of(play: Play, text: str) -> list[str]:
    return [row["status"] for row in play.rows() if row["text"] == text]


# -- what is read, and what a manifest says of it
# ------------------------------------------------------------------------------------------------------------


def test_a_quiet_conversation_is_read_at_its_turn_and_its_manifest_says_so(play: Play) -> None:
    assert run(play, minutes=15) == 0
    visited = play.final()["visited"]
    assert visited == {
        "read": {},
        "why": {},
        "skipped": {"unchanged": 2},
    }, "that of 90 days ago is not in the window"
    assert play.final()["seen"]["count"] == 3, "two posts and the profile"
    assert [run(play, minutes=15) for _ in range(3)] == [
        0,
        2,
        0,
    ], "its count does not include answers to answers: every 45 minutes"
    assert run(play, "sweep", hours=23) == 3
    assert play.final()["visited"]["why"] == {"turn": 3}
    assert run(play, "sweep", minutes=10) == 0
    assert play.final()["visited"]["skipped"] == {"unchanged": 3}


def test_whoever_asks_for_all_of_it_gets_all_of_it(play: Play) -> None:
    assert run(play, "full", minutes=1) == 3
    assert "skipped" not in play.final()["visited"]
    assert run(play, "full", minutes=1) == 3


def test_a_young_conversation_is_read_at_every_capture(play: Play) -> None:
    post = play.network.publish(US, "Closed today")
    comment = play.network.comment(PARENT, post, "And the buses?")
    run(play, minutes=15)
    answer = play.network.comment(OTHER, comment, "They stay in the yard.")
    assert run(play, minutes=15) == 1
    assert status_of(play, "They stay in the yard.") == ["visible"]
    play.network.remove(answer)
    play.network.wait(minutes=15)
    assert play.sound().absent == 1
    assert play.final()["visited"]["why"]["young"] == 1


def test_a_new_answer_to_a_post_of_this_month_is_seen_by_its_count_at_once(play: Play) -> None:
    play.network.comment(PARENT, conversation(play, 20)[0], "And now?")
    assert run(play, minutes=15) == 1
    assert play.final()["visited"]["why"] == {"sign": 1}
    assert status_of(play, "And now?") == ["visible"]


def test_a_removal_below_a_post_of_this_month_is_seen_by_its_count_at_once(play: Play) -> None:
    play.network.remove(conversation(play, 20)[1])
    play.network.wait(minutes=15)
    assert play.sound().absent > 0
    assert play.final()["visited"]["why"] == {"sign": 1}


def test_a_new_answer_to_an_answer_is_seen_within_the_hour_or_the_day(play: Play) -> None:
    for days in (20, 90):
        play.network.comment(PARENT, conversation(play, days)[1], f"Thank you, {days}")
    for _ in range(4):
        run(play, minutes=15)
    assert status_of(play, "Thank you, 20") == ["visible"]
    run(play, "sweep", hours=23)
    assert status_of(play, "Thank you, 90") == ["visible"]


def test_a_new_answer_on_an_old_post_is_seen_by_a_sweep_that_starts_earlier_than_the_one_before(
    play: Play,
) -> None:
    """Accounts of a platform wait for each other, and the account before this one took longer yesterday."""
    run(play, "sweep", days=1)
    play.network.comment(PARENT, conversation(play, 90)[1], "Thank you, 90")
    run(play, "sweep", hours=21)
    assert status_of(play, "Thank you, 90") == ["visible"]


def test_an_edit_and_a_removal_on_an_old_post_are_found_though_no_count_tells(play: Play) -> None:
    _, comment, answer = conversation(play, 90)
    play.network.edit(comment, "Why, really?")
    play.network.remove(answer)
    before = play.network.now()
    assert run(play, minutes=15) == 0
    play.network.wait(hours=24)
    assert play.sound("sweep").absent == 1
    assert status_of(play, "Why, really?") == ["visible"]
    assert status_of(play, "Because, 90") == ["visible", "unavailable"]
    [gone] = [h for h in play.archive.state(play.name).window(None) if h.status == "unavailable"]
    assert gone.last_seen_at is not None
    assert gone.last_seen_at < instant(before), "a window that left its conversation out did not see it"
    play.network.comment(PARENT, conversation(play, 20)[0], "And now?")
    play.network.remove(conversation(play, 20)[2])
    play.network.wait(minutes=15)
    assert play.sound().absent == 1
    [other] = [
        h
        for h in play.archive.state(play.name).window(None)
        if h.status == "unavailable" and h.record_id != gone.record_id
    ]
    assert play.final()["seen"]["last_seen"] == {other.record_id: other.last_seen_at}
    assert play.final()["visited"]["skipped"] == {"unchanged": 1}


# -- what was not read is not claimed
# ------------------------------------------------------------------------------------------------------------


def test_of_a_conversation_that_was_left_out_nothing_is_absent_seen_or_lacking(play: Play) -> None:
    _, comment, _ = conversation(play, 20)
    empty = httpx.Response(200, content=b'{"ancestors": [], "descendants": []}')
    with play.between.meanwhile("/context", lambda _, __: empty):
        assert run(play, minutes=15) == 0
    held = {h.native_id: h for h in play.archive.state(play.name).window(None)}
    assert not any(h.missing for h in held.values())
    assert play.final()["completeness"]["answers"] == {"differ": 0, "fewer": 0, "named": []}
    assert comment.status == "visible"


def test_a_conversation_whose_post_is_gone_is_looked_for_answer_by_answer(play: Play) -> None:
    post, _, answer = conversation(play, 20)
    play.network.remove(post)
    play.network.remove(answer)
    play.network.wait(minutes=15)
    assert play.sound().absent == 2
    assert status_of(play, "20 days ago")[-1] == "unavailable"
    assert status_of(play, "Because, 20")[-1] == "unavailable"
    assert status_of(play, "Why, 20?") == ["visible"], "Mastodon keeps the answers"


def test_what_lacked_in_a_conversation_lacks_until_it_is_read_again(play: Play) -> None:
    """The platform counts replies that it does not show.

    The gap stays open while the conversation is not read.
    """
    post, comment, _ = conversation(play, 20)
    blocked = play.network.comment(OTHER, post, "Nobody sees this")
    hidden = "Nobody sees this"

    def without(_: httpx.Request, real: object) -> httpx.Response:
        body = json.loads(real().read())  # type: ignore[operator]
        return httpx.Response(
            200, json=body | {"descendants": [d for d in body["descendants"] if hidden not in d["content"]]}
        )

    with play.between.meanwhile("/context", without):
        play.network.wait(minutes=15)
        assert len(play.sound().gaps) == 1
        entry, state = play.manifests()[-1], play.archive.state(play.name)
        [(root, number)] = entry.body["visited"]["lacking"].items()
        assert number == 1
        state.fold(replace(entry, body=entry.body | {"visited": entry.body["visited"] | {"lacking": [root]}}))
        assert state.get([root])[root].lacking == 1, "older manifests tell which, not how many"
    play.network.wait(minutes=15)
    play.sound()
    assert play.final()["visited"]["skipped"] == {"unchanged": 2}
    assert (play.final()["completeness"]["answers"]["unread"], play.final()["completeness"]["lacking"]) == (
        1,
        1,
    )
    assert len(play.gaps()) == 1, "it was not read: nothing better is known"
    play.network.wait(hours=1)
    play.sound()
    assert play.gaps() == []
    assert (blocked.status, comment.status) == ("visible", "visible")


# -- failures
# ------------------------------------------------------------------------------------------------------------


def tired_after(most: int) -> Answer:
    """Return a platform that throttles after so many responses."""
    answered = [0]

    def tired(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        answered[0] += 1
        if answered[0] > most:
            return httpx.Response(429, json={"error": "Too many requests"}, headers={"Retry-After": "3600"})
        return real()

    return tired


def test_a_throttled_sweep_goes_on_where_it_stopped(play: Play) -> None:
    for number in range(6):
        post = play.network.publish(US, f"Notice {number}", at=START - timedelta(days=40 + number))
        play.network.comment(PARENT, post, f"Question {number}", at=post.created + timedelta(hours=1))
    play.network.wait(hours=24)
    with play.between.meanwhile("/context", tired_after(5)):
        assert play.capture("sweep").not_before is not None
    assert "seen" not in play.final(), "a capture that did not end proves nothing of the window"
    assert len(play.final()["visited"]["read"]) == 5
    contexts(play)
    assert run(play, "sweep", minutes=5) == 4, "nine conversations; five need not be read again"


@pytest.mark.parametrize(
    ("answer_to_that", "fails"),
    [
        (httpx.Response(403, json={"error": "no"}), False),
        (httpx.Response(200, text="<p>At work"), False),
        (httpx.Response(200, json={"statuses": []}), True),
    ],
    ids=["refused", "unreadable", "of another shape"],
)
def test_a_conversation_in_which_something_was_missing_is_read_again_after_a_failure(
    play: Play, answer_to_that: httpx.Response, fails: bool
) -> None:
    """A refusal of that one record ends no sweep, and nothing is concluded about it."""
    _, _, answer = conversation(play, 90)
    play.network.remove(answer)
    play.network.wait(hours=24)
    with play.between.meanwhile("statuses?id", lambda _, __: answer_to_that):
        outcome = play.capture("sweep")
        assert (bool(outcome.failure), outcome.absent) == (fails, 0)
    contexts(play)
    play.network.wait(minutes=10)
    assert play.sound("sweep").absent == 1
    assert contexts(play) == 1, "the others were read to their ends"


@pytest.mark.parametrize("throttled", [False, True])
def test_what_a_first_capture_or_a_throttled_sweep_lacked_lacks_still(
    s3: S3, shared: Buckets, tmp_path: Path, throttled: bool
) -> None:
    """The sweep after it does not read the conversation, and that closes no gap."""
    play = opened(s3, shared, tmp_path, start=START)
    with standing(play.network.now):
        for days in (90, 70):
            post = play.network.publish(US, f"{days} days ago", at=START - timedelta(days=days))
            play.network.comment(PARENT, post, f"Why, {days}?", at=post.created + timedelta(hours=1))
        if throttled:
            play.sound()
        counted = [("/statuses?", altered(more_answers_than_are_shown))]
        play.between.rules = [*counted, *([("/context", tired_after(1))] if throttled else [])]
        assert (play.capture("full" if throttled else None).not_before is not None) == throttled
        [(root, lacking)] = play.final()["visited"]["lacking"].items()
        assert (lacking, root in play.final()["visited"]["read"]) == (3, True)
        play.between.rules = counted
        for _ in range(2):
            play.network.wait(minutes=15)
            play.sound("sweep")
        assert (play.final()["visited"]["read"], play.final()["completeness"]["lacking"]) == ({}, 3)
        assert [gap.reason for gap in Gaps(play.archive.archive).open_now([play.name])] == [
            "counts-differ (whole account)"
        ]
        play.network.wait(hours=24)
        play.sound("sweep")
        assert play.final()["visited"]["lacking"] == {root: 3}, "it is looked at again every day"


def more_answers_than_are_shown(page: Any) -> Any:
    return [status | {"replies_count": 4} if "70 days" in status["content"] else status for status in page]


@pytest.mark.parametrize("days", [20, 95])
def test_a_conversation_that_could_not_be_read_is_read_again_though_nothing_has_changed(
    play: Play, days: int
) -> None:
    """A response is unreadable once; it contains the first reply that the post ever got."""
    post = play.network.publish(US, "Lunch is at noon", at=START - timedelta(days=days))
    kind = None if days < 30 else "sweep"
    run(play, kind, minutes=15)
    play.network.comment(PARENT, post, "And on Fridays?")
    play.network.comment(OTHER, conversation(play, 20)[0], "Why indeed?")

    def broken(conversation: Any) -> Any:
        return conversation | {
            "descendants": [
                one | ({"content": 7} if "Fridays" in one["content"] else {})
                for one in conversation["descendants"]
            ]
        }

    play.network.wait(minutes=15)
    with play.between.meanwhile("/context", altered(broken)):
        assert "content must be text" in (play.capture(kind).failure or "")
    assert len(play.final()["visited"]["read"]) == 1, "the other one could be read"
    assert status_of(play, "And on Fridays?") == []
    run(play, kind, minutes=15)
    assert status_of(play, "And on Fridays?") == ["visible"]
    assert play.gaps() == []


def test_where_nobody_knows_whose_answer_could_not_be_read_all_that_is_read_from_then_on_is_read_again() -> (
    None
):
    plan = make_plan(START, everything=True)
    for root in ("first", "second", "third"):
        plan.wants_conversation(root, START, 1)
    plan.note_read("first")
    plan.unread(None)
    plan.note_read("second")
    plan.wants_conversation("fourth", START, 1)
    plan.note_read("fourth")
    assert [root for root, _ in plan.read_roots(whole=True)] == ["first"]
    plan.close()


def test_a_first_capture_leaves_nothing_for_the_next_sweep_to_read_again(
    s3: S3, shared: Buckets, tmp_path: Path
) -> None:
    play = opened(s3, shared, tmp_path, start=START)
    with standing(play.network.now):
        for number in range(3):
            post = play.network.publish(US, f"Post {number}", at=START - timedelta(days=50 + number))
            play.network.comment(PARENT, post, "Why?", at=post.created + timedelta(hours=1))
        play.sound()
        assert (play.final()["window"]["kind"], len(play.final()["visited"]["read"])) == ("history", 3)
        contexts(play)
        assert run(play, "sweep", minutes=15) == 0


# -- periods
# ------------------------------------------------------------------------------------------------------------


def test_the_plan_says_how_often_each_conversation_is_read_again(play: Play) -> None:
    """The conversations are of 90, 20, and 5 days ago, for the periods above."""
    told = forecast_turns(play.archive.state(play.name).window(None), play.network.now())
    day, hours, blind = timedelta(days=1), timedelta(hours=6), timedelta(minutes=45)
    assert told == {(timedelta(days=7), day): 1, (hours, blind): 2}
    with standing(play.network.now):
        [budget] = budgets.list_budgets(JobContext(play.archive.place, play.archive.register, ""))
    assert [one["conversations"] for one in budget["plan"]] == [2, 1]
    assert budget["readings_a_day"] == [8, 65]
    play.network.publish(US, "Closed today")
    play.sound()
    assert (
        forecast_turns(play.archive.state(play.name).window(None), play.network.now())[
            timedelta(0), timedelta(0)
        ]
        == 1
    )


def test_no_conversation_waits_longer_than_the_longest_period() -> None:
    assert max(period for _, period in (*PERIODS, *BLIND)) == LONGEST
    for days in range(2, 2_000, 9):
        for idle in range(2, days, 50):
            age = (timedelta(days=days), timedelta(days=idle))
            assert timedelta(0) < longest_unread(*age, blind=True) <= min(longest_unread(*age), DAY)
            assert longest_unread(*age, lacking=True) <= DAY
    assert longest_unread(timedelta(days=30), timedelta(days=30), blind=True) < timedelta(hours=1)


@dataclass
class Conversation:
    root: RecordState
    published: datetime
    blind: bool


STEPS = st.lists(st.tuples(st.floats(0.1, 100.0), st.booleans()), min_size=1, max_size=40)
ROOTS = st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=8)


@given(STEPS, ROOTS)
@settings(max_examples=60, deadline=None)
def test_whatever_windows_fail_after_one_that_did_not_everything_was_read_within_its_period(
    steps: list[tuple[float, bool]], roots: list[tuple[int, bool]]
) -> None:
    now = START
    told = {}
    for number, (days, blind) in enumerate(roots):
        published = START - timedelta(days=days)
        held = RecordState(
            f"m:{number}",
            str(number),
            "post",
            instant(published),
            valid_from=instant(published),
            version="1",
            status="visible",
        )
        told[held.record_id] = Conversation(held, published, blind)
    for hours, fails in steps:
        now += timedelta(hours=hours)
        plan = make_plan(now, everything=False)
        plan.add_known(one.root for one in told.values())
        wanted = [
            key
            for key, one in told.items()
            if plan.wants_conversation(key, one.published, 1, all_told=not one.blind)
        ]
        if fails:
            continue
        for key in wanted:
            apply_read(told[key].root, instant(now), 1, lacking=False)
        for one in told.values():
            assert one.root.read_at is not None
            unread = now - datetime.fromisoformat(one.root.read_at)
            age = now - one.published
            assert unread <= longest_unread(age, age, blind=one.blind)
        plan.close()


@pytest.mark.parametrize(
    ("swept", "read", "due"),
    [(1, 1, True), (4, 4, True), (4, 2, False), (4, 1, False), (9, 6, False), (9, 7, True)],
)
def test_what_a_sweep_that_was_cut_short_has_read_waits_for_the_rest_and_not_for_ever(
    swept: int, read: int, due: bool
) -> None:
    """The conversation is due each day.

    `swept`: days since the last complete sweep began. `read`: days since it was read.
    """
    published = START - timedelta(days=90)
    held = RecordState(
        "m:1", "1", "post", instant(published), valid_from=instant(published), version="1", status="visible"
    )
    apply_read(held, instant(START - timedelta(days=read) + timedelta(minutes=1)), 1, lacking=False)
    plan = make_plan(START, everything=False, swept=START - timedelta(days=swept))
    plan.add_known([held])
    assert plan.wants_conversation("m:1", published, 1, all_told=False) is due
    plan.close()


def test_turns_are_spread_over_the_period_and_none_is_lost() -> None:
    roots = [f"mastodon:social.test/statuses/{n}" for n in range(700)]
    nights = [
        sum(is_due(root, START + night * DAY, START + (night + 1) * DAY, LONGEST) for root in roots)
        for night in range(14)
    ]
    assert sum(nights) == len(roots), "each once"
    assert max(nights) < 2 * min(nights)
    assert all(is_due(root, START, START + LONGEST, LONGEST) for root in roots), (
        "after any pause, all turns since"
    )
    assert is_due("m:1", START, START + DAY - SLACK, DAY)
    assert not is_due("m:1", START, START + DAY - 2 * SLACK, DAY)
    assert is_due("m:1", START, START + DAY - NIGHT, DAY, NIGHT)
    assert not is_due("m:1", START, START + DAY - NIGHT - SLACK, DAY, NIGHT)
    assert not is_due("m:1", START, START + DAY / 4 - 2 * SLACK, DAY / 4)
    assert is_due("m:1", START + DAY, START, DAY), "read at a time in the future: by a clock that was wrong"


# -- where a sign reports every reply
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", ["facebook", "youtube"])
def test_where_the_sign_tells_of_every_answer_edits_and_removals_are_found_at_the_turn(
    s3: S3, shared: Buckets, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, platform: str
) -> None:
    """Facebook's `updated_time` changes with each comment, YouTube's count with each reply too.

    Neither changes with an edit.
    """
    database = airflow_database.migrate(tmp_path_factory.mktemp("airflow"))
    scene = everywhere.opened(platform, s3, shared, tmp_path, START)
    with airflow_database.used(database), standing(scene.network.now):
        comments = []
        for number in range(5):
            post = scene.publish(f"Post {number}", at=START - timedelta(days=200 + number))
            comments.append(
                scene.network.comment(
                    scene.parent, post, f"Why, {number}?", at=post.created + timedelta(hours=1)
                )
            )
        scene.sound()
        scene.network.edit(comments[0], "Why, really?")
        scene.network.remove(comments[1])
        read = Counter[str]()
        for night in range(14):
            answer = scene.network.comment(scene.teacher, comments[2], "Thank you") if night == 3 else None
            scene.network.wait(days=1)
            # a day without a capture may hide a story of Facebook, which is a gap
            assert scene.capture("sweep").failure is None
            visited = scene.archive.manifests(scene.name)[-1].body["visited"]
            assert answer is None or "sign" in visited["why"]
            read.update(visited["read"].keys())
        assert [row["text"] for row in scene.rows() if row["record_id"] == record_of(scene, "Why, 0?")] == [
            "Why, 0?",
            "Why, really?",
        ]
        assert scene.told("Why, 1?")[-1] == ("unavailable", ["status"])
        assert scene.told("Thank you") == [("visible", [])]
        posts = [record_of(scene, f"Post {number}") for number in range(5)]
        assert [read[post] for post in posts[3:]] == [1, 1], "in which nothing happens"
        assert read[posts[2]] >= 10, "that with the new answer"


def record_of(scene: everywhere.Scene | Play, text: str) -> str:
    return next(str(row["record_id"]) for row in scene.rows() if row["text"] == text)


# -- any story
# ------------------------------------------------------------------------------------------------------------

CHANGES = st.sampled_from(["comment", "answer", "edit", "remove", "nothing"])
RUN = st.tuples(
    st.sampled_from([90, 20, 5]),
    CHANGES,
    st.sampled_from([15, 50, 60 * 24]),
    st.sampled_from([None, "sweep", "throttled"]),
)


@given(st.lists(RUN, min_size=1, max_size=6))
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
def test_every_change_is_found_within_the_promised_time(
    s3: S3,
    shared: Buckets,
    tmp_path_factory: pytest.TempPathFactory,
    runs: list[tuple[int, str, int, str | None]],
) -> None:
    """Replies are added, edited, and removed, and some captures fail.

    A change on a post of this month is found within the hour, on an older one within the day.
    """
    play = opened(s3, shared, tmp_path_factory.mktemp("any"), start=START)
    network = play.network
    with standing(network.now):
        posts = {
            days: network.publish(US, f"{days} days ago", at=START - timedelta(days=days))
            for days in (90, 20, 5)
        }
        for post in posts.values():
            comment = network.comment(PARENT, post, "Why?", at=post.created + timedelta(hours=1))
            network.comment(OTHER, comment, "Because", at=post.created + timedelta(hours=2))
        play.sound()
        for days, change, minutes, kind in runs:
            _change(play, posts[days], change)
            network.wait(minutes=minutes)
            _capture(play, kind)
        network.wait(hours=25)
        play.sound("sweep")
        assert _archived(play, record_of(play, "90 days ago")) == _shown(network, posts[90])
        play.sound()  # posts of this month are this capture's: the sweep may leave out what another one read
        for days, post in posts.items():
            assert _archived(play, record_of(play, f"{days} days ago")) == _shown(network, post), days


def _shown(network: Network, root: Post) -> set[str]:
    """Return the texts that the platform shows in a conversation."""
    conversation = [root]
    for post in conversation:
        conversation += network.children[post.key]
    return {post.now.text for post in conversation if post.status == "visible"}


def _archived(play: Play, root_id: str) -> set[str]:
    """Return the texts of a conversation that the archive has as visible."""
    status = {one.record_id: one.status for one in play.archive.state(play.name).window(None)}
    rows = [row for row in play.rows() if not row["late_arrival"] and row["root_id"] == root_id]
    last = {row["record_id"]: row["text"] for row in rows}
    return {text for record_id, text in last.items() if status[record_id] == "visible"}


def _change(play: Play, post: Post, change: str) -> None:
    network = play.network
    children = [one for one in network.children[post.key] if one.status == "visible"]
    text = f"{change} {network.number('test')}"
    if change == "comment" or not children:
        network.comment(PARENT, post, text)
    elif change == "answer":
        network.comment(OTHER, children[0], text)
    elif change == "edit":
        network.edit(children[-1], text)
    elif change == "remove":  # the last one of a thread: no conversation shows a reply to a removed one
        below = [one for one in network.children[children[-1].key] if one.status == "visible"]
        network.remove((below or children)[-1])


def _capture(play: Play, kind: str | None) -> None:
    if kind != "throttled":
        play.sound(kind)
        return
    refused = httpx.Response(429, json={"error": "Too many requests"}, headers={"Retry-After": "3600"})
    with play.between.meanwhile("/context", lambda _, __: refused):
        play.capture()
