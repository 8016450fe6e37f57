"""Rules for tests."""

from __future__ import annotations

from typing import Any

from recordroom.retention.models import DESTROY, PROVIDED, Period, Rule

TWO_YEARS = Period(years=2)


def rule(period: Period | None = TWO_YEARS, **more: Any) -> Rule:
    """A reviewed rule of the series S1."""
    given = {
        "dan": "S1", "title": "Series", "schedule": "Schedule", "version": "1", "trigger": PROVIDED,
        "event": None, "period": period, "action": DESTROY, "designation": None,
    }  # fmt: skip
    return Rule(**(given | more))
