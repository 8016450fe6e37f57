"""What X's answers cost: nothing twice on one day, and a price for any answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from recordroom.model import Exchange
from recordroom.platforms import Window, x
from recordroom.platforms.x.price import price
from tests.platforms.x_net import AMY, BEN, NOW, Net, fetched


def paid(exchanges: list[Exchange]) -> int:
    return sum(price(replace(exchange, fetched_at=NOW)) for exchange in exchanges)


def test_what_a_day_has_paid_costs_nothing_more(net: Net) -> None:
    """The profile and six posts, of which the search brings two again; later on the same day only what is new, or not to the account."""
    old = [net.add(4), net.add(3), net.add(2)]
    net.add(1.8, BEN, net.add(1.9, AMY, old[-1]), in_reply_to_user_id=AMY)
    first = fetched(net, Window("recent", since=NOW - timedelta(days=5)))
    assert paid(first) == 10 + 5 * (3 + 3 + 1)
    since = NOW.replace(hour=0, minute=0, second=0)
    again = fetched(net, Window("recent", since=NOW - timedelta(days=5), before=since))
    assert paid(again) == 5
    yesterday = fetched(net, Window("recent", since=NOW - timedelta(days=5), before=since - timedelta(hours=1)))
    assert paid(yesterday) == paid(first)
    assert max(price(exchange) for exchange in first) <= x.PLATFORM.dearest


@pytest.mark.parametrize("body", [b"", b"[]", b'{"data": [1, {}, {"id": 5}]}', b'{"data": {"id": "x"}}', b'{"data": "x"}'])
def test_what_an_answer_costs_is_told_of_any_answer(body: bytes) -> None:
    answer = Exchange("GET", "https://api.x.com/2/tweets", 200, (), body, {"paid": "2026-11-25T00:00:00.000000Z"}, fetched_at=NOW)
    assert 0 <= price(answer) <= 10
