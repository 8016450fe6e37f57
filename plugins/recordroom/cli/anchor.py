"""`recordroom anchor`: record the heads of all chains.

They are stored in the archive, and sent to every destination outside it.
"""

from __future__ import annotations

import typer

from recordroom.anchor_copies.destinations import VARIABLES
from recordroom.cli.output import open_context, say, write
from recordroom.exit_codes import ExitCode, choose_exit_code
from recordroom.jobs import maintenance
from recordroom.text import counted


def add_to(app: typer.Typer) -> None:
    app.command("anchor", help="Write an anchor of all ledgers, and send it out of the archive.")(run)


def run() -> ExitCode:
    """Write an anchor, and print its root; ACT_SOON if a destination did not receive it."""
    root, deliveries = maintenance.write_anchor(open_context())
    write(f"{root}\n")
    for one in deliveries:
        say(f"{one.destination}: {counted(one.sent, 'anchor')} sent")
        if one.problem:
            say(f"  Not everything was sent: {one.problem}")
    if not deliveries:
        say("No destination outside the archive is set: this anchor is only in the archive that it protects.")
        say(f"  Set {VARIABLES}.")
    return choose_exit_code(act_soon=any(one.problem for one in deliveries))
