"""What the fast validator accepts has no error for the one that describes errors."""

from __future__ import annotations

from typing import Any

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
SPACES = [
    "",
    " ",
    "\x1c",
    "\x85",
    "\ufeff",
    "\u180e",
    "\u2028",
    "\n",
    "\t",
    "\xa0",
    "https://a\x1cb",
    "https://a b",
]
VALUES = st.one_of(
    st.sampled_from([*SPACES, "2026-02-29", "20260201", "2026-2-1", "2026-02-01T00:00:00Z", "news\n", "NEWS"]),
    st.none(), st.booleans(), st.integers(-2, 2), st.just(10.0), st.just(1e400), st.text(max_size=3),
    st.just([]), st.just({}), st.just({1: 2}), st.just(b"bytes"), st.just(2**70),
)  # fmt: skip


@given(st.sampled_from([*ACCOUNT, "formerly", "confidential", "unknown"]), VALUES)
def test_what_is_accepted_quickly_has_no_error(key: str, value: Any) -> None:
    data = {"agency": AGENCY, "accounts": [ACCOUNT, ACCOUNT | {key: value}]}
    if schema_errors._is_valid("accounts.schema.json", data):
        assert list(schema_errors._load_checker("accounts.schema.json").iter_errors(data)) == []


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
