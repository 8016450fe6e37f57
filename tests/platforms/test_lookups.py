"""Requests for several items, one of which fails."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from recordroom.errors import AccountUnavailable, PlatformFailure, Throttled, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.lookups import request_in_halves
from tests.platforms.scripted import NOW


def pass_single(failure: PlatformFailure, _: Sequence[str]) -> None:
    if not isinstance(failure, AccountUnavailable | UnexpectedResponse):
        raise failure


def test_only_the_items_that_fail_a_request_are_left_out_and_the_order_stays() -> None:
    asked = list[str]()

    def request(ids: Sequence[str]) -> Exchange:
        asked.append("".join(ids))
        if {"c", "h"} & set(ids):
            raise AccountUnavailable("none of that ID")
        return Exchange("GET", "", 200, (), b"")

    given = [
        ("".join(ids), isinstance(answer, Exchange))
        for ids, answer in request_in_halves("abcdefghij", 5, request, pass_single)
    ]
    assert given == [("ab", True), ("c", False), ("de", True), ("fg", True), ("h", False), ("ij", True)]
    assert asked == ["abcde", "ab", "cde", "c", "de", "fghij", "fg", "hij", "h", "ij"]


def test_a_failure_of_more_than_single_items_ends_the_requests() -> None:
    asked = list[str]()

    def request(ids: Sequence[str]) -> Exchange:
        asked.append("".join(ids))
        raise Throttled("too many requests", NOW)

    with pytest.raises(Throttled):
        list(request_in_halves("abcd", 2, request, pass_single))
    assert asked == ["ab"]


def test_nothing_is_requested_for_no_ids() -> None:
    assert list(request_in_halves("", 5, lambda _: pytest.fail("requested"), pass_single)) == []
