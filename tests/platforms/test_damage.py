"""A value in a response is deleted, retyped, or moved: `parse` gives records or a named failure.

The records can be archived.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordroom.canonical import encode_canonical, select_significant
from recordroom.errors import PlatformFailure, UnexpectedResponse
from recordroom.imports.record_fields import find_mistyped
from recordroom.model import Exchange
from recordroom.platforms.registry import list_names, load
from tests.platforms.mutations import damaged
from tests.tiers import sampled

HERE = Path(__file__).parent
ELSEWHERE = ("feed", "wordpress")  # XML, and fixtures of other forms: their own tests damage them
ONE_NAME = ("bluesky", "mastodon")  # their successes report no errors, so damage must be reported as damage
CASES = [
    (name, path.stem)
    for name in list_names()
    if name not in ELSEWHERE
    for path in sorted((HERE / name).glob("*.json"))
    if not path.name.endswith(".records.json")
]


@pytest.mark.parametrize(("platform", "case"), sampled(CASES, 10))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damage_is_a_named_failure_or_records(platform: str, case: str, data: st.DataObject) -> None:
    good = json.loads((HERE / platform / f"{case}.json").read_text("utf-8"))
    wrapped = isinstance(good, dict) and "body" in good
    context, url = (good.get("context", {}), good["request"]["url"]) if wrapped else ({}, "")
    body = json.dumps(data.draw(damaged(good["body"] if wrapped else good))).encode()
    try:
        found = list(load(platform).parse(Exchange("GET", url, 200, (), body, context)))
    except UnexpectedResponse:
        return
    except PlatformFailure:
        if platform in ONE_NAME:
            raise
        return
    for record in found:
        encode_canonical(select_significant(record))
        told: list[str | None] = [
            record.record_id,
            record.native_id,
            record.kind,
            *record.links,
            *record.tags,
            *record.mentions,
        ]
        told += [record.text, *(media.identity for media in record.media)]
        assert [type(words) for words in told] == [str] * len(told)
        assert all(type(n) is int for n in (record.counts or {}).values())
        assert find_mistyped(record) == ""
