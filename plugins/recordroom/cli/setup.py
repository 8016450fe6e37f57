"""`recordroom setup`: prepare the buckets and Airflow.

It creates the buckets, checks that their endpoint is fit for an archive, puts what explains the archive into
it, and creates Airflow's pools and roles.
"""

from __future__ import annotations

import logging
import warnings

import typer

from recordroom import airflow_setup, settings
from recordroom.archive import conformance, format_set
from recordroom.capture import register_ledger
from recordroom.capture.workspace import Workspace
from recordroom.cli.output import confirm_register, keep_logs_off_stdout, say
from recordroom.exit_codes import ExitCode, choose_exit_code
from recordroom.jobs import maintenance
from recordroom.jobs.context import JobContext


def add_to(app: typer.Typer) -> None:
    words = (
        "Create the buckets, test once that their storage is safe for an archive, and create Airflow's pools"
        " and roles."
    )
    app.command("setup", help=f"{words} It can run any number of times.")(run)


def run() -> ExitCode:
    """Prepare everything; it can run any number of times."""
    place = Workspace.of(settings.load())
    for store, what in ((place.archive, "archive"), (place.derived, "derived")):
        made = conformance.create_bucket(store)
        checked = conformance.check(store)
        say(
            f"{what} bucket {store.bucket}: {'created' if made else 'exists'},"
            f" {'tested' if checked else 'tested before'}"
        )
    added = format_set.put(place.archive)
    say(f"format set: {len(added.body['files'])} files added" if added else "format set: exists")
    _, alarm = register_ledger.in_force(place.archive, place.settings.register_file, confirm=confirm_register)
    if alarm:
        say(f"ALARM: {alarm}")
    return choose_exit_code(_set_up_airflow(), broken=bool(alarm))


def _set_up_airflow() -> ExitCode:
    """Create pools and roles; ACT_SOON if tokens expire that cannot be saved."""
    if not airflow_setup.is_configured():
        say("Airflow: not set up, because neither AIRFLOW_HOME nor any AIRFLOW__... variable is set here.")
        say("  To create its pools and roles, run `recordroom setup` where these variables are set.")
        return ExitCode.FINE
    keep_logs_off_stdout()
    logging.disable(logging.WARNING)  # Airflow warns about its own parts, by logging and by warnings
    with warnings.catch_warnings(action="ignore"):
        pools, roles = airflow_setup.create_pools_and_roles()
    say(f"Airflow: pools {_describe_made(pools)}; roles {_describe_made(roles)}")
    dying = maintenance.list_expiring_tokens(JobContext.open(record=False))
    for account, words in dying.items():
        say(f"TOKENS: {account}: {words}")
    return choose_exit_code(act_soon=bool(dying))


def _describe_made(names: list[str]) -> str:
    return f"created: {', '.join(names)}" if names else "exist"
