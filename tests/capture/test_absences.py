"""Many records are missing from a window at once: how many are looked up by ID, and what is believed then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from infra.sandbox.model import Post
from recordroom.capture import absences, run
from recordroom.capture.absences import asked_at_most, is_too_many
from recordroom.capture.lookups import ASKED_AT_MOST
from recordroom.capture.segment.spool import AccountSpool
from recordroom.capture.session import open_session
from recordroom.platforms.registry import list_names, load
from tests.capture.stage import PARENT, US, Play, opened
from tests.services import S3, Buckets

POSTS, EACH = 5, 50


@pytest.fixture
def crowded(s3: S3, shared: Buckets, tmp_path: Path) -> tuple[Play, list[Post]]:
    """Publish more comments than any platform is asked for one by one."""
    play = opened(s3, shared, tmp_path)
    posts = [play.network.publish(US, f"Day {number}") for number in range(POSTS)]
    comments = [
        play.network.comment(PARENT, post, f"Question {number}") for post in posts for number in range(EACH)
    ]
    play.sound("full")
    assert len(comments) > ASKED_AT_MOST
    play.between.asked.clear()
    return play, comments


def by_id(play: Play) -> int:
    return sum("statuses?id" in asked for asked in play.between.asked)


def test_what_a_list_leaves_out_is_asked_for_by_id_as_far_as_that_is_cheap(
    crowded: tuple[Play, list[Post]],
) -> None:
    play, comments = crowded
    empty = httpx.Response(200, content=b'{"ancestors": [], "descendants": []}')
    with play.between.meanwhile("/context", lambda _, __: empty):
        outcome = play.sound("full")
    assert (outcome.changed, outcome.absent, outcome.gaps[1:]) == (0, 0, []), (
        "all are there; the counts differ, and nothing else"
    )
    assert by_id(play) == -(-ASKED_AT_MOST // 20) + -(-(len(comments) - ASKED_AT_MOST) // 20)
    assert "doubted" not in play.final()["seen"]


def test_once_too_many_are_gone_no_more_are_asked_for(crowded: tuple[Play, list[Post]]) -> None:
    play, comments = crowded
    for comment in comments:
        play.network.remove(comment)
    outcome = play.sound("full")
    assert (outcome.changed, outcome.absent) == (0, 0)
    assert len(play.final()["seen"]["doubted"]) == len(comments)
    assert by_id(play) == ASKED_AT_MOST // 20
    assert play.sound("full").requests < 60, "what is doubted is not asked for again"


@pytest.mark.parametrize(("days", "remembered"), [(20, True), (60, False)])
def test_a_look_at_many_days_finds_what_is_gone_and_keeps_little_in_memory(
    s3: S3, shared: Buckets, tmp_path: Path, days: int, remembered: bool
) -> None:
    """A capture since a long time ago may cover all of a large account."""
    play = opened(s3, shared, tmp_path)
    post = play.network.publish(US, "Lunch is at noon", at=play.network.now() - timedelta(days=days - 10))
    play.network.publish(US, "Before that", at=play.network.now() - timedelta(days=days + 10))
    answer = play.network.comment(PARENT, post, "Thanks")
    play.sound()
    play.network.remove(answer)
    place, account = play.archive.place, play.archive.account(play.name)
    spool = AccountSpool(place.settings.spool, account.platform, account.id)
    since = datetime.now(UTC) - timedelta(days=days)
    with open_session(place, play.archive.register, account, spool, since=since) as session:
        outcome = run.run(session)
    assert (outcome.absent, outcome.gaps) == (1, [])
    assert session.known.is_window_loaded == remembered


def test_as_many_as_a_platform_tells_of_in_some_requests() -> None:
    told = {name: load(name).PLATFORM.ids_in_a_lookup for name in list_names()}
    assert {
        "mastodon": 20,
        "bluesky": 25,
        "facebook": 50,
        "wordpress": 100,
        "feed": 1,
    }.items() <= told.items()
    assert asked_at_most(load("feed").PLATFORM) == ASKED_AT_MOST
    assert asked_at_most(load("facebook").PLATFORM) == 2_000


@pytest.mark.parametrize(
    ("gone", "held", "doubted"),
    [(20, 10_000, False), (21, 10_000, True), (4, 8, False), (5, 100, False), (5, 99, True)],
)
def test_how_many_that_vanish_at_once_are_believed(gone: int, held: int, *, doubted: bool) -> None:
    assert is_too_many(gone, held) is doubted


@pytest.mark.parametrize(
    ("held", "most"), [(201, 200), (390, 200), (400, 200), (800, 200), (1600, 200), (16, 3)]
)
def test_each_of_many_has_its_turn(held: int, most: int) -> None:
    """Of 400, two rotations once reached 218: the last 200 were at the end each time, and never looked up."""
    names = [f"x:{number}" for number in range(held)]
    turns, asked = absences.turns_needed(names, most), set[str]()
    for day in range(turns):
        asked.update(sorted(names, key=lambda name: absences.days_to_turn(name, turns, day))[:most])
    assert asked == set(names)
    assert turns <= 8 * held / most, "and it comes soon"
