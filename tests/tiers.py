"""Which tests run in which tier, and which of them concern a platform.

`make test` runs the quick tier; `make test TIER=all` runs everything; `make test PLATFORM=vimeo` runs
everything of one platform. A test marked `thorough` runs in TIER=all only; a module says so with `pytestmark
= pytest.mark.thorough`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

# of a story that is played on each: an API with a token, and an open one
QUICK_PLATFORMS = ("facebook", "mastodon")
FAMILIES = {  # words in names of files that stand for platforms
    "car": ("bluesky",),
    "meta": ("facebook", "instagram", "threads"),
    "video": ("vimeo", "youtube", "tiktok"),
    "wxr": ("wordpress",),
}

Case = TypeVar("Case")


@dataclass(frozen=True)
class Sample:
    """Draws from a long enumeration inside a test: each case in TIER=all, one of several in the quick tier."""

    is_quick: bool

    def of(self, cases: Sequence[Case], step: int) -> Sequence[Case]:
        """Return the first of `cases` and each `step`-th after it, and the last one, which often is a
        boundary.
        """
        return [*cases[:-1:step], *cases[-1:]] if self.is_quick else cases


def sampled(cases: Sequence[Any], step: int) -> list[ParameterSet]:
    """Return parameters of a test (a tuple has one value an argument): one in `step` runs in the quick tier,
    all in TIER=all.
    """
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            marks=[pytest.mark.thorough] if number % step else [],
        )
        for number, case in enumerate(cases)
    ]


def concerns(nodeid: str, platform: str) -> bool:
    """Report whether a test's folder, file, or parameters name the platform or a family that it belongs to."""
    path, _, rest = nodeid.partition("::")
    parameters = rest.partition("[")[2].removesuffix("]")
    words = {*re.split(r"[/_.]", path), *parameters.split("-")}
    return platform in words or any(platform in FAMILIES.get(word, ()) for word in words)
