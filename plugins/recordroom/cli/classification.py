"""`recordroom retention classify`, `decisions`, `approve`, `revoke`: decide on the series of records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import typer

from recordroom import dates, settings
from recordroom.archive import store
from recordroom.cli.output import Json, open_context, report_index, say, write, write_json_lines
from recordroom.cli.scope_options import Authors, Conversations, Reason, Records, make_lists
from recordroom.cli.terminal_text import print_table, ship_journal
from recordroom.exit_codes import ExitCode, choose_exit_code
from recordroom.jobs.index import update_index
from recordroom.model import instant
from recordroom.records import classification
from recordroom.records.classification import ClassificationOrder, Preview
from recordroom.retention.decisions import Decision
from recordroom.search.access import Viewer
from recordroom.search.filters import Filters
from recordroom.search.searcher import Searcher
from recordroom.text import counted

UNDETERMINED = "undetermined"
DecisionId = Annotated[
    str, typer.Argument(help="ID of the decision, as `recordroom retention decisions` prints it.")
]


def add_commands(group: typer.Typer) -> None:
    """Add the commands to `recordroom retention`."""
    group.command("classify", help="Decide on the series of records, after showing what changes.")(classify)
    group.command("decisions", help="List the decisions on series.")(list_decisions)
    group.command("approve", help="Approve a decision that shortens a period, as a second person.")(approve)
    group.command("revoke", help="Revoke a decision.")(revoke)


def classify(
    series: Annotated[str, typer.Argument(help=f"Disposition authority number, or `{UNDETERMINED}`.")],
    *,
    reason: Reason,
    record: Records = None,
    conversation: Conversations = None,
    author: Authors = None,
    query: Annotated[
        str | None, typer.Option("--query", help="All records that this search finds now.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> ExitCode:
    """Decide, and let the index follow."""
    scope = make_lists(record, conversation, author)

    def decide(searcher: Searcher, viewer: Viewer) -> Decision | None:
        named = scope
        if query is not None:
            found = classification.find_records(searcher, query, Filters(messages=True), viewer)
            named = replace(scope, records=scope.records | found)
        order = ClassificationOrder(None if series == UNDETERMINED else series, named, reason, query or "")
        _print_preview(classification.preview_decision(searcher, order, viewer))
        if dry_run:
            return None
        if not yes:
            typer.confirm("Decide so?", abort=True, err=True)
        return classification.decide(searcher, order, viewer)

    return _act(decide, json=json)


def approve(decision: DecisionId, *, reason: Reason, json: Json = False) -> ExitCode:
    """Approve a decision."""
    return _act(
        lambda searcher, viewer: classification.approve(searcher, decision, reason, viewer), json=json
    )


def revoke(decision: DecisionId, *, reason: Reason, json: Json = False) -> ExitCode:
    """Revoke a decision."""
    return _act(lambda searcher, viewer: classification.revoke(searcher, decision, reason, viewer), json=json)


def list_decisions(json: Json = False) -> ExitCode:
    """Print every decision; ACT_SOON if one waits for a second person."""
    context = open_context()
    searcher = Searcher(context.place.settings, context.place.archive, context.place.derived)
    found = list(searcher.retention.now().decisions.values())
    if json:
        write_json_lines(map(_describe, found))
    elif found:
        rows = [
            (
                one.id, one.series or UNDETERMINED, _count(one), one.decided.who,
                dates.format_time(one.decided.at), _name_state(one),
            )
            for one in found
        ]  # fmt: skip
        print_table(("decision", "series", "covers", "by", "on", "state"), rows)
    waiting = sum(one.waits_for_approval for one in found)
    say(f"{counted(sum(one.counts for one in found), 'decision')} in force, {waiting} waiting for approval.")
    return choose_exit_code(act_soon=bool(waiting))


def _act(work: Callable[[Searcher, Viewer], Decision | None], *, json: bool) -> ExitCode:
    context = open_context()
    loaded = settings.load()
    searcher = Searcher(loaded, store.archive(loaded), store.derived(loaded))
    try:
        viewer = Viewer.administrator(searcher.quarantine.snapshot(), sees_quarantine=True)
        decision = work(searcher, viewer)
    finally:
        ship_journal(searcher)
    if decision is None:
        return ExitCode.FINE
    if json:
        write_json_lines([_describe(decision)])
    else:
        write(f"{decision.id}: {_name_state(decision)}\n")
    return report_index("the ledger has it", update_index(context))


def _print_preview(found: Preview) -> None:
    say(
        f"{counted(found.records, 'record')}, each counted once for each account: {found.changed:,} change,"
        f" {found.dated:,} get a date, {found.shortened:,} get an earlier one, {found.on_hold:,} are on hold."
    )
    if found.shortened:
        say("A second person must approve this, because it shortens a period.")


def _name_state(decision: Decision) -> str:
    if decision.revoked:
        return "revoked"
    if decision.missing_parts:
        return "incomplete: it does not count"
    return "waits for the approval of a second person" if decision.waits_for_approval else "in force"


def _count(decision: Decision) -> str:
    scope = decision.scope
    lists = ((scope.records, "record"), (scope.conversations, "conversation"), (scope.authors, "author"))
    return ", ".join(counted(len(found), noun) for found, noun in lists if found)


def _describe(decision: Decision) -> dict[str, Any]:
    """Return a decision for --json; long lists as their numbers."""
    scope = decision.scope
    return {
        "decision": decision.id,
        "series": decision.series,
        "records": len(scope.records),
        "conversations": len(scope.conversations),
        "authors": len(scope.authors),
        "query": decision.query or None,
        "reason": decision.decided.reason,
        "decided_by": decision.decided.who,
        "decided_at": instant(decision.decided.at),
        "shortens": decision.shortens,
        "approved_by": decision.approved and decision.approved.who,
        "revoked_by": decision.revoked and decision.revoked.who,
        "state": _name_state(decision),
    }
