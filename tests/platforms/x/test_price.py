"""The price of X's responses: nothing is paid twice on one day, and every response has a price."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from recordroom.model import Exchange
from recordroom.platforms import x
from recordroom.platforms.contract import Window
from recordroom.platforms.x.platform import price
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox
from tests.platforms.x.test_walk import first_id, hide, reply

PLATFORM = "x"


def paid(exchanges: list[Exchange]) -> int:
    return sum(map(price, exchanges))


def test_what_a_day_has_paid_costs_nothing_more(sandbox: Sandbox) -> None:
    """The first capture pays for the profile and five posts, and the search gives two of them again.

    Later on the same day only new posts cost money, and posts that do not mention the account.
    """
    post = [sandbox.publish(days=days) for days in (4, 3, 2)][-1]
    unnamed = reply(sandbox, 1.8, 1, reply(sandbox, 1.9, 0, post))

    def leave_out_names(body: Any) -> Any:
        for one in body.get("data", ()):
            if one["id"] == first_id(unnamed):
                del one["entities"]
        return body

    sandbox.identify()
    sandbox.transport.rules = [
        ("/mentions", hide(first_id(unnamed))),
        ("/search/", rewrite_json(leave_out_names)),
    ]
    window = Window("recent", since=START - timedelta(days=5))
    midnight = START.replace(hour=0, minute=0, second=0)
    first = sandbox.fetch(window)
    assert paid(first) == 10 + 5 * (3 + 3 + 1)
    assert paid(sandbox.fetch(replace(window, previous_start=midnight))) == 5
    assert paid(sandbox.fetch(replace(window, previous_start=midnight - timedelta(hours=1)))) == paid(
        first
    ), "that was yesterday"
    assert max(map(price, first)) <= x.PLATFORM.highest_price
    new = reply(sandbox, 0.1, 0, post)
    assert new.created > midnight
    assert paid(sandbox.fetch(replace(window, previous_start=midnight))) == 5 + 5 * 2, (
        "the mentions and the search bring the new one"
    )


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"data": [1, {}, {"id": 5}]}', b'{"data": {"id": "x"}}', b'{"data": "x"}']
)
def test_any_response_has_a_price(body: bytes) -> None:
    context = {"paid": "2026-11-24T00:00:00.000000Z"}
    answer = Exchange("GET", "https://api.x.com/2/tweets", 200, (), body, context, fetched_at=START)
    assert 0 <= price(answer) <= 10
