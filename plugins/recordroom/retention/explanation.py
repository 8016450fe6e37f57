"""Why a record has its retention date, and why it cannot be destroyed, in words for people.

The values come from the definition in derivation.py; nothing is computed here again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from recordroom import dates
from recordroom.model import VISIBLE
from recordroom.people import find_display_name
from recordroom.retention import status
from recordroom.retention.decisions import Decision
from recordroom.retention.derivation import (
    EVENT_MISSING,
    EVENT_STATED,
    NOT_WITHDRAWN,
    PUBLISHED,
    RECEIVED,
    UNCONFIRMED,
    WITHDRAWAL_STATED,
    WITHDRAWN,
)
from recordroom.retention.exclusions import (
    ARCHIVAL,
    EXCLUSIONS,
    IMPORTED,
    NO_LENGTH,
    ON_HOLD,
    ON_PLATFORM,
    PERMANENT,
    PROVISIONAL,
    UNDECIDED,
    UNREVIEWED,
)
from recordroom.retention.exclusions import EVENT as NO_EVENT
from recordroom.retention.models import EVENT, Rule
from recordroom.retention.statements import (
    CONFIRMATION,
    EVENT_DAY,
    NO_DAY,
    OPEN_ACCOUNT,
    PRIVATE,
    SEEN_AGAIN,
    STILL_PUBLIC,
    VANISHED_LATER,
    WITHDRAWAL,
    Statement,
)
from recordroom.status import name_status
from recordroom.text import capitalize

NOT_DETERMINED = "Not determined"
NOT_BUILT = "recordroom destroys no records."
NO_SCHEDULE = "No schedule in force has this series."
_EARLY = "Weekends and holidays are not considered, so the date can be a few days early."  # RCW 1.12.040
_NOT_WITHDRAWN = (
    "It is {status}. That is not removal: it may still be on the platform, so the period has not begun."
)
_NOT_WITHDRAWN_IMPORT = (
    "It comes from a file whose dates a person confirmed. No person has stated that the public can no longer"
    " see it, so the period has not begun."
)
TRIGGER_WORDS: Mapping[str, str] = {
    RECEIVED: "received or sent",
    WITHDRAWN: "removed on the platform",
    WITHDRAWAL_STATED: "stated as withdrawn",
    EVENT_STATED: "event stated",
    PUBLISHED: "still published",
    NOT_WITHDRAWN: "not withdrawn",
    UNCONFIRMED: "import not confirmed",
    EVENT_MISSING: "event not stated",
}
_FACTS: Mapping[str, str] = {  # kind of a statement -> what it states
    WITHDRAWAL: "The public can no longer see it",
    CONFIRMATION: "The dates of its file are right",
    EVENT_DAY: "The event of series {series} happened",
}
_WHY_NOT: Mapping[str, str] = {  # why a statement of withdrawal does not count
    PRIVATE: "it is a private message, which never was public",
    SEEN_AGAIN: "a capture found it public after the statement. A later disappearance needs a new statement",
    OPEN_ACCOUNT: "the register does not say that the account was closed when the statement was made",
    STILL_PUBLIC: "the last capture found it public",
    VANISHED_LATER: "it disappeared only after the statement, so it needs a new one",
    NO_DAY: "it comes from a file, and the statement has no day",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The retention of a record in one account, for people."""

    account: str
    status: str  # a value of status.STATUSES
    series: str  # `GS50-01-12, Communications`, or why there is none
    eligible_on: str  # `Nov 21, 2028`, or `Not determined`
    steps: tuple[str, ...]  # how the date is computed, in order
    obstacles: tuple[str, ...]  # why the record cannot be destroyed
    conversation: str = ""  # the date of its conversation, likewise; "" if it is alone in it
    primaries: tuple[str, ...] = ()  # IDs of its primary records, if it was decided to be a secondary copy
    statements: tuple[ExplainedStatement, ...] = ()  # in the order in which they were made
    decisions: tuple[Decision, ...] = ()  # on its series, that count, in the order in which they were made


@dataclass(frozen=True, slots=True)
class ExplainedStatement:
    """A statement about a record, for people. Reason and evidence are texts of whoever made it."""

    fact: str  # `The public can no longer see it since Nov 30, 2026`
    by: str  # `Stated by ana@example on Dec 1, 2026, 2:10 a.m.`
    evidence: str
    reason: str
    obstacle: str  # why it does not count for this record; "" if it does
    id: str


def explain(
    fields: Mapping[str, Any],
    facts: Mapping[str, Any],
    rule: Rule | None,
    today: date,
    *,
    holds: Sequence[str] = (),
    further: Collection[str] = (),
    statements: Sequence[tuple[Statement, str | None]] = (),
) -> Explanation:
    """Explain the retention of a record in one account.

    fields: account and the fields of derivation.FIELDS; days are text.
    facts: the columns of derivation.facts.
    rule: of the series; None if no schedule in force has it.
    holds: names of the holds that apply, as far as the reader may know them.
    further: keys of EXCLUSIONS that do not follow from the fields, as far as the reader may know them.
    statements: those that cover the record, as far as the reader may know them, and why one of withdrawal
        does not count.
    """
    state = status.find_status(fields, today)
    eligible = _read_day(fields.get("eligible_on"))
    applying = {*further, *_find_exclusions(fields, facts, rule)}
    return Explanation(
        fields["account"],
        state,
        _name_series(fields, rule, facts),
        dates.format_day(eligible) if eligible else NOT_DETERMINED,
        tuple(_list_steps(fields, facts, rule, statements)),
        tuple(_list_obstacles(fields, today, holds, applying)),
        statements=tuple(
            _explain_statement(one, obstacle, fields, rule)
            for one, obstacle in sorted(statements, key=lambda pair: (pair[0].validity.made.at, pair[0].id))
        ),
    )


def name_trigger(fields: Mapping[str, Any]) -> str:
    """Return the trigger in short words, such as `stated as withdrawn, Jun 30, 2026`.

    fields: those of derivation.FIELDS; days are text.
    """
    day = _read_day(fields.get("retention_trigger_on"))
    return TRIGGER_WORDS[fields["retention_trigger"]] + (f", {dates.format_day(day)}" if day else "")


def _explain_statement(
    one: Statement, obstacle: str | None, fields: Mapping[str, Any], rule: Rule | None
) -> ExplainedStatement:
    word = "since" if one.kind == WITHDRAWAL else "on"
    day = f" {word} {dates.format_day(one.on)}" if one.on else ""
    return ExplainedStatement(
        f"{_FACTS[one.kind].format(series=one.series)}{day}",
        f"Stated by {find_display_name(one.validity.made.who)} on {_format(one.validity.made.at)}",
        one.evidence,
        one.validity.made.reason,
        _WHY_NOT[obstacle] if obstacle else _find_obstacle(one, fields, rule),
        one.id,
    )


def _find_obstacle(one: Statement, fields: Mapping[str, Any], rule: Rule | None) -> str:
    """Return why a statement that counts changes no date of the record; "" if it does."""
    if one.kind == CONFIRMATION and fields["retention_trigger"] == UNCONFIRMED:
        return "a file with the record was imported after the statement. Confirm the import again"
    if one.kind == EVENT_DAY and fields.get("series") != one.series:
        return "the record has another series"
    if one.kind == EVENT_DAY and (rule is None or rule.trigger != EVENT):
        return "the period of its series does not begin with an event"
    return ""


def _name_series(fields: Mapping[str, Any], rule: Rule | None, facts: Mapping[str, Any]) -> str:
    series = fields.get("series")
    if series is None:
        return "None, because it is spam" if facts["is_spam"] else "None"
    return f"{series}, {rule.title}" if rule else str(series)


def _list_steps(
    fields: Mapping[str, Any],
    facts: Mapping[str, Any],
    rule: Rule | None,
    statements: Sequence[tuple[Statement, str | None]],
) -> list[str]:
    steps = [_describe_series(fields, facts)]
    if fields.get("series"):
        steps.append(describe_rule(rule))
    steps.append(_describe_trigger(fields, facts, rule))
    is_stated = any(one.kind == WITHDRAWAL and obstacle is None for one, obstacle in statements)
    if is_stated and fields["retention_trigger"] in (RECEIVED, WITHDRAWN):
        steps.append("A person also stated that the public can no longer see it. The latest day counts.")
    trigger, eligible = (_read_day(fields.get(name)) for name in ("retention_trigger_on", "eligible_on"))
    if trigger and eligible and rule and rule.period:
        last = eligible - timedelta(days=1)
        steps.append(
            f"{dates.format_day(trigger)} and {rule.period.describe()}: the last day of the period is"
            f" {dates.format_day(last)}. Disposition may be considered from {dates.format_day(eligible)} on."
            f" {_EARLY}"
        )
    return steps


def _describe_series(fields: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    if facts["is_spam"]:
        return "It was marked as spam, so the account's default series does not apply. A person must decide."
    if fields.get("series") is None:
        return "The account has no default series, and no person has decided on one."
    if fields.get("series_decided"):
        return "A person decided on this series."
    return "The series is the account's default. It is provisional until a person decides."


def describe_rule(rule: Rule | None) -> str:
    """Describe what the schedule says, and who reviewed it."""
    if rule is None:
        return NO_SCHEDULE
    where = f"{rule.schedule}, version {rule.version}"
    if rule.unreviewed:
        return f"{where}: {capitalize(rule.unreviewed)}. So no date follows from it."
    because = rule.longer_because
    longer = f" The agency retains longer than the schedule: {because}." if because else ""
    return f"{where}: {_describe_retention(rule)}.{longer} {describe_review(rule)}."


def describe_period(rule: Rule) -> str:
    """Describe a rule as `Retain for 2 years after received or provided, then destroy`."""
    return capitalize(_describe_retention(rule))


def _describe_retention(rule: Rule) -> str:
    if rule.is_permanent:
        return "retain permanently"
    then = f", then {rule.action}" if rule.action else ""
    if rule.period is None:
        return f"the period is not known{then}"
    if not rule.period.has_length:
        return f"retain {rule.period.describe()}{then}"
    trigger = rule.event or rule.trigger or "a trigger that is not known"
    return f"retain for {rule.period.describe()} after {trigger}{then}"


def describe_review(rule: Rule) -> str:
    """Describe who reviewed a rule, and when."""
    on = f" on {dates.format_day(rule.reviewed_on)}" if rule.reviewed_on else ""
    return f"Reviewed by {rule.reviewed_by}{on}"


def _describe_trigger(fields: Mapping[str, Any], facts: Mapping[str, Any], rule: Rule | None) -> str:
    received, withdrawn = (_format(facts[name]) for name in ("received_at", "withdrawn_at"))
    event = rule.event if rule and rule.event else "an event happens"
    removed = f" The capture of {withdrawn} found it removed: the later one counts." if withdrawn else ""
    day = _read_day(fields.get("retention_trigger_on"))
    counts_from = f"The period counts from {dates.format_day(day)}" if day else ""
    status_ = facts["status"]
    texts = {
        PUBLISHED: "It is still published, so the period has not begun.",
        NOT_WITHDRAWN: (
            _NOT_WITHDRAWN.format(status=_name_status(status_)) if status_ else _NOT_WITHDRAWN_IMPORT
        ),
        WITHDRAWN: (
            f"It was received or published on {received}, and the capture of {withdrawn} found it removed."
            " The later one counts."
        ),
        WITHDRAWAL_STATED: (
            f"It was received or published on {received}, and a person stated that the public can no longer"
            f" see it. {counts_from}, the latest day that follows from captures and statements."
        ),
        RECEIVED: (
            f"It never was public, so the time counts at which it was received or sent ({received}).{removed}"
        ),
        UNCONFIRMED: "It comes from a file. Its dates do not count until a person confirms them.",
        EVENT_MISSING: f"The period begins when {event}. No person has stated that day.",
        EVENT_STATED: (
            f"The period begins when {event}. {counts_from}: the latest day that a person stated, or the day"
            " on which the record was received if that is later."
        ),
    }
    return texts[fields["retention_trigger"]]


def _name_status(status_: str | None) -> str:
    return "visible to some people only" if status_ == VISIBLE else name_status(status_ or "")


def _list_obstacles(
    fields: Mapping[str, Any], today: date, holds: Sequence[str], applying: Collection[str]
) -> list[str]:
    """Return the sentences of everything that excludes the record from proposals, and of its period."""
    found = [f"A legal hold applies: {name}." for name in holds]
    found += [
        exclusion.sentence
        for key, exclusion in EXCLUSIONS.items()
        if key in applying and not (key == ON_HOLD and holds)
    ]
    eligible = _read_day(fields.get("eligible_on"))
    if eligible and eligible > today:
        found.append(f"Its retention period ends on {dates.format_day(eligible - timedelta(days=1))}.")
    return [*found, NOT_BUILT]


def _find_exclusions(fields: Mapping[str, Any], facts: Mapping[str, Any], rule: Rule | None) -> set[str]:
    """Return the keys of EXCLUSIONS that follow from the fields of a record."""
    series, trigger = fields.get("series"), fields["retention_trigger"]
    is_reviewed = rule is not None and not rule.unreviewed
    is_permanent = rule is not None and rule.is_permanent
    conditions = {
        ON_HOLD: bool(fields.get("on_hold")),
        UNDECIDED: series is None,
        PROVISIONAL: series is not None and not fields.get("series_decided"),
        UNREVIEWED: series is not None and not is_reviewed,
        PERMANENT: is_permanent,
        ARCHIVAL: rule is not None and rule.is_archival,
        NO_LENGTH: rule is not None and is_reviewed and not is_permanent and not rule.gives_dates,
        ON_PLATFORM: not facts["is_withdrawn"],
        IMPORTED: trigger == UNCONFIRMED,
        NO_EVENT: trigger == EVENT_MISSING,
    }
    return {key for key, applies in conditions.items() if applies}


def _read_day(value: Any) -> date | None:
    return date.fromisoformat(str(value)) if value else None


def _format(moment: datetime | None) -> str:
    return dates.format_time(moment) if moment else ""
