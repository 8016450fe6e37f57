"""Clocks that are wrong."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recordroom.archive.gaps import Gaps
from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.capture import windows
from recordroom.errors import ServiceUnavailable
from recordroom.exports import as_of
from recordroom.model import ZONE, instant, moment
from tests.capture.races.acts import before, first_act, second_act
from tests.capture.stage import US, Play, opened
from tests.clock import standing as told_by
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough


def clock(patch: pytest.MonkeyPatch, off: timedelta) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + off

    modules = ("segment.commit", "session", "reader", "final_manifest")
    for module in ("archive.ledger", "archive.store", *(f"capture.{name}" for name in modules)):
        patch.setattr(f"recordroom.{module}.datetime", Clock)


def test_a_clock_set_back_is_recorded_and_times_do_not_run_back(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = first_act(play)
    second_act(play, *first)
    with monkeypatch.context() as patch:
        clock(patch, -timedelta(days=2))
        play.sound()
    play.sound()
    entries = play.manifests()
    times = [entry.time for entry in entries]
    assert times == sorted(times)
    raw = [json.loads(play.archive.archive.get(f"ledger/{e.ledger}/{e.number:012d}.json")) for e in entries]
    skewed = [r["clock_skew"] for r in raw if "clock_skew" in r]
    assert len(skewed) == 1
    here, store = moment(skewed[0]["here"]), moment(skewed[0]["store"])
    assert timedelta(days=1, hours=23) < store - here < timedelta(days=2, hours=1)
    assert abs(store - datetime.now(UTC)) < timedelta(minutes=5)


def test_after_a_clock_that_was_ahead_days_and_budgets_are_counted_as_they_pass(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the account would seem to have no captures for as long as the clock was ahead.

    Each day would also count the spending of all those days.
    """
    first_act(play)
    with monkeypatch.context() as patch:
        clock(patch, timedelta(days=200))
        play.sound()
    play.sound()
    sums, now = play.archive.state(play.name).sums, datetime.now(UTC)
    assert play.manifests()[-1].time > now + timedelta(days=199), "in the chain times do not run back"
    assert sum(captures for captures, _ in sums.days.values()) == 3
    assert max(moment(f"{hour}:00Z") for hour in sums.spent) <= now
    assert max(sums.days) <= now.astimezone(ZONE).date().isoformat()


def test_after_a_clock_that_was_ahead_an_export_of_now_has_what_came_since(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the account's records and its known gaps.

    In their chains `time` does not advance for as long as the clock had been ahead.
    """
    first_act(play)
    gaps = Gaps(play.archive.archive)
    with monkeypatch.context() as patch:
        clock(patch, timedelta(days=200))
        play.sound()
        gaps.open_(play.name, "counts-differ", "known while the clock was ahead")
    play.network.publish(US, "Closed today")
    play.sound()
    gaps.open_(play.name, "platform-limit", "known since")

    stood = as_of.read_archive_state(
        play.archive.archive, datetime.now(UTC), lambda account, _: account == play.name
    )
    assert [(chain.number, chain.rows) for chain in stood.chains] == [
        (play.manifests()[-1].number, len(play.rows()) + 1)
    ], "and a profile"
    assert sorted(gap.reason for gap in stood.gaps) == ["counts-differ", "platform-limit"]


def test_after_a_clock_that_was_ahead_people_are_told_when_something_was(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """These are the last capture of an account and the start of a quarantine."""
    first_act(play)
    with monkeypatch.context() as patch:
        clock(patch, timedelta(days=200))
        play.sound()
        ledger.put(
            play.archive.archive, QuarantineTarget(RECORD, f"{play.name}, ahead"), "while the clock was ahead"
        )
    play.sound()
    ledger.put(play.archive.archive, QuarantineTarget(RECORD, f"{play.name}, since"), "since then")
    bars = ledger.read(play.archive.archive).records
    told = [
        moment(play.archive.state(play.name).sums.last["time"]),
        *(bars[f"{play.name}, {when}"].at for when in ("ahead", "since")),
    ]
    assert max(told) <= datetime.now(UTC)


def test_a_clock_that_is_ahead_hides_no_time_in_which_nobody_looked(
    s3: S3, shared: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine may start with such a clock after it was switched off for days."""
    play = opened(
        s3, shared, tmp_path, start=datetime.now(UTC).replace(microsecond=0) - timedelta(days=5, hours=12)
    )
    with told_by(play.network.now):
        play.network.publish(US, "Closed today")
        play.sound()
    looked = play.network.now()
    play.network.wait(days=5, hours=12)
    with monkeypatch.context() as patch:
        clock(patch, timedelta(minutes=2))
        play.sound()
    [lapse] = Gaps(play.archive.archive).open_now([play.name])
    assert (lapse.reason, lapse.from_) == (f"not-captured: {play.final()['capture_id']}", looked)
    assert lapse.detail.startswith("no capture read the account for 5 days: ")
    assert lapse.to is not None
    assert lapse.to <= datetime.now(UTC)


def test_a_clock_that_was_ahead_silences_nobody(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """A capture in the year 2030 is followed by captures of today.

    The account is due, and what changed meanwhile is listed.
    """
    first_act(play)
    with monkeypatch.context() as patch:
        clock(patch, timedelta(days=2000))
        play.sound()
        play.sound()
    now = datetime.now(UTC)
    sums = play.archive.state(play.name).sums
    assert moment(sums.last_start or "") > now + timedelta(days=1999)
    assert windows.why_not_due(play.archive.account(play.name), sums, now) == ""
    chosen = windows.choose_window(sums, None, None, now)
    assert chosen.changed_since is not None
    assert chosen.changed_since <= now
    sums.not_before = instant(now + timedelta(days=2000))
    assert windows.why_not_due(play.archive.account(play.name), sums, now) == ""
    play.network.publish(US, "Today")
    assert play.sound().new == 1


def test_a_clock_that_was_ahead_hides_no_orphan(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """Evidence of today that no manifest names sorts before what was committed in 2030."""
    first_act(play)
    with monkeypatch.context() as patch:
        clock(patch, timedelta(days=2000))
        play.network.publish(US, "The day after tomorrow")
        play.sound()
    play.archive.state(play.name).put_snapshot()
    play.sound()  # adopts again what the snapshot has forgotten
    lost = play.network.publish(US, "Today")

    def away() -> None:
        raise ServiceUnavailable("the store is away")

    with pytest.raises(ServiceUnavailable), before(play.archive.archive, "PUT", "ledger/capture", away):
        play.capture()
    shutil.rmtree(play.folder / "spool")
    play.network.remove(lost)
    play.sound()
    told = [(r["text"], r["sequence"]) for r in play.rows()]
    assert ("Today", 1) in told
    assert len(told) == len(set(told)) == 5, "and what is adopted again changes nothing"
