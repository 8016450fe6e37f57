"""`recordroom retention`: the schedules and reviews that decide how long records are retained.

Nothing here destroys anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from recordroom import clock, dates, settings
from recordroom.cli import classification, proposals, schedule_import, statements
from recordroom.cli.output import Json, open_context, report_index, say, write, write_json_lines
from recordroom.cli.terminal_text import print_table
from recordroom.errors import RecordroomError
from recordroom.exit_codes import ExitCode, choose_exit_code
from recordroom.jobs import retention
from recordroom.jobs.context import JobContext
from recordroom.jobs.index import update_index
from recordroom.model import instant
from recordroom.register import models
from recordroom.retention.checks import check_files
from recordroom.retention.explanation import describe_period
from recordroom.retention.ledger import RetentionState
from recordroom.retention.models import Rule
from recordroom.retention.policy_file import PolicyFiles
from recordroom.text import counted, to_one_line

File = Annotated[
    Path | None, typer.Option("--file", help="Another retention file than that of RECORDROOM_RETENTION.")
]
Counts = Mapping[str | None, Mapping[str, int]]  # series -> status -> number of records


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(
        no_args_is_help=True, help="Retention schedules, reviews, and dates. Nothing is destroyed."
    )
    group.command("status", help="List the series in force, and count records by series and status.")(
        show_status
    )
    group.command(
        "check", help="List the problems of the retention file, and what would change if it were in force."
    )(check)
    group.command("apply", help="Put the retention file in force, after listing what changes.")(apply)
    classification.add_commands(group)
    statements.add_commands(group)
    schedule_import.add_commands(group)
    proposals.add_commands(group)
    app.add_typer(group, name="retention")


def show_status(json: Json = False) -> ExitCode:
    """Print the rules in force with the number of records of each."""
    context = open_context()
    state = retention.read_state(context)
    counts = retention.count_records(context).series
    if json:
        write_json_lines(_list_rules(state, counts))
    else:
        _print_rules(state, counts)
    problem = retention.find_problem(context, state)
    if problem:
        say(f"recordroom: {problem.words}")
    return choose_exit_code(act_soon=bool(problem))


def check(
    file: File = None,
    on: Annotated[
        str, typer.Option("--on", help="Day whose schedules count, to see what a coming version changes.")
    ] = "",
    json: Json = False,
) -> ExitCode:
    """Check the file; with an archive, list what would change."""
    day = dates.parse_day(on, "--on") if on else clock.today()
    files = check_files(file or settings.find_retention_file(), day)
    try:
        context = open_context()
    except RecordroomError as problem:
        _print_problems(files, json=json)
        say(f"recordroom: what would change is not known: {problem.full_message}")
        return choose_exit_code(problem.exit_code, broken=_has_errors(files))
    files = retention.check_file(context, file, day)
    _print_problems(files, json=json)
    if not _has_errors(files):
        _print_changes(context, files, json=json)
    return choose_exit_code(broken=_has_errors(files))


def apply(
    file: File = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the file takes effect.")] = False,
) -> ExitCode:
    """Put the file in force, and bring the index up to date."""
    context = open_context()
    files = retention.check_file(context, file)
    _print_problems(files, json=False)
    if _has_errors(files):
        say("recordroom: the file has errors, so nothing changed. The last version stays in force.")
        return ExitCode.BROKEN
    _print_changes(context, files, json=False)
    if not yes:
        typer.confirm("Put this retention file in force?", abort=True, err=True)
    entry = retention.apply_file(context, files)
    if entry is None:
        say("The file is in force already.")
        return ExitCode.FINE
    write(f"In force: ledger/{entry.ledger} entry {entry.number}, SHA-256 {entry.sha256}\n")
    return report_index("the retention file is in force", update_index(context))


def _has_errors(files: PolicyFiles) -> bool:
    return any(problem.level == models.ERROR for problem in files.problems)


def _print_problems(files: PolicyFiles, *, json: bool) -> None:
    if json:
        write_json_lines(asdict(problem) for problem in files.problems)
        return
    for p in files.problems:
        write(to_one_line(f"{p.level.upper()} {p.file}:{p.line} {p.field}: {p.message}. {p.mend}") + "\n")
    if not files.problems:
        say(f"{files.agency.path}: no problem")


def _print_changes(context: JobContext, files: PolicyFiles, *, json: bool) -> None:
    """Print what changes for which records, if the file takes effect."""
    if json:
        write_json_lines(retention.list_changes(context, files))
        return
    changes = retention.count_changes(context, files)
    if not changes:
        say("No record changes.")
        return
    head = ("account", "series", "records", "gain a date", "lose their date", "earlier", "later")
    rows = [
        (
            one.account,
            one.series_after or "none",
            *(f"{n:,}" for n in (one.records, one.gain_date, one.lose_date, one.earlier, one.later)),
        )
        for one in changes
    ]
    print_table(head, rows)
    say(f"{counted(sum(one.records for one in changes), 'record')} would change. --json of check lists each.")


def _list_rules(state: RetentionState, counts: Counts) -> Iterator[dict[str, Any]]:
    for dan in sorted({*state.policy.rules, *counts}, key=str):
        rule = state.policy.rules.get(dan) if dan else None
        yield {
            "series": dan,
            "title": rule.title if rule else None,
            "schedule": rule.schedule if rule else None,
            "version": rule.version if rule else None,
            "trigger": rule.trigger if rule else None,
            "period": rule.period.describe() if rule and rule.period else None,
            "action": rule.action if rule else None,
            "reviewed_by": rule.reviewed_by if rule else None,
            "reviewed_on": str(rule.reviewed_on) if rule and rule.reviewed_on else None,
            "unreviewed": rule.unreviewed if rule else _say_missing(dan),
            "records": counts.get(dan, {}),
            "in_force_since": instant(state.policy_entry.at) if state.policy_entry else None,
        }


def _say_missing(dan: str | None) -> str:
    return "no series" if dan is None else "no schedule in force has this series"


def _print_rules(state: RetentionState, counts: Counts) -> None:
    rows = []
    for dan in sorted({*state.policy.rules, *counts}, key=str):
        rule = state.policy.rules.get(dan) if dan else None
        records = counts.get(dan, {})
        listed = ", ".join(f"{count:,} {status}" for status, count in records.items()) or "no records"
        rows.append((dan or "none", rule.title if rule else "", _describe_rule(rule, dan), listed))
    print_table(("series", "title", "rule", "records"), rows)


def _describe_rule(rule: Rule | None, dan: str | None) -> str:
    if rule is None:
        return _say_missing(dan)
    if rule.unreviewed:
        return f"unreviewed: {rule.unreviewed}"
    return describe_period(rule)
