"""State facts that no capture shows: `state`, `vanished`, and `statements` of `recordroom retention`.

`approve-statement`, `revoke-statement`, and `keep-statement` are about a statement that was made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer

from recordroom import dates, settings
from recordroom.archive import store
from recordroom.cli.approvals import describe_validity, name_state, print_preview
from recordroom.cli.output import Json, open_context, report_index, say, write, write_json_lines
from recordroom.cli.scope_options import Accounts, Authors, Conversations, Reason, Records, make_lists
from recordroom.cli.terminal_text import print_table, ship_journal
from recordroom.exit_codes import ExitCode, choose_exit_code
from recordroom.jobs.index import update_index
from recordroom.model import instant, moment
from recordroom.records import statements, vanished_replies
from recordroom.records.statements import StatementOrder, StatementPreview
from recordroom.records.vanished_replies import VanishedReplies
from recordroom.retention.holds import HoldScope
from recordroom.retention.statements import CONFIRMATION, EVENT_DAY, WITHDRAWAL, Statement
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher
from recordroom.text import counted

StatementId = Annotated[
    str, typer.Argument(help="ID of the statement, as `recordroom retention statements` prints it.")
]
Evidence = Annotated[
    str, typer.Option("--evidence", help="What was seen, and where the evidence of it is kept.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")]


def add_commands(group: typer.Typer) -> None:
    """Add the commands to `recordroom retention`."""
    facts = typer.Typer(no_args_is_help=True, help="State a fact that no capture shows, with the evidence.")
    facts.command("withdrawn", help="State that the public can no longer see records.")(state_withdrawn)
    facts.command("imported", help="Confirm the dates of imported records.")(state_imported)
    facts.command("event", help="State the day of the event that starts the period of a series.")(state_event)
    facts.command("vanished", help="State that the replies that `retention vanished` lists are withdrawn.")(
        state_vanished
    )
    group.add_typer(facts, name="state")
    group.command("vanished", help="List replies that became unavailable when their root post was removed.")(
        list_vanished
    )
    group.command("statements", help="List the statements.")(list_statements)
    group.command(
        "approve-statement",
        help="Approve a statement, or its revocation, that protects records less, as a second person.",
    )(approve)
    group.command("revoke-statement", help="Revoke a statement.")(revoke)
    group.command("keep-statement", help="Keep a statement whose revocation waits for a second person.")(keep)


def state_withdrawn(
    *,
    evidence: Evidence,
    reason: Reason,
    record: Records = None,
    conversation: Conversations = None,
    author: Authors = None,
    account: Accounts = None,
    on: Annotated[
        str,
        typer.Option(
            "--on",
            help="First day on which the public could not see them; required for accounts and imports.",
        ),
    ] = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    json: Json = False,
) -> ExitCode:
    """State a withdrawal."""
    scope = replace(make_lists(record, conversation, author), accounts=frozenset(account or ()))
    order = StatementOrder(WITHDRAWAL, scope, reason, dates.parse_day(on, "--on") if on else None, evidence)
    return _state(lambda *_: order, dry_run=dry_run, yes=yes, json=json)


def state_imported(
    *,
    reason: Reason,
    record: Records = None,
    account: Accounts = None,
    evidence: Evidence = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    json: Json = False,
) -> ExitCode:
    """Confirm imports: of the records, and all of the accounts up to now."""
    scope = HoldScope(records=frozenset(record or ()), accounts=frozenset(account or ()))
    order = StatementOrder(CONFIRMATION, scope, reason, None, evidence)
    return _state(lambda *_: order, dry_run=dry_run, yes=yes, json=json)


def state_event(
    series: Annotated[str, typer.Argument(help="Disposition authority number.")],
    day: Annotated[str, typer.Argument(help="Day of the event.")],
    *,
    reason: Reason,
    record: Records = None,
    conversation: Conversations = None,
    author: Authors = None,
    account: Accounts = None,
    evidence: Evidence = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    json: Json = False,
) -> ExitCode:
    """State the day of an event."""
    scope = replace(make_lists(record, conversation, author), accounts=frozenset(account or ()))
    order = StatementOrder(EVENT_DAY, scope, reason, dates.parse_day(day, "DAY"), evidence, series)
    return _state(lambda *_: order, dry_run=dry_run, yes=yes, json=json)


def state_vanished(
    *, reason: Reason, dry_run: DryRun = False, yes: Yes = False, json: Json = False
) -> ExitCode:
    """State that the replies that vanished with removed posts are withdrawn."""

    def make(searcher: Searcher, viewer: Viewer) -> StatementOrder:
        found = vanished_replies.list_vanished(searcher, viewer)
        order, covered = vanished_replies.make_order(found, reason)
        _print_vanished(found[:covered])
        if covered < len(found):
            say(f"{len(found) - covered:,} more posts do not fit into one statement: run the command again.")
        return order

    return _state(make, dry_run=dry_run, yes=yes, json=json)


def list_vanished(json: Json = False) -> ExitCode:
    """Print the replies that vanished with a removed post, by conversation."""
    context = open_context()
    searcher = Searcher(context.place.settings, context.place.archive, context.place.derived)
    viewer = Viewer.administrator(searcher.quarantine.snapshot(), sees_quarantine=True)
    found = vanished_replies.list_vanished(searcher, viewer)
    if json:
        write_json_lines(
            {
                "account": one.root["account"],
                "root": one.root["record_id"],
                "removed_by_capture": one.root["capture_id"],
                "removed_at": one.root["captured_at"],
                "replies": list(one.replies),
            }
            for one in found
        )
    else:
        _print_vanished(found)
    replies = counted(sum(len(one.replies) for one in found), "reply")
    say(f"{replies} to {counted(len(found), 'removed post')}. None counts as withdrawn.")
    return ExitCode.FINE


def _print_vanished(found: Sequence[VanishedReplies]) -> None:
    rows = [
        (
            one.root["account"], one.root["record_id"], dates.format_time(moment(one.root["captured_at"])),
            f"{len(one.replies):,}",
        )
        for one in found
    ]  # fmt: skip
    if rows:
        print_table(("account", "removed post", "found removed", "replies"), rows)


def approve(statement: StatementId, *, reason: Reason, json: Json = False) -> ExitCode:
    """Approve a statement."""
    return _act(lambda searcher, viewer: statements.approve(searcher, statement, reason, viewer), json=json)


def revoke(statement: StatementId, *, reason: Reason, json: Json = False) -> ExitCode:
    """Revoke a statement."""
    return _act(lambda searcher, viewer: statements.revoke(searcher, statement, reason, viewer), json=json)


def keep(statement: StatementId, *, reason: Reason, json: Json = False) -> ExitCode:
    """Withdraw a revocation that waits."""
    return _act(lambda searcher, viewer: statements.keep(searcher, statement, reason, viewer), json=json)


def list_statements(json: Json = False) -> ExitCode:
    """Print every statement; ACT_SOON if one waits for a second person."""
    context = open_context()
    searcher = Searcher(context.place.settings, context.place.archive, context.place.derived)
    found = list(searcher.retention.now().statements.values())
    if json:
        write_json_lines(map(_describe, found))
    elif found:
        rows = [
            (
                one.id, one.kind, dates.format_day(one.on) if one.on else "as captured", _count(one),
                one.validity.made.who, dates.format_time(one.validity.made.at), name_state(one.validity),
            )
            for one in found
        ]  # fmt: skip
        print_table(("statement", "kind", "day", "covers", "by", "on", "state"), rows)
    waiting = sum(one.validity.waiting is not None for one in found)
    say(f"{counted(sum(one.counts for one in found), 'statement')} in force, {waiting} waiting for approval.")
    return choose_exit_code(act_soon=bool(waiting))


def _state(
    make: Callable[[Searcher, Viewer], StatementOrder], *, dry_run: bool, yes: bool, json: bool
) -> ExitCode:
    def state(searcher: Searcher, viewer: Viewer) -> Statement | None:
        order = make(searcher, viewer)
        _print_preview(statements.preview_statement(searcher, order, viewer))
        if dry_run:
            return None
        if not yes:
            typer.confirm("State so?", abort=True, err=True)
        return statements.state(searcher, order, viewer)

    return _act(state, json=json)


def _act(work: Callable[[Searcher, Viewer], Statement | None], *, json: bool) -> ExitCode:
    context = open_context()
    loaded = settings.load()
    searcher = Searcher(loaded, store.archive(loaded), store.derived(loaded))
    try:
        viewer = Viewer.administrator(searcher.quarantine.snapshot(), sees_quarantine=True)
        statement = work(searcher, viewer)
    finally:
        ship_journal(searcher)
    if statement is None:
        return ExitCode.FINE
    if json:
        write_json_lines([_describe(statement)])
    else:
        write(f"{statement.id}: {name_state(statement.validity)}\n")
    return report_index("the ledger has it", update_index(context))


def _print_preview(changes: StatementPreview) -> None:
    print_preview(changes.found)
    if changes.still_published:
        say(
            f"For {counted(changes.still_published, 'record')} the statement does not count: the last capture"
            " found them public."
        )


def _count(statement: Statement) -> str:
    scope = statement.scope
    lists = (
        (scope.records, "record"), (scope.conversations, "conversation"), (scope.authors, "author"),
        (scope.accounts, "account"),
    )  # fmt: skip
    return ", ".join(counted(len(found), noun) for found, noun in lists if found)


def _describe(statement: Statement) -> dict[str, Any]:
    """Return a statement for --json; long lists as their numbers."""
    scope = statement.scope
    return {
        "statement": statement.id,
        "kind": statement.kind,
        "on": statement.on.isoformat() if statement.on else None,
        "series": statement.series,
        "evidence": statement.evidence or None,
        "records": len(scope.records),
        "conversations": len(scope.conversations),
        "authors": len(scope.authors),
        "accounts": sorted(scope.accounts),
        "reason": statement.validity.made.reason,
        "stated_by": statement.validity.made.who,
        "stated_at": instant(statement.validity.made.at),
    } | describe_validity(statement.validity)
