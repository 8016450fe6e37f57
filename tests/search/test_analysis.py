"""What can be found as hashtag, handle or emoji, and what a text looks like to people."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordroom.search.analysis import folded, is_emoji, plain, tag, tokens, without_tokens


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("due to #Snow\u200bDay, see (#AñoEscolar) and ＃wide.", {"#snowday", "#anoescolar", "#wide"}),
        ("thanks @teacher.example.org. and @maria@social.example!", {"@teacher.example.org", "@maria", "@maria@social.example"}),
        ("write to a.b@school.org; item&#39;s x#y", set()),
        ("❤️ ❤ snow❄️🎉🎉 👩🏽‍🏫 1️⃣ 🇲🇽 © ✓", {"❤", "❄", "🎉", "👩🏽‍🏫", "👩‍🏫", "1⃣", "🇲🇽", "©", "✓"}),
        ("#snow#day ##ice .@maria a.@b #हिन्दी @ਸਕੂਲ, #โรงเรียน", {"#snow", "#day", "#ice", "@maria", "@b", "#हिनदी", "@ਸਕੂਲ", "#โรงเรียน"}),
        ("plain words 123", set()),
    ],
)
def test_tokens(text: str, found: set[str]) -> None:
    assert tokens(text, plain(text)) == found


@pytest.mark.parametrize(
    ("text", "seen"),
    [("𝐒𝐜𝐡𝐨𝐨𝐥", "School"), ("s\u00adnow", "snow"), ("reunio\u0301n", "reunión"), ("\u202edesrever\u202c", "desrever"), ("ﬁre", "fire")],
)
def test_plain(text: str, seen: str) -> None:
    assert plain(text) == seen


def test_tags_of_the_platform_are_the_tags_of_the_text() -> None:
    assert tag("SnowDay") == tag("#snowday") == "#snowday"


@pytest.mark.parametrize(("text", "alone"), [("❤️", True), ("🎉🎉", True), ("snow🎉", False), ("", False), ("©", True), ("é", False)])
def test_emoji_alone(text: str, alone: bool) -> None:
    assert is_emoji(text) is alone


@pytest.mark.parametrize("piece", ["#", "#a", "@", "@a", ".@a", "@a.", "@a-", "#@", "ि#", "❤️"])
def test_whoever_writes_a_hundred_thousand_signs_holds_nobody_up(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    begin = process_time()
    tokens(text, plain(text))
    without_tokens(text)
    assert process_time() - begin < 5


@given(st.text())
def test_any_text_has_tokens_that_are_as_they_are_searched(text: str) -> None:
    seen = plain(text)
    assert plain(seen) == seen
    for token in tokens(text, seen):
        assert folded(token) == token or is_emoji(token)
        assert token in tokens(token, plain(token)), "what is found is found again by its own name"
    assert isinstance(without_tokens(text), str)
