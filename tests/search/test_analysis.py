"""Hashtags, handles, and emoji can be found, and a text looks as people wrote it."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordroom.search.analysis import find_tokens, fold, is_emoji, make_tag, remove_tokens, to_plain


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("due to #Snow\u200bDay, see (#AñoEscolar) and ＃wide.", {"#snowday", "#anoescolar", "#wide"}),
        (
            "thanks @teacher.example.org. and @maria@social.example!",
            {"@teacher.example.org", "@maria", "@maria@social.example"},
        ),
        ("write to a.b@school.org; item&#39;s x#y", set()),
        ("❤️ ❤ snow❄️🎉🎉 👩🏽‍🏫 1️⃣ 🇲🇽 © ✓", {"❤", "❄", "🎉", "👩🏽‍🏫", "👩‍🏫", "1⃣", "🇲🇽", "©", "✓"}),
        (
            "#snow#day ##ice .@maria a.@b #हिन्दी @ਸਕੂਲ, #โรงเรียน",
            {"#snow", "#day", "#ice", "@maria", "@b", "#हिनदी", "@ਸਕੂਲ", "#โรงเรียน"},
        ),
        ("plain words 123", set()),
    ],
)
def test_tokens(text: str, found: set[str]) -> None:
    assert find_tokens(text, to_plain(text)) == found


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("𝐒𝐜𝐡𝐨𝐨𝐥", "School"),
        ("s\u00adnow", "snow"),
        ("reunio\u0301n", "reunión"),
        ("\u202edesrever\u202c", "desrever"),
        ("ﬁre", "fire"),
    ],
)
def test_plain(text: str, seen: str) -> None:
    assert to_plain(text) == seen


def test_tags_of_the_platform_are_the_tags_of_the_text() -> None:
    assert make_tag("SnowDay") == make_tag("#snowday") == "#snowday"


@pytest.mark.parametrize(
    ("text", "alone"),
    [("❤️", True), ("🎉🎉", True), ("snow🎉", False), ("", False), ("©", True), ("é", False)],
)
def test_emoji_alone(text: str, alone: bool) -> None:
    assert is_emoji(text) is alone


@pytest.mark.parametrize("piece", ["#", "#a", "@", "@a", ".@a", "@a.", "@a-", "#@", "ि#", "❤️"])
def test_whoever_writes_a_hundred_thousand_signs_holds_nobody_up(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    begin = process_time()
    find_tokens(text, to_plain(text))
    remove_tokens(text)
    assert process_time() - begin < 5


@given(st.text())
def test_any_text_has_tokens_that_are_as_they_are_searched(text: str) -> None:
    seen = to_plain(text)
    assert to_plain(seen) == seen
    for token in find_tokens(text, seen):
        assert fold(token) == token or is_emoji(token)
        assert token in find_tokens(token, to_plain(token)), "what is found is found again by its own name"
    assert isinstance(remove_tokens(text), str)
