"""What the schemas of the retention files cannot express.

Each function yields the problems of one subject, with file, line, and remedy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from recordroom import clock
from recordroom.register.models import ERROR, WARNING, Account
from recordroom.retention.models import (
    APPRAISAL_REQUIRED,
    ARCHIVAL,
    DESTROY,
    EVENT,
    PERMANENT,
    RETAIN,
    VERBATIM,
    Period,
    Policy,
    Review,
    Schedule,
    Series,
)
from recordroom.retention.policy_file import PolicyFiles, RetentionProblem, SourceFile, read_files

_PROTECTED = (
    ARCHIVAL,
    APPRAISAL_REQUIRED,
    PERMANENT,
)  # designations that forbid destruction without appraisal


def check_files(path: Path, today: date, accounts: Sequence[Account] = ()) -> PolicyFiles:
    """Read the files and return them with all of their problems.

    today: days after it are in the future.
    accounts: of the register in force, whose default series must have a rule.

    RetentionError if a file is missing or is not YAML.
    """
    files = read_files(path, today)
    if files.problems:
        return files
    policy = files.policy
    problems = [
        *_check_schedules(files, today),
        *_check_reviews(files, today),
        *_check_lists(files),
        *_check_accounts(files.agency, policy, accounts),
    ]
    return PolicyFiles(files.agency, files.schedules, tuple(problems), policy)


def _check_schedules(files: PolicyFiles, today: date) -> Iterator[RetentionProblem]:
    seen: dict[tuple[str, str], Path] = {}
    owners: dict[str, str] = {}  # DAN -> schedule in force that has it
    for file, schedule in zip(files.schedules, files.policy.schedules, strict=True):
        key = (schedule.id, schedule.version)
        if key in seen:
            words = f"version {schedule.version} of {schedule.id} is also in {seen[key]}"
            yield file.make_problem(["version"], ERROR, words, "Name only one of the two files.")
        seen.setdefault(key, file.path)
        if schedule.effective_on > today:
            words = f"version {schedule.version} of {schedule.id} takes effect on {schedule.effective_on}"
            mend = (
                "Until then an earlier version applies. To see what changes, run `recordroom retention check"
                f" --on {schedule.effective_on}`. On that day, run `recordroom retention apply`."
            )
            yield file.make_problem(["effective_on"], WARNING, words, mend)
        if files.policy.in_force.get(schedule.id) == schedule.version:
            yield from _find_shared_numbers(file, schedule, owners)
        yield from _find_repeated_numbers(file, schedule)
        for number, series in enumerate(schedule.series):
            for words, mend in _find_contradictions(series):
                yield file.make_problem(["series", number], ERROR, f"{series.dan}: {words}", mend)


def _find_shared_numbers(
    file: SourceFile, schedule: Schedule, owners: dict[str, str]
) -> Iterator[RetentionProblem]:
    for number, series in enumerate(schedule.series):
        if owners.setdefault(series.dan, schedule.id) != schedule.id:
            words = f"{series.dan} is also in the schedule {owners[series.dan]}"
            yield file.make_problem(["series", number, "dan"], ERROR, words, "Remove it from one of the two.")


def _find_repeated_numbers(file: SourceFile, schedule: Schedule) -> Iterator[RetentionProblem]:
    seen: set[str] = set()
    for number, series in enumerate(schedule.series):
        for dan in (series.dan, *series.formerly):
            if dan in seen:
                words = f"{dan} is used twice"
                yield file.make_problem(["series", number, "dan"], ERROR, words, "Give each series its own.")
            seen.add(dan)


def _find_contradictions(series: Series | Review) -> Iterator[tuple[str, str]]:
    """Yield (what is wrong, remedy) for values that do not fit together."""
    period, action = series.period, series.action
    if period == Period():
        yield "its period has no length", "Enter years, months, or days, or `until no longer needed`."
    if period is not None and period.is_endless and action not in (None, RETAIN):
        yield f"its period is {period.named}, but its action is {action}", f"The action must be `{RETAIN}`."
    if period is not None and not period.is_endless and action == RETAIN:
        yield f"its action is {RETAIN}, but its period ends", f"The period must be `{PERMANENT}`."
    if series.designation in _PROTECTED and action == DESTROY:
        words = f"its designation is {series.designation}, but its action is {DESTROY}"
        yield words, "Such records are appraised first, or retained: read the schedule again."
    if series.trigger == EVENT and not series.event:
        yield "its trigger is an event, but `event` does not say which", "Describe the event."


def _check_reviews(files: PolicyFiles, today: date) -> Iterator[RetentionProblem]:
    policy, file = files.policy, files.agency
    known = {schedule.id for schedule in policy.schedules}
    seen: set[str] = set()
    for number, review in enumerate(policy.reviews):
        place: list[str | int] = ["series", number]
        if review.dan in seen:
            words = f"{review.dan} is reviewed twice"
            yield file.make_problem([*place, "dan"], ERROR, words, "Keep one of the two.")
        seen.add(review.dan)
        if review.schedule not in known:
            words = f"there is no schedule {review.schedule!r} among those that this file names"
            yield file.make_problem([*place, "schedule"], ERROR, words, f"Known: {', '.join(sorted(known))}.")
            continue
        for words, mend in _find_contradictions(review):
            yield file.make_problem(place, ERROR, f"{review.dan}: {words}", mend)
        yield from _check_reviewer(file, place, review, today)
        yield from _compare_with_schedule(file, place, review, policy, today)


def _check_reviewer(
    file: SourceFile, place: list[str | int], review: Review, today: date
) -> Iterator[RetentionProblem]:
    if not (review.reviewed_by and review.reviewed_on):
        words = f"{review.dan} has no reviewer, so no date follows from it"
        mend = "Enter who read the schedule (reviewed_by), and when (reviewed_on)."
        yield file.make_problem(place, WARNING, words, mend)
    elif review.reviewed_on > today:
        words = f"{review.dan} was reviewed in the future"
        yield file.make_problem([*place, "reviewed_on"], ERROR, words, "Correct the day.")
    if review.reviewed_by and not (review.trigger and review.period and review.action):
        words = f"the review of {review.dan} does not confirm its trigger, period, and action"
        mend = "Enter what the schedule says. If it does not say it, leave reviewed_by empty."
        yield file.make_problem(place, ERROR, words, mend)
    rule = review.agency_rule
    if rule and review.period and not rule.period.exceeds(review.period):
        words = (
            f"the agency's own period for {review.dan} ({rule.period.describe()}) is not longer than the"
            f" schedule's ({review.period.describe()})"
        )
        mend = "An agency can only retain longer. Enter a longer period, or remove agency_rule."
        yield file.make_problem([*place, "agency_rule", "period"], ERROR, words, mend)


def _compare_with_schedule(
    file: SourceFile, place: list[str | int], review: Review, policy: Policy, today: date
) -> Iterator[RetentionProblem]:
    version = policy.in_force.get(review.schedule)
    schedule = next((s for s in policy.schedules if (s.id, s.version) == (review.schedule, version)), None)
    if schedule is None:
        words = f"no version of the schedule {review.schedule!r} is in force"
        yield file.make_problem([*place, "schedule"], ERROR, words, "Name a file of a version in force.")
        return
    if review.version != version:
        applies = "is in force" if today <= clock.today() else f"would be in force on {today}"
        words = f"{review.dan} was reviewed in version {review.version}, but version {version} {applies}"
        mend = "Read it in that version, and correct the review. Until then no date follows from it."
        yield file.make_problem([*place, "version"], WARNING, words, mend)
    series = next((one for one in schedule.series if one.dan == review.dan), None)
    if series is None:
        new = next((one.dan for one in schedule.series if review.dan in one.formerly), None)
        if new:
            words = f"{review.dan} has the number {new} now"
            yield file.make_problem([*place, "dan"], ERROR, words, f"Read {new}, and enter its number.")
        elif not review.title:
            words = f"recordroom's file of the schedule {schedule.id} has no series {review.dan}"
            mend = "Correct the number. If the published schedule has the series, enter its title."
            yield file.make_problem([*place, "dan"], ERROR, words, mend)
        return
    if series.designation in _PROTECTED and review.action == DESTROY:
        words = f"{series.dan} is {series.designation}, but the review says {DESTROY}"
        mend = "Such records are appraised first, or retained: read the schedule again."
        yield file.make_problem([*place, "action"], ERROR, words, mend)
    known = series.evidence == VERBATIM and series.words_from == review.version
    for name in ("trigger", "period", "action", "designation"):
        theirs, mine = getattr(series, name), getattr(review, name)
        if theirs is not None and mine is not None and theirs != mine:
            said = theirs.describe() if isinstance(theirs, Period) else theirs
            words = f"{review.dan}: recordroom's file of the schedule has another {name}: {said}"
            mend = "Read the schedule again. If the review is right, correct the file of the schedule."
            yield file.make_problem([*place, name], ERROR if known else WARNING, words, mend)


def _check_lists(files: PolicyFiles) -> Iterator[RetentionProblem]:
    seen: set[str] = set(files.policy.rules)
    for number, one in enumerate(files.policy.one_time_lists):
        if one.id in seen:
            words = f"{one.id} is the number of a series or of another list"
            path: list[str | int] = ["one_time_lists", number, "id"]
            yield files.agency.make_problem(path, ERROR, words, "Give the list its own ID.")
        seen.add(one.id)


def _check_accounts(
    file: SourceFile, policy: Policy, accounts: Iterable[Account]
) -> Iterator[RetentionProblem]:
    for account in accounts:
        if account.series is None:
            continue
        rule = policy.rules.get(account.series)
        if rule is None:
            words = f"the register gives account {account.id} the series {account.series}, which has no rule"
            mend = "Correct the number in the register, or review the series in this file."
            yield file.make_problem(["series"], WARNING, words, mend)
        elif rule.unreviewed:
            words = f"account {account.id} has the series {account.series}, but {rule.unreviewed}"
            mend = "Until a person reviews the series, its records have no date."
            yield file.make_problem(["series"], WARNING, words, mend)
