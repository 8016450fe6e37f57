"""`recordroom retention import`: propose a schedule file from what the State Archives publish."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recordroom import clock, dates
from recordroom.cli.output import say, write
from recordroom.errors import RetentionError, UsageError
from recordroom.exit_codes import ExitCode
from recordroom.retention import published
from recordroom.retention.published import PublishedSchedule
from recordroom.schema_errors import find_schema_errors

_PROPOSAL = (
    "This is a proposal, and no record gets a date from it. Compare each series that the agency uses with the"
    " published schedule. Then confirm its trigger, period, and action in the agency's retention file."
)


def add_commands(group: typer.Typer) -> None:
    """Add the command to the group `retention`."""
    group.command(
        "import", help="Propose a schedule file from a saved response of the State Archives' open API."
    )(propose_schedule)


def propose_schedule(
    file: Path,
    *,
    id_: Annotated[str, typer.Option("--id", help="ID of the schedule, the same in all versions: core.")],
    version: Annotated[str, typer.Option(help="Version of the schedule, as published: 5.0.")],
    effective_on: Annotated[
        str, typer.Option(help="Day on which that version took or takes effect.", metavar="DAY")
    ],
    as_of: Annotated[
        str | None,
        typer.Option(help="Day on which the response was saved; today if left out.", metavar="DAY"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="New file for the proposal, instead of stdout.", metavar="FILE")
    ] = None,
) -> ExitCode:
    """Print a proposal; nothing takes effect."""
    begins = dates.parse_day(effective_on, "--effective-on")
    saved_on = dates.parse_day(as_of, "--as-of") if as_of else clock.today()
    schedule = _read_response(file)
    proposal = published.propose(schedule, id_=id_, version=version, effective_on=begins, as_of=saved_on)
    errors = find_schema_errors("retention-schedule.schema.json", proposal.data)
    for error in sorted(errors, key=lambda one: len(one.path)):  # series repeat the version
        raise UsageError(f"--{'.'.join(map(str, error.path))}: {error.message}", error.mend)
    text = published.write_yaml(proposal)
    if out is None:
        write(text)
    else:
        _write_new(out, text)
    if not schedule.is_active:
        say("recordroom: the response does not say that this schedule is active. Check its number.")
    say(f"{proposal.describe()}\n{_PROPOSAL}")
    return ExitCode.FINE


def _read_response(file: Path) -> PublishedSchedule:
    try:
        return published.read_response(file.read_bytes())
    except OSError as problem:
        words = f"{file} cannot be read: {problem.strerror}"
        raise UsageError(words, "Name a file that can be read.") from problem
    except RetentionError as problem:
        raise RetentionError(f"{file}: {problem.message}", problem.mend) from problem


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as problem:
        raise UsageError(f"--out: {path} already exists", "Name a new file.") from problem
    except OSError as problem:
        words = f"--out: {path} cannot be written: {problem.strerror}"
        raise UsageError(words, "Name a file in a folder where you may write.") from problem
