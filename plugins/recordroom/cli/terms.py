"""`recordroom terms`: a table of what each term of a list finds.

The table goes to stdout, caveats to stderr.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from recordroom import settings
from recordroom.archive import store
from recordroom.cli.output import Json, say, write, write_json_lines
from recordroom.cli.search import (
    Accounts,
    From,
    Kinds,
    Messages,
    Platforms,
    Quarantined,
    Statuses,
    To,
    Versions,
    make_filters,
    report_missing,
    report_nameless,
)
from recordroom.cli.terminal_text import mark_position, print_table, ship_journal
from recordroom.errors import UsageError
from recordroom.exports.formats import term_report
from recordroom.search import term_list
from recordroom.search.access import Viewer
from recordroom.search.counting import Count
from recordroom.search.searcher import Searcher
from recordroom.search.term_report import Row, TermReport, count_terms
from recordroom.text import counted, to_one_line

File = Annotated[
    Path,
    typer.Argument(
        help="The list: a text file (a query a line) or a .csv file (one column); - is standard input."
    ),
]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")]


def add_to(app: typer.Typer) -> None:
    app.command("terms", help="Count what each term of a list finds, and what only that term finds.")(run)


def run(
    file: File,
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
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Count the terms of a list."""
    if json and csv:
        raise UsageError("--json and --csv cannot be used together", "Use one of them.")
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
    terms = term_list.parse_file(_read_list(file), "standard input" if str(file) == "-" else file.name)
    loaded = settings.load()
    searcher = Searcher(loaded, store.archive(loaded), store.derived(loaded))
    away = False
    try:
        viewer = Viewer.administrator(searcher.quarantine.snapshot(), sees_quarantine=quarantined)
        made = count_terms(searcher, terms, filters, viewer=viewer)
        away = bool(made.lacks.problem)
        _report_scope(made)
        if json:
            write_json_lines(
                [*map(_describe_row, made.rows), {"all": True, **_describe_count(made.total, made.unique)}]
            )
        elif csv:
            write(term_report.write_report(made, term_report.CSV, of_quarantine=True).decode())
        else:
            _print_rows(made)
    finally:
        ship_journal(searcher, away=away)


def _read_list(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read(term_list.LARGEST + 1) if str(file) == "-" else file.read_bytes()
    except OSError as problem:
        raise UsageError(
            f"{file} cannot be read: {problem.strerror}", "Name a file with one query a line."
        ) from None


def _report_scope(made: TermReport) -> None:
    """Report what a person must know about the numbers."""
    total = made.total
    say(
        f"{total.records:,} {made.noun} in {total.conversations:,} conversations match at least one of"
        f" {made.counted:,} terms; {made.understood}."
    )
    for row in made.rows:
        if (mistake := row.line.mistake) is not None:
            say(f"Line {row.line.number} was not counted:\n{mark_position(mistake)}\n  {mistake}")
    for row in made.doubtful:
        say(f"Line {row.line.number}: {to_one_line(row.note)}.")
    if made.empty:
        say(f"Empty lines: {', '.join(map(str, made.empty))}.")
    if made.messages_left_out:
        say(
            f"Not counted: {counted(made.messages_left_out, 'private message')}. To count private messages,"
            " add --messages."
        )
    if made.quarantined_left_out:
        say(
            f"Not counted: {made.quarantined_left_out:,} {made.noun} under quarantine. To count what is under"
            " quarantine, add --quarantined."
        )
    report_nameless(made.unnamed)
    report_missing(made.lacks)


def _print_rows(made: TermReport) -> None:
    rows = [[str(row.line.number), row.line.text, *_make_cells(row)] for row in made.rows]
    by_account = [f"{name} {count:,}" for name, count in made.total.by_account.items()]
    last = [f"{made.total.records:,}", f"{made.total.conversations:,}", f"{made.unique:,}", by_account]
    headings = ["Line", "Term", "Read as", made.noun.capitalize(), "Conversations", "Unique", "By account"]
    print_table(headings, [*rows, ["", "all", "", *last]])


def _make_cells(row: Row) -> list[str | list[str]]:
    if row.found is None or row.line.query is None:
        return [row.note, "", "", "", ""]
    by_account = [f"{name} {count:,}" for name, count in row.found.by_account.items()]
    records = f"{row.found.records:,}{' (doubtful)' if row.doubts else ''}"
    understood, conversations = to_one_line(row.line.query.understood), f"{row.found.conversations:,}"
    return [understood, records, conversations, f"{row.unique:,}", by_account]


def _describe_row(row: Row) -> dict[str, Any]:
    fields: dict[str, Any] = {"line": row.line.number, "term": row.line.text}
    if row.found is None or row.line.query is None:
        return fields | {"note": row.note}
    fields |= {"understood": row.line.query.understood, **_describe_count(row.found, row.unique)}
    return fields | ({"note": row.note} if row.note else {})


def _describe_count(count: Count, unique: int) -> dict[str, Any]:
    return {
        "records": count.records,
        "conversations": count.conversations,
        "unique": unique,
        "accounts": dict(count.by_account),
    }
