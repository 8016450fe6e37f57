"""Plans of captures for tests of decisions without an archive: nothing is archived or spent."""

from __future__ import annotations

from datetime import datetime

from recordroom.archive.state.record_state import RecordState
from recordroom.capture.reading_plan import ReadingPlan


class _NothingKnown:
    def find(self, record_id: str) -> RecordState | None:  # noqa: ARG002 (as KnownRecords has it)
        return None

    find_in_window = find


class _NothingSpent:
    def pressure(self, waiting: int = 0) -> float:  # noqa: ARG002 (as CaptureBudget has it)
        return 0.0


def make_plan(now: datetime, *, everything: bool, swept: datetime | None = None) -> ReadingPlan:
    return ReadingPlan(_NothingKnown(), _NothingSpent(), now, everything=everything, swept=swept)
