"""`recordroom verify`: check that everything in the archive is unchanged."""

from __future__ import annotations

from dataclasses import asdict, astuple
from pathlib import Path
from typing import Annotated, Any

import typer

from recordroom.archive.anchor_proof import AnchorProof
from recordroom.cli.output import Json, say, show_progress, write, write_json_lines
from recordroom.cli.terminal_text import print_table
from recordroom.exit_codes import ExitCode, choose_exit_code
from recordroom.jobs import maintenance
from recordroom.model import instant
from recordroom.text import counted

Full = Annotated[
    bool,
    typer.Option("--full", help="Also parse the evidence, and compare the rows and state derived from it."),
]
Anchors = Annotated[
    list[Path] | None,
    typer.Option(
        "--anchor",
        help="An anchor file that was kept outside the archive. Say what it proves. Can be repeated.",
    ),
]
Authority = Annotated[
    Path | None,
    typer.Option(
        "--timestamp-ca",
        help="A PEM file with the certificates of the time-stamping authority, to check its signatures."
        " Default: RECORDROOM_TIMESTAMP_CA.",
    ),
]


def add_to(app: typer.Typer) -> None:
    app.command("verify", help="Verify every ledger and every object of the archive.")(run)


def run(
    full: Full = False, anchors: Anchors = None, timestamp_ca: Authority = None, json: Json = False
) -> ExitCode:
    """Verify the archive; full: derive everything again too, and compare."""
    files = anchors or []
    with show_progress("objects") as on_progress:
        report = maintenance.verify_archive(outside=files, authority=timestamp_ca, progress=on_progress)
    if full:
        with show_progress("rows") as on_progress:
            report.problems += maintenance.verify_derived(on_progress)
    if json:
        write_json_lines(asdict(problem) for problem in report.problems)
        write_json_lines(map(_describe_proof, files, report.proofs))
        write_json_lines([{"checked": report.checked, "problems": len(report.problems)}])
    elif report.problems:
        print_table(("object", "problem", "expected", "found"), map(astuple, report.problems))
    if not json:
        for file, proof in zip(files, report.proofs, strict=True):
            write("\n".join((f"{file}:", *proof.describe(), "")))
    say(f"{counted(report.checked, 'object')} hashed, {counted(len(report.problems), 'problem')}.")
    return choose_exit_code(broken=bool(report.problems))


def _describe_proof(file: Path, proof: AnchorProof) -> dict[str, Any]:
    return {
        "anchor": str(file),
        "number": proof.anchor.number,
        "time": instant(proof.anchor.time),
        "proved": proof.is_proved,
        "ledgers": dict(proof.ends or {}),
        "later": proof.later,
        "stamp": asdict(proof.stamp) | {"time": instant(proof.stamp.time)} if proof.stamp else None,
    }
