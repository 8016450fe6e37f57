"""JSON and times are read as platforms send them, and never guessed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordroom.model import Exchange, instant, loads, moment
from recordroom.platforms import schema
from tests.test_canonical import INSTANT, values

SHORT = st.integers(-(2**63), 2**64 - 1)


@given(st.text(st.characters(), max_size=20), values(SHORT))
def test_whatever_json_a_platform_sends_is_read(text: str, value: Any) -> None:
    assert loads(json.dumps(text).encode()) == text, "lone surrogates too, as they are"
    assert loads(json.dumps(value).encode()) == value


def test_an_id_of_more_than_64_bits_is_refused_and_not_rounded() -> None:
    """orjson reads it as a float: no id is a float (platforms/schema.py), so it is a named failure."""
    assert isinstance(loads(b"123456789012345678901"), float)
    assert float not in schema.ID


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"\xff\xfe", b"\xef\xbb\xbf{", b"[1,]", b"{'a': 1}"])
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        loads(body)


@given(INSTANT, st.integers(-14 * 60, 14 * 60))
def test_instants_sort_as_text_and_come_back(when: datetime, offset: int) -> None:
    elsewhere = when.astimezone(timezone(timedelta(minutes=offset)))
    assert instant(elsewhere) == instant(when)
    assert len(instant(when)) == len("2026-11-24T08:00:00.000000Z")
    assert moment(instant(when)) == when
    assert (instant(when) < instant(when + timedelta(microseconds=1))) is True


@pytest.mark.parametrize("text", ["2026-01-01T00:00:00", "2026-01-01", "", "soon"])
def test_a_time_without_a_zone_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        moment(text)


def test_an_exchange_finds_a_header_by_any_case_and_the_first_of_two() -> None:
    exchange = Exchange("GET", "https://x/", 200, (("X-Name", "one"), ("x-name", "two")), b"")
    assert exchange.header("x-NAME") == "one"
    assert exchange.header("other") is None
