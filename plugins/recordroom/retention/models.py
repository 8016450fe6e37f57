"""Retention schedules, the agency's reviews of their series, and the rules that follow from both.

A schedule is data of its publisher (schemas/retention/*.yaml). A review is the agency's: who read the series
in the version in force, and what it says (infra/retention.yaml). A rule is what applies to records of a
series.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from recordroom.text import counted

# triggers
PROVIDED, EVENT = "received or provided", "event"
# periods without a length
NO_LONGER_NEEDED, LIFE_OF_AGENCY, PERMANENT = "until no longer needed", "life of the agency", "permanent"
# actions after the period
DESTROY, APPRAISE, TRANSFER, RETAIN = "destroy", "appraise", "transfer", "retain permanently"
# designations
ARCHIVAL, APPRAISAL_REQUIRED, NONARCHIVAL = "archival", "appraisal required", "nonarchival"
VERBATIM, SECONDARY, NOT_SEEN = "verbatim", "secondary", "not seen"  # how words of a schedule are known


@dataclass(frozen=True, slots=True)
class RegisteredAccount:
    """What the register says of an account, as far as the retention of its records follows from it."""

    series: str | None = None  # the default series of its records
    closed_on: date | None = None  # its last day; None: it is open
    platform: str = field(default="", compare=False)  # never changes: the account's ledger is named after it

    @classmethod
    def parse(cls, entry: Mapping[str, Any]) -> RegisteredAccount:
        """Return what an entry of the register says; a value that is not valid counts as missing."""
        series, closed, platform = (entry.get(name) for name in ("series", "closed_on", "platform"))
        try:
            closed_on = date.fromisoformat(closed) if isinstance(closed, str) else None
        except ValueError:
            closed_on = None
        return cls(
            series if isinstance(series, str) else None,
            closed_on,
            platform if isinstance(platform, str) else "",
        )


@dataclass(frozen=True, slots=True)
class Period:
    """How long records are retained after the trigger."""

    years: int = 0
    months: int = 0
    days: int = 0
    named: str = ""  # NO_LONGER_NEEDED, LIFE_OF_AGENCY, or PERMANENT: it has no length

    @property
    def has_length(self) -> bool:
        """Whether a date follows from it."""
        return not self.named

    @property
    def is_endless(self) -> bool:
        """Whether the records must never be destroyed."""
        return self.named in (LIFE_OF_AGENCY, PERMANENT)

    def exceeds(self, other: Period) -> bool:
        """Whether it is longer than another period, from whatever day both are counted."""
        return self._compare(other)[0] > 0

    def may_exceed(self, other: Period) -> bool:
        """Whether it is longer than another period, from some day on which both are counted."""
        return self._compare(other)[1] > 0

    def _compare(self, other: Period) -> tuple[int, int]:
        """Return by how many days it is longer: the fewest and the most; a rank if one has no length."""
        order = {NO_LONGER_NEEDED: 0, "": 1, LIFE_OF_AGENCY: 2, PERMANENT: 3}
        if self.named or other.named:
            rank = order[self.named] - order[other.named]
            return rank, rank
        months, days = (self.years - other.years) * 12 + self.months - other.months, self.days - other.days
        years, rest = divmod(abs(months), 12)
        fewest, most = years * 365 + rest * 28, years * 366 + rest * 31
        return (fewest + days, most + days) if months > 0 else (days - most, days - fewest)

    def describe(self) -> str:
        """Return, for example, `2 years and 6 months`."""
        parts = ((self.years, "year"), (self.months, "month"), (self.days, "day"))
        return self.named or " and ".join(counted(n, unit) for n, unit in parts if n) or "no time"

    @classmethod
    def of(cls, value: str | Mapping[str, int]) -> Period:
        """Return the period that a file has."""
        if isinstance(value, str):
            return cls(named=value)
        return cls(value.get("years", 0), value.get("months", 0), value.get("days", 0))


@dataclass(frozen=True, slots=True)
class Series:
    """One series of a schedule; None means not known."""

    dan: str  # disposition authority number
    title: str
    revision: int | None = None
    formerly: tuple[str, ...] = ()  # earlier numbers
    description: str | None = None
    category: str | None = None
    trigger: str | None = None  # PROVIDED or EVENT
    event: str | None = None  # of EVENT: the event, in words
    period: Period | None = None
    action: str | None = None  # DESTROY, APPRAISE, TRANSFER, or RETAIN
    designation: str | None = None  # ARCHIVAL, APPRAISAL_REQUIRED, PERMANENT, or NONARCHIVAL
    record_type: str | None = None  # OPR or OFM
    essential: bool | None = None
    retention: str | None = None  # the retention and disposition as the source has it
    evidence: str = NOT_SEEN  # VERBATIM, SECONDARY, or NOT_SEEN
    words_from: str | None = None  # the version of the schedule from which the words came
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """One version of a retention schedule."""

    id: str  # the same in every version
    title: str
    version: str
    effective_on: date
    source: str
    as_of: date  # the day on which the source was read
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class AgencyRule:
    """The agency's own period, which can only be longer than the schedule's."""

    period: Period
    reason: str


@dataclass(frozen=True, slots=True)
class Review:
    """What a person read in a schedule about one series that the agency uses."""

    schedule: str  # its id
    version: str  # that the reviewer read
    dan: str
    trigger: str | None
    period: Period | None
    action: str | None
    event: str | None = None
    designation: str | None = None
    title: str | None = None  # needed if the schedule's file does not have the series
    reviewed_by: str | None = None
    reviewed_on: date | None = None
    agency_rule: AgencyRule | None = None


@dataclass(frozen=True, slots=True)
class OneTimeList:
    """A list that the Local Records Committee approved once: authority for its listed records alone."""

    id: str
    title: str
    approved_on: date
    source: str
    records: frozenset[str]  # record IDs


@dataclass(frozen=True, slots=True)
class Rule:
    """What applies to the records of one series.

    If `unreviewed` says something, no date follows from the rule.
    """

    dan: str
    title: str
    schedule: str  # title of the schedule
    version: str  # of the schedule in force
    trigger: str | None
    event: str | None
    period: Period | None  # the longer of the schedule's and the agency's
    action: str | None
    designation: str | None
    unreviewed: str = ""  # why the rule does not count as reviewed, in words; "" if it does
    reviewed_by: str | None = None
    reviewed_on: date | None = None
    longer_because: str = ""  # the agency's reason, if its own period is longer than the schedule's
    retention: str | None = None  # the words of the schedule, with their source
    source: str | None = None

    @property
    def is_permanent(self) -> bool:
        """Whether the records must never be destroyed, as far as anything says so.

        That protects records, so a rule that nobody reviewed says it too.
        """
        endless = self.period is not None and self.period.is_endless
        return endless or self.action == RETAIN or self.designation == PERMANENT

    @property
    def is_archival(self) -> bool:
        """Whether the State Archives must appraise or take the records before anything is destroyed."""
        return self.designation in (ARCHIVAL, APPRAISAL_REQUIRED) or self.action in (APPRAISE, TRANSFER)

    @property
    def gives_dates(self) -> bool:
        """Whether a date follows from the trigger."""
        return not self.unreviewed and self.period is not None and self.period.has_length


@dataclass(frozen=True, slots=True)
class Policy:
    """The schedules and the agency's file, as one."""

    schedules: tuple[Schedule, ...] = ()  # every version that is known
    reviews: tuple[Review, ...] = ()
    one_time_lists: tuple[OneTimeList, ...] = ()
    in_force: Mapping[str, str] = field(default_factory=dict)  # id of a schedule -> its version
    rules: Mapping[str, Rule] = field(default_factory=dict)  # DAN -> rule, earlier numbers too
