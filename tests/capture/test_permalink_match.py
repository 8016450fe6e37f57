"""Whether the name in an address is that of the author, as the platform itself compares names."""

from __future__ import annotations

import pytest

from recordroom.capture.permalink.attribution import _compared
from recordroom.platforms.registry import list_names, load


def same(platform: str, one: str, other: str) -> bool:
    forms = load(platform).PLATFORM.permalinks
    return _compared(one, forms) == _compared(other, forms)


@pytest.mark.parametrize("platform", list_names())
def test_names_that_differ_are_of_two_people(platform: str) -> None:
    assert same(platform, "@John_Doe", "john_doe")
    for other in ("johndoe", "john-doe", "_john_doe", "john__doe"):
        assert not same(platform, "john_doe", other), other
    assert same(platform, "john.doe", "johndoe") == (platform == "facebook"), (
        "Facebook alone takes no notice of a period"
    )
    assert not same(platform, "John Doe", "johndoe"), "a display name is not a name in addresses"
