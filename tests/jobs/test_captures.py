"""Which accounts a scheduled run captures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from recordroom import airflow_tasks, dates
from recordroom.archive.gaps import Gaps
from recordroom.archive.ledger import Ledger, Tail, key_of
from recordroom.archive.state.account_summary import AccountSummary
from recordroom.capture.windows import is_overdue, is_unswept
from recordroom.capture.windows import why_not_due as due_of
from recordroom.coverage.account_status import describe_account, describe_accounts
from recordroom.jobs import captures, maintenance, schedule
from recordroom.jobs.context import JobContext
from recordroom.model import instant
from tests.archives import make
from tests.services import S3, Buckets

NOW = datetime.now(UTC)
REQUESTS = 4  # of a task: the note, and the ledger that it names
ENTRIES: list[dict[str, Any]] = [
    {"id": name, "platform": "feed", "url": f"https://{name}.example.org/feed"} for name in ("one", "two")
]


def manifest(**more: Any) -> dict[str, Any]:
    body = {
        "capture_id": "x",
        "segment": 1,
        "final": True,
        "window": {"kind": "history"},
        "started": instant(NOW - timedelta(hours=1)),
    }
    return {
        **body,
        "rows": {"count": 0, "total": 0, "sha256": ""},
        "evidence": [],
        "deltas": [],
        "complete": False,
        "cursor": "x",
    } | more


@pytest.fixture
def room(s3: S3, buckets: Buckets, tmp_path: Path) -> JobContext:
    archive = make(s3, buckets, tmp_path, *ENTRIES)
    return JobContext(archive.place, archive.register, "")


def due(room: JobContext) -> list[str]:
    return [account.id for account in schedule.list_due_accounts(room, "feed")[0]]


def test_a_chain_that_is_broken_stops_no_other_account(room: JobContext) -> None:
    """Its own capture runs, and reports the damage."""
    ledger = Ledger(room.place.archive, "capture/feed/one")
    ledger.append("manifest", manifest(), Tail())
    assert sorted(due(room)) == ["one", "two"]
    room.place.archive.put_new(key_of(ledger.name, 2), b"{}")
    assert sorted(due(room)) == ["one", "two"]
    accounts, _ = schedule.list_due_accounts(room, "feed", at_once=True)
    assert schedule.list_unfinished_histories(room, accounts) == []


def test_who_is_throttled_is_left_alone_by_histories_too(room: JobContext) -> None:
    until = instant(NOW + timedelta(hours=1))
    Ledger(room.place.archive, "capture/feed/one").append("manifest", manifest(not_before=until), Tail())
    Ledger(room.place.archive, "capture/feed/two").append("manifest", manifest(), Tail())
    accounts, why = schedule.list_due_accounts(room, "feed", at_once=True)
    assert why == {"one": f"throttled until {until}"}
    assert [account.id for account in schedule.list_unfinished_histories(room, accounts)] == ["two"]


def test_a_throttle_holds_for_each_account_with_the_same_credential(
    s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    """The limit is that of the connection, or of the server for all clients."""
    connections = {"one": "app", "two": "app", "three": "other", "four": None, "five": None}
    entries = [ENTRIES[0] | {"id": name, "connection": of} for name, of in connections.items()]
    entries += [ENTRIES[1] | {"id": "six"}]
    entries += [ENTRIES[0] | {"id": "closed", "connection": "app", "closed_on": "2026-01-01"}]
    archive = make(s3, buckets, tmp_path, *entries)
    room, until = JobContext(archive.place, archive.register, ""), instant(NOW + timedelta(hours=1))
    for name in ("two", "four"):
        Ledger(room.place.archive, f"capture/feed/{name}").append(
            "manifest", manifest(not_before=until), Tail()
        )
    accounts, why = schedule.list_due_accounts(room, "feed", at_once=True)
    assert [account.id for account in accounts] == ["three", "six"]
    assert why == {
        "one": f"throttled until {until}, like two, which uses the same credential",
        "two": f"throttled until {until}",
        "four": f"throttled until {until}",
        "five": f"throttled until {until}, like four, which uses the same credential",
        "closed": "closed on 2026-01-01",
    }
    told = {one["account"]: one for one in describe_accounts(room, [])}
    assert [told[name]["not_before"] for name in ("one", "two", "three")] == [until, until, None]
    assert told["one"]["overdue"] is None, "it is left alone"
    assert told["three"]["overdue"] is not None


@pytest.mark.parametrize(("kind", "left_out"), [("recent", 4), ("sweep", 1)])
def test_a_throttle_of_one_account_costs_the_others_no_sweep(
    s3: S3, buckets: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, kind: str, left_out: int
) -> None:
    """A sweep runs once a day; the captures of the last days run again in a quarter of an hour."""
    names = ["one", "two", "three", "four"]
    archive = make(s3, buckets, tmp_path, *[ENTRIES[0] | {"id": name, "connection": "app"} for name in names])
    room = JobContext(archive.place, archive.register, "")
    until = instant(datetime.now(UTC) + timedelta(minutes=15))
    Ledger(room.place.archive, "capture/feed/two").append("manifest", manifest(not_before=until), Tail())
    monkeypatch.setattr(JobContext, "open", lambda: room)
    run = SimpleNamespace(run_type="scheduled")
    monkeypatch.setattr(airflow_tasks, "get_current_context", lambda: {"dag_run": run})
    assert len(airflow_tasks._list_due.function("feed", kind)) == len(names) - left_out


def capture(room: JobContext, name: str, status: int) -> None:
    """Capture the account from a server that answers each request with this status."""
    answer = httpx.Response(status, headers={"Retry-After": "600"})
    answering = replace(room, place=replace(room.place, transport=httpx.MockTransport(lambda _: answer)))
    captures.capture_account(answering, answering.register.account(name))


@pytest.mark.parametrize("number", [3, 12])
def test_a_task_asks_with_the_same_requests_however_many_accounts_have_the_credential(
    s3: S3, buckets: Buckets, tmp_path: Path, number: int
) -> None:
    """Earlier code let each of 40 tasks of a run fold the ledgers of the 39 other accounts."""
    names = [f"account-{at}" for at in range(number)]
    entries = [ENTRIES[0] | {"id": name, "connection": "app"} for name in names]
    archive = make(s3, buckets, tmp_path, *entries, ENTRIES[1] | {"id": "elsewhere", "connection": "other"})
    room, asked = JobContext(archive.place, archive.register, ""), list[int]()
    for name in names:
        Ledger(room.place.archive, f"capture/feed/{name}").append("manifest", manifest(), Tail())
    capture(room, names[0], 429)

    def ask(name: str) -> str:
        before = room.place.archive.requests + room.place.derived.requests
        found = schedule.find_throttle(room, room.register.account(name))
        asked.append(room.place.archive.requests + room.place.derived.requests - before)
        return found

    words = [ask(name) for name in names[1:]]
    assert all(one.endswith("like account-0, which uses the same credential") for one in words), words
    assert sum(asked) == (number - 1) * REQUESTS
    assert ask("elsewhere") == ""
    assert asked[-1] == 1, "there is no note"


def test_a_throttle_holds_no_longer_once_the_account_was_captured(
    s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    """The note names the account; its ledger says whether the throttle still holds."""
    archive = make(
        s3, buckets, tmp_path, *[ENTRIES[0] | {"id": name, "connection": "app"} for name in ("one", "two")]
    )
    room = JobContext(archive.place, archive.register, "")
    capture(room, "one", 429)
    assert schedule.find_throttle(room, room.register.account("two")).startswith("throttled until")
    assert schedule.find_throttle(room, room.register.account("one")) == "", "due looks at its own"
    capture(room, "one", 404)
    assert schedule.find_throttle(room, room.register.account("two")) == ""


def test_a_damaged_note_of_a_throttle_stops_no_capture(s3: S3, buckets: Buckets, tmp_path: Path) -> None:
    archive = make(
        s3, buckets, tmp_path, *[ENTRIES[0] | {"id": name, "connection": "app"} for name in ("one", "two")]
    )
    room = JobContext(archive.place, archive.register, "")
    capture(room, "one", 429)
    [key] = room.place.derived.keys("throttles/")
    room.place.derived.delete(key)
    room.place.derived.put_new(key, b"{}")
    assert schedule.find_throttle(room, room.register.account("two")) == ""
    capture(room, "one", 429)
    assert schedule.find_throttle(room, room.register.account("two")).startswith("throttled until"), (
        "it was replaced"
    )


def test_the_account_that_waited_longest_is_captured_first(room: JobContext) -> None:
    """The first account may meet a throttle that delays the others, so another one comes first each time."""
    Ledger(room.place.archive, "capture/feed/one").append("manifest", manifest(), Tail())
    assert due(room) == ["two", "one"]


def test_the_last_day_ends_at_midnight_where_the_agency_is(room: JobContext) -> None:
    account = replace(room.register.account("one"), closed_on="2026-06-30")
    assert not account.is_closed(datetime(2026, 7, 1, 6, 59, tzinfo=UTC))
    assert account.is_closed(datetime(2026, 7, 1, 7, tzinfo=UTC))
    assert due_of(account, AccountSummary(), datetime(2026, 7, 1, 7, tzinfo=UTC)) == "closed on 2026-06-30"


@pytest.mark.parametrize(
    ("started", "now", "is_due"),
    [
        ("18:05:36", "18:15:01", True),  # by hand, or after a restart of the machine
        ("18:01:10", "18:15:01", True),  # the last one of a large run
        ("18:00:02", "18:13:00", False),
        ("18:14:30", "18:15:01", False),  # a worker's clock is behind: it was captured in this interval
        ("18:14:30", "18:30:01", True),
        ("18:00:30", "18:14:59", True),
        ("18:20:00", "18:15:01", True),  # a time in the future
    ],
)
def test_each_turn_captures_once_whenever_in_the_last_one_it_was(
    room: JobContext, started: str, now: str, is_due: bool
) -> None:
    day = "2026-11-26T{}+00:00".format
    sums = AccountSummary(last_start=instant(datetime.fromisoformat(day(started))))
    assert (due_of(room.register.account("one"), sums, datetime.fromisoformat(day(now))) == "") == is_due


def test_who_was_not_captured_for_more_than_two_turns_is_overdue(room: JobContext) -> None:
    account, last = room.register.account("one"), instant(NOW - timedelta(minutes=46))
    assert is_overdue(account, AccountSummary(), NOW)
    assert is_overdue(account, AccountSummary(last_start=last), NOW)
    assert not is_overdue(account, AccountSummary(last_start=instant(NOW - timedelta(minutes=44))), NOW)
    assert not is_overdue(
        account, AccountSummary(last_start=last, not_before=instant(NOW + timedelta(minutes=9))), NOW
    )
    for other in (replace(account, import_only=True), replace(account, closed_on="2026-01-01")):
        assert not is_overdue(other, AccountSummary(last_start=last), NOW)


def test_who_was_not_read_as_a_whole_for_two_nights_is_told(room: JobContext) -> None:
    """It is captured every quarter of an hour, but those captures see nothing of old posts."""
    account, now = room.register.account("one"), datetime.now(UTC)
    late, early = (
        AccountSummary(
            last_start=instant(now),
            history={"done": True},
            read={"whole": instant(now - timedelta(hours=hours))},
        )
        for hours in (49, 47)
    )
    assert is_unswept(account, late, now)
    assert not is_unswept(account, early, now)
    assert not is_unswept(account, replace(late, history={"done": False}), now), "its first capture goes on"
    for other in (replace(account, import_only=True), replace(account, closed_on="2026-01-01")):
        assert not is_unswept(other, late, now)
    told = describe_account(room, "one", [], lambda _: late)
    assert "check in Airflow whether the DAG sweep runs" in (told["overdue"] or "")


def test_that_no_anchor_was_written_for_two_nights_is_told(room: JobContext) -> None:
    """A check of the accounts reports it: a paused DAG fails no run."""
    later = datetime.now(UTC) + timedelta(hours=49)
    assert maintenance.describe_missing_anchor(room, later) == "", "nothing was begun yet"
    Ledger(room.place.archive, "register").append("register", {}, Tail())
    assert maintenance.describe_missing_anchor(room, datetime.now(UTC)) == ""
    assert "check whether Airflow's DAG fixity runs" in maintenance.describe_missing_anchor(room, later)
    maintenance.write_anchor(room)
    written = datetime.now(UTC)
    assert maintenance.describe_missing_anchor(room, written + timedelta(hours=47)) == ""
    assert dates.format_both_zones(written)[:10] in maintenance.describe_missing_anchor(room, later)


def test_who_is_closed_is_captured_only_by_name(room: JobContext) -> None:
    yesterday = (NOW - timedelta(days=2)).date().isoformat()
    closed = replace(
        room.register,
        accounts=(replace(room.register.account("one"), closed_on=yesterday), room.register.account("two")),
    )
    assert [account.id for account in schedule.list_open_accounts(replace(room, register=closed))] == ["two"]


def test_every_gap_of_an_account_is_told_however_old_and_whoever_opened_it(room: JobContext) -> None:
    refusing = replace(
        room, place=replace(room.place, transport=httpx.MockTransport(lambda _: httpx.Response(404)))
    )
    gaps = Gaps(room.place.archive)
    gaps.open_("one", "import-rejects: comments.csv", "2 lines were not taken")
    gaps.open_("two", "counts-differ", "of another account")
    outcome = captures.capture_account(refusing, refusing.register.account("one"))
    assert len(outcome.gaps) == 1
    assert "1 new gaps, 2 open" in captures.describe_outcome(outcome)
    [old, new] = outcome.open_gaps or []
    assert old.startswith(f"import-rejects: comments.csv, since {datetime.now(UTC):%Y}")
    assert new.startswith("capture-failed: AccountUnavailable (whole account), since ")
    assert "open" not in captures.describe_outcome(replace(outcome, open_gaps=None, failure=None)), (
        "nothing was compared, as for one permalink: that is not none"
    )
