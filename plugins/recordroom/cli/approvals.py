"""What the commands for decisions and statements print alike: what changes, and whether an act counts."""

from __future__ import annotations

from typing import Any

from recordroom.cli.output import say
from recordroom.records.retention_preview import Preview
from recordroom.retention.validity import Validity
from recordroom.text import counted


def print_preview(found: Preview) -> None:
    """Print what an act would change."""
    say(
        f"{counted(found.records, 'record')}, each counted once for each account: {found.changed:,} change,"
        f" {found.dated:,} get a date, {found.weakened:,} are protected less, {found.on_hold:,} are on hold."
    )
    if found.needs_approval:
        say("A second person must approve this, because it protects records less.")


def name_state(validity: Validity) -> str:
    """Return in words whether an act counts."""
    if validity.revoked:
        return "revoked"
    if validity.missing_parts:
        return "incomplete: it does not count"
    if validity.revoking:
        return "in force: its revocation waits for the approval of a second person"
    return "waits for the approval of a second person" if validity.waiting else "in force"


def describe_validity(validity: Validity) -> dict[str, Any]:
    """Return whether an act counts, for --json."""
    return {
        "shortens": validity.shortens,
        "approved_by": validity.approved and validity.approved.who,
        "revoked_by": validity.revoked and validity.revoked.who,
        "state": name_state(validity),
    }
