"""`recordroom quarantine`: hide a record or a media file, and show it again.

Only people with the right still see it. No byte changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from recordroom import dates, settings
from recordroom.archive import store
from recordroom.archive.ledger import Entry
from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import FILE, PUT, RECORD, Quarantine, QuarantineTarget
from recordroom.cli.output import Json, say, write, write_json_lines
from recordroom.cli.terminal_text import print_table, ship_journal
from recordroom.errors import UsageError
from recordroom.model import instant
from recordroom.records import quarantine
from recordroom.records.copies import MOST, find_copies
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher
from recordroom.text import counted, to_one_line

Record = Annotated[
    str | None,
    typer.Argument(help="Record ID; covers all its versions, in every account.", metavar="[RECORD_ID]"),
]
Media = Annotated[
    str | None,
    typer.Option("--media", help="SHA-256 of a media file, instead of a record ID."),
]
Reason = Annotated[
    str, typer.Option("--reason", help="The reason; kept permanently, so do not quote the hidden text.")
]
Lift = Annotated[bool, typer.Option("--lift", help="Lift the quarantine: the record or file is shown again.")]
LeaveCopies = Annotated[
    bool,
    typer.Option(
        "--leave-copies",
        help="Do not hide reposts, boosts, and quotes of the record. Default: they are hidden too.",
    ),
]
List = Annotated[bool, typer.Option("--list", help="List everything under quarantine.")]


def add_to(app: typer.Typer) -> None:
    app.command(
        "quarantine",
        help="Hide a record or media file from people without the right to see it. Nothing is deleted.",
    )(run)


def run(
    record_id: Record = None,
    *,
    media: Media = None,
    reason: Reason = "",
    lift: Lift = False,
    list_: List = False,
    leave_copies: LeaveCopies = False,
    json: Json = False,
) -> None:
    """Put one record or file under quarantine, lift it, or list all."""
    loaded = settings.load()
    archive = store.archive(loaded)
    if list_:
        if record_id or media or reason or lift or leave_copies:
            raise UsageError(
                "--list was given with a record or another option", "Run `recordroom quarantine --list`."
            )
        archive.require()
        _print_quarantine(ledger.read(archive), json=json)
        return
    if (record_id is None) == (media is None):
        raise UsageError(
            "give exactly one record or media file",
            "Give a record ID, or --media with the SHA-256 of a file.",
        )
    if leave_copies and (lift or media):
        raise UsageError("--leave-copies cannot be used with --lift or --media", "Remove it.")
    thing = (
        QuarantineTarget(RECORD, record_id)
        if record_id is not None
        else QuarantineTarget(FILE, str(media).lower())
    )
    searcher = Searcher(loaded, archive, store.derived(loaded))
    try:
        viewer = Viewer.administrator(searcher.quarantine.snapshot(), sees_quarantine=True)
        if lift:
            entries = [quarantine.lift(searcher, thing, reason, viewer)]
        else:
            entries = _hide_with_copies(searcher, thing, reason, viewer, leave_copies=leave_copies)
    finally:
        ship_journal(searcher)
    if json:
        write_json_lines(map(_describe_entry, entries))
    else:
        write("".join(map(_format_receipt, entries)))


def _hide_with_copies(
    searcher: Searcher, thing: QuarantineTarget, reason: str, viewer: Viewer, *, leave_copies: bool
) -> list[Entry]:
    """Hide the target, then its copies unless they are left; return the new entries.

    After an error in the middle, the same command hides the copies that are still shown.
    """
    copies = (
        _find_copies(searcher, thing.name, viewer, leave_copies=leave_copies) if thing.kind == RECORD else []
    )
    if leave_copies:
        entry = quarantine.put(searcher, thing, reason, viewer, left=copies)
        if copies:
            say(f"Still shown, although they copy it: {', '.join(map(to_one_line, copies))}")
        return [entry]
    entries = quarantine.put_all(
        searcher, [thing, *(QuarantineTarget(RECORD, name) for name in copies)], reason, viewer
    )
    if entries[0].body.get(thing.kind) != thing.name:
        say(f"{to_one_line(thing.name)} is already under quarantine. Copies that were still shown:")
    return entries


def _find_copies(searcher: Searcher, record_id: str, viewer: Viewer, *, leave_copies: bool) -> list[str]:
    found = find_copies(searcher.client, searcher.alias, record_id, viewer)
    if len(found) >= MOST:
        next_ones = "" if leave_copies else " To hide the next ones, run the same command again."
        say(
            f"{MOST:,} copies were found, the most that one search lists; more may exist."
            f" `recordroom status` reports the copies that are still shown.{next_ones}"
        )
    return found


def _describe_entry(entry: Entry) -> dict[str, Any]:
    return {
        "entry": entry.number,
        "sha256_of_entry": entry.sha256,
        "type": entry.type,
        "at": instant(entry.time),
        "who": entry.actor,
        **entry.body,
    }


def _format_receipt(entry: Entry) -> str:
    name = entry.body.get(RECORD) or entry.body[FILE]
    done = "is under quarantine" if entry.type == PUT else "is shown again"
    where = (
        f"ledger/{entry.ledger} entry {entry.number}, {dates.format_both_zones(entry.time)}, SHA-256"
        f" {entry.sha256}"
    )
    return f"{to_one_line(name)} {done}; this takes effect everywhere within seconds.\n{where}\n"


def _print_quarantine(found: Quarantine, *, json: bool) -> None:
    if json:
        write_json_lines(_list_quarantine(found))
        return
    rows = [
        (one[kind], one["since"], one["who"], one["reason"])
        for one in _list_quarantine(found)
        for kind in (RECORD, FILE)
        if kind in one
    ]
    if rows:
        print_table(("record or file", "since", "by", "reason"), rows)
    say(f"{counted(len(found.records), 'record')} and {counted(len(found.files), 'file')} under quarantine.")


def _list_quarantine(found: Quarantine) -> Iterator[dict[str, Any]]:
    for kind in (RECORD, FILE):
        for name, bar in found.of(kind).items():
            yield {
                kind: name,
                "since": instant(bar.at),
                "who": bar.who,
                "reason": bar.reason,
                "entry": bar.number,
            }
