"""The URNs and the times of LinkedIn's items."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from recordroom.model import Exchange
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.linkedin.schema import NOTICE

EPOCH, MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
EVENT_URN = "urn:li:event:"
POST_URN = re.compile(r"urn:li:(?:share|ugcPost|groupPost):\d+")


def number_of(urn: str) -> str:
    return urn.rpartition(":")[2]


def record_id_of(urn: str) -> str:
    return f"linkedin:{urn}"


def bare(record_id: str) -> str:
    return record_id.partition(":")[2]


def urn_of(item: dict[str, Any], exchange: Exchange) -> str:
    """Return the URN of a post or a comment."""
    urn, number, above = item.get("$URN") or item.get("commentUrn"), item.get("id"), item.get("object")
    if not isinstance(urn, str) and isinstance(number, str):
        urn = f"urn:li:comment:({above},{number})" if isinstance(above, str) else number
    if not isinstance(urn, str):
        raise unexpected_field(exchange, "/id", "text", item.get("id", "nothing"))
    return urn


def event_urn(item: dict[str, Any], exchange: Exchange) -> str:
    """Return the URN of an event, which only gives its number.

    Not every reader of JSON can hold such a number, so that it may come as text.
    """
    number = str(item.get("id", "nothing"))
    if not (number.isascii() and number.isdecimal()):
        raise unexpected_field(exchange, "/id", "a whole number", item.get("id", "nothing"))
    return f"{EVENT_URN}{number}"


def event_page(urn: str) -> str:
    return f"https://www.linkedin.com/events/{number_of(urn)}"


def notice_id(item: dict[str, Any], exchange: Exchange) -> str:
    """Return the key of a notification."""
    NOTICE.check(item, exchange, "/elements")
    return str(item["notificationId"])


def numbers_in(urn: str) -> tuple[str, ...]:
    """("8", "9") of "urn:li:comment:(urn:li:activity:8,9)" and of "urn:li:comment:(activity:8,9)"."""
    return tuple(re.findall(r"\d+", urn))


def comment_number(urn: str) -> str:
    """Return the number of a comment: "9" of "urn:li:comment:(urn:li:activity:8,9)", and of "9"."""
    return urn.rstrip(")").rpartition(",")[2]


def moment_of(milliseconds: int, exchange: Exchange, pointer: str = "") -> datetime:
    """Return an instant in milliseconds since 1970."""
    try:
        return EPOCH + milliseconds * MILLISECOND  # faster than a timedelta with a keyword
    except (TypeError, OverflowError):
        raise unexpected_field(exchange, pointer, "milliseconds since 1970", milliseconds) from None
