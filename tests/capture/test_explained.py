"""Gaps that no capture can close, explained by a person in the register.

The tests show what an explanation ends, and what it must not end.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.sandbox.model import Post
from recordroom.archive.gaps import Gap, Gaps
from recordroom.archive.ledger import Ledger
from recordroom.capture import lookups, reader, register_ledger, run
from recordroom.model import ZONE
from tests.archives import AGENCY, register_of
from tests.capture import stage
from tests.capture.stage import OTHER, US, Play
from tests.clock import standing
from tests.services import S3, Buckets


def today() -> str:
    return datetime.now(ZONE).date().isoformat()


@pytest.fixture
def play(s3: S3, shared: Buckets, tmp_path: Path) -> Play:
    return stage.opened(s3, shared, tmp_path)


def explain(play: Play, **words: dict[str, Any]) -> None:
    """Put the agency's explanation into the register, such as `counts_differ={...}`."""
    entry = {
        "id": play.name,
        "platform": "mastodon",
        "url": "https://social.test/@district",
        "api_url": "http://social.test",
    }
    said = {reason.replace("_", "-"): {"until": today()} | word for reason, word in words.items()}
    play.archive.register = register_of({**entry, "explained": said})


def gaps(play: Play) -> list[Gap]:
    return Gaps(play.archive.archive).open_now([play.name])


def closings(play: Play) -> list[str]:
    found = (
        e.body
        for e in Ledger(play.archive.archive, "gap").entries()
        if e.type == "closed" and e.body["account"] == play.name
    )
    return [body["how"] for body in found]


def without(hidden: str) -> Callable[[httpx.Request, Callable[[], httpx.Response]], httpx.Response]:
    """Let the platform count these replies without showing them to anyone."""

    def answer(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        body = json.loads(real().read())
        return httpx.Response(
            200, json=body | {"descendants": [d for d in body["descendants"] if hidden not in d["content"]]}
        )

    return answer


def test_what_was_removed_before_it_was_seen_is_explained_by_its_number(play: Play) -> None:
    post, why = play.network.publish(US, "Closed today"), "removed before they were first seen"
    for number in range(2):
        play.network.comment(OTHER, post, f"No one sees {number}")
    with play.between.meanwhile("/context", without("No one sees")):
        play.sound()
        [gap] = gaps(play)
        assert (gap.reason, gap.detail[:52]) == (
            "counts-differ (whole account)",
            "the platform counts 2 more than the archive has: 2 r",
        )
        explain(play, counts_differ={"lacking": 1, "why": why})
        play.sound("full")
        assert gaps(play) == [gap], "more than that is missing, and no other number"
        explain(play, counts_differ={"lacking": 2, "why": why})
        for kind in ("full", None, "full"):
            assert play.sound(kind).gaps == []
        assert (gaps(play), closings(play)) == ([], [f"the register says: {why}"])
        assert play.final()["completeness"]["lacking"] == 2
        play.network.comment(OTHER, post, "No one sees this either")
        play.sound()
        assert [g.reason for g in gaps(play)] == ["counts-differ"]
        play.sound("full")
        assert ["counts 3 more than the archive has" in g.detail for g in gaps(play)] == [True, True]
        explain(play, counts_differ={"lacking": 3, "why": "all three were looked at"})
        play.sound("full")
        assert (gaps(play), closings(play)[1:]) == ([], ["the register says: all three were looked at"] * 2)
        explain(play)
        play.sound("full")
        assert [g.reason for g in gaps(play)] == ["counts-differ (whole account)"], "no explanation is left"
        play.network.comment(OTHER, post, "No one sees a fourth")
        play.sound("full")
        assert [g.detail[:26] for g in gaps(play)] == ["the platform counts 4 more"], (
            "a sweep tells the number that a person needs"
        )
    play.sound("full")
    assert gaps(play) == []


# -- many that vanish at once
# ------------------------------------------------------------------------------------------------------------


def confirm(play: Play, until: str, why: str = "the office removed last year's posts") -> None:
    """Confirm it in the agency's register file, whose versions are all kept."""
    entry = {
        "id": play.name,
        "platform": "mastodon",
        "url": "https://social.test/@district",
        "api_url": "http://social.test",
    }
    entry |= {"title": "Social", "class": "official", "owner": "Communications", "private_messages": "none"}
    path = play.folder / "accounts.yaml"
    path.write_text(
        json.dumps(
            {
                "agency": AGENCY,
                "accounts": [entry | {"explained": {"mass-absence": {"until": until, "why": why}}}],
            }
        )
    )
    play.archive.register, _ = register_ledger.in_force(play.archive.archive, path, confirm=lambda _: True)


def newest(play: Play) -> dict[str, tuple[str, str]]:
    """Return text -> (status, reason) of the newest row."""
    return {row["text"]: (row["status"], row["status_reason"] or "") for row in play.rows()}


def remove(play: Play, posts: list[Post]) -> None:
    for post in posts:
        play.network.remove(post)


def test_what_a_person_confirms_is_taken_as_the_platform_says_and_nothing_beside_it(play: Play) -> None:
    posts = [play.network.publish(US, f"Post {number}") for number in range(60)]
    play.sound()
    remove(play, posts[:30])
    play.sound()
    [gap] = gaps(play)
    confirm(play, (datetime.now(ZONE).date() - timedelta(days=1)).isoformat())
    play.sound("full")
    assert gaps(play) == [gap], "no one can have known it on that day"
    posts[0].status = "visible"
    remove(play, posts[30:32])
    confirm(play, today())
    play.sound()
    assert gaps(play) == [gap], "a sweep believes it"
    outcome = play.sound("full")
    assert (outcome.absent, outcome.gaps, gaps(play)) == (29, [], [])
    found = newest(play)
    assert {number: found[f"Post {number}"][0] for number in range(60)} == {
        number: "unavailable" if 0 < number < 32 else "visible" for number in range(60)
    }
    confirmed = f"; the register confirms that so many disappeared at once (mass-absence, {today()})"
    assert [found[f"Post {number}"][1].endswith(confirmed) for number in (1, 29, 30, 31)] == [
        True,
        True,
        False,
        False,
    ]
    assert closings(play) == ["the register says: the office removed last year's posts"]
    proofs = {d["warc_record_id"] for d in play.final()["deltas"] if d.get("status") == "unavailable"}
    assert len(proofs) == 29 // 20 + 1, "one answer of the platform for each twenty that it was asked for"
    again = play.sound("full")
    assert (again.changed, again.absent, gaps(play)) == (0, 0, [])


def test_what_vanishes_after_a_word_was_said_is_a_gap_of_its_own(play: Play) -> None:
    posts = [play.network.publish(US, f"Post {number}") for number in range(70)]
    play.sound()
    remove(play, posts[:30])
    play.sound()
    confirm(play, today())
    remove(play, posts[30:60])
    play.sound()
    [gap] = gaps(play)
    assert gap.detail.startswith("60 records disappeared at once"), (
        "the number that a person has not looked at yet"
    )
    assert play.sound("full").absent == 30
    [gap] = gaps(play)
    assert gap.detail.startswith("30 records disappeared at once")
    assert {text for text, (status, _) in newest(play).items() if status != "visible"} == {
        f"Post {number}" for number in range(30)
    }
    play.sound("full")
    assert gaps(play) == [gap], "on that day, but after that was said"
    confirm(play, today(), "the office looked again: these too")
    assert (play.sound("full").absent, gaps(play)) == (30, [])


def test_so_many_that_a_sweep_does_not_end_are_asked_for_by_the_next(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No absence is believed without a lookup, and what was answered before a throttle stays.

    The gap says how many are left.
    """
    posts = [play.network.publish(US, f"Post {number}") for number in range(70)]
    play.sound()
    remove(play, posts[:65])
    play.sound()
    monkeypatch.setattr(lookups, "ASKED_AT_MOST", 20)
    confirm(play, today())

    def is_late(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        patch.setattr(reader, "LONGEST_RUN", timedelta(0))
        return real()

    with pytest.MonkeyPatch.context() as patch, play.between.meanwhile("statuses?id", is_late):
        assert play.sound("full").absent == 20
    [gap] = gaps(play)
    assert gap.detail.startswith("45 records disappeared at once")
    assert gap.detail.endswith(
        "The register confirms it for 45 of them, and the next sweep continues to look them up"
    )
    asked: list[httpx.Request] = []

    def throttled(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        asked.append(request)
        return (
            real()
            if len(asked) == 1
            else httpx.Response(429, headers={"X-RateLimit-Reset": "2999-01-01T00:00:00Z"})
        )

    with play.between.meanwhile("statuses?id", throttled):
        outcome = play.capture("full")
    assert (outcome.not_before is not None, outcome.absent) == (True, 20)
    assert [status for status, _ in newest(play).values()].count("unavailable") == 40
    assert gaps(play) == [gap]
    with play.between.meanwhile(
        "/api/v1/accounts/lookup", lambda _, __: httpx.Response(404, json={"error": "Record not found"})
    ):
        assert play.capture("full").absent == 0, "nothing is believed while the account cannot be read"
    assert (play.sound("full").absent, gaps(play)) == (25, [])
    assert closings(play)[-1] == "the register says: the office removed last year's posts"


def test_a_time_in_which_nobody_looked_is_a_gap_until_a_person_says_what_was_then(
    s3: S3, shared: Buckets, tmp_path: Path
) -> None:
    """Nothing runs while the server is off, so no gap opens then: the next capture opens it."""
    play = stage.opened(
        s3,
        shared,
        tmp_path,
        start=datetime.now(UTC).replace(microsecond=0) - timedelta(hours=25 + 29 + 72 + 2 + 24),
    )
    with standing(play.network.now):
        play.network.publish(US, "Closed today")
        play.sound()
        for hours in (25, 29):
            play.network.wait(hours=hours)
            play.sound()
        assert gaps(play) == [], "a night is no lapse"
        before = play.network.now()
        play.network.remove(play.network.publish(US, "Nobody saw this"))
        play.network.wait(days=3)
        place = play.archive
        run.capture(
            place.place,
            place.register,
            place.account(play.name),
            since=play.network.now() - timedelta(days=1),
        )
        assert gaps(play) == [], "a look at a single day is none at the account"
        play.sound()
        [lapse] = gaps(play)
        assert lapse.reason == f"not-captured: {play.final()['capture_id']}"
        assert lapse.detail.startswith("no capture read the account for 3 days: ")
        assert (lapse.from_, lapse.to) == (before, play.network.now())
        for kind in (None, "full"):
            play.network.wait(hours=1)
            play.sound(kind)
        assert gaps(play) == [lapse], "no capture closes it, and none opens it again"
        play.network.wait(days=1)
        explain(
            play, not_captured={"until": before.astimezone(ZONE).date().isoformat(), "why": "see the minutes"}
        )
        play.sound("full")
        assert gaps(play) == [lapse], "it was opened after that day"
        explain(play, not_captured={"why": "see the minutes"})
        play.sound("full")
        assert (gaps(play), closings(play)) == ([], ["the register says: see the minutes"])


def test_a_word_that_is_taken_back_leaves_in_doubt_what_was_not_asked_for(play: Play) -> None:
    posts = [play.network.publish(US, f"Post {number}") for number in range(40)]
    play.sound()
    remove(play, posts[:30])
    play.sound()
    confirm(play, today())
    explain(play)
    play.sound("full")
    assert {status for status, _ in newest(play).values()} == {"visible"}
    for post in posts[:30]:
        post.status = "visible"
    play.sound("full")
    assert (gaps(play), closings(play)) == ([], [f"capture {play.final()['capture_id']}"])


def test_the_gap_tells_of_all_that_are_in_doubt_also_before_the_last_days(play: Play) -> None:
    ages = [0, 40]
    posts = {
        age: [
            play.network.publish(US, f"{n}, {age}", at=play.network.now() - timedelta(days=age))
            for n in range(20)
        ]
        for age in ages
    }
    play.sound("full")
    for age, kind, number in ((40, "full", 8), (0, None, 16)):
        remove(play, posts[age][:8])
        play.sound(kind)
        assert [gap.detail.partition(" (")[0] for gap in gaps(play)] == [
            f"{number} records disappeared at once"
        ]
    confirm(play, today())
    assert (play.sound("full").absent, gaps(play)) == (16, [])
