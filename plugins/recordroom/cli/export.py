"""`recordroom export`: export what a query finds, with hashes and a receipt.

It shows the archive as it was at a given time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from recordroom import dates, settings
from recordroom.cli.output import Json, say, write, write_json_lines
from recordroom.cli.search import (
    Accounts,
    From,
    Kinds,
    Messages,
    Platforms,
    Quarantined,
    Query,
    Statuses,
    To,
    Versions,
    make_filters,
)
from recordroom.cli.terminal_text import mark_position
from recordroom.errors import QueryError
from recordroom.exports import production, receipt

Out = Annotated[Path, typer.Option("--out", help="The folder to create; it must not exist yet.")]
Format = Annotated[
    str, typer.Option("--format", help="csv, xlsx, jsonl, or pdf (the last two with media files).")
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="The archive at the end of this date (11/27/2026), or at a time.",
    ),
]
Context = Annotated[
    bool,
    typer.Option("--context", help="Add the post that each record replies to, and all replies to it."),
]
Deep = Annotated[bool, typer.Option("--deep", help="Also parse the evidence again, and compare.")]


def add_to(app: typer.Typer) -> None:
    app.command(
        "export",
        help=(
            "Export the records that a query finds, verified and with a receipt. To continue an export that"
            " was stopped, run the same command again."
        ),
    )(run)


def run(
    query: Query,
    out: Out,
    format_: Format,
    *,
    account: Accounts = None,
    platform: Platforms = None,
    kind: Kinds = None,
    status: Statuses = None,
    from_: From = None,
    to: To = None,
    versions: Versions = False,
    messages: Messages = False,
    quarantined: Quarantined = False,
    as_of: AsOf = None,
    deep: Deep = False,
    context: Context = False,
    json: Json = False,
) -> None:
    """Export into a new folder, and print the receipt."""
    filters = make_filters(
        account=account,
        platform=platform,
        kind=kind,
        status=status,
        from_=from_,
        to=to,
        versions=versions,
        messages=messages,
        quarantined=quarantined,
    )
    moment = dates.parse_to(as_of, "--as-of") if as_of else None
    request = production.ExportRequest(
        query, out, format_, filters, moment, deep, context=context, hidden_accounts=()
    )
    try:
        with _show_progress() as on_progress:
            result = production.make_export(settings.load(), request, on_progress=on_progress)
    except QueryError as problem:
        say(mark_position(problem))
        raise
    if json:
        write_json_lines([result])
    else:
        write((out / receipt.TEXT).read_text("utf-8"))


@contextmanager
def _show_progress() -> Iterator[production.OnProgress]:
    """Show one bar on stderr with the present step; nothing without a terminal."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bar = Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty())
    with bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(
            task, description=what, completed=done, total=total or None
        )
