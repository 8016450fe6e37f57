"""Decide on the series of records: `classify`, `decisions`, `approve`, `revoke`, `keep` of `retention`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any

import typer

from recordroom import dates, settings
from recordroom.archive import store
from recordroom.cli.approvals import describe_validity, name_state, print_preview
from recordroom.cli.output import Json, open_context, report_index, say, write, write_json_lines
from recordroom.cli.scope_options import Authors, Conversations, Reason, Records, make_lists
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
)
from recordroom.cli.terminal_text import print_table, ship_journal
from recordroom.errors import ServiceUnavailable, UsageError
from recordroom.exit_codes import ExitCode, choose_exit_code
from recordroom.jobs.index import update_index
from recordroom.model import instant
from recordroom.records import classification
from recordroom.records.classification import ClassificationOrder
from recordroom.records.later_matches import count_later_matches
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
    group.command(
        "approve",
        help="Approve a decision, or its revocation, that protects records less, as a second person.",
    )(approve)
    group.command("revoke", help="Revoke a decision.")(revoke)
    group.command("keep", help="Keep a decision whose revocation waits for a second person.")(keep)


def classify(
    series: Annotated[str, typer.Argument(help=f"Disposition authority number, or `{UNDETERMINED}`.")],
    *,
    reason: Reason,
    record: Records = None,
    conversation: Conversations = None,
    author: Authors = None,
    query: Annotated[
        str | None,
        typer.Option("--query", help="All records that this search finds now; the options below narrow it."),
    ] = None,
    account: Accounts = None,
    platform: Platforms = None,
    kind: Kinds = None,
    status: Statuses = None,
    from_: From = None,
    to: To = None,
    versions: Versions = False,
    messages: Messages = False,
    quarantined: Quarantined = False,
    primary: Annotated[
        str | None,
        typer.Option("--primary", help="Record ID of the primary, if the records are secondary copies."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> ExitCode:
    """Decide, and let the index follow."""
    scope = make_lists(record, conversation, author)
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
    if query is None and filters != Filters():
        raise UsageError("options that narrow a search need --query", 'Add --query ""; it finds everything.')

    def decide(searcher: Searcher, viewer: Viewer) -> Decision | None:
        order = ClassificationOrder(
            None if series == UNDETERMINED else series, scope, reason, primary=primary or ""
        )
        if query is not None:
            found = classification.find_records(searcher, query, filters, viewer)
            named = replace(scope, records=scope.records | found)
            order = replace(order, scope=named, query=query, filters=filters)
        preview = classification.preview_decision(searcher, order, viewer)
        print_preview(preview)
        if dry_run:
            return None
        if not yes:
            typer.confirm("Decide so?", abort=True, err=True)
        return classification.decide(searcher, order, viewer, seen=preview.fingerprint)

    return _act(decide, json=json)


def approve(decision: DecisionId, *, reason: Reason, json: Json = False) -> ExitCode:
    """Approve a decision."""
    return _act(
        lambda searcher, viewer: classification.approve(searcher, decision, reason, viewer), json=json
    )


def revoke(decision: DecisionId, *, reason: Reason, json: Json = False) -> ExitCode:
    """Revoke a decision."""
    return _act(lambda searcher, viewer: classification.revoke(searcher, decision, reason, viewer), json=json)


def keep(decision: DecisionId, *, reason: Reason, json: Json = False) -> ExitCode:
    """Withdraw a revocation that waits."""
    return _act(lambda searcher, viewer: classification.keep(searcher, decision, reason, viewer), json=json)


def list_decisions(json: Json = False) -> ExitCode:
    """Print every decision; ACT_SOON if one waits for a second person."""
    context = open_context()
    searcher = Searcher(context.place.settings, context.place.archive, context.place.derived)
    found = list(searcher.retention.now().decisions.values())
    later = _count_later(searcher, found)
    if json:
        write_json_lines(_describe(one) | {"later_matches": later.get(one.id)} for one in found)
    elif found:
        rows = [
            (
                one.id, one.series or UNDETERMINED, _count(one), one.validity.made.who,
                dates.format_time(one.validity.made.at), name_state(one.validity),
                f"{later.get(one.id) or 0:,}",
            )
            for one in found
        ]  # fmt: skip
        print_table(("decision", "series", "covers", "by", "on", "state", "later matches"), rows)
    waiting = sum(one.validity.waiting is not None for one in found)
    say(f"{counted(sum(one.counts for one in found), 'decision')} in force, {waiting} waiting for approval.")
    return choose_exit_code(act_soon=bool(waiting))


def _count_later(searcher: Searcher, found: list[Decision]) -> Mapping[str, int]:
    """Return the later matches of decisions by their IDs; without those that cannot be counted now."""
    viewer = Viewer.administrator(searcher.quarantine.snapshot(), sees_quarantine=True)
    try:
        counts = count_later_matches(searcher, found, viewer)
    except ServiceUnavailable as problem:
        say(f"recordroom: whether later records match is not known: {problem.full_message}")
        return {}
    for name, count in counts.items():
        if not isinstance(count, int):
            say(f"recordroom: the search of {name} can no longer be asked: {count.full_message}")
    return {name: count for name, count in counts.items() if isinstance(count, int)}


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
        write(f"{decision.id}: {name_state(decision.validity)}\n")
    return report_index("the ledger has it", update_index(context))


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
        "query": None if decision.filters is None else decision.query,
        "filters": decision.filters,
        "primary": decision.primary or None,
        "covered": decision.covered,
        "reason": decision.validity.made.reason,
        "decided_by": decision.validity.made.who,
        "decided_at": instant(decision.validity.made.at),
    } | describe_validity(decision.validity)
