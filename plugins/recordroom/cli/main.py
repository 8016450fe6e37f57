"""The typer application, and how all commands fail.

exit_codes.py lists the exit codes. stdout contains only the requested data; messages go to stderr.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
import sys
from typing import Annotated

import typer

import recordroom.cli
from recordroom import memory
from recordroom.cli.output import ReaderGone, prepare_streams, say
from recordroom.errors import RecordroomError, UsageError
from recordroom.exit_codes import ExitCode
from recordroom.text import replace_surrogates

_MEND = (
    "`recordroom --help` lists the commands, `recordroom COMMAND --help` its options. Put a query that"
    " begins with - last, after ` -- `."
)

app = typer.Typer(
    name="recordroom",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A public-records archive of social media.",
)


def print_version(wanted: bool) -> None:
    """Print the version and exit."""
    if wanted:
        typer.echo(f"recordroom {recordroom.__version__}")
        raise typer.Exit


@app.callback()
def read_options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version, and exit.", callback=print_version, is_eager=True),
    ] = False,
) -> None:
    """Declare the options that no command needs."""


def main() -> None:
    """Run a command, and report a named error on stderr with its exit code."""
    memory.limit_arenas()
    for module in pkgutil.iter_modules(recordroom.cli.__path__):
        verb = importlib.import_module(f"recordroom.cli.{module.name}")
        if hasattr(verb, "add_to"):
            verb.add_to(app)
    prepare_streams()
    logging.disable(logging.INFO)  # libraries log each request; commands print their own messages
    try:
        # bytes that are not UTF-8 can neither be searched for nor printed
        code = app(map(replace_surrogates, sys.argv[1:]), standalone_mode=False)
    except RecordroomError as problem:
        report_failure(problem)
        code = problem.exit_code
    except typer.TyperException as problem:
        if problem.format_message():  # otherwise no command was given, and the help was printed
            report_failure(UsageError(problem.format_message(), _MEND))
        code = ExitCode.WRONG_USE
    except (KeyboardInterrupt, typer.Abort):
        say("Stopped. Everything committed is kept; to continue, run the same command again.")
        code = ExitCode.STOPPED
    except ReaderGone:
        code = ExitCode.FINE
    sys.exit(code or ExitCode.FINE)


def report_failure(problem: RecordroomError) -> None:
    """Print what is wrong, and how to fix it."""
    say(f"recordroom: {problem.full_message}")
    if problem.mend:
        say(f"  {problem.mend}")
