"""The rule of each series: what its schedule and the agency's review of it amount to.

A review counts if a person read the version that is in force, and confirmed trigger, period, and action.
Until then the series is unreviewed: no date follows from it, and it never leads to destruction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recordroom.retention.models import Review, Rule, Schedule, Series


def make_rules(
    schedules: Sequence[Schedule], reviews: Sequence[Review], in_force: Mapping[str, str]
) -> dict[str, Rule]:
    """Return DAN -> rule for every series of the schedules in force and every review.

    in_force: id of a schedule -> its version. A series is found by its earlier numbers too, unless another
    series has that number now.
    """
    found: dict[str, Rule] = {}
    earlier: dict[str, Rule] = {}
    for schedule in schedules:
        if in_force.get(schedule.id) != schedule.version:
            continue
        mine = {review.dan: review for review in reviews if review.schedule == schedule.id}
        for series in schedule.series:
            rule = _make_rule(schedule, series, mine.pop(series.dan, None))
            found[series.dan] = rule
            earlier |= dict.fromkeys(series.formerly, rule)
        for dan, review in mine.items():  # the schedule's file does not have these series
            found[dan] = _make_rule(schedule, Series(dan, review.title or dan), review)
    return earlier | found


def _make_rule(schedule: Schedule, series: Series, review: Review | None) -> Rule:
    unreviewed = _find_reason(schedule, review)
    confirmed = review if review and not unreviewed else None
    period, because = confirmed.period if confirmed else series.period, ""
    own = confirmed.agency_rule if confirmed else None
    if own and period and own.period.exceeds(period):
        period, because = own.period, own.reason
    return Rule(
        series.dan,
        (review and review.title) or series.title,
        schedule.title,
        schedule.version,
        confirmed.trigger if confirmed else series.trigger,
        (confirmed and confirmed.event) or series.event,
        period,
        confirmed.action if confirmed else series.action,
        (confirmed and confirmed.designation) or series.designation,
        unreviewed,
        confirmed.reviewed_by if confirmed else None,
        confirmed.reviewed_on if confirmed else None,
        because,
        series.retention,
        series.source,
    )


def _find_reason(schedule: Schedule, review: Review | None) -> str:
    """Return why the review does not count; "" if it does."""
    if review is None:
        return "the agency's retention file does not list this series"
    if not (review.reviewed_by and review.reviewed_on):
        return "no person has reviewed this series"
    if review.version != schedule.version:
        return f"it was reviewed in version {review.version} of the schedule, and not in {schedule.version}"
    if not (review.trigger and review.period and review.action):
        return "the review does not confirm its trigger, period, and action"
    return ""
