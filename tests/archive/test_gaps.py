"""Gaps as they were at any time, also those that closed and opened again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from recordroom.archive import store
from recordroom.archive.gaps import (
    MISSED,
    NOT_CAPTURED,
    SNAPSHOTS,
    WHOLE,
    AccountGaps,
    Gap,
    Gaps,
    merge_windows,
    rebuild,
)
from recordroom.archive.ledger import Ledger
from recordroom.archive.store import Store
from recordroom.canonical import sha256
from recordroom.capture.derived.verification import compare_gaps
from recordroom.register.models import Explanation
from tests.archives import make, settings_for
from tests.services import S3, Buckets

AT = datetime(2026, 3, 2, 16, tzinfo=UTC)


def test_a_gap_that_opened_again_stood_there_before_too(archive: Store) -> None:
    gaps = Gaps(archive)
    for detail in ("three posts", "three posts, still", "one post"):
        gaps.open_("news", "counts-differ", detail)
        if detail != "three posts":
            gaps.close("news", "counts-differ", "capture 1")
    gaps.close("news", "counts-differ", "it is closed")
    times = [e.time for e in Ledger(archive, "gap").entries()]
    assert [e.type for e in Ledger(archive, "gap").entries()] == ["opened", "closed", "opened", "closed"]
    for seen in (gaps, Gaps(archive)):
        assert [(g.detail, g.opened_at, g.closed_at) for g in seen.all()] == [
            ("three posts", times[0], times[1]),
            ("one post", times[2], times[3]),
        ]
        just_before = [time - timedelta(microseconds=1) for time in times]
        assert [[g.detail for g in seen.as_of(t, ["news"])] for t in just_before] == [
            [],
            ["three posts"],
            [],
            ["one post"],
        ]
        assert seen.as_of(times[3], ["news"]) == []
        assert seen.as_of(just_before[1], ["other"]) == []
        assert seen.open_now() == []


@pytest.fixture(scope="module")
def derived(s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Store:
    buckets = Buckets()
    s3.client().create_bucket(Bucket=buckets.derived)
    return store.derived(settings_for(s3, buckets, tmp_path_factory.mktemp("gaps")))


def test_years_of_gaps_are_not_read_again(
    archive: Store, derived: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recordroom.archive.gaps.SNAPSHOT_ENTRIES", 12)
    gaps, began = Gaps(archive, derived), Gaps(archive).load().number
    for number in range(12):
        gaps.open_("old", "counts-differ", f"{number} posts", from_=None, to=AT)
        gaps.close("old", "counts-differ", f"capture {number}")
    gaps.open_("old", "platform-limit", "a year", from_=AT)
    keys = list(derived.keys(SNAPSHOTS))
    assert len(keys) == 2, "the last two are kept"
    reader = replace(archive, requests=0)
    assert Gaps(reader, derived).all() == Gaps(archive).all()
    assert [g.reason for g in Gaps(reader, derived).open_now(["old"])] == ["platform-limit"]
    assert reader.requests < 2 * (12 + 10) < 2 * (2 * 12 + began), "two reads, each from the snapshot on"
    assert compare_gaps(archive, derived) == []


def test_where_nothing_is_lacking_a_snapshot_is_looked_for_once(s3: S3, tmp_path: Path) -> None:
    place = make(s3, Buckets(), tmp_path).place
    gaps = Gaps(place.archive, place.derived)
    for _ in range(3):
        assert gaps.all() == []
    assert (place.derived.requests, place.archive.requests) == (1, 3)
    Gaps(place.archive).open_("new", "counts-differ", "one post")
    assert [gap.account for gap in gaps.all()] == ["new"]


def test_a_wrong_snapshot_of_gaps_is_found_and_made_again(archive: Store, derived: Store) -> None:
    Gaps(archive, derived).open_("old", "mass-absence", "30 records")
    rebuild(archive, derived)
    [key] = derived.keys(SNAPSHOTS)
    snapshot = orjson.loads(derived.get(key))
    derived.delete(key)
    derived.put_new(key, orjson.dumps(snapshot | {"gaps": []}))
    [problem] = compare_gaps(archive, derived)
    assert "rebuild state" in problem.problem
    rebuild(archive, derived)
    assert compare_gaps(archive, derived) == []


def test_a_snapshot_of_gaps_that_cannot_be_read_stops_nobody(archive: Store, derived: Store) -> None:
    Gaps(archive, derived).open_("torn", "mass-absence", "30 records")
    rebuild(archive, derived)
    [key] = derived.keys(SNAPSHOTS)
    derived.delete(key)
    derived.put_new(key, b'{"format": 3, "ga')
    assert Gaps(archive, derived).all() == Gaps(archive).all()
    Gaps(archive, derived).close("torn", "mass-absence", "they came back")
    rebuild(archive, derived)
    assert compare_gaps(archive, derived) == []


def test_an_account_takes_up_what_a_dead_capture_left_open_and_nothing_else(
    archive: Store, derived: Store
) -> None:
    Gaps(archive).open_("dead", "capture-failed: Blocked", "it died before its manifest")
    Gaps(archive).open_("dead", "register-error", "not a capture's")
    Gaps(archive).open_("other", "counts-differ", "another account's")
    own = AccountGaps(archive, derived, "dead", [])
    own.close("capture-failed: Blocked", "it does not know of it")
    assert len(Gaps(archive).open_now(["dead"])) == 2
    own.reload()
    assert len(own.ids) == 1
    own.open("capture-failed: Blocked", "open already")
    assert own.opened == []
    Gaps(archive).close("dead", "capture-failed: Blocked", "another machine's capture")
    own.reload()
    assert own.ids == [], "whatever it has read before"
    own.open("capture-failed: Blocked", "it failed again")
    own.close("capture-failed: Blocked", "a whole capture")
    assert [g.reason for g in Gaps(archive).open_now(["dead"])] == ["register-error"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("gave 600 of 2026", "gave 612 of 2026", False),
        ("gave 600 of 2026", "gave 600 of 2026, 600 of 2027", True),
        ("gave 600 of 2026", "gave 600 of 2027", True),
        ("the first: 117672319057920001", "the first: 117672319057920002", False),
        ("the comments of 1 list", "the comments of 2 lists", False),
        ("the comments of 999 entries", "the comments of 1,000 entries", False),
        ("the comments of 1 entry", "the comments of 2 lists", True),
    ],
)
def test_another_year_is_no_other_number(
    archive: Store, derived: Store, before: str, after: str, told: bool
) -> None:
    capture = AccountGaps(archive, derived, sha256(f"{before}{after}".encode())[:8], [])
    for words in (before, after):
        capture.open_or_update("platform-limit", words)
    assert len(capture.opened) == 1 + told


def test_what_the_last_days_and_the_whole_account_lack_is_one_gap_for_people() -> None:
    def gap(account: str, reason: str, detail: str, days: int) -> Gap:
        return Gap("", account, reason, detail, AT, AT + timedelta(days=days), AT + timedelta(days=days))

    recent = gap("news", "counts-differ", "2 of 9 (post)", 3)
    whole = gap("news", f"counts-differ{WHOLE}", "5 of 9 (post)", 1)
    other = gap("board", "counts-differ", "2 of 9 (post)", 2)
    alone = gap("news", f"platform-limit{WHOLE}", "a list ended", 4)
    for first, second in ((recent, whole), (whole, recent)):
        one, *rest = merge_windows([first, other, second, alone])
        assert (one.account, one.reason, one.detail) == (
            "news",
            "counts-differ",
            "5 of 9 (post) (of the last days: 2 of 9 (post))",
        )
        assert (one.opened_at, one.from_, one.to) == (whole.opened_at, AT, recent.to), (
            "all of the time that either covers"
        )
        assert rest == [other, alone], "a single gap stays as it is"
    chat = "the live chat of {} (first: youtube:{}) is not captured"
    captions = "the captions of 7 videos are not captured"
    limits = [gap("tube", f"platform-limit{WHOLE}", f"{chat.format('2 broadcasts', 'a1')}; {captions}", 1)]
    for last_days, told in (
        (chat.format("1 broadcast", "b2"), ""),  # it is some of those
        (chat.format("3 broadcasts", "a1"), f" (of the last days: {chat.format('3 broadcasts', 'a1')})"),
        (f"{captions}; something else", " (of the last days: something else)"),
    ):
        [one] = merge_windows([*limits, gap("tube", "platform-limit", last_days, 2)])
        assert one.detail == f"{limits[0].detail}{told}"
    unknown = replace(whole, from_=None, detail=recent.detail)
    [one] = merge_windows([recent, unknown])
    assert (one.from_, one.to, one.detail) == (None, recent.to, recent.detail)


def test_a_word_that_is_taken_back_opens_what_it_explained_and_nothing_else(
    archive: Store, derived: Store
) -> None:
    gaps, own = Gaps(archive), AccountGaps(archive, derived, "back", [])
    for reason, how in (("said", "the register says: kept elsewhere"), ("filled", "import 7"), ("open", "")):
        gaps.open_("back", f"posts-missed: {reason}", reason, AT, AT)
        if how:
            gaps.close("back", f"posts-missed: {reason}", how)
    gaps.open_("third", "posts-missed: said", "another account's")
    gaps.close("third", "posts-missed: said", "the register says: kept elsewhere")
    own.reload()
    word = Explanation("2026-11-20", "kept elsewhere")
    opened = [g.opened_at for g in gaps.all() if g.account == "back"]
    own.settle("posts-missed: ", word, lambda when: when == opened[0])
    assert [g.reason for g in gaps.open_now(["back"])] == ["posts-missed: open"]
    own.settle("posts-missed: ", None, lambda _: True)
    [again] = (g for g in gaps.open_now(["back", "third"]) if g.reason != "posts-missed: open")
    assert (again.account, again.reason, again.detail, again.from_, again.to) == (
        "back",
        "posts-missed: said",
        "said",
        AT,
        AT,
    )
    own.settle("posts-missed: ", word, lambda when: when == opened[0])
    assert [g.reason for g in gaps.open_now(["back"])] == ["posts-missed: open"], (
        "its day is that of its first opening"
    )


def test_what_is_lacking_beside_what_was_lacking_before_is_told(archive: Store, derived: Store) -> None:
    """Numbers change with every capture, and say nothing new."""
    last: list[str] = []
    for words in (
        "no file of 3 videos",
        "no file of 4 videos",
        "no file of 4 videos; the scope private is missing",
        "no file of 4 videos",
    ):
        capture = AccountGaps(archive, derived, "films", last)
        capture.open_or_update("platform-limit", words)
        last = capture.ids
        assert last == [gap.gap_id for gap in Gaps(archive).open_now(["films"])]
    entries = [e.body for e in Ledger(archive, "gap").entries() if e.body["account"] == "films"]
    assert [body.get("detail", body.get("how")) for body in entries] == [
        "no file of 3 videos",
        "replaced by a newer report of what is missing",
        "no file of 4 videos; the scope private is missing",
        "replaced by a newer report of what is missing",
        "no file of 4 videos",
    ]
    Gaps(archive).close("films", "platform-limit", "by a capture that died before its manifest")
    after = AccountGaps(archive, derived, "films", last)
    after.open_or_update("platform-limit", "no file of 4 videos")
    assert (after.opened, after.ids) == (last, last)
    assert [gap.detail for gap in Gaps(archive).open_now(["films"])] == ["no file of 4 videos"]


def test_what_one_capture_named_as_missed_stays_told_where_the_next_one_of_the_same_time_names_something_else(
    archive: Store, derived: Store
) -> None:
    """The first capture failed after it reported a gap, so the next reads the same time again."""
    for capture, *words in (
        ("c1", "older ones of ann", "older ones of bea", "older ones of ann"),
        ("c2", "older ones of bea"),
    ):
        own = AccountGaps(archive, derived, "inbox", [])
        own.reload()
        for detail in words:
            own.open_missed(MISSED, capture, detail, AT, AT + timedelta(hours=1), named=True)
            own.open_missed(NOT_CAPTURED, capture, f"for a day, says {capture}", AT, AT + timedelta(days=1))
        assert sorted(own.ids) == sorted(gap.gap_id for gap in Gaps(archive).open_now(["inbox"]))
    told = {(gap.reason, gap.detail) for gap in Gaps(archive).open_now(["inbox"])}
    assert told == {
        (f"{MISSED}c1", "older ones of ann"),
        (f"{MISSED}c2", "older ones of bea"),
        (f"{NOT_CAPTURED}c2", "for a day, says c2"),
    }
