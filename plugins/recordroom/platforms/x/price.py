"""What an answer of X costs at most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, moment
from recordroom.platforms.schema import content_of
from recordroom.platforms.x import inbox
from recordroom.platforms.x.heads import ID, accounts_named, between, time_of

POST_PRICE, PROFILE_PRICE, MESSAGE_PRICE = 5, 10, 10  # thousandths of a US dollar, once a day (UTC)


def price(exchange: Exchange) -> int:
    """What the posts, messages and people of an answer cost at most, in thousandths of a US dollar. The
    context says what is no new cost. `again`: all of it, which the same capture pays elsewhere; `paid`: posts
    by and to the account from before then, which the capture before this one read on the same day. What an
    answer includes besides is not counted: no public word says that it costs anything."""
    if exchange.status != 200 or exchange.context.get("again"):
        return 0
    try:
        body = content_of(exchange)
    except UnexpectedResponse:
        return 0
    data = body.get("data") if isinstance(body, dict) else None
    found = data if isinstance(data, list) else [data]
    return sum(_price(one, exchange) for one in found if isinstance(one, dict))


def _price(one: Mapping[str, Any], exchange: Exchange) -> int:
    paid = moment(exchange.context["paid"]) if "paid" in exchange.context else None
    today = paid is not None and exchange.fetched_at is not None and paid.date() == exchange.fetched_at.date()
    if "username" in one and "text" not in one:
        return 0 if today else PROFILE_PRICE
    native, each = one.get("id"), MESSAGE_PRICE if inbox.is_event(one) else POST_PRICE
    if (
        paid is None
        or not today
        or not isinstance(native, str)
        or not ID.fullmatch(native)
        or time_of(native) >= paid
    ):
        return each
    if inbox.is_event(one):
        return 0
    return 0 if exchange.context.get("account") in (*between(one), *accounts_named(one)) else POST_PRICE
