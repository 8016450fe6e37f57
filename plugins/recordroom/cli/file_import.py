"""`recordroom import`: import records and media from a file.

The file is a platform's own download, an export of another product, or JSON Lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec import structs

from recordroom.capture.file_import.report import ImportReport
from recordroom.capture.file_import.run import ImportOrder
from recordroom.cli.output import Json, open_context, report_index, write, write_json_lines
from recordroom.cli.terminal_text import cut_text, format_time, print_table
from recordroom.exit_codes import ExitCode, choose_exit_code
from recordroom.imports import registry
from recordroom.imports.files import ImportFiles
from recordroom.imports.tables.mapping import read_mapping
from recordroom.jobs import captures
from recordroom.jobs.context import JobContext
from recordroom.jobs.index import update_index
from recordroom.model import Record, instant
from recordroom.text import counted, to_one_line

FIRST = 10
Map = Annotated[
    Path | None,
    typer.Option(
        "--map", help="A file that maps the columns of a CSV or XLSX table to fields.", metavar="MAPPING"
    ),
]
Dry = Annotated[
    bool, typer.Option("--dry-run", help="Show first records, counts, and all rejected items; store nothing.")
]
Rows = Annotated[int, typer.Option(help="How many records a dry run shows.", min=0)]
Mends = Annotated[
    str | None,
    typer.Option(
        help="SHA-256 (or its first digits) of an imported file that this file replaces.", metavar="HASH"
    ),
]


Beside = Annotated[
    list[Path] | None,
    typer.Option(help="Another part of a split download, with media files of this part.", metavar="PART"),
]


def add_to(app: typer.Typer) -> None:
    app.command("import", help="Import a platform's download, an export of another product, or JSON Lines.")(
        run
    )


def run(
    account: str, file: Path, *, mapping: Map = None, dry_run: Dry = False, rows: Rows = FIRST,
    mends: Mends = None, beside: Beside = None, json: Json = False,
) -> ExitCode:  # fmt: skip
    """Import the file into an account, and print what came of each part."""
    context = open_context(record=not dry_run)
    into = context.register.account(account)
    columns = read_mapping(mapping) if mapping else None
    files = ImportFiles(file, context.place.settings.spool, beside or ())
    try:
        importer = registry.find_importer("table") if mapping else registry.recognize(files, into.platform)
        done = captures.import_into(
            context,
            into,
            ImportOrder(files, importer, mapping=columns, dry=rows if dry_run else None, mends=mends),
        )
    finally:
        files.close()
    index = report_import(context, done, json=json)
    return choose_exit_code(index, broken=bool(done.untaken or done.others or done.barred or done.warnings))


def report_import(context: JobContext, done: ImportReport, *, json: bool) -> ExitCode:
    """Index what was imported, and print the report; return how the index ended."""
    behind = None if done.dry else update_index(context)
    if json:
        write_json_lines([describe_import(done)])
    else:
        if done.dry:
            print_table(
                ("place", "id", "kind", "published", "author", "text", "status"), map(_make_row, done.first)
            )
        write("".join(f"{line}\n" for line in _list_lines(done)))
    return report_index("imported", behind)


def describe_import(done: ImportReport) -> dict[str, Any]:
    """Return the report as --json prints it."""
    names = (
        "account", "name", "sha256", "bytes", "form", "dry", "capture_id", "entry", "before", "compared",
        "gaps", "others", "passed", "nowhere", "leftover", "from_folder", "warnings",
    )  # fmt: skip
    parts: dict[str, Any] = {name: [asdict(r) for r in getattr(done, name)] for name in ("rejects", "sought")}
    parts |= {name: [asdict(t) for t in getattr(done, name)] for name in ("twins", "barred")}
    return (
        {n: getattr(done, n) for n in names}
        | {"tally": done.tally()}
        | parts
        | {"first": [_describe_record(r) for r in done.first]}
    )


def _list_lines(done: ImportReport) -> Iterator[str]:
    yield to_one_line(f"{done.account}: {done.form} {done.name}, {done.bytes:,} bytes, SHA-256 {done.sha256}")
    numbers = f"{done.new:,} new, {done.changed:,} further versions, {done.known:,} already archived"
    taken = f"{counted(done.records, 'record')}: {numbers}; {counted(done.media, 'file')}"
    yield f"{taken}, {done.lacking:,} missing; {done.rejected:,} rejected"
    for reason, number in sorted(done.passed.items()):
        yield to_one_line(f"NOT A RECORD, {number:,} times: {reason}")
    yield from (
        to_one_line(f"NOT READ, {number:,} times: the field {name}")
        for name, number in sorted(done.leftover.items())
    )
    yield from (to_one_line(f"REJECTED {reject.place}: {reject.reason}") for reject in done.rejects)
    if done.rejected > len(done.rejects):
        yield f"... and {done.rejected - len(done.rejects):,} more rejected"
    yield from (to_one_line(f"FROM THE FOLDER {name}") for name in done.from_folder if done.dry)
    yield from (
        f"MISSING {counted(number, 'file')}: {to_one_line(reason)}"
        for reason, number in sorted(done.nowhere.items())
    )
    yield from (to_one_line(f"MISSING {file.place}: {file.reason}") for file in done.sought[:FIRST])
    if len(done.sought) > FIRST:
        yield f"... and {len(done.sought) - FIRST:,} more missing files"
    if done.sought:
        yield (
            "To add the missing files: put them in the folder of this file, or name other parts of the"
            " download with --beside. Then import this file again."
        )
    for name in done.others:
        yield to_one_line(
            f"NOT READ {name}: only its media files were used, but it also has records. Import it too, and"
            " name the other parts with --beside."
        )
    yield from _list_duplicates(done)
    yield from (to_one_line(f"WARNING: {words}") for words in done.warnings)
    if not done.compared:
        yield (
            "Nothing in the file shows which account it comes from. Make sure that it is from this account."
        )
    if done.before:
        yield f"This file was already imported at {done.before}. Nothing was added."
    elif done.dry:
        yield "Nothing was stored."
    else:
        yield f"Stored as capture {done.capture_id}, entry {done.entry} of the account's ledger."


def _list_duplicates(done: ImportReport) -> Iterator[str]:
    for twin in done.barred:
        words = (
            f"QUARANTINE: {twin.like} is under quarantine, but {twin.record_id} has the same content and is"
            " shown. If it must stay hidden, run"
        )
        yield to_one_line(f'{words}: recordroom quarantine {twin.record_id} --reason "..."')
    for twin in done.twins:
        yield to_one_line(
            f"POSSIBLE DUPLICATE {twin.record_id} of {twin.like}, {twin.seconds} s apart; both are kept"
        )
    if done.likely > len(done.twins):
        yield f"... and {done.likely - len(done.twins):,} more possible duplicates"


def _make_row(record: Record) -> tuple[str, ...]:
    published = format_time(instant(record.published_at)) if record.published_at else "no date"
    author = record.author_name or record.author_handle or record.author_id or ""
    return (
        record.pointer,
        record.record_id,
        record.kind,
        published,
        author,
        cut_text(record.text or record.title or "", 80),
        record.status,
    )


def _describe_record(record: Record) -> dict[str, Any]:
    every = structs.asdict(record) | {"media": [structs.asdict(file) for file in record.media]}
    fields = {name: value for name, value in every.items() if value not in (None, [], ())}
    return {name: instant(value) if hasattr(value, "astimezone") else value for name, value in fields.items()}
