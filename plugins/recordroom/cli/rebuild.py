"""`recordroom rebuild`: rebuild derived data from the archive.

The present data stays in use until the new data is complete.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from recordroom.archive import gaps
from recordroom.archive.ledger import capture_chains
from recordroom.capture.derived import rebuild
from recordroom.cli.output import Json, open_context, say, show_progress, write_json_lines
from recordroom.jobs import maintenance


class Target(StrEnum):
    """The derived data to rebuild."""

    RECORDS = "records"
    STATE = "state"
    INDEX = "index"


def add_to(app: typer.Typer) -> None:
    app.command(
        "rebuild",
        help="Rebuild the records (Parquet), state (snapshots), or index (Elasticsearch) from the archive.",
    )(run)


def run(what: Annotated[Target, typer.Argument()], json: Json = False) -> None:
    """Rebuild the target, and print the counts."""
    context = open_context(record=what is Target.RECORDS)
    if what is Target.RECORDS:
        with show_progress("rows") as on_progress:
            done = maintenance.rebuild_records(context, on_progress)
        result = {
            "rebuilt": "records",
            "generation": done.generation,
            "rows": done.rows,
            "reparsed": done.reparsed,
            "accounts": done.accounts,
        }
    elif what is Target.STATE:
        entries = {
            a.id: rebuild.rebuild_state(context.place.archive, context.place.derived, a)
            for a in capture_chains(context.place.archive)
        }
        result = {
            "rebuilt": "state",
            "accounts": entries,
            "gaps": gaps.rebuild(context.place.archive, context.place.derived),
        }
    else:
        with show_progress("rows") as on_progress:
            report = context.index().rebuild(on_progress)
        result = {
            "rebuilt": "index",
            "rows": report.rows,
            "documents": report.documents,
            "seconds": round(report.seconds, 1),
        }
    if json:
        write_json_lines([result])
    else:
        say(", ".join(f"{name}: {value}" for name, value in result.items()))
