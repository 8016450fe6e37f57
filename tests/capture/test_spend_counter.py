"""A spending cap that no capture exceeds.

The cases are two captures at once, a killed one, and responses that broke off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from infra.sandbox.faces import native_id
from recordroom.archive.gaps import Gaps
from recordroom.capture import budget, session
from recordroom.capture.budget import SpendCounter
from recordroom.capture.permalink.capture import capture_conversation
from recordroom.coverage import budgets
from recordroom.errors import SpoolFull
from recordroom.jobs import schedule
from recordroom.jobs.context import JobContext
from recordroom.platforms import mastodon
from tests.archives import TestArchive, register_of
from tests.capture.stage import PARENT, US, Play, opened
from tests.capture.test_kills import captured, in_child
from tests.capture.test_reading_plan import START
from tests.clock import standing
from tests.services import S3, Buckets

PRICE = 100  # thousandths of a US dollar for a response; ten of them are the cap


@pytest.fixture
def play(s3: S3, shared: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    """Provide ten conversations that were read a day ago for nothing; from now on responses cost money."""
    play = opened(s3, shared, tmp_path, start=START)
    with standing(play.network.now):
        for number in range(10):
            post = play.network.publish(US, f"Notice {number}", at=START - timedelta(days=40 + number))
            play.network.comment(PARENT, post, f"Question {number}", at=post.created + timedelta(hours=1))
        play.sound()
        play.network.wait(days=1)
        monkeypatch.setattr(
            mastodon,
            "PLATFORM",
            replace(mastodon.PLATFORM, limits=(), price=lambda _: PRICE, highest_price=PRICE),
        )
        entry = {**play.archive.register.raw[0], "monthly_cap": 1}
        play.archive = TestArchive(play.archive.place, register_of(entry))
        play.between.asked.clear()
        yield play


def paid_for(play: Play) -> int:
    return len([address for address in play.between.asked if "/api/" in address])


def one(play: Play) -> None:
    url = f"https://social.test/@district/{native_id(play.network, next(iter(play.network.posts.values())))}"
    capture_conversation(play.archive.place, play.archive.register, play.archive.account(play.name), url)


def of(play: Play) -> SpendCounter:
    [account] = play.archive.register.accounts
    share = budget.month_share(account, [account], play.archive.state(play.name).sums, START)
    found = budget.open_spend_counter(play.archive.place, [account], account, share)
    assert found is not None
    return found


def test_one_conversation_in_the_midst_of_a_sweep(play: Play) -> None:
    def another(_: httpx.Request, real: object) -> httpx.Response:
        play.between.rules.clear()
        one(play)
        assert callable(real)
        answer: httpx.Response = real()
        return answer

    with play.between.meanwhile("/context", another):
        assert play.capture("full").failure
    assert paid_for(play) == 10
    assert play.capture().failure
    assert paid_for(play) == 10
    assert play.archive.state(play.name).sums.spent["2026-03-03T09"] == {"one": [5, 500], "full": [5, 500]}


def test_whoever_was_killed_has_paid_all_the_same(play: Play) -> None:
    """No manifest records what a killed capture spent."""
    assert in_child(lambda: captured(play, "PUT ledger/capture", lambda: play.capture("full"))) is None
    assert play.capture("full").failure
    assert (paid_for(play), of(play).paid) == (0, 1_000)
    with standing(play.network.now):
        accounts, why = schedule.list_due_accounts(
            JobContext(play.archive.place, play.archive.register, ""), "mastodon", at_once=True
        )
        [told] = budgets.list_budgets(JobContext(play.archive.place, play.archive.register, ""))
    assert (accounts, why) == (
        [],
        {play.name: ("its monthly budget is spent until Mar 31, 2026, 5:00 p.m. (2026-04-01 00:00:00 UTC)")},
    )
    assert (told["money"]["cap"], told["money"]["spent"]) == (1_000, 1_000)


def test_whoever_has_money_left_is_due_without_a_look_at_what_all_others_spent(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise each account would read the ledgers of all others with the same credential at every turn.

    A full disk would then delay all of them.
    """

    def full(*_: object) -> SpendCounter:
        raise SpoolFull("no room for the purse")

    monkeypatch.setattr(budget, "open_spend_counter", full)
    with standing(play.network.now):
        accounts, why = schedule.list_due_accounts(
            JobContext(play.archive.place, play.archive.register, ""), "mastodon"
        )
    assert ([account.id for account in accounts], why) == ([play.name], {})


def test_a_disk_without_room_for_the_purse_is_a_gap_and_nothing_is_asked(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file is made at the first capture of a month."""

    def full(*_: object) -> SpendCounter:
        raise SpoolFull("no room for the purse", "Make room; the next capture goes on.")

    with monkeypatch.context() as patch:
        patch.setattr(session, "open_spend_counter", full)
        assert "no room" in (play.capture().failure or "")
    assert paid_for(play) == 0
    assert [gap.reason for gap in Gaps(play.archive.archive).open_now([play.name])] == [
        "capture-failed: SpoolFull"
    ]


class Cut(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        yield b"{"
        raise httpx.ReadError("cut")


def test_an_answer_that_breaks_off_may_cost_what_a_whole_one_does(play: Play) -> None:
    with play.between.meanwhile("/statuses?", lambda *_: httpx.Response(200, stream=Cut())):
        assert play.capture("full").failure
    assert play.final()["spent"]["paid"] == of(play).paid == PRICE * paid_for(play) == 500


def test_a_server_that_cannot_be_reached_costs_nothing(play: Play) -> None:
    def away(request: httpx.Request, _: object) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with play.between.meanwhile("/statuses?", away):
        assert play.capture("full").failure
    assert play.final()["spent"]["paid"] == of(play).paid == 200


def test_what_another_machine_spent_is_known_by_its_manifests(play: Play, tmp_path: Path) -> None:
    one(play)
    assert paid_for(play) == 5
    elsewhere = play.elsewhere(tmp_path / "elsewhere")
    elsewhere.archive = TestArchive(elsewhere.archive.place, play.archive.register)
    assert elsewhere.capture("full").failure
    assert paid_for(play) == 10


def test_who_comes_and_goes_in_a_month_changes_no_cap(play: Play, tmp_path: Path) -> None:
    entry = play.archive.register.raw[0]
    assert play.capture("full").failure
    assert paid_for(play) == 10
    second = {**entry, "id": f"{play.name}-b"}
    for number, register in enumerate(
        (register_of(entry, second), register_of({**entry, "closed_on": "2026-03-01"}, second))
    ):
        for machine in (play, play.elsewhere(tmp_path / str(number))):
            both = TestArchive(machine.archive.place, register)
            assert both.capture(second["id"]).failure
            assert paid_for(play) == 10


def test_a_new_month_is_a_new_purse(tmp_path: Path) -> None:
    at = datetime.fromisoformat("2026-03-31T23:59:59+00:00")
    mine = SpendCounter(tmp_path / "money", "x", "district_x", 100)
    with standing(lambda: at):
        assert mine.reserve(60)
        assert not mine.reserve(60)
        at += timedelta(seconds=2)
        mine.release(20)
        assert (mine.paid, mine.reserve(100), mine.reserve(1)) == (0, True, False)
        at -= timedelta(seconds=2)
        assert mine.paid == 40
    assert {oct(file.stat().st_mode & 0o777) for file in (tmp_path / "money").iterdir()} == {"0o600"}
