"""`recordroom show`: one record with all versions, and whether it was visible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from recordroom import dates, settings
from recordroom.archive import store
from recordroom.cli.output import Json, make_console, say, write_json_lines
from recordroom.cli.search import Quarantined
from recordroom.cli.terminal_text import cut_text, format_author, format_time, ship_journal
from recordroom.errors import UsageError
from recordroom.model import instant
from recordroom.records.changes import describe_changes, find_previous
from recordroom.records.record import ConversationItem, RecordView, show_record
from recordroom.records.visibility import Visibility
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher
from recordroom.status import choose_time_label, describe_status, is_remarkable
from recordroom.text import counted, to_one_line

At = Annotated[
    str | None,
    typer.Option("--at", help="Was it visible then? The start of a date (11/27/2026), or a time."),
]


def add_to(app: typer.Typer) -> None:
    app.command("show", help="Show all versions of a record, its conversation, and its evidence.")(run)


def run(record_id: str, *, at: At = None, quarantined: Quarantined = False, json: Json = False) -> None:
    """Print a record; at: a time, to say whether it was visible then."""
    loaded = settings.load()
    searcher = Searcher(loaded, store.archive(loaded), store.derived(loaded))
    try:
        viewer = Viewer.administrator(searcher.quarantine.snapshot(), sees_quarantine=quarantined)
        refuse_quarantined(viewer, record_id, quarantined=quarantined)
        shown = show_record(searcher, record_id, _parse_moment(at), viewer=viewer)
        if json:
            write_json_lines(_list_objects(shown))
        else:
            _print_record(make_console(), shown)
    finally:
        ship_journal(searcher)


def refuse_quarantined(viewer: Viewer, record_id: str, *, quarantined: bool) -> None:
    """Say who put the record under quarantine, unless the command asked for such records."""
    if not quarantined and (bar := viewer.quarantine.records.get(record_id)) is not None:
        words = f"{bar.who} put {record_id} under quarantine, {dates.format_both_zones(bar.at)}: {bar.reason}"
        raise UsageError(words, "To show it, add --quarantined.")


def _parse_moment(at: str | None) -> Any:
    if at is None:
        return None
    try:
        return dates.parse_span(at).start
    except ValueError as problem:
        raise UsageError(f"--at: {problem}", dates.MEND) from None


def _list_objects(shown: RecordView) -> Iterator[dict[str, Any]]:
    """Yield versions with evidence, the conversation, and visibility by account."""
    for version in shown.versions:
        place = version.evidence
        where = {"key": place.key, "sha256": place.sha256, "offset": place.offset, "length": place.length}
        yield {**version.record, "evidence": where}
    yield from (said.record for said in shown.conversation if said.record["record_id"] != shown.record_id)
    for answer in shown.answers:
        fields = {
            "record_id": shown.record_id,
            "account": answer.account,
            "at": instant(answer.at),
            "visible": answer.visible,
        }
        yield fields | {
            "because": answer.because,
            "captures": list(answer.captures),
            "sequence": answer.sequence,
        }


def _print_record(out: Console, shown: RecordView) -> None:
    out.print(Text(to_one_line(shown.record_id), style="bold"))
    for answer in shown.answers:
        out.print(_format_visibility(answer))
    records = [version.record for version in shown.versions]
    for version in shown.versions:
        out.print(_format_version(version.record, records))
        out.print(Text(f"  {cut_text(version.record['text'] or '', 2_000)}"))
        place = version.evidence
        out.print(
            Text(
                f"  evidence: {place.key} bytes {place.offset}+{place.length},"
                f" {version.record['warc_record_id']}",
                style="dim",
            )
        )
        out.print(
            Text(
                f"  capture {version.record['capture_id']}, version {version.record['version']}", style="dim"
            )
        )
    if len(shown.conversation) > 1:
        out.print(Text("\nConversation", style="bold"))
        for said in shown.conversation:
            out.print(_format_item(said, here=said.record["record_id"] == shown.record_id))
    if shown.messages_left_out:
        say(
            f"Not shown: {counted(shown.messages_left_out, 'private message')} in this conversation."
            " `recordroom search --messages` finds private messages."
        )
    if shown.quarantined_left_out:
        say(
            f"Not shown: {counted(shown.quarantined_left_out, 'record')} under quarantine in this"
            " conversation. To show what is under quarantine, add --quarantined."
        )


def _format_visibility(answer: Visibility) -> Text:
    line = Text(f"{answer.account}: {answer.visible} at {dates.format_both_zones(answer.at)}", style="bold")
    captures = f" (captures {', '.join(answer.captures)})" if answer.captures else ""
    return line.append(f": {to_one_line(answer.because)}{captures}", style="not bold")


def _format_version(record: dict[str, Any], versions: Sequence[dict[str, Any]]) -> Text:
    """Return the heading of a version and the facts below it.

    The heading reads `news #2, current: removed by the platform, Mary`. Below it: since when, when it was
    last seen and found missing, and why.
    """
    state = "late arrival" if record["late_arrival"] else "current" if record["current"] else "superseded"
    status = f"{describe_status(record)}, {format_author(record)}"
    line = Text(f"\n{record['account']} #{record['sequence']}, {state}: {status}", style="bold")
    said = [
        f"{choose_time_label(versions)} {format_time(record['published_at'])}",
        f"valid from {format_time(record['valid_from'])} ({record['valid_from_source']})",
    ]
    said += [changes] if (changes := describe_changes(record, find_previous(record, versions))) else []
    names = (("last_seen_at", "last seen"), ("removal_noticed_at", "removal noticed"))
    said += [f"{title} {format_time(record[name])}" for name, title in names if record[name]]
    said += [f"reason: {to_one_line(record['status_reason'])}"] if record["status_reason"] else []
    return line.append(f"\n  {'; '.join(said)}", style="not bold")


def _format_item(said: ConversationItem, *, here: bool) -> Text:
    """Return one line with the complete record ID at its end."""
    record = said.record
    status = f" [{describe_status(record)}]" if is_remarkable(record) else ""
    line = Text(f"{format_time(record['published_at'])}  ", style="bold" if here else "")
    text = cut_text(record["text"] or record["title"] or "", 120)
    line.append(f"{'  ' * said.depth}{format_author(record)}{status}: {text}")
    return line.append(f"  {to_one_line(record['record_id'])}", style="dim")
