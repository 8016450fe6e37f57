"""Text for people never fails, whatever platforms send."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recordroom.canonical import encode_canonical
from recordroom.model import loads
from recordroom.text import replace_surrogates


@given(
    st.text(st.characters(), max_size=30) | st.text(st.sampled_from("\ud83d\ude00a\udfff\ud800"), max_size=8)
)
def test_what_no_utf8_can_hold_is_repaired_and_nothing_else_is(text: str) -> None:
    fixed = replace_surrogates(text)
    fixed.encode("utf-8")
    # Two halves in a row are one character.
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    assert fixed == "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in joined)
    assert replace_surrogates(fixed) == fixed
    assert loads(encode_canonical(fixed)) == fixed
