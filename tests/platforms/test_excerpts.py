"""Second texts of a record: those that repeat the first, and those that do not."""

from __future__ import annotations

import pytest

from recordroom.platforms.html_text import contains_excerpt

TEXT = "All schools of the district will be closed on Monday.\n\nRead on for the buses:\nRoute 11"


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (TEXT, True),
        ("All schools of the district will be closed", True),
        ("All schools of the dis...", True),
        ("All schools of the district will be closed on Mon […]", True),
        ("All schools of the district \u2026 Continue reading \u201cClosed\u201d", True),
        ("All schools of the district [...] Read more »", True),
        ("All schools of the district will be closed on Monday.Read on for the buses:Route 11", True),
        ("All schools of the district will be closed on Monday: call 555-0100", False),
        ("All schools of the district … and all offices", False),
        ("Route 1", False),
        ("Route 1…", True),
        ("chools", False),
        ("", True),
    ],
)
def test_a_part_that_says_something_else_is_no_excerpt(part: str, said: bool) -> None:
    assert contains_excerpt(part, TEXT) is said
