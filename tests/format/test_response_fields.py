"""The page that says which field of a response goes into which field of the record is what parsers do."""

from __future__ import annotations

from tests.format.response_fields import PAGE, find_effects, write_page


def test_the_page_is_what_parsers_do() -> None:
    """`python -m tests.format.response_fields` writes it."""
    assert PAGE.read_text("utf-8") == write_page()


def test_an_effect_is_found_by_changing_a_value() -> None:
    found = find_effects("mastodon")
    assert found["spoiler_text"]["post"] == {"title"}
    assert found["account.bot"]["post"] == set()
    assert found["in_reply_to_id"]["reply"] == {"parent_id"}
