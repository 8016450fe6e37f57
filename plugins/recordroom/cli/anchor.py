"""`recordroom anchor`: record the heads of all chains.

They are stored in the archive, and in a folder outside it.
"""

from __future__ import annotations

import typer

from recordroom.cli.output import open_context, say, write
from recordroom.jobs import maintenance


def add_to(app: typer.Typer) -> None:
    app.command("anchor", help="Write an anchor of all ledgers, with a copy in RECORDROOM_ANCHOR_DIR.")(run)


def run() -> None:
    """Write an anchor, and print its root."""
    context = open_context()
    root = maintenance.write_anchor(context)
    write(f"{root}\n")
    if context.place.settings.anchor_dir is None:
        say("RECORDROOM_ANCHOR_DIR is not set, so this anchor is only in the archive that it protects.")
        say("  Set it to a folder outside the archive.")
