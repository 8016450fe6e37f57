"""Damage to a good body: each field deleted, retyped, or replaced, at any depth."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

HOSTILE = (
    '<a href="http://[x.pdf">a</a><img src="http://[y" class="wp-image-99999999999999999999"><img src="//"><a'
    ' href="https://[">b</a>'
)
ODD: list[Any] = [None, "", "x", 0, -1, 1.5, True, [], {}, [None], {"a": 1}, 10**30, float("nan"), [[]]]
ODD += ["\ud800", "2026-13-99T99:99:99", "<p>", "http://[", HOSTILE]
# IDs that would change an address
ODD += [
    "..",
    "../me",
    "1/comments",
    "1?fields=id",
    "1#",
    "1\n2",
    "\0",
    "1,2",
]


@st.composite
def damaged(draw: st.DrawFn, good: Any) -> Any:
    """Return a copy of `good` (JSON) with one to three values deleted, retyped, or moved into a list."""
    body = copy.deepcopy(good)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(body))
        if not places:
            return body
        holder, key = draw(st.sampled_from(places))
        if draw(st.booleans()) and isinstance(holder, dict):
            del holder[key]
        else:
            holder[key] = copy.deepcopy(draw(st.sampled_from([*ODD, [holder[key]], str(holder[key])])))
    return body


def _places(value: Any) -> Any:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        yield value, key
        yield from _places(inner)
