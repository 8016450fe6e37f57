"""The limit of a credential: what is deferred first, that it is reported, and that none of it is lost.

Money is never overspent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recordroom.archive.gaps import Gaps
from recordroom.archive.state.account_summary import AccountSummary
from recordroom.capture import budget
from recordroom.capture.reading_plan import is_deferred
from recordroom.capture.segment import segment
from recordroom.coverage import budgets
from recordroom.jobs import captures, schedule
from recordroom.jobs.context import JobContext
from recordroom.model import Exchange
from recordroom.platforms import facebook, mastodon
from recordroom.platforms.contract import Limit
from recordroom.platforms.registry import list_names, load
from tests.archives import TestArchive, register_of
from tests.capture.stage import PARENT, US, Play, opened
from tests.capture.test_reading_plan import START, contexts
from tests.clock import standing
from tests.services import S3, Buckets


@pytest.fixture
def play(s3: S3, shared: Buckets, tmp_path: Path) -> Iterator[Play]:
    """Provide ten conversations of the last months; everything was read a day ago."""
    play = opened(s3, shared, tmp_path, start=START)
    with standing(play.network.now):
        for number in range(10):
            post = play.network.publish(US, f"Notice {number}", at=START - timedelta(days=40 + number))
            play.network.comment(PARENT, post, f"Question {number}", at=post.created + timedelta(hours=1))
        play.sound()
        play.network.wait(days=1)
        contexts(play)
        yield play


def limited(patch: pytest.MonkeyPatch, value: int | None, **more: Any) -> None:
    limit = Limit("requests", value, "a day", "https://social.test/limits", "2026-11-25", 86_400)
    patch.setattr(mastodon, "PLATFORM", replace(mastodon.PLATFORM, limits=(limit,), **more))


def room(play: Play, **change: Any) -> JobContext:
    accounts = tuple(replace(account, **change) for account in play.archive.register.accounts)
    return JobContext(play.archive.place, replace(play.archive.register, accounts=accounts), "")


# -- the order
# ------------------------------------------------------------------------------------------------------------


def test_what_can_wait_waits_first_and_what_is_new_never_does() -> None:
    old, recent = timedelta(days=200), timedelta(days=9)
    first: dict[tuple[str, timedelta], float] = {}
    for percent in range(101):
        for why in ("turn", "sign", "new"):
            for age in (old, recent):
                if is_deferred(why, age, percent / 100):
                    first.setdefault((why, age), percent / 100)
    assert first == {("turn", old): 0.6, ("turn", recent): 0.8, ("sign", old): 0.9, ("new", old): 0.9}
    assert [share for share, _ in budget.NARROWING] == sorted({*first.values()})


def test_what_is_put_off_is_said_and_comes_when_the_budget_renews(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, 10)
    outcome = play.sound("sweep")
    told = play.final()
    assert told["visited"]["skipped"]["put_off"] == 10 - contexts(play) > 0
    assert told["budget"]["conversations"] == told["visited"]["skipped"]["put_off"]
    assert (told["budget"]["limit"], told["budget"]["allowed"]) == ("requests", 10)
    assert told["budget"]["until"] == "2026-03-04T00:00:00.000000Z"
    assert outcome.gaps == [], "it comes later, nothing is missing yet"
    with standing(play.network.now):
        [found] = budgets.list_budgets(room(play))
    assert found["put_off"] == {play.name: told["budget"]}
    assert (found["limit"]["a_day"], found["spent_today"]) == (10, told["budget"]["spent"])
    limited(monkeypatch, 10**6)
    play.network.wait(days=1)
    play.sound("sweep")
    assert contexts(play) == 10, "all turns since"
    assert "budget" not in play.final()


def test_a_new_answer_is_read_though_turns_wait(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    post = play.network.publish(US, "Closed today", at=play.network.now() - timedelta(days=9))
    play.sound()
    contexts(play)
    play.network.comment(PARENT, post, "Why?")
    limited(monkeypatch, 4)
    play.sound("sweep")
    assert play.final()["visited"]["why"] == {"sign": 1}
    assert [row["text"] for row in play.rows()].count("Why?") == 1


def test_a_limit_that_is_not_known_is_told_and_not_judged(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, None)
    play.sound("sweep")
    assert contexts(play) == 10
    with standing(play.network.now):
        [found] = budgets.list_budgets(room(play))
    assert (found["limit"]["value"], found["limit"]["a_day"], found["put_off"]) == (None, None, {})
    assert found["last_24_hours"]["full"] == play.final()["spent"]["units"] > 10


def test_a_first_capture_goes_on_over_days_of_quota(
    s3: S3, shared: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = opened(s3, shared, tmp_path, start=START)
    with standing(play.network.now):
        for number in range(12):
            post = play.network.publish(US, f"Notice {number}", at=START - timedelta(days=400 - number))
            play.network.comment(PARENT, post, "Why?", at=post.created + timedelta(hours=1))
        limited(monkeypatch, 8)
        days = 0
        while not play.archive.state(play.name).sums.history.get("done"):
            play.sound("history")
            assert play.final()["spent"]["units"] <= 8
            assert "budget" in play.final() or play.final()["complete"]
            told, outcome = play.archive.state(play.name).sums, play.archive.outcomes[-1]
            oldest = min(row["published_at"] for row in play.rows() if row["kind"] == "post")
            assert told.history["done"] or (
                outcome.unfinished
                and f"the first capture continues and has reached {oldest:%Y-%m-%d}"
                in captures.describe_outcome(outcome)
            )
            accounts = list(play.archive.register.accounts)
            assert schedule.list_unfinished_histories(room(play), accounts) == [], (
                "the rest of the day is for what is new"
            )
            play.network.wait(days=1)
            days += 1
            done = play.archive.state(play.name).sums.history.get("done")
            assert schedule.list_unfinished_histories(room(play), accounts) == ([] if done else accounts)
        assert days > 2
        assert len(play.rows()) == 24


def test_what_a_segment_without_news_took_is_told_by_the_next_manifest(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment, "MAX_REQUESTS", 3)
    outcome = play.sound("full")
    told = play.final()
    assert told["segment"] > 2
    assert told["requests"] == told["spent"]["units"] == outcome.requests > 10
    assert told["pages"] == outcome.requests - 1, (
        "the profile is what the first question was answered with; the instance is no page"
    )


# -- accounts that share a limit, and the length of a day
# ------------------------------------------------------------------------------------------------------------


def test_a_limit_is_divided_among_those_who_share_the_credential() -> None:
    entries = [{"id": f"a{n}", "platform": "mastodon", "url": f"https://social.test/@a{n}"} for n in range(3)]
    entries[2] |= {"connection": "social_a2"}
    accounts = register_of(*entries).accounts
    shares = [budget.rate_share(account, accounts, AccountSummary(), START) for account in accounts]
    assert [share and (share.allowed, share.sharers) for share in shares] == [
        (43_200, ("a0", "a1")),
        (43_200, ("a0", "a1")),
        (86_400, ("a2",)),
    ]
    assert budget.credential_of(accounts[0]) == "anonymous at social.test"


def test_an_account_that_is_to_be_closed_has_its_part_and_its_cap_until_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mastodon, "PLATFORM", replace(mastodon.PLATFORM, price=lambda _: 1))
    last = START.date()
    ending = {
        "id": "ending",
        "platform": "mastodon",
        "url": "https://social.test/@a",
        "closed_on": last.isoformat(),
        "monthly_cap": 10,
    }
    accounts = register_of(
        ending, {"id": "staying", "platform": "mastodon", "url": "https://social.test/@b"}
    ).accounts
    for days, sharers, cap in ((0, ("ending", "staying"), 10_000), (1, ("staying",), None)):
        now = START + timedelta(days=days)
        rate = budget.rate_share(accounts[1], accounts, AccountSummary(), now)
        money = budget.month_share(accounts[1], accounts, AccountSummary(), now)
        assert rate is not None
        assert money is not None
        assert (rate.sharers, money.sharers, money.whole) == (sharers, sharers, cap)


def test_a_day_begins_where_the_platform_says() -> None:
    [account] = register_of(
        {"id": "tube", "platform": "youtube", "url": "https://www.youtube.com/@district"}
    ).accounts
    sums = AccountSummary(
        spent={"2026-03-02T07": {"recent": [5, 0]}, "2026-03-02T08": {"recent": [7, 0], "full": [1, 0]}}
    )
    share = budget.rate_share(account, [account], sums, START)
    assert share is not None
    assert (share.since, share.until) == (
        datetime(2026, 3, 2, 8, tzinfo=UTC),
        datetime(2026, 3, 3, 8, tzinfo=UTC),
    )
    assert share.spent == 8
    assert budget.spent_by_window(sums, START - budget.DAY) == {"full": (1, 0), "recent": (12, 0)}


def test_every_limit_that_is_judged_says_where_it_was_read_and_when() -> None:
    for name in list_names():
        for limit in load(name).PLATFORM.limits:
            assert limit.source, name
            datetime.fromisoformat(limit.as_of)
        judged = load(name).PLATFORM.budget
        assert judged is None or judged.seconds is not None


def test_what_is_asked_by_id_counts_as_the_platform_counts_it() -> None:
    cost = facebook.PLATFORM.cost
    assert cost is not None
    addresses = [
        f"https://graph.facebook.com/v26.0/{path}" for path in ("me", "?ids=1_2%2C1_3,1_4&fields=id")
    ]
    assert [cost(Exchange("GET", address, 200, (), b"")) for address in addresses] == [1, 3]


# -- money
# ------------------------------------------------------------------------------------------------------------


def test_a_cap_of_money_is_never_exceeded_and_what_lacks_is_a_gap(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, None, price=lambda _: 100, highest_price=100)
    capped = room(play, monthly_cap=1)  # ten requests
    play.archive = TestArchive(play.archive.place, capped.register)
    outcome = play.capture("full")
    told = play.final()
    assert outcome.failure
    assert "may not cover another request" in outcome.failure
    assert (told["budget"]["allowed"], told["budget"]["spent"], told["budget"]["stopped"]) == (
        1_000,
        1_000,
        True,
    )
    assert told["budget"]["until"] == "2026-04-01T00:00:00.000000Z"
    assert len(outcome.gaps) == 1
    with standing(play.network.now):
        accounts, why = schedule.list_due_accounts(capped, "mastodon", at_once=True)
        assert accounts == []
        assert why == {
            play.name: ("its monthly budget is spent until Mar 31, 2026, 5:00 p.m. (2026-04-01 00:00:00 UTC)")
        }
        assert schedule.list_due_accounts(room(play, monthly_cap=2), "mastodon", at_once=True)[0] != [], (
            "who pays more goes on at once"
        )
    asked = len(play.between.asked)
    assert play.capture().failure
    assert len(play.between.asked) == asked, "not even who answers"
    play.network.wait(days=30)
    monkeypatch.setattr(
        mastodon, "PLATFORM", replace(mastodon.PLATFORM, highest_price=10, price=lambda _: 10)
    )
    play.sound("full")
    [gap] = Gaps(play.archive.archive).open_now([play.name])
    assert gap.detail.startswith("no capture read the account for 31 days"), (
        "only what came and went meanwhile is missing now"
    )


def test_money_that_ends_with_a_capture_that_is_whole_is_a_gap_all_the_same(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Posts until the month is over are missing: the next capture requests nothing, and reports that."""
    monkeypatch.setattr(
        mastodon, "PLATFORM", replace(mastodon.PLATFORM, limits=(), price=lambda _: 34, highest_price=900)
    )
    play.archive = TestArchive(
        play.archive.place, register_of({**play.archive.register.raw[0], "monthly_cap": 1})
    )
    play.sound()
    asked = len(play.between.asked)
    [account], _ = schedule.list_due_accounts(room(play), "mastodon", at_once=True)
    assert play.archive.capture(account.id).failure
    assert len(play.between.asked) == asked
    assert [gap.reason for gap in Gaps(play.archive.archive).open_now([play.name])] == [
        "capture-failed: BudgetSpent"
    ]
    accounts, why = schedule.list_due_accounts(room(play), "mastodon", at_once=True)
    assert (accounts, "is spent until" in why[play.name]) == ([], True)


def test_each_day_has_an_even_part_of_what_is_left_of_the_month() -> None:
    [account] = register_of(
        {"id": "a", "platform": "x", "url": "https://x.com/a", "monthly_cap": 31}
    ).accounts
    sums = AccountSummary(
        spent={"2026-03-01T05": {"history": [9, 1_000]}, "2026-03-10T00": {"recent": [5, 700]}}
    )
    now = datetime(2026, 3, 10, 12, tzinfo=UTC)
    share = budget.day_share(account, [account], sums, now)
    assert share is not None
    assert (share.allowed, share.spent) == (30_000 // 22, 700)
    assert (share.since, share.until) == (
        datetime(2026, 3, 10, tzinfo=UTC),
        datetime(2026, 3, 11, tzinfo=UTC),
    )
    assert budget.pressure((share, 0)) == 700 / 1_363
    assert not budget.defers_history(account, [account], sums, now)
    sums.spent["2026-03-10T11"] = {"history": [1, 600]}
    assert budget.defers_history(account, [account], sums, now)
    last = budget.day_share(account, [account], sums, datetime(2026, 3, 31, 23, tzinfo=UTC))
    assert last is not None
    assert last.allowed == 31_000 - 2_300
    none = budget.day_share(
        replace(account, monthly_cap=None), [replace(account, monthly_cap=None)], sums, now
    )
    assert none is not None
    assert (none.allowed, budget.pressure((none, 10**9), (None, 5))) == (None, 0)


def test_a_capture_is_narrowed_by_the_days_part_of_a_cap_so_that_the_month_is_not_spent_at_once(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, None, price=lambda _: 10, highest_price=10, price_per_item=10)
    capped = room(play, monthly_cap=3)  # ten requests a day
    play.archive = TestArchive(play.archive.place, capped.register)
    outcome = play.sound("sweep")
    told = play.final()["budget"]
    assert (told["limit"], told["allowed"], told["until"]) == (
        "part of the monthly cap",
        3_000 // 29,
        "2026-03-04T00:00:00.000000Z",
    )
    assert 0 < told["spent"] <= told["allowed"]
    assert 0 < contexts(play) == 10 - told["conversations"]
    assert outcome.gaps == [], "it comes later, nothing is missing yet"
    post = play.network.publish(US, "Closed today")
    play.network.comment(PARENT, post, "Why?")
    play.sound()
    assert [row["text"] for row in play.rows()].count("Why?") == 1, "what is new never waits"
