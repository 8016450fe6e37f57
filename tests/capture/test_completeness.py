"""What the platform counts beside what is held, in words."""

from __future__ import annotations

from typing import Any

from recordroom.archive.held import Sums
from recordroom.capture.completeness import NAMED, Line, compare, explained
from recordroom.capture.plan import Plan
from recordroom.capture.seen import Seen
from recordroom.model import Exchange, Record, Totals, moment
from recordroom.platforms import Platform, minutes

NOW = moment("2026-11-25T16:00:00Z")


PLATFORM = Platform("social", "Social", 1, minutes(15), unshown="comments of closed accounts", uncounted="comments are compared")


def compared(totals: dict[str, int], tallies: dict[str, dict[str, int]], *records: Record) -> tuple[list[Line], str]:
    """(the lines, what is lacking)."""
    seen, plan = Seen(), Plan(NOW, lambda _: None, lambda _: None, lambda _: 0.0, everything=True)
    seen.add(records)
    told = compare(Sums(tallies=tallies), Totals(totals, Exchange("GET", "", 200, (), b"")), seen, plan, PLATFORM.unshown)
    seen.close()
    plan.close()
    return list(explained(told.manifest, PLATFORM, 4)), told.lacking


def post(name: str, comments: int, **more: Any) -> Record:
    return Record(record_id=name, kind="post", native_id=name, pointer="", root_id=name, counts={"comments": comments}, **more)


def comment(name: str, parent: str) -> Record:
    return Record(record_id=name, kind="comment", native_id=name, pointer="", parent_id=parent, root_id=parent)


def test_each_difference_of_an_account_is_explained_or_a_gap() -> None:
    held = {
        "equal": {"visible": 3}, "hidden": {"visible": 2, "hidden": 1}, "more": {"visible": 5}, "fewer": {"visible": 4, "removed": 3},
    }  # fmt: skip
    lines, lacking = compared(dict.fromkeys(held, 3) | {"fewer": 6}, held)
    assert [(what, why) for what, _, _, why in lines] == [
        ("all of kind equal", "equal"),
        ("all of kind fewer", "GAP: 2 are lacking"),
        ("all of kind hidden", "1 more are held here as hidden, held, spam or trashed"),
        ("all of kind more", "2 more are held here than the platform counts"),
    ]
    assert lacking == "2 of 6 (fewer)"


def test_each_difference_of_a_conversation_is_told() -> None:
    lines, lacking = compared({}, {}, post("a", 3), comment("1", "a"), post("b", 0), comment("2", "b"), post("c", 1), comment("3", "c"))
    assert lines == [
        ("all posts", None, 4, "Social: the platform does not tell how many posts there are; comments are compared"),
        ("answers to a", 3, 1, "GAP: 2 are counted and were not shown (it also counts comments of closed accounts)"),
        ("answers to b", 0, 1, "1 more are shown than are counted"),
    ]
    assert lacking == "2 answers to 1 records (first: a); it also counts comments of closed accounts"


def test_of_very_many_the_first_are_named_and_all_are_counted() -> None:
    lines, lacking = compared({}, {}, *(post(f"{n:03}", 1) for n in range(NAMED + 7)))
    assert len(lines) == 1 + NAMED + 1
    assert lines[-1][0] == "answers to 7 further records"
    assert lacking.startswith(f"{NAMED + 7} answers to {NAMED + 7} records")
