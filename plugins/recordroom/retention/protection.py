"""What protects a record from disposition, and whether an act takes some of it away.

An act that protects a record less needs a second person (validity.py). In doubt it does: a rule that is not
known to retain a record at least as long as the one before counts as shorter.

Of two rules, the one before also counts while it gives no date: a record that is still published gets its
date later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recordroom.retention.models import Rule


@dataclass(frozen=True, slots=True)
class Protection:
    """What protects a record."""

    rule: Rule | None  # of its series; None: it has none, or no schedule in force has it
    is_retained: bool  # a person decided that no series is determined
    eligible_on: str | None  # day

    @classmethod
    def of(cls, fields: Mapping[str, Any], rules: Mapping[str, Rule]) -> Protection:
        """Return what the retention fields of a record amount to.

        rules: DAN -> rule, those in force.
        """
        series = fields.get("series")
        is_retained = series is None and bool(fields.get("series_decided"))
        return cls(rules.get(series or ""), is_retained, fields.get("eligible_on"))

    @property
    def is_permanent(self) -> bool:
        """Whether the record must never be destroyed."""
        return self.rule is not None and self.rule.is_permanent

    @property
    def is_archival(self) -> bool:
        """Whether the State Archives must appraise or take the record."""
        return self.rule is not None and self.rule.is_archival

    def is_weakened(self, after: Protection) -> bool:
        """Return whether less protects the record after an act: this is what protects it before."""
        if after.is_retained or after.is_permanent:
            return False
        if self.is_retained or self.is_permanent or (self.is_archival and not after.is_archival):
            return True
        if self.eligible_on and after.eligible_on and after.eligible_on < self.eligible_on:
            return True
        return self.rule is not None and _may_be_shorter(self.rule, after.rule)


def _may_be_shorter(before: Rule, after: Rule | None) -> bool:
    if after is not None and before.dan == after.dan:
        return False
    if before.trigger is not None:
        starts = None if after is None else (after.trigger, after.event)
        if starts != (before.trigger, before.event):  # another event can happen earlier
            return True
    if before.period is None:
        return False
    return after is None or after.period is None or before.period.may_exceed(after.period)
