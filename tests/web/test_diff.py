"""A difference gives both texts back, marks the fewest words, and costs little whatever somebody edited."""

from __future__ import annotations

from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordroom.web.diff import GONE, KEPT, MOST_CHANGED, NEW, DiffPiece, compare_texts

pytestmark = pytest.mark.thorough

TEXTS = st.lists(st.sampled_from(["snow", "day", "no", ".", "  ", "\n"]), max_size=14).map(" ".join)


@given(TEXTS, TEXTS)
def test_both_texts_are_in_it(before: str, after: str) -> None:
    pieces = list(compare_texts(before, after))
    assert "".join(one.text for one in pieces if one.how != NEW) == before
    assert "".join(one.text for one in pieces if one.how != GONE) == after
    assert all(one.text and one.how != following.how for one, following in pairwise(pieces))


def test_what_is_gone_stands_before_what_is_new() -> None:
    assert list(compare_texts("Schools are closed today.", "Schools are open, today!")) == [
        DiffPiece(KEPT, "Schools are "), DiffPiece(GONE, "closed"), DiffPiece(NEW, "open,"), DiffPiece(KEPT, " today"),
        DiffPiece(GONE, "."), DiffPiece(NEW, "!"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a " * 1_000, "a b " * 500),
        ("a " * 2_000, "a b " * 1_000),
        ("a b c " * 600, "c a b b " * 400),
        ("word " * 4_000, "other " * 4_000),
    ],
)
def test_words_that_repeat_hold_nobody_up(before: str, after: str) -> None:
    began = process_time()
    assert list(compare_texts(before, after))
    assert process_time() - began < 5


def test_of_texts_that_differ_too_much_each_stands_whole() -> None:
    many = " ".join(f"word{number}" for number in range(MOST_CHANGED))
    assert list(compare_texts(many, many.replace("word", "other"))) == [
        DiffPiece(GONE, many), DiffPiece(NEW, many.replace("word", "other")),
    ]  # fmt: skip
    assert [one.how for one in compare_texts(many, f"{many} more")] == [KEPT, NEW]
