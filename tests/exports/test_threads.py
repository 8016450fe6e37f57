"""The order within a conversation."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recordroom.exports.conversations import number_positions, order_thread


def test_an_answer_stands_below_what_it_answers_whatever_their_clocks_said() -> None:
    in_time = [(1, None), (5, 4), (2, 1), (3, 1), (4, 3), (6, 2)]  # 5 answers 4 and says that it is older
    assert order_thread(in_time) == [1, 2, 6, 3, 4, 5]


def test_what_answers_something_unknown_stands_behind_the_first_post() -> None:
    assert order_thread([(1, None), (2, 99), (3, 1)]) == [1, 3, 2]


def test_a_circle_of_parents_loses_nothing() -> None:
    assert order_thread([(1, None), (2, 3), (3, 2), (4, 4)]) == [1, 4, 2, 3]


def test_a_deep_thread_needs_no_stack() -> None:
    assert order_thread([(n, n - 1 or None) for n in range(1, 50_001)]) == list(range(1, 50_001))


@given(st.lists(st.one_of(st.none(), st.integers(0, 30)), min_size=1, max_size=30))
def test_every_item_stands_there_once_and_below_its_parent(parents: list[int | None]) -> None:
    ordered = order_thread(list(enumerate(parents)))
    assert sorted(ordered) == list(range(len(parents)))

    def rooted(item: int | None, hops: int = 0) -> bool:
        return (
            item is None
            or item >= len(parents)
            or parents[item] == item
            or (hops <= len(parents) and rooted(parents[item], hops + 1))
        )

    place = {item: n for n, item in enumerate(ordered)}
    for item, parent in enumerate(parents):
        if parent in place and parent != item and rooted(item):
            assert place[parent] < place[item]


def test_positions_run_through_all_conversations() -> None:
    items = [(conversation, conversation * 2 + n, None) for conversation in range(40_000) for n in (0, 1)]
    tables = list(number_positions(items))
    assert len(tables) > 1
    assert [p for t in tables for p in t["position"].to_pylist()] == list(range(80_000))
    assert [i for t in tables for i in t["item"].to_pylist()] == [item for _, item, _ in items]
