"""The order of events in a random story."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.capture.everywhere.random_stories.looks import (
    TROUBLES,
    WINDOWS,
    folded_anew,
    imported,
    look,
    whole,
)
from tests.capture.everywhere.random_stories.oracle import Oracle
from tests.capture.everywhere.random_stories.steps import Story

TOLD = ("not-captured", "posts-missed")  # gaps that no capture can close


def play(
    story: Story,
    oracle: Oracle,
    length: int,
    *,
    people: float = 0.85,
    troubles: Sequence[Callable[[Story, int], None]] = TROUBLES,
) -> None:
    """Play `length` steps, and a complete capture at their end.

    people: the share of the steps that people make; the others are captures, imports, and rebuilds.
    """
    dice = story.dice
    for _ in range(length):
        if dice.random() < people:
            story.act()
            continue
        if dice.random() < 0.2:
            dice.choice((imported, folded_anew))(story)
            continue
        trouble = dice.choice(troubles) if dice.random() < 0.5 else None
        outcome = look(story, dice.choice(WINDOWS), trouble)
        oracle.claims()
        if outcome and not trouble and outcome.window in ("recent", "full"):
            oracle.recent()
        if outcome and not trouble and outcome.window == "full":
            oracle.forget()
    whole(story)
    oracle.claims()
    oracle.whole()


def unchanged(story: Story) -> None:
    """Assert that no gap is open that a capture can close, and that further captures find nothing new."""
    gaps = sorted(story.scene.gaps())
    assert [gap for gap in gaps if not gap.startswith(TOLD)] == []
    for kind in ("sweep", None, "full"):
        assert (outcome := look(story, kind))
        body = story.scene.archive.manifests(story.scene.name)[-1].body
        assert (outcome.new, outcome.changed, outcome.absent, body["evidence"], body["deltas"]) == (
            0,
            0,
            0,
            [],
            [],
        )
        assert sorted(story.scene.gaps()) == gaps
