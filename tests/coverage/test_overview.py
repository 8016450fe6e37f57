"""The status of all accounts, for a page that many people open.

It is right, cheap to read again, and names no confidential account.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from recordroom.archive.gaps import FAILED, OF_A_CAPTURE, OF_CAPTURES, WHOLE, Gap, Gaps
from recordroom.archive.quarantine.ledger import Quarantine
from recordroom.archive.state.account_state import AccountState
from recordroom.archive.state.summary_fold import SummaryReader
from recordroom.capture.file_import.run import REJECTS
from recordroom.capture.register_ledger import REASON
from recordroom.capture.workspace import Workspace
from recordroom.coverage import overview
from recordroom.coverage.calendar import CAPTURED
from recordroom.coverage.calendar import FAILED as ALL_FAILED
from recordroom.coverage.concerns import list_concerns
from recordroom.coverage.gap_reasons import MEANINGS, describe_reason, find_remedy
from recordroom.coverage.overview import AccountOverview, Overview
from recordroom.errors import PlatformFailure
from recordroom.jobs.context import JobContext
from recordroom.model import instant
from recordroom.register.models import COUNTS_DIFFER, PLATFORM_LIMIT
from tests.building import Building, account

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
FAILURE = {"type": "Blocked", "message": "the platform refuses", "mend": ""}


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "REMEMBERED", 0.0)


@pytest.fixture
def room(building: Building) -> JobContext:
    register = building.register(
        account(
            "news", "wordpress", approved_by="A. Doe", approved_on="2026-01-05", approval_evidence="memo 7"
        ),
        account("board", "mastodon", confidential=True),
    )
    building.capture("news", [{"record_id": "wordpress:x/posts/1", "text": "Snow day"}], at=NOW - 3 * HOUR)
    building.capture(
        "board", [{"record_id": "mastodon:s/statuses/9", "text": "In confidence"}], at=NOW - 3 * HOUR
    )
    return JobContext(Workspace.of(building.settings), register, "line 3: the key 'board' is there twice")


def look(room: JobContext, seen: Overview) -> dict[str, AccountOverview]:
    return {one.name: one for one in seen.look(room).accounts}


def test_an_account_is_told_with_its_captures_gaps_and_approval(building: Building, room: JobContext) -> None:
    Gaps(building.archive).open_("news", "capture-failed: Blocked", "the role is lost")
    building.capture("news", at=NOW - 2 * HOUR, complete=False, failure=FAILURE)
    found = look(room, Overview())
    news, board = found["news"], found["board"]
    assert (news.told["failure"], news.told["held"], news.told["last_capture"]["final"]) == (
        FAILURE,
        {"post": 1},
        True,
    )
    assert (news.approved, board.approved, news.lacking, board.lacking) == (True, False, True, None)
    assert [gap.reason for gap in news.gaps] == ["capture-failed: Blocked"]
    assert sum(day.captures for day in news.days) == 2
    assert {day.state for day in news.days if day.captures} <= {CAPTURED, ALL_FAILED}
    assert sum(day.failed for day in news.days) == 1


def test_the_gaps_of_years_are_gone_through_once_and_not_for_each_account(
    building: Building, room: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Counted(list[Gap]):
        times = 0

        def __iter__(self) -> Iterator[Gap]:
            Counted.times += 1
            return super().__iter__()

    for name in ("news", "board", "gone"):
        Gaps(building.archive).open_(name, "capture-failed: Blocked", "the role is lost")
    found = Gaps(building.archive).all()
    monkeypatch.setattr(Gaps, "all", lambda _self: Counted(found))
    assert {name: len(one.gaps) for name, one in look(room, Overview()).items()} == {
        "board": 1,
        "gone": 1,
        "news": 1,
    }
    assert Counted.times == 2, "those that are open, and whose each is"


def test_the_capture_of_one_post_does_not_make_an_account_look_fresh(
    building: Building, room: JobContext
) -> None:
    """No other page was read; before and after a snapshot."""
    last = instant(NOW - 3 * HOUR)
    building.capture(
        "news",
        [{"record_id": "wordpress:x/posts/2", "text": "Open"}],
        at=NOW - HOUR,
        window="one",
        complete=False,
    )
    assert look(room, Overview())["news"].told["last_capture"]["time"] == last
    state = AccountState(building.archive, building.derived, room.register.account("news"))
    state.put_snapshot()
    building.capture(
        "news",
        [{"record_id": "wordpress:x/posts/3", "text": "Shut"}],
        at=NOW - HOUR / 2,
        window="one",
        complete=False,
    )
    told = look(room, Overview())["news"].told
    assert (told["last_capture"]["time"], told["last_capture"]["window"], told["held"]) == (
        last,
        "full",
        {"post": 3},
    )


def test_an_account_of_which_one_post_alone_was_captured_was_never_captured(building: Building) -> None:
    register = building.register(account("news", "wordpress"))
    building.capture(
        "news", [{"record_id": "wordpress:x/posts/2", "text": "Open"}], at=NOW, window="one", complete=False
    )
    told = look(JobContext(Workspace.of(building.settings), register, ""), Overview())["news"].told
    assert (told["last_capture"], told["first_capture"], told["held"]) == (None, None, {"post": 1})


def test_a_further_look_asks_only_whether_anything_came(building: Building, room: JobContext) -> None:
    for n in range(30):
        building.capture("news", at=NOW - 2 * HOUR + timedelta(minutes=n))
    seen = Overview()
    assert sum(day.captures for day in look(room, seen)["news"].days) == 31
    before = room.place.archive.requests
    look(room, seen)
    assert room.place.archive.requests - before <= 8, "two for each chain of an account, two for the gaps"
    building.capture("news", [{"record_id": "wordpress:x/posts/2", "text": "Open again"}], at=NOW - HOUR)
    assert look(room, seen)["news"].told["held"] == {"post": 2}


def test_an_account_without_a_snapshot_is_not_folded_anew_at_each_look(
    building: Building, room: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "SNAPSHOT_ENTRIES", 3)
    for n in range(10):
        building.capture("news", at=NOW - 2 * HOUR + timedelta(minutes=n))
    seen, asked = Overview(), []
    for _ in range(3):
        before = room.place.archive.requests
        assert sum(day.captures for day in look(room, seen)["news"].days) == 11
        asked.append(room.place.archive.requests - before)
    assert max(asked[1:]) <= 8, asked


def test_accounts_that_share_a_credential_count_each_record_once(building: Building) -> None:
    """Each of them reads the captures of the others too, in threads of its own."""
    names = [f"school-{number}" for number in range(6)]
    register = building.register(*(account(name, "mastodon", connection="district") for name in names))
    room, seen = JobContext(Workspace.of(building.settings), register, ""), Overview()
    for number in range(1, 6):
        for name in names:
            rows = [{"record_id": f"mastodon:s/statuses/{name}-{number}-{post}"} for post in range(2)]
            building.capture(name, rows, at=NOW - HOUR + timedelta(minutes=number))
        held = {name: one.told["held"] for name, one in look(room, seen).items()}
        assert held == {name: {"post": 2 * number} for name in names}


@pytest.mark.parametrize(
    "stopped", [True, False], ids=["its entry has errors", "the account is missing from the register"]
)
def test_what_is_held_of_an_account_is_told_though_its_entry_is_not_sound(
    building: Building, room: JobContext, *, stopped: bool
) -> None:
    """A slip in the register's file must not make it look as if nothing had ever been captured."""
    named = {"native_id": "1", "server": "x", "title": "District"}
    building.capture("news", at=NOW - HOUR, identity=named, complete=False)
    before, (entry, board) = look(room, Overview())["news"], room.register.raw
    register = building.register(*([{**entry, "class": "offical"}] if stopped else []), board)
    Gaps(building.archive).open_("news", REASON, "it is not captured")
    news = look(JobContext(room.place, register, ""), Overview())["news"]
    assert (news.entry, news.lacking, news.told["overdue"]) == (None, True, None)
    assert (news.told["held"], news.told["last_capture"]) == ({"post": 1}, before.told["last_capture"])
    assert (sum(day.captures for day in news.days), [one["title"] for one in news.called]) == (
        2,
        ["District"],
    )


def test_of_an_account_that_has_closed_the_last_counts_stay(building: Building, room: JobContext) -> None:
    counted = {
        "kinds": [{"kind": "post", "platform": 3, "ours": 1}],
        "answers": {"differ": 0, "fewer": 0, "named": []},
        "lacking": 2,
    }
    building.capture("news", at=NOW - HOUR, completeness=counted)
    register = building.register(*({**entry, "closed_on": "2026-01-01"} for entry in room.register.raw))
    found = look(JobContext(room.place, register, ""), Overview())
    assert found["news"].counted == (
        ("all posts", 3, 1, "GAP: 2 are missing"),
        ("missing in total", None, None, "GAP: 2 are missing in total"),
    )
    assert (found["news"].lacking, found["board"].counted, found["board"].lacking) == (True, None, None)


def test_a_first_capture_that_the_end_of_an_account_cut_short_does_not_go_on(building: Building) -> None:
    register = building.register(
        account("news", "wordpress", closed_on="2026-01-01"), account("kept", "wordpress", import_only=True)
    )
    for name in ("news", "kept"):
        building.capture(
            name,
            [{"record_id": f"wordpress:{name}/posts/1"}],
            at=NOW - HOUR,
            window="history",
            complete=False,
        )
    found = look(JobContext(Workspace.of(building.settings), register, ""), Overview())
    for name, then in (("news", "; `recordroom capture news` continues it"), ("kept", "")):
        told = found[name].told
        assert (told["first_capture"], told["cut_short"].partition("may be missing")[2]) == (None, then)


def test_a_broken_chain_hides_no_other_account(building: Building, room: JobContext) -> None:
    building.archive.put_new("ledger/capture/mastodon/board/000000000002.json", b"{}")
    found = look(room, Overview())
    assert found["board"].told["failure"]["type"] == "Tampered"
    assert found["news"].told["failure"] is None


def test_nothing_is_told_of_a_confidential_account(building: Building, room: JobContext) -> None:
    Gaps(building.archive).open_("board", "mass-absence", "30 records vanished at once")
    whole = Overview().look(room)
    seen = whole.without(("board",), Quarantine())
    assert "board" in repr(whole)
    assert "board" not in repr(seen)
    assert seen.alarm, "everyone sees that something is wrong"


def test_what_needs_somebody_stands_in_order_of_what_would_be_lost(
    building: Building, room: JobContext
) -> None:
    Gaps(building.archive).open_("news", "capture-failed: Blocked", "the role is lost")
    Gaps(building.archive).open_("entry 3", REASON, "its entry in the register has errors")
    soon = {"dies_at": instant(NOW + timedelta(days=2))}
    building.capture("news", at=NOW - 2 * HOUR, complete=False, failure=FAILURE, token=soon)
    words = [f"{one.account} {one.words}" for one in list_concerns(Overview().look(room), {"news": 3})]
    parts = [
        "entry 3 not captured",
        "news the last capture failed",
        "expires on",
        "entry 3 1 open gap",
        "news 1 open gap",
        "does not have its newest 3 ledger entries",
    ]
    places = [
        next(n for n, said in enumerate(words) if part in said) for part in [*parts, "board not approved"]
    ]
    assert places == sorted(places), words


def test_a_throttle_is_no_failure(building: Building, room: JobContext) -> None:
    """One that lasts is a gap."""
    until = instant(NOW + timedelta(minutes=9))
    building.capture(
        "news", at=NOW, complete=False, failure={**FAILURE, "type": "Throttled"}, not_before=until
    )
    found = look(room, Overview())["news"]
    assert (found.told["failure"], found.told["not_before"]) == (None, until)
    assert not [one for one in list_concerns(Overview().look(room), {}) if "failed" in one.words]


def test_files_that_nobody_asks_for_again_are_lacking_too(building: Building, room: JobContext) -> None:
    large = {
        "identity": "f",
        "type": "video",
        "position": 1,
        "sha256": None,
        "bytes": None,
        "missing_reason": "too large: 9 bytes",
    }
    building.capture("news", [{"record_id": "wordpress:x/posts/2", "media": [large]}], at=NOW - HOUR)
    told = look(room, Overview())["news"].told["lacking_files"]
    assert (told["records"], told["reasons"]) == (1, {"too large: 9 bytes": 1})
    assert "the nightly sweep tries again" in told["words"]
    assert "RECORDROOM_MEDIA_LIMIT" in told["words"]
    register = building.register(*({**entry, "closed_on": "2026-01-01"} for entry in room.register.raw))
    news = look(JobContext(room.place, register, ""), Overview())["news"]
    assert news.lacking
    assert "no capture tries again" in news.told["lacking_files"]["words"]
    assert [
        one.place
        for one in list_concerns(Overview().look(room), {})
        if "could not be downloaded" in one.words
    ] == ["files"]


def test_an_account_that_is_not_captured_any_more_needs_somebody(
    building: Building, room: JobContext
) -> None:
    """If Airflow does not run, no task fails."""
    register = building.register(*room.register.raw, account("new", "mastodon"))
    room = JobContext(room.place, register, "")
    told = {
        one.account: one.words
        for one in reversed(list_concerns(Overview().look(room), {}))
        if "although a capture is due" in one.words
    }
    assert sorted(told) == ["board", "new", "news"]
    assert told["news"].startswith("no capture since ")
    assert (
        "although a capture is due every 15 minutes. To fix this: check in Airflow whether the DAG capture runs"
        in told["news"]
    )
    assert told["new"].startswith("the account was never captured, although")
    for name in ("news", "board"):
        building.capture(name, at=datetime.now(UTC))
    assert [
        one.account
        for one in list_concerns(Overview().look(room), {})
        if "although a capture is due" in one.words
    ] == ["new"]


def test_what_lacks_in_the_last_days_and_in_the_whole_account_is_one_gap(
    building: Building, room: JobContext
) -> None:
    """As a search and an export tell it."""
    gaps = Gaps(building.archive)
    for reason in (COUNTS_DIFFER, f"{COUNTS_DIFFER}{WHOLE}", PLATFORM_LIMIT):
        gaps.open_("news", reason, "2 of 9 (post)")
    found = Overview().look(room)
    assert [gap.reason for one in found.accounts for gap in one.gaps] == [COUNTS_DIFFER, PLATFORM_LIMIT]
    assert "2 open gaps" in [one.words for one in list_concerns(found, {})]


def test_the_sums_alone_are_those_of_the_state(building: Building, room: JobContext) -> None:
    building.capture(
        "news",
        at=NOW - HOUR,
        missing=["wordpress:x/posts/1"],
        identity={"native_id": "1", "server": "x", "title": "District"},
    )
    building.capture(
        "news",
        at=NOW,
        identity={"native_id": "1", "server": "x", "title": "The District", "handle": "district"},
    )
    alone = SummaryReader(building.archive, building.derived, room.register.account("news")).sums
    assert alone == AccountState(building.archive, building.derived, room.register.account("news")).sums
    assert [(one["title"], one["handle"]) for one in alone.called] == [
        ("District", None),
        ("The District", "district"),
    ]


@pytest.mark.parametrize(
    "reason",
    [*OF_CAPTURES, REASON, *(f"{reason}x" for reason in OF_A_CAPTURE), f"{REJECTS}x", f"{FAILED}KeyError"],
)
def test_for_every_gap_it_is_said_what_it_is_and_what_to_do(reason: str) -> None:
    assert find_remedy(reason)
    assert describe_reason(reason) != reason


def test_nobody_is_sent_to_import_what_comes_by_itself() -> None:
    assert find_remedy(PLATFORM_LIMIT).startswith(
        "Items that are read a few at a time, such as captions, arrive in the next nights."
    )


def test_each_failure_of_a_platform_has_a_mend_of_its_own() -> None:
    for kind in PlatformFailure.__subclasses__():
        assert find_remedy(f"{FAILED}{kind.__name__}{WHOLE}") != MEANINGS[FAILED].mend, kind
