"""Retention for commands and scheduled runs: the file, what it changes, and what is in force."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from recordroom import clock
from recordroom.archive.audit.journal import Journal
from recordroom.archive.ledger import Entry, Ledger, capture_chains
from recordroom.archive.quarantine import ledger as quarantine
from recordroom.archive.quarantine.watch import QuarantineSnapshot
from recordroom.errors import RetentionError, UsageError
from recordroom.jobs import schedule
from recordroom.jobs.context import JobContext
from recordroom.register.models import ERROR
from recordroom.retention import all_records, derivation, ledger
from recordroom.retention.all_records import ChangeCount
from recordroom.retention.checks import check_files
from recordroom.retention.derivation import Inputs
from recordroom.retention.ledger import RetentionState
from recordroom.retention.models import Policy, RegisteredAccount
from recordroom.retention.policy_file import PolicyFiles
from recordroom.search.access import Viewer
from recordroom.search.client import connect
from recordroom.search.retention_counts import RetentionCounts, count_retention

UNREADABLE, WRONG = "unreadable", "wrong"
NEVER_APPLIED, CHANGED = "never applied", "changed"


@dataclass(frozen=True, slots=True)
class FileProblem:
    """How the retention file on disk differs from what is in force."""

    kind: str  # UNREADABLE, WRONG, NEVER_APPLIED, or CHANGED
    words: str  # for administrators, with the remedy


def read_state(context: JobContext) -> RetentionState:
    """Return what is in force."""
    return ledger.read(context.place.archive)


def list_held_accounts(context: JobContext, hold_id: str) -> list[str]:
    """Return the open accounts that a hold may cover; UsageError if there is no such hold."""
    hold = read_state(context).holds.get(hold_id)
    if hold is None:
        raise UsageError(f"there is no hold {hold_id!r}", "`recordroom hold list` lists them.")
    return [one.id for one in schedule.list_open_accounts(context) if hold.scope.reaches(one.id)]


def check_file(context: JobContext, file: Path | None = None, on: date | None = None) -> PolicyFiles:
    """Return the retention file with its problems, those of the register's accounts included.

    file: another file than the setting's.
    on: the day whose versions of schedules count, if not today's.
    """
    path = file or context.place.settings.retention_file
    return check_files(path, on or clock.today(), context.register.accounts)


def find_problem(context: JobContext, state: RetentionState) -> FileProblem | None:
    """Return how the file on disk differs from what is in force; None if it does not."""
    path = context.place.settings.retention_file
    try:
        files = check_file(context)
    except RetentionError as problem:
        return FileProblem(UNREADABLE, f"{problem.public_message} The last version stays in force.")
    if any(problem.level == ERROR for problem in files.problems):
        words = f"{path} has errors, so the last version stays in force. Run `recordroom retention check`."
        return FileProblem(WRONG, words)
    if state.policy_entry is None:
        words = f"{path} is not in force yet, so no record has a date. Run `recordroom retention apply`."
        return FileProblem(NEVER_APPLIED, words)
    if not ledger.is_in_force(state, files):
        words = f"{path} has changes that are not in force. Run `recordroom retention apply`."
        return FileProblem(CHANGED, words)
    return None


def apply_file(context: JobContext, files: PolicyFiles) -> Entry | None:
    """Put the files in force; None if they are already. The audit has it before it is done."""
    archive = context.place.archive
    if ledger.is_in_force(ledger.read(archive), files):
        return None
    journal = Journal(context.place.settings.journal)
    versions = ", ".join(f"{name} {version}" for name, version in sorted(files.policy.in_force.items()))
    journal.note("retention applied", {"schedules": versions})
    entry = ledger.apply_policy(archive, files)
    journal.ship(archive)
    return entry


def count_changes(context: JobContext, files: PolicyFiles) -> list[ChangeCount]:
    """Return how many records change in which way if these files take effect."""
    with all_records.load(*_find_rows(context)) as records:
        return records.count_changes(*_make_inputs(context, files))


def list_changes(context: JobContext, files: PolicyFiles) -> Iterator[dict[str, Any]]:
    """Yield each record that changes, with its fields before and after; days are text."""
    with all_records.load(*_find_rows(context)) as records:
        for change in records.list_changes(*_make_inputs(context, files)):
            yield {**change, **{name: _write_days(change[name]) for name in ("before", "after")}}


def _write_days(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value if value is None or isinstance(value, bool) else str(value)
        for name, value in fields.items()
    }


def _find_rows(context: JobContext) -> tuple[Any, Any, dict[str, int]]:
    place = context.place
    chains = capture_chains(place.archive)
    upto = {chain.id: Ledger(place.archive, chain.ledger).head() for chain in chains}
    return place.derived, place.settings, upto


def _make_inputs(context: JobContext, files: PolicyFiles) -> tuple[Inputs, Inputs]:
    accounts = {
        one.id: RegisteredAccount.parse({"series": one.series, "closed_on": one.closed_on})
        for one in context.register.accounts
    }
    state = read_state(context)
    policies: tuple[Policy, Policy] = (state.policy, files.policy)
    acts = state.holds.values(), state.decisions.values(), state.statements.values()
    before, after = (derivation.make_inputs(policy, accounts, *acts) for policy in policies)
    return before, after


def count_records(context: JobContext) -> RetentionCounts:
    """Count all records by series and status, those under quarantine included.

    ServiceUnavailable if Elasticsearch is away, or there is no index yet.
    """
    archive, settings = context.place.archive, context.place.settings
    viewer = Viewer.administrator(QuarantineSnapshot(partial(quarantine.read, archive)), sees_quarantine=True)
    with closing(connect(settings)) as client:
        return count_retention(client, settings.index, viewer, clock.today())
