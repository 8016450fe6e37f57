"""The records that one capture saw, compared with the platform's counts."""

from __future__ import annotations

from msgspec import structs

from recordroom.capture.seen import ReplyCounts, SeenRecords
from recordroom.model import Record


def record(
    native: str,
    parent: str | None = None,
    root: str = "a",
    comments: int | None = None,
    *,
    whole: bool = False,
) -> Record:
    kind = "post" if parent is None else "comment" if parent == root else "reply"
    counts = None if comments is None else {"comments": comments}
    return Record(
        record_id=native,
        kind=kind,
        native_id=native,
        pointer="",
        parent_id=parent,
        root_id=root,
        counts=counts,
        counts_replies=whole,
    )


def differing(
    *records: Record, counted: frozenset[str] | None = None, counted_for: frozenset[str] | None = None
) -> list[ReplyCounts]:
    seen = SeenRecords(counted, counted_for)
    seen.add(records)
    found = list(seen.differing_counts())
    seen.close()
    return found


def test_a_count_is_of_the_direct_answers() -> None:
    under = [record("b", "a", comments=1), record("c", "b"), record("d", "a")]
    assert differing(record("a", comments=2), *under) == []
    assert differing(record("a", comments=3), *under) == [("a", "a", 3, 2, 0, 0)]


def test_or_of_the_whole_conversation_where_the_platform_counts_so() -> None:
    under = [record("b", "a"), record("c", "b"), record("d", "a"), record("e", "z", root="z")]
    assert differing(record("a", comments=3, whole=True), *under) == []
    assert differing(record("a", comments=4, whole=True), *under) == [("a", "a", 4, 3, 0, 1)]
    assert differing(record("a", comments=3), *under) == [("a", "a", 3, 2, 0, 0)]


def test_what_not_everybody_sees_is_no_answer_of_a_count_that_is_not_known_to_hold_it() -> None:
    under = [
        record("b", "a"),
        structs.replace(record("c", "a"), status="held"),
        structs.replace(record("d", "a"), status="hidden"),
    ]
    assert differing(record("a", comments=1), *under) == []
    assert differing(record("a", comments=3), *under) == [("a", "a", 3, 1, 2, 0)]
    both = frozenset({"visible", "hidden"})
    assert differing(record("a", comments=2), *under, counted=both) == []
    assert differing(record("a", comments=3, whole=True), *under, counted=both) == [("a", "a", 3, 2, 0, 1)]


def test_an_answer_for_some_only_is_in_no_count_that_holds_what_is_for_all() -> None:
    under = [
        structs.replace(record("b", "a"), visibility="public"),
        structs.replace(record("c", "a"), visibility="private"),
    ]
    for_all = frozenset({"public"})
    assert differing(record("a", comments=1), *under, counted_for=for_all) == []
    assert differing(record("a", comments=2), *under, counted_for=for_all) == [("a", "a", 2, 1, 0, 0)]
    assert differing(record("a", comments=2), *under) == []
