"""`recordroom rebuild`: derived data made again from the archive; what is in force serves until the new is
whole.
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
    RECORDS = "records"
    STATE = "state"
    INDEX = "index"


def add_to(app: typer.Typer) -> None:
    app.command(
        "rebuild",
        help="Make records (Parquet), state (snapshots) or index (Elasticsearch) again from the archive.",
    )(run)


def run(what: Annotated[Target, typer.Argument()], json: Json = False) -> None:
    context = open_context(record=what is Target.RECORDS)
    if what is Target.RECORDS:
        with show_progress("rows") as tell:
            done = maintenance.rebuild_records(context, tell)
        told = {
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
        told = {
            "rebuilt": "state",
            "accounts": entries,
            "gaps": gaps.rebuild(context.place.archive, context.place.derived),
        }
    else:
        with show_progress("rows") as tell:
            report = context.index().rebuild(tell)
        told = {
            "rebuilt": "index",
            "rows": report.rows,
            "documents": report.documents,
            "seconds": round(report.seconds, 1),
        }
    if json:
        write_json_lines([told])
    else:
        say(", ".join(f"{name}: {value}" for name, value in told.items()))
