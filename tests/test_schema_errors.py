"""What the fast validator accepts has no error for the one that describes errors."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordroom import schema_errors
from recordroom.model import SCHEMAS
from recordroom.schema_errors import find_schema_errors

ACCOUNT = {
    "id": "news",
    "platform": "mastodon",
    "url": "https://social.example/@news",
    "title": "News",
    "class": "official",
    "owner": "Communications",
    "opened_on": "2026-02-01",
    "monthly_cap": 10,
    "explained": {"counts-differ": {"until": "2026-02-01", "lacking": 3, "why": "They were hidden."}},
}
AGENCY = {"id": "district", "name": "Example School District", "contact": "records@district.example"}
# every character that separates, controls, or has no width
CHARACTERS = [
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(character) in ("Zs", "Zl", "Zp", "Cc", "Cf") or character.isspace()
]
DAYS = [
    "2026-02-29",
    "0000-01-01",
    "0000-12-31",
    "0001-01-01",
    "20260201",
    "2026-2-1",
    "2026-02-01T00:00:00Z",
]
VALUES = st.one_of(
    st.sampled_from(["", "https://a\x1cb", "https://a b", "news\n", "NEWS", *DAYS]),
    st.none(), st.booleans(), st.integers(-2, 2), st.just(10.0), st.just(1e400), st.text(max_size=3),
    st.just([]), st.just({}), st.just({1: 2}), st.just(b"bytes"), st.just(2**70),
)  # fmt: skip


@given(st.sampled_from([*ACCOUNT, "formerly", "confidential", "unknown"]), VALUES)
def test_what_is_accepted_quickly_has_no_error(key: str, value: Any) -> None:
    data = {"agency": AGENCY, "accounts": [ACCOUNT, ACCOUNT | {key: value}]}
    if schema_errors._is_valid("accounts.schema.json", data):
        assert list(schema_errors._load_checker("accounts.schema.json").iter_errors(data)) == []


@pytest.mark.parametrize("key", ["title", "owner", "opened_on", "explained"])
def test_characters_that_separate_and_odd_days_are_judged_alike(key: str) -> None:
    for text in (*CHARACTERS, *(f"https://a{character}b" for character in CHARACTERS), *DAYS):
        value = {"counts-differ": {"until": text, "lacking": 3, "why": text}} if key == "explained" else text
        data = {"agency": AGENCY, "accounts": [ACCOUNT | {key: value}]}
        if schema_errors._is_valid("accounts.schema.json", data):
            assert list(schema_errors._load_checker("accounts.schema.json").iter_errors(data)) == [], repr(
                text
            )


def test_patterns_accept_the_same_characters() -> None:
    """Each pattern of the schemas, with each character alone and between letters."""
    for pattern in {
        pattern
        for schema in SCHEMAS.glob("*.schema.json")
        for pattern in _find_patterns(json.loads(schema.read_text()))
    }:
        judge = jsonschema_rs.Draft202012Validator({"pattern": pattern})
        for character in CHARACTERS:
            for text in (character, f"a{character}b", f"https://a{character}b", f"a@b{character}"):
                is_certain = not schema_errors._ODD.search(orjson.dumps(text).decode())
                assert not (is_certain and judge.is_valid(text)) or re.search(pattern, text), (pattern, text)


def _find_patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from _find_patterns(part)


def test_a_valid_register_is_accepted_quickly() -> None:
    data = {"agency": AGENCY, "accounts": [ACCOUNT]}
    assert schema_errors._is_valid("accounts.schema.json", data)
    assert list(find_schema_errors("accounts.schema.json", data)) == []
    wrong = {"agency": AGENCY, "accounts": [{name: ACCOUNT[name] for name in ACCOUNT if name != "owner"}]}
    assert [error.message for error in find_schema_errors("accounts.schema.json", wrong)] == [
        "owner is missing"
    ]


@pytest.mark.parametrize("schema", sorted(path.name for path in SCHEMAS.glob("*.schema.json")))
def test_every_schema_can_be_judged(schema: str) -> None:
    """A reference to another file that cannot be followed would fail here."""
    assert not schema_errors._is_valid(schema, {"nothing": "that it knows"})
