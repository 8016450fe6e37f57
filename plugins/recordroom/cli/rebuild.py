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
from recordroom.cli.output import Json, enter, json_lines, progress, say
from recordroom.jobs import maintenance


class What(StrEnum):
    RECORDS = "records"
    STATE = "state"
    INDEX = "index"


def add_to(app: typer.Typer) -> None:
    app.command(
        "rebuild",
        help="Make records (Parquet), state (snapshots) or index (Elasticsearch) again from the archive.",
    )(run)


def run(what: Annotated[What, typer.Argument()], json: Json = False) -> None:
    room = enter(record=what is What.RECORDS)
    if what is What.RECORDS:
        with progress("rows") as tell:
            done = maintenance.rebuild_records(room, tell)
        told = {
            "rebuilt": "records",
            "generation": done.generation,
            "rows": done.rows,
            "reparsed": done.reparsed,
            "accounts": done.accounts,
        }
    elif what is What.STATE:
        entries = {
            a.id: rebuild.rebuild_state(room.place.archive, room.place.derived, a)
            for a in capture_chains(room.place.archive)
        }
        told = {
            "rebuilt": "state",
            "accounts": entries,
            "gaps": gaps.rebuild(room.place.archive, room.place.derived),
        }
    else:
        with progress("rows") as tell:
            report = room.index().rebuild(tell)
        told = {
            "rebuilt": "index",
            "rows": report.rows,
            "documents": report.documents,
            "seconds": round(report.seconds, 1),
        }
    if json:
        json_lines([told])
    else:
        say(", ".join(f"{name}: {value}" for name, value in told.items()))
