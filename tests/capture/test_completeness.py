"""The platform's counts compared with what is archived, in words."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from recordroom.archive.state.account_summary import AccountSummary
from recordroom.capture.completeness import NAMED, CountLine, compare_counts, explain_differences
from recordroom.capture.seen import SeenRecords
from recordroom.model import Exchange, Record, Totals, moment
from recordroom.platforms.contract import Platform, minutes
from recordroom.register.models import Explanation
from tests.capture.plans import make_plan

NOW = moment("2026-11-25T16:00:00Z")
UNLESS = (
    ", unless the platform also counts records that are not visible ({} archived as hidden, awaiting"
    " moderation, spam, or trashed)"
)
PLATFORM = Platform(
    "social",
    "Social",
    1,
    minutes(15),
    counted_but_hidden="comments of closed accounts",
    compared_instead="comments are compared",
)


def compared(
    totals: dict[str, int],
    tallies: dict[str, dict[str, int]],
    *records: Record,
    word: Explanation | None = None,
    counted: frozenset[str] | None = None,
) -> tuple[list[CountLine], str]:
    """Return (the lines, what is missing)."""
    seen, plan = SeenRecords(), make_plan(NOW, everything=True)
    seen.add(records)
    told = compare_counts(
        AccountSummary(tallies=tallies),
        Totals(totals, Exchange("GET", "", 200, (), b""), counted),
        seen,
        plan,
        PLATFORM.counted_but_hidden,
    )
    seen.close()
    plan.close()
    assert told.number == told.manifest["lacking"]
    return list(explain_differences(told.manifest, PLATFORM, 4, word)), told.lacking


def post(name: str, comments: int, **more: Any) -> Record:
    return Record(
        record_id=name,
        kind="post",
        native_id=name,
        pointer="",
        root_id=name,
        counts={"comments": comments},
        **more,
    )


def comment(name: str, parent: str) -> Record:
    return Record(
        record_id=name, kind="comment", native_id=name, pointer="", parent_id=parent, root_id=parent
    )


def test_each_difference_of_an_account_is_explained_or_a_gap() -> None:
    held = {"equal": {"visible": 3}, "more": {"visible": 5}, "fewer": {"visible": 4, "removed": 3}}
    lines, lacking = compared(dict.fromkeys(held, 3) | {"fewer": 6}, held)
    assert [(what, why) for what, _, _, why in lines] == [
        ("all records of kind equal", "equal"),
        ("all records of kind fewer", "GAP: 2 are missing"),
        ("all records of kind more", "the archive has 2 more than the platform counts"),
        ("missing in total", "GAP: 2 are missing in total"),
    ]
    assert lacking == "2 of 6 (fewer)"


@pytest.mark.parametrize(
    ("counted", "why", "lacking"),
    [
        ({"visible"}, "GAP: 1 is missing", "1 of 7 (post)"),
        ({"visible", "trashed"}, "the archive has 2 more than the platform counts", ""),
        (
            {"visible", "hidden"},
            "1 of them are archived as hidden, awaiting moderation, spam, or trashed; the platform counts these too",
            "",
        ),
        (None, f"GAP: 1 is missing{UNLESS.format('4 are')}", f"1 of 7 (post){UNLESS.format('4 are')}"),
    ],
)
def test_a_difference_is_explained_only_by_what_the_platform_counts(
    counted: set[str] | None, why: str, lacking: str
) -> None:
    held = {"post": {"visible": 6, "trashed": 3, "hidden": 1}}
    lines, told = compared({"post": 7}, held, counted=None if counted is None else frozenset(counted))
    assert (lines[0][3], told) == (why, lacking)


def test_a_held_answer_does_not_stand_for_one_that_lacks() -> None:
    below = [comment("1", "a"), structs.replace(comment("2", "a"), status="held")]
    lines, lacking = compared({}, {}, post("a", 2), *below)
    words = UNLESS.format("1 is")
    assert lines[1] == (
        "replies to a",
        2,
        1,
        f"GAP: 1 is counted and not shown (the platform also counts comments of closed accounts){words}",
    )
    assert (
        lacking
        == f"1 reply to 1 record (first: a){words}; the platform also counts comments of closed accounts"
    )
    assert compared({}, {}, post("a", 1), *below)[1] == "", "nor is it one too many"


def test_each_difference_of_a_conversation_is_told() -> None:
    lines, lacking = compared(
        {},
        {},
        post("a", 3),
        comment("1", "a"),
        post("b", 0),
        comment("2", "b"),
        post("c", 1),
        comment("3", "c"),
    )
    assert lines == [
        (
            "all posts",
            None,
            4,
            "Social: the platform does not say how many posts there are; comments are compared",
        ),
        (
            "replies to a",
            3,
            1,
            "GAP: 2 are counted and not shown (the platform also counts comments of closed accounts)",
        ),
        ("replies to b", 0, 1, "1 more is shown than counted"),
        ("missing in total", None, None, "GAP: 2 are missing in total"),
    ]
    assert lacking == "2 replies to 1 record (first: a); the platform also counts comments of closed accounts"


def test_of_very_many_the_first_are_named_and_all_are_counted() -> None:
    lines, lacking = compared({}, {}, *(post(f"{n:03}", 1) for n in range(NAMED + 7)))
    assert len(lines) == 1 + NAMED + 2
    assert lines[-2][0] == "replies to 7 other records"
    assert lacking.startswith(f"{NAMED + 7} replies to {NAMED + 7} records")


@pytest.mark.parametrize(("whole", "number"), [(True, 3), (False, 3 + 2)])
def test_what_lacks_below_a_comment_is_counted_once_where_its_post_counts_it_too(
    whole: bool, number: int
) -> None:
    """A post shows 2 comments, the first with 2 missing replies; another conversation is next to it."""
    below = Record(
        record_id="1",
        kind="comment",
        native_id="1",
        pointer="",
        parent_id="a",
        root_id="a",
        counts={"comments": 2},
    )
    told = 5, comment("2", "a"), post("b", 1)
    lines, lacking = compared(
        {"own": 4}, {"own": {"visible": 3}}, post("a", told[0], counts_replies=whole), below, *told[1:]
    )
    assert lines[-1] == ("missing in total", None, None, f"GAP: {number + 1 + 1} are missing in total")
    assert lacking.startswith(f"1 of 4 (own); {number + 1} replies to 3 records")


@pytest.mark.parametrize(("lacking", "covered"), [(1, False), (2, True), (3, True), (None, False)])
def test_what_the_agency_explained_is_told_with_its_word_up_to_the_number(
    lacking: int | None, covered: bool
) -> None:
    word = Explanation("2026-11-20", "removed before they were first seen", lacking)
    lines, _ = compared({"own": 6}, {"own": {"visible": 5}}, post("a", 1), word=word)
    said = [why for *_, why in lines]
    assert [why.startswith("GAP") for why in said] == [not covered] * 3
    if covered:
        assert said[0] == "1 is missing; the register says (2026-11-20): removed before they were first seen"
