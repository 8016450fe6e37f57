"""The stories that a stage names exist."""

from __future__ import annotations

from tests.capture.everywhere import test_life, test_trouble, test_whole
from tests.capture.everywhere.stages import STAGES


def test_what_a_platform_cannot_have_is_a_story() -> None:
    stories = {
        name
        for module in (test_life, test_trouble, test_whole)
        for name in vars(module)
        if name.startswith("test_")
    }
    assert {name for stage in STAGES.values() for name in stage.without} <= stories
