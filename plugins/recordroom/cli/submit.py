"""`recordroom submit`: files that a person submits and attests become a record.

The record belongs to an account; the command prints a receipt.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from recordroom import dates
from recordroom.archive.ledger import Ledger
from recordroom.capture.file_import.report import ImportReport
from recordroom.capture.file_import.run import ImportOrder
from recordroom.cli.file_import import describe_import
from recordroom.cli.output import Json, open_context, report_index, say, write, write_json_lines
from recordroom.errors import UsageError
from recordroom.exit_codes import ExitCode, choose_exit_code
from recordroom.imports import registry
from recordroom.imports.tables.submission import Claim, Submitted
from recordroom.jobs import captures
from recordroom.jobs.context import JobContext
from recordroom.jobs.index import update_index
from recordroom.model import ZONE, instant, moment, to_local
from recordroom.text import replace_surrogates, to_one_line

Account = Annotated[str, typer.Option(help="ID of the account that the files belong to.")]
Submitter = Annotated[str, typer.Option(help="Who submits the files.")]
On = Annotated[str, typer.Option("--on", help="The day they were submitted (11/24/2026).", metavar="DATE")]
Attestation = Annotated[
    str, typer.Option(help="The text that the submitter attests, in the submitter's own words.")
]
Text = Annotated[str | None, typer.Option(help="The text that the files show, for search.")]
Url = Annotated[str | None, typer.Option(help="The address where the files were found.")]
Published = Annotated[
    str | None,
    typer.Option(help="When it was published: 'Nov 24, 2026, 8:00 a.m.' or 2026-11-24T08:00-08:00."),
]
Author = Annotated[str | None, typer.Option(help="The author, as the files show.")]


def add_to(app: typer.Typer) -> None:
    app.command("submit", help="Store files that a person submits and attests, and print a receipt.")(run)


def run(
    files: list[Path], *, account: Account, submitter: Submitter, on: On, attestation: Attestation,
    text: Text = None, url: Url = None, published: Published = None, author: Author = None,
    json: Json = False,
) -> ExitCode:  # fmt: skip
    """Store the files with the claim, and print the receipt for the submitter."""
    day = dates.parse_day(on, "--on")
    if day > datetime.now(ZONE).date():
        raise UsageError(
            f"--on {on} is in the future",
            "Give the day on which the files were submitted. The archive keeps it permanently.",
        )
    if not submitter.strip() or not attestation.strip():
        raise UsageError(
            "a submission needs a submitter and an attestation",
            "Give --submitter and --attestation.",
        )
    published = _read_publication(published)
    _refuse_late_publication(published, day)
    given: dict[str, Any] = {"text": text, "url": url, "published_at": published, "author_name": author}
    claim = Claim(
        replace_surrogates(submitter),
        day,
        replace_surrogates(attestation),
        {name: replace_surrogates(value) for name, value in given.items() if value},
    )
    context = open_context(record=True)
    into = context.register.account(account)
    handed = Submitted(files, claim, context.place.settings.spool)
    try:
        done = captures.import_into(
            context, into, ImportOrder(handed, registry.find_importer("submission"), submission=claim.told())
        )
    finally:
        handed.close()
    behind = update_index(context)
    if json:
        write_json_lines([describe_import(done)])
    else:
        write(_format_receipt(context, done, claim, files, into.ledger))
    for words in done.warnings:  # for the operator; the receipt is for the submitter
        say(f"recordroom: {words}")
    return choose_exit_code(report_index("submitted", behind), broken=bool(done.warnings))


def _read_publication(published: str | None) -> str | None:
    """Return a time that has no offset with the offset of Pacific time.

    Anything else stays as typed: an invalid time is refused with the other fields of the record.
    """
    if not published:
        return published
    try:
        moment(published)
    except ValueError:
        with suppress(ValueError):
            return to_local(dates.parse_instant(published)).isoformat()
    return published


def _refuse_late_publication(published: str | None, day: date) -> None:
    """Refuse a time of publication after the day of the submission.

    An invalid time is refused later, with the other fields of the record.
    """
    try:
        at = moment(published) if published else None
        late = at is not None and at.astimezone(ZONE).date() > day
    except (ValueError, OverflowError):
        return
    if at and (late or at > datetime.now(ZONE)):
        words = f"--published {published} is in the future, or after the day of the submission"
        raise UsageError(words, "Give the time of publication. The archive keeps it permanently.")


def _format_receipt(
    context: JobContext, done: ImportReport, claim: Claim, files: list[Path], ledger: str
) -> str:
    lines = [
        f"Received for {done.account}: {', '.join(replace_surrogates(path.name) for path in files)}",
        f"Submitted by {claim.submitter} on {claim.on.isoformat()}, who attests: {claim.attestation}",
        f"Attestation and hashes of the files: {done.name}, SHA-256 {done.sha256}",
    ]
    entry = Ledger(context.place.archive, ledger).read(done.entry) if done.entry else None
    if entry is not None:
        lines += [f"Record {delta['record_id']}" for delta in entry.body["deltas"]]
        lines += [
            f"File SHA-256 {item['sha256']}, {item['bytes']:,} bytes"
            for item in entry.body["media"]
            if item["sha256"] != done.sha256
        ]
        lines.append(f"{ledger} entry {entry.number}, {instant(entry.time)}, SHA-256 {entry.sha256}")
    else:
        lines.append(f"The same was already submitted, at {done.before}. Nothing was added.")
    return "".join(f"{to_one_line(line)}\n" for line in lines)
